"""Chromium as a person drives it: what is shown, pressed, pointed at, complained of."""

import json
import time
from collections.abc import Callable
from typing import Any

from selenium import webdriver

WIDTHS = (1000, 400)
THEMES = ("light", "dark")
_CODES = {"ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39, "Enter": 13, "Tab": 9}
_PATIENCE = 20.0


def show(browser: webdriver.Chrome, address: str, width: int, theme: str) -> None:
    """Open a page so wide and in this scheme, and wait until its map is there, if it has one."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    browser.get(address)
    if browser.execute_script("return !!document.getElementById('map')"):
        until(lambda: run(browser, "document.documentElement.dataset.map") == "ready")


def run(browser: webdriver.Chrome, expression: str) -> Any:
    """Return the value of an expression in the page."""
    return browser.execute_script(f"return {expression}")


def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds; fail when it never does."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.05)


def press(browser: webdriver.Chrome, key: str) -> None:
    """Press a key and let it go."""
    text = {"text": key} if len(key) == 1 else {}
    for kind in ("keyDown", "keyUp"):
        code = _CODES.get(key, ord(key[0].upper()))
        pressed = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
        browser.execute_cdp_cmd("Input.dispatchKeyEvent", {**pressed, **text})


def choose(browser: webdriver.Chrome, select: str, option: str) -> None:
    """Choose an option of a list by its text."""
    browser.execute_script(
        "const list = document.getElementById(arguments[0]);"
        "list.value = [...list.options].find(each => each.text === arguments[1]).value;"
        "list.dispatchEvent(new Event('change'));",
        *(select, option),
    )


def look_for(browser: webdriver.Chrome, text: str) -> str:
    """Write into the search box, and return what it says then."""
    browser.execute_script(
        "const box = document.getElementById('map-search'); box.focus();"
        "box.value = arguments[0]; box.dispatchEvent(new Event('input'));",
        text,
    )
    return str(run(browser, "document.getElementById('map-found').textContent"))


def place_of(browser: webdriver.Chrome, row: int) -> tuple[float, float]:
    """Return where a song that is shown lies in the window, scrolled to."""
    browser.execute_script(
        "document.getElementById('map-figure').scrollIntoView({block: 'center'})"
    )
    x, y = browser.execute_script(
        """
        const figure = Bokeh.documents[0].get_model_by_name('map');
        const data = figure.select_one('points').data;
        const at = [...data.row].indexOf(arguments[0]);
        const box = document.getElementById('map-figure').getBoundingClientRect();
        const {x_range: across, y_range: up, inner_width: wide, inner_height: high} = figure;
        const share = (range, value) => (value - range.start) / (range.end - range.start);
        return [
          box.left + (box.width - wide) / 2 + wide * share(across, data.x[at]),
          box.top + (box.height - high) / 2 + high * (1 - share(up, data.y[at])),
        ];
        """,
        row,
    )
    return float(x), float(y)


def point_at(browser: webdriver.Chrome, row: int) -> None:
    """Lay the pointer on a song."""
    x, y = place_of(browser, row)
    for nudge in (3.0, 0.0):
        moved = {"type": "mouseMoved", "x": x + nudge, "y": y}
        browser.execute_cdp_cmd("Input.dispatchMouseEvent", moved)


def click(browser: webdriver.Chrome, row: int) -> None:
    """Click on a song."""
    x, y = place_of(browser, row)
    for kind in ("mousePressed", "mouseReleased"):
        button = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
        browser.execute_cdp_cmd("Input.dispatchMouseEvent", button)


def tap(browser: webdriver.Chrome, row: int, aside: float = 0.0) -> None:
    """Tap a song with a finger, so many pixels beside it."""
    x, y = place_of(browser, row)
    start = {"type": "touchStart", "touchPoints": [{"x": x + aside, "y": y}]}
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", start)
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def hover_text(browser: webdriver.Chrome) -> str:
    """Return the text that stands at the pointer, which lies in the shadow of Bokeh's figure."""
    return str(
        browser.execute_script(
            """
            const texts = [];
            const walk = (root) => {
              for (const each of root.querySelectorAll('*')) {
                if (each.classList.contains('bk-Tooltip') && each.getClientRects().length) {
                  texts.push(each.shadowRoot.querySelector('.bk-tooltip-content').textContent);
                }
                if (each.shadowRoot) walk(each.shadowRoot);
              }
            };
            walk(document);
            return texts.join(' ');
            """
        )
    )


def card(browser: webdriver.Chrome) -> str:
    """Return what is told of the song that was chosen."""
    return str(run(browser, "document.getElementById('map-card').textContent"))


def heading(browser: webdriver.Chrome) -> str:
    """Return the title of the song that was chosen."""
    return str(run(browser, "document.querySelector('#map-card h4')?.textContent ?? ''"))


def shown(browser: webdriver.Chrome) -> int:
    """Return how many songs the map shows."""
    points = "Bokeh.documents[0].get_model_by_name('map').select_one('points')"
    return int(run(browser, f"{points}.data.row.length"))


def asked(browser: webdriver.Chrome) -> list[str]:
    """Return what the page has asked of the network since the last time, but for data: in it."""
    entries = browser.get_log("performance")  # type: ignore[no-untyped-call]
    sent = [json.loads(entry["message"])["message"] for entry in entries]
    urls = [
        each["params"]["request"]["url"]
        for each in sent
        if each["method"] == "Network.requestWillBeSent"
    ]
    return [url for url in urls if not url.startswith("data:")]


def complaints(browser: webdriver.Chrome) -> list[str]:
    """Return what the browser logged since the last time: errors, and what a policy forbade."""
    entries = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [str(entry["message"]) for entry in entries]

"""The report in a real browser: nothing it cannot do without, nothing it complains of.

Needs Debian's packages chromium and chromium-driver. The pictures stay in `build/report`.
"""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from results.report.page import write_report
from tests.results.made import HOSTILE, made

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
PICTURES = Path(__file__).parents[3] / "build" / "report"
WIDTHS = (1000, 400)
THEMES = ("light", "dark")

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="needs Debian's packages chromium and chromium-driver"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Chromium without a window, which keeps what it logs and asks of the network."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(made(tmp_path_factory.mktemp("runs"))).as_uri()


def show(browser: webdriver.Chrome, address: str, width: int, theme: str) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    browser.get(address)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_its_width_and_its_picture_is_kept(
    browser: webdriver.Chrome, address: str, width: int, theme: str
) -> None:
    show(browser, address, width, theme)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    # No finger or eye gets at what lies outside its figure or its table.
    outside = browser.execute_script(
        "return [...document.querySelectorAll('figure, table, pre, p')].filter(each =>"
        " !each.closest('.scroll') && each.getBoundingClientRect().right > innerWidth).length"
    )
    assert outside == 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    whole = {"format": "png", "captureBeyondViewport": True}
    picture = browser.execute_cdp_cmd("Page.captureScreenshot", whole)["data"]
    (PICTURES / f"{width}-{theme}.png").write_bytes(base64.b64decode(picture))


def test_nothing_is_complained_of_and_nothing_asked_of_the_network(
    browser: webdriver.Chrome, address: str
) -> None:
    show(browser, address, 1000, "light")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get(address)
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        each["params"]["request"]["url"]
        for each in sent
        if each["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert browser.get_log("browser") == []


def test_a_label_that_is_a_script_does_nothing(browser: webdriver.Chrome, address: str) -> None:
    show(browser, address, 1000, "light")
    assert browser.execute_script("return document.scripts.length") == 0
    cells = browser.execute_script(
        "return [...document.querySelectorAll('.counts th')].map(each => each.textContent)"
    )
    assert HOSTILE in cells


def test_a_screen_reader_finds_every_figure_table_and_section(
    browser: webdriver.Chrome, address: str
) -> None:
    show(browser, address, 1000, "light")
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]

    def named(role: str) -> list[str]:
        own = [each for each in nodes if each.get("role", {}).get("value") == role]
        return [str(each.get("name", {}).get("value", "")) for each in own]

    for role, fewest in {"image": 20, "table": 4, "region": 12, "heading": 12}.items():
        assert len(named(role)) >= fewest and all(named(role)), role


def test_the_keyboard_reaches_every_link_and_what_scrolls(
    browser: webdriver.Chrome, address: str
) -> None:
    show(browser, address, 400, "light")
    scrolling = browser.execute_script(
        "return [...document.querySelectorAll('*')].filter(each =>"
        " each.scrollWidth > each.clientWidth + 1 && each.tabIndex < 0"
        " && ['auto', 'scroll'].includes(getComputedStyle(each).overflowX)).length"
    )
    assert scrolling == 0
    reached: list[Any] = []
    for _ in range(4):
        press(browser, "Tab")
        reached.append(browser.execute_script("return document.activeElement.textContent"))
    assert reached == ["Skip to what was found", "Found", "Comparison", "Objective over trials"]


def press(browser: webdriver.Chrome, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        pressed = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": 9}
        browser.execute_cdp_cmd("Input.dispatchKeyEvent", pressed)


def test_text_stands_out_from_its_ground_in_both_themes(
    browser: webdriver.Chrome, address: str
) -> None:
    for theme in THEMES:
        show(browser, address, 1000, theme)
        style = browser.execute_script(
            "const s = getComputedStyle(document.documentElement);"
            "return Object.fromEntries(['paper', 'ink', 'soft', 'link', 'raised',"
            " ...Array(8).keys().map(n => 'c' + n)].map(n => [n, s.getPropertyValue('--' + n)]))"
        )
        for name in ("ink", "soft", "link"):
            assert contrast(style[name], style["paper"]) >= 4.5, (theme, name)
        for place in range(8):
            assert contrast(style[f"c{place}"], style["paper"]) >= 3, (theme, place)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21, as WCAG 2.1 defines it."""
    light, dark = sorted(map(luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour.strip()[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return float(sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))


def test_paper_has_all_of_it(browser: webdriver.Chrome, address: str) -> None:
    show(browser, address, 1000, "light")
    paper = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "paper.pdf").write_bytes(base64.b64decode(paper))
    assert base64.b64decode(paper).startswith(b"%PDF")

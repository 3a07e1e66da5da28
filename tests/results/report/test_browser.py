"""The report in a real browser: nothing it cannot do without, nothing it complains of.

Needs Debian's packages chromium and chromium-driver. The pictures stay in `build/report`.
"""

import base64
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from results.report.page import write_report
from tests.results.made import HOSTILE, made
from tests.results.report.driving import (
    THEMES,
    WIDTHS,
    asked,
    complaints,
    press,
    show,
)

PICTURES = Path(__file__).parents[3] / "build" / "report"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(made(tmp_path_factory.mktemp("runs"))).as_uri()


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


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_complained_of_and_nothing_asked_of_the_network(
    browser: webdriver.Chrome, address: str, width: int, theme: str
) -> None:
    show(browser, "about:blank", width, theme)
    asked(browser), complaints(browser)
    show(browser, address, width, theme)
    assert asked(browser) == [address]
    assert complaints(browser) == []


def test_a_label_that_is_a_script_does_nothing(browser: webdriver.Chrome, address: str) -> None:
    show(browser, address, 1000, "light")
    assert browser.execute_script("return document.scripts.length") == 5
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

    for role, fewest in {
        "image": 20,
        "table": 4,
        "region": 8,
        "heading": 20,
        "button": 20,
    }.items():
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
    assert reached == [
        "Skip to what was found",
        "What was found",
        "Can I believe it?",
        "Comparison",
    ]


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
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    seen = browser.execute_script(
        "return ['#map', '.still svg'].map(each =>"
        " document.querySelector(each).getClientRects().length > 0)"
    )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert seen == [False, True]


def test_without_javascript_the_still_maps_and_links_to_sounds_stand_there(
    browser: webdriver.Chrome, address: str
) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, "about:blank", 1000, "light")
        browser.get(address)
        assert not browser.find_element("id", "map").is_displayed()
        still = browser.find_elements("css selector", ".still svg")
        assert len(still) == 12 and all(each.is_displayed() for each in still)
        links = browser.find_elements("css selector", ".card a.play")
        names = [str(each.get_attribute("href")).rpartition("/")[2] for each in links]
        assert len(names) == 16 and "song-0.mp3" in names
        assert complaints(browser) == []
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

"""A collection whose every text is an attack, in a real browser: it stays text, and its place."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium import webdriver

from results.report.page import write_report
from results.store import RunStore
from tests.results.made import INFO, search
from tests.results.report.driving import (
    THEMES,
    WIDTHS,
    asked,
    choose,
    complaints,
    heading,
    hover_text,
    look_for,
    point_at,
    press,
    run,
    show,
    until,
)
from tests.results.report.made_map import add_map, described
from tests.results.report.test_browser import PICTURES

OVERRIDE = "\u202e"
ATTACKS = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=2</script>",
    "<img src=x onerror='window.pwned=3'>",
    "\"' onmouseover=window.pwned=4 x='",
    f"{OVERRIDE}gnos\u2067 a\u200f",
    "@id $index {{ 7 * 7 }} ${window.pwned=5} @{title}{safe}",
    "<!--<script>",
    "javascript:window.pwned=6",
    "x" * 10_000,
    "many words " * 900,
    "\u2028\u0000\n\r\t&lt;b&gt;&amp;",
    "বৃষ্টি মেয়ে 🎵 \u0301\u0301\u0301",
)
N_SONGS = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(attacked(tmp_path_factory.mktemp("runs"))).as_uri()


def attacked(root: Path) -> Path:
    """The folder of a run in which every text is an attack."""
    texts = [str(each) for each in np.resize(np.array(ATTACKS, object), N_SONGS)]
    songs: dict[str, Any] = {
        "id": [f"{text[:200]}{n}" for n, text in enumerate(texts)],
        "title": texts,
        "artist": texts[1:] + texts[:1],
        "split": np.resize(["train", "validation", "test"], N_SONGS),
        "<b onclick=window.pwned=7>label</b>": texts[2:] + texts[:2],
        "genre": texts[3:] + texts[:3],
    }
    known = {name: values for name, values in songs.items() if name != "artist"}
    with RunStore.create(root, "easy", "attacked", INFO) as store:
        store.append("songs", known)
        search(store, 1, np.random.default_rng(0))
        add_map(store, songs, {"consensus": -10_001, ATTACKS[2]: 5}, n_clusters=12)
        rows = described("consensus", -10_001, np.arange(12))
        for row, text in zip(rows, ATTACKS, strict=True):
            row |= {"name": text, "distinction": text, "words": text}
        store.append("clusters", rows)
        store.consolidate()
    return store.folder


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_and_the_page_keeps_its_width(
    browser: webdriver.Chrome, address: str, width: int, theme: str
) -> None:
    show(browser, "about:blank", width, theme)
    asked(browser), complaints(browser)
    show(browser, address, width, theme)
    for row in range(len(ATTACKS)):
        point_at(browser, row)
        look_for(browser, ATTACKS[row][:15])
        press(browser, "Enter")
    for select in ("map-colour", "map-method"):
        for option in browser.find_elements("css selector", f"#{select} option"):
            choose(browser, select, str(option.get_property("text")))
    assert run(browser, "window.pwned") is None
    assert run(browser, "document.documentElement.scrollWidth") <= width
    wide = browser.execute_script(
        "return [...document.querySelectorAll('.walk *, .card *')].filter(each =>"
        " each.getClientRects().length && !each.closest('select, [role=application]')"
        " && each.getBoundingClientRect().right >"
        " each.closest('.walk, .card').getBoundingClientRect().right + 1)"
        ".map(each => each.outerHTML.slice(0, 200))"
    )
    assert wide == []
    assert complaints(browser) == [] and asked(browser) == [address]
    picture = browser.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True}
    )["data"]
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"attacked-{width}-{theme}.png").write_bytes(base64.b64decode(picture))


def test_attacks_are_shown_as_the_text_that_they_are(
    browser: webdriver.Chrome, address: str
) -> None:
    show(browser, address, 1000, "light")
    for row in (0, 2, 5):
        point_at(browser, row)
        until(lambda row=row: ATTACKS[row][:40] in hover_text(browser))  # type: ignore[misc]
        assert look_for(browser, ATTACKS[row][:30]).endswith("found, the first 8 below")
    look_for(browser, ATTACKS[1])
    press(browser, "Enter")
    until(lambda: heading(browser) != "")
    assert "</script>" in run(browser, "document.getElementById('map-card').textContent")
    cards = run(browser, "document.querySelector('.cards').textContent")
    assert all(each in cards for each in ATTACKS[:4])
    assert run(browser, "document.querySelectorAll('.walk img, .walk script').length") == 0


def test_text_that_turns_its_surroundings_turns_nothing(
    browser: webdriver.Chrome, address: str
) -> None:
    show(browser, address, 1000, "light")
    point_at(browser, 4)
    until(lambda: "gnos" in hover_text(browser))
    turning = "/[\\u202a-\\u202e\\u2066-\\u2069]/"
    assert not run(browser, f"{turning}.test(document.documentElement.outerHTML)")
    assert not run(browser, f"{turning}.test({hover_text(browser)!r})")
    look_for(browser, ATTACKS[5][:12])
    press(browser, "Enter")
    assert not run(browser, f"{turning}.test(document.getElementById('map').innerHTML)")

"""The map in a real browser: pointed at, clicked, heard, searched and walked by the keyboard."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from selenium import webdriver

from results.report.evidence import Evidence, gather
from results.report.page import render, write_report
from results.store import RunStore
from tests.results.made import HOSTILE, INFO, made
from tests.results.report.driving import (
    card,
    choose,
    click,
    complaints,
    heading,
    hover_text,
    look_for,
    point_at,
    press,
    run,
    show,
    shown,
    tap,
    until,
)
from tests.results.report.made_map import add_map

HEARD = "document.getElementById('sound').currentTime"
MANY = 20_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(made(tmp_path_factory.mktemp("runs"))).as_uri()


@pytest.fixture
def page(browser: webdriver.Chrome, address: str) -> webdriver.Chrome:
    show(browser, address, 1000, "light")
    complaints(browser)
    return browser


def focus(page: webdriver.Chrome) -> None:
    page.execute_script("document.getElementById('map-figure').focus()")


def press_legend(page: webdriver.Chrome, place: int) -> str:
    return str(
        page.execute_script(
            "const button = document.querySelectorAll('#map-legend button')[arguments[0]];"
            "button.click(); return button.getAttribute('aria-pressed');",
            place,
        )
    )


def test_what_the_pointer_is_on_is_named_in_text(page: webdriver.Chrome) -> None:
    point_at(page, 2)
    until(lambda: "song-2" in hover_text(page))
    said = hover_text(page)
    assert "song-2 – Mina" in said and f"genre: {HOSTILE}" in said
    assert "cluster: 2: bright, tune 2" in said and "agreement: 0." in said
    assert complaints(page) == []


def test_a_click_tells_of_the_song_and_plays_it(page: webdriver.Chrome) -> None:
    click(page, 5)
    until(lambda: heading(page) == "Tune 5")
    until(lambda: run(page, HEARD) > 0.3)
    assert "cluster1: bright, tune 1" in card(page) and "pop" in card(page)
    assert complaints(page) == []


def test_a_song_without_sound_is_chosen_all_the_same(page: webdriver.Chrome) -> None:
    look_for(page, "song-99")
    press(page, "Enter")
    until(lambda: heading(page) == "Tune 99")
    assert run(page, "document.querySelector('#map-card .play')") is None
    assert complaints(page) == []


def test_a_song_on_a_card_is_played_and_silenced_by_its_button(page: webdriver.Chrome) -> None:
    button = page.find_element("css selector", ".card button.play")
    button.click()
    until(lambda: run(page, HEARD) > 0.1)
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    until(lambda: button.get_attribute("aria-pressed") == "false")


def test_songs_are_found_by_title_artist_and_id_and_gone_through(page: webdriver.Chrome) -> None:
    assert look_for(page, "tune 11") == "6 songs found"
    rings = "Bokeh.documents[0].get_model_by_name('map').select_one('found').data.x.length"
    assert run(page, rings) == 6
    for title in ("Tune 11", "Tune 111", "Tune 113"):
        press(page, "Enter")
        until(lambda title=title: heading(page) == title)  # type: ignore[misc]
    assert look_for(page, "MINA") == "40 songs found, the first 8 below"
    assert look_for(page, "song-42") == "1 song found"
    page.find_element("css selector", "#map-results button").click()
    assert heading(page) == "song-42"
    assert look_for(page, "no such song") == "0 songs found"
    assert complaints(page) == []


def test_the_keyboard_walks_the_map(page: webdriver.Chrome) -> None:
    focus(page)
    for key, title in (("n", "song-0"), ("ArrowRight", "Tune 1"), ("ArrowLeft", "song-0")):
        press(page, key)
        until(lambda title=title: heading(page) == title)  # type: ignore[misc]
    first = page.find_element("css selector", "#map-card .songs button").text
    press(page, "ArrowDown")
    until(lambda: heading(page) == first)
    press(page, "p")
    look_for(page, "song-20")
    press(page, "Enter")
    focus(page)
    until(lambda: run(page, HEARD) > 0.1)
    press(page, " ")
    until(lambda: run(page, "document.getElementById('sound').paused"))
    press(page, " ")
    until(lambda: not run(page, "document.getElementById('sound').paused"))
    assert complaints(page) == []


def test_the_map_is_zoomed_by_buttons_keys_and_the_wheel_and_shown_whole_again(
    page: webdriver.Chrome,
) -> None:
    figure = "Bokeh.documents[0].get_model_by_name('map')"
    wide = f"{figure}.x_range.end - {figure}.x_range.start"
    whole = run(page, wide)
    page.find_element("id", "map-in").click()
    assert run(page, wide) == pytest.approx(whole / 1.5)
    page.find_element("id", "map-out").click()
    page.find_element("id", "map-out").click()
    assert run(page, wide) == pytest.approx(whole * 1.5)
    page.find_element("id", "map-all").click()
    assert run(page, wide) == pytest.approx(whole)
    focus(page)
    press(page, "+")
    assert run(page, wide) == pytest.approx(whole / 1.5)
    press(page, "0")
    assert run(page, wide) == pytest.approx(whole)


def turn_wheel(page: webdriver.Chrome, by: int) -> None:
    """Turn the wheel with the pointer in the middle of the map."""
    box = page.execute_script(
        "const box = document.getElementById('map-figure').getBoundingClientRect();"
        "return [box.left + box.width / 2, box.top + box.height / 2];"
    )
    turned = {"type": "mouseWheel", "x": box[0], "y": box[1], "deltaX": 0, "deltaY": by}
    page.execute_cdp_cmd("Input.dispatchMouseEvent", turned)


def test_the_wheel_moves_the_page_until_the_map_was_clicked(page: webdriver.Chrome) -> None:
    figure = "Bokeh.documents[0].get_model_by_name('map')"
    wide = f"{figure}.x_range.end - {figure}.x_range.start"
    whole = run(page, wide)
    page.execute_script("document.getElementById('map-figure').scrollIntoView({block: 'center'})")
    before = run(page, "scrollY")
    turn_wheel(page, 100)
    until(lambda: run(page, "scrollY") > before + 50)
    assert run(page, wide) == pytest.approx(whole)
    page.execute_script("document.getElementById('map-figure').scrollIntoView({block: 'center'})")
    focus(page)
    before = run(page, "scrollY")
    turn_wheel(page, -100)
    until(lambda: run(page, wide) < whole * 0.99)
    assert run(page, "scrollY") == before


def test_colours_change_and_the_legend_shows_and_hides(page: webdriver.Chrome) -> None:
    assert shown(page) == 120
    assert press_legend(page, 1) == "false" and shown(page) == 90
    assert press_legend(page, 1) == "true" and shown(page) == 120
    fills = "[...new Set(Bokeh.documents[0].get_model_by_name('points').data.fill)].length"
    for name, count in (("genre", 4), ("language", 3), ("split", 3), ("agreement", 20)):
        choose(page, "map-colour", name)
        assert run(page, fills) >= count, name
        assert press_legend(page, 0) == "false" and shown(page) < 120
    choose(page, "map-colour", "genre")
    assert HOSTILE in run(page, "document.getElementById('map-legend').textContent")
    assert complaints(page) == []


def test_methods_and_projections_change(page: webdriver.Chrome) -> None:
    places = "JSON.stringify([...Bokeh.documents[0].get_model_by_name('points').data.x])"
    seen = set()
    for method in ("consensus", "mlp_vae", "pca"):
        choose(page, "map-method", method)
        for way in ("PCA", "t-SNE"):
            choose(page, "map-way", way)
            seen.add(run(page, places))
            assert shown(page) == 120
    assert len(seen) == 6
    offered = [each.text for each in page.find_elements("css selector", "#map-colour option")]
    assert offered == ["cluster", "genre", "language", "split"]
    assert complaints(page) == []


def test_shapes_tell_train_validation_and_test_apart(page: webdriver.Chrome) -> None:
    markers = "[...new Set(Bokeh.documents[0].get_model_by_name('points').data.marker)].sort()"
    assert run(page, markers) == ["circle", "square", "triangle"]
    page.find_element("id", "map-shapes").click()
    assert run(page, markers) == ["circle"]


def test_a_dark_scheme_comes_without_loading_anew(page: webdriver.Chrome) -> None:
    fill = "Bokeh.documents[0].get_model_by_name('points').data.fill[0]"
    light = run(page, fill)
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    until(lambda: run(page, fill) != light)


@pytest.fixture
def telephone(browser: webdriver.Chrome, address: str) -> Iterator[webdriver.Chrome]:
    touch = "Emulation.setTouchEmulationEnabled"
    browser.execute_cdp_cmd(touch, {"enabled": True, "maxTouchPoints": 5})
    show(browser, address, 400, "light")
    complaints(browser)
    yield browser
    browser.execute_cdp_cmd(touch, {"enabled": False})


def touch_action(page: webdriver.Chrome) -> str:
    """What a finger on the map does by itself, which is told in the shadow of the figure."""
    return str(
        page.execute_script(
            """
            const find = (root) => [...root.querySelectorAll('*')].reduce((found, each) =>
              found ?? (each.classList.contains('bk-events') ? each
                : each.shadowRoot && find(each.shadowRoot)) ?? undefined, undefined);
            return getComputedStyle(find(document)).touchAction;
            """
        )
    )


def test_a_finger_beside_a_song_reaches_it_and_moves_the_page_until_the_map_is_zoomed(
    telephone: webdriver.Chrome,
) -> None:
    lonely = telephone.execute_script(
        "const {x, row} = Bokeh.documents[0].get_model_by_name('points').data;"
        "return row[x.indexOf(Math.max(...x))];"
    )
    tap(telephone, lonely, aside=15)
    until(lambda: heading(telephone) == (f"Tune {lonely}" if lonely % 2 else f"song-{lonely}"))
    assert touch_action(telephone) == "pan-x pan-y"
    telephone.find_element("id", "map-in").click()
    assert touch_action(telephone) == "none"
    telephone.find_element("id", "map-all").click()
    assert touch_action(telephone) == "pan-x pan-y"
    assert complaints(telephone) == []


def test_noise_is_grey_and_the_last_of_the_legend(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    evidence = gather(made(tmp_path))
    table = evidence.tables["map"]
    noisy = table.assign(cluster=table["cluster"].replace({0: -1}))
    changed = Evidence(evidence.folder, evidence.info, {**evidence.tables, "map": noisy})
    (tmp_path / "noisy.html").write_text(render(changed), encoding="utf-8")
    show(browser, (tmp_path / "noisy.html").as_uri(), 1000, "light")
    entries = browser.find_elements("css selector", "#map-legend button")
    assert [each.text for each in entries][-1] == "noise (30)" and len(entries) == 4
    fill = "Bokeh.documents[0].get_model_by_name('points').data.fill[0]"
    faint = "getComputedStyle(document.documentElement).getPropertyValue('--faint').trim()"
    assert run(browser, fill) == run(browser, faint)


def test_colours_are_enough_for_many_clusters(browser: webdriver.Chrome, tmp_path: Path) -> None:
    show(browser, large(tmp_path, 480, n_clusters=24), 1000, "light")
    marks = browser.execute_script(
        "const {fill, line, marker} = Bokeh.documents[0].get_model_by_name('points').data;"
        "document.getElementById('map-shapes').click();"
        "return new Set([...fill].map((each, at) => each + line[at] + marker[at])).size"
    )
    numbers = run(browser, "Bokeh.documents[0].get_model_by_name('numbers').data.text.length")
    assert marks >= 24 and numbers == 24


def large(root: Path, count: int, n_clusters: int = 16, sounding: int = 40) -> str:
    """The address of a report of so many songs, a tenth of them laid out by t-SNE."""
    songs = {
        "id": [f"song-{n}" for n in range(count)],
        "title": [f"A tune of some length, number {n}" for n in range(count)],
        "artist": [f"Artist {n % 997}" for n in range(count)],
        "genre": np.resize(["rock", "pop", "folk"], count),
        "split": np.resize(["train", "train", "validation", "test"], count),
    }
    with RunStore.create(root, "easy", "large", INFO) as store:
        store.append("songs", {name: songs[name] for name in ("id", "title", "split", "genre")})
        add_map(store, songs, n_clusters=n_clusters, laid=count // 10, sounding=sounding)
    return write_report(store.folder).as_uri()


def test_twenty_thousand_songs_open_and_all_are_found(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    show(browser, large(tmp_path, MANY), 1000, "light")
    assert shown(browser) == MANY
    assert look_for(browser, "tune").startswith(f"{MANY} songs found")
    choose(browser, "map-way", "t-SNE")
    assert shown(browser) == MANY // 10
    assert look_for(browser, f"number {MANY - 1}") == "1 song found"
    press(browser, "Enter")
    until(lambda: heading(browser).endswith(f"number {MANY - 1}"))
    said = run(browser, "document.getElementById('map-found').textContent")
    assert said == "That song is not in the sample that t-SNE lays out: this is PCA."
    assert shown(browser) == MANY and complaints(browser) == []


def test_without_sound_nothing_offers_to_play(browser: webdriver.Chrome, tmp_path: Path) -> None:
    show(browser, large(tmp_path, 60, n_clusters=3, sounding=0), 1000, "light")
    follow = "getComputedStyle(document.getElementById('map-follow-label')).display"
    assert run(browser, follow) == "none"
    assert run(browser, "[...document.querySelectorAll('.cards button, .cards a')].length") == 0

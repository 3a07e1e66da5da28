"""The report of a run, however far the run got."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results.__main__ import main
from results.layout import clip_file
from results.report.drawing import draw
from results.report.evidence import Evidence, gather
from results.report.figure_map import walk
from results.report.figures_maps import maps
from results.report.page import render, write_report
from results.report.song_map import song_map
from results.report.tables import command, counted, guarded
from results.store import RunStore
from tests.results.made import HOSTILE, INFO, finalist, made, search

PARTS = {
    "believe": ("comparison", "counts", "guards"),
    "clusters": ("maps", "cards", "labels", "known"),
    "settings": ("importance", "coordinates"),
    "search": ("progress", "training", "songs", "failed"),
}
SECTIONS = ("found", *(name for names in PARTS.values() for name in names), "repeat")
MOST_BYTES = 8_000_000


class Page(HTMLParser):
    """What a page has: its elements with their attributes, its ids, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._hidden = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [str(each["id"]) for _, each in self.elements if "id" in each]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that has everything."""
    return made(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def page(whole: Path) -> Page:
    return Page(write_report(whole).read_text(encoding="utf-8"))


def test_every_section_is_there_in_its_order_and_the_navigation_leads_to_it(page: Page) -> None:
    assert [each["id"] for each in page.all("section")] == list(SECTIONS)
    links = [str(each["href"])[1:] for each in page.all("a") if "class" not in each]
    questions = [each for part, names in PARTS.items() for each in (part, *names)]
    assert links == ["found", *questions, "repeat"] and set(links) <= set(page.ids)


def test_the_page_is_one_small_file_that_asks_for_no_other(whole: Path, page: Page) -> None:
    assert (whole / "report.html").stat().st_size < MOST_BYTES
    assert not {"iframe", "object", "audio", "video"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        for name in ("src", "href"):
            link = str(attributes.get(name, "#"))
            beside = tag == "a" and re.fullmatch(r"clips/song-\d+\.mp3", link)
            assert beside or link.startswith(("#", "data:")), (tag, attributes)
    assert "url(http" not in (whole / "report.html").read_text(encoding="utf-8")


def test_only_the_scripts_of_the_page_run_by_the_policy(whole: Path, page: Page) -> None:
    html = (whole / "report.html").read_text(encoding="utf-8")
    (policy,) = [str(each["content"]) for each in page.all("meta") if each.get("http-equiv")]
    assert "unsafe-eval" not in policy and policy.startswith("default-src 'none'; ")
    (allowed,) = re.findall(r"script-src ([^;]*);", policy)
    run = re.findall(r"<script>(.*?)</script>", html, re.S)
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in run]
    assert allowed.split() == [f"'sha256-{each}'" for each in hashes] and len(run) == 2
    kinds = [each.get("type") for each in page.all("script")]
    assert kinds == ["application/json"] * 3 + [None] * 2
    assert not any(name.startswith("on") for _, each in page.elements for name in each)


def test_every_figure_has_a_text_and_every_table_a_caption(page: Page) -> None:
    drawn = [each for each in page.all("svg")]
    assert len(drawn) == len(page.all("figure")) == len(page.all("figcaption")) > 20
    assert all(each["role"] == "img" and len(str(each["aria-label"])) > 20 for each in drawn)
    assert len(page.all("table")) == len(page.all("caption")) > 4
    assert all("scope" in each for each in page.all("th"))
    assert len(page.all("img")) == 4 and all(each["alt"] for each in page.all("img"))


def test_headings_leave_out_no_level_and_no_id_is_given_twice(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert len(page.ids) == len(set(page.ids))


def test_what_refers_to_an_id_finds_it(page: Page) -> None:
    values = [str(value) for _, each in page.elements for value in each.values()]
    referred = {found for value in values for found in re.findall(r"url\(#([^)]+)\)", value)}
    referred |= {str(each["href"])[1:] for each in page.all("use")}
    referred |= {str(each["aria-labelledby"]) for each in page.all("section")}
    assert referred and referred <= set(page.ids)


def test_colours_are_those_of_the_page_so_that_one_figure_serves_light_and_dark(
    whole: Path, page: Page
) -> None:
    html = (whole / "report.html").read_text(encoding="utf-8")
    drawn = html[html.index("</style>") : html.index("<script")]
    assert set(re.findall(r"(?:fill|stroke): ([^;\"]*)", drawn)) <= {
        "none",
        *("var(--ink)", "var(--faint)"),
        *(f"var(--c{place})" for place in range(8)),
    }


def test_a_label_that_is_a_script_is_text_everywhere(whole: Path, page: Page) -> None:
    assert HOSTILE not in (whole / "report.html").read_text(encoding="utf-8")
    assert page.text.count(HOSTILE) == 3  # in the counts, on a card and in the error
    assert f"{HOSTILE[:15]}…" in page.text  # in the maps


def test_each_guard_that_failed_is_counted_for_itself(whole: Path) -> None:
    counts = {(name, bound): count for name, _, bound, count in guarded(gather(whole))}
    assert counts == {("active_units", "at least 2"): 1, ("r2", "above 0.05"): 1}


def test_what_the_search_said_at_its_start_is_said_again(page: Page) -> None:
    assert "poe_vae falls away: the songs have no lyrics." in page.text


def test_the_star_stands_at_scores_behind_umap(page: Page) -> None:
    assert re.search(r"0\.500\*", page.text) and "(*)" in page.text


def test_songs_are_called_by_their_titles_and_else_by_their_ids(page: Page) -> None:
    alts = [str(each["aria-label"]) for each in page.all("svg")]
    assert any("4 test songs (song-0, Tune 1, song-2 and Tune 3)" in alt for alt in alts)


def test_still_maps_are_of_the_first_and_of_pca_by_cluster_and_every_label(page: Page) -> None:
    alts = [str(each["aria-label"]) for each in page.all("svg")]
    for method in ("consensus", "pca"):
        for way in ("PCA", "t-SNE"):
            for colouring in ("cluster", "genre", "language"):
                start = f"{way} of the songs by {method}: 120 songs coloured by"
                assert any(alt.startswith(start) and f"of {colouring}." in alt for alt in alts)


def test_umap_is_drawn_where_the_run_has_it(whole: Path) -> None:
    evidence = gather(whole)
    table = evidence.tables["map"]
    more = table.assign(umap_x=table["pca_y"], umap_y=table["pca_x"])
    html = render(Evidence(whole, evidence.info, {**evidence.tables, "map": more}))
    assert html.count('aria-label="UMAP of the songs by') == 6 and '"name":"UMAP"' in html
    assert "UMAP of the songs" not in render(evidence)


def test_the_same_run_gives_the_same_page(whole: Path) -> None:
    once = write_report(whole).read_bytes()
    assert write_report(whole).read_bytes() == once


def empty(root: Path) -> Path:
    """A run of which no trial has ended."""
    with RunStore.create(root, "easy", "empty", INFO) as store:
        pass
    return store.folder


def bare(root: Path) -> Path:
    """A run folder that says nothing but its name."""
    with RunStore.create(root, "easy", "bare", {}) as store:
        pass
    return store.folder


def only(status: str) -> Callable[[Path], Path]:
    """A run whose trials all ended one way, which has no tables yet."""

    def begin(root: Path) -> Path:
        with RunStore.create(root, "easy", status, INFO) as store:
            store.append("songs", {"id": ["a", "b"], "split": ["train", "test"]})
            random = np.random.default_rng(0)
            for _ in range(2):
                search(store, {"failed": 7, "infeasible": 4}[status], random)
        return store.folder

    return begin


def broken_off(root: Path) -> Path:
    """A run that ended while its finalists were trained: no comparison, one seed of one."""
    random = np.random.default_rng(0)
    songs = {"id": [f"song-{n}" for n in range(120)], "split": np.resize(["train", "test"], 120)}
    with RunStore.create(root, "easy", "broken", INFO) as store:
        store.append("songs", songs)
        for number in range(5):
            search(store, number, random)
        finalist(store, "mlp_vae", 3, 1, songs, random.normal(size=(120, 3)), random)
    return store.folder


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda root: made(root, labels=False), "cannot be judged: the songs have no label genre"),
        (lambda root: made(root, finalists=False), "and there are none"),
        (empty, "no searched trial has ended"),
        (bare, "no searched trial has ended"),
        (only("failed"), "Nothing found: every trial failed"),
        (only("infeasible"), "Nothing found: no trial held every guard"),
        (broken_off, "5 trials of 12 planned"),
        (broken_off, "This run goes on, or was broken off"),
    ],
    ids=[
        "no labels",
        "no finalists",
        "empty",
        "bare",
        "failed",
        "infeasible",
        "broken off",
        "and says so",
    ],
)
def test_a_run_that_lacks_something_says_so(
    run: Callable[[Path], Path], said: str, tmp_path: Path
) -> None:
    html = write_report(run(tmp_path)).read_text(encoding="utf-8")
    page = Page(html)
    assert said in page.text
    assert [each["id"] for each in page.all("section")] == list(SECTIONS)


def test_files_that_are_damaged_or_lie_are_left_out(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "figures" / "importance.npz").write_bytes(b"PK no")
    np.savez(folder / "figures" / "songs-5.npz", ids=np.array(["a"]), originals=np.ones(3))
    np.savez(folder / "figures" / "clusters.npz", clusters=np.arange(4), spectrograms=np.ones(3))
    with pytest.warns(UserWarning, match="importance.npz cannot be read: .*is left out"):
        page = Page(write_report(folder).read_text(encoding="utf-8"))
    assert "No finalist has songs" in page.text and not page.all("img")


def sounds(folder: Path, out: Path | None = None) -> dict[str, str]:
    """The sounds that are in the page of a run, by the place of their song."""
    html = write_report(folder, out).read_text(encoding="utf-8")
    (found,) = re.findall(r'id="map-sounds">(.*?)</script>', html, re.S)
    return dict(json.loads(found))


def test_clips_are_in_the_page_but_for_those_that_are_none(tmp_path: Path) -> None:
    folder = made(tmp_path)
    assert set(sounds(folder)) == set(map(str, range(40)))
    clip_file(folder, "song-0").write_bytes(b"RIFF, which is no MP3")
    clip_file(folder, "song-1").write_bytes(b"ID3" + bytes(300_000))
    clip_file(folder, "song-2").unlink()
    assert set(sounds(folder)) == set(map(str, range(3, 40)))
    for clip in (folder / "clips").iterdir():
        clip.unlink()
    assert sounds(folder) == {}


def test_paths_of_clips_that_lead_elsewhere_are_not_followed(whole: Path) -> None:
    evidence = gather(whole)
    wrong = [
        "/etc/passwd",
        "../clips/a.mp3",
        "clips/../run.json",
        "run.json",
        "javascript:1//.mp3",
    ]
    paths = np.resize(wrong, len(evidence.tables["map"]))
    changed = evidence.tables["map"].assign(audio_path=paths)
    html = render(Evidence(whole, evidence.info, {**evidence.tables, "map": changed}))
    assert 'id="map-sounds">{}<' in html and '"links":{}' in html
    assert all("class" not in each or each["class"] == "skip" for each in Page(html).all("a"))


def test_a_page_elsewhere_has_sounds_but_no_links_to_clips(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert sounds(whole, out) == sounds(whole)
    assert "clips/" not in re.sub(r"<script.*?</script>", "", out.read_text(encoding="utf-8"))
    assert '"links":{}' in out.read_text(encoding="utf-8")


def test_many_clips_leave_the_page_small_and_those_on_cards_come_first(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    length = len(write_report(whole).read_bytes())
    most = length - 100_000
    monkeypatch.setattr("results.report.page._MOST_BYTES", most)
    assert most - 15_000 < len(render(gather(whole)).encode()) <= most
    assert set(sounds(whole)) >= set(map(str, range(16)))


def test_a_run_without_a_map_says_how_to_make_one(whole: Path) -> None:
    evidence = gather(whole)
    none = {name: evidence.tables[name].iloc[:0] for name in ("map", "clusters")}
    html = render(Evidence(whole, evidence.info, {**evidence.tables, **none}))
    assert html.count("python -m search resume RUN makes it for an older run.") == 2
    assert "script-src 'none'" in html.replace("&#39;", "'") and not Page(html).all("script")


def test_cards_say_what_sets_a_cluster_apart(page: Page) -> None:
    text = re.sub(r"\s+", " ", page.text)
    assert "Cluster 1 suggested: bright, tune 1 30 songs (25%), agreement 0.80" in text
    assert "pop 100%, in the collection 25%" in text and "Typical words: river, বৃষ্টি" in text
    assert "song-0 – Alif" in text and "on the border" in text


def test_thousands_of_trials_make_no_large_page(whole: Path) -> None:
    evidence = gather(whole)
    trials = pd.concat([evidence.tables["trials"]] * 100, ignore_index=True)
    trials["trial"] = range(len(trials))
    html = render(Evidence(whole, evidence.info, {**evidence.tables, "trials": trials}))
    assert len(html) < MOST_BYTES / 2
    assert "A sample of 1000 trials." in html and "the first 50 of 100" in html


def test_noise_and_clusters_without_a_test_song_are_counted_as_the_others_are(whole: Path) -> None:
    evidence = gather(whole)
    table = evidence.tables["assignments"]
    renamed = table.assign(cluster=table["cluster"].replace({0: 7, 1: -1}))
    changed = Evidence(whole, evidence.info, {**evidence.tables, "assignments": renamed})
    for before, after in zip(counted(evidence), counted(changed), strict=True):
        expected = {{"0": "7", "1": "noise"}.get(name, name): row for name, row in before.rows}
        assert dict(after.rows) == expected and len(expected) == 4


def test_songs_far_away_do_not_press_the_others_into_a_corner(whole: Path) -> None:
    evidence = gather(whole)
    table = evidence.tables["map"].copy()
    table.loc[0, "pca_x"] = 1e6
    songs = song_map(Evidence(whole, evidence.info, {**evidence.tables, "map": table}))
    assert songs is not None
    (figure, *_), *_ = [mapped.figures for mapped in maps(songs)]
    assert figure.title == "PCA, by cluster" and figure.caption == "1 song lies far outside."
    walked = walk(songs, {}, beside=False)
    first, *_ = walked.facts["methods"][0]["ways"]
    assert first["outside"] == 1 and first["step"] * 65_534 < 200


@pytest.mark.parametrize("value", [0.0, 1e300, -np.inf])
def test_places_that_are_none_or_all_alike_leave_a_page(whole: Path, value: float) -> None:
    evidence = gather(whole)
    table = evidence.tables["map"].assign(pca_x=value, tsne_x=value, tsne_y=np.nan)
    changed = Evidence(whole, evidence.info, {**evidence.tables, "map": table})
    html = render(changed)
    assert ("This run has no map" in html) is (value != 0)


def test_one_song_leaves_a_page(whole: Path) -> None:
    evidence = gather(whole)
    table = evidence.tables["map"].drop_duplicates("trial")
    html = render(Evidence(whole, evidence.info, {**evidence.tables, "map": table}))
    assert "1 songs coloured by 1 values of cluster" in html


def test_many_songs_with_long_titles_leave_a_small_page(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("results.report.figure_map.MOST_SONGS", 100)
    limits = {"id": 2_000, "title": 3_000, "artist": 2_000}
    monkeypatch.setattr("results.report.figure_map._MOST_TEXT_BYTES", limits)
    evidence = gather(whole)
    songs = song_map(evidence)
    assert songs is not None
    songs.songs["title"] = "বৃষ্টি " * 100
    walked = walk(songs, {}, beside=False)
    assert len(walked.rows) == 100 and set(range(16)) <= set(walked.rows)
    assert walked.said[0] == "The map has a sample of 100 of the 120 songs."
    assert len(json.dumps(walked.item, ensure_ascii=False).encode()) < 40_000


def test_a_label_may_be_called_cluster(whole: Path) -> None:
    evidence = gather(whole)
    songs = evidence.tables["songs"].rename(columns={"language": "cluster"})
    renamed = Evidence(whole, evidence.info, {**evidence.tables, "songs": songs})
    (table,) = [each for each in counted(renamed) if each.title == "Clusters by cluster"]
    assert table.values == ["bangla", "english"] and len(table.rows) == 4


def test_the_command_line_draws_the_newest_run_or_one_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path / "runs", finalists=False)
    assert main(["report", "--root", str(tmp_path / "runs")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "runs/easy/whole/report.html")
    out = tmp_path / "there.html"
    assert main(["report", "whole", "--root", str(tmp_path / "runs"), "--out", str(out)]) == 0
    assert "<h1>easy/whole</h1>" in out.read_text(encoding="utf-8")


def test_what_draws_is_loaded_only_when_a_report_is_drawn() -> None:
    code = "import sys, results.report.page, results.__main__; print(*sys.modules)"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert not {"bokeh", "matplotlib", "jinja2", "sklearn", "umap"} & set(done.stdout.split())


def test_the_command_is_what_was_typed(whole: Path) -> None:
    assert command(gather(whole)) == "python -m search easy --set space.beta.high=4"


def test_a_figure_may_bear_any_text() -> None:
    drawn = draw("title", 'alt "quoted" <b>', lambda axes: axes.set_xlabel("#fe0200 1.23456 \x07"))
    assert "#fe0200 1.23456" in drawn.svg
    assert 'aria-label="alt &#34;quoted&#34; &lt;b&gt;"' in drawn.svg

"""The report of a run, however far the run got."""

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
from results.layout import codes_file
from results.report.drawing import draw
from results.report.evidence import Evidence, gather
from results.report.figures_maps import maps
from results.report.page import render, write_report
from results.report.tables import command, counted, guarded
from results.store import RunStore
from tests.results.made import HOSTILE, INFO, finalist, made, search

SECTIONS = (
    *("found", "comparison", "progress", "importance", "coordinates", "counts", "maps"),
    *("labels", "agreement", "known", "training", "songs", "guards", "failed", "repeat"),
)
MOST_BYTES = 5_000_000


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
        self._hidden = tag == "style"

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
    assert links == list(SECTIONS)


def test_the_page_is_one_small_file_that_asks_for_no_other(whole: Path, page: Page) -> None:
    assert (whole / "report.html").stat().st_size < MOST_BYTES
    assert not {"script", "iframe", "img", "object"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        for name in ("src", "href"):
            assert str(attributes.get(name, "#")).startswith(("#", "data:")), (tag, attributes)
    assert "url(http" not in (whole / "report.html").read_text(encoding="utf-8")


def test_every_figure_has_a_text_and_every_table_a_caption(page: Page) -> None:
    drawn = [each for each in page.all("svg")]
    assert len(drawn) == len(page.all("figure")) == len(page.all("figcaption")) > 20
    assert all(each["role"] == "img" and len(str(each["aria-label"])) > 20 for each in drawn)
    assert len(page.all("table")) == len(page.all("caption")) > 4
    assert all("scope" in each for each in page.all("th"))


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
    drawn = html[html.index("</style>") :]
    assert set(re.findall(r"(?:fill|stroke): ([^;\"]*)", drawn)) <= {
        "none",
        *("var(--ink)", "var(--faint)"),
        *(f"var(--c{place})" for place in range(8)),
    }


def test_a_label_that_is_a_script_is_text_everywhere(whole: Path, page: Page) -> None:
    assert HOSTILE not in (whole / "report.html").read_text(encoding="utf-8")
    assert page.text.count(HOSTILE) == 2  # in the counts and in the error
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


def test_maps_are_of_the_winner_and_of_pca_by_cluster_and_every_label(page: Page) -> None:
    alts = [str(each["aria-label"]) for each in page.all("svg")]
    for method in ("mlp_vae", "pca"):
        for way in ("PCA", "t-SNE"):
            for colouring in ("cluster", "genre", "language"):
                start = f"{way} of the codes of {method}: 120 songs coloured by"
                assert any(alt.startswith(start) and f"of {colouring}." in alt for alt in alts)


def test_umap_is_drawn_where_it_is_asked_for(whole: Path, tmp_path: Path) -> None:
    html = write_report(whole, tmp_path / "page.html", with_umap=True).read_text(encoding="utf-8")
    assert html.count('aria-label="UMAP of the codes of') == 6


def test_the_same_run_gives_the_same_page(whole: Path, tmp_path: Path) -> None:
    again = write_report(whole, tmp_path / "again.html")
    assert again.read_bytes() == (whole / "report.html").read_bytes()


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
    (folder / "latents" / "3-s1.npy").write_bytes(b"\x93NUMPY")
    np.save(folder / "latents" / "-1-s1.npy", np.ones((2, 2)))
    with pytest.warns(UserWarning, match="importance.npz cannot be read: .*is left out"):
        page = Page(write_report(folder).read_text(encoding="utf-8"))
    assert "No codes were kept" in page.text and "No finalist has songs" in page.text


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
    trial = next(iter(evidence.methods))
    path = codes_file(whole, trial, evidence.first_seed(trial))
    codes = np.load(path)
    codes[0] = 1000.0
    np.save(path, codes)
    (figure, *_), *_ = [mapped.figures for mapped in maps(evidence)]
    assert figure.title == "PCA, by cluster" and figure.caption == "1 song lies far outside."


def test_a_label_may_be_called_cluster(whole: Path) -> None:
    evidence = gather(whole)
    songs = evidence.tables["songs"].rename(columns={"language": "cluster"})
    renamed = Evidence(whole, evidence.info, {**evidence.tables, "songs": songs})
    (table,) = [each for each in counted(renamed) if each.title == "Clusters by cluster"]
    assert table.values == ["bangla", "english"] and len(table.rows) == 4
    alts = [figure.alt for mapped in maps(renamed) for figure in mapped.figures]
    assert sum("4 values of cluster" in alt for alt in alts) == 4
    assert sum("2 values of cluster" in alt for alt in alts) == 4


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
    assert not {"matplotlib", "jinja2", "sklearn", "umap"} & set(done.stdout.split())


def test_the_command_is_what_was_typed(whole: Path) -> None:
    assert command(gather(whole)) == "python -m search easy --set space.beta.high=4"


def test_a_figure_may_bear_any_text() -> None:
    drawn = draw("title", 'alt "quoted" <b>', lambda axes: axes.set_xlabel("#fe0200 1.23456 \x07"))
    assert "#fe0200 1.23456" in drawn.svg
    assert 'aria-label="alt &#34;quoted&#34; &lt;b&gt;"' in drawn.svg

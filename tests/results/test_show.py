"""What a person sees in the terminal and takes to other programs."""

import pandas as pd
import pytest
from rich.console import Console

import results
from results.__main__ import main
from results.export import export
from results.show import comparison_table
from results.store import RunStore


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def shown(table, **terminal):
    console = Console(width=80, **terminal)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


@pytest.fixture(scope="module")
def root(tmp_path_factory, row):
    root = tmp_path_factory.mktemp("runs")
    for name in ("first", "second"):
        with RunStore.create(root, "easy", name, {}) as store:
            rows = [
                row.method("conditional_vae", 0.25, 1.5, clusterer="gaussian_mixture", beta=0.1),
                row.method(
                    "pca", 0.125, 1.25, verdict="No model beat pca here.", nmi=0.5, purity=0.5
                ),
                row.method("raw", 0.0625, 1.75, latent_size=None),
            ]
            store.append("comparison", rows)
            store.consolidate()
    return root


def test_the_comparison_fits_80_columns_with_every_word_whole(root):
    text = shown(comparison_table(results.load("second", root=root)))
    assert max(map(len, text.splitlines())) <= 80
    for whole in ("conditional_vae", "gaussian_mixture", "latent_size=16", "0.150–0.350"):
        assert whole in text


def test_the_best_is_bold_by_the_direction_of_its_score(root):
    table = comparison_table(results.load("second", root=root))
    text = shown(table, force_terminal=True, color_system="standard")
    assert "silhouette ↑" in text and "bouldin ↓" in text
    assert "\x1b[1m0.250" in text and "\x1b[1m0.125" not in text
    assert "\x1b[1m1.25" in text and "\x1b[1m1.50" not in text


def test_settings_that_all_methods_share_are_said_once(root):
    frame = results.load("second", root=root)
    assert "All methods" not in shown(comparison_table(frame))
    assert "All methods: kmeans 10" in shown(comparison_table(frame[1:].reset_index()))


def test_markup_in_names_and_verdicts_is_text(root):
    frame = results.load("second", root=root).assign(verdict="[red]loud[/red]", family="[x]")
    text = shown(comparison_table(frame))
    assert "[red]loud[/red]" in text and "[x]" in text


def test_long_names_are_whole_and_the_failures_of_trials_are_told(tmp_path, row, capsys):
    name = "a-run-whose-name-nobody-would-want-to-type-twice"
    for run_name in ("short", name):
        with RunStore.create(tmp_path, "hard", run_name, {}) as store:
            view = "trimmed+gainless"
            store.append("comparison", [row.method("pca", 0.5, 1.5, view=view, reducer="umap")])
            failed = {"status": "failed", "error": "OSError: no\nTraceback", "objective": None}
            store.append("trials", [row.trial(number, **failed) for number in (3, 4)])
    table = comparison_table(results.load("hard", root=tmp_path, runs="all"))
    lines = shown(table).splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines) and f"hard/{name}:" in "".join(lines)
    code, out, _ = run(capsys, "show", "--root", tmp_path, "--table", "trials")
    assert code == 0 and "failed: trial 3, 4: OSError: no" in out and "Traceback" not in out


def run(capsys, *arguments):
    code = main([*map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_list_names_every_run(root, capsys):
    code, out, _ = run(capsys, "list", "--root", root)
    assert code == 0
    assert "first" in out and "second" in out and "finished" in out


def test_an_unfinished_run_is_shown_as_such(finished, unfinished, capsys):
    assert "has not ended" in run(capsys, "show", unfinished)[1]
    assert "has not ended" not in run(capsys, "show", finished)[1]


def test_show_takes_the_newest_run_and_says_where_it_is(root, capsys):
    code, out, _ = run(capsys, "show", "--root", root)
    assert code == 0
    assert "easy/second: mean and 95 % interval over 3 seeds, test songs" in out
    assert "No model beat pca here." in out
    assert str(root / "easy" / "second") in out
    assert max(map(len, out.splitlines()[:-1])) <= 80


@pytest.mark.parametrize("table", ["trials", "clusterings", "epochs", "songs", "assignments"])
def test_show_prints_any_table(finished, capsys, table):
    code, out, _ = run(capsys, "show", finished, "--table", table, "--rows", 1)
    assert code == 0
    assert f"{table}: {len(results.load(finished, table))} rows" in out
    assert max(map(len, out.splitlines()[:-1])) <= 80


def test_compare_puts_runs_under_one_another(root, capsys):
    code, out, _ = run(capsys, "compare", "first", "second", "--root", root)
    assert code == 0
    assert out.index("\neasy/first") < out.index("\neasy/second")
    assert out.count("\nconditional_vae ") == 2


def test_csv_has_the_names_and_the_column_order_of_the_original(root, capsys, tmp_path):
    out = tmp_path / "new" / "folder"
    code, _, _ = run(capsys, "export", "first", "--root", root, "--to", "csv", "--out", out)
    assert code == 0
    columns = {path.name: list(pd.read_csv(path)) for path in out.iterdir()}
    assert columns == {
        "clustering_metrics.csv": "method silhouette calinski_harabasz".split(),
        "comprehensive_metrics.csv": "method silhouette calinski_harabasz davies_bouldin".split(),
        "comprehensive_comparison.csv": (
            "method silhouette calinski_harabasz davies_bouldin ari nmi purity".split()
        ),
    }
    read = pd.read_csv(out / "comprehensive_comparison.csv")
    assert read["method"].tolist() == [
        "conditional_vae + gaussian_mixture",
        "pca + kmeans",
        "raw + kmeans",
    ]
    assert read["silhouette"].tolist() == [0.25, 0.125, 0.0625]


def test_markdown_is_one_table_with_nothing_to_execute(root, tmp_path):
    frame = results.load("second", root=root).assign(family="<script>|</script>")
    (path,) = export(frame, "markdown", tmp_path)
    lines = path.read_text().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 5
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert "**0.250** (0.150–0.350)" in table[2]
    assert "- &lt;script&gt;|&lt;/script&gt;: No model beat pca here" in path.read_text()
    assert "<" not in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "third"], "there are runs of easy"),
        (["list", "hard"], "there are runs of easy"),
        (["show", "first", "--table", "epochs"], "has no table epochs yet; it has comparison"),
        (["compare", "first", "third"], "no run of 'third'"),
        (["export", "third", "--to", "csv"], "no run of 'third'"),
        (["export", "--to", "csv", "--out", "/dev/null/x"], "cannot be made"),
    ],
)
def test_a_mistake_gets_one_sentence_and_exit_code_2(root, capsys, arguments, said):
    code, out, err = run(capsys, *arguments, "--root", root)
    assert (code, out) == (2, "")
    assert err.startswith("latentune: ") and said in err and err.count("\n") == 1


def test_without_runs_the_command_line_says_how_to_get_one(tmp_path, capsys):
    assert run(capsys, "list", "--root", tmp_path)[:2] == (0, "There are no runs yet.\n")
    code, _, err = run(capsys, "show", "--root", tmp_path)
    assert code == 2 and "python -m search easy" in err

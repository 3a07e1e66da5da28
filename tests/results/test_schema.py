"""Every column is declared once, and a name finds its declaration."""

from pathlib import Path

import pytest

import results
from results.columns import ResultsError
from results.export import schema_markdown
from results.lookup import column_named, meaning
from results.schema import TABLES

DOCUMENT = Path(__file__).parents[2] / "docs" / "tables.md"
PROMISED = {
    "trials": (
        "run task trial role status error family view reducer latent_size beta n_clusters "
        "clusterer seed objective silhouette davies_bouldin calinski_harabasz ari nmi ami purity "
        "purity_floor reconstruction_loss kl r2 active_units train_seconds score_seconds host"
    ),
    "comparison": (
        "family view reducer clusterer n_clusters latent_size beta silhouette silhouette_low "
        "silhouette_high ari ari_low ari_high n_seeds verdict"
    ),
    "songs": "id split",
    "assignments": "id split method seed n_clusters cluster",
}


@pytest.mark.parametrize("table", PROMISED)
def test_the_promised_columns_are_always_there(table):
    there = [column.name for column in TABLES[table].present([])]
    assert not set(PROMISED[table].split()) - set(there)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_name_is_declared_twice_and_every_column_says_what_it_means(table):
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert all(column.meaning.endswith(".") for column in table.columns)
    assert set(table.key) <= set(names)


def test_an_unknown_column_is_refused_with_its_name_the_table_and_the_nearest():
    with pytest.raises(ResultsError, match="trials has no column 'silhouete'.*'silhouette'"):
        TABLES["trials"].column("silhouete")


def test_a_label_has_columns_of_its_own_beside_the_primary_one():
    columns = [c.name for c in TABLES["trials"].present(["purity_floor_language", "ari_language"])]
    assert columns.index("ari_language") > columns.index("ari")
    assert TABLES["trials"].find("purity_floor_language").name == "purity_floor_<label>"
    assert TABLES["comparison"].find("ari_language_low").name == "ari_<label>_low"


@pytest.mark.parametrize("label", ["low", "high", "floor"])
def test_a_label_that_would_share_a_column_with_a_score_is_refused(label):
    with pytest.raises(ResultsError, match=f"no column '{label}'"):
        TABLES["songs"].column(label)


def test_meaning_tells_unit_and_direction():
    assert meaning("train_seconds") == "Time to train. Unit: s. Lower is better."
    assert "Higher is better" in results.meaning("ari_language")
    assert "language" in results.meaning("ari_language")
    assert "interval of silhouette" in results.meaning("silhouette_low")
    assert meaning("genre", table="songs") != meaning("trial")


def test_meaning_of_no_column_is_an_error():
    with pytest.raises(ResultsError, match="'silhouete'"):
        meaning("silhouete")
    with pytest.raises(ResultsError, match="the tables are trials, clusterings"):
        meaning("ari", table="trial")


def test_better_follows_the_score_into_its_interval():
    assert column_named("davies_bouldin", "comparison").better == "lower"
    assert column_named("davies_bouldin_high", "comparison").better == "lower"


def test_the_document_of_the_tables_is_current():
    """When this fails: python -m results columns > docs/tables.md"""
    assert DOCUMENT.read_text(encoding="utf-8") == schema_markdown()

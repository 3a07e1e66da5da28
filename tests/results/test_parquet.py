"""What goes into a table comes out of pandas with the type it was declared with."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from results.columns import Column, ResultsError
from results.parquet import merge, part
from results.schema import ROLES, SCHEMA_VERSION, TABLES

TRIALS = TABLES["trials"]
KEY = {"run": "r", "task": "t", "trial": 0, "role": "search", "seed": 0, "status": "complete"}


def frame(*parts):
    return merge(TRIALS, [part(TRIALS, rows) for rows in parts]).to_pandas()


def test_types_are_those_declared_even_where_nothing_is_known():
    types = frame([KEY]).dtypes.astype(str)
    assert types["trial"] == "int64"
    assert types["latent_size"] == "Int64"
    assert types["silhouette"] == "float64"
    assert types["error"] == "str"
    assert types["family"] == types["role"] == "category"
    assert types["started"] == "datetime64[us, UTC]"


def test_values_survive_the_way_to_a_file_and_back(tmp_path):
    row = KEY | {
        "latent_size": np.int64(8),
        "beta": np.float32(0.5),
        "family": np.str_("mlp_vae"),
        "error": 'শেষ, "quoted"\nsecond line',
        "started": datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC),
    }
    pq.write_table(
        merge(TRIALS, [part(TRIALS, [row, KEY | {"trial": 1}])]), tmp_path / "t.parquet"
    )
    first, second = pd.read_parquet(tmp_path / "t.parquet").to_dict("records")
    assert {name: first[name] for name in row} == row
    assert pd.isna([second[name] for name in set(row) - set(KEY)]).all()


def test_numbers_of_any_count_survive_the_way_to_a_file_and_back(tmp_path):
    each = [[0.5, 0.25], np.array([1.0], np.float32), None]
    rows = [KEY | {"trial": n, "kl_per_dimension": numbers} for n, numbers in enumerate(each)]
    pq.write_table(
        merge(TRIALS, [part(TRIALS, rows[:2]), part(TRIALS, rows[2:])]), tmp_path / "t.parquet"
    )
    found = pd.read_parquet(tmp_path / "t.parquet")["kl_per_dimension"]
    assert [list(numbers) for numbers in found[:2]] == [[0.5, 0.25], [1.0]]
    assert found[2] is None


@pytest.mark.parametrize("nothing", [None, math.nan, "", pd.NA])
def test_none_nan_and_empty_text_are_all_missing(nothing):
    column = "family" if isinstance(nothing, str) else "beta"
    assert pd.isna(frame([KEY | {column: nothing}])[column][0])


def test_an_ordered_category_sorts_by_meaning_not_by_letter():
    rows = [KEY | {"role": role} for role in sorted(ROLES)]
    role = frame(rows)["role"]
    assert list(role) == list(role.cat.categories) == list(ROLES)
    assert role.cat.ordered


def test_rows_and_columns_say_the_same():
    rows = [KEY | {"trial": number, "beta": number / 2} for number in range(3)]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    pd.testing.assert_frame_equal(frame(rows), frame(columns))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"latent_size": 1.5}, "Column latent_size of table trials is of type integer"),
        ({"beta": "much"}, "Column beta of table trials is of type number"),
        ({"family": 3}, "Column family of table trials is of type category"),
        ({"started": "now"}, "Column started of table trials is of type time"),
        ({"status": "done"}, "one of complete, infeasible, pruned, failed, not 'done'"),
        ({"seed": None}, "Column seed of table trials needs a value in every row; row 1"),
        ({"wdith": 3}, "Table trials has no column 'wdith'.*'width'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_column_and_table(wrong, message):
    with pytest.raises(ResultsError, match=message):
        part(TRIALS, [KEY, KEY | wrong])


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ResultsError, match="differ in length"):
        part(TRIALS, {"trial": [1, 2], "seed": [0]})


def test_an_optional_column_is_there_only_when_a_row_has_a_value():
    assert "width" not in frame([KEY | {"width": None}])
    both = frame([KEY | {"width": 64}], [KEY | {"trial": 1}])
    assert both["width"].tolist() == [64, pd.NA]


def test_the_last_rows_of_a_trial_take_the_place_of_all_its_earlier_ones():
    table = TABLES["epochs"]
    key = {name: KEY[name] for name in ("run", "task", "trial", "role", "seed")}
    first = part(table, [key | {"epoch": number, "loss": 1.0} for number in (1, 2, 3)])
    other = part(table, [key | {"trial": 1, "epoch": 1, "loss": 3.0}])
    again = part(table, [key | {"epoch": number, "loss": 2.0} for number in (1, 2)])
    rows = merge(table, [first, other, again]).to_pandas()
    assert rows[["trial", "epoch", "loss"]].values.tolist() == [[0, 1, 2], [0, 2, 2], [1, 1, 3]]


def test_a_column_declared_later_is_missing_in_earlier_rows():
    old = merge(TRIALS, [part(TRIALS, [KEY])])
    newer = replace(TRIALS, columns=(*TRIALS.columns, Column("stability", "number", "New.")))
    both = merge(newer, [old, part(newer, [KEY | {"trial": 1, "stability": 0.5}])]).to_pandas()
    assert both["stability"].tolist() == pytest.approx([math.nan, 0.5], nan_ok=True)


def test_a_file_carries_the_meaning_of_its_columns(tmp_path):
    pq.write_table(merge(TRIALS, [part(TRIALS, [KEY])]), tmp_path / "trials.parquet")
    schema = pq.read_schema(tmp_path / "trials.parquet")
    assert schema.field("train_seconds").metadata == {
        b"meaning": b"Time to train.",
        b"unit": b"s",
        b"better": b"lower",
    }
    assert schema.metadata[b"schema_version"] == SCHEMA_VERSION.encode()
    assert schema.field("role").type == pa.dictionary(pa.int32(), pa.string(), ordered=True)

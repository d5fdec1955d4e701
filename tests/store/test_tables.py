import datetime
import decimal
import hashlib
import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dami.errors import ProjectError, TableError
from dami.store import files, tables
from dami.tables.reading import open_table
from dami.tables.table import Table

KEPT = {
    "ints": pd.Series([1, -2, 2**62]),
    "small": pd.Series([1, 2, 3], dtype="uint8"),
    "floats": pd.Series([0.1, np.nan, np.inf]),
    "float32": pd.Series([0.1, np.nan, -1], dtype="float32"),
    "bools": pd.Series([True, False, True]),
    "text": pd.Series(["a", None, "ä\n\"'\u2028"]),
    "string": pd.Series(["a", None, ""], dtype="string"),
    "nullable": pd.Series([1, None, 3], dtype="Int64"),
    "nullable bools": pd.Series([True, None, False], dtype="boolean"),
    "days": pd.Series(pd.to_datetime(["2020-01-01", None, "1969-12-31 23:59:59.123456"], format="ISO8601")),
    "zoned": pd.Series(pd.date_range("2024-03-30", periods=3, tz="Europe/Berlin")),
    "spans": pd.Series(pd.to_timedelta(["1 day", None, "3 ms"])),
    "categories": pd.Series(pd.Categorical(["b", None, "a"], categories=["b", "a", "never"], ordered=True)),
    "dates": pd.Series([datetime.date(2020, 1, 1), None, datetime.date(1815, 12, 10)], dtype=object),
    "decimals": pd.Series([decimal.Decimal("1.50"), None, decimal.Decimal("-7.25")], dtype=object),
    "periods": pd.Series(pd.period_range("2020-01", periods=3, freq="M")),
    "nothing": pd.Series([np.nan] * 3),
    "a/b.c\t ": pd.Series([1, 2, 3]),
}


def test_dtypes_and_values_come_back():
    frame = pd.DataFrame(KEPT)
    frame.attrs["notes"] = ["Two columns had the same name."]
    stored = tables.store_table(frame)
    back = tables.load_table(stored.id)
    pd.testing.assert_frame_equal(back, frame, check_exact=True)
    assert back.attrs == {"notes": ["Two columns had the same name."]}
    assert (stored.n_rows, stored.n_columns, stored.notes) == (3, len(KEPT), ["Two columns had the same name."])
    assert tables.get(stored.id) == stored


def test_notes_know_their_columns_in_files_of_this_and_of_an_older_version():
    frame = pd.DataFrame({"when": ["01/02/2024", "03/04/2024"] * 5, "n": ["1,5", "?"] * 5})
    read = open_table(frame.to_csv(index=False, sep="|").encode())
    path = files.table_path(tables.store_table(read.frame, read.originals).id)
    stored = pq.read_table(path)
    older, texts = io.BytesIO(), json.dumps([str(note) for note in read.notes]).encode()
    pq.write_table(stored.replace_schema_metadata({**stored.schema.metadata, tables.NOTES: texts}), older)
    for data in (path.read_bytes(), older.getvalue()):
        back = Table(*tables.from_parquet(data))
        assert back.notes == read.notes
        assert [note.column for note in back.notes] == ["when", "n", "n"]
        assert [note.kind for note in back.notes] == ["doubt", "reading", "reading"]
        assert back.with_kinds({"when": "date, day first"}).notes == read.notes[1:]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (["a", None, "b"], "str", ["a", None, "b"]),
        ([None, None, None], "str", [None, None, None]),
        ([1, 2, 3], "int64", [1, 2, 3]),
        ([1, None, 3], "Int64", [1, None, 3]),
        ([1.5, 2, None], "float64", [1.5, 2.0, None]),
        ([True, False, True], "bool", [True, False, True]),
        ([True, None, False], "boolean", [True, None, False]),
    ],
)
def test_objects_of_one_kind_get_its_dtype(values, dtype, expected):
    stored = tables.store_table(pd.DataFrame({"x": pd.Series(values, dtype=object)}))
    back = tables.load_table(stored.id)["x"]
    assert back.dtype == dtype
    assert [None if pd.isna(value) else value for value in back] == expected
    assert stored.notes == []


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, "a", None], ["1", "a", None]),
        ([True, 1, 2.5], ["True", "1", "2.5"]),
        ([{"a": 1}, [2], np.nan], ["{'a': 1}", "[2]", None]),
        ([b"abc", b"\xff", None], ["abc", "\ufffd", None]),
        ([1j, None, 2], ["1j", None, "2"]),
        ([2**70, 1, None], [str(2**70), "1", None]),
        (["\ud800", 1, None], ["?", "1", None]),
        ([datetime.date(2020, 1, 1), "soon", pd.NaT], ["2020-01-01", "soon", None]),
        (
            [pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020"), None],
            ["2020-01-01 00:00:00+00:00", "2020-01-01 00:00:00", None],
        ),
    ],
)
def test_mixed_columns_become_text_and_it_is_said(values, expected):
    frame = pd.DataFrame({"odd": pd.Series(values, dtype=object), "fine": [1, 2, 3]})
    stored = tables.store_table(frame)
    back = tables.load_table(stored.id)
    assert back["odd"].dtype == "str"
    assert [None if pd.isna(value) else value for value in back["odd"]] == expected
    assert back["fine"].tolist() == [1, 2, 3]
    [note] = back.attrs["notes"]
    assert "“odd”" in note and stored.notes == [note]
    assert frame["odd"].dtype == object and frame.attrs == {}  # the caller's table is untouched


@pytest.mark.sqlite
@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [2, 1, 0]])
def test_days_among_times_become_times(order):
    values = [datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 2, 13, 30), None]
    frame = pd.DataFrame({"t": pd.Series([values[i] for i in order], dtype=object)})
    stored = tables.store_table(frame)
    expected = [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-02 13:30"), pd.NaT]
    back = tables.load_table(stored.id)["t"]
    assert back.dtype.kind == "M"
    assert [back[order.index(i)] for i in (0, 1)] == expected[:2] and back.isna().sum() == 1
    assert stored.notes == []


def test_categories_become_text_and_stay_categories():
    frame = pd.DataFrame(
        {"x": pd.Series([3, 1, None]).astype("category"), "y": pd.Series([1, "1", None]).astype("category")}
    )
    back = tables.load_table(tables.store_table(frame).id)
    assert back["x"].cat.categories.tolist() == ["1.0", "3.0"]
    assert back["y"].dtype == "str"  # 1 and "1" would be one category


def test_columns_that_parquet_does_not_know_become_text_or_dense():
    frame = pd.DataFrame({"z": [1j, 2.5], "s": pd.arrays.SparseArray([0, 1])})
    stored = tables.store_table(frame)
    assert tables.load_table(stored.id)["z"].tolist() == ["1j", "(2.5+0j)"]
    assert len(stored.notes) == 1
    assert tables.load_table(stored.id)["s"].tolist() == [0, 1]


def test_seconds_become_milliseconds():
    frame = pd.DataFrame(
        {"t": pd.date_range("2020", periods=2, unit="s"), "z": pd.date_range("2020", periods=2, unit="s", tz="UTC")}
    )
    back = tables.load_table(tables.store_table(frame).id)
    assert (back == frame).all().all()
    assert back["t"].dtype == "datetime64[ms]"


def test_the_index_is_not_kept():
    frame = pd.DataFrame({"x": [1, 2, 3]}, index=[9, 9, 4])
    pd.testing.assert_frame_equal(tables.load_table(tables.store_table(frame).id), pd.DataFrame({"x": [1, 2, 3]}))


def test_the_same_table_is_stored_once_under_its_hash(data_folder):
    frame = pd.DataFrame({"x": range(5000), "y": ["a", "b"] * 2500})
    first = tables.store_table(frame)
    assert tables.store_table(frame.copy()) == first
    [path] = (data_folder / "tables").iterdir()
    assert path == files.table_path(first.id)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == first.id
    assert tables.store_table(frame.assign(x=frame["x"] + 1)).id != first.id
    frame.attrs["notes"] = ["Something was mended."]
    assert tables.store_table(frame).id != first.id


@pytest.mark.sqlite
def test_the_hash_is_the_same_in_another_process(start):
    code = (
        "import pandas as pd; from dami.store import tables;"
        "print(tables.store_table(pd.DataFrame({'x': range(100), 'y': ['a', None] * 50})).id)"
    )
    ids = {start(code).communicate()[0].strip() for _ in range(2)}
    assert ids == {tables.store_table(pd.DataFrame({"x": range(100), "y": ["a", None] * 50})).id}


def test_names_must_be_distinct_texts():
    with pytest.raises(TableError, match="'x'"):
        tables.store_table(pd.DataFrame([[1, 2]], columns=["x", "x"]))
    with pytest.raises(TableError, match="no text"):
        tables.store_table(pd.DataFrame([[1, 2]]))


@pytest.mark.parametrize("rows", [0, 1])
def test_tiny_tables(rows):
    frame = pd.DataFrame({"x": [1.5] * rows, "y": pd.Series(["a"] * rows, dtype="str")})
    pd.testing.assert_frame_equal(tables.load_table(tables.store_table(frame).id), frame)


def test_missing_and_damaged_files_are_said_in_words(table):
    for ask in (tables.load_table, tables.get):
        with pytest.raises(ProjectError, match="open its file again"):
            ask("0" * 64)
    for ask in (tables.load_table,):
        with pytest.raises(ProjectError, match="not the id"):
            ask("../dami.db")
    path = files.table_path(table.id)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ProjectError, match="damaged"):
        tables.load_table(table.id)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.decimals().filter(lambda number: not number.is_snan()),
    st.tuples(st.integers()),
    st.complex_numbers(),
    st.timedeltas(),
)


@pytest.mark.sqlite
@settings(suppress_health_check=list(HealthCheck))
@given(st.lists(scalars, min_size=1, max_size=6))
def test_any_column_of_objects_survives(values):
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    back = tables.load_table(tables.store_table(frame).id)["x"]
    assert len(back) == len(values)
    assert back.isna().tolist() == frame["x"].isna().tolist()
    for before, after in zip(frame["x"], back, strict=True):
        if pd.isna(before):
            continue
        if type(before) is datetime.date and isinstance(after, datetime.datetime):
            before = pd.Timestamp(before)  # days among times
        assert after == before or isinstance(after, str) or float(before) == pytest.approx(after)

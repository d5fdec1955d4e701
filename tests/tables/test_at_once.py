"""A large file is read at once, and gives what a look at each of its texts gives."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dami.errors import TableError
from dami.tables import amounts, delimited, reading, text_values
from dami.tables.read_options import ReadOptions
from dami.tables.reading import open_table
from dami.tables.shapes import first_of_each_shape, shapes_of
from dami.tables.table import Table
from dami.tables.text_values import _distinct, _with_amounts, parse_columns
from dami.tables.written import original_of

NUMBERS = (
    st.integers(-(10**20), 10**20).map(str)
    | st.integers(-999, 99_999).map(str)
    | st.floats(allow_nan=False).map(repr)
    | st.decimals(-9999, 9999, places=2).map(str)
    | st.decimals(-9999, 9999, places=3).map(lambda number: f"{number:,}")
    | st.decimals(-9999, 9999, places=3).map(lambda number: str(number).replace(".", ","))
)
ODD = st.sampled_from(
    [
        *(
            "",
            "",
            " ",
            "NA",
            "-",
            "?",
            "n/a",
            "007",
            "0",
            "-0",
            "0.0",
            "+5",
            "+4930555000",
            "1E1",
            "0x1F",
            "inf",
            "-inf",
        ),
        *("1.", ".5", "1'000", "1 000", "601 100 200", "12 €", "10%", "(3)", "<0,05", " 7", "7 ", "1e400", "true"),
        *("2024-01-31", "31.01.2024", "01/02/2024", "12:30", "red", "a b", "\u0663", "1.234", "1,234", "\uff11"),
    ]
)
WORDS = st.text("abc -é日09", max_size=6)
KINDS = [NUMBERS, NUMBERS | ODD, ODD, WORDS, WORDS | ODD]
COLUMNS = st.one_of(*(st.lists(cells, min_size=1, max_size=30) for cells in KINDS))


def parsed(columns: list[list[str]]) -> text_values.Parsing:
    return parse_columns([(f"c{k}", pa.array(cells, pa.string())) for k, cells in enumerate(columns)], ",")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(columns=st.lists(COLUMNS, min_size=1, max_size=3))
def test_a_column_means_the_same_whichever_way_its_texts_are_told_apart(columns, monkeypatch):
    n_rows = min(map(len, columns))
    columns = [column[:n_rows] for column in columns]
    with monkeypatch.context() as patched:
        patched.setattr(text_values, "HEAD", 10)  # or a column of words would need a thousand rows
        patched.setattr(amounts, "FIRST", 8)
        at_once = parsed(columns)
        patched.setattr(text_values, "_prepared", lambda *column: _with_amounts(_distinct(*column)))
        one_by_one = parsed(columns)
    assert at_once.notes == one_by_one.notes
    for cells, (name, values) in zip(columns, one_by_one.values.items(), strict=True):
        pd.testing.assert_series_equal(at_once.values[name], values)
        if name in at_once.told:
            assert original_of(values, pa.chunked_array([pa.array(cells, pa.string())]), typed=False) is None


PIECES = [
    *("a", "é", "1.5", "7", "x y", ",", ",", ",", ";", "\n", "\n", "\n", "\r\n", "\r"),
    *('"', '""', '"a,b"', '"\n\n"', "#", "\xa0"),
]


def opened(data: bytes, options: ReadOptions) -> Table | str:
    try:
        return open_table(data, "own.csv", options=options)
    except TableError as error:
        return str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from(["", "\ufeff", "\ufeff\ufeff", "\n", "# note\n", "sep=;\n", "Title\n\n"]),
    pieces=st.lists(st.sampled_from(PIECES), max_size=40),
    row=st.sampled_from(["1,2\n", '1,"2"\n', "1,2\r\n", ",\n"]),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]),
    delimiter=st.sampled_from([None, ",", ""]),
    skip=st.sampled_from([None, ()]),
)
def test_a_file_is_read_alike_at_once_and_as_one_text(start, pieces, row, encoding, delimiter, skip, monkeypatch):
    data = f"{start}a,b\n{row * 5}{''.join(pieces)}\n".encode(encoding, "replace")
    options = ReadOptions(delimiter=delimiter, skip=skip)
    with monkeypatch.context() as patched:
        patched.setattr(delimited, "HEAD", 24)
        patched.setattr(delimited, "SAMPLE_ROWS", 2)
        at_once = opened(data, options)
        patched.setattr(reading, "read_large", lambda *args: None)
        as_text = opened(data, options)
    if isinstance(as_text, str) or isinstance(at_once, str):
        assert at_once == as_text
        return
    pd.testing.assert_frame_equal(at_once.frame, as_text.frame)
    pd.testing.assert_frame_equal(at_once.written, as_text.written)
    assert (at_once.notes, at_once.how) == (as_text.notes, as_text.how)


def test_a_large_file_is_read_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    n = 30_000
    frame = pd.DataFrame(
        {
            "count": rng.integers(100, size=n),
            "share": rng.integers(1, 1000, size=n) / 1000,
            "price": [f"{price:.2f}".replace(".", ",") for price in rng.gamma(2, 500, n)],
            "note": np.where(rng.random(n) < 0.1, 'a "b"\n\nc', [f"word {k}, more" for k in range(n)]),
            "day": np.datetime64("2024-01-01") + rng.integers(300, size=n),
        }
    )
    data = frame.to_csv(index=False).encode()
    monkeypatch.setattr(reading, "decode", lambda *args: pytest.fail("the whole file was decoded"))
    read = open_table(data, "large.csv")
    pd.testing.assert_frame_equal(read.written, frame.astype("str"))
    assert {*read.originals} == {"price"}
    expected = pd.read_csv(io.BytesIO(data), parse_dates=["day"])
    expected["price"] = expected["price"].str.replace(",", ".").astype(float)
    pd.testing.assert_frame_equal(read.frame, expected)


def test_texts_of_one_shape_differ_in_digits_alone():
    texts = pa.array(["-0.5", "12", "120", "7", "13", "007", "", "-07.25", "x9", "30", "+0"]).slice(1)
    assert shapes_of(texts).to_pylist() == ["99", "990", "9", "99", "099", "", "-09.99", "x9", "90", "+0"]
    first, codes = first_of_each_shape(texts)
    assert first.to_pylist() == ["12", "120", "7", "007", "", "-07.25", "x9", "30", "+0"]
    assert codes.tolist() == [0, 1, 2, 0, 3, 4, 5, 6, 7, 8]

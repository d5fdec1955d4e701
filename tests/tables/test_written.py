"""A table comes back cell by cell as its owner wrote it, through every format that DAMI writes."""

import datetime
import decimal
import gzip
import io
import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dami
from dami.errors import TableError
from dami.tables.reading import open_table, read_table
from dami.tables.table import Table
from dami.tables.writing import WRITERS, arm, disarm, write_csv
from dami.tables.written import cell_text, texts_of

pytestmark = pytest.mark.usefixtures("workbooks_here")
FORMATS = [".csv", ".tsv", ".parquet", ".feather", ".xlsx"]
SPELLINGS = [
    *(
        "1950",
        "",
        "1E1",
        "2310000E10",
        "2.50",
        "2.5",
        "3.10",
        "3.1",
        "TRUE",
        "true",
        "NA",
        "n/a",
        "nan",
        "null",
        "None",
    ),
    *(
        "+4930555000",
        "601 100 200",
        "2024-01-10T00:30:00+01:00",
        "9007199254740993",
        "007",
        "-0",
        "1,000.50",
        "\u2212240",
    ),
    *("31.01.2024", "=1+1", "@x", "'=1", "''=1", "-", "+ve", "10%", " padded ", 'quo"te', "two\nlines", "#1", "sep=;"),
    *("caf\u00e9", "cafe\u0301", "\ufeffmark", "שלום", "\u202eback", "a;b", "a|b", "a\tb", "_x0041_", "1e400", "0x10"),
    *("12345678901234567890", "0.1000000000000000055", "1_000", "\u00a05", "\r\n"),
]
CELLS = st.sampled_from(SPELLINGS) | st.text(st.characters(exclude_categories=["Cc", "Cn", "Co", "Cs"]), max_size=8)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Texts under two to four names, as many files hold them: whole columns of one spelling, or of any."""
    n_rows, n_columns = draw(st.integers(1, 6)), draw(st.integers(2, 4))
    columns = [draw(st.lists(CELLS, min_size=n_rows, max_size=n_rows)) for _ in range(n_columns)]
    columns[0] = [text if text.strip("\r\n") else "x" for text in columns[0]]  # no row, and no column, is all empty
    names = draw(st.permutations(["plain", "with, comma", 'with "quotes"', "=formula", "ünïcode", "#hash"]))
    return pd.DataFrame(dict(zip(names, columns, strict=False)), dtype="str")


def as_csv(texts: pd.DataFrame) -> bytes:
    """Texts as a spreadsheet saves them, by a writer that is not DAMI's."""
    return texts.to_csv(index=False, quoting=1, lineterminator="\r\n").encode("utf-8")


def as_parquet(columns: dict[str, pa.Array]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


@settings(max_examples=settings.default.max_examples // 2)  # each in five formats
@given(tables())
def test_any_texts_come_back_through_every_format(texts):
    read = open_table(as_csv(texts), "own.csv")
    pd.testing.assert_frame_equal(read.written, texts.set_axis(read.written.columns, axis=1))
    for suffix in FORMATS:
        back = open_table(WRITERS[suffix](read), f"copy{suffix}")
        pd.testing.assert_frame_equal(back.written, read.written, obj=suffix)


def test_a_list_shows_what_was_written_and_sorts_numbers():
    text = "year,price,id,part,small,day,ok\n1950,2.50,9007199254740993,0.25,1e-09,2024-01-31,True\n,3,2,1.5,2,,False\n"
    listed = open_table(text.encode(), "own.csv").listed
    assert [name for name, kind in listed.dtypes.items() if kind.kind == "f"] == ["year", "part"]
    assert listed.loc[0].tolist() == [1950, "2.50", "9007199254740993", 0.25, "1e-09", "2024-01-31", "True"]
    assert listed.loc[1].tolist()[1:] == ["3", "2", 1.5, "2", "", "False"] and np.isnan(listed["year"][1])


def test_names_that_had_to_be_made_distinct_are_written_as_their_owner_had_them():
    read = open_table(b'a,a,=s,=s," b\nc ",,label\n1,2,=x,@y,5,6,x\n7,8,=u,4,11,12,y\n', "own.csv")
    names = ["a", "a", "=s", "=s", " b\nc ", "", "label"]
    assert [*read.frame] == ["a", "a (2)", "=s", "=s (2)", "b c", "column 6", "label"] and read.heads == names
    for filename, data in (
        ("copy.csv", write_csv(read)),
        ("armed.csv", write_csv(read, armed=True)),
        ("copy.xlsx", WRITERS[".xlsx"](read)),
    ):
        back = open_table(data, filename)
        assert back.heads == names and back.written.equals(read.written), filename
    typed = ["a", "a (2)", "=s", "=s (2)", " b\nc ", "column 6", "label"]  # no two names can be the same in Parquet
    assert pq.read_schema(io.BytesIO(WRITERS[".parquet"](read))).names == typed
    added = read.with_columns({"a": read.frame["label"]})  # who adds a column has its name
    assert added.heads[:2] == ["a", "a (2)"] and read.renamed({"b c": "x"}).heads[4] == "x"


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_row_is_taken_for_the_names_of_a_table_without_names(suffix):
    read = open_table(b",,\n1,2,x\n4,5,y\n", "own.csv")
    back = open_table(WRITERS[suffix](read), f"copy{suffix}")
    assert back.written.to_dict("list") == {"column 1": ["1", "4"], "column 2": ["2", "5"], "column 3": ["x", "y"]}


@pytest.mark.parametrize("suffix", FORMATS)
def test_typed_values_come_back_with_their_types(suffix):
    typed = pa.table(
        {
            "large": pa.array([9007199254740993, None, -1], pa.int64()),
            "huge": pa.array([2**64 - 1, 0, None], pa.uint64()),
            "price": pa.array(
                [decimal.Decimal("1.50"), None, decimal.Decimal("12345678901234567.89")], pa.decimal128(19, 2)
            ),
            "half": pa.array([1.5, None, 0.1], pa.float32()),
            "year": pa.array([1950, None, 2024], pa.int16()),
            "day": pa.array([datetime.date(1815, 12, 10), None, datetime.date(2024, 2, 29)], pa.date32()),
            "at": pa.array(
                [datetime.datetime(2024, 1, 10, 0, 30, 0, 5), None, None], pa.timestamp("us", "Europe/Berlin")
            ),
            "for": pa.array([datetime.timedelta(days=2, microseconds=3), None, None], pa.duration("us")),
            "tags": pa.array([["a", "b"], None, []], pa.list_(pa.string())),
            "word": pa.array(["NA", "", "x"], pa.string()),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(typed, buffer)
    read = open_table(buffer.getvalue(), "own.parquet")
    assert read.written.loc[0].tolist()[:5] == ["9007199254740993", "18446744073709551615", "1.50", "1.5", "1950"]
    assert read.written.loc[0].tolist()[5:7] == ["1815-12-10", "2024-01-10 01:30:00.000005+01:00"]
    back = open_table(WRITERS[suffix](read), f"copy{suffix}")
    pd.testing.assert_frame_equal(back.written, read.written)
    if suffix in (".parquet", ".feather"):
        for name in typed.column_names:
            assert read.exact(name).type == typed[name].type, name
            assert pa.chunked_array([typed[name].combine_chunks()]).equals(pa.chunked_array(_chunks(back.exact(name))))


def _chunks(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_format_holds_the_names_of_the_columns_as_they_were_written(suffix):
    read = open_table(b'"Price\n(EUR)", a ,x,x,\n1,2,3,4,5\n', "own.csv")
    back = open_table(WRITERS[suffix](read), f"copy{suffix}")
    typed = suffix in (".parquet", ".feather")  # no two names can be the same in these
    assert back.heads == (["Price\n(EUR)", *read.heads[1:2], "x", "x (2)", "column 5"] if typed else read.heads)
    assert [*back.frame] == [*read.frame] == ["Price (EUR)", "a", "x", "x (2)", "column 5"]


def test_times_and_durations_are_such_in_a_sheet_and_read_as_a_spreadsheet_shows_them():
    clock = [datetime.time(k // 3600, k // 60 % 60, k % 60) for k in range(0, 86_400, 199)]
    spans = [datetime.timedelta(hours=25 * k, seconds=k) for k in range(len(clock))]
    odd = [datetime.timedelta(hours=-1), datetime.timedelta(microseconds=3), None, *spans[3:]]
    fine = [datetime.time(0, 0, 1, 5), None, *clock[2:]]
    typed, buffer = pa.table({"at": clock, "for": spans, "odd": odd, "fine": fine}), io.BytesIO()
    pq.write_table(typed, buffer)
    read = open_table(buffer.getvalue(), "own.parquet")
    assert read.written["for"].tolist()[:3] == ["0:00:00", "25:00:01", "50:00:02"]
    assert read.written["odd"].tolist()[:4] == ["-1:00:00", "0:00:00.000003", "", "75:00:03"]
    sheet = WRITERS[".xlsx"](read)
    rows = list(openpyxl.load_workbook(io.BytesIO(sheet)).active.iter_rows(min_row=2, values_only=True))
    assert {type(row[0]) for row in rows} == {datetime.time}
    assert {cell.is_date for cell in openpyxl.load_workbook(io.BytesIO(sheet)).active["B"][1:]} == {True}
    back = open_table(sheet, "copy.xlsx")
    pd.testing.assert_frame_equal(back.written, read.written)
    assert back.frame["for"].tolist() == read.frame["for"].tolist() == [span.total_seconds() for span in spans]


def test_a_text_file_becomes_a_typed_one_where_the_numbers_tell_what_was_written():
    read = open_table(b"year,code,part\n1950,1E1,0.25\n,20,3\n2024,30,1.5\n", "own.csv")
    assert {name: str(read.exact(name).type) for name in read.frame} == {
        "year": "int64",
        "code": "string",
        "part": "double",
    }
    sheet = pd.read_excel(io.BytesIO(WRITERS[".xlsx"](read)), dtype=object, engine="openpyxl")
    assert sheet["year"].tolist()[::2] == [1950, 2024] and sheet["code"].tolist() == ["1E1", "20", "30"]
    assert sheet["part"].tolist() == [0.25, 3, 1.5]


@given(st.lists(CELLS, min_size=1, max_size=20))
def test_arming_is_undone_and_leaves_numbers_alone(texts):
    armed = arm(pa.array(texts, pa.string()))
    assert disarm(armed).to_pylist() == texts
    for text, safe in zip(texts, armed.to_pylist(), strict=True):
        runs = text[:1] in tuple("=+-@\t\r") and text.strip("+-0123456789.,' \u00a0\u202f%") != ""
        assert safe == f"'{text}" or (safe == text and not runs), text


def test_csv_as_a_spreadsheet_opens_it_starts_no_formula():
    read = open_table(b'a,b\n"=HYPERLINK(""x"")",1\n-1.5,2\n@x,3\n', "own.csv")
    armed = write_csv(read, armed=True)
    assert armed.startswith(b"\xef\xbb\xbf") and b"\"'=HYPERLINK" in armed and b"\n-1.5,2,\n'@x,3,a\n" in armed
    assert pd.read_csv(io.BytesIO(armed), dtype=str)["with_apostrophe"].fillna("").tolist() == ["a", "", "a"]
    sheet = io.BytesIO()
    pd.read_csv(io.BytesIO(armed)).to_excel(sheet, index=False)
    copies = {"again.csv": armed, "again.csv.gz": gzip.compress(armed), "saved anew.xlsx": sheet.getvalue()}
    for filename, data in copies.items():
        again = open_table(data, filename)
        assert again.written.equals(read.written), filename
        assert "taken away (2 cells, such as “=HYPERLINK" in again.notes[-1]


@settings(max_examples=settings.default.max_examples // 2)
@given(tables())
def test_apostrophes_of_ours_are_taken_away_and_no_others(texts):
    read = open_table(as_csv(texts), "own.csv")
    for armed in (True, False):
        back = open_table(write_csv(read, armed=armed), "copy.csv")
        pd.testing.assert_frame_equal(back.written, read.written)


@pytest.mark.parametrize(
    "text",
    [
        "word,with_apostrophe\n'=x,yes\ny,no\n",  # its cells name no column
        "with_apostrophe,word\nword,'=x\n,y\n",  # it is not the last one
        "word,with_apostrophe\n'=x,\ny,\n",  # it says nothing
    ],
)
def test_a_column_with_apostrophe_of_somebody_else_stays_with_all_apostrophes(text):
    read = open_table(text.encode(), "own.csv")
    assert "'=x" in read.written["word"].tolist() and "with_apostrophe" in read.frame
    assert write_csv(read, mark=False).decode() == text


def test_an_apostrophe_before_a_name_alone_is_taken_away():
    read = open_table(b"=a;2\n1;2\n", "own.csv")
    again = open_table(write_csv(read, armed=True), "copy.csv")
    assert again.heads == read.heads == ["=a", "2"] and again.written.equals(read.written)


def test_amounts_with_an_apostrophe_are_read_by_the_signs_of_their_file():
    read = open_table("a;b\n-1,50 €;1\n-2,25 €;2\n3,00 €;3\n".encode(), "own.csv")
    back = open_table(write_csv(read, ";", armed=True), "copy.csv")
    assert back.frame["a"].tolist() == read.frame["a"].tolist() == [-1.5, -2.25, 3]


def test_what_a_format_cannot_hold_is_said(tmp_path):
    table = Table(pd.DataFrame({"note": ["x" * 40_000, "y"]}))
    with pytest.raises(TableError, match="“note” has a text of 40,000 characters"):
        table.write(tmp_path / "copy.xlsx")
    with pytest.raises(TableError, match=r"copy\.doc ends in no format that DAMI writes"):
        table.write(tmp_path / "copy.doc")
    with pytest.raises(TableError, match="cannot be written"):
        table.write(tmp_path / "nowhere" / "copy.csv")
    table.write(tmp_path / "copy.csv")
    assert read_table(tmp_path / "copy.csv")["note"].str.len().tolist() == [40_000, 1]


def test_appended_rows_keep_what_each_file_wrote():
    old, new = open_table(b"id,v\n1,1.50\n2,2\n", "old.csv"), open_table(b'id,v\n3,"2,5"\n2,2\n4,n/a\n', "new.csv")
    values = pd.DataFrame({"id": [1, 2, 3, 4], "v": [1.5, 2.0, 2.5, np.nan]})
    grown = old.appended(values, new, [0, 2])
    assert grown.written["v"].tolist() == ["1.50", "2", "2,5", "n/a"] and grown.written["id"].tolist() == list("1234")


def test_numbers_of_single_precision_have_their_own_digits():
    values = np.array([0.1, 2.5, 3.0, 1 / 3, 1e-9, 16777216, np.nan], dtype=np.float32)
    read = open_table(as_parquet({"x": pa.array(values, from_pandas=True), "y": pa.array(range(7))}), "own.parquet")
    shown = read.texts("x").tolist()
    assert shown == ["0.1", "2.5", "3", "0.33333334", "1e-9", "16777216", ""]
    assert [np.float32(text) for text in shown[:-1]] == values[:-1].tolist()
    for suffix, write in WRITERS.items():
        assert open_table(write(read), f"copy{suffix}").texts("x").tolist() == shown, suffix
    assert openpyxl.load_workbook(io.BytesIO(WRITERS[".xlsx"](read))).active["A2"].value == 0.1


def test_a_number_is_the_same_text_alone_and_in_a_column():
    random = np.random.default_rng(0)
    edges = [
        0.0,
        -0.0,
        0.1,
        1e-4,
        9.999e-5,
        1e10,
        1e10 - 0.5,
        1e10 + 0.5,
        2.0**53,
        1e22,
        5e-324,
        np.inf,
        -np.inf,
        np.nan,
    ]
    numbers = [*edges, *random.normal(size=50).tolist(), *(10 ** random.uniform(-300, 300, size=50)).tolist()]
    assert [cell_text(number) for number in numbers] == texts_of(pd.Series(numbers)).to_pylist()


def test_a_workbook_keeps_all_digits_of_fractions():
    random = np.random.default_rng(0)
    numbers = [0.1 + 0.2, 1 / 3, *random.normal(size=30), *10 ** random.uniform(-300, 300, size=30)]
    read = open_table(as_parquet({"x": pa.array(numbers), "y": pa.array(range(len(numbers)))}), "own.parquet")
    rows = openpyxl.load_workbook(io.BytesIO(WRITERS[".xlsx"](read))).active.iter_rows(min_row=2, values_only=True)
    assert [float(cell) for cell, _ in rows] == numbers  # a number too large for a sheet is a text


def test_moments_of_a_sheet_keep_their_time():
    moments = [datetime.datetime(2024, 1, 1, hour) for hour in (0, 1, 2)]
    book = io.BytesIO()
    pd.DataFrame({"at": moments, "x": [1, 2, 3]}).to_excel(book, index=False, engine="openpyxl")
    read = open_table(book.getvalue(), "log.xlsx")
    assert read.frame["at"].tolist() == moments
    assert read.written["at"].tolist() == ["2024-01-01", "2024-01-01 01:00:00", "2024-01-01 02:00:00"]
    assert open_table(WRITERS[".xlsx"](read), "copy.xlsx").frame["at"].tolist() == moments


def test_days_of_a_sheet_stay_days():
    days = [datetime.date(2024, 1, 1), datetime.date(2024, 2, 29)]
    book = io.BytesIO()
    pd.DataFrame({"day": days, "x": [1, 2]}).to_excel(book, index=False, engine="openpyxl")
    read = open_table(book.getvalue(), "days.xlsx")
    again = pd.read_excel(io.BytesIO(WRITERS[".xlsx"](read)), engine="openpyxl")
    assert again["day"].dt.date.tolist() == days


def test_texts_of_a_sheet_stay_texts_and_numbers_stay_numbers():
    days = [datetime.date(1900, 1, 1), datetime.date(1900, 2, 28), datetime.date(1900, 3, 1)]
    sheet = {"zip": ["12345", "00790", "1"], "id": ["1", "2", "3"], "n": [1, 2, 30], "old": ["1815-12-10"] * 3}
    book = io.BytesIO()
    pd.DataFrame({**sheet, "day": days, "p": [0.1 + 0.2, 2, 3], "gap": ["1", None, "2"]}).to_excel(book, index=False)
    read = open_table(book.getvalue(), "own.xlsx")
    again = read.with_kinds({"id": "category", "n": "text"}).with_kinds({"id": "number", "n": None})
    for table in (read, again):
        back = openpyxl.load_workbook(io.BytesIO(WRITERS[".xlsx"](table))).active
        for row, expected in zip(back.iter_rows(), openpyxl.load_workbook(book).active.iter_rows(), strict=True):
            for cell, own in zip(row, expected, strict=True):
                assert (type(cell.value), cell.value) == (type(own.value), own.value)
    assert pa.types.is_string(read.exact("id").type) and read.frame["id"].tolist() == [1, 2, 3]


def test_a_text_that_grows_beyond_a_cell_is_refused_and_never_cut():
    table = Table(pd.DataFrame({"note": ["\r" * 200 + "x" * 31_900]}))
    with pytest.raises(TableError, match="“note” has a text of 33,300 characters"):
        WRITERS[".xlsx"](table)


@pytest.mark.parametrize("unit", ["ms", "us"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_a_moment_after_the_last_year_of_python(unit: str, zone: str | None, tmp_path: Path) -> None:
    late = np.array(["9999-12-31T23:59:59", "20024-05-06T00:00:00", "2024-05-06T00:00:00"], dtype=f"datetime64[{unit}]")
    column = pa.array(late).cast(pa.timestamp(unit)).cast(pa.timestamp(unit, tz=zone))
    pq.write_table(pa.table({"q": column, "n": [1, 2, 3]}), tmp_path / "late.parquet")
    table = dami.open_table(tmp_path / "late.parquet")
    assert table.frame["q"].dtype.kind == "M" and table.columns[0].kind == "date"
    assert [text[:10] for text in table.texts("q")] == ["9999-12-31", "20024-05-0", "2024-05-06"]
    for suffix in ("csv", "xlsx", "feather"):
        table.write(tmp_path / f"late.{suffix}")
        back = dami.open_table(tmp_path / f"late.{suffix}")
        assert back.texts("q").str[:5].tolist() == ["9999-", "20024", "2024-"]


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_one_number_that_is_too_long_is_named_where_it_makes_its_column_text(suffix: str, tmp_path: Path) -> None:
    def opened(numbers: list[int | None]) -> dami.Table:
        column = pa.table({"q": pa.array(numbers, pa.int64()), "n": range(len(numbers))})
        if suffix == "json":
            return dami.open_table(json.dumps(column.to_pylist()).encode(), "own.json")
        write = pq.write_table if suffix == "parquet" else csv.write_csv
        write(column, tmp_path / f"own.{suffix}")
        return dami.open_table(tmp_path / f"own.{suffix}")

    table = opened([*range(100), 2**63 - 1, None])
    assert table.frame["q"].dtype == "str" and table.texts("q")[100] == str(2**63 - 1)
    [note] = table.notes
    assert note.startswith("In “q”, a whole number this long") and f"(1 cell, such as “{2**63 - 1}”)" in note
    assert opened([*range(2**60, 2**60 + 30), None]).notes == []  # all are names
    assert opened([*range(100), 2**63 - 1]).frame["q"].dtype == "int64"

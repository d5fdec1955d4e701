"""read_table: round trips, a corpus of messy files, and what is refused."""

import datetime
import io
import json
import re
import uuid
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from corpus import MESSY, REFUSED, SPOILT, TYPED, workbook
from hypothesis import example, given
from hypothesis import strategies as st

from dami.errors import TableError
from dami.tables import delimited, parquet_parts, size_limits
from dami.tables.column_names import mended_names
from dami.tables.read_options import HowRead, ReadOptions
from dami.tables.reading import READERS, Reader, open_table, read_table
from dami.tables.statistics_files import READ as STATISTICS

NA = float("nan")


def values(frame: pd.DataFrame, column: str) -> list:
    """The column as Python values, None where missing."""
    return [None if pd.isna(value) else value for value in frame[column].tolist()]


def say_enough(notes: list[str]) -> bool:
    """Whether each note says how many cells, rows or lines it is about, and shows one."""
    exempt = ("Column ", "The column name ", "Read the sheet ")  # about names, which they show
    example = r"“[^”]*[^”]”|such as|in line [0-9]|without name and values"
    return all(
        note.startswith(exempt) or (re.search("[0-9]", note) and re.search(example, re.sub("^In “[^”]*”", "", note)))
        for note in notes
    )


@pytest.mark.parametrize("name", MESSY)
def test_messy_text(name: str) -> None:
    data, expected, note = MESSY[name]
    frame = read_table(data, "messy.csv")
    for column, cells in expected.items():
        assert values(frame, column) == cells
    if len(expected) > 1:
        assert len(frame.columns) == max(len(expected), 2)
    assert isinstance(frame.index, pd.RangeIndex)
    notes = frame.attrs["notes"]
    assert note is None or any(note in sentence for sentence in notes), notes
    assert say_enough(notes)
    if note is None:
        assert notes == []


def test_grouped_whole_numbers_stay_whole() -> None:
    assert read_table(b"a;b\n1.234;1,5\n2;2,5\n")["a"].dtype == np.int64


@pytest.mark.parametrize("name", TYPED)
def test_typed_files(name: str) -> None:
    make, filename, expected, note = TYPED[name]
    frame = read_table(make(), filename)
    assert {column: values(frame, column) for column in frame.columns} == expected
    notes = frame.attrs["notes"]
    assert any(note in sentence for sentence in notes) if note else notes == [], notes
    assert say_enough(notes)


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_files(name: str) -> None:
    make, filename, part = SPOILT[name]
    with pytest.raises(TableError) as error:
        read_table(make(), filename)
    assert part in str(error.value) and filename in str(error.value)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    data, filename, part = REFUSED[name]
    with pytest.raises(TableError) as error:
        read_table(data, filename)
    assert part in str(error.value)
    assert filename in str(error.value)
    assert "\n" not in str(error.value)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TableError, match="2,001 columns"):
        read_table((",".join(f"c{i}" for i in range(size_limits.MAX_COLUMNS + 1)) + "\n").encode(), "wide.csv")
    monkeypatch.setattr(size_limits, "MAX_ROWS", 3)
    assert len(read_table(b"a\n1\n2\n3\n")) == 3
    for data, filename in ((b"a\n1\n2\n3\n4\n", "long.csv"), (b'{"a": 1}\n' * 4, "long.jsonl")):
        with pytest.raises(TableError, match=r"3"):
            read_table(data, filename)
    monkeypatch.setattr(size_limits, "MAX_BYTES", 10)
    with pytest.raises(TableError, match="MB"):
        read_table(b"a,b\n" + b"1,2\n" * 10, "big.csv")


def test_every_format_refuses_a_size_in_the_same_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(size_limits, "MAX_COLUMNS", 2)
    monkeypatch.setattr(size_limits, "MAX_ROWS", 3)
    for data, filename in ((b"a,b,c\n1,2,3\n", "t.csv"), (b'{"a": 1, "b": 2, "c": 3}\n', "t.jsonl")):
        with pytest.raises(TableError) as error:
            read_table(data, filename)
        assert str(error.value) == f"{filename} has 3 columns; DAMI reads up to 2. Leave some out."
    with pytest.raises(TableError, match=r"^t\.jsonl has 4 rows; DAMI reads up to 3\. Take a sample of it\.$"):
        read_table(b'{"a": 1}\n' * 4, "t.jsonl")
    pd.DataFrame({"a": range(4)}).to_parquet(tmp_path / "part.parquet")
    parts = parquet_parts.Parts.of(str(tmp_path / "*.parquet"))
    with pytest.raises(TableError, match=r"has 4 rows; DAMI reads up to 3 into memory\. Take fewer files or a cluster"):
        parts.read()


def test_blocks_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 3)
    # The blank line has it read row by row.
    frame = read_table(("a,b\n\n" + "".join(f"{i},x{i % 4}\n" for i in range(10))).encode())
    assert frame["a"].tolist() == list(range(10))
    assert frame["b"].tolist() == [f"x{i % 4}" for i in range(10)]


def test_sources(tmp_path: Path) -> None:
    path = tmp_path / "täble.csv"
    path.write_bytes(b"a,b\n1,2\n")
    for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        assert read_table(source).to_dict("list") == {"a": [1], "b": [2]}
    with pytest.raises(TableError, match=r"no file .*gone\.csv"):
        read_table(tmp_path / "gone.csv")
    with pytest.raises(TableError, match="cannot be read"):
        read_table(tmp_path)


# --- round trips -----------------------------------------------------------------------------------------------------

WORDS = st.text(alphabet="abcäß ,;|'\"\n\téЖ日-xyz", max_size=12).map(lambda text: "w" + text + "w")
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(1, 12))
    columns: dict[str, object] = {"first": draw(st.lists(WORDS, min_size=n, max_size=n))}
    for place in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["int", "float", "text", "gaps"]))
        source = {"int": st.integers(-(2**63), 2**63 - 1), "float": FLOATS, "text": WORDS, "gaps": st.none() | FLOATS}[
            kind
        ]
        columns[f"{kind} {place}"] = draw(st.lists(source, min_size=n, max_size=n))
    return pd.DataFrame(columns)


@given(
    table=tables(),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([0, 1, 2]),
    decimal=st.sampled_from([".", ","]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_round_trip_text(
    table: pd.DataFrame, delimiter: str, quoting: int, decimal: str, encoding: str, newline: str
) -> None:
    text = table.to_csv(index=False, sep=delimiter, quoting=quoting, decimal=decimal, lineterminator=newline)
    back = read_table(text.encode(encoding), "table.csv")
    assert list(back.columns) == list(table.columns)
    assert len(back) == len(table)
    for name in table.columns:
        wanted = table[name]
        if name.startswith(("first", "text")):
            assert back[name].tolist() == wanted.tolist()
            continue
        numbers = pd.to_numeric(wanted)
        if numbers.notna().any() and not (decimal == "," and _ambiguous(wanted)):
            assert back[name].tolist() == pytest.approx(numbers.tolist(), rel=0, abs=0, nan_ok=True), back.attrs


def _ambiguous(numbers: pd.Series) -> bool:
    """Fractions of exactly three digits below 1,000 may be read either way after the comma is put in."""
    texts = [str(value) for value in numbers.dropna() if value != int(value)]
    return all(len(text.split(".")[-1]) == 3 for text in texts)


@given(table=tables(), kind=st.sampled_from([".parquet", ".feather", ".jsonl", ".json"]))
def test_round_trip_typed(table: pd.DataFrame, kind: str) -> None:
    buffer = io.BytesIO()
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    if kind == ".parquet":
        pq.write_table(arrow, buffer)
    elif kind == ".feather":
        feather.write_feather(arrow, buffer)
    else:
        records = [{key: None if pd.isna(value) else value for key, value in row.items()} for row in arrow.to_pylist()]
        text = json.dumps(records) if kind == ".json" else "\n".join(json.dumps(record) for record in records)
        buffer.write(text.encode())
    back = read_table(buffer.getvalue(), f"table{kind}")
    assert list(back.columns) == list(table.columns)
    for name in table.columns:
        if table[name].notna().any():
            assert values(back, name) == values(table, name)
        else:
            assert back[name].isna().all()


def test_arrow_types() -> None:
    table = pa.table(
        {
            "list": pa.array([[1, 2], None]),
            "struct": pa.array([{"x": 1}, {"x": 2}]),
            "gaps": pa.array([1, None], pa.int32()),
            "big": pa.array([2**60 + 1, None], pa.int64()),
            "yes": pa.array([True, None]),
            "category": pa.array(["a", "b"]).dictionary_encode(),
            "date": pa.array([0, 1], pa.date32()),
            "zone": pa.array([0, 3_600_000_000], pa.timestamp("us", "Europe/Berlin")),
            "nothing": pa.nulls(2),
            "text": pa.array(["007", "NA"]),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    frame = read_table(buffer.getvalue(), "types.parquet")
    assert frame["list"].tolist()[0] == "[1, 2]"
    assert json.loads(frame["struct"][1]) == {"x": 2}
    assert values(frame, "gaps") == [1.0, None]
    assert values(frame, "big") == [str(2**60 + 1), None]
    assert values(frame, "yes") == [True, None]
    assert values(frame, "category") == ["a", "b"]
    assert frame["date"].tolist() == [pd.Timestamp("1970-01-01"), pd.Timestamp("1970-01-02")]
    assert frame["zone"].tolist() == [pd.Timestamp("1970-01-01"), pd.Timestamp("1970-01-01 01:00")]
    assert frame["nothing"].isna().all()
    assert frame["text"].tolist() == ["007", "NA"]
    assert any("nested" in note for note in frame.attrs["notes"])


ID = uuid.UUID("30313233-3435-3637-3839-616263646566")


@pytest.mark.parametrize("suffix", ["parquet", "feather"])
@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([ID.bytes, None], pa.binary(16))), [str(ID), ""]),
        (pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"x": 1}', None])), ['{"x": 1}', ""]),
        (pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, None], pa.int8())), ["True", ""]),
        (pa.array(pd.arrays.PeriodArray._from_sequence(["2024-01", None], dtype="period[M]")), ["2024-01", ""]),
        (pa.array(pd.interval_range(0, 2)), ["(0, 1]", "(1, 2]"]),
        (pa.array([Decimal("1.50"), None], pa.decimal32(5, 2)), ["1.50", ""]),
        (pa.array([b"x", b"\xff"], pa.binary_view()), ["x", "/w=="]),
    ],
)
def test_rare_types_are_read_cell_by_cell(column: pa.Array, texts: list[str], suffix: str) -> None:
    table = open_table(arrow_file(column, suffix), f"t.{suffix}")
    assert table.texts("a").tolist() == texts
    assert table.frame["a"].isna().tolist() == [text == "" for text in texts]


@pytest.mark.parametrize(
    "column",
    [
        pa.RunEndEncodedArray.from_arrays([2], ["x"]),
        pa.array([pa.MonthDayNano([1, 2, 3])]),
        pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]),
        pa.array(["x"], pa.string_view()).dictionary_encode(),
    ],
)
def test_a_type_that_is_not_read_is_named(column: pa.Array) -> None:
    with pytest.raises(TableError, match=r"^“a” has the type .*, which DAMI does not read\. Save it as text\.$"):
        open_table(arrow_file(column, "feather"), "t.feather")


def arrow_file(column: pa.Array, suffix: str) -> bytes:
    buffer = io.BytesIO()
    write = pq.write_table if suffix == "parquet" else feather.write_feather
    write(pa.table({"a": column, "b": ["x"] * len(column)}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(("unit", "far"), [("s", 10**13), ("ms", -(10**16)), ("us", 2**63 - 1), ("ns", 2**63 - 1)])
def test_a_moment_that_is_too_far_away_is_missing_and_said(unit: str, far: int) -> None:
    table = open_table(arrow_file(pa.array([far, None, 0], pa.timestamp(unit)), "feather"), "t.feather")
    known = unit in ("us", "ns")
    assert table.frame["a"].isna().tolist() == [not known, True, False] and table.texts("a")[0] != ""
    assert [str(note).partition(" (")[0] for note in table.notes] == (
        [] if known else ["In “a”, a moment that is too far away counts as missing"]
    )


def test_a_nameless_column_is_kept_if_something_stands_in_it() -> None:
    lines = b"a,,\n1,NA,\n2,-,\n3,,\n"
    table = open_table(lines, "t.csv")
    assert list(table.frame.columns) == ["a", "column 2"] and table.written["column 2"].tolist() == ["NA", "-", ""]
    assert "1 column without name and values skipped." in table.notes
    sheet = workbook({"Data": [["a", None], [1, "n/a"], [2, None], [3, None]]})
    assert open_table(sheet, "t.xlsx").written["column 2"].tolist() == ["n/a", "", ""]
    assert list(open_table(workbook({"Data": [["a", None], [1, " "], [2, None]]}), "t.xlsx").frame.columns) == ["a"]


def test_times_and_durations_of_a_typed_file_are_seconds() -> None:
    half = datetime.time(12, 30)
    columns = {
        "at": pa.array([half, None, datetime.time(0, 0, 1)], pa.time32("ms")),
        "exact": pa.array([half, datetime.time(0, 0, 0, 5), None], pa.time64("us")),
        "for": pa.array([1, 3_600 * 10**9, None], pa.duration("ns")),
        "whole": pa.array([datetime.timedelta(days=400), datetime.timedelta(seconds=-5), None], pa.duration("s")),
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    table = open_table(buffer.getvalue(), "t.parquet")
    assert values(table.frame, "at") == [45_000.0, None, 1.0]
    assert values(table.frame, "exact") == [45_000.0, 5e-6, None]
    assert values(table.frame, "for") == [1e-9, 3_600.0, None]
    assert values(table.frame, "whole") == [34_560_000.0, -5.0, None]
    assert [column.kind for column in table.columns] == ["number"] * 4
    assert table.notes[0] == "In “at”, times were read as seconds (2 cells, such as “12:30:00”)."
    assert table.written["at"].tolist() == ["12:30:00", "", "00:00:01"]
    assert all(
        table.exact(name).cast(column.type).equals(pa.chunked_array([column])) for name, column in columns.items()
    )


def test_json_lines() -> None:
    lines = b'{"a": 1, "b": {"c": [1]}, "m": 1}\n\n{"a": 2.5, "d": "x", "m": "two"}\n'
    frame = read_table(lines, "data.ndjson")
    assert list(frame.columns) == ["a", "b", "m", "d"]
    assert values(frame, "a") == [1.0, 2.5]
    assert values(frame, "b") == ['{"c": [1]}', None]
    assert values(frame, "d") == [None, "x"]
    assert values(frame, "m") == ["1", "two"]
    assert (
        "“m” mixes numbers (1 cell, such as “1”) and texts (1 cell, such as “two”): to the rules, it is text."
        in (frame.attrs["notes"])
    )
    assert len(read_table(b'{"data": [{"a": 1}, {"a": 2}]}', "data.json")) == 2


# --- workbooks ------------------------------------------------------------------------------------------------------


def test_workbook() -> None:
    rows: list[list[object]] = [
        ["n", "x", "t", "mixed", "code", "yes", 2024, None],
        [1, 1.5, "red", 3, "007", True, 1, 9],
        [2, None, "blue", "many", "012", False, 2, 9],
        [3, 2.5, None, 4.5, "013", True, 3, 9],
    ]
    frame = read_table(workbook({"Empty": [], "Data": rows, "More": [["z"], [1]]}), "book.xlsx")
    assert list(frame.columns) == ["n", "x", "t", "mixed", "code", "yes", "2024", "column 8"]
    assert frame["n"].dtype == np.int64
    assert values(frame, "x") == [1.5, None, 2.5]
    assert values(frame, "t") == ["red", "blue", None]
    assert values(frame, "mixed") == ["3", "many", "4.5"]
    assert values(frame, "code") == ["007", "012", "013"]
    assert values(frame, "yes") == [True, False, True]
    assert any("“Data”" in note and "“More”" in note for note in frame.attrs["notes"])


def test_workbook_without_values_or_rows() -> None:
    with pytest.raises(TableError, match="no sheet with values"):
        read_table(workbook({"Empty": []}), "book.xlsx")
    with pytest.raises(TableError, match="no rows"):
        read_table(workbook({"Names": [["a", "b"]]}), "book.xlsx")
    whole = workbook({"Data": [["a"], [1]]})
    with pytest.raises(TableError, match="workbook"):
        read_table(whole[: len(whole) // 2], "half.xlsx")


def test_open_document() -> None:
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="S"><table:table-row>'
        '<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell></table:table-row>'
        '<table:table-row><table:table-cell office:value-type="float" office:value="2"><text:p>2</text:p>'
        "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    assert read_table(buffer.getvalue(), "table.ods").to_dict("list") == {"a": [2]}


# --- the rest --------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["", " ", "a", "b", "a (2)", "column 2", "column 1"]), max_size=8))
def test_names_become_distinct(names: list[str]) -> None:
    mended, _ = mended_names(names)
    assert len(set(mended)) == len(names)
    assert all(mended)
    for name, new in zip(names, mended, strict=True):
        assert not name.strip() or new.startswith(name.strip())


@example(data=b"\x1c", suffix=".jsonl")
@given(data=st.binary(max_size=300), suffix=st.sampled_from([suffix for suffix in READERS if suffix not in STATISTICS]))
def test_any_bytes_are_read_or_refused_in_words(data: bytes, suffix: str) -> None:
    try:
        frame = read_table(data, f"any{suffix}")
    except TableError as error:
        assert f"any{suffix}" in str(error)
    else:
        assert frame.shape[0] > 0
        assert frame.columns.is_unique


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x1f\x8b", b"SQLite format 3", b'<?xml version="1.0"?>', b"PAR1"])
def test_a_registered_reader_gets_its_files_however_they_begin(start, monkeypatch):
    csv = READERS[".csv"].read
    monkeypatch.setitem(READERS, ".own", Reader("Own", lambda data, name: csv(data.removeprefix(start), name)))
    assert read_table(start + b"a,b\n1,2\n", "t.own").to_dict("list") == {"a": [1], "b": [2]}
    with pytest.raises(TableError, match=r"by its content, not |no whole gzip file"):
        read_table(start + b"a,b\n1,2\n", "t.csv")


def test_a_chosen_delimiter_is_taken() -> None:
    data = b"a;b,c\n1;2,3\n4;5,6\n"
    for sign, names in ((None, ["a", "b,c"]), (";", ["a", "b,c"]), (",", ["a;b", "c"]), ("", ["a;b,c"]), ("#", None)):
        read = open_table(data, "t.csv", options=ReadOptions(delimiter=sign))
        assert list(read.frame.columns) == (names or ["a;b,c"]) and read.how.delimiter == (
            ";" if sign is None else sign
        )
    for sign in (",,", '"', "\n"):
        with pytest.raises(TableError, match="cannot stand between values"):
            ReadOptions(delimiter=sign)


def test_readers_of_other_packages_take_data_and_a_name_and_give_three_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(data: bytes, filename: str) -> tuple[list[str], list[pd.Series], list[str]]:
        return ["a"], [pd.Series([1, 2])], [f"{filename} has {len(data)} bytes."]

    monkeypatch.setitem(READERS, ".own", Reader("Own", read))
    table = open_table(b"Title,,\n", "t.own", options=ReadOptions(sheet="x", encoding="cp1251", skip=()))
    assert table.frame.to_dict("list") == {"a": [1, 2]} and table.notes == ["t.own has 8 bytes."]
    assert table.how == HowRead()

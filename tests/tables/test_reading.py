"""read_table: round trips, a corpus of messy files, and what is refused."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dami.errors import TableError
from dami.tables import delimited, reading
from dami.tables.reading import MAX_COLUMNS, READERS, mended_names, read_table

NA = float("nan")


def values(frame: pd.DataFrame, column: str) -> list:
    """The column as Python values, None where missing."""
    return [None if pd.isna(value) else value for value in frame[column].tolist()]


# --- messy files that can be read: bytes, expected columns, a part of a note (or None) --------------------------------

MESSY = {
    "plain": (b"a,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}, None),
    "no newline at the end": (b"a,b\n1,x\n2,y", {"a": [1, 2], "b": ["x", "y"]}, None),
    "windows newlines": (b"a,b\r\n1,x\r\n2,y\r\n", {"a": [1, 2], "b": ["x", "y"]}, None),
    "old mac newlines": (b"a,b\r1,x\r2,y\r", {"a": [1, 2], "b": ["x", "y"]}, None),
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}, None),
    "utf-16": ("näme,b\n1,x\n2,ü\n".encode("utf-16"), {"näme": [1, 2], "b": ["x", "ü"]}, None),
    "utf-16 big endian without mark": (
        "name,b\n1,x\n2,y\n".encode("utf-16-be"),
        {"name": [1, 2], "b": ["x", "y"]},
        None,
    ),
    "cp1252": ("naïve,b\n1,5 €\n2,café\n".encode("cp1252"), {"naïve": [1, 2], "b": ["5 €", "café"]}, "Windows-1252"),
    "latin-1": ("a,b\n1,caf\xe9\x81\n".encode("latin-1"), {"a": [1], "b": ["caf\xe9\x81"]}, "Latin-1"),
    "tabs": (b"a\tb\n1\tx, y\n2\tz\n", {"a": [1, 2], "b": ["x, y", "z"]}, None),
    "bars": (b"a|b\n1|x\n2|y\n", {"a": [1, 2], "b": ["x", "y"]}, None),
    "decimal comma": (b"a;b\n1,5;x\n-2,25;y\n", {"a": [1.5, -2.25], "b": ["x", "y"]}, "decimal sign"),
    "decimal comma, quoted": (b'a,b\n"1,5",x\n"2,25",y\n', {"a": [1.5, 2.25], "b": ["x", "y"]}, "decimal sign"),
    "both signs": (b"a;b\n1.234,5;x\n12,25;y\n", {"a": [1234.5, 12.25], "b": ["x", "y"]}, "thousands"),
    "english thousands": (b'a,b\n"1,234.50",x\n7.25,y\n', {"a": [1234.5, 7.25], "b": ["x", "y"]}, "thousands"),
    "many groups": (b'a;b\n"1,234,567";x\n"2,345,678";y\n', {"a": [1234567, 2345678], "b": ["x", "y"]}, "thousands"),
    "one group, comma file": (b'a,b\n"1,234",x\n"2,345",y\n', {"a": [1234, 2345], "b": ["x", "y"]}, "thousands"),
    "one group, semicolons": (b"a;b\n1,234;x\n2,345;y\n", {"a": [1.234, 2.345], "b": ["x", "y"]}, "decimal sign"),
    "one group, nothing tells": (
        b"a\tb\n1,234\tx\n2,345\ty\n",
        {"a": ["1,234", "2,345"], "b": ["x", "y"]},
        "stays text",
    ),
    "point groups beside commas": (b"a;b\n1.234;1,5\n2.345;2,5\n", {"a": [1234, 2345], "b": [1.5, 2.5]}, "thousands"),
    "space groups": (
        "a;b\n1\u202f234,5;x\n2 345,5;y\n".encode(),
        {"a": [1234.5, 2345.5], "b": ["x", "y"]},
        "thousands",
    ),
    "swiss groups": (b"a;b\n1'234.5;x\n2'345;y\n", {"a": [1234.5, 2345], "b": ["x", "y"]}, "thousands"),
    "leading zeros": (b"id,b\n007,x\n012,y\n", {"id": ["007", "012"], "b": ["x", "y"]}, None),
    "zero point": (b"a,b\n0.5,x\n0,y\n", {"a": [0.5, 0.0], "b": ["x", "y"]}, None),
    "exponents and signs": (b"a,b\n1e3,+5\n-2.5E-1,-7\n", {"a": [1000.0, -0.25], "b": [5, -7]}, None),
    "digits beyond 64 bits": (
        b"a,b\n12345678901234567890,1\n2,3\n",
        {"a": ["12345678901234567890", "2"], "b": [1, 3]},
        None,
    ),
    "infinities stay": (b"a,b\ninf,1\n-inf,2\n3,4\n", {"a": [np.inf, -np.inf, 3.0], "b": [1, 2, 4]}, None),
    "missing among numbers": (
        b"a,b\n1,NA\n,2\nN/A,?\nnull,4\n",
        {"a": [1, None, None, None], "b": [None, 2, None, 4]},
        "“?”",
    ),
    "a dash among numbers": (b"a,b\n-,1\n-3,2\n", {"a": [None, -3], "b": [1, 2]}, "“-” was read as missing (1 row)"),
    "question mark among words": (b"a,b\n?,1\nx,2\n", {"a": [None, "x"], "b": [1, 2]}, "“?”"),
    "signs as categories": (b"a,b\n+,1\n-,2\n", {"a": ["+", "-"], "b": [1, 2]}, None),
    "Namibia": (b"a,b\nNA,1\nDE,2\nFR,3\n", {"a": ["NA", "DE", "FR"], "b": [1, 2, 3]}, None),
    "none is a value": (b"a,b\nnone,1\nsome,2\n", {"a": ["none", "some"], "b": [1, 2]}, None),
    "booleans": (b"a,b\nTrue,true\nFalse,\n", {"a": [True, False], "b": [True, None]}, None),
    "iso dates": (b"d,b\n2024-01-31,1\n,2\n", {"d": [pd.Timestamp("2024-01-31"), None], "b": [1, 2]}, None),
    "times with zones": (
        b"d,b\n2024-01-31T12:00:00+02:00,1\n",
        {"d": [pd.Timestamp("2024-01-31 10:00")], "b": [1]},
        None,
    ),
    "german dates": (
        b"d,b\n31.01.2024,1\n01.02.2024,2\n",
        {"d": [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 1)]},
        None,
    ),
    "american dates": (
        b"d,b\n01/31/2024,1\n02/01/2024,2\n",
        {"d": [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 1)]},
        None,
    ),
    "day or month": (b"d,b\n01/02/2024,1\n", {"d": ["01/02/2024"]}, "cannot be told apart"),
    "no such date": (b"d,b\n2024-02-31,1\n", {"d": ["2024-02-31"]}, None),
    "quoted newline": (b'a,b\n"x\ny",1\nz,2\n', {"a": ["x\ny", "z"], "b": [1, 2]}, None),
    "doubled quote": (b'a,b\n"5"" pipe",1\nz,2\n', {"a": ['5" pipe', "z"], "b": [1, 2]}, None),
    "inch marks": (b'a;b\n"5 pipe;1\nz;2\n', {"a": ['"5 pipe', "z"], "b": [1, 2]}, "Quotation marks"),
    "spaces after commas": (b"a, b\n1, x\n2, y\n", {"a": [1, 2], "b": ["x", "y"]}, None),
    "duplicate names": (b"a,a,a (2)\n1,2,3\n", {"a": [1], "a (3)": [2], "a (2)": [3]}, "there before"),
    "empty name": (b"a,,c\n1,2,3\n", {"a": [1], "column 2": [2], "c": [3]}, "no name"),
    "row names of R": (
        b'"x","y"\n"r1",1,2\n"r2",3,4\n',
        {"column 1": ["r1", "r2"], "x": [1, 3], "y": [2, 4]},
        "no name",
    ),
    "delimiter at the end of each line": (b"a,b,\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}, "skipped"),
    "delimiter at the end of rows": (
        b"a,b\n1,2,\n3,4,\n",
        {"a": [1, 3], "b": [2, 4]},
        "Empty values at the end of 2 rows",
    ),
    "blank lines inside": (b"a,b\n\n1,2\n\n\n3,4\n\n", {"a": [1, 3], "b": [2, 4]}, "3 blank lines"),
    "blank lines at the end": (b"a,b\n1,2\n\n\n", {"a": [1], "b": [2]}, None),
    "rows of nothing stay": (b"a,b\n1,2\n,\n3,4\n", {"a": [1, None, 3], "b": [2, None, 4]}, None),
    "one column": (b"a\n1\n2\n", {"a": [1, 2]}, None),
    "one column of sentences": (
        b"text\nOne, two.\nThree, four, five.\n",
        {"text": ["One, two.", "Three, four, five."]},
        None,
    ),
    "one column with a gap": (b"a\n1\n\n3\n", {"a": [1, None, 3]}, None),
    "one column of decimal commas": (b"a\n1,5\n2,25\n3,5\n", {"a": [1.5, 2.25, 3.5]}, "decimal"),
    "excel's sep line": (b"sep=;\na;b\n1;2\n", {"a": [1], "b": [2]}, None),
    "names that are numbers": (b"1,2\n3,4\n", {"1": [3], "2": [4]}, "only numbers"),
    "empty column": (b"a,b\n1,\n2,\n", {"a": [1, 2], "b": [None, None]}, None),
    "mixed": (b"a,b\n1,x\ntwo,y\n3.5,z\n", {"a": ["1", "two", "3.5"], "b": ["x", "y", "z"]}, None),
    "one row": (b"a,b\n1,x\n", {"a": [1], "b": ["x"]}, None),
}


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
    if note is None:
        assert notes == []


REFUSED = {
    "empty": (b"", "empty.csv", "empty.csv is empty"),
    "only blanks": (b" \n\n", "blank.csv", "is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf\n", "mark.csv", "is empty"),
    "header only": (b"a,b\n", "header.csv", "column names but no rows"),
    "short row": (b"a,b,c\n1,2,3\n4,5\n", "ragged.csv", "ragged.csv, line 3: 2 values, but there are 3 column names"),
    "long row": (b"a,b\n1,2\n3,4,5\n", "ragged.csv", "line 3: 3 values"),
    "line counted through quotes": (b'a,b\n"x\ny",1\n1,2,3\n', "quoted.csv", "line 4: 3 values"),
    "title above": (b"Report of May\na,b,c\n1,2,3\n4,5,6\n", "title.csv", "line 1: the first line holds one value"),
    "open quote": (b'a,b\n"x,1\ny,2\nz\n', "open.csv", "line 2: a quotation mark opens"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "photo.csv", "PNG picture"),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(100), "photo.csv", "JPEG picture"),
    "random bytes": (bytes(np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8)), "noise.csv", "no text"),
    "workbook called csv": (b"PK\x03\x04" + bytes(100), "book.csv", "Rename it to end in .xlsx"),
    "parquet called csv": (b"PAR1" + bytes(100), "data.csv", "Rename it to end in .parquet"),
    "broken workbook": (b"PK\x03\x04" + bytes(100), "book.xlsx", "cannot be opened as a workbook"),
    "text called xlsx": (b"a,b\n1,2\n", "book.xlsx", "cannot be opened as a workbook"),
    "broken old workbook": (b"\xd0\xcf\x11\xe0" + bytes(1000), "book.xls", "cannot be opened as a workbook"),
    "broken parquet": (b"PAR1" + bytes(100), "data.parquet", "cannot be read as Parquet"),
    "broken feather": (b"ARROW1" + bytes(100), "data.feather", "cannot be read as Feather"),
    "broken json line": (b'{"a": 1}\n{"a": \n', "data.jsonl", "data.jsonl, line 2"),
    "json line that is no object": (b'{"a": 1}\n[2]\n', "data.jsonl", "line 2"),
    "json without objects": (b"[1, 2]", "data.json", "no list of objects"),
    "no json": (b"hello", "data.json", "this is no JSON"),
    "json objects without names": (b"[{}, {}]", "data.json", "no columns"),
    "unknown suffix": (b"hello", "letter.docx", "ends in .docx"),
}


def test_grouped_whole_numbers_stay_whole() -> None:
    assert read_table(b"a;b\n1.234;1,5\n2;2,5\n")["a"].dtype == np.int64


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
        read_table((",".join(f"c{i}" for i in range(MAX_COLUMNS + 1)) + "\n").encode(), "wide.csv")
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    assert len(read_table(b"a\n1\n2\n3\n")) == 3
    for data, filename in ((b"a\n1\n2\n3\n4\n", "long.csv"), (b'{"a": 1}\n' * 4, "long.jsonl")):
        with pytest.raises(TableError, match=r"3"):
            read_table(data, filename)
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    with pytest.raises(TableError, match="MB"):
        read_table(b"a,b\n" + b"1,2\n" * 10, "big.csv")


def test_blocks_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 3)
    frame = read_table(("a,b\n" + "".join(f"{i},x{i % 4}\n" for i in range(10))).encode())
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


@settings(max_examples=150, deadline=None)
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


@settings(max_examples=60, deadline=None)
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


def test_json_lines() -> None:
    lines = b'{"a": 1, "b": {"c": [1]}, "m": 1}\n\n{"a": 2.5, "d": "x", "m": "two"}\n'
    frame = read_table(lines, "data.ndjson")
    assert list(frame.columns) == ["a", "b", "m", "d"]
    assert values(frame, "a") == [1.0, 2.5]
    assert values(frame, "b") == ['{"c": [1]}', None]
    assert values(frame, "d") == [None, "x"]
    assert values(frame, "m") == ["1", "two"]
    assert any("mixes numbers and texts" in note for note in frame.attrs["notes"])
    assert len(read_table(b'{"data": [{"a": 1}, {"a": 2}]}', "data.json")) == 2


# --- workbooks, written by hand: no library that writes them is needed otherwise --------------------------------------


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    """A minimal .xlsx of numbers, texts (inline) and empty cells."""

    def cell(value: object, row: int, column: int) -> str:
        place = f"{chr(65 + column)}{row + 1}"
        if value is None:
            return ""
        if isinstance(value, bool):
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            f"{overrides}</Types>",
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relation}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        names = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, 1))
        archive.writestr(
            "xl/workbook.xml", f'<workbook {main} xmlns:r="{relation}"><sheets>{names}</sheets></workbook>'
        )
        links = "".join(
            f'<Relationship Id="r{i}" Type="{relation}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{links}</Relationships>'
        )
        for i, rows in enumerate(sheets.values(), 1):
            body = "".join(
                f'<row r="{r + 1}">{"".join(cell(value, r, c) for c, value in enumerate(row))}</row>'
                for r, row in enumerate(rows)
            )
            archive.writestr(
                f"xl/worksheets/sheet{i}.xml", f"<worksheet {main}><sheetData>{body}</sheetData></worksheet>"
            )
    return buffer.getvalue()


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


@settings(max_examples=200, deadline=None)
@example(data=b"\x1c", suffix=".jsonl")
@given(data=st.binary(max_size=300), suffix=st.sampled_from(list(READERS)))
def test_any_bytes_are_read_or_refused_in_words(data: bytes, suffix: str) -> None:
    try:
        frame = read_table(data, f"any{suffix}")
    except TableError as error:
        assert f"any{suffix}" in str(error)
    else:
        assert frame.shape[0] > 0
        assert frame.columns.is_unique

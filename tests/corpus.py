"""Makes a corpus of messy files, each with the table that it holds or a part of the error that it raises."""

import io
import json
import zipfile
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

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
    "comments above": (
        b"# made by a machine\n# on Monday, at noon\na,b\n1,x\n2,y\n",
        {"a": [1, 2], "b": ["x", "y"]},
        "2 lines of comments",
    ),
    "names behind a hash": (b"# station\n#a,b\n1,x\n2,y\n", {"#a": [1, 2], "b": ["x", "y"]}, "1 line of comments"),
    "a name that is a hash": (b"#,b\n1,x\n2,y\n", {"#": [1, 2], "b": ["x", "y"]}, None),
    "emoji": ("naïve 😀,b\n👍🏽,1\n👨‍👩‍👧,2\n".encode(), {"naïve 😀": ["👍🏽", "👨‍👩‍👧"], "b": [1, 2]}, None),
    "right to left": ("שם,b\nשלום,1\nمرحبا,2\n".encode(), {"שם": ["שלום", "مرحبا"], "b": [1, 2]}, None),
    "utf-16 without mark": ("name,b\n1,x\n2,y\n".encode("utf-16-le"), {"name": [1, 2], "b": ["x", "y"]}, None),
    "one broken letter": (b"a,b\n1,caf\xc3\n2,x\n", {"a": [1, 2], "b": ["caf\xc3", "x"]}, "not UTF-8 (line 2)"),
    "mixed newlines": (b"a,b\r\n1,x\n2,y\r\n", {"a": [1, 2], "b": ["x", "y"]}, None),
    "blank lines above": (b"\n\na,b\n1,2\n", {"a": [1], "b": [2]}, None),
    "bars and quotes": (b'"a"|"b"\n"1|2"|"x"\n"3"|"y"\n', {"a": ["1|2", "3"], "b": ["x", "y"]}, None),
    "title above": (
        b"Report of May\na,b,c\n1,2,3\n4,5,6\n",
        {"a": [1, 4], "b": [2, 5], "c": [3, 6]},
        "1 row above the column names skipped: “Report of May”",
    ),
    "a cell of many lines": (
        b'a,b\n1,"' + b"long line\n" * 20_000 + b'"\n2,x\n',
        {"a": [1, 2], "b": ["long line\n" * 20_000, "x"]},
        None,
    ),
    "a long cell beside a blank line": (
        b'a,b\n\n1,"' + b"long, line\n" * 20_000 + b'"\n2,x\n',
        {"a": [1, 2], "b": ["long, line\n" * 20_000, "x"]},
        "1 blank line",
    ),
    "formulas are texts": (b"a,b\n=1+1,x\n=SUM(A1),y\n", {"a": ["=1+1", "=SUM(A1)"], "b": ["x", "y"]}, None),
    "spellings of no number": (
        b"a,b\nNaN,1\nnan,2\n#N/A,3\nNULL,4\n-nan,5\n#DIV/0!,6\n1.5,7\n",
        {"a": [None, None, None, None, None, None, 1.5], "b": [1, 2, 3, 4, 5, 6, 7]},
        "“-nan” was read as missing (1 row)",
    ),
    "percent signs": (
        b"a,b\n10%,x\n20%,y\n",
        {"a": [10, 20], "b": ["x", "y"]},
        "“%” was read as a unit (2 cells, such as “10%”)",
    ),
    "dates and times": (
        b"d,b\n2024-01-31 12:30:00,1\n2024-02-01 00:00:00,2\n",
        {"d": [pd.Timestamp("2024-01-31 12:30"), pd.Timestamp("2024-02-01")], "b": [1, 2]},
        None,
    ),
    "dates with strokes, the year first": (
        b"d,b\n2024/01/31,1\n2024/02/01,2\n",
        {"d": [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 1)], "b": [1, 2]},
        None,
    ),
    "german dates and times": (
        b"d,b\n31.01.2024 08:15,1\n01.02.2024 09:00,2\n",
        {"d": [pd.Timestamp("2024-01-31 08:15"), pd.Timestamp("2024-02-01 09:00")], "b": [1, 2]},
        None,
    ),
    "dates in words": (
        b"d,b\n31 Jan 2024,1\n1 Feb 2024,2\n",
        {"d": [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 1)], "b": [1, 2]},
        None,
    ),
    "times": (
        b"t,b\n12:30,1\n9:05:30,2\n",
        {"t": [45000, 32730], "b": [1, 2]},
        "times were read as seconds (2 cells, such as “12:30”)",
    ),
    "markup is text": (
        b"a,b\n<b>x</b>,1\n<script>y</script>,2\n",
        {"a": ["<b>x</b>", "<script>y</script>"], "b": [1, 2]},
        None,
    ),
}


REFUSED = {
    "empty": (b"", "empty.csv", "empty.csv is empty"),
    "only blanks": (b" \n\n", "blank.csv", "is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf\n", "mark.csv", "is empty"),
    "header only": (b"a,b\n", "header.csv", "column names but no rows"),
    "short row": (b"a,b,c\n1,2,3\n4,5\n", "ragged.csv", "ragged.csv, line 3: 2 values, but there are 3 column names"),
    "long row": (b"a,b\n1,2\n3,4,5\n", "ragged.csv", "line 3: 3 values"),
    "line counted through quotes": (b'a,b\n"x\ny",1\n1,2,3\n', "quoted.csv", "line 4: 3 values"),
    "a first line above words": (b"Mays\na,b,c\nx,y,z\nu,v,w\n", "title.csv", "line 1: the first line holds one value"),
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
    "ten thousand columns": (b",".join(b"c%d" % k for k in range(10_000)) + b"\n", "wide.csv", "10,000 columns"),
    "a zero byte": (b"a,b\nx\x00y,1\nz,2\n", "zero.csv", "holds no text"),
    "zero bytes at the end": (b"a,b\nx,1\n\x00\x00\x00\x00", "zero.csv", "holds no text"),
    "a comment inside": (b"a,b\n1,2\n# note\n3,4\n", "note.csv", "line 3: 1 value"),
    "quotes of another kind": (b"a,b\n'x,y',1\n'z',2\n", "single.csv", "line 2: 3 values"),
    "a web page": (b"<!DOCTYPE html>\n<html>\n<body>\n<p>a, b</p>\n</body></html>\n", "page.csv", "web page"),
    "a web page by its name": (b"<html></html>", "page.html", "web page"),
    "an XML document": (b'\xef\xbb\xbf<?xml version="1.0"?><table/>', "data.xls", "XML document"),
    "a gif": (b"GIF89a" + bytes(100), "photo.csv", "GIF picture"),
    "a PDF": (b"%PDF-1.7\n" + bytes(100), "paper.csv", "PDF document"),
    "a packed file": (b"\x1f\x8b" + bytes(100), "data.csv", "no whole gzip file"),
    "a database": (b"SQLite format 3\x00" + bytes(100), "data.csv", "SQLite database"),
}


# --- workbooks, written by hand: no library that writes them is needed otherwise --------------------------------------


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    """Return a minimal .xlsx of numbers, inline texts and empty cells."""

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


def typed(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def merged_workbook() -> bytes:
    """Return a workbook in which one cell spans two rows; the first row holds its value."""
    whole = workbook({"Data": [["a", "b"], [1, "x"], [2, None]]})
    return changed(
        whole,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'
        ),
    )


def formula_workbook() -> bytes:
    """Return a workbook with a formula and the value that was saved with it."""
    whole = workbook({"Data": [["a", "b"], [1, 2], [3, 6]]})
    return changed(
        whole,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<c r="B2"><v>2</v></c>', b'<c r="B2"><f>A2*2</f><v>2</v></c>'),
    )


def bomb_parquet() -> bytes:
    """Return a small file in which each of 10,000 rows has the same text of a megabyte."""
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(10_000, np.int32)), pa.array(["z" * 10**6]))
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": texts}), buffer)
    return buffer.getvalue()


def changed(archive: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return an archive with one of its files changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.namelist():
            after.writestr(entry, change(before.read(entry)) if entry == name else before.read(entry))
    return buffer.getvalue()


# --- typed files: how they are made, their name, expected columns, a part of a note (or None) -------------------------

TYPED = {
    "several sheets": (
        lambda: workbook({"First": [["a", "b"], [1, "x"]], "Second": [["c"], [5]]}),
        "book.xlsx",
        {"a": [1], "b": ["x"]},
        "also holds “Second”",
    ),
    "an empty sheet first": (
        lambda: workbook({"Blank": [], "Data": [["a", "b"], [5, 6]]}),
        "book.xlsx",
        {"a": [5], "b": [6]},
        None,
    ),
    "merged cells": (merged_workbook, "book.xlsx", {"a": [1, 2], "b": ["x", None]}, "1 group of merged cells"),
    "formulas have values": (formula_workbook, "book.xlsx", {"a": [1, 3], "b": [2, 6]}, None),
    "a title above the names": (
        lambda: workbook({"Data": [["Report", None], ["a", "b"], [1, 2]]}),
        "book.xlsx",
        {"Report": ["a", "1"], "column 2": ["b", "2"]},
        "had no name",
    ),
    "emoji in a workbook": (lambda: workbook({"😀": [["a"], ["👍"], ["x"]]}), "book.xlsx", {"a": ["👍", "x"]}, None),
    "nested JSON": (
        lambda: json.dumps([{"a": 1, "b": {"c": [1, 2]}}, {"a": 2, "b": None}]).encode(),
        "data.json",
        {"a": [1, 2], "b": ['{"c": [1, 2]}', None]},
        None,
    ),
    "a list inside an object": (
        lambda: b'{"data": [{"a": 1}, {"a": 2}]}',
        "data.json",
        {"a": [1, 2]},
        None,
    ),
    "Parquet with gaps and a zone": (
        lambda: typed(pd.DataFrame({"a": [1, None], "d": pd.to_datetime(["2024-01-31T12:00+01:00", None], utc=True)})),
        "data.parquet",
        {"a": [1.0, None], "d": [pd.Timestamp("2024-01-31 11:00"), None]},
        None,
    ),
}

SPOILT = {
    "half a workbook": (lambda: workbook({"Data": [["a"], [1]]})[:400], "book.xlsx", "cannot be opened as a workbook"),
    "the end of a Parquet file is missing": (
        lambda: typed(pd.DataFrame({"a": range(1000)}))[:-200],
        "data.parquet",
        "cannot be read as Parquet",
    ),
    "texts that unpack to fill the memory": (bomb_parquet, "data.parquet", "10,000 MB of texts"),
}

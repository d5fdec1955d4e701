"""The sheet with the table is read, others are offered, and each kind of workbook is taken."""

import io
import struct
import zipfile

import pytest
from corpus import changed, workbook

from dami.errors import TableError
from dami.tables.read_options import ReadOptions
from dami.tables.reading import open_table

COVER = [["This file holds the survey."], ["Contact: office"]]
DATA = [["a", "b", "label"], *[[k, 2 * k, "x"] for k in range(8)]]
WIDE = [[f"w{k}" for k in range(6)], [1] * 6]


def test_the_largest_sheet_is_read_and_the_others_are_named():
    read = open_table(workbook({"Read me": COVER, "Data": DATA, "Blank": [], "Codes": WIDE}), "survey.xlsx")
    assert list(read.frame.columns) == ["a", "b", "label"] and len(read) == 8
    assert read.how.sheet == "Data" and read.how.sheets == ("Read me", "Data", "Codes")
    assert read.notes == ["Read the sheet “Data”; the workbook also holds “Read me”, “Codes”."]


def test_filled_cells_count_not_the_area():
    spread = [["far", *[None] * 20], *[[None] * 21 for _ in range(8)], [*[None] * 20, 1]]
    assert open_table(workbook({"Spread": spread, "Data": DATA}), "survey.xlsx").how.sheet == "Data"
    assert open_table(workbook({"First": DATA, "Second": DATA}), "survey.xlsx").how.sheet == "First"


def test_a_chosen_sheet_is_read():
    data = workbook({"Read me": COVER, "Data": DATA, "Codes": WIDE})
    read = open_table(data, "survey.xlsx", options=ReadOptions(sheet="Codes"))
    assert read.frame.shape == (1, 6) and read.how.sheet == "Codes" and read.notes == []
    assert read.how.sheets == ("Read me", "Data", "Codes")
    with pytest.raises(TableError, match=r"survey\.xlsx has no sheet “Data2”; it has “Read me”, “Data”, “Codes”"):
        open_table(data, "survey.xlsx", options=ReadOptions(sheet="Data2"))
    with pytest.raises(TableError, match="no sheet with values"):
        open_table(workbook({"Data": DATA, "Blank": []}), "survey.xlsx", options=ReadOptions(sheet="Blank"))


def test_a_hidden_sheet_is_read_only_if_no_other_has_values():
    data = {"Lists": [[f"c{k}" for k in range(9)]] * 9, "Data": DATA}
    assert open_table(hidden(workbook(data), "Lists"), "survey.xlsx").how.sheet == "Data"
    assert open_table(hidden(workbook(data | {"Data": []}), "Lists"), "survey.xlsx").how.sheet == "Lists"


def hidden(whole: bytes, sheet: str) -> bytes:
    name = f'name="{sheet}"'.encode()
    return changed(whole, "xl/workbook.xml", lambda xml: xml.replace(name, name + b' state="hidden"'))


def test_formulas_that_give_nothing_are_empty_rows():
    empty = "".join(f'<row r="{r}"><c r="A{r}" t="str"><f>""</f><v></v></c></row>' for r in range(10, 50)).encode()
    sheet = "xl/worksheets/sheet1.xml"
    whole = changed(workbook({"Data": DATA}), sheet, lambda xml: xml.replace(b"</sheetData>", empty + b"</sheetData>"))
    read = open_table(whole, "survey.xlsx")
    assert len(read) == 8 and read.notes == ["40 empty rows at the end skipped."]
    assert len(open_table(whole, "survey.xlsx", options=ReadOptions(skip=())).frame) == 48


def test_a_binary_workbook_is_read():
    assert open_table(xlsb([["a", "b"], [1.5, "x"], [2, "ä"]]), "book.xlsb").frame.to_dict("list") == {
        "a": [1.5, 2],
        "b": ["x", "ä"],
    }


def xlsb(rows: list[list[object]]) -> bytes:
    """A minimal .xlsb of numbers and texts, record by record as [MS-XLSB] says."""

    def record(kind: int, data: bytes = b"") -> bytes:
        size, length = len(data), b""
        while size >= 128:
            length, size = length + bytes([size % 128 + 128]), size // 128
        head = bytes([kind]) if kind < 128 else bytes([kind % 128 + 128, kind // 128])
        return head + length + bytes([size]) + data

    def text(value: str) -> bytes:
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    body = b""
    for r, row in enumerate(rows):
        body += record(0, struct.pack("<IIHBBI", r, 0, 300, 0, 0, 0))  # BrtRowHdr
        for c, value in enumerate(row):
            place = struct.pack("<II", c, 0)
            body += (
                record(6, place + text(value))
                if isinstance(value, str)
                else record(5, place + struct.pack("<d", value))
            )
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = record(129) + record(148, size) + record(145) + body + record(146) + record(130)
    bundle = record(156, struct.pack("<II", 0, 1) + text("r1") + text("Data"))  # BrtBundleSh
    book = record(131) + record(143) + bundle + record(144) + record(132)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"

    def links(kind: str, target: str) -> str:
        link = f'<Relationship Id="r1" Type="{relation}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{package}/relationships">{link}</Relationships>'

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        archive.writestr("_rels/.rels", links("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", links("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return buffer.getvalue()

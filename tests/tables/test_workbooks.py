"""The sheet with the table is read, others are offered, and each kind of workbook is taken."""

import io
import struct
import zipfile
from typing import NamedTuple

import openpyxl
import pytest
from corpus import changed, workbook

from dami.errors import TableError
from dami.tables import apart, size_limits
from dami.tables.cell_errors import errors_in
from dami.tables.read_options import ReadOptions
from dami.tables.reading import open_table
from dami.tables.sheet_source import source_of
from dami.tables.writing import write_excel

COVER = [["This file holds the survey."], ["Contact: office"]]
DATA = [["a", "b", "label"], *[[k, 2 * k, "x"] for k in range(8)]]
CALCEXT = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
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


@pytest.mark.parametrize("sheet", ["Data", "Prices & more"])
def test_formulas_that_nobody_calculated_are_said(sheet):
    whole, buffer = openpyxl.Workbook(), io.BytesIO()  # it calculates nothing
    whole.active.append(["=1+1"])
    for row in (["a", "b"], *[[k, f'=A{k + 1}&"<x>"'] for k in range(1, 6)]):
        (whole[sheet] if sheet in whole else whole.create_sheet(sheet)).append(row)
    whole.save(buffer)
    read = open_table(buffer.getvalue(), "own.xlsx", options=ReadOptions(sheet=sheet))
    assert read.written["b"].tolist() == [""] * 5
    assert read.notes[0].startswith(
        'The result of a formula is missing in the file (5 cells, such as “=A2&"<x>"”), and these cells are empty.'
    )


def test_formulas_of_an_open_document_that_nobody_calculated_are_said():
    def formula(said: str) -> str:
        return f'<table:table-cell table:formula="of:=[.A2]&amp;&quot;x>&quot;"{said}/>'

    value = ' office:value-type="float" office:value="3"'
    rows = [row(cell("a") + cell("b"))]
    rows += [row(cell(str(k)) + formula(value if k == 1 else "")) for k in range(1, 5)]
    rows += [row(cell("9") + cell("x")), row(cell("9") + formula("").replace("/>", "></table:table-cell>"))]
    read = open_table(ods("".join(rows)), "book.ods")
    assert read.written["b"].tolist()[1:4] == [""] * 3
    assert read.notes[0].startswith(
        'The result of a formula is missing in the file (4 cells, such as “=A2&"x>"”), and these cells are empty.'
    )
    assert open_table(ods("".join(rows[:2])), "book.ods").notes == []


@pytest.mark.parametrize(
    "formula, shown",
    [
        ("of:=[.A2]&gt;[.B2]", "=A2>B2"),
        ("of:=SUM([.A1:.B2];[$Other.$C$3])", "=SUM(A1:B2;$Other.$C$3)"),
        ("of:=CONCATENATE(&quot;[.A2]&quot;;[.A2])", '=CONCATENATE("[.A2]";A2)'),
        (f"of:=1{'+1' * 100}", f"=1{'+1' * 39}…"),
    ],
)
def test_a_formula_of_an_open_document_is_shown_as_people_see_it(formula, shown):
    rows = [row(cell("a") + cell("b")), row(cell("1") + f'<table:table-cell table:formula="{formula}"/>')]
    [note] = open_table(ods("".join(rows)), "book.ods").notes
    assert f"(1 cell, such as “{shown}”)" in note


@pytest.mark.parametrize("inside", ["/>", "></table:table-cell>", "><text:p/></table:table-cell>"])
@pytest.mark.parametrize("value", ["", ' office:string-value=""'])
def test_an_empty_text_is_a_result_of_a_formula(inside, value):
    empty = f'<table:table-cell table:formula="of:=[.A2]" office:value-type="string"{value}{inside}'
    rows = [row(cell("a") + cell("b")), row(cell("1") + empty), row(cell("2") + cell("x"))]
    read = open_table(ods("".join(rows)), "book.ods")
    assert read.notes == [] and read.texts("b").tolist() == ["", "x"]


def test_formulas_that_give_nothing_are_empty_rows():
    empty = "".join(f'<row r="{r}"><c r="A{r}" t="str"><f>""</f><v></v></c></row>' for r in range(10, 50)).encode()
    sheet = "xl/worksheets/sheet1.xml"
    whole = changed(workbook({"Data": DATA}), sheet, lambda xml: xml.replace(b"</sheetData>", empty + b"</sheetData>"))
    read = open_table(whole, "survey.xlsx")
    assert len(read) == 8 and read.notes == ["40 empty rows at the end skipped."]
    assert len(open_table(whole, "survey.xlsx", options=ReadOptions(skip=())).frame) == 48


def with_cell(place: str, row: int) -> bytes:
    cell = f'<row r="{row}"><c r="{place}{row}"><v>1</v></c></row></sheetData>'.encode()
    return changed(workbook({"Data": DATA}), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", cell))


def test_a_sheet_that_unfolds_to_very_many_cells_is_refused_before_it_fills_the_memory(monkeypatch):
    with pytest.raises(TableError, match=r"far\.xlsx unfolds to more cells than fit into the memory"):
        open_table(with_cell("XFD", 1_048_576), "far.xlsx")  # 17 billion cells would end the process
    monkeypatch.setattr(size_limits, "MAX_CELLS", 999)
    with pytest.raises(TableError, match="has a sheet of 1,000 cells, filled or empty; DAMI reads up to 999"):
        open_table(with_cell("J", 100), "far.xlsx")


def test_a_sheet_that_is_larger_than_its_archive_says_is_refused(monkeypatch):
    data = changed(workbook({"Data": DATA}), "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * 50_000_000)
    size = struct.pack("<I", len(data))
    stated = [entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist()]
    liar = data.replace(struct.pack("<I", max(stated)), size)
    monkeypatch.setattr(size_limits, "MAX_BYTES", 1_000_000)
    with pytest.raises(TableError, match="unpacks to 50 MB"):
        open_table(data, "book.xlsx")
    with pytest.raises(TableError, match=r"book\.xlsx"):
        open_table(liar, "book.xlsx")


def test_a_workbook_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(apart, "SECONDS", 0.001)
    with pytest.raises(TableError, match=r"book\.xlsx took too long to be opened"):
        open_table(workbook({"Data": DATA}), "book.xlsx")


def test_repeated_cells_of_an_open_document_are_no_trap(monkeypatch):
    cells = "".join(cell(value) for value in "ab")
    rows = row(cells) + row(cell("1") + cell("x")) + row(cell("2") + cell("y"))
    end = row('<table:table-cell table:number-columns-repeated="16384"/>', 1_048_000)  # as LibreOffice writes
    assert open_table(ods(rows + end), "book.ods").frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    monkeypatch.setattr(size_limits, "MAX_CELLS", 100_000)  # fewer to lay out before they are counted
    for trap in (row(cell("x", 16_000), 10_000), row(cell("x", 10**9)), row(cell("x"), 2 * 10**9)):
        with pytest.raises(TableError, match=r"book\.ods (has|unfolds|cannot be opened)"):
            open_table(ods(rows + trap), "book.ods")


def cell(value: str, n: int = 1) -> str:
    repeated = f'office:value-type="string" table:number-columns-repeated="{n}"'
    return f"<table:table-cell {repeated}><text:p>{value}</text:p></table:table-cell>"


def row(cells: str, n: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{n}">{cells}</table:table-row>'


def ods(rows: str) -> bytes:
    """A minimal .ods of one sheet."""
    start = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{name}="{start}:{name}:1.0"' for name in ("office", "table", "text"))
    sheet = f'<office:spreadsheet><table:table table:name="A">{rows}</table:table></office:spreadsheet>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body>{sheet}</office:body></office:document-content>",
        )
    return buffer.getvalue()


def test_a_binary_workbook_is_read():
    assert open_table(xlsb([["a", "b"], [1.5, "x"], [2, "ä"]]), "book.xlsb").frame.to_dict("list") == {
        "a": [1.5, 2],
        "b": ["x", "ä"],
    }


def xlsb(rows: list[list[object]]) -> bytes:
    """A minimal .xlsb of numbers, texts and errors, record by record as [MS-XLSB] says."""

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
            if isinstance(value, Failed):
                body += (
                    record(11, place + bytes([value.code, 0, 0])) if value.formula else record(3, place + value.byte)
                )
            elif isinstance(value, str):
                body += record(6, place + text(value))
            else:
                body += record(5, place + struct.pack("<d", value))
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


def test_errors_of_formulas_stay_in_their_cells_and_mean_nothing():
    cells = [["a", "b"], ["#N/A", "x"], [1e-7, "#DIV/0!"], [1e21, "y"], [3, "#text"]]
    whole, buffer = openpyxl.Workbook(), io.BytesIO()
    for at, row in enumerate(cells, 3):
        for column, value in enumerate(row, 2):
            whole.active.cell(at, column, value)
    assert whole.active["B4"].data_type == "e" and whole.active["C7"].data_type == "s"
    whole.save(buffer)
    read = open_table(buffer.getvalue(), "own.xlsx")
    assert read.texts("a").tolist() == ["#N/A", "1e-7", "1e+21", "3"]
    assert read.texts("b").tolist() == ["x", "#DIV/0!", "y", "#text"]
    assert read.frame["a"].tolist()[1:] == [1e-7, 1e21, 3] and read.frame["a"].isna()[0]
    assert read.frame["b"].isna().tolist() == [False, True, False, False]
    assert read.notes == [
        "In “a”, errors of formulas count as missing (1 cell, such as “#N/A”).",
        "In “b”, errors of formulas count as missing (1 cell, such as “#DIV/0!”).",
    ]
    again = open_table(write_excel(read), "own.xlsx")  # a number too large for a sheet is a text beside numbers
    assert again.texts("a").tolist() == read.texts("a").tolist()


class Failed(NamedTuple):
    """The error of a cell in a binary workbook, by its code, and whether the cell has a formula."""

    code: int
    formula: bool = False

    @property
    def byte(self) -> bytes:
        return bytes([self.code])


def xls(rows: list[list[object]], size: int = 0) -> bytes:
    """A minimal .xls of numbers, texts and errors, record by record as [MS-XLS] says, with a sheet "Other" before it.

    Parameters
    ----------
    size : bytes of the workbook at least; below 4,096 it is a stream of small sectors
    """

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def part(kind: int, body: bytes) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0)) + body + record(0x000A)

    def cell_of(r: int, c: int, value: object) -> bytes:
        place = struct.pack("<HHH", r, c, 0)
        match value:
            case Failed(code, True):
                result = bytes([2, 0, code, 0, 0, 0, 255, 255])
                return record(0x0006, place + result + bytes(6) + struct.pack("<HB", 2, 0x1C) + bytes([code]))
            case Failed(code):
                return record(0x0205, place + bytes([code, 1]))
            case bool():
                return record(0x0205, place + bytes([value, 0]))
            case str():
                return record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
        return record(0x0203, place + struct.pack("<d", value))

    def sheet(rows: list[list[object]]) -> bytes:
        chart = part(0x20, record(0x0205, struct.pack("<HHH", 1, 0, 0) + b"\7\1"))  # which is no cell of the sheet
        return part(0x10, chart + b"".join(cell_of(r, c, v) for r, row in enumerate(rows) for c, v in enumerate(row)))

    def workbook(*starts: int) -> bytes:
        named = [(start, name.encode("latin-1")) for start, name in zip(starts, ("Other", "Päd"), strict=True)]
        return part(5, b"".join(record(0x85, struct.pack("<IHBB", at, 0, len(n), 0) + n) for at, n in named))

    other, length = sheet([["x"]]), len(workbook(0, 0))
    stream = workbook(length, length + len(other)) + other + sheet(rows)
    return compound(stream.ljust(size, b"\0"))


def compound(stream: bytes, sector: int = 512) -> bytes:
    """A compound file with the stream "Workbook", as [MS-CFB] says."""
    end, free, is_small = 0xFFFFFFFE, 0xFFFFFFFF, len(stream) < 4096
    n, n_small = -(-len(stream) // sector), -(-len(stream) // 64)
    table = [0xFFFFFFFD, end, *range(3, 2 + n), end, end]  # itself, the folder, the stream, the table of small sectors
    small = [*range(1, n_small), end] if is_small else []

    def numbers(values: list[int], length: int) -> bytes:
        return struct.pack(f"<{length}I", *values, *[free] * (length - len(values)))

    def entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
        head = name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 2 * len(name) + 2, kind, 1)
        return head + struct.pack("<III", free, free, child) + bytes(36) + struct.pack("<IQ", start, length)

    root = entry("Root Entry", 5, 1, 2 if is_small else end, len(stream) if is_small else 0)
    folder = root + entry("Workbook", 2, free, 0 if is_small else 2, len(stream))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 2 + n if is_small else end, int(is_small), end, 0)
    head += numbers([0], 109)
    parts = [head, numbers(table, sector // 4), folder, stream, numbers(small, sector // 4)]
    return b"".join(part.ljust(-(-len(part) // sector) * sector, b"\0") for part in parts)


NA, DIVIDED = Failed(0x2A), Failed(0x07, True)


@pytest.mark.parametrize(
    "data, name",
    [
        (xlsb([["a", "b"], [1.5, "x"], [NA, DIVIDED], [3.0, "y"]]), "book.xlsb"),
        (xls([["a", "b"], [1.5, "x"], [NA, DIVIDED], [3.0, "y"]]), "small.xls"),
        (xls([["a", "b"], [1.5, "x"], [NA, DIVIDED], [3.0, "y"]], size=5000), "book.xls"),
    ],
)
def test_errors_of_formulas_in_a_binary_workbook_stay_in_their_cells(data: bytes, name: str) -> None:
    read = open_table(data, name)
    assert read.written.to_dict("list") == {"a": ["1.5", "#N/A", "3"], "b": ["x", "#DIV/0!", "y"]}
    assert read.frame["a"].isna().tolist() == read.frame["b"].isna().tolist() == [False, True, False]
    assert read.notes[-2:] == [
        "In “a”, errors of formulas count as missing (1 cell, such as “#N/A”).",
        "In “b”, errors of formulas count as missing (1 cell, such as “#DIV/0!”).",
    ]


def test_truth_values_of_an_old_workbook_are_no_errors() -> None:
    read = open_table(xls([["a", "b"], [True, 1.5], [False, NA]]), "book.xls")
    assert read.written.to_dict("list") == {"a": ["True", "False"], "b": ["1.5", "#N/A"]}


def test_a_broken_list_of_sectors_does_not_hold_the_reader() -> None:
    data = bytearray(xls([["a", "b"], [1.5, NA]], size=5000))
    follows = 512 + 4 * 3  # where the table says what follows the second sector of the workbook
    data[follows : follows + 4] = struct.pack("<I", 2)
    assert errors_in(source_of(bytes(data), "Päd", 1), 9, 9) == {(1, 1): "#N/A"}  # it stands before the circle


@pytest.mark.parametrize(
    "said",
    [
        f'office:value-type="string" office:string-value="" {CALCEXT} calcext:value-type="error"',  # LibreOffice
        'office:value-type="float" office:value="0"',  # OpenOffice
        'office:value-type="string" office:string-value="#DIV/0!"',
        'office:value-type="string"',
        "",
    ],
)
def test_errors_of_formulas_in_an_open_document_stay_in_their_cells(said: str) -> None:
    shown = "<office:annotation><text:p>#N/A</text:p></office:annotation><text:p>#DIV/0!</text:p>"
    error = f'<table:table-cell table:formula="of:=1/0" {said} table:number-columns-repeated="2">{shown}'
    gap = '<table:table-cell table:number-columns-repeated="2"/>'
    rows = row("<table:table-cell/>", 3) + row(gap + "".join(cell(name) for name in "abc"))
    rows += row(gap + cell("x") + number(1) + number(2)) + row(gap + cell("#DIV/0!") + error + "</table:table-cell>", 2)
    read = open_table(ods(rows + row(gap + cell("y") + number(3) + number(4))), "book.ods")
    numbers = {"b": ["1", "#DIV/0!", "#DIV/0!", "3"], "c": ["2", "#DIV/0!", "#DIV/0!", "4"]}
    assert read.written.to_dict("list") == {"a": ["x", "#DIV/0!", "#DIV/0!", "y"], **numbers}
    assert read.frame["b"].isna().tolist() == [False, True, True, False]
    assert read.frame["a"].tolist()[1:3] == ["#DIV/0!"] * 2  # a text that somebody typed
    assert read.notes == [
        "In “b”, errors of formulas count as missing (2 cells, such as “#DIV/0!”).",
        "In “c”, errors of formulas count as missing (2 cells, such as “#DIV/0!”).",
    ]


def number(value: float) -> str:
    said = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {said}><text:p>{value}</text:p></table:table-cell>"


def test_tabs_and_line_breaks_of_an_open_document_are_kept() -> None:
    shown = [
        "a<text:tab/>b",
        "a<text:line-break></text:line-break>b",
        '<text:span>a<text:tab text:c="1"/></text:span>b',
    ]
    rows = [row(cell("x") + cell("y")), *(row(cell("1") + cell(text)) for text in shown)]
    assert open_table(ods("".join(rows)), "book.ods").texts("y").tolist() == ["a\tb", "a\nb", "a\tb"]


def test_durations_of_an_open_document_keep_their_days() -> None:
    values = ["PT30H00M00S", "PT07H05M00.5S", "-PT01H00M00S"]
    cells = [f'<table:table-cell office:value-type="time" office:time-value="{value}"/>' for value in values]
    rows = [row(cell("a") + cell("b") + cell("c")), *(row(cell("x") + each + cells[1]) for each in cells)]
    read = open_table(ods("".join([*rows, row(cell("x") + "<table:table-cell/>" + cells[1])])), "book.ods")
    assert read.texts("b").tolist() == ["30:00:00", "7:05:00.500000", "-1:00:00", ""]
    assert read.texts("c").tolist() == ["07:05:00.500000"] * 4
    assert read.frame["b"].tolist()[:3] == [108_000, 25_500.5, -3600]


def test_an_error_that_the_library_does_not_know_is_named() -> None:
    error = b'<row r="10"><c r="A10" t="e"><v>#SPILL!</v></c></row></sheetData>'
    sheet = "xl/worksheets/sheet1.xml"
    whole = changed(workbook({"Data": DATA}), sheet, lambda xml: xml.replace(b"</sheetData>", error))
    with pytest.raises(TableError, match=r"book\.xlsx holds an error of a formula that DAMI does not know \(#SPILL!\)"):
        open_table(whole, "book.xlsx")


def test_formats_that_show_another_number_are_said():
    whole, buffer = openpyxl.Workbook(), io.BytesIO()
    rows = [
        ["share", "zip", "n", "sum"],
        [0.05, 7, 0.05, 12.5],
        [1, 99999, 1, 3],
        [0.125, "x", 2, 4],
        [None, 123, 3, 5],
    ]
    for row in rows:
        whole.active.append(row)
    for at in range(2, 6):
        for column, code in (("A", "0.0%" if at % 2 else "0%"), ("B", "00000"), ("D", '"€" #,##0.00')):
            whole.active[f"{column}{at}"].number_format = code
    whole.save(buffer)
    read = open_table(buffer.getvalue(), "own.xlsx")
    assert read.frame["share"].tolist()[:3] == [0.05, 1, 0.125]
    assert read.notes[-2:] == [
        "In “share”, cells that show percent hold shares (3 cells: “5%” is 0.05).",
        "In “zip”, zeros before a number are lost (2 cells: “00007” is 7).",
    ]

"""Finds the errors of formulas in a sheet, such as #N/A: their cells have no value, but say something.

The library that reads workbooks makes empty cells of them, and those of old OpenDocument programs 0.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from dami.tables.binary_sheets import errors_in_xls, errors_in_xlsb
from dami.tables.sheet_source import BROKEN, SheetSource, attribute, text_of

ERROR = re.compile(  # no part is tried twice: a hostile sheet takes no longer than another
    rb"<(?:\w+:)?c\s(?P<said>[^<>]*)>\s*+(?:<(?:\w+:)?f(?:\s[^<>]*?)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*+)?+"
    rb"<(?:\w+:)?v>(?P<text>#[^<]*)</(?:\w+:)?v>"
)
PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
LETTERS = 26
TABLE, TEXT = (f"{{urn:oasis:names:tc:opendocument:xmlns:{part}:1.0}}" for part in ("table", "text"))
VALUE_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"  # of LibreOffice
SHOWN = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:[0-9]{3}")  # what a failed formula shows
MAY_BE_SHOWN = re.compile(rf"value-type=[\"']error|>\s*({SHOWN.pattern})".encode())


class CellError(str):
    """What a sheet shows in a cell whose formula has failed."""

    __slots__ = ()


def errors_in(source: SheetSource, n_rows: int, n_columns: int) -> dict[tuple[int, int], CellError]:
    """Return (row, column), from 0 at the top left of the sheet -> the error there.

    Parameters
    ----------
    n_rows, n_columns : where the sheet's cells end
    """
    found = {}
    try:
        for row, column, text in _found(source, n_rows, n_columns):
            if row < n_rows and column < n_columns:
                found[row, column] = CellError(text)
    except (*BROKEN, ElementTree.ParseError):  # the reader reports the fault
        pass
    return found


def _found(source: SheetSource, n_rows: int, n_columns: int) -> Iterator[tuple[int, int, str]]:
    match source.kind:
        case ".ods":
            yield from _in_open_document(source, n_rows, n_columns)
        case ".xlsx":
            yield from _in_excel(source.cells)
        case ".xlsb":
            yield from errors_in_xlsb(source.cells)
        case ".xls":
            yield from errors_in_xls(source.cells)


def _in_excel(xml: bytes) -> Iterator[tuple[int, int, str]]:
    if b't="e"' not in xml and b"t='e'" not in xml:  # most sheets are told apart at once
        return
    for match in ERROR.finditer(xml):
        place = place_of(match["said"])
        if place and attribute(match["said"], b"t") == "e":
            yield *place, text_of(match["text"])


def _in_open_document(source: SheetSource, n_rows: int, n_columns: int) -> Iterator[tuple[int, int, str]]:
    if not MAY_BE_SHOWN.search(source.cells):  # most documents are told apart at once
        return
    inside, row = False, 0
    for event, element in ElementTree.iterparse(io.BytesIO(source.cells), ("start", "end")):
        if element.tag == f"{TABLE}table":
            inside = event == "start" and element.get(f"{TABLE}name") == source.sheet
        elif event == "end" and element.tag == f"{TABLE}table-row":
            below = row + int(element.get(f"{TABLE}number-rows-repeated", 1))
            for column, text in _in_row(element, n_columns) if inside else ():
                for place in range(row, min(below, n_rows)):
                    yield place, column, text
            row = below if inside else 0
            element.clear()


def _in_row(row: ElementTree.Element, n_columns: int) -> Iterator[tuple[int, str]]:
    column = 0
    for cell in row.iterfind("*"):
        after = column + int(cell.get(f"{TABLE}number-columns-repeated", 1))
        is_error = cell.get(VALUE_TYPE) == "error"
        if is_error or cell.get(f"{TABLE}formula") is not None:
            shown = "\n".join("".join(line.itertext()) for line in cell.iterfind(f"{TEXT}p"))
            if is_error or SHOWN.fullmatch(shown):
                for place in range(column, min(after, n_columns)):
                    yield place, shown or "#ERROR!"
        column = after


def place_of(said: bytes) -> tuple[int, int] | None:
    """Return the row and column of a cell, from 0, by the attributes of its tag; None if they do not tell it."""
    place = PLACE.fullmatch(attribute(said, b"r"))
    if place is None:
        return None
    column = 0
    for letter in place[1]:
        column = LETTERS * column + ord(letter) - ord("A") + 1
    return int(place[2]) - 1, column - 1

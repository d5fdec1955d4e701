"""Finds sheets, and the errors in their cells, in binary workbooks: .xls and .xlsb are lists of records.

Source: Microsoft's [MS-XLS] and [MS-XLSB].
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from olefile import OleFileIO

SHEET_OF_XLS, END_OF_SHEET, START_OF_PART = 0x0085, 0x000A, 0x0809
ERROR_IN_XLS, FORMULA_IN_XLS = 0x0205, 0x0006
SHEET_OF_XLSB, ROW_IN_XLSB, ERROR_IN_XLSB, FORMULA_IN_XLSB = 0x009C, 0x0000, 0x0003, 0x000B
FAILED = 2  # the kind of result of a formula in an .xls that has none
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


def errors_in_xls(sheet: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield row and column, from 0, and the error of each cell of a sheet that has one."""
    for kind, record in _records_of_xls(sheet):
        if kind == ERROR_IN_XLS and record[7]:
            code = record[6]
        elif kind == FORMULA_IN_XLS and record[12:14] == b"\xff\xff" and record[6] == FAILED:
            code = record[8]
        else:
            continue
        row, column = struct.unpack_from("<HH", record)
        yield row, column, ERRORS.get(code, "#UNKNOWN!")


def errors_in_xlsb(sheet: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield row and column, from 0, and the error of each cell of a sheet that has one."""
    row = 0
    for kind, record in _records_of_xlsb(sheet):
        if kind == ROW_IN_XLSB:
            [row] = struct.unpack_from("<I", record)
        elif kind in (ERROR_IN_XLSB, FORMULA_IN_XLSB):
            yield row, struct.unpack_from("<I", record)[0], ERRORS.get(record[8], "#UNKNOWN!")


def sheet_of_xls(data: bytes, place: int) -> bytes:
    """Return the records of the sheet at a place, from 0, of an .xls, and what stands behind it."""
    with OleFileIO(io.BytesIO(data)) as streams:
        workbook = streams.openstream("Workbook" if streams.exists("Workbook") else "Book").read()
    starts = [struct.unpack_from("<I", record)[0] for kind, record in _records_of_xls(workbook) if kind == SHEET_OF_XLS]
    return workbook[starts[place] :]


def ids_of_xlsb(workbook: bytes) -> dict[str, str]:
    """Return name -> id of each sheet that the workbook of an .xlsb has."""
    ids = {}
    for kind, record in _records_of_xlsb(workbook):
        if kind == SHEET_OF_XLSB:
            own, end = _text(record, 8)
            ids[_text(record, end)[0]] = own
    return ids


def _text(record: bytes, start: int) -> tuple[str, int]:
    [length] = struct.unpack_from("<I", record, start)
    end = start + 4 + 2 * length
    return record[start + 4 : end].decode("utf-16-le"), end


def _records_of_xls(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and data of each record of a part, such as a sheet, and of the parts inside it but charts."""
    at, depth = 0, 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == START_OF_PART) - (kind == END_OF_SHEET)
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + size]
        elif depth < 1:
            return
        at += 4 + size


def _records_of_xlsb(part: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(part):
        kind, at = part[at], at + 1
        if kind >= 0x80:
            kind, at = (kind & 0x7F) | part[at] << 7, at + 1
        size = shift = 0
        while True:
            byte, at = part[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift > 21:
                break
        yield kind, part[at : at + size]
        at += size

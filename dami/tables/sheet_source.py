"""Opens what a workbook holds of one sheet, to look for what the library that reads it leaves out."""

from __future__ import annotations

import html
import io
import posixpath
import re
import struct
import zipfile
from dataclasses import dataclass

from olefile import MAGIC

from dami.tables.binary_sheets import ids_of_xlsb, sheet_of_xls

RELATED = re.compile(rb"<(?:\w+:)?Relationship\s[^<>]*>")
NAMED = re.compile(rb"<(?:\w+:)?sheet\s[^<>]*>")
BROKEN = (zipfile.BadZipFile, KeyError, IndexError, OSError, ValueError, NotImplementedError, struct.error)


@dataclass(frozen=True)
class SheetSource:
    """Where the cells of a sheet stand in its file.

    Attributes
    ----------
    sheet : its name
    kind : ".xlsx", ".xlsb", ".xls" or ".ods"; "" if the file cannot be opened so, as the reader then reports
    cells : the XML or the records of the sheet; of an .ods the XML of all sheets
    styles : the XML of an .xlsx that says how cells are shown
    """

    sheet: str
    kind: str = ""
    cells: bytes = b""
    styles: bytes = b""


def source_of(data: bytes, sheet: str, place: int) -> SheetSource:
    """Return where the cells of a sheet stand in a workbook.

    Parameters
    ----------
    sheet, place : its name, and its place among all sheets, from 0
    """
    try:
        if data.startswith(MAGIC):
            return SheetSource(sheet, ".xls", sheet_of_xls(data, place))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = archive.namelist()
            if "content.xml" in files:
                return SheetSource(sheet, ".ods", archive.read("content.xml"))
            if "xl/workbook.bin" in files:
                ids = ids_of_xlsb(archive.read("xl/workbook.bin"))
                return SheetSource(sheet, ".xlsb", archive.read(_target(archive, "workbook.bin", ids[sheet])))
            tags = NAMED.findall(archive.read("xl/workbook.xml"))
            ids = {attribute(tag, b"name"): attribute(tag, rb"\w+:id") for tag in tags}
            styles = archive.read("xl/styles.xml") if "xl/styles.xml" in files else b""
            return SheetSource(sheet, ".xlsx", archive.read(_target(archive, "workbook.xml", ids[sheet])), styles)
    except BROKEN:
        return SheetSource(sheet)


def _target(archive: zipfile.ZipFile, workbook: str, own: str) -> str:
    """Return the name of the file in the archive to which a workbook gives an id."""
    tags = RELATED.findall(archive.read(f"xl/_rels/{workbook}.rels"))
    targets = {attribute(tag, b"Id"): attribute(tag, b"Target") for tag in tags}
    return posixpath.join("/xl", targets[own]).lstrip("/")


def attribute(tag: bytes, name: bytes) -> str:
    """Return the attribute of a tag whose name is this pattern, "" if it has none."""
    found = re.search(rb"\s" + name + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", b" " + tag)
    return text_of(found[1] or found[2] or b"") if found else ""


def text_of(xml: bytes) -> str:
    """Return the text that XML means."""
    return html.unescape(xml.decode("utf-8", "replace"))

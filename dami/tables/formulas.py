"""Finds formulas in a workbook that no program has calculated: their cells have no value, so they are read as empty."""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile

from dami.wording import count

NAMED = re.compile(rb"<(?:\w+:)?sheet\s[^<>]*>")
RELATED = re.compile(rb"<(?:\w+:)?Relationship\s[^<>]*>")
CELL = re.compile(  # no part is tried twice: a hostile sheet takes no longer than another
    rb"<(?:\w+:)?c\s(?P<said>[^<>]*)>\s*+<(?:\w+:)?f(?:\s[^<>]*?)?(?:/>|>(?P<formula>[^<]*)</(?:\w+:)?f>)\s*+"
    rb"(?:<(?:\w+:)?v\s*+/>|<(?:\w+:)?v>\s*+</(?:\w+:)?v>)?+\s*+</(?:\w+:)?c>"
)
TEXT = b't="str"'  # a formula whose result is an empty text


def without_result(data: bytes, sheet: str) -> list[str]:
    """Return a note of the formulas without a stored result in a sheet of an .xlsx; none if there is none.

    Parameters
    ----------
    sheet : its name
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = archive.read(_path(archive, sheet))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError):  # another kind of workbook
        return []
    some = b"f>" in xml  # most sheets are told apart at once
    found = [match for match in CELL.finditer(xml) if TEXT not in match["said"]] if some else []
    if not found:
        return []
    formula = next((_text(match["formula"]) for match in found if match["formula"]), "")
    where = _attribute(found[0]["said"], b"r")
    shown = f", such as “={formula}”" if formula else f", such as {where}" if where else ""
    return [
        f"The result of a formula is missing in the file ({count(len(found), 'cell')}{shown}), and these cells are "
        "empty. Open the file in Excel or LibreOffice, save it, and choose it again."
    ]


def _path(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of a sheet's file in the archive; KeyError if there is none."""
    named = NAMED.findall(archive.read("xl/workbook.xml"))
    ids = {_attribute(tag, b"name"): _attribute(tag, rb"\w+:id") for tag in named}
    related = RELATED.findall(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {_attribute(tag, b"Id"): _attribute(tag, b"Target") for tag in related}
    return posixpath.join("/xl", targets[ids[sheet]]).lstrip("/")


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\s" + name + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", b" " + tag)
    return _text(found[1] or found[2] or b"") if found else ""


def _text(xml: bytes) -> str:
    return html.unescape(xml.decode("utf-8", "replace"))

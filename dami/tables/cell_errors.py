"""Finds the errors of formulas in a sheet of an .xlsx, such as #N/A: their cells have no value, but say something."""

from __future__ import annotations

import io
import re
import zipfile

from dami.tables.formulas import attribute, path_of, text_of

ERROR = re.compile(  # no part is tried twice: a hostile sheet takes no longer than another
    rb"<(?:\w+:)?c\s(?P<said>[^<>]*)>\s*+(?:<(?:\w+:)?f(?:\s[^<>]*?)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*+)?+"
    rb"<(?:\w+:)?v>(?P<text>#[^<]*)</(?:\w+:)?v>"
)
PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
LETTERS = 26


class CellError(str):
    """What a sheet shows in a cell whose formula has failed."""

    __slots__ = ()


def errors_in(data: bytes, sheet: str) -> dict[tuple[int, int], CellError]:
    """Return (row, column), from 0 at the top left of the sheet -> the error there; none of another kind of workbook.

    Parameters
    ----------
    sheet : its name
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = archive.read(path_of(archive, sheet))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError):
        return {}
    if b't="e"' not in xml and b"t='e'" not in xml:  # most sheets are told apart at once
        return {}
    found = {}
    for match in ERROR.finditer(xml):
        place = place_of(match["said"])
        if place and attribute(match["said"], b"t") == "e":
            found[place] = CellError(text_of(match["text"]))
    return found


def place_of(said: bytes) -> tuple[int, int] | None:
    """Return the row and column of a cell, from 0, by the attributes of its tag; None if they do not tell it."""
    place = PLACE.fullmatch(attribute(said, b"r"))
    if place is None:
        return None
    column = 0
    for letter in place[1]:
        column = LETTERS * column + ord(letter) - ord("A") + 1
    return int(place[2]) - 1, column - 1

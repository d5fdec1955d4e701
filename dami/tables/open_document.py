"""Mends what the library that reads workbooks makes of OpenDocument: tabs and line breaks, and durations of days."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from typing import Any

CONTENT = "content.xml"
SIGNS = {b"tab": b"&#9;", b"line-break": b"&#10;"}
TAGS = re.compile(rb"<text:(tab|line-break)(?:\s[^<>]*)?(?:/>|></text:\1>)")
TIME_VALUE = re.compile(rb"[\s:]time-value\s*=\s*[\"']([^\"'<>]+)[\"']")
DURATION = re.compile(r"(-?)PT([0-9]{1,6})H([0-9]{1,2})M([0-9]{1,2}(?:\.[0-9]+)?)S")


def with_signs(data: bytes) -> bytes:
    """Return a workbook whose tabs and line breaks are signs in their texts: the library leaves their tags out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            xml = archive.read(CONTENT)
            mended = TAGS.sub(lambda found: SIGNS[found[1]], xml)
            if mended == xml:
                return data
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as copy:
                for entry in archive.infolist():
                    copy.writestr(entry.filename, mended if entry.filename == CONTENT else archive.read(entry))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError):  # another kind, or a broken one
        return data
    return buffer.getvalue()


def durations_in(xml: bytes) -> set[str]:
    """Return what the library makes texts of: times of cells that are no times of day, as they stand in a document."""
    return {time.decode("utf-8", "replace") for time in TIME_VALUE.findall(xml)}


def with_durations(column: list[Any], known: set[str]) -> list[Any]:
    """Return a column (n,) of a document; if some of its times last a day or longer, all are durations.

    Parameters
    ----------
    known : of `durations_in`; any other text is one that its owner wrote
    """
    found = {k: match for k, cell in enumerate(column) if cell in known and (match := DURATION.fullmatch(cell))}
    if not found:
        return column
    return [_duration(*found[k].groups()) if k in found else _since_midnight(cell) for k, cell in enumerate(column)]


def _duration(sign: str, hours: str, minutes: str, seconds: str) -> datetime.timedelta:
    length = datetime.timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    return -length if sign else length


def _since_midnight(cell: Any) -> Any:
    if type(cell) is not datetime.time:
        return cell
    return datetime.datetime.combine(datetime.date.min, cell) - datetime.datetime.min

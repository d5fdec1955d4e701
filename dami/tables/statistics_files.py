"""Reads the files of statistics programs (SPSS, Stata, SAS), with the labels of values in place of their codes.

pyreadstat is asked in a process of its own, since a broken file may end that process.
"""

from __future__ import annotations

import datetime
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.errors import TableError
from dami.notes import Note
from dami.tables import size_limits
from dami.tables.apart import run_apart
from dami.tables.coded import KEPT, code_text, coded, missing_notes
from dami.tables.column_names import mended_names
from dami.tables.parsed import Parsed
from dami.tables.read_options import AS_FOUND, HowRead, ReadOptions
from dami.tables.text_encodings import known_encoding
from dami.tables.typed_values import from_objects, written_objects
from dami.wording import count

UTF_8_STATA = re.compile(rb"<stata_dta><header><release>(118|119|12[0-9])")
CHILD = Path(__file__).with_name("statistics_child.py")
READ = {  # the end of a file's name -> the function of pyreadstat, the program
    ".sav": ("read_sav", "SPSS"),
    ".zsav": ("read_sav", "SPSS"),
    ".por": ("read_por", "SPSS"),
    ".dta": ("read_dta", "Stata"),
    ".sas7bdat": ("read_sas7bdat", "SAS"),
    ".xpt": ("read_xport", "SAS"),
}


def read_statistics(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read a file of SPSS, Stata or SAS.

    A code with a label is shown as the label and kept beside it (see `coded`), a code without one stays. What the file
    calls missing is written as it stands there, and means nothing.

    Raises
    ------
    TableError : the file is broken, of another kind or too large.
    """
    head, table = _read_apart(data, filename, options.encoding)
    size_limits.check_size(filename, head["rows"], head["columns"])
    size_limits.check_unpacked(filename, head["bytes"])
    names: list[str] = head["names"]
    columns: list[Sequence[Any]] = []
    written: list[pa.ChunkedArray | None] = []
    lost: list[Note] = []
    n_labelled, example = 0, ""
    mended = mended_names(names)[0]
    for place, name in enumerate(names):
        letters = f"{place} missing"
        labels = {code: label for code, label in map(tuple, head["labels"].get(name, [])) if label.strip()}
        values, cells, shown = _meaning(
            _values(table[str(place)]),
            table[letters].to_pylist() if letters in table.column_names else None,
            labels,
            head["missing"].get(name, []),
        )
        columns.append(values)
        written.append(written_objects(values) if cells is None else cells)
        if cells is not None:
            lost += missing_notes(mended[place], cells.combine_chunks())
        n_labelled += len(shown)
        if word := head["counted"].get(name):
            days = [day for day in values if day is not None]
            if days:
                told = f"In “{mended[place]}”, {word} are written as their first days"
                lost.append(Note(f"{told} ({count(len(days), 'cell')}, such as “{days[0]}”).", mended[place], "cells"))
        if shown and not example:
            example = f"“{labels[shown[0]]}” for {_plain(shown[0])} in “{name}”"
    series, notes = from_objects(mended, columns)
    notes += lost
    if n_labelled:
        cells = count(n_labelled, "cell holds", "cells hold")
        notes.insert(
            0,
            f"{cells} a label in place of its code, such as {example}. {KEPT}",
        )
    how = HowRead(encoding=options.encoding or _encoding(data, filename, head, table))
    return Parsed(names, series, notes, written, how)


def _encoding(data: bytes, filename: str, head: dict[str, Any], table: pa.Table) -> str | None:
    """Return the encoding in which the texts of a file were read; None if there is nothing to choose."""
    if filename.lower().endswith(".por"):
        return None
    texts = [column for column in table.columns if pt.is_string(column.type) or pt.is_large_string(column.type)]
    in_letters = json.dumps([head["names"], head["labels"]], ensure_ascii=False).isascii()
    if in_letters and all(pc.all(pc.string_is_ascii(column), min_count=0).as_py() for column in texts):
        return "utf-8"  # as any other
    if head["encoding"]:
        return known_encoding(head["encoding"], filename)
    return "utf-8" if UTF_8_STATA.match(data) else "cp1252"  # ReadStat takes the latter where a file says nothing


def _read_apart(data: bytes, filename: str, encoding: str | None) -> tuple[dict[str, Any], pa.Table]:
    """Return what the child process says of a file, and its columns; none if they are more than the limits."""
    name, program = READ[Path(filename).suffix.lower()]
    asked = known_encoding(encoding, filename).replace("_", "-") if encoding else ""  # as iconv spells it
    limits = (size_limits.MAX_ROWS, size_limits.MAX_COLUMNS, size_limits.MAX_BYTES)
    try:
        head, _, stream = run_apart(CHILD, [name, asked, *map(str, limits)], data).partition(b"\n")
        return json.loads(head), pa.ipc.open_stream(stream).read_all()
    except (subprocess.SubprocessError, OSError, ValueError, pa.ArrowException) as error:
        told = getattr(error, "stderr", None) or b""
        if b"No module named" in told:
            raise TableError(f"{filename} cannot be read without the package pyreadstat. Install DAMI anew.") from error
        if b"MemoryError" in told or b"bad_alloc" in told:
            raise TableError(f"{filename} unfolds to more than fits into the memory. Save it as CSV.") from error
        if encoding and (b"character set" in told or b"byte sequence" in told):
            raise TableError(f"{filename} cannot be read in the encoding {encoding}. Choose another one.") from error
        raise TableError(
            f"{filename} cannot be read as a file of {program}: it is broken or something else. Save it again."
        ) from error


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return the cells (n,) of a column; a float of 32 bits is the number of the fewest digits, as Stata shows it."""
    if pt.is_float32(column.type):
        column = column.cast(pa.string()).cast(pa.float64())
    return [None if value == "" else value for value in column.to_pylist()]


def _meaning(
    values: list[Any], letters: list[str | None] | None, labels: Mapping[Any, str], ranges: Sequence[Mapping[str, Any]]
) -> tuple[list[Any], pa.ChunkedArray | None, list[Any]]:
    """Return what the cells of a column mean, (n,); the cells with codes, if any; and the codes that have a label.

    Parameters
    ----------
    letters : (n,) what stands in place of a number that is missing, in Stata and SAS; None if nothing does
    ranges : of the values that the file calls missing, in SPSS
    """
    codes = {code: label for code, label in labels.items() if letters is None or not isinstance(code, str)}
    named = [value for value in values if value is not None and value in codes]
    missing = {value for value in (*values, *codes) if _is_in(value, ranges)} if ranges else set()
    meant = [None if value in missing else value for value in values] if missing else values
    if not named and letters is None and not missing.intersection(values):
        return values, None, []
    others = letters and [None if letter is None else labels.get(letter, f".{letter}") for letter in letters]
    cells = coded(values, codes, [*map(code_text, missing), *filter(None, others or [])], others)
    return _texts(meant, codes) if named else meant, cells, [*named, *(one for one in letters or [] if one in labels)]


def _is_in(value: Any, ranges: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a value lies in one of the ranges that a file calls missing."""
    if isinstance(value, datetime.date | datetime.time):
        value = str(value)  # as JSON hands over the bounds
    return any(
        one["lo"] <= value <= one["hi"]
        for one in ranges
        if isinstance(value, str | int | float) and isinstance(value, str) == isinstance(one["lo"], str)
    )


def _texts(values: Sequence[Any], labels: Mapping[Any, str]) -> list[Any]:
    return [None if value is None else labels.get(value, _plain(value)) for value in values]


def _plain(code: Any) -> str:
    return str(int(code)) if isinstance(code, float) and code == int(code) else str(code)

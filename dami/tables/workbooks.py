"""Reads a sheet of a workbook: Excel of any age, or OpenDocument."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dami.errors import TableError
from dami.notes import Note
from dami.tables import size_limits
from dami.tables.apart import run_apart
from dami.tables.around import SheetGrid, look_around
from dami.tables.cell_errors import CellError, errors_in
from dami.tables.cell_formats import Shown, shown_otherwise
from dami.tables.column_names import mended_names
from dami.tables.formulas import without_result
from dami.tables.open_document import durations_in, with_durations, with_signs
from dami.tables.parsed import Parsed
from dami.tables.read_options import HowRead, ReadOptions
from dami.tables.sheet_source import source_of
from dami.tables.typed_values import from_objects, mixed_columns, written_objects
from dami.wording import count, quoted

Merged = list[tuple[tuple[int, int], tuple[int, int]]]  # the first and the last cell of each group
UNKNOWN_ERROR = re.compile(r"(?i)unsupported cell error(?: value| code)?:? '?([^']+)'?")  # as the library says it
CHILD = Path(__file__).with_name("workbook_child.py")


def read_sheet(data: bytes, filename: str, options: ReadOptions) -> Parsed:
    """Read the sheet of a workbook that somebody chose, or the one with the most filled cells.

    Raises
    ------
    TableError : the workbook is broken, protected, empty or too large, or has no such sheet.
    """
    _check_unpacked(data, filename)
    data = with_signs(data)
    (place, name), names, rows, (first, left), merged = _largest(data, filename, options.sheet)
    source = source_of(data, name, place)
    _put_errors(rows, errors_in(source, first + len(rows), left + len(rows[0])), first, left)
    notes = []
    others = [other for other in names if other != name]
    if others and options.sheet is None:
        notes.append(f"Read the sheet “{name}”; the workbook also holds {quoted(others, 20)}.")
    if merged:
        (top, left), (bottom, right) = merged[0]
        where = f"rows {top + 1:,} to {bottom + 1:,} of columns {left + 1:,} to {right + 1:,}"
        cells = f"{count(len(merged), 'group')} of merged cells, such as {where}"
        notes.append(f"The sheet has {cells}: the value stands in the first of each, the others are empty.")
    notes += without_result(source)
    size_limits.check_size(filename, len(rows) - 1, len(rows[0]))
    found = look_around(SheetGrid([_plain_header(row) for row in rows[:1]] + rows[1:]), options, first)
    heads = found.names
    labels = mended_names(heads)[0]
    body = rows[found.start : found.stop]
    columns = [[None if value == "" else value for value in column] for column in zip(*body, strict=True)]
    if source.kind == ".ods" and (durations := durations_in(source.cells)):
        columns = [with_durations(column, durations) for column in columns]
    columns = columns or [[] for _ in heads]
    meant = [[None if type(value) is CellError else value for value in column] for column in columns]
    series, mended = from_objects(labels, meant)
    mended += [note for label, column in zip(labels, columns, strict=True) for note in _notes_of_errors(label, column)]
    below = (cell for cell in shown_otherwise(source) if found.start <= cell.row - first < found.stop)
    mended += _notes_of_formats(labels, below, left)
    notes = [*notes, *(rows.note for rows in found.skipped), *mended]
    how = HowRead(sheet=name, sheets=tuple(names), skipped=found.skipped)
    written = [written_objects(column) for column in columns]
    return Parsed(heads, series, notes, written, how, mixed_columns(columns, written))


def _put_errors(rows: list[list[Any]], errors: Mapping[tuple[int, int], CellError], top: int, left: int) -> None:
    """Put the errors of a sheet into its rows, of which some lie above and some columns to the left."""
    for (row, column), error in errors.items():
        if row >= top and column >= left:
            rows[row - top][column - left] = error


def _notes_of_errors(name: str, cells: Sequence[Any]) -> list[Note]:
    """Return a note if cells (n,) of a column hold errors."""
    errors = [cell for cell in cells if type(cell) is CellError]
    told = f"In “{name}”, errors of formulas count as missing"
    return [Note(f"{told} ({count(len(errors), 'cell')}, such as “{errors[0]}”).", name)] if errors else []


def _notes_of_formats(names: Sequence[str], cells: Iterable[Shown], left: int) -> list[Note]:
    """Return notes of the columns with cells that show another number than they hold."""
    first: dict[tuple[int, bool], Shown] = {}
    times: Counter[tuple[int, bool]] = Counter()
    for cell in cells:
        which = cell.column - left, cell.is_percent
        first.setdefault(which, cell)
        times[which] += 1
    notes = []
    for (place, is_percent), cell in first.items():
        if 0 <= place < len(names):
            what = "cells that show percent hold shares" if is_percent else "zeros before a number are lost"
            cells_in_words = count(times[place, is_percent], "cell")
            told = f"In “{names[place]}”, {what} ({cells_in_words}: “{cell.text}” is {cell.number})."
            notes.append(Note(told, names[place]))
    return notes


def _check_unpacked(data: bytes, filename: str) -> None:
    """Raise TableError if a workbook is too large once it is unpacked, by what it says and by what becomes of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            said = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        said = 0  # an old workbook is no archive; of a broken one the reader reports the fault
    size_limits.check_unpacked(filename, said)
    try:
        sizes = [tuple(map(int, line.split())) for line in run_apart(CHILD, [], data).splitlines()]
    except subprocess.CalledProcessError as error:
        if error.returncode < 0 or b"MemoryError" in error.stderr:
            raise TableError(
                f"{filename} unfolds to more cells than fit into the memory, or is broken. Save its table alone, as "
                "CSV or as a new workbook."
            ) from error
        return  # the reader reports the fault
    except (subprocess.SubprocessError, OSError) as error:
        raise TableError(f"{filename} took too long to be opened. Save its table as CSV.") from error
    n_cells = max((height * width for height, width in sizes), default=0)
    if n_cells > size_limits.MAX_CELLS:
        raise TableError(
            f"{filename} has a sheet of {n_cells:,} cells, filled or empty; DAMI reads up to "
            f"{size_limits.MAX_CELLS:,}. Take away what stands far from the table."
        )


def _largest(
    data: bytes, filename: str, wanted: str | None
) -> tuple[tuple[int, str], list[str], list[list[Any]], tuple[int, int], Merged]:
    """Return a sheet's place, from 0, and name, the names of all sheets with values, its rows, how many rows of the
    sheet lie above them and columns left of them, and its groups of merged cells."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    best: tuple[tuple[int, str], list[list[Any]], tuple[int, int], Merged] | None = None
    names: list[str] = []
    most = (False, 0)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        seen = {sheet.name: sheet.visible == SheetVisibleEnum.Visible for sheet in workbook.sheets_metadata}
        if wanted is not None and wanted not in workbook.sheet_names:
            raise TableError(
                f"{filename} has no sheet “{wanted}”; it has {quoted(workbook.sheet_names, 20)}. Name one of them."
            )
        for place, name in enumerate(workbook.sheet_names):
            sheet = workbook.get_sheet_by_name(name)
            if not sheet.height:
                continue
            names.append(name)
            area = (seen.get(name, True), sheet.height * sheet.width)
            if wanted not in (None, name) or (wanted is None and area <= most):  # it cannot be the largest
                continue
            rows = sheet.to_python(skip_empty_area=True)
            filled = (area[0], sum(value != "" for row in rows for value in row))
            if not filled[1]:
                names.remove(name)
            elif filled > most:
                most = filled
                best = (place, name), rows, sheet.start or (0, 0), sheet.merged_cell_ranges or []
    except PasswordError as error:
        raise TableError(f"{filename} is protected by a password. Save it without one.") from error
    except TableError:
        raise
    except (CalamineError, OSError, ValueError, KeyError) as error:
        if strange := UNKNOWN_ERROR.search(str(error)):
            raise TableError(
                f"{filename} holds an error of a formula that DAMI does not know ({strange[1]}). Empty its cell."
            ) from error
        raise TableError(
            f"{filename} cannot be opened as a workbook: it is broken or no Excel file. Save it again."
        ) from error
    except BaseException as error:  # for some broken files the library raises a panic, which is not an Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise TableError(f"{filename} cannot be opened as a workbook: it is broken. Save it again.") from error
    if best is None:
        raise TableError(f"{filename} has no sheet with values. Choose a workbook with a table in it.")
    own, rows, first, merged = best
    return own, names, rows, first, merged


def _plain_header(header: Sequence[Any]) -> list[Any]:
    return [int(name) if isinstance(name, float) and name == int(name) else name for name in header]

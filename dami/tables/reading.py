"""Reads tables from files: delimited text, Excel, Parquet, Feather and JSON lines.

The DataFrame has every row of the file, in the same order. `frame.attrs["notes"]` says what was mended (names, unusual
spellings of missing values, ...). If the file cannot be read, a TableError says what is wrong, where, and what to do.
No reader uses pickle.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.errors import TableError
from dami.registry import Registry
from dami.tables.column_names import mended_names
from dami.tables.delimited import decode, read_delimited
from dami.tables.json_rows import records_of
from dami.tables.size_limits import check_columns, check_rows
from dami.tables.table import Table
from dami.tables.text_values import parse_columns
from dami.tables.typed_values import from_arrow, from_objects, written_objects
from dami.tables.written import original_of
from dami.wording import count

MAX_BYTES = 500_000_000
MAX_TEXT_BYTES = 2_000_000_000  # texts of a typed file once they are unpacked
MAX_ROWS = 1_000_000
MAX_COLUMNS = 2_000


class Parsed(NamedTuple):
    """What a reader makes of a file.

    Attributes
    ----------
    names : of the columns, as written
    columns : the values that the cells mean
    notes : sentences that say what was mended
    written : each column as it was written, texts or an Arrow column of the file's type; None if its values tell that
    """

    names: list[str]
    columns: list[pd.Series]
    notes: list[str]
    written: Sequence[pa.ChunkedArray | None] = ()


CONTENTS = {  # first bytes of a file -> what the file is, and the suffix that fits (None: it is not a table)
    b"PAR1": ("a Parquet file", ".parquet"),
    b"ARROW1": ("a Feather file", ".feather"),
    b"PK\x03\x04": ("an Excel workbook or a ZIP archive", ".xlsx"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", ".xls"),
    b"\x89PNG": ("a PNG picture", None),
    b"\xff\xd8\xff": ("a JPEG picture", None),
    b"GIF8": ("a GIF picture", None),
    b"%PDF": ("a PDF document", None),
    b"\x1f\x8b": ("a compressed file (gzip)", None),
    b"SQLite format 3": ("an SQLite database", None),
}


MARKUP = re.compile(rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype html|html|\?xml)")


def read_table(source: str | os.PathLike[str] | bytes | BinaryIO, filename: str | None = None) -> pd.DataFrame:
    """Read a table from a file or from its bytes.

    Parameters
    ----------
    source : path, bytes, or an open binary file.
    filename : name of the file, for errors. Its suffix decides the reader; without a name, the content decides.

    Returns
    -------
    DataFrame (n_rows, n_columns) with RangeIndex and distinct string names; columns are int64, float64, bool, boolean
    (if yes/no values are missing), datetime64 or str. `attrs["notes"]` is a list of sentences that say what was mended.

    Raises
    ------
    TableError : the file is missing, empty, broken, not a table or too big, or its rows differ in length.
    """
    return open_table(source, filename).frame


def open_table(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    filename: str | None = None,
    kinds: Mapping[str, str | None] | None = None,
) -> Table:
    """Read a table as `read_table` does, and keep each cell as its owner wrote it beside what it means.

    Parameters
    ----------
    kinds : column -> what it is, where the rules are wrong: one of `kinds.CHOICES`, such as "number" or "out"

    Raises
    ------
    TableError : as `read_table`.
    """
    data, filename = _load(source, filename)
    _refuse_too_large(len(data), f"{filename} has")
    if not data.strip():
        raise TableError(f"{filename} is empty. Choose a file with a line of column names and a row a line below it.")
    suffix = _suffix(data, filename)
    table = _assemble(filename, Parsed(*READERS[suffix].read(data, filename)))
    return table.with_kinds(kinds) if kinds else table


def _refuse_too_large(n_bytes: int, what_has: str) -> None:
    if n_bytes > MAX_BYTES:
        limit = f"DAMI reads up to {MAX_BYTES / 1e6:,.0f} MB. Take a sample of its rows."
        raise TableError(f"{what_has} {n_bytes / 1e6:,.0f} MB; {limit}")


def _load(source: str | os.PathLike[str] | bytes | BinaryIO, filename: str | None) -> tuple[bytes, str]:
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), filename or "The table"
    if not isinstance(source, str | os.PathLike):
        return source.read(), filename or getattr(source, "name", None) or "The table"
    path = Path(source)
    try:
        _refuse_too_large(path.stat().st_size, f"{path.name} has")
        return path.read_bytes(), filename or path.name
    except FileNotFoundError:
        raise TableError(f"There is no file {path}. Check its name and folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TableError(f"{path} cannot be read ({reason}). Choose a file that you may open.") from error


def _suffix(data: bytes, filename: str) -> str:
    """Return the key of READERS for a file, by its name or, without a known name, by its content."""
    suffix = Path(filename).suffix.lower()
    named = suffix in READERS
    if named and not READERS.is_own(suffix):  # a format that CONTENTS does not know may begin like another one
        return suffix
    content = next((kind for start, kind in CONTENTS.items() if data.startswith(start)), None)
    if MARKUP.match(data):
        raise TableError(
            f"{filename} is a web page or an XML document by its content, not a table. Save the table itself as CSV."
        )
    if named and content is None:
        return suffix
    if content is not None and content[1] is None:
        raise TableError(
            f"{filename} is {content[0]} by its content, not a table. Choose a table such as CSV or Excel."
        )
    if content is not None and content[1] is not None:
        expected = READERS[content[1]].read
        if not named and suffix == "":
            return content[1]
        if not named or READERS[suffix].read is not expected:
            what = (
                "not text"
                if named and READERS[suffix].read is read_text
                else f"not what {suffix or 'its name'} stands for"
            )
            raise TableError(f"{filename} is {content[0]} by its content, {what}. Rename it to end in {content[1]}.")
        return suffix
    if suffix in ("", ".dat", ".data") or " " in suffix or filename == "The table":
        return ".json" if data.lstrip()[:1] in (b"{", b"[") else ".csv"
    if suffix in READERS.broken:
        raise TableError(f"{filename} cannot be read. {READERS.broken[suffix]}")
    raise TableError(f"{filename} ends in {suffix}, which DAMI does not read. It reads {', '.join(READERS)}.")


# --- one reader for each format --------------------------------------------------------------------------------------


def read_text(data: bytes, filename: str) -> Parsed:
    """Read delimited text, such as CSV and TSV."""
    text, notes = decode(data, filename)
    names, columns, delimiter, more = read_delimited(text, filename, MAX_ROWS, MAX_COLUMNS)
    keys = [str(position) for position in range(len(names))]
    labels = dict(zip(keys, mended_names(names)[0], strict=True))
    parsed, mended = parse_columns(
        ((labels[key], column) for key, column in zip(keys, columns, strict=True)), delimiter
    )
    return Parsed(names, list(parsed.values()), [*notes, *more, *mended], columns)


def read_excel(data: bytes, filename: str) -> Parsed:
    """Read the first sheet that has values in an Excel or OpenDocument workbook."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _check_unpacked(data, filename)
    merged = 0
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = list(workbook.sheet_names)
        filled: list[str] = []
        rows: list[list[Any]] = []
        for sheet in sheets:
            found = workbook.get_sheet_by_name(sheet)
            values = found.to_python(skip_empty_area=True) if not filled else None
            if values is None:  # too many rows: they are only counted, for the message
                filled += [sheet] if found.total_height else []
            elif values:
                filled, rows, merged = [sheet], values, len(found.merged_cell_ranges or ())
    except PasswordError as error:
        raise TableError(f"{filename} is protected by a password. Save it without one.") from error
    except (CalamineError, OSError, ValueError, KeyError) as error:
        raise TableError(
            f"{filename} cannot be opened as a workbook: it is broken or no Excel file. Save it again."
        ) from error
    except BaseException as error:  # for some broken files the library raises a panic, which is not an Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise TableError(f"{filename} cannot be opened as a workbook: it is broken. Save it again.") from error
    if not rows:
        raise TableError(f"{filename} has no sheet with values. Choose a workbook with a table in it.")
    notes = []
    if len(filled) > 1:
        notes.append(
            f"Read the sheet “{filled[0]}”; the workbook also holds {', '.join(f'“{name}”' for name in filled[1:])}."
        )
    if merged:
        cells = f"{count(merged, 'group')} of merged cells"
        notes.append(f"The sheet has {cells}: the value stands in the first of each, the others are empty.")
    _check_size(filename, len(rows) - 1, len(rows[0]))
    names = ["" if name is None else str(name) for name in _plain_header(rows[0])]
    labels = mended_names(names)[0]
    columns = [[None if value == "" else value for value in column] for column in zip(*rows[1:], strict=True)]
    columns = columns or [[] for _ in names]
    series, mended = from_objects(labels, columns)
    return Parsed(names, series, [*notes, *mended], [written_objects(column) for column in columns])


def _check_unpacked(data: bytes, filename: str) -> None:
    """Raise TableError, before anything is unpacked, if a workbook states that its unpacked size is too large."""
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # the reader reports the fault
    _refuse_too_large(unpacked, f"{filename} unpacks to")


def _plain_header(header: Sequence[Any]) -> list[Any]:
    return [int(name) if isinstance(name, float) and name == int(name) else name for name in header]


def read_parquet(data: bytes, filename: str) -> Parsed:
    """Read a Parquet file."""
    import pyarrow.parquet as pq

    def read() -> pa.Table:
        schema = pq.read_schema(io.BytesIO(data))
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)  # repeated texts stay packed
        _check_size(filename, file.metadata.num_rows, len(schema))
        return file.read()

    return _read_arrow(read, filename, "Parquet")


def read_feather(data: bytes, filename: str) -> Parsed:
    """Read a Feather (Arrow IPC) file."""
    import pyarrow.feather as feather

    return _read_arrow(lambda: feather.read_table(io.BytesIO(data)), filename, "Feather")


def _read_arrow(read: Callable[[], pa.Table], filename: str, kind: str) -> Parsed:
    try:
        table = read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TableError(
            f"{filename} cannot be read as {kind}: it is broken or something else. Save it again."
        ) from error
    _check_size(filename, table.num_rows, table.num_columns)
    _check_texts(filename, table)
    names = [str(name) for name in table.column_names]
    try:
        series, notes = from_arrow(mended_names(names)[0], table.columns)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise TableError(f"{filename} holds values that cannot be read ({error}). Save it again as CSV.") from error
    return Parsed(names, series, notes, table.columns)


def _check_texts(filename: str, table: pa.Table) -> None:
    """Raise TableError if texts that are stored once would fill the memory when each row gets its own copy."""
    size = 0
    for column in table.columns:
        kind = column.type
        if pa.types.is_dictionary(kind) and (
            pa.types.is_string(kind.value_type) or pa.types.is_binary(kind.value_type)
        ):
            for chunk in column.chunks:
                codes = chunk.indices.drop_null().to_numpy(zero_copy_only=False)
                lengths = pc.binary_length(chunk.dictionary).fill_null(0).to_numpy(zero_copy_only=False)
                size += int(np.bincount(codes, minlength=len(lengths)) @ lengths.astype(np.int64))
    if size > MAX_TEXT_BYTES:
        raise TableError(
            f"{filename} holds {size / 1e6:,.0f} MB of texts; DAMI reads up to {MAX_TEXT_BYTES / 1e6:,.0f} MB. "
            "Shorten them, or take a sample of its rows."
        )


def read_json(data: bytes, filename: str) -> Parsed:
    """Read JSON: an object in each line, or one list of objects."""
    text, notes = decode(data, filename)
    records = records_of(text, filename)
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
        if len(names) > MAX_COLUMNS:
            break
    _check_size(filename, len(records), len(names))
    columns = [[record.get(name) for record in records] for name in names]
    series, mended = from_objects(mended_names(list(names))[0], columns)
    return Parsed(list(names), series, [*notes, *mended], [written_objects(column) for column in columns])


@dataclass(frozen=True)
class Reader:
    """A file format: its title for people, and the function that makes columns of a file's bytes and name."""

    title: str
    read: Callable[[bytes, str], Parsed]


def _flaw(suffix: str, reader: Any) -> str:
    """Return what is wrong with a reader from another package, "" if nothing is."""
    if not isinstance(reader, Reader):
        return "is no dami.tables.reading.Reader"
    return "" if re.fullmatch(r"\.[a-z0-9]+", suffix) else "is not named as a file's name ends, like .dta"


READERS: Registry[Reader] = Registry(
    "reader",
    "dami.readers",
    {
        ".csv": Reader("CSV", read_text),
        **dict.fromkeys((".tsv", ".tab"), Reader("TSV", read_text)),
        ".txt": Reader("CSV", read_text),
        **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), Reader("Excel", read_excel)),
        **dict.fromkeys((".parquet", ".pq"), Reader("Parquet", read_parquet)),
        **dict.fromkeys((".feather", ".arrow"), Reader("Feather", read_feather)),
        **dict.fromkeys((".jsonl", ".ndjson", ".json"), Reader("JSON lines", read_json)),
    },
    _flaw,
    lambda reader, guard: replace(reader, read=guard(reader.read, "read a file")),
    TableError,
)


def formats() -> str:
    """Return the titles of all formats that DAMI reads, as one text: "CSV, TSV, Excel, ..."."""
    return ", ".join(dict.fromkeys(reader.title for reader in READERS.values()))


# --- for all formats -------------------------------------------------------------------------------------------------


def _check_size(filename: str, n_rows: int, n_columns: int) -> None:
    check_columns(filename, n_columns, MAX_COLUMNS)
    check_rows(filename, n_rows, MAX_ROWS)


def _assemble(filename: str, parsed: Parsed) -> Table:
    """Return the columns as one table. Raise TableError if they are not a table."""
    names, columns, notes = parsed.names, parsed.columns, parsed.notes
    if not names:
        raise TableError(f"{filename} has no columns. Choose a file with a line of column names and rows below it.")
    n_rows = len(columns[0])
    if n_rows == 0:
        raise TableError(f"{filename} has column names but no rows. Add a row a line below the names.")
    mended, about_names = mended_names(names)
    if len(names) > 1 and all(_is_number(name) for name in names):
        about_names.append(
            "The first line holds only numbers and was read as column names: add a line of names if it is data."
        )
    dropped = {
        label
        for label, name, column in zip(mended, names, columns, strict=True)
        if not name.strip() and column.isna().all()
    }
    if dropped and len(dropped) < len(names):  # a delimiter at the end of every line
        about_names = [note for note in about_names if not any(f"“{label}”" in note for label in dropped)]
        about_names.append(f"{count(len(dropped), 'column')} without name and values skipped.")
    else:
        dropped = set()
    frame = pd.DataFrame({name: column for name, column in zip(mended, columns, strict=True) if name not in dropped})
    frame.attrs["notes"] = [*about_names, *notes]
    originals = {
        name: original
        for name, written in zip(mended, parsed.written, strict=False)
        if name in frame and written is not None and (original := original_of(frame[name], written)) is not None
    }
    return Table(frame, originals)


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True

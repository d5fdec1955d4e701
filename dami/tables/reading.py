"""Reads tables from files: delimited text, workbooks, Parquet, Feather and JSON, as they are or packed.

The DataFrame has every row of the file, in the same order. `frame.attrs["notes"]` says what was mended (names, unusual
spellings of missing values, ...). If the file cannot be read, a TableError says what is wrong, where, and what to do.
No reader uses pickle.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.errors import TableError
from dami.registry import Registry
from dami.tables.around import TextGrid, look_around
from dami.tables.column_names import mended_names
from dami.tables.delimited import NO_DELIMITER, blank_title, read_delimited, read_large
from dami.tables.json_rows import records_of
from dami.tables.packed import GZIP, ZIP, is_archive, unpack_gzip, unpack_zip
from dami.tables.parsed import Parsed
from dami.tables.read_options import AS_FOUND, HowRead, ReadOptions
from dami.tables.size_limits import check_columns, check_rows
from dami.tables.statistics_files import READ as STATISTICS
from dami.tables.statistics_files import Limits, read_coded
from dami.tables.table import Table
from dami.tables.text_encodings import decode
from dami.tables.text_values import parse_columns
from dami.tables.typed_values import from_arrow, from_objects, written_objects
from dami.tables.workbooks import read_sheet
from dami.tables.written import original_of
from dami.wording import count

MAX_BYTES = 500_000_000
MAX_TEXT_BYTES = 2_000_000_000  # texts of a typed file once they are unpacked
MAX_ROWS = 1_000_000
MAX_COLUMNS = 2_000


CONTENTS = {  # first bytes of a file -> what the file is, and the suffix that fits (None: it is not a table)
    b"PAR1": ("a Parquet file", ".parquet"),
    b"ARROW1": ("a Feather file", ".feather"),
    ZIP: ("an Excel workbook", ".xlsx"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", ".xls"),
    b"\x89PNG": ("a PNG picture", None),
    b"\xff\xd8\xff": ("a JPEG picture", None),
    b"GIF8": ("a GIF picture", None),
    b"%PDF": ("a PDF document", None),
    b"SQLite format 3": ("an SQLite database", None),
}


WORKBOOKS = (ZIP, b"\xd0\xcf\x11\xe0", b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")  # new, old, and of the 80s
PACKED = (".gz", ".zip")
MARKUP = re.compile(rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype html|html|\?xml)")


def read_table(
    source: str | os.PathLike[str] | bytes | BinaryIO, filename: str | None = None, options: ReadOptions | None = None
) -> pd.DataFrame:
    """Read a table from a file or from its bytes.

    Parameters
    ----------
    source : path, bytes, or an open binary file.
    filename : name of the file, for errors. Its suffix decides the reader; without a name, the content decides.
    options : as in `open_table`.

    Returns
    -------
    DataFrame (n_rows, n_columns) with RangeIndex and distinct string names; columns are int64, float64, bool, boolean
    (if yes/no values are missing), datetime64 or str. `attrs["notes"]` is a list of sentences that say what was mended.

    Raises
    ------
    TableError : the file is missing, empty, broken, not a table or too big, or its rows differ in length.
    """
    return open_table(source, filename, options=options).frame


def open_table(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    filename: str | None = None,
    kinds: Mapping[str, str | None] | None = None,
    options: ReadOptions | None = None,
) -> Table:
    """Read a table as `read_table` does, and keep each cell as its owner wrote it beside what it means.

    Parameters
    ----------
    kinds : column -> what it is, where the rules are wrong: one of `kinds.CHOICES`, such as "number" or "out"
    options : a person's choices in place of what is found, see `ReadOptions`; the table's `how` says what was found.

    Raises
    ------
    TableError : as `read_table`, or a choice does not fit the file.
    """
    data, filename = _load(source, filename)
    _refuse_too_large(len(data), f"{filename} has")
    table = _assemble(filename, _parse(data, filename, options or AS_FOUND))
    return table.with_kinds(kinds) if kinds else table


def _parse(data: bytes, filename: str, options: ReadOptions) -> Parsed:
    """Return what the reader makes of a file that its name or content asks for."""
    if not data or data.isspace():
        raise TableError(f"{filename} is empty. Choose a file with a line of column names and a row a line below it.")
    reader = READERS[_suffix(data, filename)]
    return reader.read(data, filename, options) if reader.takes_options else Parsed(*reader.read(data, filename))


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
    if data.startswith(GZIP):
        return ".gz"
    if is_archive(data, filename):
        return ".zip"
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


def read_text(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read delimited text, such as CSV and TSV."""
    title, encoding = None, "utf-8"
    notes: list[str] = []
    more: list[str] = []
    large = read_large(data, filename, options, MAX_ROWS, MAX_COLUMNS)
    if large is not None:
        names, columns, delimiter = large
    else:
        text, encoding, notes = decode(data, filename, options.encoding)
        if options.skips("title") and not text.lstrip().startswith(("#", "sep=")) and options.delimiter != "":
            text, title = blank_title(text, options.delimiter)
        names, columns, delimiter, more = read_delimited(text, filename, MAX_ROWS, MAX_COLUMNS, options.delimiter)
    found = look_around(TextGrid(names, columns), options, title.first + title.n - 1 if title else 0)
    columns = [column.slice(found.start - 1, found.stop - found.start) for column in columns]
    keys = [str(position) for position in range(len(found.names))]
    labels = dict(zip(keys, mended_names(found.names)[0], strict=True))
    parsed = parse_columns(((labels[key], column) for key, column in zip(keys, columns, strict=True)), delimiter)
    skipped = (*([title] if title else []), *found.skipped)
    notes = [*notes, *more, *(rows.note for rows in skipped), *parsed.notes]
    written = [None if name in parsed.told else column for name, column in zip(parsed.values, columns, strict=True)]
    how = HowRead(encoding=encoding, delimiter="" if delimiter == NO_DELIMITER else delimiter, skipped=skipped)
    return Parsed(found.names, list(parsed.values.values()), notes, written, how)


def read_workbook(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read a sheet of an Excel or OpenDocument workbook; an .xls may be text, which many programs call so."""
    if filename.lower().endswith(".xls") and not data.startswith(WORKBOOKS):
        parsed = read_text(data, filename, options)
        note = f"{filename} is text by its content, not a workbook, and was read as such."
        return parsed._replace(notes=[note, *parsed.notes])
    _check_unpacked(data, filename)
    return read_sheet(data, filename, options, partial(_check_size, filename))


def read_gzip(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read a table that is packed by gzip."""
    return _parse_unpacked(*unpack_gzip(data, filename, MAX_BYTES, partial(_refuse_unpacked, filename)), options)


def read_zip(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read the only table of a ZIP archive."""
    suffixes = [suffix for suffix in READERS if suffix not in PACKED]
    whole, name, notes = unpack_zip(data, filename, suffixes, partial(_refuse_unpacked, filename))
    parsed = _parse_unpacked(whole, name, options)
    return parsed._replace(notes=[*notes, *parsed.notes])


def _parse_unpacked(data: bytes, filename: str, options: ReadOptions) -> Parsed:
    if data and _suffix(data, filename) in PACKED:  # an archive may even hold itself
        raise TableError(f"{filename} is packed more than once. Unpack it and choose the table inside.")
    return _parse(data, filename, options)


def _refuse_unpacked(filename: str, n_bytes: int) -> None:
    _refuse_too_large(n_bytes, f"{filename} unpacks to")


def _check_unpacked(data: bytes, filename: str) -> None:
    """Raise TableError, before anything is unpacked, if a workbook states that its unpacked size is too large."""
    if not data.startswith(ZIP):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # the reader reports the fault
    _refuse_unpacked(filename, unpacked)


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


def read_json(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read JSON: an object in each line, one list of objects, or what pandas and maps make of a table."""
    text, encoding, notes = decode(data, filename, options.encoding)
    records = records_of(text, filename)
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
        if len(names) > MAX_COLUMNS:
            break
    _check_size(filename, len(records), len(names))
    columns = [[record.get(name) for record in records] for name in names]
    series, mended = from_objects(mended_names(list(names))[0], columns)
    written = [written_objects(column) for column in columns]
    return Parsed(list(names), series, [*notes, *mended], written, HowRead(encoding=encoding))


def read_statistics(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read a file of SPSS, Stata or SAS."""

    def check(n_rows: int, n_columns: int, n_bytes: int) -> None:
        _check_size(filename, n_rows, n_columns)
        _refuse_unpacked(filename, n_bytes)

    limits = Limits(MAX_ROWS, MAX_COLUMNS, MAX_BYTES)
    return read_coded(data, filename, Path(filename).suffix.lower(), options, limits, check)


@dataclass(frozen=True)
class Reader:
    """A file format: its title for people, and the function that makes columns of a file's bytes and name.

    Attributes
    ----------
    takes_options : whether the function takes `ReadOptions` as a third argument
    """

    title: str
    read: Callable[..., Parsed]
    takes_options: bool = False


def _flaw(suffix: str, reader: Any) -> str:
    """Return what is wrong with a reader from another package, "" if nothing is."""
    if not isinstance(reader, Reader):
        return "is no dami.tables.reading.Reader"
    return "" if re.fullmatch(r"\.[a-z0-9]+", suffix) else "is not named as a file's name ends, like .orc"


READERS: Registry[Reader] = Registry(
    "reader",
    "dami.readers",
    {
        ".csv": Reader("CSV", read_text, True),
        **dict.fromkeys((".tsv", ".tab"), Reader("TSV", read_text, True)),
        ".txt": Reader("CSV", read_text, True),
        **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls"), Reader("Excel", read_workbook, True)),
        ".ods": Reader("OpenDocument", read_workbook, True),
        **dict.fromkeys((".parquet", ".pq"), Reader("Parquet", read_parquet)),
        **dict.fromkeys((".feather", ".arrow"), Reader("Feather", read_feather)),
        **dict.fromkeys((".jsonl", ".ndjson", ".json", ".geojson"), Reader("JSON", read_json, True)),
        **{suffix: Reader(program, read_statistics, True) for suffix, (_, program) in STATISTICS.items()},
        ".gz": Reader("gzip", read_gzip, True),
        ".zip": Reader("ZIP", read_zip, True),
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
    return Table(frame, originals, parsed.how)


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True

"""Reads tables from files: delimited text, workbooks, Parquet, Feather and JSON, as they are or packed.

The DataFrame has every row of the file, in the same order. `frame.attrs["notes"]` says what was mended (names, unusual
spellings of missing values, ...). If the file cannot be read, a TableError says what is wrong, where, and what to do.
No reader uses pickle.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.errors import TableError
from dami.registry import Registry
from dami.tables import size_limits
from dami.tables.around import TextGrid, look_around
from dami.tables.arrow_files import read_feather, read_parquet
from dami.tables.column_names import mended_names
from dami.tables.delimited import NO_DELIMITER, QUOTE, blank_title, read_delimited, read_large
from dami.tables.json_rows import read_json
from dami.tables.packed import UNPACKERS, ZIP, packed_as, unpack, unpack_zip
from dami.tables.parsed import Parsed
from dami.tables.read_options import AS_FOUND, HowRead, ReadOptions
from dami.tables.statistics_files import READ as STATISTICS
from dami.tables.statistics_files import read_statistics
from dami.tables.table import Table
from dami.tables.text_encodings import decode
from dami.tables.text_values import parse_columns
from dami.tables.workbooks import read_sheet
from dami.tables.written import original_of, texts_in
from dami.wording import count, quoted

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
PACKED = (*UNPACKERS, ".zip")
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
    options : a person's choices in place of what is found, see `ReadOptions`; the table keeps them, and its `how` says
        what was found.

    Raises
    ------
    TableError : as `read_table`, or a choice does not fit the file.
    """
    data, filename = _load(source, filename)
    size_limits.check_bytes(f"{filename} has", len(data))
    table = _assemble(filename, _parse(data, filename, options or AS_FOUND))
    if options is not None and options.chosen:
        table.frame.attrs["options"] = options.chosen
    return table.with_kinds(kinds) if kinds else table


def _parse(data: bytes, filename: str, options: ReadOptions) -> Parsed:
    """Return what the reader makes of a file that its name or content asks for."""
    if not data or data.isspace():
        raise TableError(f"{filename} is empty. Choose a file with a line of column names and a row a line below it.")
    reader = READERS[_suffix(data, filename)]
    return reader.read(data, filename, options) if reader.takes_options else Parsed(*reader.read(data, filename))


def _load(source: str | os.PathLike[str] | bytes | BinaryIO, filename: str | None) -> tuple[bytes, str]:
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), filename or "The table"
    if not isinstance(source, str | os.PathLike):
        return source.read(), filename or getattr(source, "name", None) or "The table"
    path = Path(source)
    try:
        size_limits.check_bytes(f"{path.name} has", path.stat().st_size)
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
    if packed := packed_as(data, filename):
        return packed
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
    title, encoding, quote = None, "utf-8", QUOTE
    notes: list[str] = []
    more: list[str] = []
    large = read_large(data, filename, options)
    if large is not None:
        names, columns, delimiter = large
    else:
        text, encoding, notes = decode(data, filename, options.encoding)
        if options.skips("title") and not text.lstrip().startswith(("#", "sep=")) and options.delimiter != "":
            text, title = blank_title(text, options.delimiter, options.quote)
        names, columns, delimiter, quote, more = read_delimited(text, filename, options.delimiter, options.quote)
    found = look_around(TextGrid(names, columns), options, title.first + title.n - 1 if title else 0)
    columns = [column.slice(found.start - 1, found.stop - found.start) for column in columns]
    keys = [str(position) for position in range(len(found.names))]
    labels = dict(zip(keys, mended_names(found.names)[0], strict=True))
    parsed = parse_columns(((labels[key], column) for key, column in zip(keys, columns, strict=True)), delimiter)
    skipped = (*([title] if title else []), *found.skipped)
    notes = [*notes, *more, *(rows.note for rows in skipped), *parsed.notes]
    written = [None if name in parsed.told else column for name, column in zip(parsed.values, columns, strict=True)]
    delimiter = "" if delimiter == NO_DELIMITER else delimiter
    how = HowRead(encoding=encoding, delimiter=delimiter, quote=quote, skipped=skipped)
    return Parsed(found.names, list(parsed.values.values()), notes, written, how)


def read_workbook(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read a sheet of an Excel or OpenDocument workbook; an .xls may be text, which many programs call so."""
    if filename.lower().endswith(".xls") and not data.startswith(WORKBOOKS):
        parsed = read_text(data, filename, options)
        note = f"{filename} is text by its content, not a workbook, and was read as such."
        return parsed._replace(notes=[note, *parsed.notes])
    return read_sheet(data, filename, options)


def read_packed(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read a table that is packed alone: by gzip, bzip2 or xz."""
    return _parse_unpacked(*unpack(data, filename), options)


def read_zip(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read the only table of a ZIP archive."""
    whole, name, notes = unpack_zip(data, filename, [suffix for suffix in READERS if suffix not in PACKED])
    parsed = _parse_unpacked(whole, name, options)
    return parsed._replace(notes=[*notes, *parsed.notes])


def _parse_unpacked(data: bytes, filename: str, options: ReadOptions) -> Parsed:
    if data and _suffix(data, filename) in PACKED:  # an archive may even hold itself
        raise TableError(f"{filename} is packed more than once. Unpack it and choose the table inside.")
    return _parse(data, filename, options)


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
        **{suffix: Reader(one.title, read_packed, True) for suffix, one in UNPACKERS.items()},
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


def _assemble(filename: str, parsed: Parsed) -> Table:
    """Return the columns as one table. Raise TableError if they are not a table."""
    names, columns, notes = parsed.names, parsed.columns, parsed.notes
    if not names:
        raise TableError(f"{filename} has no columns. Choose a file with a line of column names and rows below it.")
    n_rows = len(columns[0])
    if n_rows == 0:
        raise TableError(f"{filename} has column names but no rows. Add a row a line below the names.")
    mended, renamed = mended_names(names)
    about_names: list[str] = []
    if len(names) > 1 and all(_is_number(name) for name in names):
        about_names.append(
            f"The first line holds only numbers ({len(names):,}, {quoted(names, 3)}) and was read as column names: add "
            "a line of names if it is data."
        )
    dropped = {
        label
        for label, name, column, written in zip_longest(mended, names, columns, parsed.written)
        if not name.strip() and column.isna().all() and (written is None or _is_blank(written))
    }
    if dropped and len(dropped) < len(names):  # a delimiter at the end of every line
        renamed = [note for note in renamed if note.column not in dropped]
        about_names.append(f"{count(len(dropped), 'column')} without name and values skipped.")
    else:
        dropped = set()
    frame = pd.DataFrame({name: column for name, column in zip(mended, columns, strict=True) if name not in dropped})
    frame.attrs = {"notes": [*renamed, *about_names, *notes]}
    if written := {label: name for label, name in zip(mended, names, strict=True) if label in frame and label != name}:
        frame.attrs["names"] = written
    typed = parsed.how.delimiter is None
    if not typed:
        frame.attrs["file"] = {"delimiter": parsed.how.delimiter}
    if mixed := {mended[k]: True for k in parsed.mixed if mended[k] in frame}:
        frame.attrs["mixed"] = mixed
    originals = {
        name: original
        for name, written in zip(mended, parsed.written, strict=False)
        if name in frame and written is not None
        if (original := original_of(frame[name], written, typed)) is not None
    }
    return Table(frame, originals, parsed.how).disarmed()


def _is_blank(written: pa.ChunkedArray) -> bool:
    """Return whether nothing stands in the cells of a column: "NA" and "-" are something, though they mean missing."""
    return bool(pc.all(pc.equal(pc.utf8_trim_whitespace(texts_in(written)), ""), min_count=0).as_py())


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True

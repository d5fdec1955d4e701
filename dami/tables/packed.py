"""Unpacks a file that holds one table: gzip, bzip2, xz, or a ZIP archive. No more is unpacked than may be read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import IO, NamedTuple

from dami.errors import TableError
from dami.tables import size_limits
from dami.wording import quoted


class Unpacker(NamedTuple):
    """A way to pack one file: its name, what the first bytes of such a file match, and what opens it to be read."""

    title: str
    start: re.Pattern[bytes]
    open: Callable[[IO[bytes]], io.BufferedIOBase]


UNPACKERS = {  # the end of a file's name -> how it is unpacked
    ".gz": Unpacker("gzip", re.compile(rb"\x1f\x8b"), lambda file: gzip.GzipFile(fileobj=file)),
    ".bz2": Unpacker("bzip2", re.compile(rb"BZh[1-9]1AY&SY"), bz2.BZ2File),
    ".xz": Unpacker("xz", re.compile(rb"\xfd7zXZ\0"), lzma.LZMAFile),
    ".lzma": Unpacker("lzma", re.compile(rb"(?!)"), lzma.LZMAFile),  # its first bytes may be those of a text
}
ZIP = b"PK\x03\x04"
STEPWISE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of the others, zipfile unpacks any size at once
OF_WORKBOOKS = ("[Content_Types].xml", "content.xml")  # Excel and OpenDocument are ZIP archives with these inside


def packed_as(data: bytes, filename: str) -> str | None:
    """Return how the name of a file that is packed by its content should end, such as ".gz"; None for other files."""
    found = (suffix for suffix, one in UNPACKERS.items() if one.start.match(data))
    return next(found, ".zip" if is_archive(data, filename) else None)


def is_archive(data: bytes, filename: str) -> bool:
    """Return whether a file is a ZIP archive and no workbook; a broken one is what its name says."""
    if not data.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return not any(name in OF_WORKBOOKS for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return filename.lower().endswith(".zip")


def unpack(data: bytes, filename: str) -> tuple[bytes, str]:
    """Return the bytes that are packed alone, and their file name.

    Raises
    ------
    TableError : the file is broken, or unpacks to too much
    """
    end = PurePosixPath(filename).suffix
    one = UNPACKERS[end.lower() if end.lower() in UNPACKERS else packed_as(data, filename) or ".gz"]
    try:
        with one.open(io.BytesIO(data)) as packed:
            whole = packed.read(size_limits.MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise TableError(
            f"{filename} cannot be unpacked: it is no whole {one.title} file, but broken or something else. Pack it "
            "again."
        ) from error
    size_limits.check_unpacked(filename, len(whole))
    return whole, filename[: -len(end)] if end.lower() in UNPACKERS else filename


def unpack_zip(data: bytes, filename: str, suffixes: Collection[str]) -> tuple[bytes, str, list[str]]:
    """Return the only table of an archive: its bytes, its file name, and notes.

    Parameters
    ----------
    suffixes : how the names of tables end

    Raises
    ------
    TableError : the archive is broken, holds no or several tables, or its table unpacks to too much
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_hidden(entry.filename)]
            tables = [entry for entry in entries if PurePosixPath(entry.filename).suffix.lower() in suffixes]
            if len(tables) > 1:  # a text beside a table is most often about it
                tables = [entry for entry in tables if not entry.filename.lower().endswith(".txt")] or tables
            if len(tables) != 1:
                raise _not_one(filename, [entry.filename for entry in tables or entries], bool(tables))
            [entry] = tables
            size_limits.check_unpacked(filename, entry.file_size)  # no more than the stated size is unpacked
            if entry.compress_type not in STEPWISE:
                raise NotImplementedError
            whole = archive.read(entry)
    except TableError:
        raise
    except (RuntimeError, NotImplementedError) as error:
        raise TableError(f"{filename} is protected by a password, or packed in a rare way. Pack it anew.") from error
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, zlib.error) as error:
        raise TableError(f"{filename} cannot be opened as a ZIP archive: it is broken. Pack it again.") from error
    others = [other.filename for other in entries if other is not entry]
    notes = [f"Read “{entry.filename}”; the archive also holds {quoted(others, 5)}."] if others else []
    return whole, PurePosixPath(entry.filename).name, notes


def _is_hidden(name: str) -> bool:
    """Return whether an entry is one that systems add for themselves, such as those of macOS."""
    return any(part == "__MACOSX" or part.startswith(".") for part in PurePosixPath(name).parts)


def _not_one(filename: str, names: list[str], are_tables: bool) -> TableError:
    if are_tables:
        return TableError(f"{filename} holds {len(names)} tables: {quoted(names, 10)}. Unpack it and choose one.")
    inside = f"only {quoted(names, 10)}" if names else "no files"
    return TableError(f"{filename} holds no table, {inside}. Choose an archive with a table such as CSV in it.")

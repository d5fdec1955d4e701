"""Unpacks a file that holds one table: gzip, or a ZIP archive."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Collection
from pathlib import PurePosixPath

from dami.errors import TableError
from dami.wording import quoted

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
OF_WORKBOOKS = ("[Content_Types].xml", "content.xml")  # Excel and OpenDocument are ZIP archives with these inside


def is_archive(data: bytes, filename: str) -> bool:
    """Return whether a file is a ZIP archive and no workbook; a broken one is what its name says."""
    if not data.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return not any(name in OF_WORKBOOKS for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return filename.lower().endswith(".zip")


def unpack_gzip(data: bytes, filename: str, most: int, refuse: Callable[[int], None]) -> tuple[bytes, str]:
    """Return the bytes that are packed, and their file name.

    Parameters
    ----------
    most : bytes that are unpacked at most, so that a small file cannot fill the memory
    refuse : callable(n) that raises TableError if n bytes are too many
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            whole = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(
            f"{filename} cannot be unpacked: it is no whole gzip file, but broken or something else. Pack it again."
        ) from error
    refuse(len(whole))
    return whole, filename[: -len(".gz")] if filename.lower().endswith(".gz") else filename


def unpack_zip(
    data: bytes, filename: str, suffixes: Collection[str], refuse: Callable[[int], None]
) -> tuple[bytes, str, list[str]]:
    """Return the only table of an archive: its bytes, its file name, and notes.

    Parameters
    ----------
    suffixes : how the names of tables end
    refuse : callable(n) that raises TableError if n bytes are too many
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
            refuse(entry.file_size)  # no more than the stated size is unpacked
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

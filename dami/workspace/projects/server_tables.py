"""Opens tables that are on the server: its owner names their folder (or one file) in ``DAMI_TABLES``.

Visitors choose from a list and never write a path, so they reach nothing outside the folder.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from dami.errors import TableError
from dami.tables import size_limits
from dami.tables.reading import READERS
from dami.workspace.projects import stored_tables
from dami.workspace.projects.stored_tables import OpenedFile

VARIABLE = "DAMI_TABLES"
MOST = 1_000  # files listed


@dataclass(frozen=True)
class ServerTable:
    """A file on offer: its name below the folder, and its size in bytes."""

    name: str
    size: int


def is_enabled() -> bool:
    """Return whether the owner offers tables."""
    return bool(os.environ.get(VARIABLE))


def listing() -> list[ServerTable]:
    """Return the tables on offer, sorted by name; files that are too large to be read are left out.

    Raises
    ------
    TableError
        If the folder does not exist or cannot be read.
    """
    return [ServerTable(name, path.stat().st_size) for name, path in _files().items()]


def open_table(name: str) -> OpenedFile:
    """Read and store one of the tables on offer.

    Raises
    ------
    TableError
        If the file is not on offer (any more), or is no table.
    """
    path = _files().get(name)
    if path is None:
        raise TableError(f"{name} is not among the tables that this server offers. Choose another one.")
    return stored_tables.open_file(path, path.name)


def _files() -> dict[str, Path]:
    root = Path(os.environ.get(VARIABLE, "")).expanduser()
    try:
        root = root.resolve(strict=True)
        if root.is_file():
            return {root.name: root}
        found: dict[str, Path] = {}
        for path in sorted(root.rglob("*")):
            if path.suffix.lower() in READERS and _lies_in(path, root) and path.stat().st_size <= size_limits.MAX_BYTES:
                found[path.relative_to(root).as_posix()] = path
                if len(found) == MOST:
                    break
        return found
    except OSError as error:
        raise TableError(
            f"The folder of tables on this server cannot be read ({error.strerror}). Ask its owner to mend {VARIABLE}."
        ) from error


def _lies_in(path: Path, root: Path) -> bool:
    """Return whether a path is a file below the folder, also after its links are followed, and is not hidden."""
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return not hidden and path.is_file() and path.resolve().is_relative_to(root)

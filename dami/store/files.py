"""Reads and writes the files beside the database. A file is written whole or not at all; no user chooses its path.

    home/tables/<sha256>.parquet
    home/projects/<project>/models/<number>/...
    home/projects/<project>/comparisons/<key>/...

A file gets its name only once its bytes are on the disk (temporary file, fsync, rename, fsync of the folder). So no
reader sees half a file, and a crash leaves the old file.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dami.errors import DamiError, ProjectError
from dami.store.database import home

if TYPE_CHECKING:
    import numpy as np

TABLE_ID = re.compile(r"[0-9a-f]{64}")
COMPARISON_KEY = re.compile(r"[0-9a-f]{16}-[0-9a-f]{16}")
PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def table_path(table_id: str) -> Path:
    """Return the path of a table's Parquet file.

    Raises
    ------
    ProjectError
        If `table_id` is not a SHA-256 in hexadecimal digits. So no id leads out of the folder.
    """
    if not TABLE_ID.fullmatch(table_id):
        raise ProjectError("This is not the id of a table.")
    return home() / "tables" / f"{table_id}.parquet"


def project_dir(project_id: str) -> Path:
    """Return the folder of a project's files; it need not exist yet.

    Raises
    ------
    ProjectError
        If `project_id` does not have the form of a project's id.
    """
    if not PROJECT_ID.fullmatch(project_id):
        raise ProjectError("This is not the id of a project.")
    return home() / "projects" / project_id


def model_dir(project_id: str, number: int) -> Path:
    """Return the folder of one model's files; it need not exist yet.

    Raises
    ------
    ProjectError
        If `project_id` does not have the form of a project's id, or `number` is no whole number from 0.
    """
    folder = project_dir(project_id)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ProjectError("This is not the number of a model.")
    return folder / "models" / str(number)


def comparison_dir(project_id: str, key: str) -> Path:
    """Return the folder of one comparison's files; it need not exist yet.

    Raises
    ------
    ProjectError
        If `project_id` does not have the form of a project's id, or `key` the form of a comparison's key.
    """
    folder = project_dir(project_id)
    if not COMPARISON_KEY.fullmatch(key):
        raise ProjectError("This is not the key of a comparison.")
    return folder / "comparisons" / key


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file to write. It gets the name `path` when the block ends, and is deleted if the block raises.

    Raises
    ------
    DamiError
        If the file cannot be written: no space, no permission.
    """
    path = Path(path)
    unfinished: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        unfinished = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        unfinished = None
        _sync_folder(path.parent)
    except OSError as error:
        raise DamiError(f"{path.name} could not be stored in {path.parent}: {error.strerror or error}.") from error
    finally:
        if unfinished is not None:
            with suppress(OSError):
                unfinished.unlink()


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` as the whole content of `path`, or leave the old file; make missing folders."""
    with atomic_file(path) as file:
        file.write(data)


def write_array(path: Path, array: "np.ndarray") -> None:
    """Write an array as .npy, whole or not at all, without pickle: an array of objects raises a `ValueError`."""
    import numpy as np

    with atomic_file(path) as file:
        np.save(file, array, allow_pickle=False)


def read_array(path: Path, mmap: bool = True) -> "np.ndarray":
    """Read an array that `write_array` wrote. With `mmap` it is read-only and stays on the disk until it is indexed.

    Raises
    ------
    ProjectError
        If the file is missing or damaged.
    """
    import numpy as np

    path = Path(path)
    try:
        if mmap:
            with suppress(ValueError):  # an empty array cannot be mapped; a damaged file fails again below
                return np.load(path, mmap_mode="r", allow_pickle=False)
        return np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise ProjectError(f"{path.name} is missing from the project's files; train again to make it anew.") from error
    except (OSError, ValueError, EOFError) as error:
        raise ProjectError(f"{path.name} cannot be read; train again to make it anew.") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Opens a table from a file, from pasted text or from a demo: it is stored once, and its id names it from then on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

import pandas as pd

from dami.errors import ProjectError, TableError
from dami.store import tables as stored
from dami.tables.columns import Column, Target, class_names, describe_columns, describe_target, label_names
from dami.tables.demos import DEMOS, load_demo
from dami.tables.newer_files import read_alike
from dami.tables.read_options import AS_FOUND, HowRead, ReadOptions
from dami.tables.reading import open_table
from dami.tables.table import Table

MIN_ROWS = 2
ADDED = (  # columns of DAMI's exports beside the label
    *("label_source", "predicted_by", "confidence", "labeled_by", "labeled_at", "round", "strategy", "distance"),
    *("answer", "note", "known_label"),
)
OURS = ({"label", "label_source", "labeled_at"}, {"row", "prediction", "confidence"})  # columns that only DAMI adds


@dataclass(frozen=True)
class OpenedFile:
    """A file whose table is stored, and what is needed to read it otherwise.

    Attributes
    ----------
    table : id of the table
    how : how the file was read
    options : what a person chose
    data, filename : the file
    """

    table: str
    how: HowRead
    options: ReadOptions
    data: bytes
    filename: str

    def otherwise(self, options: ReadOptions) -> "OpenedFile":
        """Read the file with other choices, and store its table.

        Raises
        ------
        TableError
            If a choice does not fit the file.
        """
        return open_file(self.data, self.filename, options)


def open_file(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> OpenedFile:
    """Read and store a table, and remember how it was read."""
    read = opened(data, filename, options)
    if {*read.frame.columns} >= OURS[0]:  # what DAMI added to the table is no feature of its rows
        read = read.with_kinds(dict.fromkeys([name for name in ADDED if name in read.frame], "out"))
    return OpenedFile(_store(read, PurePath(filename).name), read.how, options, data, filename)


def open_bytes(data: bytes, filename: str) -> str:
    """Read and store a table.

    Returns
    -------
    str
        The table's id.

    Raises
    ------
    TableError
        If the file cannot be read; one sentence says what is wrong, where, and what to do.
    """
    return open_file(data, filename).table


def open_beside(data: bytes, filename: str, beside: str | None = None) -> str:
    """Read and store a file that goes with a project's table, as `open_bytes` does; it may have a single row.

    Parameters
    ----------
    beside : id of the table whose columns the columns of the same names shall be read alike
    """
    read = opened(data, filename)
    return store(read if beside is None else read_alike(read, written(beside)))


def with_known_kinds(table_id: str, kinds: Mapping[str, str]) -> str:
    """Store a copy of a table whose columns have the kinds of the columns of the same names; return its id."""
    return with_kinds(table_id, _known_kinds(written(table_id), kinds)) if kinds else table_id


def _known_kinds(read: Table, kinds: Mapping[str, str]) -> dict[str, str]:
    return {name: kind for name, kind in kinds.items() if name in read.frame}


def open_path(path: Path) -> str:
    """Read and store a table that is on this machine, as `open_bytes` does."""
    return _store(opened(path, path.name), path.name)


def open_text(text: str) -> OpenedFile:
    """Read and store a table that was pasted as text."""
    if not text.strip():
        raise TableError("Nothing was pasted yet: copy some rows with their header, from a spreadsheet for example.")
    return open_file(text.encode(), "pasted text.csv")


def opened(source: bytes | Path, filename: str, options: ReadOptions = AS_FOUND) -> Table:
    """Read a table; in CSV that DAMI exported, without the apostrophes against formulas."""
    read = open_table(source, filename, options=options)
    is_ours = any(names <= {*read.frame.columns} for names in OURS) and PurePath(filename).suffix.lower() == ".csv"
    return read.disarmed() if is_ours else read


def _store(read: Table, filename: str) -> str:
    if len(read) < MIN_ROWS:
        raise TableError(f"{filename} has {len(read)} row; active learning needs {MIN_ROWS} or more to choose from.")
    return store(read)


def store(table: Table) -> str:
    """Store a table; return its id."""
    return stored.store_table(table.frame, table.originals).id


def open_demo(name: str) -> str:
    if name not in DEMOS:
        raise TableError(f"There is no demo called {name}; there are {', '.join(DEMOS)}.")
    return stored.store_table(load_demo(name)).id


@lru_cache(maxsize=8)
def table(table_id: str) -> pd.DataFrame:
    """Return the values of a stored table, which all sessions share: never change them in place."""
    return stored.load_table(table_id)


@lru_cache(maxsize=8)
def written(table_id: str) -> Table:
    """Return the stored table with its cells as they were written, which all sessions share."""
    return Table(table(table_id), stored.load_originals(table_id))


def require_rows(rows: Iterable[int], n: int) -> None:
    """Raise a ProjectError that names the first of the rows that a table of n rows does not have."""
    for row in rows:
        if not 0 <= row < n:
            raise ProjectError(f"There is no row {row}: the table has rows 0 to {n - 1:,}.")


@lru_cache(maxsize=32)
def columns(table_id: str, target: str | None = None) -> tuple[Column, ...]:
    return tuple(describe_columns(written(table_id), target))


@lru_cache(maxsize=32)
def target(table_id: str, column: str) -> Target:
    """Return the description of a column as target; all sessions share it."""
    return describe_target(written(table_id), column)


def with_kinds(table_id: str, kinds: Mapping[str, str | None]) -> str:
    """Store a copy of a table with columns read as other kinds (`kinds.CHOICES`, None: as the rules say); its id."""
    return store(written(table_id).with_kinds(kinds))


def with_meaning(table_id: str, name: str, values: pd.Series) -> str:
    """Store a copy of a table whose column means something else; its cells stay as they were written. Return its id."""
    return store(written(table_id).with_meaning(name, values))


def with_unread_labels(table_id: str, column: str) -> str:
    """Store a copy of a table in which a text such as "n/a" in a column of labels is a class; return its id."""
    texts = class_names(written(table_id).texts(column))
    return with_meaning(table_id, column, texts)


def with_one_spelling(table_id: str, column: str) -> str:
    """Store a copy of a table in which labels that are spelled alike are the most frequent of them; return its id."""
    names = label_names(written(table_id), column)
    one = {name: group[0] for group in target(table_id, column).alike for name in group}
    return with_meaning(table_id, column, names.map(lambda name: one.get(name, name), na_action="ignore").astype("str"))

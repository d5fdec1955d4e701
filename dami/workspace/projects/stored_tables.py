"""Opens a table from a file, from pasted text or from a demo: it is stored once, and its id names it from then on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path, PurePath

import pandas as pd

from dami.errors import ProjectError, TableError
from dami.store import tables as stored
from dami.store.events import BY_MODEL, SOURCES
from dami.tables.column_values import as_texts
from dami.tables.columns import Answers, Column, Target, describe_columns, describe_target
from dami.tables.demos import DEMOS, load_demo
from dami.tables.doubts import Doubt
from dami.tables.doubts import doubts as find_doubts
from dami.tables.newer_files import read_alike, with_names_of
from dami.tables.read_options import AS_FOUND, HowRead, ReadOptions
from dami.tables.reading import open_table
from dami.tables.table import Table

MIN_ROWS = 2
ADDED = (  # columns of DAMI's exports beside the label
    *("label_source", "predicted_by", "confidence", "labeled_by", "labeled_at", "round", "strategy", "distance"),
    *("answer", "note", "known_label"),
)
OURS = {"label", "label_source", "labeled_at"}  # columns that DAMI adds to each table that it exports


@dataclass(frozen=True)
class OpenedFile:
    """A file whose table is stored, and how it is read otherwise.

    Attributes
    ----------
    table : id of the table
    how : how the file was read
    options : what a person chose
    otherwise : reads the file with other `options`, or other `kinds` of a newer file, and stores its table; raises
        TableError if a choice does not fit
    kinds : column -> what a person has said that it is in a newer file
    """

    table: str
    how: HowRead
    options: ReadOptions
    otherwise: Callable[..., "OpenedFile"] = field(repr=False, compare=False)
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """Sentences that say what was mended; the rows around the table, which `how` shows, are not among them."""
        return self.notes_of(self.table)

    def notes_of(self, table_id: str) -> list[str]:
        """Return the `notes` of this table after a person has chosen kinds of its columns."""
        around = {rows.note for rows in self.how.skipped}
        return [note for note in written(table_id).notes if note not in around]


def open_file(source: bytes | Path, filename: str, options: ReadOptions = AS_FOUND) -> OpenedFile:
    """Read and store a table, and remember how it was read.

    Raises
    ------
    TableError
        If the file cannot be read; one sentence says what is wrong, where, and what to do.
    """
    read = open_table(source, filename, options=options)
    if is_export(read.frame):  # what DAMI added to the table is no feature of its rows
        read = read.with_kinds(dict.fromkeys([name for name in ADDED if name in read.frame], "out"))
    table_id = _store(read, PurePath(filename).name)
    return OpenedFile(table_id, read.how, options, partial(open_file, source, filename))


def is_export(frame: pd.DataFrame) -> bool:
    """Return whether DAMI has exported a table: it has the columns that DAMI adds, and sources that DAMI names."""
    if not {*frame.columns} >= OURS:
        return False
    return bool(as_texts(frame["label_source"].dropna()).str.strip().isin([*SOURCES, BY_MODEL]).all())


def open_file_beside(
    data: bytes,
    filename: str,
    beside: str | None = None,
    options: ReadOptions | None = None,
    kinds: Mapping[str, str] | None = None,
) -> OpenedFile:
    """Read and store a file that goes with a project's table; it may have a single row.

    Parameters
    ----------
    beside : id of the table whose columns the columns of the same names shall be read alike, and whose file was read
        with choices that hold here, too, where they fit
    options : what a person chose for this file in their place
    kinds : column, as that table names it -> what a person says that it is in this file: see `doubts`

    Raises
    ------
    TableError
        As `open_table`; or an option does not fit the file.
    """
    before = None if beside is None else written(beside)
    kept = before.options if before is not None and options is None else options or AS_FOUND
    try:
        read = open_table(data, filename, options=kept)
    except TableError as error:
        if options is not None or not kept.chosen:
            raise
        kept = AS_FOUND
        read = open_table(data, filename, options=kept)
        unlike = f"{filename} was not read with the choices made for the table before: {error}"
        read.frame.attrs["notes"] = [unlike, *read.notes]
    if before is not None:
        read = with_names_of(before.frame.columns, read)
        read = read_alike(read.with_kinds(_known_kinds(read, kinds or {})), before)
    otherwise = partial(open_file_beside, data, filename, beside, options=options, kinds=kinds)
    return OpenedFile(store(read), read.how, kept, otherwise, kinds or {})


@lru_cache(maxsize=8)
def doubts(table_id: str, beside: str) -> tuple[Doubt, ...]:
    """Return what a file leaves open that was opened beside a project's table."""
    return tuple(find_doubts(written(table_id), written(beside)))


def with_known_kinds(table_id: str, kinds: Mapping[str, str]) -> str:
    """Store a copy of a table whose columns have the kinds of the columns of the same names; return its id."""
    return with_kinds(table_id, _known_kinds(written(table_id), kinds)) if kinds else table_id


def _known_kinds(read: Table, kinds: Mapping[str, str]) -> dict[str, str]:
    return {name: kind for name, kind in kinds.items() if name in read.frame}


def open_text(text: str) -> OpenedFile:
    """Read and store a table that was pasted as text."""
    if not text.strip():
        raise TableError("Nothing was pasted yet: copy some rows with their header, from a spreadsheet for example.")
    return open_file(text.encode(), "pasted text.csv")


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
def target(table_id: str, column: str, answers: tuple[tuple[str, str | None], ...] = ()) -> Target:
    """Return the description of a column as target; all sessions share it.

    Parameters
    ----------
    answers : pairs of a text and its class, as `with_answers` would keep them
    """
    return describe_target(written(table_id), column, dict(answers))


def with_kinds(table_id: str, kinds: Mapping[str, str | None]) -> str:
    """Store a copy of a table with columns read as other kinds (`kinds.CHOICES`, None: as the rules say); its id."""
    return store(written(table_id).with_kinds(kinds))


def with_meaning(table_id: str, name: str, values: pd.Series) -> str:
    """Store a copy of a table whose column means something else; its cells stay as they were written. Return its id."""
    return store(written(table_id).with_meaning(name, values))


def with_answers(table_id: str, column: str, answers: Answers) -> str:
    """Store a copy of a table that keeps the class of each of some texts in a column of labels; return its id."""
    return store(written(table_id).with_answers(column, answers)) if answers else table_id

"""Finds the row of a project's table for each row of a file: by a key column, by a row number, or by the order."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from dami.store.records import Project
from dami.tables.appended_rows import key_candidates
from dami.tables.column_names import respelled
from dami.tables.column_values import as_numbers
from dami.tables.columns import may_name_rows
from dami.tables.identifier_names import names_rows
from dami.tables.matched_keys import key_texts, match_keys
from dami.tables.table import Table
from dami.workspace.annotating import row_cards
from dami.workspace.projects.stored_tables import columns, table, written

ROW = "row"  # the column of row numbers in DAMI's files
ORDER = ""  # the key where rows are matched by their order
IN_LINE = 6  # values
LONGEST = 200  # characters of a row in one line


@dataclass(frozen=True)
class Key:
    """How rows of the file match rows of the table: by a column of both, by a column of row numbers, by their order.

    Attributes
    ----------
    column : name of the column; empty for the order
    kind : "column", "row number" or "order"
    first : the number of the first row, 0 or 1, where the column holds row numbers
    """

    column: str
    kind: str
    first: int = 0

    @property
    def words(self) -> str:
        if self.kind == "order":
            return "The order of the rows, which are as many"
        if self.kind == "row number":
            return f"{self.column} (row number, counted from {self.first})"
        return self.column


@dataclass(frozen=True)
class Pair:
    """A row of the file beside the row of the table that it is taken for: what stands in them, each in one line."""

    theirs: str
    row: int
    ours: str


@dataclass(frozen=True)
class Matched:
    """The rows of a file and what they are taken for.

    Attributes
    ----------
    rows : (n,) the table's row for each row of the file, -1 where there is none
    keys : (n,) the keys as texts
    respelled : pairs of a key of the file and the key of the table that has its value, but is written otherwise
    """

    rows: np.ndarray
    keys: np.ndarray
    respelled: list[tuple[str, str]] = field(default_factory=list)

    @property
    def not_found(self) -> np.ndarray:
        """The rows of the file that the table does not have."""
        return np.flatnonzero(self.rows < 0)


def keys(project: Project, table_id: str) -> list[Key]:
    """Return the ways to match the file's rows, the likeliest first; the labels are never a key."""
    return [key for key in _keys(project.table_id, table_id) if key.column != project.target or key.kind == "order"]


@lru_cache(maxsize=8)
def _keys(ours: str, theirs: str) -> tuple[Key, ...]:
    old, new = table(ours), _beside(ours, theirs).frame
    numbered = [
        Key(str(name), "row number", first)
        for name in new.columns
        if name not in old
        for first in _counted_from(new[name], str(name), len(old))
    ]
    ours_first = [key for key in numbered if key.column == ROW]
    shared = [Key(name, "column") for name in _shared(ours, theirs)]
    order = [Key(ORDER, "order")] if len(old) == len(new) else []
    return (*ours_first, *shared, *[key for key in numbered if key not in ours_first], *order)


def _shared(ours: str, theirs: str) -> list[str]:
    """Return the columns of both tables that tell our rows apart, the likeliest first.

    First those that tell the rows of the file apart too. Then those that name our rows, and some of ours more than
    once in the file: two people may have labelled a row.
    """
    old, file = written(ours), _beside(ours, theirs)
    once = key_candidates(old, file)
    names = [one.name for one in columns(ours) if may_name_rows(one, len(old)) and one.name in file.frame]
    again = [name for name in names if name not in once and key_texts(old, name).notna().all()]
    return once + [name for name in again if (matched(ours, theirs, Key(name, "column")).rows >= 0).any()]


@lru_cache(maxsize=4)
def matched(ours: str, theirs: str, key: Key) -> Matched:
    """Return which row of the table each row of the file is."""
    old, file = written(ours), _beside(ours, theirs)
    if key.kind == "order":
        rows = np.arange(len(file))
        return Matched(rows, rows.astype(str))
    if key.kind == "row number":
        numbers = as_numbers(file.frame[key.column]).to_numpy() - key.first
        rows = np.where((numbers >= 0) & (numbers < len(old)), np.nan_to_num(numbers, nan=-1), -1).astype(int)
        return Matched(rows, key_texts(file, key.column).fillna("").to_numpy())
    found = match_keys(old, file, key.column)
    return Matched(found.rows, found.new.fillna("").to_numpy(), found.respelled)


def pairs(project: Project, table_id: str, key: Key, n: int = 3) -> list[Pair]:
    """Return some rows of the file beside ours, from its beginning to its end, for a person to compare."""
    found = matched(project.table_id, table_id, key)
    places = np.flatnonzero(found.rows >= 0)
    if not len(places):
        return []
    shown = places[np.unique(np.linspace(0, len(places) - 1, n).round().astype(int))]
    file = written(table_id)
    names = list(file.frame.columns)[:IN_LINE]
    lines = []
    for at in shown.tolist():
        theirs = " · ".join(text for text in (file.texts(name, [at]).iloc[0] for name in names) if text)
        row = int(found.rows[at])
        lines.append(Pair(theirs[:LONGEST], row, row_cards.line(project, row)[:LONGEST]))
    return lines


@lru_cache(maxsize=4)
def _beside(ours: str, theirs: str) -> Table:
    """Return the file with our spelling of the columns whose names differ in capitals alone."""
    return written(theirs).renamed(respelled(table(ours), table(theirs)))


def _counted_from(series: pd.Series, name: str, n_rows: int) -> tuple[int, ...]:
    """Return from where a column counts the rows of the table, 0 or 1 or perhaps either; nothing if it does not.

    A column counts rows if its name says so (row, nr, id, ...), or if its values do: they are 0, 1, 2, ... or 1, 2, 3,
    ... in the order of the file. A measurement that happens to be whole and different in each row does not.
    """
    if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series) or series.isna().any():
        return ()
    numbers = as_numbers(series).to_numpy()
    whole = len(numbers) and np.isfinite(numbers).all() and (numbers == np.trunc(numbers)).all()
    if not whole or numbers.min() < 0:
        return ()
    if name == ROW and numbers.min() > 0:  # DAMI counts from 0; a file that others made may count from 1
        return (1,) if numbers.min() == 1 and numbers.max() == n_rows else (0, 1)
    in_order = len(numbers) > 1 and bool((np.diff(numbers) == 1).all()) and numbers[0] in (0, 1)
    if name != ROW and (not (names_rows(name) or in_order) or (numbers <= n_rows).mean() <= 0.9):
        return ()
    if numbers.min() == 0:
        return (0,)
    return (1,) if in_order or numbers.max() == n_rows else (1, 0)

"""Finds the rows of a table that the rows of another one name by a key: as it is written, else by its value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dami.tables.class_names import class_names
from dami.tables.column_values import as_texts
from dami.tables.common_type import joined
from dami.tables.table import Table


@dataclass(frozen=True)
class MatchedKeys:
    """The rows of a newer table and what they are taken for.

    Attributes
    ----------
    rows : (n,) the row of the old table for each row of the newer one, -1 where there is none
    old, new : the keys of both as they were written, NA where a cell is empty
    by_value : (k,) rows of the newer table whose key the old table has with this value, but written otherwise
    """

    rows: np.ndarray
    old: pd.Series
    new: pd.Series
    by_value: np.ndarray

    @property
    def respelled(self) -> list[tuple[str, str]]:
        """Pairs of a key of the newer table and the key of the old one that was found by its value."""
        return list(zip(self.new[self.by_value].tolist(), self.old[self.rows[self.by_value]].tolist(), strict=True))


def key_texts(table: Table, name: str) -> pd.Series:
    """Return a column as keys: as it was written, without outer spaces, NA where a cell is empty."""
    return class_names(table.texts(name)).reset_index(drop=True)


def match_keys(old: Table, new: Table, name: str) -> MatchedKeys:
    """Return which row of the old table each row of the newer table is.

    Keys are compared as they are written. Only where the old table has no such key, its value counts: a program may
    have made 7 of 007. A program drops the zeros that end a fraction, and adds none: 3.10 is not the 3.1 of the table.
    """
    own, texts = key_texts(old, name), key_texts(new, name)
    rows = _places(own, texts)
    found = np.array([], dtype=int)
    if (rows < 0).any():
        left, right = (as_texts(values).str.strip() for values in joined(old.frame[name], new.frame[name])[:2])
        by_value = _places(left, right)
        by_value[(rows >= 0) | np.isin(by_value, rows)] = -1  # a row that has been found is not found again
        found = np.flatnonzero(by_value >= 0)
        written, known = texts.iloc[found], own.iloc[by_value[found]].to_numpy()
        longer = (written.str.rstrip("0") == known) & written.str.contains("[.,]")
        found = found[~longer.to_numpy(dtype=bool, na_value=False)]
        rows[found] = by_value[found]
    return MatchedKeys(rows, own, texts, found)


def _places(ours: pd.Series, theirs: pd.Series) -> np.ndarray:
    """Return the place of each of their keys among ours, -1 for none."""
    if not ours.is_unique:
        return np.full(len(theirs), -1)
    return np.where(theirs.isna(), -1, pd.Index(ours).get_indexer(pd.Index(theirs)))

"""Holds a table whose cells have two faces: what their owner wrote, and what it means to a model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dami.tables.chosen_kinds import read_column
from dami.tables.columns import Column, describe_columns
from dami.tables.kinds import check_choices
from dami.tables.number_formats import Locale
from dami.tables.read_options import HowRead
from dami.tables.text_values import locale_of, parse_columns
from dami.tables.writing import disarm, is_loose, write_table
from dami.tables.written import exact_column, original_of, texts_in, texts_of


@dataclass(frozen=True)
class Table:
    """A table that was read from a file.

    Attributes
    ----------
    frame : (n, m) DataFrame of the values that the cells mean, as `read_table` returns it
    originals : the columns that were written in another way than their values tell, see `dami.tables.written`
    how : the sheet, encoding and delimiter that the file was read with, and the rows around the table that were skipped
    """

    frame: pd.DataFrame
    originals: Mapping[str, pa.ChunkedArray] = field(default_factory=dict)
    how: HowRead = field(default_factory=HowRead)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def notes(self) -> list[str]:
        """Sentences that say what was mended, each with how many cells or rows."""
        return list(self.frame.attrs.get("notes", []))

    @cached_property
    def written(self) -> pd.DataFrame:
        """Each cell as its owner wrote it, (n, m) texts; an empty cell is empty."""
        return pd.DataFrame({name: self.texts(name).to_numpy() for name in self.frame.columns}, dtype="str")

    def texts(self, name: str, rows: Sequence[int] | None = None) -> pd.Series:
        """Return the cells of a column as their owner wrote them, (n,) str; of some rows if they are named."""
        part = self if rows is None else self.rows(rows, [name])
        texts = part.texts_column(name).to_pandas()
        return pd.Series(texts.to_numpy(), index=part.frame.index, name=name, dtype="str")

    def rows(self, rows: Sequence[int], names: Sequence[str]) -> Table:
        """Return some columns of some rows, in their order."""
        places = pa.array(rows, pa.int64())
        return Table(
            self.frame[list(names)].iloc[list(rows)],
            {name: self.originals[name].take(places) for name in names if name in self.originals},
        )

    def texts_column(self, name: str) -> pa.Array:
        """Return the cells of a column as their owner wrote them, (n,) Arrow strings."""
        original = self.originals.get(name)
        return texts_of(self.frame[name]) if original is None else texts_in(original)

    def exact(self, name: str) -> pa.Array | pa.ChunkedArray:
        """Return a column in the type that holds its cells exactly, (n,): numbers where they tell what was written."""
        original = self.originals.get(name)
        return exact_column(self.frame[name]) if original is None else original

    def with_columns(self, columns: Mapping[str, pd.Series]) -> Table:
        """Return the table with columns added at its end, or put in the place of those of the same name."""
        kept = {name: column for name, column in self.originals.items() if name not in columns}
        return Table(self.frame.assign(**columns), kept, self.how)

    def with_meaning(self, name: str, values: pd.Series) -> Table:
        """Return the table with other values in a column; its cells stay as they were written."""
        written = pa.chunked_array(_chunks(self.exact(name)))
        frame = self.frame.assign(**{name: values})
        original = original_of(frame[name], written)
        kept = {other: column for other, column in self.originals.items() if other != name}
        return Table(frame, kept if original is None else {**kept, name: original}, self.how)

    def appended(self, frame: pd.DataFrame, newer: Table, rows: npt.ArrayLike) -> Table:
        """Return the table whose values are `frame`: this table's rows, and below them some rows of a newer table.

        Parameters
        ----------
        rows : (k,) positions of the appended rows in `newer`
        """
        frame.attrs = {**self.frame.attrs, **frame.attrs}
        below = pa.array(np.asarray(rows))
        originals = {}
        for name in frame.columns:
            upper = self.exact(name)
            lower = newer.exact(name).take(below) if name in newer.frame else pa.nulls(len(below), upper.type)
            if upper.type != lower.type:
                upper, lower = self.texts_column(name), newer.texts_column(name).take(below)
            written = pa.chunked_array([*_chunks(upper), *_chunks(lower)])
            original = original_of(frame[name], written)
            if original is not None:
                originals[name] = original
        return Table(frame, originals)

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds that a person has given to columns, each with the reading that its texts have shown."""
        return dict(self.frame.attrs.get("kinds", {}))

    @property
    def columns(self) -> list[Column]:
        """What each column was read as, why, and what was not understood."""
        return describe_columns(self)

    def with_kinds(self, kinds: Mapping[str, str | None]) -> Table:
        """Return the table with some columns read as other kinds: what they mean changes, what was written stays.

        Parameters
        ----------
        kinds : column -> a kind, see `kinds.check_choices`; None leaves the column to the rules

        Raises
        ------
        TableError : there is no such column or kind.
        """
        check_choices(kinds, self.frame.columns)
        chosen = self.kinds
        frame, originals = self.frame.copy(deep=False), dict(self.originals)
        for name, kind in kinds.items():
            written = pa.chunked_array(_chunks(self.exact(name)))
            values, kind = read_column(written.combine_chunks(), name, kind, self._locale)
            frame[name] = values.set_axis(frame.index)
            original = original_of(frame[name], written)
            originals.pop(name, None)
            chosen.pop(name, None)
            if original is not None:
                originals[name] = original
            if kind is not None:
                chosen[name] = kind
        frame.attrs = {**self.frame.attrs, "kinds": chosen}
        return Table(frame, originals, self.how)

    @cached_property
    def _locale(self) -> Locale:
        """The decimal sign of the table, which its columns of texts and of fractions show."""
        names = [
            name for name, values in self.frame.items() if name in self.originals or values.dtype.kind not in "biu"
        ]
        return locale_of(((name, self.texts_column(name)) for name in names), self.how.delimiter)

    def without_original(self, name: str) -> Table:
        """Return the table with the values of a column alone: its cells are what they tell."""
        return Table(self.frame, {other: c for other, c in self.originals.items() if other != name}, self.how)

    def without(self, name: str) -> Table:
        """Return the table without a column."""
        kept = {other: column for other, column in self.originals.items() if other != name}
        return Table(self.frame.drop(columns=[name]), kept, self.how)

    def renamed(self, names: Mapping[str, str]) -> Table:
        """Return the table with other names for some of its columns."""
        kept = {names.get(name, name): column for name, column in self.originals.items()}
        return Table(self.frame.rename(columns=names), kept, self.how)

    def with_values(self, frame: pd.DataFrame) -> Table:
        """Return the table of a frame that holds this table's columns among others, as they were written here."""
        return Table(frame, self.originals, self.how)

    def disarmed(self) -> Table:
        """Return the table without the apostrophes that `writing.write_csv` puts before what looks like a formula.

        A table with a text that looks like a formula and has no apostrophe was written without them, and stays.
        """
        texts = {name: self.texts_column(name) for name in self.frame.columns}
        if any(map(is_loose, texts.values())):
            return self
        bare = {name: disarm(column) for name, column in texts.items()}
        changed = {name: column for name, column in bare.items() if not column.equals(texts[name])}
        frame = self.frame.assign(**parse_columns(changed.items()).values)
        found = {name: original_of(frame[name], pa.chunked_array([texts])) for name, texts in changed.items()}
        originals = {**self.originals, **found}
        kept = {name: original for name, original in originals.items() if original is not None}
        heads = disarm(pa.array([str(name) for name in frame.columns])).to_pylist()
        return Table(frame, kept, self.how).renamed(dict(zip(frame.columns, heads, strict=True)))

    def with_notes(self, notes: Sequence[str]) -> Table:
        """Return the table with other sentences about what was mended."""
        frame = self.frame.copy(deep=False)
        frame.attrs = {**self.frame.attrs, "notes": list(notes)}
        return Table(frame, self.originals, self.how)

    def without_notes(self) -> Table:
        """Return the table without what was said of its reading."""
        frame = self.frame.copy(deep=False)
        frame.attrs = {}
        return Table(frame, self.originals, self.how)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a file whose cells are equal to what was read, in the format that the name of the file ends in.

        Raises
        ------
        TableError : no such format is written, the format cannot hold the table, or the file cannot be written.
        """
        write_table(self, path)


def _chunks(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]

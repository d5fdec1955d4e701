"""Reads a newer file of a table as the table was read: its few rows do not show what the many rows of the table do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa

from dami.notes import Note, says_how_read
from dami.tables.chosen_kinds import notes_of_lost, notes_of_missing, notes_of_times, read_yes_no
from dami.tables.coded import is_coded, missing_notes
from dami.tables.codes import Codes
from dami.tables.column_names import respelled
from dami.tables.column_values import arrow_texts, as_texts, is_numeric
from dami.tables.number_formats import match, told
from dami.tables.patterns import PLAIN
from dami.tables.readings import READINGS, SIGNS, joined, left_open, parted, read_texts, shown_reading
from dami.tables.recoded import meant_cells, notes_of_cells
from dami.tables.table import Table
from dami.tables.yes_no import known_words

LEAST = 0.5  # the share of a column's cells that have to mean something; with fewer it is another column of this name


def read_alike(newer: Table, table: Table) -> Table:
    """Return a newer file with its columns read as those of the same names in a table.

    A column that a person gave a kind has this kind. A column of numbers or dates is read with the table's decimal sign
    and its order of day and month, and cells that are none are missing. Where a table of a statistics program has codes
    with labels, a cell of the newer file means one of them. Its cells stay as they were written.
    """
    newer = with_names_of(table.frame.columns, newer)
    return AsBefore.of(table, newer).read(newer)


def with_names_of(names: Iterable[str], newer: Table) -> Table:
    """Return a newer file whose columns have names of a table where they differ only in capitals or coded accents."""
    found = respelled(names, newer.frame.columns)
    if not found:
        return newer
    own = newer.frame.attrs.get("names", {})
    renamed = newer.renamed(found)
    kept = {name: own.get(before, before) for before, name in found.items()}  # the file is given back as it was written
    renamed.frame.attrs = {**renamed.frame.attrs, "names": {**renamed.frame.attrs.get("names", {}), **kept}}
    return renamed


@dataclass(frozen=True)
class AsBefore:
    """How the columns of a table were read, so that a newer file is read alike.

    Attributes
    ----------
    kinds : column -> the kind that a person has given it; None leaves it to the rules
    readings : column that the rules have read -> "number" or "date", with the reading that the table shows
    codes : column -> what its cells are codes of
    words : column of yes/no -> the words by which it says them
    """

    kinds: Mapping[str, str | None] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Codes] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, newer: Table) -> Self:
        """Return how a table was read, of what a newer file has."""
        kinds = {name: table.kinds.get(name) for name in {**table.kinds, **newer.kinds} if name in newer.frame}
        kinds = {name: kind for name, kind in kinds.items() if name in table.frame}
        codes = {name: codes for name, codes in table.codes.items() if name in newer.frame}
        names = [name for name in newer.frame if name in table.frame and name not in table.kinds]
        shown = {name: _shown(table, name) for name in names if name in codes or _is_open(newer, name)}
        readings = {name: choice for name, choice in shown.items() if choice}
        said = [name for name, kind in kinds.items() if kind == "yes/no"]
        return cls(kinds, readings, codes, {name: known_words(table.texts_column(name)) for name in said})

    def read(self, newer: Table) -> Table:
        """Return a newer file read so; its cells stay as they were written."""
        found = newer
        coded: dict[str, pa.Array] = {}
        said: list[str] = []
        for name in [name for name in self.codes if name in newer.frame]:
            kind, _ = parted(self.kinds.get(name) or "")
            coded[name], notes = _meant(newer, name, self.codes[name], kind == "number")
            found = found.with_cells(name, pa.chunked_array([coded[name]]))
            said += notes
        kinds = {name: self._kind_of(name, newer) for name in self.kinds if name in newer.frame}
        kinds = {name: kind for name, kind in kinds.items() if kind != found.kinds.get(name)}
        found = found.read_anew(kinds, guess=False) if kinds else found
        for name in self.words:
            if name in newer.frame:
                found = _saying(found, name, self.words[name])
        found = read_by(found, self.readings)
        if coded:
            found = _as_written(found, newer, coded)
            found = found.with_notes([*found.notes, *said])
        return found

    def _kind_of(self, name: str, newer: Table) -> str | None:
        """Return the table's kind of a column with the reading that a person has given it in the newer file, if any."""
        kind, own = self.kinds[name], newer.kinds.get(name, "")
        is_alike = parted(own)[0] == parted(kind or self.readings.get(name, ""))[0]
        return own if is_alike and parted(own)[1] else kind


def _meant(newer: Table, name: str, codes: Codes, is_number: bool) -> tuple[pa.Array, list[Note]]:
    """Return the cells (n,) of a newer file as labels, or as codes where a number means these, and notes."""
    exact, by_code = newer.exact(name), is_number and codes.count
    if not is_coded(exact.type):
        texts = newer.texts_column(name)
        return codes.meant(texts, by_code), codes.notes(name, texts, by_code)
    cells = exact.combine_chunks()
    return meant_cells(codes, cells, by_code), [*notes_of_cells(codes, name, cells), *missing_notes(name, cells)]


def _as_written(found: Table, newer: Table, meant: Mapping[str, pa.Array]) -> Table:
    """Return what was read of a newer file with its own cells, in the notes too.

    Parameters
    ----------
    meant : columns of codes -> the cells (n,) that were read in place of their own
    """
    notes = found.notes
    for name, cells in meant.items():
        values, own = found.frame[name], newer.texts_column(name)
        for kind in ("number", "date", "yes/no"):
            said = notes_of_lost(name, cells, values, kind), notes_of_lost(name, cells, values, kind, own)
            for one, other in zip(*said, strict=True):
                notes = [other if note == one else note for note in notes]
    return found.written_as(newer, meant).with_notes(notes)


def by_codes(frame: pd.DataFrame, codes: Mapping[str, Codes], kinds: Mapping[str, str | None]) -> pd.DataFrame:
    """Return a bare frame whose columns that a table has codes for hold what the table's do: labels, or codes.

    Whether cells hold codes or labels, they mean the same, as in a file. Numbers of a column that means its codes are
    codes. A column that holds what the table does stays as it is.
    """
    read = Table(frame)
    for name in codes:
        kind = kinds.get(name)
        by_code = parted(kind or "")[0] == "number" and codes[name].count
        if name not in frame or (by_code and is_numeric(frame[name])):
            continue
        texts = arrow_texts(as_texts(frame[name]))
        meant = codes[name].meant(texts, by_code)
        if not meant.equals(texts):
            read = read.with_cells(name, pa.chunked_array([meant])).with_kinds({name: kind})
    return read.frame


def _saying(newer: Table, name: str, known: Sequence[str]) -> Table:
    """Return a newer file with a column of yes/no read by the words that the table knows."""
    texts = newer.texts_column(name)
    values, notes = read_yes_no(name, texts, known)
    kept = [note for note in newer.notes if not says_how_read(note, name)]
    return newer.with_meaning(name, values.set_axis(newer.frame.index)).with_notes([*kept, *notes])


def read_by(newer: Table, readings: Mapping[str, str]) -> Table:
    """Return a newer file with columns that no person gave a kind read by the readings of a table, where they fit.

    Parameters
    ----------
    readings : column -> "number" or "date", with the reading that the table shows
    """
    for name, choice in readings.items():
        if name not in newer.frame or name in newer.kinds or not _is_open(newer, name):
            continue
        kind, reading = parted(choice)
        values = _values(newer, name, kind, reading)
        if _fits(newer, name, values, choice):
            newer = newer.with_meaning(name, values).with_notes(_notes(newer, name, values, choice))
        elif reading:
            newer = newer.with_notes([*newer.notes, *_read_otherwise(newer, name, values, choice)])
    return newer


def _values(newer: Table, name: str, kind: str, reading: str | None) -> pd.Series:
    """Return what the cells of a column mean by a reading, (n,); a typed number among texts means itself."""
    texts = newer.texts_column(name)
    values = read_texts(texts, kind, reading, guess=False)
    if kind == "number" and newer.mixes(name):
        values = values.mask(match(texts, PLAIN), read_texts(texts, kind, SIGNS[1]))
    return values


def _notes(newer: Table, name: str, values: pd.Series, choice: str) -> list[str]:
    """Return the notes of a newer file whose column has these values by a table's reading; each says what holds now."""
    own, texts = newer.frame[name].reset_index(drop=True), newer.texts_column(name)
    kind, reading = parted(choice)
    if own.dtype.kind == values.dtype.kind and own.equals(values.astype(own.dtype)):
        return newer.notes
    notes = [note for note in newer.notes if not says_how_read(note, name)]
    if reading is not None:
        others = [read_texts(texts, kind, other) for other in READINGS[kind] if other != reading]
        meant = (values.notna() & (others[0] != values)).to_numpy(dtype=bool)
        if meant.any():
            how = f"with a {reading}" if kind == "number" else reading
            rows = np.ones(len(texts), dtype=np.int64)
            notes.append(told(name, f"the {kind}s were read as in the table, {how}", texts, meant, rows))
    notes += notes_of_times(name, texts, values) if kind == "number" else []
    return [*notes, *notes_of_missing(name, texts, values, kind)]


def _read_otherwise(newer: Table, name: str, values: pd.Series, choice: str) -> list[str]:
    """Return a note if a column has another reading than the table's, by which its cells have these values."""
    kind, reading = parted(choice)
    lost = (values.isna() & newer.frame[name].notna().to_numpy()).to_numpy(dtype=bool)
    if newer.frame[name].dtype.kind not in ("M" if kind == "date" else "if") or not lost.any():
        return []
    texts = newer.texts_column(name)
    own = shown_reading(texts, kind, newer.frame[name]) or (SIGNS[1] if kind == "number" else None)
    if own in (None, reading):
        return []
    what = f"the {kind}s were read by another rule than before ({own}, not {reading}), which these cells need"
    return [told(name, what, texts, lost, np.ones(len(lost), dtype=np.int64))]


def _shown(table: Table, name: str) -> str | None:
    """Return what a column of a table was read as, with the reading that its texts show; None if not from texts."""
    values = table.frame[name]
    kind = {"M": "date", "i": "number", "f": "number"}.get(values.dtype.kind)
    if kind == "number" and values.dropna().isin([0, 1]).all():  # yes and no, which have words
        return None
    return kind and joined(kind, shown_reading(table.texts_column(name), kind, table.frame[name]))


def _is_open(newer: Table, name: str) -> bool:
    """Return whether the values of a column depend on a reading."""
    kind = newer.frame[name].dtype.kind
    is_known = kind in "iub" if name not in newer.originals else kind in "if" and newer.mixes(name)
    return newer.holds_texts(name) and not is_known


def _fits(newer: Table, name: str, values: pd.Series, choice: str) -> bool:
    """Return whether these values, by a table's reading, are better than those that a column shows itself."""
    new, (kind, reading) = newer.frame[name], parted(choice)
    is_text = isinstance(new.dtype, pd.StringDtype)
    if reading is None and not is_text:
        return False
    known = values.notna().to_numpy(dtype=bool)
    if reading is None:
        known = known | left_open(newer.texts_column(name), kind, values)
    understood = int((known & new.notna().to_numpy()).sum())
    return bool(understood and understood >= (LEAST if is_text else 1) * new.notna().sum())

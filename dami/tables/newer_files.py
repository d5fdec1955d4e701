"""Reads a newer file of a table as the table was read: its few rows do not show what the many rows of the table do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.types as pt

from dami.notes import Note, is_doubt, says_how_read
from dami.tables.chosen_kinds import notes_of_lost, read_yes_no
from dami.tables.coded import Codes, is_coded, missing_notes
from dami.tables.column_values import arrow_texts, as_texts, is_numeric
from dami.tables.number_formats import counts_as_missing, told
from dami.tables.readings import joined, parted, read_texts, shown_reading
from dami.tables.table import Table
from dami.tables.yes_no import known_words

LEAST = 0.5  # the share of a column's cells that have to mean something; with fewer it is another column of this name


def read_alike(newer: Table, table: Table) -> Table:
    """Return a newer file with its columns read as those of the same names in a table.

    A column that a person gave a kind has this kind. A column of numbers or dates is read with the table's decimal sign
    and its order of day and month, and cells that are none are missing. Where a table of a statistics program has codes
    with labels, a cell of the newer file means one of them. Its cells stay as they were written.
    """
    return AsBefore.of(table, newer).read(newer)


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
        kinds = {name: kind for name, kind in table.kinds.items() if name in newer.frame}
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
        kinds = {name: kind for name, kind in self.kinds.items() if kind != found.kinds.get(name)}
        found = found.with_kinds(kinds) if kinds else found
        for name in self.words:
            if name in newer.frame:
                found = _saying(found, name, self.words[name])
        found = read_by(found, self.readings)
        if coded:
            found = _as_written(found, newer, coded)
            found = found.with_notes([*found.notes, *said])
        return found


def _meant(newer: Table, name: str, codes: Codes, is_number: bool) -> tuple[pa.Array, list[Note]]:
    """Return the cells (n,) of a newer file as labels, or as codes where a number means these, and notes."""
    exact, by_code = newer.exact(name), is_number and codes.count
    if not is_coded(exact.type):
        texts = newer.texts_column(name)
        return codes.meant(texts, by_code), codes.notes(name, texts, by_code)
    cells = exact.combine_chunks()
    return codes.meant_cells(cells, by_code), [*codes.notes_of_cells(name, cells), *missing_notes(name, cells)]


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
        values = read_texts(newer.texts_column(name), kind, reading)
        if _fits(newer, name, values, reading):
            newer = newer.with_meaning(name, values).with_notes(_notes(newer, name, values))
        elif reading:
            newer = newer.with_notes([*newer.notes, *_read_otherwise(newer, name, values, choice)])
    return newer


def _notes(newer: Table, name: str, values: pd.Series) -> list[str]:
    """Return the notes of a newer file whose column has these values now."""
    notes = [note for note in newer.notes if not is_doubt(note, name)]
    lost = (values.isna() & newer.frame[name].notna()).to_numpy(dtype=bool)
    if lost.any():
        what = "date" if values.dtype.kind == "M" else "number"
        notes.append(counts_as_missing(name, f"what is no {what}", newer.texts_column(name), lost))
    return notes


def _read_otherwise(newer: Table, name: str, values: pd.Series, choice: str) -> list[str]:
    """Return a note if a column has another reading than the table's, by which its cells have these values."""
    kind, reading = parted(choice)
    if newer.frame[name].dtype.kind not in ("M" if kind == "date" else "if"):
        return []
    texts = newer.texts_column(name)
    own = shown_reading(texts, kind, newer.frame[name])
    if own in (None, reading):
        return []
    lost = (values.isna() & newer.frame[name].notna().to_numpy()).to_numpy(dtype=bool)
    what = f"the {kind}s were read by another rule than before ({own}, not {reading}), which these cells need"
    return [told(name, what, texts, lost, np.ones(len(lost), dtype=np.int64))]


def _shown(table: Table, name: str) -> str | None:
    """Return what a column of a table was read as, with the reading that its texts show; None if not from texts."""
    kind = {"M": "date", "i": "number", "f": "number"}.get(table.frame[name].dtype.kind)
    return kind and joined(kind, shown_reading(table.texts_column(name), kind, table.frame[name]))


def _is_open(newer: Table, name: str) -> bool:
    """Return whether the cells of a column are texts, so that their values depend on a reading."""
    original = newer.originals.get(name)
    if original is not None:
        return bool(pt.is_string(original.type) or pt.is_large_string(original.type))
    return newer.frame[name].dtype.kind not in "iub"


def _fits(newer: Table, name: str, values: pd.Series, reading: str | None) -> bool:
    """Return whether these values, by a table's reading, are better than those that a column shows itself."""
    new = newer.frame[name]
    is_text = isinstance(new.dtype, pd.StringDtype)
    if reading is None and not is_text:
        return False
    understood = int((values.notna() & new.notna().to_numpy()).sum())
    return bool(understood and understood >= (LEAST if is_text else 1) * new.notna().sum())

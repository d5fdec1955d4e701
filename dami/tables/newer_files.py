"""Reads a newer file of a table as the table was read: its few rows do not show what the many rows of the table do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.notes import Note, is_doubt, says_how_read
from dami.tables.chosen_kinds import notes_of_lost, notes_of_missing, notes_of_times, read_yes_no
from dami.tables.coded import KEPT, LABEL, is_coded, missing_notes, plain_codes
from dami.tables.codes import Codes
from dami.tables.column_names import respelled
from dami.tables.column_values import arrow_texts, as_texts, is_date, is_numeric
from dami.tables.number_formats import match, told
from dami.tables.patterns import ALWAYS_MISSING, PLAIN
from dami.tables.readings import READINGS, SIGNS, joined, left_open, parted, read_texts, shown_reading
from dami.tables.recoded import meant_cells, notes_of_cells
from dami.tables.table import Table
from dami.tables.yes_no import known_words

LEAST = 0.5  # the share of a column's cells that have to mean something; with fewer it is another column of this name

BY_CODES = "labels were read by their codes, since the table has no labels"
LABELS_ALONE = "labels are left without their codes, as in the table"


def read_alike(newer: Table, table: Table) -> Table:
    """Return a newer file with its columns read as those of the same names in a table.

    A column that a person gave a kind has this kind. A column of numbers or dates is read with the table's decimal sign
    and its order of day and month, and cells that are none are missing. Where a table of a statistics program has codes
    with labels, a cell of the newer file means one of them. Its cells stay as they were written.
    """
    newer = with_names_of(table.frame.columns, newer)
    found = AsBefore.of(table, newer).read(newer)
    texts = [name for name in newer.frame if name in table.frame and _is_left_as_texts(table, name)]
    doubts = [note for note in found.notes if any(is_doubt(note, name) for name in texts)]
    return found.with_notes([note for note in found.notes if note not in doubts]) if doubts else found


def _is_left_as_texts(table: Table, name: str) -> bool:
    return name not in table.kinds and isinstance(table.frame[name].dtype, pd.StringDtype)


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
    texts : columns that the rules have left as texts, whose cells are no numbers as a table writes these
    cells : column -> its different cells, if they are categories; none for a column of numbers
    """

    kinds: Mapping[str, str | None] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Codes] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: Sequence[str] = ()
    cells: Mapping[str, Collection[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, newer: Table) -> Self:
        """Return how a table was read, of what a newer file has."""
        kinds = {name: table.kinds.get(name) for name in {**table.kinds, **newer.kinds} if name in newer.frame}
        kinds = {name: kind for name, kind in kinds.items() if name in table.frame}
        codes = {name: codes for name, codes in table.codes.items() if name in newer.frame}
        names = [name for name in newer.frame if name in table.frame and name not in table.kinds]
        shown = {name: shown_choice(table, name) for name in names if name in codes or _is_open(newer, name)}
        readings = {name: choice for name, choice in shown.items() if choice}
        said = [name for name, kind in kinds.items() if kind == "yes/no"]
        words = {name: known_words(table.texts_column(name)) for name in said}
        coded = [name for name in newer.frame if name in table.frame and (name in codes or _is_coded(newer, name))]
        are_numbers = {name: name not in codes and is_numeric(table.frame[name]) for name in coded}
        cells = {
            name: () if are_numbers[name] else {*pc.unique(table.texts_column(name)).to_pylist()} for name in coded
        }
        texts = [name for name in names if _is_left_as_texts(table, name) and _is_reread(newer, name)]
        return cls(kinds, readings, codes, words, texts, cells)

    def read(self, newer: Table) -> Table:
        """Return a newer file read so; its cells stay as they were written."""
        newer = newer.with_notes(
            [note for note in newer.notes if not note.endswith(KEPT)]
        )  # that is the table's to say
        newer = self._without_codes_or_labels(newer)
        found = newer
        coded: dict[str, pa.Array] = {}
        said: list[str] = []
        for name in [name for name in self.codes if name in newer.frame]:
            kind, _ = parted(self.kinds.get(name) or "")
            coded[name], notes = _meant(newer, name, self.codes[name], kind == "number")
            if kind not in ("number", "yes/no"):  # there it is said what they do not understand
                notes += self.codes[name].notes_of_strangers(name, coded[name], self.cells.get(name, ()))
            found = found.with_cells(name, pa.chunked_array([coded[name]]))
            said += notes
        kinds = {name: self._kind_of(name, newer) for name in self.kinds if name in newer.frame}
        kinds = {name: kind for name, kind in kinds.items() if kind != found.kinds.get(name)}
        found = found.read_anew(kinds, guess=False) if kinds else found
        for name in self.words:
            if name in newer.frame:
                found = _saying(found, name, self.words[name])
        found = read_by(found, self.readings)
        for name in self.texts:
            if name in newer.frame and name not in self.kinds and name not in self.codes:
                found = _left_as_texts(found, name, self.cells.get(name, ()))
        if coded:
            found = _as_written(found, newer, coded)
            found = found.with_notes([*found.notes, *said])
        return found

    def _without_codes_or_labels(self, newer: Table) -> Table:
        """Return a newer file without what its columns of codes with labels have more than those of the table."""
        for name in [name for name in self.cells if name in newer.frame and name not in self.codes]:
            if not _is_coded(newer, name):
                continue
            cells, known = newer.exact(name).combine_chunks(), {*self.cells[name]}
            labels, codes, texts = Codes.of(cells).labels, plain_codes(cells), newer.texts_column(name)
            said, held = BY_CODES, [label is not None for label in pc.struct_field(cells, LABEL).to_pylist()]
            if known and len(known & {*labels}) <= len(known & {*labels.values()}):
                said = LABELS_ALONE
            elif codes is None:
                continue
            else:
                newer = newer.with_cells(name, pa.chunked_array([codes]))
            if any(held):
                note = told(name, said, texts, np.array(held), np.ones(len(texts), dtype=np.int64), "cells")
                newer = newer.with_notes([*newer.notes, note])
        return newer

    def _kind_of(self, name: str, newer: Table) -> str | None:
        """Return the table's kind of a column with the reading that a person has given it in the newer file, if any."""
        kind, own = self.kinds[name], newer.kinds.get(name, "")
        is_alike = parted(own)[0] == parted(kind or self.readings.get(name, ""))[0]
        return own if is_alike and parted(own)[1] else kind


def _is_reread(newer: Table, name: str) -> bool:
    """Return whether a column of texts has values of which not each is a plain number, or a truth value."""
    texts = newer.texts_column(name)
    return newer.frame[name].dtype.kind in "ifM" and not match(texts.filter(pc.not_equal(texts, "")), PLAIN).all()


def _is_coded(newer: Table, name: str) -> bool:
    return name in newer.originals and is_coded(newer.originals[name].type)


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


def _left_as_texts(newer: Table, name: str, categories: Collection[str]) -> Table:
    """Return a newer file with a column of texts as it stands there, whatever its few rows look like together."""
    texts = newer.texts_column(name)
    if not newer.holds_texts(name) or not (categories or is_numeric(newer.frame[name]) or is_date(newer.frame[name])):
        return newer
    absent = pc.is_in(pc.utf8_trim_whitespace(texts), value_set=pa.array(ALWAYS_MISSING))
    absent = pc.and_not(absent, pc.is_in(texts, value_set=pa.array([*categories], pa.string())))
    values = pd.Series(pc.if_else(absent, pa.scalar(None, texts.type), texts).to_pandas(), dtype="str")
    values = values.set_axis(newer.frame.index)
    if values.equals(newer.frame[name]):
        return newer
    kept = [note for note in newer.notes if not says_how_read(note, name)]
    return newer.with_meaning(name, values).with_notes(kept)


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


def shown_choice(table: Table, name: str) -> str | None:
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

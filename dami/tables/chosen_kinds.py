"""Reads columns anew as the kinds that a person has chosen. What was written stays; only what it means changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.errors import TableError
from dami.notes import Note, is_doubt
from dami.tables.coded import codes_of, is_coded, missing_notes, without_missing
from dami.tables.column_values import as_dates, as_texts
from dami.tables.kinds import check_choices, hold_places
from dami.tables.number_formats import Locale, counts_as_missing, told
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES, SIGNS_MISSING
from dami.tables.readings import READINGS, joined, left_open, parted, read_texts, shown_reading
from dami.tables.text_values import parse_columns
from dami.tables.times import times_in
from dami.tables.typed_values import from_arrow
from dami.tables.written import texts_in
from dami.tables.yes_no import NEITHER, NO_WORDS, known_words, what_they_say

IN_DOUBT = {
    "date": "dates of which day and month cannot be told apart count as missing",
    "number": "numbers whose comma could be a decimal sign or a separator of thousands count as missing",
}
OF_TEXT = ("category", "text", "place", "yes/no", "identifier")


def read_column(
    written: pa.Array, name: str, choice: str | None, locale: Callable[[], Locale], guess: bool = True
) -> tuple[pd.Series, str | None, list[str]]:
    """Return what a column means by a choice, (n,), the choice with the reading that its texts have shown, and notes.

    A cell that the kind does not understand becomes missing.

    Parameters
    ----------
    written : (n,) the cells as they were written: texts, or values of a typed file
    choice : as `kinds.check_choices` takes it; None (and "out", which asks for no values) reads the column by the rules
    locale : gives the decimal sign of the table, which takes a look at all its columns
    guess : whether dates that show no order have the day first; else they are missing, in doubt
    """
    kind, reading = parted(choice or "out")
    if is_coded(written.type):
        missing, cells = missing_notes(name, written), without_missing(written)
        codes = codes_of(cells) if kind == "number" else None
        values, choice, notes = read_column(
            texts_in(pa.chunked_array([cells])) if codes is None else codes, name, choice, locale
        )
        return values, choice, [*notes, *missing]
    if choice == "number" and _is_text(written.type) and hold_places(written.to_pandas()):
        kind = choice = "place"
    if kind in OF_TEXT:
        column = texts_in(pa.chunked_array([written]))
        if kind == "yes/no":
            values, notes = read_yes_no(name, column, known_words(column))
            return values, choice, notes
        values = _without(column, pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array(ALWAYS_MISSING)))
        return values, choice, notes_of_lost(name, column, values, kind)
    if kind == "out" or not _is_text(written.type):
        values, notes = _guessed(written, name, locale)
        if kind == "date" and values.dtype.kind in "iuf":  # 20240131 is a day, and 45000 is none
            values = as_dates(as_texts(values))
            return values, choice, notes_of_lost(name, texts_in(pa.chunked_array([written])), values, kind)
        return values, choice, [note for note in notes if choice is None or not is_doubt(note, name)]
    values, notes = _guessed(written, name, locale) if reading is None else (read_texts(written, kind, reading), [])
    if reading is not None or values.dtype.kind not in ("M" if kind == "date" else "biuf"):
        if reading is None:
            values = read_texts(written, kind, locale=locale() if kind == "number" else None, guess=guess)
        notes = notes_of_times(name, written, values) if kind == "number" else []
        notes += (
            notes_of_missing(name, written, values, kind) if not guess else notes_of_lost(name, written, values, kind)
        )
    return values, joined(kind, reading or shown_reading(written, kind, values)), notes


def read_yes_no(name: str, texts: pa.Array, known: Sequence[str]) -> tuple[pd.Series, list[str]]:
    """Return texts (n,) of which those that say neither yes nor no are missing, and notes.

    Parameters
    ----------
    known : the words by which the column says yes and no; where it has none, it stays a category, which is said
    """
    missing = pc.is_in(pc.utf8_trim_whitespace(texts), value_set=pa.array(ALWAYS_MISSING))
    if known:
        missing = pa.array(what_they_say(texts.to_pandas(), known).isna().to_numpy(dtype=bool))
    values = _without(texts, missing)
    present = values.notna().to_numpy(dtype=bool)
    if not known and present.any():
        return values, [told(name, NO_WORDS, texts, present, np.ones(len(texts), dtype=np.int64))]
    signs = pc.is_in(pc.utf8_trim_whitespace(texts), value_set=pa.array(SIGNS_MISSING)).to_numpy(zero_copy_only=False)
    signs &= ~present
    told_signs = [counts_as_missing(name, "a sign", texts, signs)] if signs.any() else []  # it might say no of a test
    return values, [*told_signs, *notes_of_lost(name, texts, values, "yes/no")]


def _without(texts: pa.Array, missing: pa.Array) -> pd.Series:
    return pd.Series(pc.if_else(missing, pa.scalar(None, pa.string()), texts).to_pandas()).astype("str")


def notes_of_lost(
    name: str, written: pa.Array, values: pd.Series, kind: str, shown: pa.Array | None = None
) -> list[str]:
    """Return a note if cells that are not empty and do not spell "missing" have no meaning of the chosen kind.

    Parameters
    ----------
    shown : (n,) what the example is taken from; None for the cells
    """
    texts = pc.fill_null(written, "")
    spelled = pc.is_in(pc.utf8_trim_whitespace(texts), value_set=pa.array((*ALWAYS_MISSING, *MISSING_AMONG_VALUES)))
    lost = values.isna().to_numpy(dtype=bool) & ~spelled.to_numpy(zero_copy_only=False)
    what = NEITHER if kind == "yes/no" else f"what is no {kind}"
    return [counts_as_missing(name, what, texts if shown is None else shown, lost)] if lost.any() else []


def notes_of_times(name: str, texts: pa.Array, values: pd.Series) -> list[str]:
    """Return a note if the numbers (n,) that texts mean are seconds."""
    seconds = times_in(texts) == values.to_numpy(dtype=np.float64)
    if not seconds.any():
        return []
    return [told(name, "times were read as seconds", texts, seconds, np.ones(len(texts), dtype=np.int64))]


def notes_of_missing(name: str, texts: pa.Array, values: pd.Series, kind: str) -> list[str]:
    """Return notes of the cells that have no value of a kind: those that are none, and those that leave it open."""
    doubtful = left_open(texts, kind, values)
    notes = notes_of_lost(name, pc.if_else(pa.array(doubtful), "", texts), values, kind)
    if doubtful.any():
        note = told(name, IN_DOUBT[kind], texts, doubtful, np.ones(len(texts), dtype=np.int64))
        ways = " or a ".join(f"“{joined(kind, reading)}”" for reading in READINGS[kind])
        notes.append(Note(f"{note} Say that it is a {ways}.", name, "doubt"))
    return notes


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def _guessed(written: pa.Array, name: str, locale: Callable[[], Locale]) -> tuple[pd.Series, list[str]]:
    if _is_text(written.type):
        parsed = parse_columns([(name, pc.cast(written, pa.string()))], locale=locale)
        return parsed.values[name], parsed.notes
    values, notes = from_arrow([name], [pa.chunked_array([written])])
    return values[0], notes


def parsed_choices(choices: tuple[str, ...], columns: pd.Index) -> dict[str, str]:
    """Return the kinds that texts such as "price=number" give to columns.

    Raises
    ------
    TableError : a text has another form, or names no column or no kind.
    """
    kinds: dict[str, str] = {}
    for text in choices:
        name, _, kind = text.rpartition("=")
        if not name:
            raise TableError(f"“{text}” does not say what a column is. Write it as price=number.")
        kinds[name] = kind
    check_choices(kinds, columns)
    return kinds

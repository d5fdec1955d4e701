"""Appends the rows of a newer file to a table. The old rows keep their values and positions, so labels keep their rows.

A key column tells which rows of the newer file the table has already. Columns are matched by name: their order, and the
format and encoding of the file, do not matter. `common_type` gives two columns of one name the same type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dami import wording
from dami.errors import TableError
from dami.notes import Note
from dami.tables import size_limits
from dami.tables.column_names import respelled
from dami.tables.column_values import as_numbers, as_texts
from dami.tables.common_type import joined
from dami.tables.kinds import kind_of
from dami.tables.matched_keys import MatchedKeys, key_texts, match_keys
from dami.tables.table import Table
from dami.tables.text_values import as_text
from dami.tables.yes_no import YES_NO, alike
from dami.tables.yes_no import respelled as respelled_words

LOOKED_AT = 200  # so many rows and columns show whether a key means the same in both files
SAME = 1e-9  # relative difference: formats write the last digits of a number differently


@dataclass(frozen=True)
class Grown:
    """A table with the rows that were appended to it.

    Attributes
    ----------
    frame : (n + k, m), with the columns of the old table; the first n rows are the old rows.
    added : (k,) positions of the appended rows in `frame`.
    taken : (k,) positions of the appended rows in the newer file.
    changed : number of old rows for which the newer file has another value; these rows keep the old value.
    absent : number of old rows whose key is not in the newer file; these rows stay.
    notes : sentences about columns that are missing, left out, or kept as text.
    """

    frame: pd.DataFrame
    added: np.ndarray
    taken: np.ndarray
    changed: int
    absent: int
    notes: list[str] = field(default_factory=list)


def append_rows(old: Table, new: Table, key: str, target: str | None = None) -> Grown:
    """Append the rows of a newer file whose key is not in the table, in the order of the file.

    Parameters
    ----------
    key : name of a column of both tables. In each table every row has a value there, and no value is there twice. Keys
        are compared as `matched_keys` says. Where a spreadsheet has changed a key (7 for "007", 7.0 for 7), the old
        form is restored.
    target : column of labels, if any: a row with another label does not count as changed.

    Raises
    ------
    TableError : a table lacks the key column; the key column lacks a value or has a value twice; the tables share no
        other column; the table would have too many rows.
    """
    new = _with_names_of(old, new)
    for one, whose in ((old, "The table"), (new, "The newer file")):
        if key not in one.frame.columns:
            raise TableError(f"{whose} has no column “{key}” to tell its rows apart by. Choose another key column.")
    shared = [name for name in old.frame.columns if name in new.frame.columns]
    if len(shared) == 1 and old.frame.shape[1] > 1:
        raise TableError(
            f"The newer file shares only the column “{key}” with the table. Choose a file with its columns."
        )
    matched = match_keys(old, new, key)
    _check_keys(matched.old, key, "the table")
    _check_keys(matched.new, key, "the newer file")
    places = matched.rows
    fresh = np.flatnonzero(places < 0)
    if len(old) + len(fresh) > size_limits.MAX_ROWS:
        raise TableError(
            f"With {len(fresh):,} more rows the table would have {len(old) + len(fresh):,}; DAMI takes up to "
            f"{size_limits.MAX_ROWS:,}. Append fewer."
        )
    known = np.flatnonzero(places >= 0)
    compared = [name for name in shared if name != target]
    differs = _differing(old.frame[compared].iloc[places[known]], new.frame[compared].iloc[known]).any(axis=1)
    frame, notes = _concatenated(old.frame, new.frame.iloc[fresh], target)
    grown = np.arange(len(old), len(frame))
    notes = [*_about_columns(old.frame, new.frame), *_about_keys(matched, key), *notes]
    return Grown(frame, grown, fresh, int(differs.sum()), len(old) - len(known), notes)


def key_candidates(old: Table, new: Table) -> list[str]:
    """Return the columns that can be the key, the likeliest first. A key column has a value in every row, none twice.

    A column comes last if the rows that it matches mostly differ in their other values (a row number that begins anew
    in each file). Otherwise a column that matches more rows comes first; then identifiers come before other columns;
    then the order of the table counts. Columns with fractions differ by chance: they count only if no other column can
    be the key.
    """
    new = _with_names_of(old, new)
    shared = [name for name in old.frame.columns if name in new.frame.columns]
    possible = [name for name in shared if _may_be_key(old, name) and _may_be_key(new, name)]
    measured = [name for name in possible if _has_fractions(old.frame[name]) or _has_fractions(new.frame[name])]
    return _ranked(old, new, shared, [n for n in possible if n not in measured]) or _ranked(old, new, shared, measured)


def _ranked(old: Table, new: Table, shared: Sequence[str], names: Sequence[str]) -> list[str]:
    ranked = []
    for place, name in enumerate(names):
        matched = match_keys(old, new, name)
        if not (_tell_apart(matched.old) and _tell_apart(matched.new)):
            continue
        known = np.flatnonzero(matched.rows >= 0)
        others = [other for other in shared if other != name]
        strange = _mostly_differ(old.frame, new.frame, matched.rows, known, others)
        identifier = kind_of(old.frame[name], name)[0] == "identifier"
        ranked.append((strange, -len(known), not identifier, place, name))
    return [name for *_, name in sorted(ranked)]


def _mostly_differ(
    old: pd.DataFrame, new: pd.DataFrame, places: np.ndarray, known: np.ndarray, others: Sequence[str]
) -> bool:
    """Return whether more than half of the values of known rows differ in the newer file, judged by a sample."""
    known, names = known[:: max(1, len(known) // LOOKED_AT)], list(others[:LOOKED_AT])
    if len(known) == 0 or not names:
        return False
    return bool(_differing(old[names].iloc[places[known]], new[names].iloc[known]).mean() > 0.5)


# --- names and keys --------------------------------------------------------------------------------------------------


def _with_names_of(old: Table, new: Table) -> Table:
    return new.renamed(respelled(old.frame.columns, new.frame.columns))


def _keys(series: pd.Series) -> pd.Series:
    """Return keys as texts that can be compared; a missing key stays missing."""
    texts = as_texts(series).str.strip().str.normalize("NFC")
    return texts.mask(texts == "")


def _may_be_key(table: Table, name: str) -> bool:
    """Return whether a column tells the rows apart; cells may be written otherwise though their values are equal."""
    return _tell_apart(table.frame[name]) or (name in table.originals and _tell_apart(key_texts(table, name)))


def _tell_apart(keys: pd.Series) -> bool:
    return bool(keys.notna().all() and keys.is_unique)


def _has_fractions(series: pd.Series) -> bool:
    return series.dtype.kind == "f" and bool((series % 1 != 0).any())


def _check_keys(keys: pd.Series, key: str, whose: str) -> None:
    empty = np.flatnonzero(keys.isna())
    if len(empty):
        more = f" and {len(empty) - 1:,} more" if len(empty) > 1 else ""
        raise TableError(
            f"In {whose}, “{key}” has no value in row {empty[0]:,}{more}, so it cannot tell the rows apart. Fill it, "
            "or choose another key column."
        )
    if not keys.is_unique:
        value = keys[keys.duplicated()].iloc[0]
        first, second = np.flatnonzero(keys == value)[:2]
        raise TableError(
            f"In {whose}, “{key}” has the value “{_brief(value)}” twice, in rows {first:,} and {second:,}. Make them "
            "differ, or choose another key column."
        )


def _brief(value: object) -> str:
    text = as_text(value)
    return f"{text[:40]}…" if len(text) > 40 else text


# --- values ----------------------------------------------------------------------------------------------------------


def _differing(old: pd.DataFrame, new: pd.DataFrame) -> np.ndarray:
    """Return, as (n, m) bool, where two tables with n rows and the same m columns have different values."""
    differs = np.zeros((len(old), old.shape[1]), dtype=bool)
    for place, name in enumerate(old.columns):
        before, after, _ = joined(old[name].reset_index(drop=True), new[name].reset_index(drop=True))
        if pd.api.types.is_numeric_dtype(before):
            same = np.isclose(as_numbers(before), as_numbers(after), rtol=SAME, atol=0.0, equal_nan=True)
        else:
            if not pd.api.types.is_datetime64_any_dtype(before):
                before, after = _keys(before), _keys(after)
            same = (before.eq(after).fillna(False) | (before.isna() & after.isna())).to_numpy(dtype=bool)
        differs[:, place] = ~same
    return differs


def _concatenated(old: pd.DataFrame, new: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, list[str]]:
    """Return a table of the old rows and the new rows below them, in the old columns, and notes about types."""
    columns: dict[str, pd.Series] = {}
    notes: list[str] = []
    for name in old.columns:
        following = new[name] if name in new.columns else pd.Series([None] * len(new), dtype="str")
        if len(new) == 0:
            columns[name] = old[name]
            continue
        if name != target:  # a label stays as it was typed
            following = _in_words_of(old[name], following)
        before, after, mixed = joined(old[name], following)
        columns[name] = pd.concat([before, after], ignore_index=True)
        if mixed:
            cells = as_texts(following.dropna())
            told = wording.count(len(cells), "new cell") + (f", such as “{cells.iloc[0][:40]}”" if len(cells) else "")
            notes.append(Note(f"“{name}” holds {mixed} now and is kept as text ({told}).", name))
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(old) + len(new)))
    frame.attrs["notes"] = [*old.attrs.get("notes", []), *notes]
    return frame, notes


def _in_words_of(old: pd.Series, new: pd.Series) -> pd.Series:
    """Return new values (k,), of which those that say yes or no have the words of old texts that say nothing else."""
    if not isinstance(old.dtype, pd.StringDtype):
        return new
    words = old.dropna().unique().tolist()
    if len(words) != 2 or {word.strip().lower() for word in words} not in YES_NO:
        return new
    texts = as_texts(new)
    return respelled_words(texts, alike(words), words).fillna(texts)


def _about_columns(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    lacking = [name for name in old.columns if name not in new.columns]
    further = [name for name in new.columns if name not in old.columns]
    notes = []
    if lacking:
        notes.append(f"The newer file lacks {_few(lacking)}: the new rows have no value there.")
    if further:
        notes.append(
            f"Left out, since the table does not have {wording.noun(len(further), 'it', 'them')}: {_few(further)}."
        )
    return notes


def _about_keys(matched: MatchedKeys, key: str) -> list[str]:
    if not len(matched.by_value):
        return []
    theirs, ours = matched.respelled[0]
    rows = wording.count(len(matched.by_value), "row was", "rows were")
    return [f"{rows} found by the value of “{key}”, which is written otherwise in the table: {ours} for {theirs}."]


def _few(names: Sequence[str]) -> str:
    return wording.listed([f"“{name}”" for name in names], 5)

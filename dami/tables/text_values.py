"""Finds the types of columns of texts: numbers, yes and no, dates, or texts, and the missing values among them.

A text file states no types. Each column gets a type, and a value changes only if it can be read in one way:

- *Missing*: an empty value, NA, N/A, NaN, null and similar spellings. "?", "-" and "unknown" mean missing only if all
  other values are numbers, dates or yes/no; "?" and "-" also if no other value of the column consists of signs only.
  "NA" is a text if the column holds codes of two capital letters (Namibia).
- *Numbers*: the decimal sign is a point or a comma; a comma, point, space or apostrophe separates groups of three
  digits. "1,234" can be read in two ways. The rest of the table decides (a decimal comma in another column, or the
  delimiter); if it does not, the column stays text. A leading zero ("007") or a whole number that 64 bits cannot hold
  makes the column text. `amounts` says what may stand around a number, which digits are codes, and how many cells of a
  column of numbers may be none.
- *Dates*: see `dates`. *Times of day and durations* become seconds, see `times`. At most 5 % of the cells of such a
  column may be something else; they are missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami import wording
from dami.tables.amounts import Amounts, find_amounts, told
from dami.tables.dates import parse_dates
from dami.tables.number_formats import Locale, all_match, gather_evidence, match, parse_numbers
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES, SIGNS_MISSING
from dami.tables.times import parse_times


@dataclass
class _Column:
    """A column of texts whose type is not known yet. All work is done on its distinct texts."""

    name: str
    codes: np.ndarray  # (n,) position of each row's text in `texts`
    texts: pa.Array  # (k,) distinct texts as written
    trimmed: pa.Array  # (k,) without spaces around them
    absent: np.ndarray  # (k,) True for a text that always means "missing"
    signs: np.ndarray  # (k,) True for a text that means "missing" among numbers
    notes: list[str] = field(default_factory=list)

    def rest(self) -> pa.Array:
        return self.trimmed.filter(pa.array(~(self.absent | self.signs)))

    def rows_of_rest(self) -> np.ndarray:
        """Return how many rows have each text of `rest`."""
        return np.bincount(self.codes, minlength=len(self.texts))[~(self.absent | self.signs)]


def parse_columns(
    columns: Iterable[tuple[str, pa.Array | pa.ChunkedArray]],
    delimiter: str | None = None,
    locale: Locale | None = None,
) -> tuple[dict[str, pd.Series], list[str]]:
    """Find the type of each column of texts.

    Parameters
    ----------
    columns : pairs of a column name and n Arrow strings; nulls are missing.
    delimiter : the delimiter of the file, which is evidence for the decimal sign.
    locale : the decimal sign of the whole table, if these are some of its columns; None if they show it

    Returns
    -------
    (series by name, notes): int64, float64, bool, boolean, datetime64 or str series (n,), and sentences that say what
    was mended.
    """
    prepared = [_prepare(name, values) for name, values in columns]
    found = [_amounts(column) for column in prepared]
    if locale is None:
        locale = Locale(delimiter)
        for column, amounts in zip(prepared, found, strict=True):
            _gather(column, amounts, locale)
    parsed: dict[str, pd.Series] = {}
    notes: list[str] = []
    for column, amounts in zip(prepared, found, strict=True):
        values = _numbers(column, amounts, locale) if amounts is not None else None
        if values is None:
            values = _booleans(column)
        if values is None:
            values = _dates(column)
        if values is None:
            values = _times(column)
        if values is None:
            values = _texts(column)
        parsed[column.name] = values
        notes += column.notes
    return parsed, notes


def locale_of(columns: Iterable[tuple[str, pa.Array | pa.ChunkedArray]], delimiter: str | None = None) -> Locale:
    """Return the evidence of a table about its decimal sign; parameters as in `parse_columns`."""
    locale = Locale(delimiter)
    for name, values in columns:
        column = _prepare(name, values)
        _gather(column, _amounts(column), locale)
    return locale


def numbers_of(name: str, values: pa.Array | pa.ChunkedArray, locale: Locale | None = None) -> np.ndarray | None:
    """Return the numbers (n,) of texts that are known to hold some, NaN where a text is none; None if none is found.

    Parameters
    ----------
    locale : the decimal sign of the table; None if the texts alone show it
    """
    column = _prepare(name, values)
    amounts = _amounts(column, known=True)
    if amounts is None:
        return None
    if locale is None:
        locale = Locale()
        _gather(column, amounts, locale)
    found = _numbers(column, amounts, locale)
    return None if found is None else found.to_numpy(dtype=np.float64)


def _amounts(column: _Column, known: bool = False) -> Amounts | None:
    return find_amounts(column.name, column.trimmed, column.absent | column.signs, column.codes, known)


def _gather(column: _Column, amounts: Amounts | None, locale: Locale) -> None:
    if amounts is not None:
        gather_evidence(amounts.texts.filter(pa.array(~(column.absent | column.signs | amounts.unread))), locale)


def _prepare(name: str, values: pa.Array | pa.ChunkedArray) -> _Column:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    encoded = pc.fill_null(values, "").dictionary_encode()
    texts = encoded.dictionary
    trimmed = pc.utf8_trim_whitespace(texts)
    absent = pc.is_in(trimmed, value_set=pa.array(ALWAYS_MISSING)).to_numpy(zero_copy_only=False)
    signs = pc.is_in(trimmed, value_set=pa.array(MISSING_AMONG_VALUES)).to_numpy(zero_copy_only=False)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return _Column(name, codes, texts, trimmed, absent, signs)


def _numbers(column: _Column, amounts: Amounts, locale: Locale) -> pd.Series | None:
    missing = column.absent | column.signs | amounts.unread
    rows = np.bincount(column.codes, minlength=len(column.texts))
    numbers, notes = parse_numbers(column.name, amounts.texts, missing, locale, rows)
    column.notes += notes
    if numbers is None:
        return None
    column.notes += amounts.notes
    _note_missing(column)
    return pd.Series(numbers[column.codes])


# --- yes and no, dates, texts ----------------------------------------------------------------------------------------


def _booleans(column: _Column) -> pd.Series | None:
    rest = column.rest()
    if not 0 < len(rest) <= 6 or not all_match(rest, "^(?i:true|false)$"):
        return None
    missing = column.absent | column.signs
    values = pc.equal(pc.utf8_lower(column.trimmed), "true").to_numpy(zero_copy_only=False)
    _note_missing(column)
    rows_missing = missing[column.codes]
    if not rows_missing.any():
        return pd.Series(values[column.codes])
    return pd.Series(pd.arrays.BooleanArray(values[column.codes], rows_missing))


def _dates(column: _Column) -> pd.Series | None:
    rest, rows = column.rest(), column.rows_of_rest()
    if not _may_be_times(rest):
        return None
    found = parse_dates(rest, rows)
    if found.ambiguous:
        cells = wording.count(int(rows.sum()), "cell")
        column.notes.append(
            f"In “{column.name}”, day and month of dates such as {rest[0].as_py()} cannot be told apart ({cells}): the "
            "column stays text. Say that it is a “date, day first” or a “date, month first”."
        )
    return None if found.values is None else _with_gaps(column, found.values.to_numpy(), "date")


def _times(column: _Column) -> pd.Series | None:
    rest, rows = column.rest(), column.rows_of_rest()
    seconds = parse_times(rest, rows) if _may_be_times(rest) else None
    if seconds is None:
        return None
    column.notes.append(told(column.name, "times were read as seconds", rest, ~np.isnan(seconds), rows))
    return _with_gaps(column, seconds, "time")


def _with_gaps(column: _Column, values: np.ndarray, what: str) -> pd.Series:
    """Return the values of a column whose texts that do not mean "missing" have these values; say which have none."""
    present = ~(column.absent | column.signs)
    if np.isnan(values).any():
        rows = column.rows_of_rest()
        column.notes.append(
            told(column.name, f"what is no {what} counts as missing", column.rest(), np.isnan(values), rows)
        )
    whole = values
    if not present.all():
        moments = values.dtype.kind == "M"
        whole = np.full(len(present), "NaT" if moments else np.nan, dtype=values.dtype if moments else np.float64)
        whole[present] = values
    _note_missing(column)
    return pd.Series(whole[column.codes])


def _may_be_times(rest: pa.Array) -> bool:
    """Return whether texts may be dates, times or durations, by the first of them: most columns of texts are not."""
    return len(rest) > 0 and bool(match(rest.slice(0, 8), "[0-9].*[^0-9]|P").mean() >= 0.5)


def _texts(column: _Column) -> pd.Series:
    texts, trimmed = column.texts, column.trimmed
    words = column.rest()
    missing = column.absent.copy()
    if len(words) and all_match(words, "^[A-Z]{2}$"):  # NA may be Namibia
        missing &= ~pc.equal(trimmed, "NA").to_numpy(zero_copy_only=False)
    only_signs = pc.is_in(trimmed, value_set=pa.array(SIGNS_MISSING)).to_numpy(zero_copy_only=False)
    mere = pc.match_substring_regex(trimmed, r"^[^\pL\pN]+$").to_numpy(zero_copy_only=False) & ~missing
    found = mere & only_signs
    if found.sum() == 1 and mere.sum() == 1 and len(words) > 0:
        column.signs = found
        missing |= found
        _note_missing(column)
    kept = texts.filter(pa.array(~missing))
    if len(kept) and pc.all(pc.starts_with(kept, " ")).as_py():  # "39, State-gov, ...": the space belongs to the comma
        texts = trimmed
    texts = pc.if_else(pa.array(missing), pa.scalar(None, texts.type), texts)
    series = pd.Series(texts.take(pa.array(column.codes)).to_pandas())
    return series.astype("str")


def _note_missing(column: _Column) -> None:
    """Add notes that say which unusual spellings were read as missing, and in how many rows."""
    for code in np.flatnonzero(column.signs & ~column.absent).tolist():
        spelling = column.trimmed[code].as_py()
        rows = wording.count(int((column.codes == code).sum()), "row")
        column.notes.append(f"In “{column.name}”, “{spelling}” was read as missing ({rows}).")


# --- values as texts --------------------------------------------------------------------------------------------------


def as_text(value: Any) -> str:
    """Return the text that shows a value and names its class: a whole number without ".0", a date without midnight."""
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if abs(number) < 2**53 and number == int(number) else str(number)
    if isinstance(value, pd.Timestamp | np.datetime64):
        stamp = pd.Timestamp(value)
        return stamp.date().isoformat() if stamp == stamp.normalize() else stamp.isoformat(sep=" ")
    return str(value)

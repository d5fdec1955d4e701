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

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami import wording
from dami.notes import Note
from dami.tables.amounts import Amounts, find_amounts, may_hold_numbers, told
from dami.tables.dates import parse_dates
from dami.tables.number_formats import Locale, all_match, gather_evidence, match, parse_numbers, without
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES, NUMBER, SIGNS_MISSING
from dami.tables.shapes import PLAINEST, first_of_each_shape, shapes_of
from dami.tables.threads import each
from dami.tables.times import parse_times

LONGEST = max(len(text.encode()) for text in (*ALWAYS_MISSING, *MISSING_AMONG_VALUES))
WRITTEN_DATE = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"  # as `as_text` writes a day
HEAD, MANY = 1000, 0.9  # a column whose first cells differ so much, and hold no numbers, holds words


Form = Literal["distinct", "shapes", "words"]  # what the texts of a column are: words may be alike and hold no numbers


@dataclass
class _Column:
    """A column of texts whose type is not known yet. Most work is done on its distinct texts."""

    name: str
    cells: pa.Array  # (n,) as written
    form: Form
    codes: np.ndarray  # (n,) position of each row's text in `texts`
    texts: pa.Array  # (k,) distinct texts as written, the first of each shape, or all texts if most of them differ
    trimmed: pa.Array  # (k,) without spaces around them
    absent: np.ndarray  # (k,) True for a text that always means "missing"
    signs: np.ndarray  # (k,) True for a text that means "missing" among numbers
    amounts: Amounts | None = None  # the numbers in `trimmed`, once they are looked for
    notes: list[str] = field(default_factory=list)
    is_told: bool = False  # whether the values are known to tell what was written

    def rest(self) -> pa.Array:
        return self.trimmed.filter(pa.array(~(self.absent | self.signs)))

    def rows_of_rest(self) -> np.ndarray:
        """Return how many rows have each text of `rest`."""
        return np.bincount(self.codes, minlength=len(self.texts))[~(self.absent | self.signs)]


class Parsing(NamedTuple):
    """What columns of texts mean.

    Attributes
    ----------
    values : int64, float64, bool, boolean, datetime64 or str series (n,) by name
    notes : sentences that say what was mended
    told : names of columns whose values are known to tell what was written, see `dami.tables.written`
    """

    values: dict[str, pd.Series]
    notes: list[str]
    told: set[str]


def parse_columns(
    columns: Iterable[tuple[str, pa.Array | pa.ChunkedArray]],
    delimiter: str | None = None,
    locale: Callable[[], Locale] | None = None,
) -> Parsing:
    """Find the type of each column of texts.

    Parameters
    ----------
    columns : pairs of a column name and n Arrow strings; nulls are missing.
    delimiter : the delimiter of the file, which is evidence for the decimal sign.
    locale : gives the decimal sign of the whole table, if these are some of its columns; None if they show it
    """
    given = [(name, _filled(values)) for name, values in columns]
    n_rows = len(given[0][1]) if given else 0
    prepared = each(lambda column: _prepared(*column), given, n_rows)
    decimal = _shown(prepared, delimiter) if locale is None else locale
    meant = each(lambda column: _meaning(column, decimal), prepared, n_rows)
    return Parsing(
        {column.name: values for column, values in meant},
        [note for column, _ in meant for note in column.notes],
        {column.name for column, _ in meant if column.is_told},
    )


def _meaning(column: _Column, locale: Callable[[], Locale]) -> tuple[_Column, pd.Series]:
    column, values = _as_numbers(column, locale)
    for read in (_booleans, _dates, _times) if column.form == "distinct" else ():
        if values is None:
            values = read(column)
    return column, _texts(column) if values is None else values


def _as_numbers(column: _Column, locale: Callable[[], Locale]) -> tuple[_Column, pd.Series | None]:
    """Return a column, in a form for what else it may hold if it holds no numbers, and its numbers."""
    values = _numbers(column, locale)
    if values is None and column.form == "shapes":  # numbers that cannot be read, or codes
        column = _with_amounts(_distinct(column.name, column.cells))
        values = _numbers(column, locale)
    return column, values


def hold_numbers(texts: pa.Array) -> bool:
    """Return whether a column of texts (n,), null where missing, holds numbers by the rules of `parse_columns`.

    Times and durations are numbers of seconds.
    """
    column = _prepared("", _filled(texts))
    column, values = _as_numbers(column, _shown([column]))
    return values is not None or (column.form == "distinct" and _times(column) is not None)


def hold_dates(texts: pa.Array) -> bool:
    """Return whether a column of texts (n,), null where missing, holds dates by the rules of `parse_columns`."""
    first = texts.drop_null().slice(0, HEAD)
    return _may_be_times(_distinct("", first).rest()) and _dates(_distinct("", _filled(texts))) is not None


def locale_of(columns: Iterable[tuple[str, pa.Array | pa.ChunkedArray]], delimiter: str | None = None) -> Locale:
    """Return the evidence of a table about its decimal sign; parameters as in `parse_columns`."""
    return _evidence([_prepared(name, _filled(values)) for name, values in columns], delimiter)


def _shown(columns: Iterable[_Column], delimiter: str | None = None) -> Callable[[], Locale]:
    decimal = _evidence(columns, delimiter)
    return lambda: decimal


def _evidence(columns: Iterable[_Column], delimiter: str | None = None) -> Locale:
    locale = Locale(delimiter)
    for column in columns:
        if column.amounts is not None:
            read = ~(column.absent | column.signs | column.amounts.unread)
            gather_evidence(column.amounts.texts.filter(pa.array(read)), locale)
    return locale


def numbers_of(name: str, values: pa.Array | pa.ChunkedArray, locale: Locale | None = None) -> np.ndarray | None:
    """Return the numbers (n,) of texts that are known to hold some, NaN where a text is none; None if none is found.

    Parameters
    ----------
    locale : the decimal sign of the table; None if the texts alone show it
    """
    column = _with_amounts(_distinct(name, _filled(values)), known=True)
    found = _numbers(column, _shown([column]) if locale is None else lambda: locale)
    return None if found is None else found.to_numpy(dtype=np.float64)


def _prepared(name: str, cells: pa.Array) -> _Column:
    """Return a column in the form that takes the least work: telling all distinct texts apart is slow if all differ."""
    first = _distinct(name, cells.slice(0, HEAD))
    head = first.rest()
    if all_match(first_of_each_shape(head)[0], NUMBER):
        texts, codes = first_of_each_shape(cells)
        column = _column(name, cells, "shapes", codes, texts)
        if all_match(column.rest(), NUMBER):
            return _with_amounts(column)
    elif len(head) > MANY * HEAD and not may_hold_numbers(head) and not _may_be_times(head):
        column = _column(name, cells, "words", np.arange(len(cells)), cells)
        if not column.signs.any():
            return column
    return _with_amounts(first if len(cells) <= HEAD else _distinct(name, cells))


def _distinct(name: str, cells: pa.Array) -> _Column:
    encoded = cells.dictionary_encode()
    return _column(name, cells, "distinct", encoded.indices.to_numpy(), encoded.dictionary)


def _with_amounts(column: _Column, known: bool = False) -> _Column:
    missing = column.absent | column.signs
    column.amounts = find_amounts(column.name, column.trimmed, missing, column.codes, known)
    return column


def _filled(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return pc.fill_null(values, "")


def _column(name: str, cells: pa.Array, form: Form, codes: np.ndarray, texts: pa.Array) -> _Column:
    trimmed = pc.utf8_trim_whitespace(texts)
    absent, signs = _in(trimmed, ALWAYS_MISSING, MISSING_AMONG_VALUES)
    return _Column(name, cells, form, codes, texts, trimmed, absent, signs)


def _in(texts: pa.Array, *sets: tuple[str, ...]) -> np.ndarray:
    """Return which texts are in each set, (number of sets, n) bool."""
    found = np.zeros((len(sets), len(texts)), dtype=bool)
    short = np.flatnonzero(pc.binary_length(texts).to_numpy() <= LONGEST)  # most texts of most columns are longer
    if len(short):
        some = texts.take(pa.array(short))
        for row, values in zip(found, sets, strict=True):
            row[short] = pc.is_in(some, _set(values)).to_numpy(zero_copy_only=False)
    return found


@functools.cache
def _set(values: tuple[str, ...]) -> pa.Array:
    return pa.array(values)


def _numbers(column: _Column, locale: Callable[[], Locale]) -> pd.Series | None:
    amounts = column.amounts
    if amounts is None:
        return None
    missing = column.absent | column.signs | amounts.unread
    cells = _present_cells(column, missing) if column.form == "shapes" else None
    numbers, notes = parse_numbers(column.name, amounts.texts, missing, locale(), column.codes, cells, column.trimmed)
    column.notes += notes
    if numbers is None:
        return None
    column.notes += amounts.notes
    _note_missing(column)
    column.is_told = column.form == "shapes" and not notes and all_match(shapes_of(column.texts), PLAINEST)
    return pd.Series(numbers if column.form == "shapes" else numbers[column.codes])


def _present_cells(column: _Column, missing: np.ndarray) -> pa.Array:
    """Return the cells (n,) without spaces around them; null where the text (k,) is missing."""
    cells = column.cells if column.trimmed.equals(column.texts) else pc.utf8_trim_whitespace(column.cells)
    if not missing.any():
        return cells
    return without(cells, missing[column.codes])


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
    rest = column.rest()
    if not _may_be_times(rest):
        return None
    rows = column.rows_of_rest()
    found = parse_dates(rest, rows)
    if found.ambiguous:
        cells = wording.count(int(rows.sum()), "cell")
        words = (
            f"In “{column.name}”, day and month of dates such as {rest[0].as_py()} cannot be told apart ({cells}): the "
            "column stays text. Say that it is a “date, day first” or a “date, month first”."
        )
        column.notes.append(Note(words, column.name, "doubt"))
    if found.values is None:
        return None
    column.is_told = all_match(column.texts, WRITTEN_DATE) and bool(found.values.notna().all())
    return _with_gaps(column, found.values.to_numpy(), "date")


def _times(column: _Column) -> pd.Series | None:
    rest = column.rest()
    if not _may_be_times(rest):
        return None
    rows = column.rows_of_rest()
    seconds = parse_times(rest, rows)
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
    found = _in(trimmed, SIGNS_MISSING)[0] & ~missing if column.signs.any() else column.signs
    if found.sum() == 1 and len(words) > 0:
        mere = match(trimmed, r"^[^\pL\pN]+$") & ~missing
        if mere.sum() == 1:
            column.signs = found
            missing |= found
            _note_missing(column)
    column.is_told = not (missing & pc.not_equal(texts, "").to_numpy(zero_copy_only=False)).any()
    kept = texts.filter(pa.array(~missing)) if missing.any() else texts
    if len(kept) and all_match(kept, "^ "):
        texts, column.is_told = trimmed, False  # "39, State-gov, ...": the space belongs to the comma
    if texts is column.texts and not missing.any():
        texts = column.cells
    else:
        texts = without(texts, missing)
        if column.form == "distinct":
            texts = texts.take(pa.array(column.codes))
    return pd.Series(pd.array(texts, dtype="str"))


def _note_missing(column: _Column) -> None:
    """Add notes that say which unusual spellings were read as missing, and in how many rows."""
    for code in np.flatnonzero(column.signs & ~column.absent).tolist():
        spelling = column.trimmed[code].as_py()
        rows = wording.count(int((column.codes == code).sum()), "row")
        column.notes.append(Note(f"In “{column.name}”, “{spelling}” was read as missing ({rows}).", column.name))


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

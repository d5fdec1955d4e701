"""Recognises rows of a file that are no rows of its table: a title, a second row of names, units, totals, notes, gaps.

A row is left out only where several signs agree, since a row that is lost is worse than a row too many:

- *Title*: rows with one value above a row that looks like names, with an empty row between them or with columns of
  numbers below the names.
- *Second row of names*: it fills the gaps of the first, holds words, and stands above columns of numbers.
- *Units*: each value is a unit of measure, and its column holds numbers.
- *Totals*: the last rows say "Total" or the like and their numbers are the totals, and the rows stand apart or lack a
  value, or several agree. "Max" may be a person, and "Total" a brand.
- *Notes*: one text of several words in a row, below an empty row and a table of three columns or more.
- *Empty rows* at the end, but not all rows of a table.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.patterns import (
    ALWAYS_MISSING,
    ISO_DATE,
    MISSING_AMONG_VALUES,
    NUMERIC_LOOK,
    OTHER_DATES,
    OUT_OF_RANGE,
    TIME,
)
from dami.tables.read_options import ReadOptions, Skipped
from dami.tables.written import cell_text

HEAD = 60  # rows in which names and units are looked for
MOST_ABOVE = 30  # rows of a title
SHOWN = 5  # rows of each kind that are kept to be shown
LAST = 6  # rows of totals
LEAST_BODY = 5  # rows above them, since few numbers agree by chance

Row = Sequence[str]


class Grid(Protocol):
    """All rows of a file as texts, the column names among them."""

    def __len__(self) -> int: ...

    def rows(self, start: int, stop: int) -> list[list[str]]: ...

    def column(self, place: int, start: int, stop: int) -> list[str]: ...

    def end(self) -> int:
        """Return the place after the last row that is not empty."""


@dataclass(frozen=True)
class Around:
    """Where the table is among the rows of a file: its names, the places of its first row and after its last."""

    names: list[str]
    start: int
    stop: int
    skipped: tuple[Skipped, ...]


def look_around(grid: Grid, options: ReadOptions, offset: int = 0) -> Around:
    """Find the rows around a table.

    Parameters
    ----------
    offset : rows of the file above the grid
    """
    skipped: list[Skipped] = []

    def skip(kind: str, first: int, n: int) -> None:
        shown = tuple(tuple(row) for row in grid.rows(first, first + min(n, SHOWN)))
        skipped.append(Skipped(kind, first + offset + 1, n, shown))

    head = grid.rows(0, HEAD)
    top = _title_rows(head) if options.skips("title") else 0
    if top:
        skip("title", 0, top)
    names, start = head[top], top + 1
    below = head[start:]
    if options.skips("header") and not _are_units(below) and _is_second_header(names, below):
        skip("header", start, 1)
        names, start, below = _joined(names, below[0]), start + 1, below[1:]
    if options.skips("units") and _are_units(below):
        skip("units", start, 1)
        start += 1
    stop = len(grid)
    if options.skips("empty") and len(names) > 1 and start < (end := grid.end()) < stop:
        skip("empty", end, stop - end)
        stop = end
    for kind, rows_of in (("notes", _notes), ("totals", _totals)):
        if options.skips(kind) and (n := rows_of(grid, start, stop)):
            skip(kind, stop - n, n)
            stop -= n
            body = grid.rows(max(start, stop - HEAD), stop)
            n_blank = next((k for k, row in enumerate(reversed(body)) if _filled(row)), 0)
            if options.skips("empty") and n_blank:
                skip("empty", stop - n_blank, n_blank)
                stop -= n_blank
    return Around([*names], start, stop, tuple(skipped))


# --- what a cell looks like -------------------------------------------------------------------------------------------

NUMBER = re.compile(NUMERIC_LOOK)
DATES = [re.compile(pattern) for pattern in (ISO_DATE, *(pattern for pattern, _ in OTHER_DATES), TIME)]
UNMEASURED = re.compile(OUT_OF_RANGE)
MISSING = {*ALWAYS_MISSING, *MISSING_AMONG_VALUES}
AROUND_NUMBERS = " \u00a0<>≤≥~()€$£¥%*\u2212"


def _is_value(text: str) -> bool:
    """Return whether a text is a number or a date, and so no name."""
    bare = text.strip(AROUND_NUMBERS)
    return any(map(str.isdigit, bare)) and bool(NUMBER.match(bare) or any(date.match(text.strip()) for date in DATES))


def _filled(row: Row) -> list[str]:
    return [text for text in row if text.strip()]


def _holds_values(rows: Sequence[Row], place: int) -> bool:
    """Return whether a column holds numbers or dates in at least three rows, with few exceptions.

    What could not be measured ("n.d.", "<LOD") is no exception.
    """
    texts = [row[place] for row in rows if row[place].strip() not in MISSING]
    texts = [text for text in texts if _is_value(text) or not UNMEASURED.match(text.strip())]
    return len(texts) >= 3 and sum(map(_is_value, texts)) >= 0.8 * len(texts)


# --- above the table --------------------------------------------------------------------------------------------------


def _title_rows(head: Sequence[Row]) -> int:
    """Return how many rows stand above the names."""
    n_filled = [len(_filled(row)) for row in head]
    width = max(n_filled, default=0)
    top = next((k for k, n in enumerate(n_filled[:MOST_ABOVE]) if n >= max(2, width / 2)), 0)
    if not top or not any(n_filled[:top]):
        return 0
    is_apart = n_filled[top - 1] == 0
    if max(n_filled[:top]) > (2 if is_apart and width >= 4 else 1):
        return 0
    names, below = head[top], head[top + 1 :]
    filled = _filled(names)
    if len({*filled}) < len(filled) or _is_value(filled[0]):
        return 0
    if is_apart:
        return top if len(below) >= 2 else 0
    if width < 3 or any(map(_is_value, filled)):
        return 0
    return top if any(text.strip() and _holds_values(below, place) for place, text in enumerate(names)) else 0


def stands_above(rows: Sequence[Row], top: int) -> bool:
    """Return whether the rows before place `top` are a title: they have fewer values, so they cannot be data."""
    names, below = rows[top], [row for row in rows[top + 1 :] if row]
    width = len(names)
    above = [len(row) for row in rows[:top] if row]
    if width < 3 or len(below) < 2 or sum(len(row) == width for row in below) < 0.8 * len(below):
        return False
    if len({*names}) < width or any(not text.strip() or _is_value(text) for text in names):
        return False
    if not rows[top - 1]:
        return max(above, default=width) <= max(1, width - 2)
    even = [row for row in below if len(row) == width]
    return max(above, default=width) == 1 and any(
        all(_is_value(text) for text in column if text.strip() not in MISSING) and any(map(_is_value, column))
        for column in zip(*even, strict=True)
    )


def _is_second_header(names: Row, below: Sequence[Row]) -> bool:
    if len(below) < 4:
        return False
    second, body = below[0], below[1:]
    gaps = [k for k, name in enumerate(names) if not name.strip() and any(row[k].strip() for row in below)]
    if not gaps or not all(second[k].strip() for k in gaps) or not _filled(names):
        return False
    if any(_is_value(text) or len(text) > 60 for text in _filled(second)):
        return False
    if any(second[k] in (row[k] for row in body) for k in gaps):
        return False
    return any(_holds_values(body, k) for k in gaps)


def _joined(names: Row, second: Row) -> list[str]:
    """Return names of two rows as one: a name above a gap holds for the gap too, if a second name tells them apart."""
    joined, group = [], ""
    for first, below in zip(names, second, strict=True):
        group = first.strip() or group
        joined.append(" ".join(filter(None, [group if below.strip() else first.strip(), below.strip()])))
    return joined


PREFIXED = "m|g|s|A|K|mol|Hz|N|Pa|bar|J|W|Wh|V|VA|F|Ω|ohm|S|T|lm|lx|Bq|Gy|Sv|L|l|eV|cal|Da|B|b|bp|M|U|IU|t|px|rad"
PLAIN_UNITS = (
    "min|h|hr|hrs|d|day|days|week|weeks|month|months|a|y|yr|yrs|year|years|sec|seconds|minutes|hours|"
    "°|°C|°F|ºC|ºF|℃|℉|degC|deg C|degF|deg|%|‰|ppm|ppb|psu|in|inch|inches|ft|yd|mi|miles|lb|lbs|oz|gal|psi|mph|kn|"
    "knots|dB|rpm|bpm|mmHg|atm|ha|acre|acres|EUR|USD|GBP|CHF|JPY|€|\\$|£|¥|count|counts|number|pcs|st|pH|cells|copies|units|"
    "CFU|cfu|MPN|PFU|NTU|FNU|"
    "meter|meters|metre|metres|gram|grams|liter|liters|litre|litres|percent|celsius|kelvin"
)
AMOUNT = "1|10|100 ?[mµu]?[lLg]"  # as in CFU/100 mL
FACTOR = rf"(?:(?:[YZEPTGMkhdcmµμunpfa]|da)?(?:{PREFIXED})|{PLAIN_UNITS}|{AMOUNT})(?:\^?[-\u2212+]?[0-9]|[²³⁻¹⁴⁶⁹]+)?"
UNIT = re.compile(rf"^[(\[]?(?:{FACTOR})(?:\s?[/·*.× ]\s?(?:{FACTOR}))*[)\]]?$")
NO_UNIT = re.compile(r"^([-–—/]|text|string|(?i:utc|[ymdhs]{1,4}([-./: ][ymdhs]{1,4})+))$")


def _are_units(below: Sequence[Row]) -> bool:
    """Return whether the first of the rows below the names holds the units of the columns."""
    if len(below) < 4:
        return False
    units, body = below[0], below[1:]
    found = 0
    for place, text in enumerate(units):
        unit = text.strip()
        if not unit or NO_UNIT.match(unit):
            continue
        if _is_value(unit) or not UNIT.match(unit) or not _holds_values(body, place):
            return False
        if any(row[place].strip() == unit for row in body):
            return False
        found += 1
    return found > 0


# --- below the table --------------------------------------------------------------------------------------------------

TOTALS: dict[str, Callable[[Sequence[float]], float]] = {  # the words before numbers -> how the numbers are made
    r"(grand |over)?(total|totals|sum|sums)|gesamt(summe)?|summe|insgesamt|totale|somme|suma|итого|всего|σ|∑": sum,
    r"mean|average|avg|mittel(wert)?|durchschnitt|moyenne|media|ø|среднее": statistics.fmean,
    r"median|mediane|médiane|mediana": statistics.median,
    r"min|minimum": min,
    r"max|maximum": max,
    r"count|anzahl": len,
    r"std|sd|stdev|std\.? ?dev\.?|standard deviation|standardabweichung": statistics.stdev,
}
WORDS = {re.compile(rf"(?i)^({words})[:.]?$"): make for words, make in TOTALS.items()}


def _notes(grid: Grid, start: int, stop: int) -> int:
    """Return how many of the last rows hold one text each, which is about the table."""
    last = grid.rows(max(start, stop - LAST - 1), stop)
    n = next((k for k, row in enumerate(reversed(last)) if not _is_note(row)), len(last))
    if n == 0 or n > LAST or stop - start - n <= LEAST_BODY or _filled(grid.rows(stop - n - 1, stop - n)[0]):
        return 0
    body = [n_filled for row in grid.rows(max(start, stop - n - HEAD), stop - n) if (n_filled := len(_filled(row)))]
    return n if body and statistics.median(body) >= 3 else 0


def _is_note(row: Row) -> bool:
    filled = _filled(row)
    return len(filled) == 1 and len(filled[0].split()) > 1 and not _is_value(filled[0])


def _totals(grid: Grid, start: int, stop: int) -> int:
    """Return how many of the last rows hold totals of the rows above them."""
    last = grid.rows(max(start, stop - LAST - 1), stop)
    n = next((k for k, row in enumerate(reversed(last)) if _maker(row) is None), len(last))
    if n == 0 or n > LAST or stop - start - n < LEAST_BODY:
        return 0
    is_apart = not _filled(grid.rows(stop - n - 1, stop - n)[0])
    column = partial(grid.column, start=start, stop=stop - n)
    return n if all(_are_totals(row, column, is_apart, n) for row in last[len(last) - n :]) else 0


def _are_totals(row: Row, column: Callable[[int], list[str]], is_apart: bool, n: int) -> bool:
    """Return whether a row that is called after totals holds them."""
    make = _maker(row)
    cells = [(place, text) for place, text in enumerate(row) if text.strip()][1:]
    if make is None or not cells or not all(_is_value(text) for _, text in cells):
        return False
    lacks_values = len(cells) + 1 < len(row)
    if is_apart and lacks_values:
        return True
    agree = sum(_is_made(text, make, column(place)) for place, text in cells)
    if agree == 0 or agree < len(cells) / 2:
        return False
    if make in (min, max):
        return is_apart or n > 1
    return is_apart or n > 1 or lacks_values or agree > 1


def _maker(row: Row) -> Callable[[Sequence[float]], float] | None:
    first = next(iter(_filled(row)), "").strip()
    return next((make for pattern, make in WORDS.items() if pattern.match(first)), None)


def _is_made(text: str, make: Callable[[Sequence[float]], float], column: Sequence[str]) -> bool:
    """Return whether a number, other than 0, is made of those above it, up to the digits that it shows."""
    for decimal in ".,":
        total = _number(text, decimal)
        numbers = [number for cell in column if (number := _number(cell, decimal)) is not None]
        if not total or len(numbers) < 2:
            continue
        digits = len(text.strip(AROUND_NUMBERS).rpartition(decimal)[2]) if decimal in text else 0
        if abs(make(numbers) - total) <= max(0.51 * 10.0**-digits, 1e-9 * abs(total)):
            return True
    return False


def _number(text: str, decimal: str) -> float | None:
    bare = text.replace("\u2212", "-").strip(AROUND_NUMBERS.replace("\u2212", ""))
    group = "," if decimal == "." else "."
    try:
        return float(re.sub(rf"[\s'{re.escape(group)}]", "", bare).replace(decimal, "."))
    except ValueError:
        return None


# --- the rows of each format ------------------------------------------------------------------------------------------


class TextGrid:
    """The rows of a delimited text."""

    def __init__(self, names: Row, columns: Sequence[pa.ChunkedArray]) -> None:
        self.names, self.columns = [*names], columns

    def __len__(self) -> int:
        return 1 + (len(self.columns[0]) if self.columns else 0)

    def rows(self, start: int, stop: int) -> list[list[str]]:
        above = [self.names] if start == 0 < stop else []
        first, n = max(start - 1, 0), max(0, stop - max(start, 1))
        parts = [column.slice(first, n).to_pylist() for column in self.columns]
        return [*above, *map(list, zip(*parts, strict=True))]

    def column(self, place: int, start: int, stop: int) -> list[str]:
        texts: list[str] = self.columns[place].slice(start - 1, stop - start).to_pylist()
        return texts

    def end(self) -> int:
        if not any(text.strip() for text in self.rows(len(self) - 1, len(self))[0]):
            filled = np.zeros(len(self) - 1, bool)
            for column in self.columns:
                filled |= pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy()
            return int(np.flatnonzero(filled).max(initial=-1)) + 2
        return len(self)


class SheetGrid:
    """The rows of a sheet, whose cells are Python values; "" and None are empty."""

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self.cells = rows

    def __len__(self) -> int:
        return len(self.cells)

    def rows(self, start: int, stop: int) -> list[list[str]]:
        return [[cell_text(value) for value in row] for row in self.cells[start:stop]]

    def column(self, place: int, start: int, stop: int) -> list[str]:
        return [cell_text(row[place]) for row in self.cells[start:stop]]

    def end(self) -> int:
        is_filled = (
            k for k in range(len(self), 0, -1) if any(str(v).strip() for v in self.cells[k - 1] if v is not None)
        )
        return next(is_filled, 0)

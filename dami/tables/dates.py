"""Reads dates in texts: ISO dates, "31.01.2024", "31.1.24", "31 Jan 2024", "Jan 31, 2024", with or without a time.

Nearly all texts of a column are of one shape; a few that are no dates are missing. Where "01/02/2024" may be the first
of February or the second of January, a day over 12 somewhere in the column shows which number is the day. A time zone
is taken off: dates are in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.number_formats import FEW, any_match, match, mostly_match
from dami.tables.patterns import ISO_DATE, MONTH_NAMES, OTHER_DATES
from dami.tables.times import seconds_in

ORDERS = ("day first", "month first")
TWO_WAYS = r"^[0-9]{1,2}[/-][0-9]{1,2}[/-]"  # how the texts begin that have an order
FORMATS: dict[str, tuple[str, ...]] = {ISO_DATE: ("ISO8601",), **dict(OTHER_DATES)}


@dataclass(frozen=True)
class Dates:
    """What was found in the texts of a column.

    Attributes
    ----------
    values : (k,) datetime64, NaT for a text that is none; None if the texts are no dates, or can be read in two ways
    ambiguous : whether they can be read in two ways
    """

    values: pd.Series | None
    ambiguous: bool = False


def parse_dates(texts: pa.Array, rows: np.ndarray) -> Dates:
    """Read the dates of a column.

    Parameters
    ----------
    texts : (k,) distinct Arrow strings without spaces around them, none of them missing
    rows : (k,) how many rows have each text
    """
    for pattern, formats in FORMATS.items():
        if (found := mostly_match(texts, pattern, rows)) is None:
            continue
        readings = [_read(texts, pattern, found, order) for order in ORDERS[: len(formats)]]
        lost = [int(rows[values.isna()].sum()) for values in readings]
        best = [values for values, n in zip(readings, lost, strict=True) if n == min(lost)]
        if min(lost) > FEW * rows.sum():
            return Dates(None)
        return Dates(None, ambiguous=True) if len(best) == 2 and not best[0].equals(best[1]) else Dates(best[0])
    return Dates(None)


def dates_in(texts: pa.Array, order: str | None = None, guess: bool = True) -> pd.Series:
    """Return what texts, (k,) Arrow strings, are as dates of any shape, datetime64[us] with NaT for other texts.

    Parameters
    ----------
    order : of `ORDERS`, for dates such as "01/02/2024"; None for the one that leaves the fewest texts unread
    guess : whether day first holds if both orders leave as few; else texts that they read differently are none
    """
    texts = pc.utf8_trim_whitespace(texts)
    orders = [order] if order else ORDERS if any_match(texts, TWO_WAYS) else ORDERS[:1]
    both = _of_any_shape(texts, orders)
    fewest = min(int(values.isna().sum()) for values in both)
    best, *others = [values for values in both if values.isna().sum() == fewest]
    return best if guess or not others else best.where(best == others[0])


def _of_any_shape(texts: pa.Array, orders: Sequence[str]) -> list[pd.Series]:
    """Return the dates (k,) of texts in each of some orders."""
    read = [pd.Series(np.full(len(texts), np.datetime64("NaT"), dtype="datetime64[us]")) for _ in orders]
    for pattern, formats in FORMATS.items():
        found = match(texts, pattern)
        if not found.any():
            continue
        found_by = [_read(texts, pattern, found, order) for order in orders[: len(formats)]]
        found_by += found_by[-1:] * (len(orders) - len(found_by))  # this form has one order
        read = [one.fillna(values.astype("datetime64[us]")) for one, values in zip(read, found_by, strict=True)]
        if all(values.notna().all() for values in read):
            break
    return read


def _read(texts: pa.Array, pattern: str, found: np.ndarray, order: str) -> pd.Series:
    """Return the dates (k,) of the texts that a pattern matches, NaT for the others and for days that do not exist."""
    matching = texts.filter(pa.array(found))
    formats = FORMATS[pattern]
    if pattern == ISO_DATE:
        read = pd.to_datetime(_series(matching), format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    else:
        parts = pc.extract_regex(matching, pattern)
        days = _series(pc.replace_substring_regex(parts.field("date"), MONTH_NAMES, r" \1 "))
        days = days.str.replace(r"[ ,.\-]+", " ", regex=True).str.strip() if "%b" in formats[0] else days
        form = formats[min(ORDERS.index(order), len(formats) - 1)]
        read = _with_times(pd.to_datetime(days, format=form, errors="coerce"), parts)
    if found.all():
        return read
    values = np.full(len(found), np.datetime64("NaT"), dtype=read.dtype)
    values[found] = read.to_numpy()
    return pd.Series(values)


def _with_times(days: pd.Series, parts: pa.StructArray) -> pd.Series:
    days = days.astype("datetime64[us]")
    if not any_match(parts.field("hour"), "."):  # nor has any a zone
        return days
    seconds = seconds_in(parts) - _offsets(parts.field("zone"))
    return days + pd.Series(np.round(seconds * 1e6).astype("timedelta64[us]"), index=days.index)


def _offsets(zones: pa.Array) -> np.ndarray:
    """Return how many seconds the clocks of zones such as "+01:00" and "Z" are ahead of UTC, (k,)."""
    digits = _series(zones).str.extract(r"([+\-])([0-9]{2}):?([0-9]{2})?")
    ahead = digits[1].astype("float").fillna(0) * 3600 + digits[2].astype("float").fillna(0) * 60
    return np.where(digits[0] == "-", -ahead, ahead)


def _series(texts: pa.Array) -> pd.Series:
    return pd.Series(texts.to_pylist(), dtype="object")

"""Reads dates in texts: ISO dates, "31.01.2024", "31.1.24", "31 Jan 2024", "Jan 31, 2024", with or without a time.

All texts of a column are of one shape. Where "01/02/2024" may be the first of February or the second of January, a day
over 12 somewhere in the column shows which number is the day. A time zone is taken off: dates are in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.number_formats import all_match
from dami.tables.patterns import ISO_DATE, MONTH_NAMES, OTHER_DATES
from dami.tables.times import seconds_in


@dataclass(frozen=True)
class Dates:
    """What was found in the texts of a column.

    Attributes
    ----------
    values : (k,) datetime64; None if the texts are no dates, or can be read in two ways
    ambiguous : whether they can be read in two ways
    """

    values: pd.Series | None
    ambiguous: bool = False


def parse_dates(texts: pa.Array) -> Dates:
    """Read the dates of a column.

    Parameters
    ----------
    texts : (k,) Arrow strings without spaces around them, none of them missing
    """
    if all_match(texts, ISO_DATE):
        stamps = pd.to_datetime(_series(texts), format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
        return Dates(None if stamps.isna().any() else stamps)
    for pattern, formats in OTHER_DATES:
        if all_match(texts, pattern):
            parts = pc.extract_regex(texts, pattern)
            days = _series(pc.replace_substring_regex(parts.field("date"), MONTH_NAMES, r" \1 "))
            days = days.str.replace(r"[ ,.\-]+", " ", regex=True).str.strip() if "%b" in formats[0] else days
            readings = [pd.to_datetime(days, format=form, errors="coerce") for form in formats]
            whole = [reading for reading in readings if not reading.isna().any()]
            if len(whole) == 2 and not whole[0].equals(whole[1]):
                return Dates(None, ambiguous=True)
            return Dates(_with_times(whole[0], parts)) if whole else Dates(None)
    return Dates(None)


def _with_times(days: pd.Series, parts: pa.StructArray) -> pd.Series:
    seconds = seconds_in(parts) - _offsets(parts.field("zone"))
    moved = pd.Series(np.round(seconds * 1e6).astype("timedelta64[us]"), index=days.index)
    return days.astype("datetime64[us]") + moved


def _offsets(zones: pa.Array) -> np.ndarray:
    """Return how many seconds the clocks of zones such as "+01:00" and "Z" are ahead of UTC, (k,)."""
    digits = _series(zones).str.extract(r"([+\-])([0-9]{2}):?([0-9]{2})?")
    ahead = digits[1].astype("float").fillna(0) * 3600 + digits[2].astype("float").fillna(0) * 60
    return np.where(digits[0] == "-", -ahead, ahead)


def _series(texts: pa.Array) -> pd.Series:
    return pd.Series(texts.to_pylist(), dtype="object")

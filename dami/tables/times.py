"""Reads times of day and durations in texts as seconds: "12:30", "1:05 pm", "1:02:03", "2 days 03:04:05", "PT1H30M"."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.number_formats import all_match, match, mostly_match
from dami.tables.patterns import ISO_DURATION, TIME

SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def parse_times(texts: pa.Array, rows: np.ndarray) -> np.ndarray | None:
    """Return times or durations (k,) in seconds as int64 or float64; None if they are neither.

    Parameters
    ----------
    texts : (k,) distinct Arrow strings without spaces around them, none missing; a few that are no times are NaN
    rows : (k,) how many rows have each text
    """
    for pattern in (TIME, ISO_DURATION):
        found = mostly_match(texts, pattern, rows)
        if found is not None and all_match(texts.filter(pa.array(found)), "[0-9]"):
            seconds = np.full(len(texts), np.nan)
            seconds[found] = seconds_in(pc.extract_regex(texts.filter(pa.array(found)), pattern))
            return _plain(seconds)
    return None


def times_in(texts: pa.Array) -> np.ndarray:
    """Return the seconds (k,) of texts that are times or durations, NaN for other texts."""
    texts = pc.utf8_trim_whitespace(pc.fill_null(texts, ""))
    seconds = np.full(len(texts), np.nan)
    for pattern in (TIME, ISO_DURATION):
        found = match(texts, pattern) & match(texts, "[0-9]")
        if found.any():
            seconds[found] = seconds_in(pc.extract_regex(texts.filter(pa.array(found)), pattern))
    return seconds


def seconds_in(parts: pa.StructArray) -> np.ndarray:
    """Return the seconds (k,) that the parts of times make up: hour, minute and so on, each a text, empty for 0."""
    names = [field.name for field in parts.type]
    numbers = {name: _numbers(parts.field(name)) for name in names if name in SECONDS}
    if "half" in names:
        half = pc.utf8_lower(parts.field("half")).to_numpy(zero_copy_only=False)
        hours = numbers["hour"]
        numbers["hour"] = np.where(half == "", hours, hours % 12 + 12 * (half == "p"))
    total = np.sum([SECONDS[name] * values for name, values in numbers.items()], axis=0)
    if "minus" in names:
        total = np.where(pc.equal(parts.field("minus"), "-").to_numpy(zero_copy_only=False), -total, total)
    return np.asarray(total, dtype=np.float64)


def _numbers(texts: pa.Array) -> np.ndarray:
    filled = pc.if_else(pc.equal(texts, ""), "0", pc.replace_substring(texts, ",", "."))
    return np.asarray(pc.cast(filled, pa.float64()).to_numpy())


def _plain(seconds: np.ndarray) -> np.ndarray:
    return seconds.astype(np.int64) if (seconds == np.trunc(seconds)).all() else seconds  # NaN is not whole

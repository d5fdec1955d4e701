"""Gives two columns of one name from two files the same type, so that they can become one column.

The older column decides the type: numbers, dates, yes/no or texts. The newer column gets this type if every value of it
can be read so. If not, both columns become text, as a column of mixed types does when a file is read. No value of
either column is lost, and none changes its meaning.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pandas as pd

from dami.tables.column_values import as_dates, as_numbers, as_texts
from dami.tables.patterns import ISO_DATE
from dami.tables.typed_values import EXACT
from dami.tables.yes_no import ONES, respelled

WORDS = {"date": "dates", "boolean": "yes/no values", "number": "numbers", "text": "texts"}
RANGE = re.compile(r"(?:up to|over) (\S+)|(\S+) to (\S+)")  # the names that `columns.bin_target` gives to ranges


def joined(old: pd.Series, new: pd.Series) -> tuple[pd.Series, pd.Series, str | None]:
    """Give two columns one type.

    Parameters
    ----------
    old, new : columns (n,) and (k,) as `read_table` gives them.

    Returns
    -------
    (old, new, mixed): two columns of one type, and words such as "numbers and texts" if both had to become text, else
    None.
    """
    leading = old if old.notna().any() or not new.notna().any() else new
    sort = _sort(leading)
    read = _read(old, sort, old), _read(new, sort, old)
    if read[0] is not None and read[1] is not None:
        typed = _of_one_type(read[0], read[1], sort)
        if typed is not None:
            return *typed, None
    other = _sort(new) if leading is old else _sort(old)
    mixed = f"{WORDS[sort]} and {WORDS[other] if other != sort else 'missing values'}"
    return as_texts(old), as_texts(new), mixed


def _sort(series: pd.Series) -> str:
    if pd.api.types.is_datetime64_any_dtype(series):
        return "date"
    if pd.api.types.is_bool_dtype(series):
        return "boolean"
    return "number" if pd.api.types.is_numeric_dtype(series) else "text"


def _read(series: pd.Series, sort: str, old: pd.Series) -> pd.Series | None:
    """Return the values as the type `sort`, or None if a value cannot be read so. Missing values stay missing."""
    if not series.notna().any():
        return _nothing(series.index, sort)
    own = _sort(series)
    read: pd.Series | None = None
    match sort, own:
        case ("text", "number"):
            return _spelled_as(series, as_texts(old.dropna()).drop_duplicates())
        case ("text", "boolean"):
            known = {text.lower(): text for text in as_texts(old.dropna()).unique()}
            return as_texts(series).map(lambda text: known.get(text.lower(), text), na_action="ignore").astype("str")
        case ("text", _):
            return as_texts(series)
        case _ if own == sort:
            return series
        case ("number", "text"):
            says = old.dropna().isin([0, 1]).all()
            read = as_numbers(respelled(as_texts(series), ONES) if says else series)
            read = None if (read.abs() > EXACT).any() else read
        case ("number", "boolean") if old.dropna().isin([0, 1]).all():
            read = as_numbers(series)
        case ("boolean", "number" | "text"):
            read = respelled(as_texts(series), ONES).map({"1": True, "0": False}).astype("boolean")
        case ("date", "text") if as_texts(series).dropna().str.match(ISO_DATE).all():
            read = as_dates(series)
    return read if read is not None and (read.notna() == series.notna()).all() else None


def _nothing(index: pd.Index, sort: str) -> pd.Series:
    dtype = {"date": "datetime64[us]", "boolean": "boolean", "number": "float64", "text": "str"}[sort]
    return pd.Series([None] * len(index), index=index, dtype=dtype)


def _of_one_type(old: pd.Series, new: pd.Series, sort: str) -> tuple[pd.Series, pd.Series] | None:
    if sort == "text":
        return as_texts(old), as_texts(new)
    if sort == "boolean":
        dtype = "boolean" if old.isna().any() or new.isna().any() else "bool"
        return old.astype(dtype), new.astype(dtype)
    if sort == "date":
        zone = getattr(old.dtype, "tz", None)
        zoned = new if getattr(new.dtype, "tz", None) else new.dt.tz_localize("UTC")
        return old, zoned.dt.tz_convert(zone)  # zone None: UTC without a zone, the form in which text files are read
    if old.dtype == new.dtype:
        return old, new
    if any(column.dtype.kind in "iu" and (as_numbers(column).abs() > EXACT).any() for column in (old, new)):
        return None  # floats would lose digits
    numbers = as_numbers(new)
    if old.dtype == np.int64 and numbers.notna().all() and (numbers.abs() <= EXACT).all() and (numbers % 1 == 0).all():
        return old, numbers.astype(np.int64)
    return as_numbers(old), numbers


# --- numbers beside texts --------------------------------------------------------------------------------------------


def _spelled_as(numbers: pd.Series, texts: pd.Series) -> pd.Series:
    """Return numbers in the spelling of the old texts: 7 becomes "007" again, or the name of the range around it."""
    edges = range_edges(texts.tolist())
    if edges is not None:
        return _in_ranges(as_numbers(numbers), edges)
    spelled = as_texts(numbers)
    width = int(texts.str.len().max())
    if texts.str.fullmatch(r"[0-9]+").all() and texts.str.startswith("0").any() and (texts.str.len() == width).all():
        return spelled.where(~spelled.str.fullmatch(r"[0-9]+", na=False), spelled.str.zfill(width))
    return spelled


def range_edges(names: list[str]) -> list[float] | None:
    """Return the edges of ranges from their names, lowest first, or None if the names do not name adjacent ranges.

    `columns.bin_target` gives such names: "up to 12.5", "12.5 to 30", "over 30".
    """
    found: list[tuple[float, float]] = []
    for name in names:
        match = RANGE.fullmatch(name)
        try:
            ends = [float(text) for text in match.groups() if text is not None] if match else []
        except ValueError:
            return None
        if not ends:
            return None
        open_end = (-np.inf, ends[0]) if name.startswith("up") else (ends[0], np.inf)
        found.append((ends[0], ends[1]) if len(ends) == 2 else open_end)
    found.sort()
    whole = bool(found) and found[0][0] == -np.inf and found[-1][1] == np.inf
    if not whole or any(one[1] != following[0] for one, following in pairwise(found)):
        return None
    return [high for _, high in found[:-1]]


def _in_ranges(numbers: pd.Series, edges: list[float]) -> pd.Series:
    texts = [f"{edge:.15g}" for edge in edges]
    names = [f"up to {texts[0]}", *(f"{low} to {high}" for low, high in pairwise(texts)), f"over {texts[-1]}"]
    codes = np.searchsorted(edges, numbers.to_numpy(), side="left")  # an edge belongs to the range below it
    named = pd.Series(
        np.array(names, dtype=object)[np.minimum(codes, len(edges))], index=numbers.index, name=numbers.name
    )
    return named.mask(numbers.isna()).astype("str")

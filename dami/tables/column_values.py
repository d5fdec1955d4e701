"""Reads the values of a column as one kind: as numbers, dates, places or texts. What is none becomes missing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami import wording
from dami.tables.places import places_in
from dami.tables.readings import parted, read_texts
from dami.tables.text_values import as_text

HUGE = 1e100  # larger numbers are set to this one, since their squares would overflow


def as_numbers(series: pd.Series, reading: str | None = None) -> pd.Series:
    """Return a column (n,) as float64, texts as `readings` reads them. What is no number becomes missing."""
    if pd.api.types.is_timedelta64_dtype(series):
        return series.dt.total_seconds()
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        return series.astype(np.float64)
    if not is_numeric(series):
        return read_texts(arrow_texts(series), "number", reading).set_axis(series.index).rename(series.name)
    return pd.Series(series.to_numpy(dtype=np.float64, na_value=np.nan), index=series.index, name=series.name)


def as_dates(series: pd.Series, reading: str | None = None) -> pd.Series:
    """Return a column (n,) as dates in UTC without a time zone, in microseconds. Other values become missing.

    So do dates of which nobody can tell day and month, without a reading: "03/04/2024".
    """
    if not is_date(series):
        texts = series
        series = pd.to_datetime(texts.astype("str"), errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
        if (series.isna() & texts.notna()).any():
            series = series.fillna(read_texts(arrow_texts(texts), "date", reading, guess=False).set_axis(series.index))
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return series.astype("datetime64[us]")


def read_as(series: pd.Series, choice: str) -> pd.Series:
    """Return a column (n,) as numbers, dates or latitudes, as a choice such as "date, day first" or "place" says."""
    kind, reading = parted(choice)
    if kind == "place":
        return pd.Series(as_places(series)[:, 0], index=series.index)
    return as_dates(series, reading) if kind == "date" else as_numbers(series, reading)


def as_places(series: pd.Series) -> np.ndarray:
    """Return a column (n,) as latitudes and longitudes, (n, 2). Both are NaN where a value is no place."""
    return places_in(as_texts(series))


def arrow_texts(series: pd.Series) -> pa.Array:
    """Return a column (n,) as one Arrow array of texts, null where it has no value."""
    texts = pa.array(series.astype("str"), from_pandas=True)
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def as_texts(series: pd.Series) -> pd.Series:
    """Return a column (n,) as str, with whole numbers without ".0". Missing values stay missing."""
    if pd.api.types.is_string_dtype(series) and series.dtype != object:
        return series.astype("str")
    if isinstance(series.dtype, np.dtype) and series.dtype.kind == "M":
        moments = pa.array(series, from_pandas=True).dictionary_encode()
        texts = _moment_texts(moments.dictionary).take(moments.indices)
        return pd.Series(pd.array(texts, dtype="str"), index=series.index, name=series.name)
    codes, distinct = pd.factorize(series, use_na_sentinel=True)
    names = np.array([*(as_text(value) for value in distinct), None], dtype=object)
    return pd.Series(names[codes], index=series.index, name=series.name).astype("str")


def _moment_texts(moments: pa.TimestampArray) -> pa.StringArray:
    """Return moments without a time zone (k,), none of them missing, as texts, each as `as_text` writes it."""
    unit = "ns" if moments.type.unit == "ns" else "us"
    moments = moments.cast(pa.timestamp(unit))
    texts = pc.cast(moments, pa.string())  # 2024-01-31 00:00:00.000000
    ticks = moments.cast(pa.int64()).to_numpy()
    second = 10**9 if unit == "ns" else 10**6
    for step, length in ((1000, 26), (second, 19), (86_400 * second, 10)):
        if unit == "ns" or length < 26:
            texts = pc.if_else(pa.array(ticks % step == 0), pc.utf8_slice_codeunits(texts, 0, length), texts)
    late = pc.starts_with(texts, "<")  # Arrow writes no year beyond 32767
    if pc.any(late, min_count=0).as_py():
        known = np.array([moment_text(moment) for moment in moments.to_numpy(zero_copy_only=False)], dtype=object)
        texts = pc.if_else(late, pa.array(known, pa.string()), texts)
    return texts


def moment_text(moment: np.datetime64) -> str:
    """Return a moment of any year as text, without parts that are zero."""
    day, _, clock = str(moment).partition("T")
    clock = clock.rstrip("0").rstrip(".") if "." in clock else clock
    return f"{day} {clock}" if clock.strip("0:") else day


def numbers_in(frame: pd.DataFrame, name: str, choice: str) -> np.ndarray:
    """Return a column of numbers or dates as (n,) float64, dates in seconds since 1970, missing and infinite as NaN."""
    read = read_as(frame[name], choice)
    if read.dtype.kind == "M":
        return np.where(read.isna(), np.nan, read.astype("int64").to_numpy() / 1e6)
    values = read.to_numpy()
    return np.where(np.isfinite(values), np.clip(values, -HUGE, HUGE), np.nan)


def missing_in(frame: pd.DataFrame, name: str, choice: str) -> np.ndarray:
    """Return, as (n,) bool, the rows in which a column of kind "text", "date", "place" or "number" has no value."""
    return frame[name].isna().to_numpy() if choice == "text" else np.isnan(numbers_in(frame, name, choice))


def infinity_notes(counts: Mapping[str, int], sample: pd.DataFrame) -> list[str]:
    """Return a sentence for each column of numbers that holds infinities, with an example if the sample has one."""
    notes = []
    for name, n in counts.items():
        if n:
            values = as_numbers(sample[name])
            example = "".join(f", such as “{value}”" for value in values[np.isinf(values)].iloc[:1])
            notes.append(f"“{name}” holds {wording.count(n, 'infinite value')}{example}, taken as missing.")
    return notes


def is_numeric(series: pd.Series) -> bool:
    """Return whether the values of a column are numbers or truth values, and no texts of them."""
    return pd.api.types.is_numeric_dtype(series)


def is_date(series: pd.Series) -> bool:
    """Return whether the values of a column are dates, with or without a time zone, and no texts of them."""
    return pd.api.types.is_datetime64_any_dtype(series)

"""Keeps what the owner of a table wrote in its cells, beside the values that it means to a model.

The values of a column often tell what was written: 12 for "12". Where they do not (1950.0 for "1950", a date for
"31.01.2024", nothing for "n/a", a float for a decimal), the column is kept as it was written too: its *original*, texts
or an Arrow column of the file's own type.
"""

from __future__ import annotations

import base64
import datetime
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.tables.coded import is_coded, shown
from dami.tables.column_values import as_texts, moment_text

EXACT = 2**53  # whole numbers below this are exact as float64
SHORTEST = 1e-4  # a smaller number has an exponent in some programs
LONGEST = 1e10  # a fraction below this has no exponent in Arrow, nor in Python
HEAD = 1000
LONG = 3_600_000  # seconds: a duration of a thousand hours and more is told in days too


def original_of(values: pd.Series, written: pa.ChunkedArray, typed: bool = True) -> pa.ChunkedArray | None:
    """Return a column as it was written, or None if its values tell that.

    Parameters
    ----------
    values : (n,) as `read_table` gives them
    written : (n,) texts, or what a typed file holds
    typed : whether the texts are so by choice, as in a workbook, where "12" is not 12; a text file has nothing else
    """
    if pt.is_string(written.type) or pt.is_large_string(written.type):
        if typed and not isinstance(values.dtype, pd.StringDtype) and written.null_count < len(written):
            return written
        for n in (HEAD, len(values)):  # the first rows decide for most columns
            told = pc.equal(texts_of(values.iloc[:n]), pc.fill_null(written.slice(0, n), ""))
            if not pc.all(told, min_count=0).as_py():
                return written
        return None
    if pt.is_dictionary(written.type):
        written = written.cast(written.type.value_type)
    plain = exact_column(values)
    told = pt.is_null(written.type) or (plain.type == written.type and plain.equals(written.combine_chunks()))
    return None if told else written


def texts_of(values: pd.Series) -> pa.Array:
    """Return the texts (n,) that values stand for if nothing else was written; a missing value is empty."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iu":
        return pc.cast(pa.array(values.to_numpy()), pa.string())
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        numbers = values.to_numpy(dtype=np.float64)
        with np.errstate(invalid="ignore"):
            whole = (np.abs(numbers) < EXACT) & (numbers == np.trunc(numbers))
        integers = pc.cast(pa.array(np.where(whole, numbers, 0).astype(np.int64)), pa.string())
        others = pc.cast(pa.array(numbers, from_pandas=True), pa.string())
        return pc.fill_null(pc.if_else(pa.array(whole), integers, others), "")
    texts = values if isinstance(dtype, pd.StringDtype) else as_texts(values)
    return pc.fill_null(pc.cast(_one(pa.array(texts, from_pandas=True)), pa.string()), "")


def texts_at(values: pd.Series, original: pa.ChunkedArray | None, rows: np.ndarray) -> pa.Array:
    """Return the cells of some rows (k,) of a column as they were written; `original` as of `original_of`."""
    return texts_of(values.iloc[rows]) if original is None else texts_in(original.take(pa.array(rows)))


def texts_in(original: pa.ChunkedArray) -> pa.Array:
    """Return the texts (n,) of a column as it was written; an empty cell is empty."""
    if pt.is_string(original.type) or pt.is_large_string(original.type):
        return pc.fill_null(pc.cast(_one(original), pa.string()), "")
    encoded = _one(original)
    if is_coded(encoded.type):
        return shown(encoded, texts_in)
    if not pt.is_nested(encoded.type):
        encoded = encoded.dictionary_encode()
        values = values_in(encoded.dictionary)
        if pt.is_float32(original.type):  # 0.1 has more digits as a float64
            values = [float(str(np.float32(value))) for value in values]
        distinct = pa.array([cell_text(value) for value in values], pa.string())
        return pc.fill_null(distinct.take(encoded.indices), "")
    return pa.array([cell_text(value) for value in encoded.to_pylist()], pa.string())


def values_in(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """Return the values of a column; one that Python has no value for, as a day after 9999, as text."""
    try:
        return column.to_pylist()
    except OverflowError:
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except OverflowError:
        if pt.is_duration(scalar.type):
            return f"{scalar.value} {scalar.type.unit}"
        unit: Any = scalar.type.unit if pt.is_timestamp(scalar.type) else "D" if pt.is_date32(scalar.type) else "ms"
        return moment_text(np.datetime64(scalar.value, unit))  # in UTC


def cell_text(value: Any) -> str:
    """Return a value of a typed file as text, with all its digits; a missing value is empty."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool() | int() | Decimal():
            return str(value)
        case float():
            return _number_text(value)
        case bytes():
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return base64.b64encode(value).decode()
        case datetime.datetime():
            return value.isoformat(sep=" ")
        case datetime.timedelta():
            return _clock(value)
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _number_text(value: float) -> str:
    """Return a number as `texts_of` writes it, in a hundredth of its time: a column of mixed cells has many."""
    if abs(value) < EXACT and value == int(value):
        return str(int(value))
    if SHORTEST <= abs(value) < LONGEST:
        return repr(float(value))
    return "" if np.isnan(value) else str(pa.scalar(value, pa.float64()).cast(pa.string()))


def _clock(value: datetime.timedelta) -> str:
    """Return a duration in hours, minutes and seconds, as a spreadsheet shows it: 25:00:00."""
    seconds, micro = divmod(abs(value) // datetime.timedelta(microseconds=1), 10**6)
    nano = getattr(abs(value), "nanoseconds", 0)  # of pandas
    part = f".{micro:06}{nano:03}".removesuffix("000") if micro or nano else ""
    sign = "-" if value < datetime.timedelta() else ""
    days, hours = divmod(seconds // 3600, 24)
    days, hours = (0, 24 * days + hours) if seconds < LONG else (days, hours)
    return f"{sign}{f'{days} days, ' if days else ''}{hours}:{seconds // 60 % 60:02}:{seconds % 60:02}{part}"


def exact_column(values: pd.Series) -> pa.Array:
    """Return values as an Arrow column of the type that holds them exactly: whole numbers with gaps are integers."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "f":
        numbers = values.to_numpy(dtype=np.float64)
        present = numbers[~np.isnan(numbers)]
        if len(present) < len(numbers) and len(present) and _are_whole(present):
            return pc.cast(pa.array(numbers, from_pandas=True), pa.int64())
    column = _one(pa.array(values, from_pandas=True))
    return column.cast(pa.string()) if pt.is_large_string(column.type) and column.nbytes < 2**31 else column


def are_spelled_plainly(values: pd.Series) -> bool:
    """Return whether values are numbers that everybody spells alike: 12 or 0.25, and none as long as 1e-09."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    sizes = np.abs(values.dropna().to_numpy(dtype=np.float64))
    return bool(((sizes == 0) | ((sizes >= SHORTEST) & (sizes < EXACT))).all())


def _are_whole(numbers: np.ndarray) -> bool:
    return bool(((np.abs(numbers) < EXACT) & (numbers == np.trunc(numbers)) & ~_negative_zero(numbers)).all())


def _negative_zero(numbers: np.ndarray) -> np.ndarray:
    return (numbers == 0) & np.signbit(numbers)


def _one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column

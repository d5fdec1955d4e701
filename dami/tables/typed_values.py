"""Makes columns of a few plain types from values that have types already (Excel, JSON, Parquet, Feather).

A column becomes int64, float64, bool, boolean, datetime64 or str, so all later steps and the Parquet file of a project
meet only these types. Nested values become JSON texts. A column of mixed types becomes texts, which `text_values`
then reads.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.notes import Note
from dami.tables.json_numbers import Spelled, dump_json, plain_type, text_in_file
from dami.tables.number_formats import FEW, LONG, TOO_LONG, counts_as_missing, match, told
from dami.tables.text_values import as_text, parse_columns
from dami.tables.written import cell_text, texts_in
from dami.wording import count, joined

LONGEST = 60  # characters of an example
A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}  # Arrow's units
EXACT = 2**53  # whole numbers up to here are exact as float64


def from_objects(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> tuple[list[pd.Series], list[str]]:
    """Turn columns of Python values into series of one type each.

    Returns
    -------
    (series, notes)
    """
    done: dict[str, pd.Series] = {}
    texts: list[tuple[str, pa.Array]] = []
    mixed: dict[str, str] = {}  # column -> the kinds of its cells, in words
    for name, values in zip(names, columns, strict=True):
        series = _of_one_type(values)
        if series is not None:
            done[name] = series
            continue
        kinds = Counter(_word(value) for value in values if value is not None)
        if len(kinds) > 1:
            examples = {_word(value): value for value in values[::-1] if value is not None}  # the first of each
            shown = {kind: f"such as “{_text(value)[:LONGEST]}”" for kind, value in examples.items()}
            mixed[name] = joined([f"{kind} ({count(n, 'cell')}, {shown[kind]})" for kind, n in sorted(kinds.items())])
        texts.append((name, pa.array([None if value is None else _text(value) for value in values], pa.string())))
    parsed, notes, _ = parse_columns(texts)
    for name, kinds_in_words in mixed.items():
        if parsed[name].dtype == "str":
            notes.append(Note(f"“{name}” mixes {kinds_in_words}: to the rules, it is text.", name, "cells"))
    done.update(parsed)
    return [done[name] for name in names], notes


def mixed_columns(columns: Sequence[Sequence[Any]], written: Sequence[pa.ChunkedArray | None]) -> list[int]:
    """Return the places of columns whose cells are written as texts although numbers are among them."""
    texts = [k for k, cells in enumerate(written) if cells is not None and pt.is_string(cells.type)]
    return [k for k in texts if any(issubclass(kind, int | float) for kind in {type(value) for value in columns[k]})]


def written_objects(values: Sequence[Any]) -> pa.ChunkedArray | None:
    """Return Python values as an Arrow column of the type that holds them all, else as texts."""
    if {type(value) for value in values if value is not None} == {datetime.date, datetime.datetime}:
        # Arrow would make days of all; a sheet hands over a moment at midnight as a day.
        values = [datetime.datetime.combine(v, datetime.time()) if type(v) is datetime.date else v for v in values]
    if any(type(value) is Spelled for value in values):
        texts = [text_in_file(v) if isinstance(v, float) else None if v is None else _text(v) for v in values]
        return pa.chunked_array([pa.array(texts, pa.string())])
    try:
        written = pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        written = pa.array([None if value is None else _text(value) for value in values], pa.string())
    if pt.is_nested(written.type) or pt.is_floating(written.type):  # 3.0 in a sheet or in JSON is 3
        return None
    return pa.chunked_array([written])


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes/no values"
    if isinstance(value, int | float):
        return "numbers"
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return "dates or times"
    return "nested values" if isinstance(value, list | dict) else "texts"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Spelled):
        return value.text
    if isinstance(value, float):
        return cell_text(value)  # as a column of numbers writes it
    if isinstance(value, list | dict):
        return dump_json(value)
    if isinstance(value, datetime.datetime):
        return as_text(pd.Timestamp(value))
    return cell_text(value) if isinstance(value, datetime.timedelta) else as_text(value)


def _of_one_type(values: Sequence[Any]) -> pd.Series | None:
    """Return a series if all values have the same plain type, else None."""
    present = [value for value in values if value is not None]
    if not present:
        return pd.Series(np.full(len(values), np.nan))
    kinds = {plain_type(value) for value in present}
    if kinds == {bool}:
        if len(present) == len(values):
            return pd.Series(np.array(values, dtype=bool))
        return pd.Series(pd.array(list(values), dtype="boolean"))
    if kinds <= {int, float}:
        if any(isinstance(value, int) and abs(value) > EXACT for value in present):
            fits = (
                kinds == {int} and len(present) == len(values) and all(-(2**63) <= value < 2**63 for value in present)
            )
            return pd.Series(np.array(values, dtype=np.int64)) if fits else None
        numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        return pd.Series(whole_numbers(numbers))
    if kinds <= {datetime.date, datetime.datetime} and not any(getattr(value, "tzinfo", None) for value in present):
        try:
            return pd.Series(pd.to_datetime(pd.Series(list(values), dtype="object"), format="ISO8601"))
        except (ValueError, OverflowError, TypeError):
            return None
    return None


def whole_numbers(numbers: np.ndarray) -> np.ndarray:
    """Return numbers (n,) as int64 if all are whole, since Excel and JSON may write 3 as 3.0; else as they are."""
    if np.isfinite(numbers).all() and (np.abs(numbers) <= EXACT).all() and (numbers == np.trunc(numbers)).all():
        return numbers.astype(np.int64)
    return numbers


def from_arrow(names: Sequence[str], columns: Sequence[pa.ChunkedArray]) -> tuple[list[pd.Series], list[str]]:
    """Turn Arrow columns into series of the same types, times and durations into seconds. Texts stay texts."""
    series = []
    notes: list[str] = []
    for name, column in zip(names, columns, strict=True):
        values = _plain(column)
        if pt.is_time(column.type) or pt.is_duration(column.type):
            notes += _told(name, column, f"In “{name}”, times were read as seconds")
        if values is not None and pt.is_integer(column.type) and isinstance(values.dtype, pd.StringDtype):
            texts = column.cast(pa.string()).combine_chunks()
            long = match(texts, LONG)
            if long.any() and long.mean() <= FEW:
                notes.append(told(name, TOO_LONG, texts, long, np.ones(len(texts), dtype=np.int64)))
        if values is not None and pt.is_timestamp(column.type) and values.isna().sum() > column.null_count:
            late = values.isna().to_numpy() & column.is_valid().to_numpy()
            notes.append(counts_as_missing(name, "a moment that is too far away", texts_in(column), late))
        if values is None:
            notes += _told(name, column, f"“{name}” holds nested values, shown as JSON")
            items = [
                None if item is None else json.dumps(item, ensure_ascii=False, default=str)
                for item in column.to_pylist()
            ]
            values = pd.Series(pa.array(items, pa.string()).to_pandas()).astype("str")
        series.append(values.reset_index(drop=True))
    return series, notes


def _told(name: str, column: pa.ChunkedArray, what: str) -> list[str]:
    """Return a note of how many cells of a column were taken so, with an example; none if it has no values."""
    filled = column.drop_null()
    if not len(filled):
        return []
    example = cell_text(filled[0].as_py())
    return [Note(f"{what} ({count(len(filled), 'cell')}, such as “{example[:LONGEST]}”).", name)]


def _is_near(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whether each moment (n,) can be told in microseconds, which reach some 290,000 years."""
    most = np.iinfo(np.int64).max * A_SECOND[column.type.unit] // A_SECOND["us"]
    ticks = column.cast(pa.int64())
    return pc.and_(pc.greater_equal(ticks, -most), pc.less_equal(ticks, most)) if most < 2**63 else pc.is_valid(ticks)


def _plain(column: pa.ChunkedArray) -> pd.Series | None:
    """Return an Arrow column as one of the plain types, or None for nested values."""
    kind = column.type
    if pt.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pt.is_nested(kind):
        return None
    if pt.is_null(kind):
        return pd.Series(np.full(len(column), np.nan))
    if pt.is_boolean(kind):
        return (
            pd.Series(column.to_pandas(types_mapper=lambda _: pd.BooleanDtype()))
            if column.null_count
            else column.to_pandas()
        )
    if pt.is_integer(kind):
        largest = max((abs(int(end)) for end in pc.min_max(column).as_py().values() if end is not None), default=0)
        if largest > 2**63 or (largest == 2**63 and pt.is_uint64(kind)) or (column.null_count and largest > EXACT):
            return column.cast(pa.string()).to_pandas().astype("str")
        return column.cast(pa.float64() if column.null_count else pa.int64()).to_pandas()
    if pt.is_floating(kind):
        return column.cast(pa.float64()).to_pandas()
    if pt.is_decimal(kind):
        numbers = [np.nan if value is None else float(value) for value in column.to_pylist()]
        return pd.Series(np.array(numbers, dtype=np.float64))
    if pt.is_date(kind):
        return column.cast(pa.timestamp("ms")).to_pandas()
    if pt.is_timestamp(kind):
        return pc.if_else(_is_near(column), column, None).cast(pa.timestamp("us"), safe=False).to_pandas()
    if pt.is_time(kind) or pt.is_duration(kind):
        whole = column.cast(pa.int32() if pt.is_time32(kind) else pa.int64())
        return pd.Series(whole_numbers(whole.cast(pa.float64(), safe=False).to_numpy() / A_SECOND[kind.unit]))
    if pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind):
        texts = [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
        return pd.Series(pa.array(texts, pa.string()).to_pandas()).astype("str")
    return column.cast(pa.string()).to_pandas().astype("str")

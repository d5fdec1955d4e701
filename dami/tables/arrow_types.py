"""Gives columns of rare Arrow types a common one that holds the same cells."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.types as pt

from dami.errors import TableError


def plain_column(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return a column (n,) in a type that all steps know: a UUID or a period of pandas, such as 2024-01, is a text.

    Raises
    ------
    TableError : the column has a type for which there is none.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return _texts(column.to_pylist())
        if kind.extension_name in ("pandas.period", "pandas.interval"):
            return _texts([None if pd.isna(value) else value for value in column.to_pandas()])
        if kind.extension_name == "arrow.bool8":
            return column.cast(pa.bool_())
        stored = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        return plain_column(stored, name)
    if pt.is_string_view(kind) or pt.is_binary_view(kind):
        return column.cast(pa.large_string() if pt.is_string_view(kind) else pa.large_binary())
    if pt.is_decimal32(kind) or pt.is_decimal64(kind):
        return column.cast(pa.decimal128(kind.precision, kind.scale))
    is_rare = pt.is_dictionary(kind) and plain_type(kind.value_type, name) != kind.value_type
    if is_rare or pt.is_run_end_encoded(kind) or pt.is_union(kind) or pt.is_interval(kind):
        raise TableError(f"“{name}” has the type {kind}, which DAMI does not read. Save it as text.")
    return column


def plain_type(kind: pa.DataType, name: str) -> pa.DataType:
    """Return the type that `plain_column` gives to a column of a type."""
    return plain_column(pa.chunked_array([], kind), name).type


def _texts(values: list[Any]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([None if value is None else str(value) for value in values], pa.string())])

"""Reads Parquet and Feather files, whose columns have types already."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dami.errors import TableError
from dami.tables import size_limits
from dami.tables.column_names import mended_names
from dami.tables.parsed import Parsed
from dami.tables.typed_values import from_arrow


def read_parquet(data: bytes, filename: str) -> Parsed:
    """Read a Parquet file."""
    import pyarrow.parquet as pq

    def read() -> pa.Table:
        schema = pq.read_schema(io.BytesIO(data))
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)  # repeated texts stay packed
        size_limits.check_size(filename, file.metadata.num_rows, len(schema))
        return file.read()

    return _read_arrow(read, filename, "Parquet")


def read_feather(data: bytes, filename: str) -> Parsed:
    """Read a Feather (Arrow IPC) file."""
    import pyarrow.feather as feather

    return _read_arrow(lambda: feather.read_table(io.BytesIO(data)), filename, "Feather")


def _read_arrow(read: Callable[[], pa.Table], filename: str, kind: str) -> Parsed:
    try:
        table = read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TableError(
            f"{filename} cannot be read as {kind}: it is broken or something else. Save it again."
        ) from error
    size_limits.check_size(filename, table.num_rows, table.num_columns)
    _check_texts(filename, table)
    names = [str(name) for name in table.column_names]
    try:
        series, notes = from_arrow(mended_names(names)[0], table.columns)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise TableError(f"{filename} holds values that cannot be read ({error}). Save it again as CSV.") from error
    return Parsed(names, series, notes, table.columns)


def _check_texts(filename: str, table: pa.Table) -> None:
    """Raise TableError if texts that are stored once would fill the memory when each row gets its own copy."""
    size = 0
    for column in table.columns:
        kind = column.type
        if pa.types.is_dictionary(kind) and (
            pa.types.is_string(kind.value_type) or pa.types.is_binary(kind.value_type)
        ):
            for chunk in column.chunks:
                codes = chunk.indices.drop_null().to_numpy(zero_copy_only=False)
                lengths = pc.binary_length(chunk.dictionary).fill_null(0).to_numpy(zero_copy_only=False)
                size += int(np.bincount(codes, minlength=len(lengths)) @ lengths.astype(np.int64))
    most = size_limits.MAX_TEXT_BYTES
    if size > most:
        raise TableError(
            f"{filename} holds {size / 1e6:,.0f} MB of texts; DAMI reads up to {most / 1e6:,.0f} MB. "
            "Shorten them, or take a sample of its rows."
        )

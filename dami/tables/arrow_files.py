"""Reads Parquet and Feather files, whose columns have types already."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.errors import TableError
from dami.tables import size_limits
from dami.tables.arrow_types import plain_column
from dami.tables.coded import DECLARED, is_coded, missing_notes, without_missing
from dami.tables.codes import coded_again
from dami.tables.column_names import mended_names
from dami.tables.parsed import Parsed
from dami.tables.text_values import parse_columns
from dami.tables.typed_values import from_arrow
from dami.tables.written import texts_in


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
        plain = [plain_column(column, name) for column, name in zip(table.columns, names, strict=True)]
        columns = [_with_codes(field, column) for field, column in zip(table.schema, plain, strict=True)]
        series, notes = _values(mended_names(names)[0], columns)
    except TableError:
        raise
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise TableError(f"{filename} holds values that cannot be read ({error}). Save it again as CSV.") from error
    return Parsed(names, series, notes, columns)


def _with_codes(field: pa.Field, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the codes of a column of labels that a table of DAMI wrote with its codes; any other as it is."""
    if DECLARED not in (field.metadata or {}):
        return column
    cells = coded_again(texts_in(column), field.metadata)
    return column if cells is None else cells


def _values(names: Sequence[str], columns: Sequence[pa.ChunkedArray]) -> tuple[list[pd.Series], list[str]]:
    """Return what columns mean, (n,) each, and notes; codes mean their labels, which are texts that the rules read."""
    plain = {name: column for name, column in zip(names, columns, strict=True) if not is_coded(column.type)}
    series, notes = from_arrow([*plain], [*plain.values()])
    coded = {name: column.combine_chunks() for name, column in zip(names, columns, strict=True) if name not in plain}
    parsed = parse_columns(
        (name, texts_in(pa.chunked_array([without_missing(cells)]))) for name, cells in coded.items()
    )
    missing = [note for name, cells in coded.items() for note in missing_notes(name, cells)]
    found = dict(zip(plain, series, strict=True)) | parsed.values
    return [found[name] for name in names], [*notes, *parsed.notes, *missing]


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

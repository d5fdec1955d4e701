"""Reads several Parquet files as one table: the whole table, a column, some rows, or one block of rows after another.

Rows are numbered through all files, in the order of the file names. A column has a type that fits all its files (whole
numbers and fractions together are fractions), so a part that is read alone has the types of the whole table.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from dami.errors import TableError
from dami.tables.arrow_types import plain_column
from dami.tables.coded import is_coded
from dami.tables.column_names import mended_names
from dami.tables.size_limits import check_rows
from dami.tables.table import Table
from dami.tables.typed_values import from_arrow
from dami.tables.written import original_of, texts_in

BLOCK_BYTES = 2**24
READ_ROWS = 2**12  # no more rows at once, since texts may be long


def names_parts(table: str) -> bool:
    """Return whether a text is a pattern for files (``pool/*.parquet``) and not the name of one file."""
    return glob.has_magic(table) and not Path(table).exists()


def _common_type(name: str, paths: Sequence[Path], schemas: Sequence[pa.Schema]) -> pa.DataType:
    """Return the type that fits a column of all files, that of texts for categories beside texts.

    Raises
    ------
    TableError : there is none.
    """
    kinds = [_plain(pa.chunked_array([], schema.field(name).type), name).type for schema in schemas]
    if len({*kinds}) > 1:
        kinds = [kind.value_type if pt.is_dictionary(kind) else kind for kind in kinds]
    common = kinds[0]
    for path, kind in zip(paths, kinds, strict=True):
        try:
            both = [pa.schema([(name, one)]) for one in (common, kind)]
            common = pa.unify_schemas(both, promote_options="permissive").field(name).type
        except pa.ArrowException as error:
            raise TableError(
                f"“{name}” is {kind} in {path.name}, but {common} in the files before it. Save them with one type."
            ) from error
    return common


def _plain(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return a column (n,) in a type that all steps know, of codes the labels."""
    return pa.chunked_array([texts_in(column)]) if is_coded(column.type) else plain_column(column, name)


@dataclass(frozen=True)
class Parts:
    """The files of a table, with their sizes and columns, which the end of each file states.

    Attributes
    ----------
    pattern : the pattern as it was written
    paths : absolute paths of the files that hold rows, sorted
    lengths : number of rows of each file
    schema : names and Arrow types of the columns
    """

    pattern: str
    paths: tuple[str, ...]
    lengths: tuple[int, ...]
    schema: pa.Schema

    @classmethod
    def of(cls, pattern: str) -> Parts:
        """Find the files of a pattern, or the one file of this name.

        Raises
        ------
        TableError
            If there is no file, a file is not Parquet, the columns of the files differ, or no file has a row.
        """
        names = [pattern] if Path(pattern).exists() else glob.glob(pattern)  # noqa: PTH207, the pattern may name any folder
        found = sorted(Path(name).absolute() for name in names)
        if not found:
            raise TableError(f"There is no file {pattern}. Check its name and folder.")
        lengths, schemas = [], []
        for path in found:
            try:
                ending = pq.read_metadata(path)
                lengths.append(ending.num_rows)
                schemas.append(ending.schema.to_arrow_schema())
            except (pa.ArrowException, OSError, ValueError) as error:
                raise TableError(
                    f"{path.name} cannot be read as Parquet, and only Parquet files are read as parts of one table."
                ) from error
        columns = schemas[0].names
        if len(set(columns)) < len(columns):
            raise TableError(f"{found[0].name} has two columns of one name. Rename one.")
        for path, schema in zip(found, schemas, strict=True):
            if schema.names != columns:
                raise TableError(
                    f"{path.name} has other columns than {found[0].name}: the parts of a table need the same columns "
                    "in the same order."
                )
        fields = [pa.field(name, _common_type(name, found, schemas)) for name in columns]
        kept = [k for k, length in enumerate(lengths) if length]
        if not kept:
            raise TableError(f"{pattern} has column names but no rows.")
        return cls(pattern, tuple(str(found[k]) for k in kept), tuple(lengths[k] for k in kept), pa.schema(fields))

    @property
    def n_rows(self) -> int:
        return sum(self.lengths)

    @cached_property
    def starts(self) -> np.ndarray:
        """(parts + 1,) int: the position of the first row of each part, then the number of rows of the table."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    @cached_property
    def columns(self) -> dict[str, str]:
        """Mended name of each column -> its name in the files."""
        return dict(zip(mended_names(self.schema.names)[0], self.schema.names, strict=True))

    def read(self) -> pd.DataFrame:
        """Read the whole table into memory.

        Raises
        ------
        TableError
            If it has more rows than DAMI reads.
        """
        what_to_do = " into memory. Take fewer files or a cluster (--scheduler)."
        check_rows(self.pattern, self.n_rows, what_to_do)
        return self._whole(self.columns)

    def open(self) -> Table:
        """Read the whole table, and keep each cell as it stands in the files beside what it means.

        Raises
        ------
        TableError
            As `read`.
        """
        frame = self.read()
        frame.attrs["notes"] = [*mended_names(self.schema.names)[1], *frame.attrs.get("notes", [])]
        frame.attrs["names"] = {name: raw for name, raw in self.columns.items() if name != raw}
        originals = {}
        for name, raw in self.columns.items():
            parts = [_plain(self._open(part).read(columns=[raw])[0], name) for part in range(len(self.paths))]
            typed = all(part.type == parts[0].type for part in parts)
            if not typed:  # 1.5 in one file and 1.50 in another: only texts hold both
                parts = [pa.chunked_array([texts_in(part)]) for part in parts]
            written = pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
            original = original_of(frame[name], written, typed)
            if original is not None:
                originals[name] = original
        return Table(frame, originals)

    def column(self, name: str) -> pd.Series:
        """Read one column of all parts."""
        return self._whole([name])[name]

    def rows(self, part: int, positions: np.ndarray, names: Iterable[str]) -> pa.Table:
        """Read some rows of one part, by their ascending positions in the part. `framed` joins the rows of parts."""
        taken, start = [], 0
        for batch in self._batches(part, list(names)):
            inside = positions[(positions >= start) & (positions < start + batch.num_rows)]
            taken.append(batch.take(pa.array(inside - start)))
            start += batch.num_rows
        return pa.concat_tables(taken)

    def framed(self, tables: Iterable[pa.Table], names: Iterable[str]) -> pd.DataFrame:
        """Return rows that `rows` has read from several parts as one table with these columns."""
        return self._frame(pa.concat_tables(tables), names)

    def blocks(self, part: int, names: Iterable[str]) -> Iterator[pd.DataFrame]:
        """Yield these columns of one part, one block of rows after another."""
        names, held, size = list(names), [], 0
        for batch in self._batches(part, names):
            held.append(batch)
            size += max(batch.nbytes, 8 * batch.num_rows * batch.num_columns)
            if size >= BLOCK_BYTES:
                yield self._frame(pa.concat_tables(held), names)
                held, size = [], 0
        if held:
            yield self._frame(pa.concat_tables(held), names)

    def _whole(self, names: Iterable[str]) -> pd.DataFrame:
        names = list(names)
        raw = [self.columns[name] for name in names]
        parts = [self._typed(self._open(part).read(columns=raw), names) for part in range(len(self.paths))]
        return self._frame(pa.concat_tables(parts), names)

    def _batches(self, part: int, names: Iterable[str]) -> Iterator[pa.Table]:
        names = list(names)
        raw = [self.columns[name] for name in names]
        size = max(1, min(READ_ROWS, BLOCK_BYTES // 8 // len(names)))
        for batch in self._open(part).iter_batches(batch_size=size, columns=raw, use_threads=False):
            yield self._typed(pa.Table.from_batches([batch]), names)

    def _open(self, part: int) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.paths[part])
        except (pa.ArrowException, OSError) as error:
            raise TableError(
                f"{self.paths[part]} cannot be read ({error}): every machine must see the files under the same name."
            ) from error

    def _typed(self, table: pa.Table, names: Sequence[str]) -> pa.Table:
        """Return some rows with the column names and types of the whole table."""
        fields = [self.schema.field(self.columns[name]) for name in names]
        return pa.table([self._cast(table.column(field.name), field) for field in fields], pa.schema(fields))

    def _cast(self, column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
        try:
            return _plain(column, field.name).cast(field.type)
        except pa.ArrowException as error:
            raise TableError(
                f"“{field.name}” has other types in other files of {self.pattern}, and a value fits none that holds "
                f"them all ({error}). Save the files with one type."
            ) from error

    def _frame(self, table: pa.Table, names: Iterable[str]) -> pd.DataFrame:
        names = list(names)
        try:
            series, notes = from_arrow(names, table.columns)
        except (pa.ArrowException, ValueError, OverflowError) as error:
            raise TableError(
                f"{self.pattern} holds values that cannot be read ({error}). Save it again as CSV."
            ) from error
        frame = pd.DataFrame(dict(zip(names, series, strict=True)))
        frame.attrs["notes"] = notes
        return frame

"""Stores tables as Parquet files named by the hash of their content. An equal table is stored once, and never changes.

A loaded table has the columns, dtypes and values of the stored one. A Parquet column has one type, hence exceptions:

- a column of Python objects that are all text, truth values, numbers or times gets the dtype that fits them;
- a column of mixed kinds, or of a kind that Parquet does not know, becomes text; missing values stay missing, and a
  note says so;
- the categories of a category column become text, seconds become milliseconds, a sparse column becomes dense;
- the index is not kept: a row is known by its position.
"""

import hashlib
import json
import time
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dami.errors import ProjectError, TableError
from dami.store import files, schema
from dami.store.database import reading, transaction
from dami.store.records import Table

if TYPE_CHECKING:
    import pandas as pd

NOTES = b"dami.notes"
PARQUET = {"version": "2.6", "compression": "zstd", "compression_level": 3, "row_group_size": 1_048_576}
"""All options are given, so that one release of pyarrow writes the same bytes for a table on every machine."""

_TABLE = schema.table_.c


def store_table(frame: "pd.DataFrame") -> Table:
    """Store a table; ``frame.attrs["notes"]`` (sentences) is stored with it.

    Raises
    ------
    TableError
        If two columns have the same name, or a name is no text.
    """
    mended, notes = _storable(frame)
    data = _to_parquet(mended, notes)
    table = Table(hashlib.sha256(data).hexdigest(), len(frame), frame.shape[1], notes, time.time())
    path = files.table_path(table.id)
    if not path.exists():
        files.write_atomic(path, data)
    with transaction() as connection:
        if not path.exists():  # purged a moment ago; nobody purges while this transaction is open
            files.write_atomic(path, data)
        known = connection.execute(sa.select(schema.table_).where(_TABLE.id == table.id)).first()
        if known is not None:
            return Table(**known._mapping)
        values = {name: getattr(table, name) for name in Table.__slots__}
        connection.execute(sa.insert(schema.table_).values(values))
    return table


def load_table(table_id: str) -> "pd.DataFrame":
    """Return the table with this id, with its notes in ``attrs["notes"]``.

    Raises
    ------
    ProjectError
        If there is no such table, or its file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = files.table_path(table_id)
    try:
        stored = pq.read_table(path)
        frame = stored.to_pandas()
    except FileNotFoundError as error:
        raise ProjectError("The table of this project is not in the data folder; open its file again.") from error
    except (OSError, pa.ArrowException) as error:
        raise ProjectError("The stored table of this project is damaged; open its file again.") from error
    frame.attrs = {"notes": json.loads(stored.schema.metadata[NOTES])}
    return frame


def get(table_id: str) -> Table:
    """Return the record of a table without reading its file.

    Raises
    ------
    ProjectError
        If there is no table with this id.
    """
    with reading() as connection:
        found = connection.execute(sa.select(schema.table_).where(_TABLE.id == table_id)).first()
    if found is None:
        raise ProjectError("The table of this project is not in the data folder; open its file again.")
    return Table(**found._mapping)


def _to_parquet(frame: "pd.DataFrame", notes: list[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), NOTES: json.dumps(notes).encode()})
    buffer = BytesIO()
    pq.write_table(table, buffer, **PARQUET)
    return buffer.getvalue()


def _storable(frame: "pd.DataFrame") -> "tuple[pd.DataFrame, list[str]]":
    """Return the table in a form that Parquet can hold, and the notes on it."""
    import pandas as pd

    if not all(isinstance(name, str) for name in frame.columns):
        raise TableError("A column has a name that is no text; give every column a name.")
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise TableError(f"Two columns are called {twice!r}; give every column its own name.")
    notes = [str(note) for note in frame.attrs.get("notes", ())]
    columns = {}
    for name in frame.columns:
        column = frame[name].reset_index(drop=True)
        stored = _storable_column(column)
        if stored is None:
            stored = _as_text(column)
            notes.append(f"Column “{name}” holds values of several kinds (or of an unknown one) and was kept as text.")
        columns[name] = stored
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame))), notes


def _storable_column(column: "pd.Series") -> "pd.Series | None":
    """Return the column with a dtype that Parquet gives back unchanged; None if only text comes back unchanged."""
    import pandas as pd

    try:
        if isinstance(column.dtype, pd.SparseDtype):
            column = column.sparse.to_dense()
        if isinstance(column.dtype, pd.CategoricalDtype):
            categories = column.cat.categories
            if pd.api.types.infer_dtype(categories) not in ("string", "empty"):
                column = column.cat.rename_categories([_text(value) for value in categories])
        elif column.dtype == object:
            match pd.api.types.infer_dtype(column, skipna=True):
                case "string" | "empty":
                    column = _as_text(column)
                case "boolean":
                    column = column.astype("boolean" if column.hasnans else bool)
                case "integer":
                    column = column.astype("Int64" if column.hasnans else "int64")
                case "floating" | "mixed-integer-float":
                    column = column.astype("float64")
                case "datetime" | "datetime64":
                    column = pd.to_datetime(column)  # two time zones in one column: ValueError
                case "date":
                    if column.dropna().map(lambda value: isinstance(value, datetime)).any():
                        column = pd.to_datetime(column)  # days and times, as Excel gives them: no time may be cut off
                case "decimal":
                    pass
                case _:
                    return None
        if column.dtype.kind == "M" and getattr(column.dt, "unit", None) == "s":
            column = column.dt.as_unit("ms")
        if column.dtype.kind not in "biufMm":
            _to_parquet(column.to_frame(), [])
    except (ValueError, TypeError, OverflowError, NotImplementedError):  # Arrow's errors are of these kinds
        return None
    return column


def _as_text(column: "pd.Series") -> "pd.Series":
    missing = column.isna()
    return column.astype(object).map(_text).mask(missing).astype("str")


def _text(value: object) -> str:
    """Return the value as text; replace what is not valid Unicode, because Parquet takes nothing else."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "replace").decode("utf-8")

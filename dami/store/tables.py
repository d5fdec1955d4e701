"""Stores tables as Parquet files named by the hash of their content. An equal table is stored once, and never changes.

A loaded table has the columns, dtypes and values of the stored one. A Parquet column has one type, hence exceptions:

- a column of Python objects that are all text, truth values, numbers or times gets the dtype that fits them;
- a column of mixed kinds, or of a kind that Parquet does not know, becomes text; missing values stay missing, and a
  note says so;
- the categories of a category column become text, seconds become milliseconds, a sparse column becomes dense;
- the index is not kept: a row is known by its position.

Beside its values, a column may have its *original*: the cells as their owner wrote them, texts or an Arrow column of
any type. The originals stand in the same file, behind the values, and are read only if somebody asks for them.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from dami.errors import ProjectError, TableError
from dami.notes import Note, from_json, to_json
from dami.store import files, schema
from dami.store.database import reading, transaction
from dami.store.records import Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

Found = TypeVar("Found")

NOTES = b"dami.notes"
# Of a frame, each under its name in the metadata:
ATTRS = ("file", "kinds", "labels", "mixed", "names", "options", "readings")
ORIGINALS = b"dami.originals"
PLACE = "original "  # with a number, the name of a column that holds an original
PARQUET = {"version": "2.6", "compression": "zstd", "compression_level": 3, "row_group_size": 1_048_576}
"""All options are given, so that one release of pyarrow writes the same bytes for a table on every machine."""

_TABLE = schema.table_.c


def store_table(frame: "pd.DataFrame", originals: "Mapping[str, pa.ChunkedArray] | None" = None) -> Table:
    """Store a table, with its ``attrs``: ``notes`` (sentences), and what a person said of it.

    ``kinds`` has what a column is, ``labels`` the class of each text of a column of labels (None for no label),
    ``names`` the name of a column as its owner wrote it, where that is another one, ``options`` how its file is to be
    read, and ``readings`` how the rules read a column before a person chose its kind. ``file`` has the delimiter of a
    file of texts, and ``mixed`` the columns in which typed numbers stand among texts: see `Table.holds_texts`.

    Parameters
    ----------
    originals : columns by name as they were written, (n,) each

    Raises
    ------
    TableError
        If two columns have the same name, or a name is no text.
    """
    mended, notes = _storable(frame)
    data = _to_parquet(mended, notes, originals or {})
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
    """Return the table with this id, with its notes, and what a person said of it, in ``attrs``.

    Raises
    ------
    ProjectError
        If there is no such table, or its file is damaged.
    """
    return _read(files.table_path(table_id), _values)


def load_originals(table_id: str) -> "dict[str, pa.ChunkedArray]":
    """Return the columns that are stored as they were written, by name.

    Raises
    ------
    ProjectError
        As `load_table`.
    """
    return _read(files.table_path(table_id), _originals)


def from_parquet(data: bytes) -> "tuple[pd.DataFrame, dict[str, pa.ChunkedArray]]":
    """Return the values and the originals of a table's Parquet file, which may come from elsewhere.

    Raises
    ------
    OSError, pyarrow.ArrowException
        If the data is no Parquet file.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(BytesIO(data))
    return _values(file), _originals(file)


def _read(path: Path, part: "Callable[[pq.ParquetFile], Found]") -> Found:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            return part(file)
    except FileNotFoundError as error:
        raise ProjectError("The table of this project is not in the data folder; open its file again.") from error
    except (OSError, pa.ArrowException) as error:
        raise ProjectError("The stored table of this project is damaged; open its file again.") from error


def _values(file: "pq.ParquetFile") -> "pd.DataFrame":
    places = set(_places(file).values())
    frame = file.read([name for name in file.schema_arrow.names if name not in places]).to_pandas()
    said = _metadata(file)
    attrs = {name: json.loads(said[key]) for name in ATTRS if (key := _key(name)) in said}
    frame.attrs = {"notes": from_json(json.loads(said.get(NOTES, b"[]")), frame.columns), **attrs}
    return frame


def _originals(file: "pq.ParquetFile") -> "dict[str, pa.ChunkedArray]":
    places = _places(file)
    read = file.read(list(places.values())) if places else None
    return {name: read[place] for name, place in places.items()} if read is not None else {}


def _places(file: "pq.ParquetFile") -> dict[str, str]:
    """Return column -> the name under which its original stands in the file, which may come from a stranger."""
    places = json.loads(_metadata(file).get(ORIGINALS, b"{}"))
    names = set(file.schema_arrow.names)
    if not isinstance(places, dict) or not all(_is_place(place) for place in places.values()):
        raise OSError("The originals of this table have no proper places.")
    return {name: place for name, place in places.items() if name in names and place in names}


def _is_place(place: object) -> bool:
    return isinstance(place, str) and place.startswith(PLACE)


def _key(attr: str) -> bytes:
    return f"dami.{attr}".encode()


def _metadata(file: "pq.ParquetFile") -> dict[bytes, bytes]:
    return file.schema_arrow.metadata or {}


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


def _to_parquet(frame: "pd.DataFrame", notes: list[str], originals: "Mapping[str, pa.ChunkedArray]") -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), NOTES: json.dumps(to_json(notes)).encode()}
    metadata |= {_key(name): json.dumps(frame.attrs[name]).encode() for name in ATTRS if frame.attrs.get(name)}
    if originals:
        free = (name for name in (f"{PLACE}{k}" for k in count()) if name not in frame.columns)
        places = dict(zip(originals, free, strict=False))
        for name, place in places.items():
            table = table.append_column(place, originals[name])
        metadata[ORIGINALS] = json.dumps(places).encode()
    table = table.replace_schema_metadata(metadata)
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
    notes = [note if isinstance(note, str) else str(note) for note in frame.attrs.get("notes", ())]
    columns = {}
    for name in frame.columns:
        column = frame[name].reset_index(drop=True)
        stored = _storable_column(column)
        if stored is None:
            stored = _as_text(column)
            filled = stored.dropna()
            told = f"{len(filled):,} cells, such as “{filled.iloc[0][:60]}”" if len(filled) else "no cell has a value"
            words = f"Column “{name}” holds values of several kinds, or of an unknown one, kept as text ({told})."
            notes.append(Note(words, name))
        columns[name] = stored
    mended = pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))
    mended.attrs = {name: dict(frame.attrs[name]) for name in ATTRS if frame.attrs.get(name)}
    return mended, notes


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
            _to_parquet(column.to_frame(), [], {})
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

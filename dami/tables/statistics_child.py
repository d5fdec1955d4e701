"""Reads a file of a statistics program in a process of its own: `statistics_files` starts this script.

The C library that reads them may end its process at a broken file. Standard input holds the file; standard output gets
a line of JSON (its size, its names, the labels of values, the ranges of those that it calls missing) and the columns as
an Arrow stream, none if it is too large. What stands for a missing number, such as a letter, is a column of its own.
"""

import io
import json
import sys
from typing import BinaryIO


class NoPandas:
    """Keeps pandas away: both libraries would import it, which takes longer than all else, and need it for nothing."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Answer an import as `sys.meta_path` asks."""
        if name == "pandas":
            raise ImportError(f"{name} is kept away")


def read(
    data: bytes, out: BinaryIO, name: str, encoding: str, most_rows: int, most_columns: int, most_bytes: int
) -> None:
    """Read a file by a function of pyreadstat, up to a number of rows, columns and bytes, and write what it holds."""
    import pyarrow as pa
    import pyreadstat

    by = getattr(pyreadstat, name)
    how: dict[str, object] = {
        "output_format": "dict",
        **({"encoding": encoding} if encoding and name != "read_por" else {}),
    }
    if name in ("read_sav", "read_dta", "read_sas7bdat"):
        how["user_missing"] = True  # what the file calls missing is handed over, and told
    file = io.BytesIO(data)
    _, meta = by(file, metadataonly=True, **how)
    n_rows, n_columns = max(meta.number_rows or 0, 0), len(meta.column_names)  # some formats do not tell the rows
    n_bytes = n_rows * sum(map(int, meta.variable_storage_width.values()))
    size: dict[str, object] = {
        "rows": n_rows,
        "columns": n_columns,
        "bytes": n_bytes,
    }
    columns = {}
    if n_rows <= most_rows and n_columns <= most_columns and n_bytes <= most_bytes:
        file.seek(0)
        cells, meta = by(file, row_limit=most_rows + 1, **how)
        size["rows"] = max(n_rows, *map(len, cells.values()), 0)
        for place, (column, values) in enumerate(cells.items()):
            kind = meta.readstat_variable_types.get(column)
            if kind != "string" and any(isinstance(value, str) for value in values):
                columns[f"{place} missing"] = pa.array([v if isinstance(v, str) else None for v in values], pa.string())
                values = [None if isinstance(v, str) else v for v in values]
            try:
                columns[str(place)] = pa.array(values, pa.float32() if kind == "float" else None, from_pandas=True)
            except (pa.ArrowException, OverflowError):
                columns[str(place)] = pa.array([None if v is None or v != v else str(v) for v in values])
    labels = {name: [[code, str(text)] for code, text in known.items()] for name, known in _labels(meta).items()}
    missing = {str(column): ranges for column, ranges in (meta.missing_ranges or {}).items()}
    size["encoding"] = meta.file_encoding or ""
    head = {**size, "names": [str(column) for column in meta.column_names], "labels": labels, "missing": missing}
    out.write(json.dumps(head, default=str).encode() + b"\n")
    table = pa.table(columns)
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)


def _labels(meta) -> dict:  # type: ignore[no-untyped-def]
    return {str(name): known for name, known in meta.variable_value_labels.items()}


if __name__ == "__main__":
    sys.meta_path.insert(0, NoPandas)
    name, encoding, *limits = sys.argv[1:]
    read(sys.stdin.buffer.read(), sys.stdout.buffer, name, encoding, *map(int, limits))

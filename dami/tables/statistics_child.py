"""Reads a file of a statistics program in a process of its own: `statistics_files` starts this script.

The C library that reads them may end its process at a broken file. Standard input holds the file; standard output gets
a line of JSON (its size, its names, the labels of values, the ranges of those that it calls missing, the columns whose
months or the like became days) and the columns as an Arrow stream, none if it is too large. What stands for a missing
number, such as a letter, is a column of its own.
"""

import datetime
import io
import json
import re
import sys
from collections.abc import Sequence
from typing import BinaryIO

DAYS = re.compile("MOYR|QYR|WKYR")  # of SPSS: they show a month, a quarter or a week, and the library knows none
COUNTED = {"w": ("weeks", 52), "m": ("months", 12), "q": ("quarters", 4), "h": ("half-years", 2)}  # a year, in Stata
COUNTS = re.compile("%-?t([wmqh])")
EPOCH = 1960
SECONDS = 86_400  # of a day


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
    formats = {str(column): str(shown) for column, shown in meta.original_variable_types.items()}
    if name in ("read_sav", "read_por"):
        how["extra_date_formats"] = [shown for shown in formats.values() if DAYS.match(shown)]
    n_rows, n_columns = max(meta.number_rows or 0, 0), len(meta.column_names)  # some formats do not tell the rows
    n_bytes = n_rows * sum(map(int, meta.variable_storage_width.values()))
    size: dict[str, object] = {
        "rows": n_rows,
        "columns": n_columns,
        "bytes": n_bytes,
    }
    columns: dict[str, pa.Array] = {}
    counted: dict[str, str] = {}
    if n_rows <= most_rows and n_columns <= most_columns and n_bytes <= most_bytes:
        file.seek(0)
        cells, meta = by(file, row_limit=most_rows + 1, **how)
        size["rows"] = max(n_rows, *map(len, cells.values()), 0)
        if timed := [column for column, values in cells.items() if _are_times(values)]:
            file.seek(0)
            how |= {"usecols": timed, "disable_datetime_conversion": True}
            seconds, _ = by(file, row_limit=most_rows + 1, **how)
            cells |= {column: _durations(seconds[column]) for column in timed if _are_long(seconds[column])}
        for place, (column, values) in enumerate(cells.items()):
            kind = meta.readstat_variable_types.get(column)
            if kind != "string" and any(isinstance(value, str) for value in values):
                columns[f"{place} missing"] = pa.array([v if isinstance(v, str) else None for v in values], pa.string())
                values = [None if isinstance(v, str) else v for v in values]
            unit = COUNTS.match(formats.get(str(column), "")) if name == "read_dta" else None
            if unit and (days := _first_days(values, unit[1])) is not None:
                counted[str(column)], values, kind = COUNTED[unit[1]][0], days, "date"
            try:
                columns[str(place)] = pa.array(values, pa.float32() if kind == "float" else None, from_pandas=True)
            except (pa.ArrowException, OverflowError):
                columns[str(place)] = pa.array([None if v is None or v != v else str(v) for v in values])
    labels = {name: [[code, str(text)] for code, text in known.items()] for name, known in _labels(meta).items()}
    missing = {str(column): ranges for column, ranges in (meta.missing_ranges or {}).items()}
    size["encoding"] = meta.file_encoding or ""
    names = [str(column) for column in meta.column_names]
    head = {**size, "names": names, "labels": labels, "missing": missing, "counted": counted}
    out.write(json.dumps(head, default=str).encode() + b"\n")
    table = pa.table(columns)
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)


def _are_times(values: Sequence[object]) -> bool:
    return isinstance(next((value for value in values if value is not None), None), datetime.time)


def _are_long(seconds: Sequence[object]) -> bool:
    """Return whether the library has taken durations for times of day, and so lost their days."""
    return any(isinstance(value, float) and not 0 <= value < SECONDS for value in seconds if value == value)


def _durations(seconds: Sequence[object]) -> list[object]:
    try:
        return [
            datetime.timedelta(seconds=value) if isinstance(value, float) and value == value else None
            for value in seconds
        ]
    except OverflowError:  # no person's
        return list(seconds)


def _first_days(counts: Sequence[object], unit: str) -> list[datetime.date | None] | None:
    """Return the first days of weeks, months or the like by their numbers since 1960; None if one is no such number."""
    _, in_a_year = COUNTED[unit]
    days: list[datetime.date | None] = []
    for count in counts:
        if count is None or count != count:
            days.append(None)
            continue
        try:
            year, part = divmod(int(str(count).removesuffix(".0")), in_a_year)
            first = datetime.date(EPOCH + year, 1, 1)
            days.append(
                first + datetime.timedelta(weeks=part)
                if unit == "w"
                else first.replace(month=1 + part * 12 // in_a_year)
            )
        except (ValueError, OverflowError):
            return None
    return days


def _labels(meta) -> dict:  # type: ignore[no-untyped-def]
    return {str(name): known for name, known in meta.variable_value_labels.items()}


if __name__ == "__main__":
    sys.meta_path.insert(0, NoPandas)
    name, encoding, *limits = sys.argv[1:]
    read(sys.stdin.buffer.read(), sys.stdout.buffer, name, encoding, *map(int, limits))

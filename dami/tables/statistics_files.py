"""Reads the files of statistics programs (SPSS, Stata, SAS), with the labels of values in place of their codes.

pyreadstat is asked in a process of its own, since a broken file may end that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from dami.errors import TableError
from dami.tables.coded import coded
from dami.tables.column_names import mended_names
from dami.tables.parsed import Parsed
from dami.tables.read_options import HowRead, ReadOptions
from dami.tables.typed_values import from_objects, written_objects
from dami.wording import count

CHILD = Path(__file__).with_name("statistics_child.py")
PATIENCE = 600  # seconds
READ = {  # the end of a file's name -> the function of pyreadstat, the program
    ".sav": ("read_sav", "SPSS"),
    ".zsav": ("read_sav", "SPSS"),
    ".por": ("read_por", "SPSS"),
    ".dta": ("read_dta", "Stata"),
    ".sas7bdat": ("read_sas7bdat", "SAS"),
    ".xpt": ("read_xport", "SAS"),
}


class Limits(NamedTuple):
    """The largest table that is read."""

    rows: int
    columns: int
    bytes: int


def read_coded(
    data: bytes,
    filename: str,
    suffix: str,
    options: ReadOptions,
    limits: Limits,
    check: Callable[[int, int, int], None],
) -> Parsed:
    """Read a file of a statistics program.

    A code with a label is shown as the label and kept beside it (see `coded`), a code without one stays. What the file
    calls missing is missing.

    Parameters
    ----------
    suffix : a key of `READ`
    check : callable(n_rows, n_columns, n_bytes) that raises TableError if they are more than the limits

    Raises
    ------
    TableError : the file is broken, of another kind or too large.
    """
    head, table = _read_apart(data, filename, suffix, options.encoding or "", limits)
    check(head["rows"], head["columns"], head["bytes"])
    names: list[str] = head["names"]
    columns, written, n_labelled, example = [], [], 0, ""
    for name, column in zip(names, table.columns, strict=True):
        labels = dict(map(tuple, head["labels"].get(name, [])))
        values = [None if value == "" else value for value in column.to_pylist()]
        named = [value for value in values if value is not None and value in labels]
        columns.append(_texts(values, labels) if named else values)
        written.append(coded(values, labels) if named else written_objects(values))
        n_labelled += len(named)
        if named and not example:
            example = f"“{labels[named[0]]}” for {_plain(named[0])} in “{name}”"
    series, notes = from_objects(mended_names(names)[0], columns)
    if n_labelled:
        cells = count(n_labelled, "cell holds", "cells hold")
        notes.insert(
            0,
            f"{cells} a label in place of its code, such as {example}. The codes are kept: a column that you call a "
            "number means them.",
        )
    return Parsed(names, series, notes, written, HowRead())


def _read_apart(
    data: bytes, filename: str, suffix: str, encoding: str, limits: Limits
) -> tuple[dict[str, Any], pa.Table]:
    """Return what the child process says of a file, and its columns; none if they are more than the limits."""
    name, program = READ[suffix]
    command = [sys.executable, "-P", str(CHILD), name, encoding, *map(str, limits)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE, check=True)
        head, _, stream = done.stdout.partition(b"\n")
        return json.loads(head), pa.ipc.open_stream(stream).read_all()
    except (subprocess.SubprocessError, OSError, ValueError, pa.ArrowException) as error:
        if b"No module named" in (getattr(error, "stderr", None) or b""):
            raise TableError(f"{filename} cannot be read without the package pyreadstat. Install DAMI anew.") from error
        raise TableError(
            f"{filename} cannot be read as a file of {program}: it is broken or something else. Save it again."
        ) from error


def _texts(values: Sequence[Any], labels: Mapping[Any, str]) -> list[Any]:
    return [None if value is None else labels.get(value, _plain(value)) for value in values]


def _plain(code: Any) -> str:
    return str(int(code)) if isinstance(code, float) and code == int(code) else str(code)

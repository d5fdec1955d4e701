"""Reads the files of statistics programs (SPSS, Stata, SAS), with the labels of values in place of their codes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from dami.errors import TableError
from dami.tables.column_names import mended_names
from dami.tables.parsed import Parsed
from dami.tables.read_options import HowRead, ReadOptions
from dami.tables.typed_values import from_objects, written_objects
from dami.wording import count

READ = {  # the end of a file's name -> the function of pyreadstat, the program
    ".sav": ("read_sav", "SPSS"),
    ".zsav": ("read_sav", "SPSS"),
    ".por": ("read_por", "SPSS"),
    ".dta": ("read_dta", "Stata"),
    ".sas7bdat": ("read_sas7bdat", "SAS"),
    ".xpt": ("read_xport", "SAS"),
}


def read_coded(
    data: bytes,
    filename: str,
    suffix: str,
    options: ReadOptions,
    check_size: Callable[[int, int], None],
    refuse: Callable[[int], None],
) -> Parsed:
    """Read a file of a statistics program.

    A code with a label becomes the label, a code without one stays. What the file calls missing is missing.

    Parameters
    ----------
    suffix : a key of `READ`
    check_size : callable(n_rows, n_columns) that raises TableError if they are too many
    refuse : callable(n) that raises TableError if n bytes are too many, before they are unpacked

    Raises
    ------
    TableError : the file is broken, or of another kind.
    """
    import pyreadstat

    name, program = READ[suffix]
    read = getattr(pyreadstat, name)
    how: dict[str, Any] = {"encoding": options.encoding} if options.encoding and name != "read_por" else {}
    try:
        _, meta = read(io.BytesIO(data), metadataonly=True, **how)
        n_rows = max(meta.number_rows or 0, 0)  # some formats do not tell
        check_size(n_rows, len(meta.column_names))
        refuse(n_rows * sum(meta.variable_storage_width.values()))
        frame, meta = read(io.BytesIO(data), **how)
    except TableError:
        raise
    except Exception as error:  # pyreadstat raises its own, and others for bytes that it cannot decode
        raise TableError(
            f"{filename} cannot be read as a file of {program}: it is broken or something else. Save it again."
        ) from error
    check_size(len(frame), len(frame.columns))
    names = [str(column) for column in frame.columns]
    columns, n_labelled, example = [], 0, ""
    for name in names:
        labels = meta.variable_value_labels.get(name, {})
        values = [None if pd.isna(value) or value == "" else value for value in frame[name].astype(object).tolist()]
        coded = [value for value in values if value is not None and value in labels]
        columns.append(_texts(values, labels) if coded else values)
        n_labelled += len(coded)
        if coded and not example:
            example = f"“{labels[coded[0]]}” for {_plain(coded[0])} in “{name}”"
    series, notes = from_objects(mended_names(names)[0], columns)
    if n_labelled:
        notes.insert(
            0, f"{count(n_labelled, 'cell holds', 'cells hold')} a label in place of its code, such as {example}."
        )
    return Parsed(names, series, notes, [written_objects(column) for column in columns], HowRead())


def _texts(values: Sequence[Any], labels: Mapping[Any, str]) -> list[Any]:
    return [None if value is None else labels.get(value, _plain(value)) for value in values]


def _plain(code: Any) -> str:
    return str(int(code)) if isinstance(code, float) and code == int(code) else str(code)

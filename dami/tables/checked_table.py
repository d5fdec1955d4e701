"""Checks that a frame is a table: named columns, each name once, with single values in its cells."""

from __future__ import annotations

import re

import pandas as pd

from dami.errors import TableError

HALF = re.compile("[\ud800-\udfff]")


def checked_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with column names as strings.

    Raises
    ------
    TableError : the input is not a frame, has no rows or no columns, two columns of one name, or a list or half of a
        character in a cell.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TableError(f"A table is needed, not {type(frame).__name__}. Make a pandas.DataFrame of it.")
    if frame.shape[1] == 0:
        raise TableError("The table has no columns. Add columns that describe the rows.")
    if len(frame) == 0:
        raise TableError("The table has no rows. Add rows to it.")
    names = [str(name) for name in frame.columns]
    doubled = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if doubled is not None:
        raise TableError(f"The table has two columns called “{doubled}”. Rename one.")
    frame = frame.set_axis(names, axis=1)
    for name, series in frame.items():
        if series.dtype.kind == "O" and not isinstance(series.dtype, pd.StringDtype | pd.CategoricalDtype):
            nested = next((value for value in series if not pd.api.types.is_hashable(value)), None)
            if nested is not None:
                raise TableError(
                    f"“{name}” holds a {type(nested).__name__} in a cell, where a single value is needed. Make columns "
                    "or text of it."
                )
            half = next(
                (place for place, text in enumerate(series) if isinstance(text, str) and HALF.search(text)), None
            )
            if half is not None:
                raise TableError(
                    f"“{name}” holds half of a character (a lone surrogate) in row {half:,}, which no table can hold. "
                    "Write the whole character, or take it away."
                )
    return frame

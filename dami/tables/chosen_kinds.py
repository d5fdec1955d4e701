"""Reads columns anew as the kinds that a person has chosen. What was written stays; only what it means changes."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami import wording
from dami.errors import TableError
from dami.tables.kinds import as_numbers, check_choices
from dami.tables.patterns import ALWAYS_MISSING, ISO_DATE, OTHER_DATES
from dami.tables.text_values import parse_columns
from dami.tables.typed_values import from_arrow
from dami.tables.written import texts_in

OF_TEXT = ("category", "text", "yes/no", "identifier")


def read_as(written: pa.Array, name: str, kind: str | None) -> pd.Series:
    """Return what a column means as one kind, (n,). A cell that the kind does not understand becomes missing.

    Parameters
    ----------
    written : (n,) the cells as they were written: texts, or values of a typed file
    kind : one of `kinds.CHOICES`; None (and "out", which asks for no values) reads the column by the rules
    """
    texts = pt.is_string(written.type) or pt.is_large_string(written.type)
    if kind is None or kind == "out":
        return _guessed(written, name)
    if kind in OF_TEXT:
        column = texts_in(pa.chunked_array([written]))
        missing = pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array(ALWAYS_MISSING))
        return pd.Series(pc.if_else(missing, pa.scalar(None, pa.string()), column).to_pandas()).astype("str")
    values = _guessed(written, name)
    fits = pd.api.types.is_datetime64_any_dtype(values) if kind == "date" else values.dtype.kind in "biuf"
    if fits or not texts:
        return values
    if kind == "number":
        return as_numbers(pd.Series(written.to_pandas().to_numpy(), name=name, dtype="str"))
    patterns = [ISO_DATE, *(pattern for pattern, _ in OTHER_DATES)]
    trimmed = pc.utf8_trim_whitespace(written)
    found = max(
        (pc.match_substring_regex(trimmed, pattern) for pattern in patterns), key=lambda hits: pc.sum(hits).as_py() or 0
    )
    values = _guessed(pc.if_else(found, trimmed, ""), name)
    if not pd.api.types.is_datetime64_any_dtype(values):  # day and month cannot be told apart: the day comes first
        values = pd.to_datetime(values, errors="coerce", dayfirst=True, format="mixed", utc=True).dt.tz_localize(None)
    return values.astype("datetime64[us]")


def _guessed(written: pa.Array, name: str) -> pd.Series:
    if pt.is_string(written.type) or pt.is_large_string(written.type):
        return parse_columns([(name, pc.cast(written, pa.string()))]).values[name]
    return from_arrow([name], [pa.chunked_array([written])])[0][0]


def parsed_choices(choices: tuple[str, ...], columns: pd.Index) -> dict[str, str]:
    """Return the kinds that texts such as "price=number" give to columns.

    Raises
    ------
    TableError : a text has another form, or names no column or no kind.
    """
    kinds: dict[str, str] = {}
    for text in choices:
        name, _, kind = text.rpartition("=")
        if not name:
            raise TableError(f"“{text}” does not say what a column is. Write it as price=number.")
        kinds[name] = kind
    require_columns(kinds, columns)
    check_choices(kinds)
    return kinds


def require_columns(kinds: Iterable[str], columns: pd.Index) -> None:
    """Raise TableError if a kind is given to a column that the table does not have."""
    lacking = [name for name in kinds if name not in columns]
    if lacking:
        has = wording.quoted([str(name) for name in columns], 8)
        raise TableError(f"There is no column {wording.quoted(lacking, 5)} to choose a kind for. The table has {has}.")

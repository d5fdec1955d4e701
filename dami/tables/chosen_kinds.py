"""Reads columns anew as the kinds that a person has chosen. What was written stays; only what it means changes."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.errors import TableError
from dami.tables.coded import codes_of, is_coded
from dami.tables.kinds import YES_NO, check_choices
from dami.tables.number_formats import Locale
from dami.tables.patterns import ALWAYS_MISSING
from dami.tables.readings import joined, parted, read_texts, shown_reading
from dami.tables.text_values import parse_columns
from dami.tables.typed_values import from_arrow
from dami.tables.written import texts_in

OF_TEXT = ("category", "text", "place", "yes/no", "identifier")


def read_column(
    written: pa.Array, name: str, choice: str | None, locale: Callable[[], Locale]
) -> tuple[pd.Series, str | None]:
    """Return what a column means by a choice, (n,), and the choice with the reading that its texts have shown.

    A cell that the kind does not understand becomes missing.

    Parameters
    ----------
    written : (n,) the cells as they were written: texts, or values of a typed file
    choice : as `kinds.check_choices` takes it; None (and "out", which asks for no values) reads the column by the rules
    locale : gives the decimal sign of the table, which takes a look at all its columns
    """
    kind, reading = parted(choice or "out")
    if is_coded(written.type):
        codes = codes_of(written) if kind == "number" else None
        written = texts_in(pa.chunked_array([written])) if codes is None else codes
    if kind in OF_TEXT:
        column = texts_in(pa.chunked_array([written]))
        missing = pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array(ALWAYS_MISSING))
        if kind == "yes/no":
            missing = pc.or_(missing, _says_neither(column, missing))
        return pd.Series(pc.if_else(missing, pa.scalar(None, pa.string()), column).to_pandas()).astype("str"), choice
    if kind == "out" or not _is_text(written.type):
        return _guessed(written, name, locale), choice
    values = _guessed(written, name, locale) if reading is None else read_texts(written, kind, reading)
    if values.dtype.kind not in ("M" if kind == "date" else "biuf"):
        values = read_texts(written, kind, locale=locale() if kind == "number" else None)
    return values, joined(kind, reading or shown_reading(written, kind, values))


def _says_neither(texts: pa.Array, missing: pa.Array) -> pa.Array:
    """Return which texts (n,) say neither yes nor no; in a column of two texts, each says one of them."""
    words = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    if len(pc.unique(words.filter(pc.invert(missing)))) <= 2:
        return pc.and_(missing, False)
    return pc.invert(pc.is_in(words, value_set=pa.array(sorted(set().union(*YES_NO)))))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def _guessed(written: pa.Array, name: str, locale: Callable[[], Locale]) -> pd.Series:
    if _is_text(written.type):
        return parse_columns([(name, pc.cast(written, pa.string()))], locale=locale()).values[name]
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
    check_choices(kinds, columns)
    return kinds

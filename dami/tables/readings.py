"""Reads texts as numbers or dates, where each may be read in two ways: a decimal comma or point, day or month first.

A person's choice of a kind may say which: "date, day first". If it does not, the texts of the column show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.dates import ORDERS, TWO_WAYS, dates_in
from dami.tables.number_formats import FEW, Locale, any_match, match
from dami.tables.patterns import CURRENCIES, ISO_DURATION, LEADING_ZERO, OTHER_DATES, PLAIN, TIME
from dami.tables.text_values import numbers_of
from dami.tables.times import times_in

BLOCK = 2_000  # texts that are read at once where a few of them tell
SIGNS = ("decimal comma", "decimal point")
READINGS = {"number": SIGNS, "date": ORDERS}  # kind -> its two readings


def parted(choice: str) -> tuple[str, str | None]:
    """Return the kind that a choice such as "date, day first" names, and its reading; None for what the texts show."""
    kind, _, reading = choice.partition(",")
    return kind.strip(), reading.strip() or None


def joined(kind: str, reading: str | None) -> str:
    """Return the choice of a kind and a reading."""
    return f"{kind}, {reading}" if reading else kind


def read_texts(
    texts: pa.Array, kind: str, reading: str | None = None, locale: Locale | None = None, guess: bool = True
) -> pd.Series:
    """Return what texts mean, (n,) float64 or datetime64[us], missing where a text is no number or no date.

    Times and durations are seconds where no text is another number.

    Parameters
    ----------
    texts : (n,) Arrow strings, null where missing
    kind : a key of `READINGS`
    reading : one of its readings; None for what the texts show
    locale : the decimal sign of the table, where the texts do not show it
    guess : whether dates that show no order have the day first; else those that have two meanings are missing
    """
    encoded = pc.cast(texts, pa.string()).dictionary_encode()
    distinct = encoded.dictionary
    if kind == "date":
        values = dates_in(distinct, reading, guess).to_numpy()
    else:
        values = _numbers(_obeying(distinct, reading), locale_by(reading)) if reading else _numbers(distinct, locale)
    missing = np.array(["NaT" if kind == "date" else "nan"], dtype=values.dtype)
    codes = pc.fill_null(encoded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    return pd.Series(np.concatenate([values, missing])[codes])


def left_open(texts: pa.Array, kind: str, values: pd.Series) -> np.ndarray:
    """Return which texts (n,) have no value since each of the two readings gives them another one, (n,) bool."""
    if values.notna().all():
        return np.zeros(len(values), dtype=bool)
    one, other = (read_texts(texts, kind, reading) for reading in READINGS[kind])
    return ((one != other) & one.notna() & other.notna() & values.isna()).to_numpy(dtype=bool)


def locale_by(reading: str | None) -> Locale:
    """Return the decimal sign that a reading of numbers names."""
    return Locale(None, reading == SIGNS[0], reading == SIGNS[1])


def _obeying(texts: pa.Array, reading: str) -> pa.Array:
    """Return texts of numbers; null where one contradicts a reading: "3,5" is no number with a decimal point."""
    group = "." if reading == SIGNS[0] else ","
    grouped = rf"(^|[^0-9.,])[1-9][0-9]{{0,2}}([{group}][0-9]{{3}})+([^0-9{group}]|$)"
    texts = pc.fill_null(texts, "")
    wrong = match(texts, f"[{group}][0-9]") & ~match(texts, grouped)
    return pc.if_else(pa.array(wrong), pa.scalar(None, texts.type), texts) if wrong.any() else texts


def _numbers(distinct: pa.Array, locale: Locale | None) -> np.ndarray:
    numbers = _amounts(distinct, locale)
    if not np.isnan(numbers).any():
        return numbers
    seconds = times_in(distinct)  # a column of times may hold a few numbers, and one of numbers a few times
    return seconds if np.isnan(seconds).sum() < np.isnan(numbers).sum() else numbers


def _amounts(distinct: pa.Array, locale: Locale | None) -> np.ndarray:
    plain = pd.Series(distinct.to_pylist(), dtype="str").str.strip().str.lower()
    plain = pd.to_numeric(plain.replace({"true": "1", "false": "0"}), errors="coerce").to_numpy(dtype=np.float64)
    strange = int(np.isnan(plain).sum())
    found = numbers_of("", distinct, locale) if strange or locale is not None else None
    if found is None:
        return plain if strange < len(plain) else times_in(distinct)
    unread = int(np.isnan(found).sum())
    return found if unread < strange or (locale is not None and unread == strange) else plain


def shown_reading(texts: pa.Array, kind: str, values: pd.Series) -> str | None:
    """Return the reading by which texts (n,) have these values; None if every reading gives them."""
    if kind == "number":
        return _sign(texts, values.to_numpy(dtype=np.float64, na_value=np.nan))
    moments = values.to_numpy(dtype="datetime64[us]")
    places = np.flatnonzero(match(pc.utf8_trim_whitespace(texts), TWO_WAYS) & ~np.isnat(moments))
    for start in range(0, len(places), BLOCK):  # the first text that has two meanings tells
        some = places[start : start + BLOCK]
        one, other = (read_texts(texts.take(pa.array(some)), kind, reading).to_numpy() for reading in ORDERS)
        differ = np.flatnonzero(~(one == other))
        if len(differ):
            return ORDERS[0] if one[differ[0]] == moments[some[differ[0]]] else ORDERS[1]
    return None


def _sign(texts: pa.Array, values: np.ndarray) -> str | None:
    """Return what the commas and points in texts are, by their values: without its sign, "1,5" is another number.

    Points that are decimal are not worth a word: they are read so anyway.
    """
    for mark in (",", "."):
        held = match(texts, f"[0-9][{mark}][0-9]")
        places = np.flatnonzero(held & (values != 0) & ~np.isnan(values))
        if len(places):
            text, value = texts[int(places[0])].as_py(), abs(values[places[0]])
            signs = re.findall("(?<=[0-9])[.,](?=[0-9])", text)
            is_decimal = len(set(signs)) == 2 or value != float("".join(re.findall("[0-9]", text)))
            comma_is_decimal = (signs[-1] == ",") == is_decimal
            return SIGNS[0] if comma_is_decimal else SIGNS[1] if mark == "," else None
    return None


def describe_numbers(reading: str | None) -> dict[str, Any]:
    """Return, fit for JSON, how texts of numbers are read, for a program that does not have `read_texts`."""
    decimal = {SIGNS[0]: ",", SIGNS[1]: "."}.get(reading or "")
    return {"decimal": decimal, "number": PLAIN, "units": list(CURRENCIES), "times": [TIME, ISO_DURATION]}


def describe_dates(reading: str | None) -> dict[str, Any]:
    """Return, fit for JSON, how texts of dates are read."""
    place = ORDERS.index(reading) if reading else 0
    return {"dates": [[pattern, forms[min(place, len(forms) - 1)]] for pattern, forms in OTHER_DATES]}


@dataclass(frozen=True)
class Question:
    """What a person is asked about a column whose texts mean something in both readings, and not the same.

    Attributes
    ----------
    example : a cell that means two things, as it was written
    meanings : choice of a kind and a reading -> what the example means by it, in words
    """

    example: str
    meanings: dict[str, str]


def question(texts: pa.Array, kinds: Iterable[str] = READINGS) -> Question | None:
    """Return what texts leave open, or None if they have one meaning at most.

    Parameters
    ----------
    texts : (n,) Arrow strings, none of them missing
    kinds : which kinds the texts may be
    """
    if not len(texts) or match(texts.slice(0, 8), "[0-9].*[.,/-].*[0-9]").mean() < 0.5:
        return None
    for kind in kinds:
        if kind == "number" and any_match(texts, LEADING_ZERO):  # codes
            continue
        for part in (texts.slice(0, 200), texts):  # most columns show among their first cells that nothing is open
            found = question_of(part, kind, 1 - FEW)
            if found is None:
                break
        if found is not None:
            return found
    return None


def question_of(texts: pa.Array, kind: str, least: float) -> Question | None:
    """Return what texts of a kind leave open; None if they have one meaning, or some show the reading of the others.

    Parameters
    ----------
    texts : (n,) Arrow strings, none of them missing
    least : the share of the texts that have to be of this kind
    """
    one, other = (read_texts(texts, kind, reading) for reading in READINGS[kind])
    differ = np.flatnonzero((one != other) & one.notna() & other.notna())
    if not len(differ) or not one.isna().equals(other.isna()) or one.notna().mean() < least:
        return None
    at = int(differ[0])
    read = zip(READINGS[kind], (one[at], other[at]), strict=True)
    meanings = {joined(kind, reading): f"{_shown(value)} ({reading})" for reading, value in read}
    return Question(texts[at].as_py(), meanings)


def _shown(value: pd.Timestamp | float) -> str:
    return f"{value.day} {value:%B %Y}" if isinstance(value, pd.Timestamp) else f"{value:.15g}"

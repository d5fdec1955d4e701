"""Says of a column of texts that nearly all of its cells are numbers or dates, so that a person may call it one.

`text_values` lets a few cells of a column of numbers be something else. With more of them, or where the rest may be
classes, the column stays text. A person has to hear of it from four fifths on: with fewer, words are a part of the
column, as in addresses and names with numbers. Codes are no numbers however few letters they hold ("85123A", "12a").
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.amounts import are_codes, may_hold_numbers
from dami.tables.number_formats import all_match, any_match, match
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES, OUT_OF_RANGE, WHOLE
from dami.tables.readings import READINGS, read_texts
from dami.wording import quoted

NEARLY = 0.8
EXAMPLES, LONGEST = 3, 40
FIRST = 200  # so many distinct texts show whether a look at all of them is worth it
FEWEST = 3  # different numbers: two are classes, whatever stands beside them
TOO_LONG = "[0-9]{16}"  # a float has fewer digits
LIKE_DATES = r"[0-9].*[./\- ].*[0-9]"


def nearly(texts: pa.Array, rows: np.ndarray, kinds: Iterable[str] = READINGS) -> str | None:
    """Return a sentence about cells that are numbers or dates for the most part; None if they are not.

    Parameters
    ----------
    texts : (k,) distinct Arrow strings, none of them missing
    rows : (k,) how many rows have each
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    absent = pc.is_in(trimmed, value_set=pa.array((*ALWAYS_MISSING, *MISSING_AMONG_VALUES)))
    filled = ~np.asarray(absent.to_numpy(zero_copy_only=False))
    trimmed, rows = trimmed.filter(pa.array(filled)), rows[filled]
    for kind in kinds:
        if len(trimmed) and _may_be(trimmed.slice(0, FIRST), kind):
            sentence = _sentence(trimmed, rows, kind)
            if sentence is not None:
                return sentence
    return None


def _may_be(texts: pa.Array, kind: str) -> bool:
    if kind == "number":
        return may_hold_numbers(texts)
    return bool(match(texts, LIKE_DATES).mean() >= 0.5 and read_texts(texts, kind).notna().mean() >= 0.5)


def _sentence(texts: pa.Array, rows: np.ndarray, kind: str) -> str | None:
    read = read_texts(texts, kind).notna().to_numpy(dtype=bool)
    known, rest = texts.filter(pa.array(read)), texts.filter(pa.array(~read))
    if kind == "number" and (not len(rest) or len(known) < FEWEST or _are_codes(texts, known, rest)):
        return None  # where nothing is left, there was a reason
    n, n_all = int(rows[read].sum()), int(rows.sum())
    share = f"{n:,} of {n_all:,} cells are {kind}s"
    if not len(rest):
        other = _of_another_form(texts)
        return other and f"{share}, written in several ways, such as {_shown(texts[:1], other)}. Call it a {kind}."
    alone = read_texts(rest, kind).notna().to_numpy(dtype=bool)
    n_alone = int(rows[~read][alone].sum())
    if n_alone > 0.5 * (n_all - n) and n + n_alone >= NEARLY * n_all:  # percents beside shares, days beside months
        other = rest.filter(pa.array(alone))[0].as_py()
        what = f"; others are written in another way, such as {_shown(known, other)}"
    elif n >= NEARLY * n_all:
        what = f"; not: {quoted([text[:LONGEST] for text in rest.slice(0, EXAMPLES + 1).to_pylist()], EXAMPLES)}"
    else:
        return None
    return f"{share}{what}. Call it a {kind} if {'this is' if n_all - n == 1 else 'these are'} to count as missing."


def _are_codes(texts: pa.Array, numbers: pa.Array, rest: pa.Array) -> bool:
    """Return whether the numbers among texts are codes: by themselves, or as the rest has digits beside letters."""
    if are_codes(texts, numbers) or any_match(numbers, TOO_LONG):
        return True
    like_them = match(rest, "[0-9]") & ~match(rest, OUT_OF_RANGE)
    return all_match(numbers, WHOLE) and bool(like_them.mean() >= 0.5)


def _of_another_form(texts: pa.Array) -> str | None:
    """Return the first text that has other signs between its digits than the first one; None if all are alike."""
    forms = [re.sub("[0-9]+|[A-Za-z]+", "", text) for text in texts.to_pylist()]
    return next((texts[k].as_py() for k, form in enumerate(forms) if form != forms[0]), None)


def _shown(known: pa.Array, other: str) -> str:
    return f"“{known[0].as_py()[:LONGEST]}” and “{other[:LONGEST]}”"

"""Finds numbers as people write them: "1 234,50 €", "(12.5)", "−7", "35 %", and beside them "<0,05" and "n.d.".

What stands around a number is taken off: a currency or a percent sign, brackets that mean a minus, the minus and the
dash of typographers. A column has one unit at most; numbers beside another one are not understood. A few cells need not
be numbers: at most 5 % of the rows, or 50 % if they say that a value lies outside what was measured. That holds for
columns with so many numbers that they cannot be classes, since a word among classes is a class.

Digits that are no number stay text: what begins with zeros ("007"), phones ("+4930555000", "601 100 200") and codes
such as "2310000E10", if all values look like that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.number_formats import FEW, all_match, any_match, match, told
from dami.tables.patterns import (
    AROUND_UNITS,
    BRACKETS,
    CODE_E,
    CURRENCIES,
    INFINITIES,
    LEADING_ZERO,
    NUMBER,
    OUT_OF_RANGE,
    PHONE,
    PLAIN,
    SPACES,
    THREES,
)

MANY = 0.5  # the share of the rows that may be words or out of range; words alone may be few
# With more different numbers, a column holds an amount, not classes: whole numbers, or fractions. Beside cells that are
# out of range and nothing else, whole numbers are measured as fractions are.
MANY_NUMBERS, MANY_FRACTIONS = 100, 10
FRACTION = r"[.,][0-9]{1,2}$|[.,][0-9]{4,}$|^[+\-]?0?[.,][0-9]"  # no number has such a group of thousands
FIRST = 200  # so many distinct texts show whether a column may hold numbers


@dataclass(frozen=True)
class Amounts:
    """The distinct texts of a column of numbers.

    Attributes
    ----------
    texts : (k,) without what stands around the numbers
    unread : (k,) True for a text that is no number and does not mean "missing" either
    notes : sentences that say what was taken off, and what was not understood
    """

    texts: pa.Array
    unread: np.ndarray
    notes: list[str]


def find_amounts(
    name: str, texts: pa.Array, missing: np.ndarray, codes: np.ndarray, known: bool = False
) -> Amounts | None:
    """Return the numbers of a column of texts, or None if it holds something else.

    Parameters
    ----------
    name : name of the column, for notes
    texts : (k,) distinct Arrow strings without spaces around them
    missing : (k,) True for a text that means "missing" among numbers
    codes : (n,) position of each row's text in `texts`
    known : whether the column is known to hold numbers: then any share of its texts may be none
    """
    present = texts.filter(pa.array(~missing))
    if len(present) == 0:
        return None
    if all_match(present, PLAIN) or all_match(present, NUMBER):
        bare, unit, readable = texts, "", ~missing
    elif not may_hold_numbers(present, 1 / FIRST if known else 0.5):
        return None
    else:
        bare, unit = _bare(texts)
        readable = _are_numbers(bare) & ~missing
    if unit == "%":  # 10 beside "10%" may be something else
        readable &= _holds(texts, unit)
    finite = bare.filter(pa.array(readable & ~_in(bare, INFINITIES)))
    if len(finite) == 0 or (not known and are_codes(present, finite)):
        return None
    unread = ~readable & ~missing
    bracketed = readable & (bare is not texts and match(texts, BRACKETS))
    if not (unit or unread.any() or bracketed.any()):
        return Amounts(bare, unread, [])
    if (
        bracketed.any() and bracketed[readable].all() and not known
    ):  # numbered "(1)", "(2)": there is no other number to oppose
        return None
    rows = np.bincount(codes, minlength=len(texts))
    if unread.any() and not known and not _may_lack(texts, finite, unread, rows, rows[~missing].sum()):
        return None
    notes: list[str] = []
    beside = readable & _holds(texts, unit) if unit else np.zeros(len(texts), dtype=bool)
    if beside.any():  # a unit may also stand alone
        notes.append(told(name, f"“{unit}” was read as a unit", texts, beside, rows))
    if bracketed.any():
        notes.append(told(name, "brackets were read as a minus", texts, bracketed, rows))
    if unread.any():
        notes.append(told(name, "what is no number counts as missing", texts, unread, rows))
    return Amounts(bare, unread, notes)


def may_hold_numbers(texts: pa.Array, least: float = 0.5) -> bool:
    """Return whether numbers are a share of the first of some distinct texts. A glance at their digits tells most."""
    texts = texts.slice(0, FIRST)
    if match(texts, "[0-9]|(?i:inf)").mean() < least:
        return False
    return bool(_are_numbers(_bare(texts)[0]).mean() >= least)


def _bare(texts: pa.Array) -> tuple[pa.Array, str]:
    """Return texts without what stands around numbers, and the unit that stood there."""
    texts = pc.replace_substring_regex(texts, "[\u2212\u2013]", "-")
    unit = _unit(texts)
    if unit:
        sign = rf"(?i:{re.escape(unit)}\.?)"
        texts = pc.replace_substring_regex(texts, rf"^([+\-(]*){SPACES}*{sign}{SPACES}*", r"\1")
        texts = pc.replace_substring_regex(texts, rf"{SPACES}*{sign}(\)?)$", r"\1")
    texts = pc.replace_substring_regex(texts, BRACKETS, r"-\1")
    return pc.replace_substring_regex(texts, rf"^([+\-]){SPACES}+", r"\1"), unit


def _unit(texts: pa.Array) -> str:
    """Return the most frequent currency or percent sign beside the digits of texts, "" if there is none."""
    beside = pc.replace_substring_regex(texts, AROUND_UNITS, "")
    known = beside.filter(pc.is_in(pc.utf8_lower(beside), value_set=pa.array(CURRENCIES)))
    return max(pc.value_counts(known).to_pylist(), key=lambda pair: pair["counts"], default={"values": ""})["values"]


def are_codes(present: pa.Array, finite: pa.Array) -> bool:
    """Return whether the numbers among the texts of a column are codes or phones."""
    return (
        any_match(finite, LEADING_ZERO)
        or any_match(present.filter(pc.starts_with(present, "+")), PHONE)
        or all_match(finite, CODE_E)
        or all_match(finite, THREES)
    )


def _may_lack(texts: pa.Array, finite: pa.Array, unread: np.ndarray, rows: np.ndarray, n_present: int) -> bool:
    """Return whether a column holds numbers although some of its texts, `unread` (k,), are none.

    A share of the rows alone would lose a class: "other" among the grades 1 to 5, or "none" among codes.
    """
    words = unread & ~match(texts, OUT_OF_RANGE)
    measured = not words.any() or match(finite, FRACTION).any()
    if len(finite) <= (MANY_FRACTIONS if measured else MANY_NUMBERS):
        return False
    return bool(rows[words].sum() <= FEW * n_present and rows[unread].sum() <= MANY * n_present)


def _are_numbers(texts: pa.Array) -> np.ndarray:
    return match(texts, NUMBER) | _in(texts, INFINITIES)


def _holds(texts: pa.Array, part: str) -> np.ndarray:
    return pc.match_substring(texts, part, ignore_case=True).to_numpy(zero_copy_only=False)


def _in(texts: pa.Array, values: tuple[str, ...]) -> np.ndarray:
    return pc.is_in(texts, value_set=pa.array(values)).to_numpy(zero_copy_only=False)

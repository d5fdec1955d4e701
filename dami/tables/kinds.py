"""Finds the kind of a column. The module `column_values` reads its values as one kind.

The kinds are:

- *empty*: no row has a value. *constant*: every row has the same value (a column with missing values is not constant).
- *yes/no*: the column has two values, which say yes and no (true/false, yes/no, y/n, t/f, 0/1).
- *number*: the values are numbers, or texts that would be numbers in a file: `text_values` and `amounts` say how many
  may be none, and which digits are codes.
- *date*: the values are dates and times, or texts that would be dates in a file, see `dates`.
- *place*: texts of which at least 95 % clearly name a latitude and a longitude, see `places`.
- *identifier*: the values name the rows and do not describe them. The column has at least 10 rows, at least 95 % of
  the rows have a value, and the values are one of these:
  whole numbers that count the rows, from 0 or from 1, in the order of the table;
  whole numbers or short texts of which 95 % differ, in a column with a name like "id", "customer_id", "ID#" or "Nr.";
  UUIDs of which 95 % differ.
  Nothing else is sure: sorted prices, years, titles, names, codes and links are features, even if all values differ.
- *text*: the median number of words is four or more, and more than half of the texts differ; or nearly all differ.
- *category*: all other columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from dami import wording
from dami.errors import TableError
from dami.tables.column_values import arrow_texts, as_numbers, as_texts, is_date, is_numeric, read_as
from dami.tables.identifier_names import names_rows
from dami.tables.places import are_places
from dami.tables.readings import READINGS, joined, parted, shown_reading
from dami.tables.text_values import as_text, hold_dates, hold_numbers
from dami.tables.yes_no import YES_NO, known_words, say_neither

MOSTLY = 0.95  # the share that makes "nearly all"
MIN_ROWS = 10  # the values of fewer rows differ by chance
CHOICES = ("number", "category", "text", "date", "place", "yes/no", "identifier", "out")  # what a person can say
LEFT_OUT = {"identifier": "it names the rows, as you said", "out": "left out by you"}
SHORT = 3  # words that an identifier has at most
BY_NAME = "it is an identifier: by its name, and nearly every row has a value of its own"
UUID = r"^(?i:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})$"


def kind_of(series: pd.Series, name: str = "") -> tuple[str, str | None]:
    """Return the kind of a column and, if the network does not get the column, the reason in words (see the module)."""
    present = series.dropna()
    n = len(series)
    if len(present) == 0:
        return "empty", "it is empty: no row has a value"
    numeric = is_numeric(present)
    distinct = pd.unique(present) if numeric or is_date(present) else present.astype("str").unique()
    n_unique = len(distinct)
    if n_unique == 1 and len(present) == n:
        return "constant", "it is constant: every row has the same value"
    if n_unique <= 2 and _is_yes_no(distinct):
        return "yes/no", None
    enough = n >= MIN_ROWS and len(present) >= MOSTLY * n
    if numeric:
        reason = _numeric_identifier(present.to_numpy(), n, n_unique, name) if enough else None
        return ("identifier", reason) if reason else ("number", None)
    if is_date(present):
        return "date", None
    texts = arrow_texts(present)
    if hold_numbers(texts):
        reason = _numeric_identifier(as_numbers(present).to_numpy(), n, n_unique, name) if enough else None
        return ("identifier", reason) if reason else ("number", None)
    if hold_dates(texts):
        return "date", None
    if are_places(distinct, present, MOSTLY):
        return "place", None
    return _kind_of_texts(distinct, n_unique, len(present), enough, name)


@dataclass(frozen=True)
class Glance:
    """The facts about a whole column that an encoder needs before it learns from a sample of the rows.

    Attributes
    ----------
    kind, reason : see `kind_of`
    is_number : whether the values are used as numbers
    n_lost : number of cells that hold something and have no value: infinite numbers, or what says neither yes nor no
        (all that it holds, if no word says so)
    chosen : what a person has said that it is, with the reading of its texts ("date, day first"); None if rules decided
    words : by which a column that a person calls yes/no says yes and no
    """

    kind: str
    reason: str | None
    is_number: bool
    n_lost: int
    chosen: str | None = None
    words: tuple[str, ...] = ()

    @property
    def read_as(self) -> str | None:
        """What values are read as: "number", "date" or "place", with a reading if one was chosen; None for texts."""
        kind = self.kind if self.kind in ("date", "place") else "number" if self.is_number else None
        return self.chosen if self.chosen and parted(self.chosen)[0] == kind else kind


def glance(series: pd.Series, name: str, chosen: str | None = None) -> Glance:
    """Return the facts about a whole column.

    Parameters
    ----------
    chosen : what a person has said that it is, see `check_choices`; None if the rules decide
    """
    kind, reason = kind_of(series, name)
    if chosen is not None and kind not in ("empty", "constant"):
        chosen = as_shown(series, chosen)
        kind, _ = parted(chosen)
        is_number = kind == "number"
        n_lost = int(np.isinf(read_as(series, chosen).to_numpy()).sum()) if is_number else 0
        words: tuple[str, ...] = ()
        if kind == "yes/no":
            texts = arrow_texts(as_texts(series))
            words = tuple(known_words(texts))
            n_lost = int(say_neither(texts, words).sum()) if words else int(series.notna().sum())
        return Glance(kind, LEFT_OUT.get(kind), is_number, n_lost, chosen, words)
    is_number = kind == "number" or is_numeric(series) or pd.api.types.is_timedelta64_dtype(series)
    n_lost = int(np.isinf(as_numbers(series).to_numpy()).sum()) if is_number and kind != "date" else 0
    return Glance(kind, reason, is_number, n_lost)


def check_choices(kinds: Mapping[str, str | None], columns: Iterable[str] | None = None) -> None:
    """Check what a person has said of columns: kinds of `CHOICES`, which may name a reading, as "date, day first" does.

    Raises
    ------
    TableError : a kind or its reading is unknown, or the table does not have a column.
    """
    has = None if columns is None else [str(name) for name in columns]
    lacking = [name for name in kinds if has is not None and name not in has]
    if has is not None and lacking:
        raise TableError(
            f"There is no column {wording.quoted(lacking, 5)} to choose a kind for. The table has "
            f"{wording.quoted(has, 8)}."
        )
    for name, choice in kinds.items():
        kind, reading = parted(choice or CHOICES[0])
        if kind not in CHOICES or reading not in (None, *READINGS.get(kind, ())):
            precise = [joined(kind, reading) for kind in READINGS for reading in READINGS[kind]]
            raise TableError(
                f"“{name}” cannot be read as {choice!r}. The kinds are {', '.join(CHOICES)}; more precise are "
                f"{wording.quoted(precise, len(precise))}."
            )


def holds_numbers(series: pd.Series) -> bool:
    """Return whether the values of a column are numbers or lengths of time, or texts that a file would read so."""
    if is_numeric(series) or pd.api.types.is_timedelta64_dtype(series):
        return True
    return not is_date(series) and hold_numbers(arrow_texts(series))


def hold_places(texts: pd.Series) -> bool:
    """Return whether nearly all texts (n,) that are not missing name places, which are two numbers each."""
    present = texts.dropna()
    return len(present) > 0 and are_places(present.unique(), present, MOSTLY)


def as_shown(series: pd.Series, choice: str) -> str:
    """Return a person's choice with the reading that the texts of the column (n,) show, if it names none."""
    kind, reading = parted(choice)
    if choice == "number" and not is_numeric(series) and hold_places(series):
        return "place"
    if kind in READINGS and reading is None and not is_numeric(series) and not is_date(series):
        reading = shown_reading(arrow_texts(series), kind, read_as(series, choice))
    return joined(kind, reading)


def left_out_by_rule(columns: Mapping[str, Glance]) -> dict[str, str]:
    """Return the columns that are no features unless a person lets them in, each with the reason in words.

    A table keeps the identifiers that the rules have found if it has nothing else to learn from.
    """
    reasons = {name: seen.reason for name, seen in columns.items() if seen.reason is not None}
    if len(reasons) < len(columns):
        return reasons
    return {name: why for name, why in reasons.items() if columns[name].kind != "identifier" or columns[name].chosen}


def choose_columns(
    columns: Mapping[str, Glance], left_out: Iterable[str] | None
) -> tuple[dict[str, str], dict[str, Literal["number", "date", "place", "text"]]]:
    """Return the columns to leave out, each with the reason, and how each of the other columns is encoded.

    Parameters
    ----------
    columns : by name, in the order of the table
    left_out : names of the columns to leave out; None leaves out those of `left_out_by_rule`

    Raises
    ------
    TableError : all columns are left out.
    """
    chosen = None if left_out is None else set(left_out)
    by_rule = left_out_by_rule(columns)
    reasons: dict[str, str] = {}
    kinds: dict[str, Literal["number", "date", "place", "text"]] = {}
    for name, seen in columns.items():
        if chosen is None and name in by_rule:
            reasons[name] = by_rule[name]
        elif chosen is not None and name in chosen:
            reasons[name] = seen.reason or "it was left out by hand"
        elif seen.kind in ("empty", "constant"):
            reasons[name] = seen.reason or "it is empty"
        elif seen.kind == "date":
            kinds[name] = "date"
        elif seen.kind == "place":
            kinds[name] = "place"
        else:
            kinds[name] = "number" if seen.is_number else "text"
    if not kinds:
        first = next(iter(reasons))
        raise TableError(
            f"All {len(reasons)} columns are left out (“{first}”: {reasons[first]}), so there is nothing to "
            "learn from. Keep or add a column that describes the rows."
            if len(reasons) > 1
            else f"The only column is left out (“{first}”: {reasons[first]}). Add one that describes the rows."
        )
    return reasons, kinds


def _is_yes_no(distinct: np.ndarray) -> bool:
    texts = {as_text(value).lower() for value in distinct}
    return texts in YES_NO or texts in ({"true"}, {"false"})


def _numeric_identifier(values: np.ndarray, n_rows: int, n_unique: int, name: str) -> str | None:
    """Return why numbers are identifiers, or None if they are not."""
    numbers = values.astype(float)
    numbers = numbers[~np.isnan(numbers)]
    if not np.isfinite(numbers).all() or (numbers != np.trunc(numbers)).any():
        return None
    if len(numbers) == n_rows and numbers[0] in (0, 1) and (np.diff(numbers) == 1).all():
        return f"it counts the rows: {numbers[0]:.0f}, {numbers[1]:.0f}, {numbers[2]:.0f} and so on"
    return BY_NAME if n_unique >= MOSTLY * len(numbers) and names_rows(name) else None


def _kind_of_texts(
    distinct: np.ndarray, n_unique: int, n_present: int, enough: bool, name: str
) -> tuple[str, str | None]:
    some = pd.Series([str(value) for value in distinct[:: max(1, n_unique // 500)]], dtype="str")
    typical = float(some.str.split().str.len().median())
    differ = enough and n_unique >= MOSTLY * n_present
    if differ and typical <= SHORT and names_rows(name):
        return "identifier", BY_NAME
    if differ and some.str.match(UUID).all():
        return "identifier", "it is an identifier: nearly every row has a UUID of its own"
    return "text" if differ or (typical >= 4 and n_unique > 0.5 * n_present) else "category", None

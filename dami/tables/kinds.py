"""Finds the kind of a column, and reads the values of a column as one kind.

The kinds are:

- *empty*: no row has a value. *constant*: every row has the same value (a column with missing values is not constant).
- *boolean*: the column has two values, which say yes and no (true/false, yes/no, y/n, t/f, 0/1).
- *number*: the values are numbers, or texts of which at least 95 % are numbers (the others count as missing). No text
  has leading zeros, and they are neither phones nor codes such as "1E10".
- *date*: the values are dates and times, or texts of which at least 95 % are ISO dates.
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
import pyarrow as pa
import pyarrow.compute as pc

from dami import wording
from dami.errors import TableError
from dami.tables.identifier_names import names_rows
from dami.tables.patterns import CODE_E, ISO_DATE, LEADING_ZERO, PHONE
from dami.tables.places import are_places, places_in
from dami.tables.readings import READINGS, joined, parted, read_texts, shown_reading
from dami.tables.text_values import as_text

MOSTLY = 0.95  # the share that makes "nearly all"
MIN_ROWS = 10  # the values of fewer rows differ by chance
CHOICES = ("number", "category", "text", "date", "place", "yes/no", "identifier", "out")  # what a person can say
LEFT_OUT = {"identifier": "it names the rows, as you said", "out": "left out by you"}
SHORT = 3  # words that an identifier has at most
BY_NAME = "it is an identifier: by its name, and nearly every row has a value of its own"
HUGE = 1e100  # larger numbers are set to this one, since their squares would overflow
YES_NO = ({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"0", "1"})
UUID = r"^(?i:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})$"


def kind_of(series: pd.Series, name: str = "") -> tuple[str, str | None]:
    """Return the kind of a column and, if the network does not get the column, the reason in words (see the module)."""
    present = series.dropna()
    n = len(series)
    if len(present) == 0:
        return "empty", "it is empty: no row has a value"
    numeric = _is_numeric(present)
    distinct = pd.unique(present) if numeric or _is_date(present) else present.astype("str").unique()
    n_unique = len(distinct)
    if n_unique == 1 and len(present) == n:
        return "constant", "it is constant: every row has the same value"
    if n_unique <= 2 and _is_yes_no(distinct):
        return "boolean", None
    enough = n >= MIN_ROWS and len(present) >= MOSTLY * n
    if numeric:
        reason = _numeric_identifier(present.to_numpy(), n, n_unique, name) if enough else None
        return ("identifier", reason) if reason else ("number", None)
    if _is_date(present) or _reads_as_dates(distinct, present):
        return "date", None
    if _reads_as_numbers(distinct, present):
        reason = _numeric_identifier(as_numbers(present).to_numpy(), n, n_unique, name) if enough else None
        return ("identifier", reason) if reason else ("number", None)
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
    n_infinite : number of infinite values
    chosen : what a person has said that it is, with the reading of its texts ("date, day first"); None if rules decided
    """

    kind: str
    reason: str | None
    is_number: bool
    n_infinite: int
    chosen: str | None = None

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
        n_infinite = int(np.isinf(read_as(series, chosen).to_numpy()).sum()) if is_number else 0
        return Glance(kind, LEFT_OUT.get(kind), is_number, n_infinite, chosen)
    is_number = kind == "number" or _is_numeric(series) or pd.api.types.is_timedelta64_dtype(series)
    n_infinite = int(np.isinf(as_numbers(series).to_numpy()).sum()) if is_number and kind != "date" else 0
    return Glance(kind, reason, is_number, n_infinite)


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


def hold_places(texts: pd.Series) -> bool:
    """Return whether nearly all texts (n,) that are not missing name places, which are two numbers each."""
    present = texts.dropna()
    return len(present) > 0 and are_places(present.unique(), present, MOSTLY)


def as_shown(series: pd.Series, choice: str) -> str:
    """Return a person's choice with the reading that the texts of the column (n,) show, if it names none."""
    kind, reading = parted(choice)
    if choice == "number" and not _is_numeric(series) and hold_places(series):
        return "place"
    if kind in READINGS and reading is None and not _is_numeric(series) and not _is_date(series):
        reading = shown_reading(_arrow(series), kind, read_as(series, choice))
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


def _is_numeric(series: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(series)  # bool included


def _is_date(series: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(series)


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


def _reads_as_numbers(distinct: np.ndarray, present: pd.Series) -> bool:
    """Return whether the texts of at least 95 % of the rows are numbers. A few values decide for most columns."""
    few = pd.Series(distinct[:200], dtype="str")
    if pd.to_numeric(few, errors="coerce").notna().mean() < 0.5:
        return False
    texts = pd.Series(distinct, dtype="str")
    if any(texts.str.match(pattern).any() for pattern in (LEADING_ZERO, PHONE, r"^[+\-]?[0-9]{16,}$")):
        return False
    if texts.str.match(CODE_E).all():
        return False
    return bool(as_numbers(present).notna().mean() >= MOSTLY)


def _reads_as_dates(distinct: np.ndarray, present: pd.Series) -> bool:
    """Return whether the texts of 95 % of the rows are ISO dates. In files, `read_table` has made dates of them."""
    if pd.Series(distinct[:10], dtype="str").str.match(ISO_DATE).mean() < 0.5:
        return False
    texts = present.astype("str")
    return bool((texts.str.match(ISO_DATE) & as_dates(texts).notna()).mean() >= MOSTLY)


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


def as_numbers(series: pd.Series, reading: str | None = None) -> pd.Series:
    """Return a column (n,) as float64, texts as `readings` reads them. What is no number becomes missing."""
    if pd.api.types.is_timedelta64_dtype(series):
        return series.dt.total_seconds()
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        return series.astype(np.float64)
    if not _is_numeric(series):
        return read_texts(_arrow(series), "number", reading).set_axis(series.index).rename(series.name)
    return pd.Series(series.to_numpy(dtype=np.float64, na_value=np.nan), index=series.index, name=series.name)


def as_dates(series: pd.Series, reading: str | None = None) -> pd.Series:
    """Return a column (n,) as dates in UTC without a time zone, in microseconds. Other values become missing."""
    if not _is_date(series):
        texts = series
        series = pd.to_datetime(texts.astype("str"), errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
        if (series.isna() & texts.notna()).any():
            series = series.fillna(read_texts(_arrow(texts), "date", reading).set_axis(series.index))
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return series.astype("datetime64[us]")


def read_as(series: pd.Series, choice: str) -> pd.Series:
    """Return a column (n,) as numbers, dates or latitudes, as a choice such as "date, day first" or "place" says."""
    kind, reading = parted(choice)
    if kind == "place":
        return pd.Series(as_places(series)[:, 0], index=series.index)
    return as_dates(series, reading) if kind == "date" else as_numbers(series, reading)


def as_places(series: pd.Series) -> np.ndarray:
    """Return a column (n,) as latitudes and longitudes, (n, 2). Both are NaN where a value is no place."""
    return places_in(as_texts(series))


def _arrow(series: pd.Series) -> pa.Array:
    texts = pa.array(series.astype("str"), from_pandas=True)
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def as_texts(series: pd.Series) -> pd.Series:
    """Return a column (n,) as str, with whole numbers without ".0". Missing values stay missing."""
    if pd.api.types.is_string_dtype(series) and series.dtype != object:
        return series.astype("str")
    if isinstance(series.dtype, np.dtype) and series.dtype.kind == "M":
        moments = pa.array(series, from_pandas=True).dictionary_encode()
        texts = _moment_texts(moments.dictionary).take(moments.indices)
        return pd.Series(pd.array(texts, dtype="str"), index=series.index, name=series.name)
    codes, distinct = pd.factorize(series, use_na_sentinel=True)
    names = np.array([*(as_text(value) for value in distinct), None], dtype=object)
    return pd.Series(names[codes], index=series.index, name=series.name).astype("str")


def _moment_texts(moments: pa.TimestampArray) -> pa.StringArray:
    """Return moments without a time zone (k,), none of them missing, as texts, each as `as_text` writes it."""
    unit = "ns" if moments.type.unit == "ns" else "us"
    moments = moments.cast(pa.timestamp(unit))
    texts = pc.cast(moments, pa.string())  # 2024-01-31 00:00:00.000000
    ticks = moments.cast(pa.int64()).to_numpy()
    second = 10**9 if unit == "ns" else 10**6
    for step, length in ((1000, 26), (second, 19), (86_400 * second, 10)):
        if unit == "ns" or length < 26:
            texts = pc.if_else(pa.array(ticks % step == 0), pc.utf8_slice_codeunits(texts, 0, length), texts)
    return texts


def checked_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with column names as strings.

    Raises
    ------
    TableError : the input is not a frame, has no rows or no columns, two columns of one name, or a list in a cell.
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
    return frame


def numbers_in(frame: pd.DataFrame, name: str, choice: str) -> np.ndarray:
    """Return a column of numbers or dates as (n,) float64, dates in seconds since 1970, missing and infinite as NaN."""
    read = read_as(frame[name], choice)
    if read.dtype.kind == "M":
        return np.where(read.isna(), np.nan, read.astype("int64").to_numpy() / 1e6)
    values = read.to_numpy()
    return np.where(np.isfinite(values), np.clip(values, -HUGE, HUGE), np.nan)


def missing_in(frame: pd.DataFrame, name: str, choice: str) -> np.ndarray:
    """Return, as (n,) bool, the rows in which a column of kind "text", "date", "place" or "number" has no value."""
    return frame[name].isna().to_numpy() if choice == "text" else np.isnan(numbers_in(frame, name, choice))


def infinity_notes(counts: Mapping[str, int], sample: pd.DataFrame) -> list[str]:
    """Return a sentence for each column of numbers that holds infinities, with an example if the sample has one."""
    notes = []
    for name, n in counts.items():
        if n:
            values = as_numbers(sample[name])
            example = "".join(f", such as “{value}”" for value in values[np.isinf(values)].iloc[:1])
            notes.append(f"“{name}” holds {wording.count(n, 'infinite value')}{example}, taken as missing.")
    return notes

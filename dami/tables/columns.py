"""What each column holds, which columns say nothing about a row, and what a target column offers.

Runs in the server: pandas and numpy only. The rules of kinds stand in `kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from dami.errors import TableError
from dami.tables.kinds import MOSTLY, as_dates, as_numbers, as_texts, kind_of
from dami.tables.text_values import as_text

BINS = 12
MANY_VALUES = 20  # numbers with more values than this are no classes


@dataclass(frozen=True)
class Column:
    """What is known about a column.

    Attributes
    ----------
    name : its name.
    kind : "number", "boolean", "category", "text", "date", "identifier", "constant" or "empty".
    missing : share of rows without a value, 0 to 1.
    n_unique : number of distinct values.
    examples : up to three different values, as shown to a person.
    left_out : why the model does not see the column, in words that follow "left out: "; None where it does.
    histogram : numbers and dates: rows in 12 bins of equal width; else rows with each of the 12 most frequent values.
    """

    name: str
    kind: str
    missing: float
    n_unique: int
    examples: list[str]
    left_out: str | None
    histogram: list[int]


@dataclass(frozen=True)
class Target:
    """What a column offers as target.

    Attributes
    ----------
    name, kind : as in `Column`.
    classes : (class name, rows) in the order of the classes: by number for numbers, by the alphabet else.
    missing : number of rows without a label.
    complete : whether every row has one.
    numeric_many : numbers with more than 20 values, or fractions with more than 10: an amount, not a class; see
    `bin_target`.
    advice : what stands in the way of using the column as it is, as a sentence; None where nothing does.
    """

    name: str
    kind: str
    classes: list[tuple[str, int]] = field(default_factory=list)
    missing: int = 0
    complete: bool = False
    numeric_many: bool = False
    advice: str | None = None


def describe_columns(frame: pd.DataFrame, target: str | None = None) -> list[Column]:
    """Describe every column but the target.

    Parameters
    ----------
    frame : table (n, m).
    target : name of a column to leave aside.
    """
    return [_describe(name, frame[name]) for name in frame.columns if name != target]


def left_out_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Return the columns that the model does not see, each with the reason in words."""
    found = ((name, kind_of(frame[name], name)) for name in frame.columns)
    return {name: reason for name, (_, reason) in found if reason is not None}


def _describe(name: str, series: pd.Series) -> Column:
    kind, reason = kind_of(series, name)
    present = series.dropna()
    distinct = pd.Series(present.unique())
    examples = [_brief(value) for value in distinct.head(3)]
    missing = 1 - len(present) / max(len(series), 1)
    return Column(name, kind, missing, len(distinct), examples, reason, _histogram(present, kind))


def _brief(value: object) -> str:
    """An example as a person reads it: six digits of a fraction."""
    return f"{value:.6g}" if isinstance(value, float) and not value.is_integer() else as_text(value)


def _histogram(present: pd.Series, kind: str) -> list[int]:
    if len(present) == 0:
        return []
    values: np.ndarray | None = None
    if kind == "date" or pd.api.types.is_datetime64_any_dtype(present):
        values = as_dates(present).to_numpy().astype("int64").astype(float)
    elif kind in ("number", "identifier") and (kind == "number" or pd.api.types.is_numeric_dtype(present)):
        values = as_numbers(present).to_numpy()
    if values is None:
        return [int(count) for count in present.value_counts().head(BINS)]
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return []
    low, high = float(values.min()), float(values.max())
    if not low < high:
        return [len(values)]
    # By position between the ends, halved first: high - low overflows where the ends are huge.
    position = (values / 2 - low / 2) / (high / 2 - low / 2)
    bins = np.minimum((position * BINS).astype(int), BINS - 1)
    return [int(count) for count in np.bincount(bins, minlength=BINS)]


# --- the target ------------------------------------------------------------------------------------------------------


def class_names(series: pd.Series) -> pd.Series:
    """Return labels as class names: texts without spaces around, whole numbers without ".0", NA where there is none."""
    names = as_texts(series).str.strip()
    return names.mask(names == "")


def describe_target(frame: pd.DataFrame, column: str) -> Target:
    """Describe a column as target.

    Raises
    ------
    TableError : there is no such column.
    """
    if column not in frame.columns:
        known = ", ".join(f"“{name}”" for name in list(frame.columns)[:10])
        raise TableError(f"There is no column “{column}”. The table has {known}{', …' if frame.shape[1] > 10 else ''}.")
    series = frame[column]
    kind, _ = kind_of(series, column)
    names = class_names(series)
    counts = names.value_counts()
    ordered = sorted(((str(name), int(count)) for name, count in counts.items()), key=lambda pair: class_order(pair[0]))
    missing = int(names.isna().sum())
    numbers = as_numbers(series.dropna())
    numbers = numbers[np.isfinite(numbers)]
    all_numbers = (
        len(numbers) > 0
        and len(numbers) >= MOSTLY * series.notna().sum()
        and not pd.api.types.is_datetime64_any_dtype(series)
    )
    fractions = bool((numbers != np.trunc(numbers)).any())
    many = all_numbers and (len(counts) > MANY_VALUES or (fractions and len(counts) > MANY_VALUES // 2))
    return Target(
        column, kind, ordered, missing, len(series) > 0 and missing == 0, bool(many), _advice(column, len(counts), many)
    )


def class_order(name: str) -> tuple[int, float, str, str]:
    """Sort key of class names, the same for no two of them: numbers by value, then texts by the alphabet."""
    try:
        number = float(name)
    except ValueError:
        number = np.nan
    return (1, 0.0, name.casefold(), name) if np.isnan(number) else (0, number, "", name)


def _advice(column: str, n_classes: int, many: bool) -> str | None:
    if many:
        return (
            f"“{column}” holds {n_classes:,} different numbers: an amount, not classes. Make classes of it by ranges."
        )
    if n_classes == 1:
        return f"“{column}” holds one class only: name the others before you label."
    if n_classes > 100:
        return f"“{column}” holds {n_classes:,} classes, too many to tell apart. Choose a column with fewer."
    return None


def bin_target(series: pd.Series, bins: int = 3) -> pd.Series:
    """Make classes of an amount: ranges that hold about as many rows each, between round numbers.

    Parameters
    ----------
    series : numbers (n,), missing where unlabeled.
    bins : number of ranges, 2 or more; fewer come out where many rows share a value.

    Returns
    -------
    str series (n,) with names such as "up to 12.5", "12.5 to 30", "over 30"; missing stays missing.

    Raises
    ------
    TableError : fewer than two ranges asked for, or fewer than two different numbers.
    """
    if bins < 2:
        raise TableError(f"{bins} ranges make no classes. Ask for two or more.")
    numbers = as_numbers(series)
    values = np.sort(numbers[np.isfinite(numbers)].to_numpy())
    if len(values) == 0 or values[0] == values[-1]:
        raise TableError(f"“{series.name}” holds fewer than two different numbers, so there are no ranges to make.")
    edges = np.unique(np.quantile(values, np.arange(1, bins) / bins, method="lower"))
    edges = edges[edges < values[-1]]
    if len(edges) == 0:  # most rows share the highest value
        edges = values[values < values[-1]][-1:]
    edges = _rounded(edges, values)
    texts = [f"{edge:.15g}" for edge in edges]
    middle = [f"{low} to {high}" for low, high in pairwise(texts)]
    names = np.array([f"up to {texts[0]}", *middle, f"over {texts[-1]}"], dtype=object)
    codes = np.searchsorted(
        edges, numbers.fillna(values[0]).to_numpy(), side="left"
    )  # an edge belongs to the range below it
    binned = pd.Series(names[codes], index=series.index, name=series.name).astype("str")
    return binned.mask(numbers.isna())


def _rounded(edges: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the edges with as few digits as put every row into the same range as before, within 2 % of the rows."""
    before = np.searchsorted(values, edges, side="right")
    for digits in range(2, 15):
        rounded = np.array([float(f"{edge:.{digits}g}") for edge in edges])
        after = np.searchsorted(values, rounded, side="right")
        inside = len(np.unique(rounded)) == len(edges) and after.min() > 0 and after.max() < len(values)
        if inside and np.abs(after - before).max() <= 0.02 * len(values) and len(np.unique(after)) == len(edges):
            return rounded
    return edges

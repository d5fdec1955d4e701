"""Describes the columns of a table: the kind of each, the columns that are left out, and the classes of a target.

The server uses this module, so it imports only pandas and numpy. The module `kinds` holds the rules of kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.errors import TableError
from dami.tables.class_names import alike, class_names
from dami.tables.column_values import as_numbers, read_as
from dami.tables.kinds import MOSTLY, Glance, glance, holds_numbers, kind_of, left_out_by_rule
from dami.tables.nearly import nearly
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES
from dami.tables.readings import Question, parted, question
from dami.tables.understood import understood
from dami.tables.writing import Cells
from dami.tables.written import texts_at
from dami.wording import count

BINS = 12
HEAD = 1000
LONGEST = 60  # characters of an example
SHORT = 40  # characters of a name
WORDS = {"place": "number"}
NONE_READ = "not one of its cells is understood so"
REASONS = {  # of a kind that the rules have found
    "number": "its values are numbers",
    "yes/no": "its values say yes and no",
    "date": "its values are dates",
    "place": "two numbers: latitude and longitude",
    "category": "{values}",
    "text": "texts, most of them different",
}
Answers = Mapping[str, str | None]  # a text in a column of labels -> its class; None: it is no label
MANY_VALUES = 20  # a column of numbers with more values than this has no classes


@dataclass(frozen=True)
class Column:
    """A description of a column.

    Attributes
    ----------
    name : str
    kind : "number", "category", "text", "date", "yes/no", "identifier" or "out"; a place is two numbers.
    reason : why it has this kind, in words.
    understood : share of the filled cells (not empty, not a spelling of "missing") that have a meaning of this kind, 0
        to 1; the others count as missing.
    n_understood, n_filled : the numbers behind that share.
    not_understood : up to three different cells of those others, as they were written.
    chosen : what a person has said that it is, such as "date, day first"; None if the rules have found the kind.
    question : what only a person can say about it, such as whether the day comes first in its dates; None if nothing.
    nearly : a sentence that says of texts that most of them are numbers or dates, see `nearly`; None if they are not.
    missing : share of rows without a value, 0 to 1.
    n_unique : number of distinct values.
    examples : up to three different cells, as they were written.
    left_out : why the network does not get the column, in words that follow "left out: "; None if it gets the column.
    histogram : for numbers and dates, the number of rows in each of 12 bins of equal width; for other kinds, the number
        of rows with each of the 12 most frequent values.
    """

    name: str
    kind: str
    reason: str
    understood: float
    n_understood: int
    n_filled: int
    not_understood: list[str]
    chosen: str | None
    question: Question | None
    nearly: str | None
    missing: float
    n_unique: int
    examples: list[str]
    left_out: str | None
    histogram: list[int]


@dataclass(frozen=True)
class Target:
    """A description of a column as target.

    Attributes
    ----------
    name, kind : as in `Column`.
    classes : pairs of a class name and its number of rows, in the order of `class_order`.
    missing : number of rows without a label.
    complete : whether every row has a label.
    unread : pairs of a text such as "n/a", which counts as no label, and its number of rows.
    alike : groups of class names that differ in capitals, accents or spaces alone; the most frequent one comes first.
        Neither `unread` nor `alike` holds what a person has answered.
    padded : number of labels that were written with spaces around them, which are no part of the class.
    numeric_many : whether the column holds an amount and not a class: it has numbers with more than 20 values, or
        fractions with more than 10. `bin_target` makes classes of an amount; a person who calls the column a category
        says that each number is a class.
    advice : a sentence that says why the column cannot be the target as it is; None if it can.
    """

    name: str
    kind: str
    classes: list[tuple[str, int]] = field(default_factory=list)
    missing: int = 0
    complete: bool = False
    unread: list[tuple[str, int]] = field(default_factory=list)
    alike: list[list[str]] = field(default_factory=list)
    padded: int = 0
    numeric_many: bool = False
    advice: str | None = None


def describe_columns(table: pd.DataFrame | Cells, target: str | None = None) -> list[Column]:
    """Describe every column except the target.

    Parameters
    ----------
    table : (n, m) values, or a table with its cells as they were written.
    target : name of the column that is not described.
    """
    frame = table if isinstance(table, pd.DataFrame) else table.frame
    chosen = frame.attrs.get("kinds", {})
    seen = {name: glance(frame[name], name, chosen.get(name)) for name in frame.columns if name != target}
    reasons = left_out_by_rule(seen)
    described = []
    for name, found in seen.items():
        original = None if isinstance(table, pd.DataFrame) else table.originals.get(name)
        described.append(_describe(name, frame[name], original, found, reasons.get(name), chosen.get(name)))
    return described


def may_name_rows(column: Column, n_rows: int) -> bool:
    """Return whether people may know a row by a column: an identifier, or short texts of which nearly all differ."""
    differs = column.kind in ("category", "text") and column.n_unique >= MOSTLY * n_rows
    return column.kind == "identifier" or (differs and all(len(example) <= SHORT for example in column.examples))


def _describe(
    name: str,
    series: pd.Series,
    original: pa.ChunkedArray | None,
    seen: Glance,
    left_out: str | None,
    chosen: str | None,
) -> Column:
    n_understood, n_filled, not_understood = understood(series, original, seen)
    examples = _examples(series, original)
    if seen.kind == "empty" and chosen and n_filled:
        seen = replace(seen, kind=parted(chosen)[0], reason=f"you chose it, but {NONE_READ}")
        left_out = left_out and NONE_READ
    present = series.dropna()
    n_unique = int(present.nunique())
    return Column(
        name,
        "out" if seen.kind in ("constant", "empty") else WORDS.get(seen.kind, seen.kind),
        "you chose it"
        if seen.chosen
        else seen.reason or REASONS[seen.kind].format(values=count(n_unique, "different value")),
        n_understood / n_filled if n_filled else 1.0,
        n_understood,
        n_filled,
        [text[:LONGEST] for text in not_understood],
        chosen,
        *_open(series, original, seen),
        1 - len(present) / max(len(series), 1),
        n_unique,
        [text[:LONGEST] for text in examples],
        left_out,
        _histogram(present, seen),
    )


def _examples(series: pd.Series, original: pa.ChunkedArray | None) -> list[str]:
    """Return up to three different cells that are not empty, as they were written."""
    found: list[str] = []
    for n in (HEAD, len(series)):  # nearly all columns have three among the first rows
        if len(found) < 3:
            texts = texts_at(series, original, np.arange(min(n, len(series))))
            filled = texts.filter(pc.not_equal(pc.utf8_trim_whitespace(texts), ""))
            found = pc.unique(filled).slice(0, 3).to_pylist()
    return found


def _open(series: pd.Series, original: pa.ChunkedArray | None, seen: Glance) -> tuple[Question | None, str | None]:
    """Return what the texts of a column leave open, and what they nearly are; None for what is understood or said."""
    said = seen.chosen is not None and bool(parted(seen.chosen)[1])
    if not said and (seen.kind not in ("category", "text") or seen.chosen is not None):
        return None, None
    texts = texts_at(series, original, np.flatnonzero(series.notna())).dictionary_encode()
    if said:
        return question(texts.dictionary, [seen.kind]), None
    asked = question(texts.dictionary)
    rows = np.bincount(texts.indices.to_numpy(), minlength=len(texts.dictionary))
    return asked, None if asked else nearly(texts.dictionary, rows)


def _histogram(present: pd.Series, seen: Glance) -> list[int]:
    if len(present) == 0:
        return []
    values: np.ndarray | None = None
    if seen.kind == "date" or pd.api.types.is_datetime64_any_dtype(present):
        values = read_as(present, seen.read_as or "date").dropna().to_numpy().astype("int64").astype(float)
    elif seen.kind == "number" or (seen.kind == "identifier" and pd.api.types.is_numeric_dtype(present)):
        values = read_as(present, seen.read_as or "number").to_numpy()
    if values is None:
        return [int(count) for count in present.value_counts().head(BINS)]
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return []
    low, high = float(values.min()), float(values.max())
    if not low < high:
        return [len(values)]
    # The numbers are halved first, since high - low overflows if both are huge.
    position = (values / 2 - low / 2) / (high / 2 - low / 2)
    bins = np.minimum((position * BINS).astype(int), BINS - 1)
    return [int(count) for count in np.bincount(bins, minlength=BINS)]


# --- the target ------------------------------------------------------------------------------------------------------


def label_names(table: Cells, column: str, answers: Answers | None = None) -> pd.Series:
    """Return a column of labels as class names (n,); NA where a row has no label.

    A label that was read as a number, a date or yes/no is spelled as it was written: 3.10 is not 3.1. There a cell that
    is no number is a label, too, unless it spells "missing".

    Parameters
    ----------
    answers : what a person says of some texts, beside the answers that the table keeps
    """
    values = table.frame[column]
    if column not in table.originals or isinstance(values.dtype, pd.StringDtype):
        names = class_names(values)
    else:
        names = class_names(_texts(table, column))
        names = names.where(values.notna() | ~names.isin((*ALWAYS_MISSING, *MISSING_AMONG_VALUES)))
    said = {**kept_answers(table, column), **(answers or {})}
    if not said:
        return names
    texts = names.fillna(class_names(_texts(table, column)))
    return names.mask(texts.isin(list(said)), texts.map(said).astype("str"))


def kept_answers(table: Cells, column: str) -> Answers:
    """Return what a person has said of texts in a column of labels, see `Table.with_answers`."""
    return table.frame.attrs.get("labels", {}).get(column, {})


def _texts(table: Cells, column: str) -> pd.Series:
    return pd.Series(table.texts_column(column).to_pandas().to_numpy(), index=table.frame.index, dtype="str")


def describe_target(table: pd.DataFrame | Cells, column: str, answers: Answers | None = None) -> Target:
    """Describe a column as target.

    Parameters
    ----------
    table : (n, m) values, or a table with its cells as they were written
    answers : as in `label_names`; for a table with its cells

    Raises
    ------
    TableError : there is no such column.
    """
    frame = table if isinstance(table, pd.DataFrame) else table.frame
    if column not in frame.columns:
        known = ", ".join(f"“{name}”" for name in list(frame.columns)[:10])
        raise TableError(f"There is no column “{column}”. The table has {known}{', …' if frame.shape[1] > 10 else ''}.")
    series = frame[column]
    kind, _ = kind_of(series, column)
    if isinstance(table, pd.DataFrame):
        written = names = class_names(series)
        padded, said = 0, {}
    else:
        texts = _texts(table, column)
        written, names = class_names(texts), label_names(table, column, answers)
        padded = int((names.notna() & (texts != texts.str.strip())).sum())
        said = {**kept_answers(table, column), **(answers or {})}
    unread = written[names.isna() & ~written.isin(list(said))].dropna().value_counts()
    counts = names.value_counts()
    ordered = sorted(((str(name), int(count)) for name, count in counts.items()), key=lambda pair: class_order(pair[0]))
    missing = int(names.isna().sum())
    numbers = as_numbers(series.dropna())
    numbers = numbers[np.isfinite(numbers)]
    fractions = bool((numbers != np.trunc(numbers)).any())
    is_amount = len(numbers) > 0 and holds_numbers(series) and frame.attrs.get("kinds", {}).get(column) != "category"
    many = is_amount and (len(counts) > MANY_VALUES or (fractions and len(counts) > MANY_VALUES // 2))
    return Target(
        column,
        kind,
        ordered,
        missing,
        len(series) > 0 and missing == 0,
        [(str(text), int(n)) for text, n in unread.items()],
        [group for group in alike(map(str, counts.index)) if not {*group} <= {*said}],
        padded,
        bool(many),
        _advice(column, len(counts), many),
    )


def class_order(name: str) -> tuple[int, float, str, str]:
    """Return the sort key of a class name: numbers come first, by value, then texts, by the alphabet. No ties."""
    try:
        number = float(name)
    except ValueError:
        number = np.nan
    return (1, 0.0, name.casefold(), name) if np.isnan(number) else (0, number, "", name)


def _advice(column: str, n_classes: int, many: bool) -> str | None:
    if many:
        return (
            f"“{column}” holds {n_classes:,} different numbers: an amount, not classes. Make classes of it by ranges, "
            f"or call it a category ({column}=category) if each number is a class."
        )
    if n_classes == 1:
        return f"“{column}” holds one class only: name the others before you label."
    if n_classes > 100:
        return f"“{column}” holds {n_classes:,} classes, too many to tell apart. Choose a column with fewer."
    return None


def bin_target(series: pd.Series, bins: int = 3) -> pd.Series:
    """Make classes of an amount: ranges between round numbers, each with about the same number of rows.

    Parameters
    ----------
    series : numbers (n,), missing for unlabeled rows.
    bins : number of ranges, 2 or more; the result has fewer if many rows share a value.

    Returns
    -------
    str series (n,) with names such as "up to 12.5", "12.5 to 30", "over 30"; a missing value stays missing.

    Raises
    ------
    TableError : `bins` is below 2, or the series has fewer than two different numbers.
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
    """Return the edges rounded to as few digits as possible; at most 2 % of the rows move across any edge."""
    before = np.searchsorted(values, edges, side="right")
    for digits in range(2, 15):
        rounded = np.array([float(f"{edge:.{digits}g}") for edge in edges])
        after = np.searchsorted(values, rounded, side="right")
        inside = len(np.unique(rounded)) == len(edges) and after.min() > 0 and after.max() < len(values)
        if inside and np.abs(after - before).max() <= 0.02 * len(values) and len(np.unique(after)) == len(edges):
            return rounded
    return edges

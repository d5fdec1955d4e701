"""Brings labels (Series, arrays or lists, some missing) into one form: an object array, with None for missing."""

from __future__ import annotations

import datetime
import unicodedata
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dami import wording
from dami.tables.class_names import alike
from dami.tables.text_values import as_text


def as_labels(labels: Any, n_rows: int, whose: str = "table") -> np.ndarray:
    """Return labels in the order of the rows, as they were given: (n_rows,) object, None where missing.

    They are texts, whole numbers (floats too), booleans, dates, or pandas.Timestamp for moments. A text gets composed
    accents: the two forms that Unicode has of them are one class. A text without a sign is no label. Any other value
    becomes text.

    Raises
    ------
    ValueError
        If labels are not one column with a value for each row, or a label names no class: it has decimals, so that it
        measures, or a character that no file holds.
    """
    if labels is None:
        return np.full(n_rows, None, dtype=object)
    if isinstance(labels, str) or not hasattr(labels, "__len__"):
        raise ValueError(f"Labels must be a column or a list, got {labels!r:.80}.")
    if np.ndim(labels) != 1:
        raise ValueError(f"Labels must be one column, got an array of {np.ndim(labels)} dimensions.")
    if len(labels) != n_rows:
        raise ValueError(f"There are {len(labels)} labels, but the {whose} has {n_rows} rows.")
    if isinstance(labels, np.ndarray) and labels.dtype.kind == "M":
        labels = pd.Series(labels)  # or nanoseconds would become whole numbers
    # astype(object) leaves the values as they are. A list must not become a numpy array, which makes strings of
    # [1, "a"].
    values = list(labels.astype(object)) if hasattr(labels, "astype") else list(labels)
    result = np.empty(n_rows, dtype=object)
    result[:] = [
        None if is_missing(value) or _is_blank(value) else _plain(value, row) for row, value in enumerate(values)
    ]
    return result


def is_missing(value: Any) -> bool:
    return value is None or (np.ndim(value) == 0 and bool(pd.isna(value)))


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def missing(labels: np.ndarray) -> np.ndarray:
    """Return, as (n,) bool, the rows without a label; `labels` comes from `as_labels`."""
    return np.array([label is None for label in labels], dtype=bool)


def distinct(labels: np.ndarray) -> list[Any]:
    """Return the classes in labels, none of them missing: sorted, by type first if types are mixed."""
    classes = list(dict.fromkeys(labels.tolist()))
    try:
        return sorted(classes)
    except TypeError:
        return sorted(classes, key=lambda label: (type(label).__name__, label))


def as_classes(classes: Sequence[Any]) -> list[Any]:
    """Return classes that a person named, in their order.

    Raises
    ------
    ValueError
        If there is no class, or a class is missing or named twice.
    """
    result = as_labels(list(classes), len(classes)).tolist()
    if not result or None in result:
        raise ValueError("The classes need at least one name, and none of them may be empty.")
    for label in result:
        if result.count(label) > 1:
            raise ValueError(f"The class {label!r} is named twice.")
    return result


def check_told_apart(labels: Sequence[Any]) -> None:
    """Raise ValueError if classes in labels, of which some may be missing, are shown alike or have no order."""
    classes = [label for label in dict.fromkeys(labels) if label is not None]
    shown: dict[str, Any] = {}
    for label in classes:
        other = shown.setdefault(as_text(label), label)
        if other is not label:
            raise ValueError(f"The classes {other!r} and {label!r} are shown alike. Give all labels one type.")
    zones = [label.tz is None for label in classes if isinstance(label, pd.Timestamp)]
    if len(set(zones)) > 1:
        raise ValueError("Some labels are moments with a time zone, and some have none. Give all of them one, or none.")


def warn_of_spellings(labels: Sequence[Any], known: Sequence[Any] = (), stacklevel: int = 4) -> None:
    """Warn of texts that are classes of their own and differ in capitals, accents or spaces alone.

    Parameters
    ----------
    known : classes of which a person has been warned
    stacklevel : how far away the line is that the warning names
    """
    groups = alike(label for label in labels if isinstance(label, str))
    groups = [group for group in groups if not {*group} <= {*known}]
    if groups:
        named = "; ".join(wording.quoted(group, 5) for group in groups[:5])
        warnings.warn(
            f"Classes that differ in their spelling alone: {named}. Spell them alike if they are one class, or say "
            "which classes there are if they are several.",
            stacklevel=stacklevel,
        )


def array_of(classes: list[Any]) -> np.ndarray:
    """Return classes as an array (C,) of their own type, or of objects if types are mixed."""
    if len({type(label) for label in classes}) == 1:
        return np.array(classes)
    result = np.empty(len(classes), dtype=object)
    result[:] = classes
    return result


def _plain(value: Any, row: int) -> Any:
    """Return a label as a value of Python, or a pandas.Timestamp."""
    if isinstance(value, np.datetime64 | datetime.datetime):
        return pd.Timestamp(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(
            f"Labels must be classes, but row {row} has {value:g}: bin a measurement into classes first, or give "
            "the labels as text if each number is a class."
        )
    return value if isinstance(value, float | int | datetime.date) else _text(str(value), row)


def _text(label: str, row: int) -> str:
    try:
        label.encode()
        is_text = "\0" not in label
    except UnicodeEncodeError:  # half of a character
        is_text = False
    if not is_text:
        raise ValueError(f"The label {label!r} of row {row} has a character that files do not hold. Take it out.")
    return unicodedata.normalize("NFC", label)

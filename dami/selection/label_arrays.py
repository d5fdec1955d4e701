"""Labels as they come (Series, arrays, lists, with gaps or without) in one form: an object array, None for gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def as_labels(labels: Any, n_rows: int, whose: str = "table") -> np.ndarray:
    """Labels in the order of the rows: (n_rows,) object of str, int or bool, None where missing.

    A column of whole numbers with gaps reads as floats; here they are whole numbers again.

    Raises
    ------
    ValueError
        If lengths differ, or a label is a number with decimals: a measurement, no class.
    """
    if labels is None:
        return np.full(n_rows, None, dtype=object)
    if isinstance(labels, str) or not hasattr(labels, "__len__"):
        raise ValueError(f"Labels must be a column or a list, got {labels!r:.80}.")
    if np.ndim(labels) != 1:
        raise ValueError(f"Labels must be one column, got an array of {np.ndim(labels)} dimensions.")
    if len(labels) != n_rows:
        raise ValueError(f"There are {len(labels)} labels, but the {whose} has {n_rows} rows.")
    # astype(object) leaves the values as they are; a plain list must not pass through numpy, which makes [1, "a"]
    # strings.
    values = list(labels.astype(object)) if hasattr(labels, "astype") else list(labels)
    result = np.empty(n_rows, dtype=object)
    result[:] = [None if is_missing(value) else _plain(value, row) for row, value in enumerate(values)]
    return result


def is_missing(value: Any) -> bool:
    return value is None or (np.ndim(value) == 0 and bool(pd.isna(value)))


def missing(labels: np.ndarray) -> np.ndarray:
    """(n,) bool: where `as_labels` found nothing."""
    return np.array([label is None for label in labels], dtype=bool)


def distinct(labels: np.ndarray) -> list[Any]:
    """The classes in labels without gaps: sorted, by type first where types are mixed."""
    classes = list(dict.fromkeys(labels.tolist()))
    try:
        return sorted(classes)
    except TypeError:
        return sorted(classes, key=lambda label: (type(label).__name__, label))


def as_classes(classes: Sequence[Any]) -> list[Any]:
    """The classes given by name, in their order; ValueError where one is missing or given twice."""
    result = as_labels(list(classes), len(classes)).tolist()
    if not result or None in result:
        raise ValueError("The classes need at least one name, and none of them may be empty.")
    for label in result:
        if result.count(label) > 1:
            raise ValueError(f"The class {label!r} is named twice.")
    return result


def array_of(classes: list[Any]) -> np.ndarray:
    """Classes as an array of their own type, or of objects where types are mixed."""
    if len({type(label) for label in classes}) == 1:
        return np.array(classes)
    result = np.empty(len(classes), dtype=object)
    result[:] = classes
    return result


def _plain(value: Any, row: int) -> Any:
    """The label as a str, int or bool of Python; other things (dates, say) by their text."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError(
                f"Labels must be classes, but row {row} has {value:g}: bin a measurement into classes first."
            )
        return int(value)
    return value if isinstance(value, str | int) else str(value)

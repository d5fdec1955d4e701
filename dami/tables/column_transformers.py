"""Makes features of columns of texts and dates, with a transformer for each: categories, n-grams, or parts of dates."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from sklearn.preprocessing import OneHotEncoder
from skrub import DatetimeEncoder, StringEncoder

Transformer: TypeAlias = OneHotEncoder | StringEncoder | DatetimeEncoder

TEXT_FEATURES = 1_000
FEWEST, MOST = 4, 30
PARTS: dict[str, Callable[[Any], pd.Series]] = {  # as skrub takes them, which makes frames and copies of each
    **{part: attrgetter(part) for part in ("year", "month", "day", "hour")},
    "weekday": lambda moments: moments.day_of_week + 1,
}


def fit_transformers(
    texts: Mapping[str, pd.Series], dates: Mapping[str, pd.Series], random_state: int
) -> dict[str, Transformer]:
    """Learn what features columns of texts and dates (n,) have, and return the transformer of each by its name.

    Texts with few distinct values are categories. n-grams of the others are reduced to as many features as the square
    root of their distinct texts, the median over these columns.
    """
    width = int(np.clip(TEXT_FEATURES // max(len(texts), 1), FEWEST, MOST))
    distinct = {name: values.nunique() for name, values in texts.items()}
    many = [n for n in distinct.values() if n > width]
    n_grams = int(np.clip(round(float(np.sqrt(np.median(many)))), FEWEST, width)) if many else FEWEST
    found: dict[str, Transformer] = {}
    for name, values in texts.items():
        if distinct[name] <= width:
            found[name] = OneHotEncoder(
                drop="if_binary", handle_unknown="ignore", sparse_output=False, dtype=np.float32
            ).fit(_input(values))
        else:
            found[name] = _fit_n_grams(values, n_grams, random_state)
    for name, values in dates.items():
        found[name] = DatetimeEncoder(add_total_seconds=False, add_weekday=True).fit(values)
    return found


def _fit_n_grams(values: pd.Series, n_grams: int, random_state: int) -> StringEncoder:
    step = StringEncoder(n_components=n_grams, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer n-grams than features: they are then the features
        step.fit(values)
    # Plain integers: skops writes a file for each NumPy scalar.
    step.vectorizer_.vocabulary_ = {gram: int(place) for gram, place in step.vectorizer_.vocabulary_.items()}
    return step


def apply(transformer: Transformer, values: pd.Series) -> np.ndarray:
    """Return the features of a column, (n, k) float32, with NaN for the parts of a missing date.

    Categories that the transformer has not seen are 0 in each feature.
    """
    if isinstance(transformer, DatetimeEncoder) and PARTS.keys() >= {*transformer.extracted_features_}:
        return np.column_stack([PARTS[part](values.dt) for part in transformer.extracted_features_]).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unseen categories
        given = _input(values) if isinstance(transformer, OneHotEncoder) else values
        return np.asarray(transformer.transform(given), dtype=np.float32)  # an array, whatever set_config


def _input(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype=object)[:, None]  # (n, 1), as scikit-learn's own encoder takes a column


def categories_of(transformer: Transformer) -> list[str] | None:
    """Return the categories that a transformer has seen, in order, less the missing one; None if it has none."""
    if not isinstance(transformer, OneHotEncoder):
        return None
    return [str(value) for value in transformer.categories_[0] if not pd.isna(value)]


def shown_categories(transformer: OneHotEncoder) -> list[str | float]:
    """Return the categories that have a feature, NaN for the missing one: if there are two, the first has none."""
    dropped = None if transformer.drop_idx_ is None else transformer.drop_idx_[0]
    return [value for k, value in enumerate(transformer.categories_[0]) if k != dropped]


def names_of(transformer: Transformer, column: str) -> list[str]:
    """Return the names (k,) of the features that a transformer makes of a column."""
    if isinstance(transformer, OneHotEncoder):
        shown = shown_categories(transformer)
        return [f"{column} is missing" if pd.isna(value) else f"{column} = {value}" for value in shown]
    if isinstance(transformer, DatetimeEncoder):
        return [f"{column} ({part})" for part in transformer.extracted_features_]
    digits = len(str(transformer.n_components_ - 1))
    return [f"{column} ({k:0{digits}})" for k in range(transformer.n_components_)]

"""Makes features of columns of texts and dates by skrub's TableVectorizer: categories, n-grams, and parts of dates."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.preprocessing import OneHotEncoder
from skrub import DatetimeEncoder, StringEncoder, TableVectorizer

TEXT_FEATURES = 1_000
FEWEST, MOST = 4, 30


class Vectorized(NamedTuple):
    """What was learnt from columns of texts and dates.

    Attributes
    ----------
    vectorizer : takes the columns as `prepare` returns them; None if there are none
    few : column -> its categories, where it has few
    sources : (k,) the column that each feature came from
    names : (k,) of the features
    """

    vectorizer: TableVectorizer | None
    few: dict[str, list[str]]
    sources: list[str]
    names: list[str]


def prepare(texts: Mapping[str, pd.Series], dates: Mapping[str, pd.Series]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return columns as the vectorizer takes them, texts as categories, which leave nothing to guess, under c0, c1, ...

    Parameters
    ----------
    texts, dates : columns (n,) by name

    Returns
    -------
    (prepared, names): the columns, and their names by c0, c1, ...
    """
    columns = [*(values.astype("category") for values in texts.values()), *dates.values()]
    keys = [f"c{place}" for place in range(len(columns))]
    return pd.DataFrame(dict(zip(keys, columns, strict=True))), dict(zip(keys, [*texts, *dates], strict=True))


def fit_vectorizer(texts: Mapping[str, pd.Series], dates: Mapping[str, pd.Series], random_state: int) -> Vectorized:
    """Learn features of columns of texts and dates (n,), by name."""
    if not texts and not dates:
        return Vectorized(None, {}, [], [])
    width = int(np.clip(TEXT_FEATURES // max(len(texts), 1), FEWEST, MOST))
    prepared, keys = prepare(texts, dates)
    many = [distinct for values in texts.values() if (distinct := values.nunique()) > width]
    n_grams = int(np.clip(round(float(np.sqrt(np.median(many)))), FEWEST, width)) if many else FEWEST
    vectorizer = TableVectorizer(
        cardinality_threshold=width + 1,
        low_cardinality=OneHotEncoder(drop="if_binary", handle_unknown="ignore", sparse_output=False, dtype=np.float32),
        high_cardinality=StringEncoder(n_components=n_grams, random_state=random_state),
        datetime=DatetimeEncoder(add_total_seconds=False, add_weekday=True),
        drop_null_fraction=None,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer n-grams than features: they are then the features
        vectorizer.fit(prepared)
    kinds = vectorizer.column_to_kind_
    few = {
        name: [str(value) for value in prepared[key].cat.categories]
        for key, name in keys.items()
        if kinds[key] == "low_cardinality"
    }
    sources, names = [], []
    for output in vectorizer.all_outputs_:
        key = vectorizer.output_to_input_[output]
        part = output.removeprefix(f"{key}_")
        sources.append(keys[key])
        if kinds[key] == "low_cardinality":
            names.append(f"{keys[key]} is missing" if part == "nan" else f"{keys[key]} = {part}")
        else:
            names.append(f"{keys[key]} ({part.replace('_', ' ')})")
    _shrink(vectorizer)
    return Vectorized(vectorizer, few, sources, names)


def _shrink(vectorizer: TableVectorizer) -> None:
    """Store the n-grams of text columns with plain integers: skops writes a file for each NumPy scalar."""
    for step in chain.from_iterable(vectorizer.all_processing_steps_.values()):
        if isinstance(step, StringEncoder):
            step.vectorizer_.vocabulary_ = {gram: int(place) for gram, place in step.vectorizer_.vocabulary_.items()}

"""Says how much of a column its kind has understood: "197 of 200; not understood: “<0,05”, “n.d.”"."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.coded import are_missing, is_coded
from dami.tables.column_values import read_as
from dami.tables.kinds import Glance
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES
from dami.tables.written import texts_at

EXAMPLES = 3


def understood(series: pd.Series, original: pa.ChunkedArray | None, seen: Glance) -> tuple[int, int, list[str]]:
    """Return how many cells of a column its kind understood, and cells that it did not.

    Parameters
    ----------
    series : (n,) values
    original : (n,) the cells as they were written, None if the values tell it
    seen : the kind of the column

    Returns
    -------
    (understood, filled, examples): the number of cells with a meaning, and of the cells that are not empty and do not
    spell "missing"; and up to three different ones that have none, as they were written
    """
    values = series if seen.read_as is None else read_as(series, seen.read_as)
    unknown = np.flatnonzero(values.isna().to_numpy(dtype=bool))
    texts = texts_at(series, original, unknown)
    absent = series.iloc[unknown].isna().to_numpy(dtype=bool)
    lost = ~_means_missing(pc.utf8_trim_whitespace(texts), absent)
    if original is not None and is_coded(original.type):
        lost &= ~are_missing(original.take(pa.array(unknown)).combine_chunks()).to_numpy(zero_copy_only=False)
    examples = pc.unique(texts.filter(pa.array(lost))).slice(0, EXAMPLES).to_pylist()
    n_known = len(series) - len(unknown)
    return n_known, n_known + int(lost.sum()), examples


def _means_missing(trimmed: pa.Array, absent: np.ndarray) -> np.ndarray:
    """Return which cells (n,) are empty or spell "missing": some spellings do so only where there is no value."""
    always, among = (
        pc.is_in(trimmed, value_set=pa.array(spellings)).to_numpy(zero_copy_only=False)
        for spellings in (ALWAYS_MISSING, MISSING_AMONG_VALUES)
    )
    return np.asarray(always | (among & absent))

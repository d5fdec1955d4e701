"""Says how much of a column its kind has understood: "197 of 200; not understood: <0,05, n.d."."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.kinds import Glance, read_as
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES

EXAMPLES = 3


def understood(series: pd.Series, texts: pa.Array, seen: Glance) -> tuple[float, list[str]]:
    """Return the share of the cells of a column that its kind understood, and cells that it did not.

    Parameters
    ----------
    series : (n,) values
    texts : (n,) the cells as they were written
    seen : the kind of the column

    Returns
    -------
    (share, examples): 0 to 1, of the cells that are not empty and do not spell "missing", 1 if there are none; and up
    to three different ones of the others, as they were written
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    values = series if seen.read_as is None else read_as(series, seen.read_as)
    known = values.notna().to_numpy(dtype=bool)
    lost = ~known & ~_means_missing(trimmed, series.isna().to_numpy(dtype=bool))
    n_read, n_lost = int(known.sum()), int(lost.sum())
    share = n_read / (n_read + n_lost) if n_read + n_lost else 1.0
    return share, pc.unique(texts.filter(pa.array(lost))).slice(0, EXAMPLES).to_pylist()


def _means_missing(trimmed: pa.Array, absent: np.ndarray) -> np.ndarray:
    """Return which cells (n,) are empty or spell "missing": some spellings do so only where there is no value."""
    always, among = (
        pc.is_in(trimmed, value_set=pa.array(spellings)).to_numpy(zero_copy_only=False)
        for spellings in (ALWAYS_MISSING, MISSING_AMONG_VALUES)
    )
    return np.asarray(always | (among & absent))

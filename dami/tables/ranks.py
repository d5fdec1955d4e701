"""Finds the knots between which the rank of a number is linear."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

KNOTS = 64


def rank_knots(values: np.ndarray) -> np.ndarray | None:
    """Return the knots of a column's rank, (2, 64): values, ascending, and the deviations of a normal variable of their
    ranks. If quantiles coincide, the last knot is repeated. Return None if fewer than three values occur.

    Parameters
    ----------
    values : (n,) finite
    """
    in_order = np.sort(values)
    if np.count_nonzero(np.diff(in_order)) < 2:
        return None
    shares = (np.arange(KNOTS) + 0.5) / KNOTS
    knots = np.unique(np.quantile(in_order, shares, method="inverted_cdf"))
    if len(knots) < 2:
        return None
    below, up_to = (np.searchsorted(in_order, knots, side) for side in ("left", "right"))
    heights = ndtri(np.clip((below + up_to) / (2 * len(values)), shares[0], shares[-1]))
    return np.stack([np.pad(part, (0, KNOTS - len(part)), mode="edge") for part in (knots, heights)])

"""Computes what explains a pick: the contributions of the columns, and the row's distance to the labeled rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dami.networks.regions import LinearRegions, linear_regions, local_model
from dami.selection.nearest import nearest_centers

__all__ = ["contributions", "local_model", "nearest_centers", "percent_closer", "signed_contributions"]

CHUNK_BYTES = 64 * 2**20


def contributions(
    net: Any,
    X: npt.ArrayLike,
    columns_of: Sequence[str] | np.ndarray,
    regions: LinearRegions | None = None,
    medians: np.ndarray | None = None,
) -> tuple[np.ndarray, list[str]]:
    """Return how much each column moves the logits of each row. Without a sign, it does not reveal the prediction.

    Parameters
    ----------
    net : a fitted `MLP`, or its list of layers
    X : (n, d), finite
    columns_of : (d,) the column that each feature came from
    regions : the linear regions of X; by default they are computed
    medians : (d,), by default the medians of X

    Returns
    -------
    contributions : (n, n_columns) float32
        The sum over a column's features j of `|H W_x[:, j]| * |x_j - median_j|`; H is the matrix of `contrasts`.
    columns : list of str, in order of first appearance

    Raises
    ------
    ValueError
        If columns_of does not have one name for each feature, or X does not fit the network.
    """
    X = np.asarray(X)
    names = [str(name) for name in columns_of]
    if X.ndim != 2 or len(names) != X.shape[1]:
        raise ValueError(f"Expected the column of every feature, got {len(names)} names for rows of shape {X.shape}.")
    if regions is None:
        regions = linear_regions(net, X)
    columns = list(dict.fromkeys(names))
    medians = np.median(X, axis=0) if medians is None else medians
    belongs = np.zeros((len(names), len(columns)), np.float32)  # (d, n_columns)
    belongs[np.arange(len(names)), [columns.index(name) for name in names]] = 1
    result = np.empty((len(X), len(columns)), np.float32)
    size = max(1, CHUNK_BYTES // (8 * 3 * regions.region_weights[0].size))
    for start in range(0, len(X), size):
        part = slice(start, start + size)
        w = regions.region_weights[regions.region_ids[part]].astype(np.float64)  # (r, C, d)
        # The rows of H are orthonormal and orthogonal to 1, so |H w| is the length of w centered over the classes.
        w -= w.mean(axis=1, keepdims=True)
        lengths = np.sqrt((w * w).sum(axis=1))  # (r, d)
        result[part] = (lengths * np.abs(X[part] - medians)) @ belongs
    return result, columns


def signed_contributions(
    weights: npt.ArrayLike,
    x: npt.ArrayLike,
    medians: npt.ArrayLike,
    columns_of: Sequence[str] | np.ndarray,
    favored: int,
    other: int,
) -> tuple[np.ndarray, list[str]]:
    """Return how far each column moves the logits of a row towards one class and away from another.

    Parameters
    ----------
    weights : (C, d) weights of the row's local model
    x, medians : (d,) the encoded row, and the medians of all rows
    columns_of : (d,) the column that each feature came from
    favored, other : positions of the two classes

    Returns
    -------
    contributions : (n_columns,) float64
        The sum over a column's features j of `(W[favored] - W[other])[j] * (x_j - median_j)`, in logits.
    columns : list of str, in order of first appearance
    """
    W = np.asarray(weights, dtype=np.float64)
    return _by_column((W[favored] - W[other]) * (np.asarray(x, dtype=np.float64) - np.asarray(medians)), columns_of)


def deviations(
    x: npt.ArrayLike, medians: npt.ArrayLike, columns_of: Sequence[str] | np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Return how far an encoded row (d,) lies from the medians (d,), summed over the features of each column.

    Returns
    -------
    deviations : (n_columns,) float64
    columns : list of str, in order of first appearance
    """
    return _by_column(np.abs(np.asarray(x, dtype=np.float64) - np.asarray(medians)), columns_of)


def _by_column(parts: np.ndarray, columns_of: Sequence[str] | np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return the sums of the features' numbers (d,) over each column, and the columns in order of first appearance."""
    names = [str(name) for name in columns_of]
    columns = list(dict.fromkeys(names))
    place = {name: k for k, name in enumerate(columns)}
    return np.bincount([place[name] for name in names], parts, len(columns)), columns


def percent_closer(distances: np.ndarray, distance: float) -> float:
    """Return the percentage of the distances that are smaller than the given one; nan without distances."""
    return 100.0 * float(np.count_nonzero(distances < distance)) / len(distances) if len(distances) else float("nan")

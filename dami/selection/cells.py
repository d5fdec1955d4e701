"""Finds the cell of a row (the rows with the same nearest center), its near duplicates, and the mean local model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dami.networks.regions import linear_regions

BLOCK = 64


@dataclass(frozen=True)
class Cell:
    """A center and the rows whose nearest center it is.

    Attributes
    ----------
    center : position of the center, -1 if no row is a center yet
    members : (m,) positions of the rows, the center included, the nearest to the center first
    distances : (m,) distances of the members to the center
    """

    center: int
    members: np.ndarray
    distances: np.ndarray


def cell_of(row: int, nearest: npt.ArrayLike, distances: npt.ArrayLike) -> Cell:
    """Return the cell of a row.

    Parameters
    ----------
    nearest : (N,) position of the nearest center of every row. The nearest center of a center is the center itself, or
        the first center at the same point.
    distances : (N,) distance of every row to its nearest center
    """
    near, far = np.asarray(nearest), np.asarray(distances)
    center = int(near[row])
    members = np.flatnonzero(near == center)
    order = np.argsort(far[members], kind="stable")
    return Cell(center, members[order], far[members][order])


def near_duplicates(row: int, X: npt.ArrayLike, region_ids: npt.ArrayLike | None = None) -> np.ndarray:
    """Return the other rows with equal encoded values or, if regions are given, in the same region, in order."""
    points = np.asarray(X)
    same = (points == points[row]).all(axis=1)
    if region_ids is not None:
        ids = np.asarray(region_ids)
        if ids[row] >= 0:
            same |= ids == ids[row]
    same[row] = False
    return np.flatnonzero(same)


def mean_local_model(layers: Any, X: npt.ArrayLike) -> np.ndarray:
    """Return the mean of the local weights of rows, centered over the classes, as (C, d) float64.

    Parameters
    ----------
    layers : a fitted `MLP`, or its list of layers
    X : (m, d), m >= 1
    """
    rows = np.asarray(X)
    total = 0.0
    for start in range(0, len(rows), BLOCK):
        weights = linear_regions(layers, rows[start : start + BLOCK]).weights  # (m, C, d)
        total = total + weights.sum(axis=0, dtype=np.float64)
    mean = np.asarray(total) / len(rows)
    return np.asarray(mean - mean.mean(axis=0))

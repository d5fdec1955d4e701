"""Cells: the rows that share a nearest centre in the space of local models; and rows that are all but the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dami.networks.regions import linear_regions

BLOCK = 64


@dataclass(frozen=True)
class Cell:
    """A centre and the rows that have it as their nearest.

    Attributes
    ----------
    center : position, -1 where no row is a centre yet
    members : (m,) positions, nearest to the centre first, the centre among them
    distances : (m,) of the members to the centre
    """

    center: int
    members: np.ndarray
    distances: np.ndarray


def cell_of(row: int, nearest: npt.ArrayLike, distances: npt.ArrayLike) -> Cell:
    """The cell that a row lies in.

    Parameters
    ----------
    nearest : (N,) position of every row's nearest centre; a centre's own is itself, or the first of those at its place
    distances : (N,) to it
    """
    near, far = np.asarray(nearest), np.asarray(distances)
    center = int(near[row])
    members = np.flatnonzero(near == center)
    order = np.argsort(far[members], kind="stable")
    return Cell(center, members[order], far[members][order])


def near_duplicates(row: int, X: npt.ArrayLike, region_ids: npt.ArrayLike | None = None) -> np.ndarray:
    """Other rows with equal encoded values or, if the regions are given, in the same linear region; ascending."""
    points = np.asarray(X)
    same = (points == points[row]).all(axis=1)
    if region_ids is not None:
        ids = np.asarray(region_ids)
        if ids[row] >= 0:
            same |= ids == ids[row]
    same[row] = False
    return np.flatnonzero(same)


def mean_local_model(layers: Any, X: npt.ArrayLike) -> np.ndarray:
    """The mean over rows of their local weights, less the mean over the classes, (C, d) float64.

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

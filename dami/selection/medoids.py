"""Computes weighted K-medoids with some fixed centers: picks rows that represent many rows far from fixed centers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_STEPS = 100  # Lloyd's algorithm always ends, on real tables after 5 to 30 steps
CHUNK_VALUES = 2**22


@dataclass(frozen=True)
class Medoids:
    """Picks, one for each cluster, the cluster with the largest weight first.

    Attributes
    ----------
    indices : (n,) int, distinct positions of points
    sizes : (n,) int, number of points in the pick's cluster
    weights : (n,) float64, sum of the weights of these points
    """

    indices: np.ndarray
    sizes: np.ndarray
    weights: np.ndarray


def weighted_medoids(
    points: np.ndarray, weights: np.ndarray, n: int, fixed: np.ndarray, rng: np.random.Generator
) -> Medoids:
    """Place n free centers so that the weighted squared distances are small, and pick the point nearest to each.

    The free centers start at points drawn by D-squared sampling times the weights (k-means++: Arthur & Vassilvitskii,
    2007). Lloyd's steps move each free center to the weighted mean of the points that are nearest to it, until no point
    changes its center. A point that is nearest to a fixed center does not move any free center.

    Parameters
    ----------
    points : (m, p) the points that may be picked
    weights : (m,) at least 0
    n : int, at most m
    fixed : (q, p) centers that do not move
    rng : draws the start

    Notes
    -----
    Cost: `m * (q + n * steps) * p` multiplications. Memory: a chunk of distances to fixed centers, and m x n.
    """
    if n == 0:
        return Medoids(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    middle = points.mean(axis=0, dtype=np.float64)
    points = (points - middle).astype(np.float32)
    fixed = (fixed - middle).astype(np.float32)
    squares = np.einsum("ij,ij->i", points, points)
    to_fixed = _to_nearest(points, squares, fixed)
    weights = weights.astype(np.float64)
    if not weights.any():
        weights = np.ones(len(points))

    free = points[_seeds(points, squares, weights, n, to_fixed, rng)]  # (n, p)
    owner = np.full(len(points), -2)
    for _ in range(MOST_STEPS):
        distances = _squared(points, squares, free)  # (m, n)
        nearest = distances.argmin(axis=1)
        own = distances[np.arange(len(points)), nearest] < to_fixed
        before, owner = owner, np.where(own, nearest, -1)
        if np.array_equal(before, owner):
            break
        members = np.zeros((n, len(points)), np.float32)
        members[owner[own], np.flatnonzero(own)] = weights[own]
        mass = members.sum(axis=1)
        moved = members @ points / np.where(mass > 0, mass, 1)[:, None]
        free = np.where(mass[:, None] > 0, moved, free).astype(np.float32)

    owned = owner >= 0
    sizes = np.bincount(owner[owned], minlength=n)
    mass = np.bincount(owner[owned], weights[owned], minlength=n)
    distances = _squared(points, squares, free)
    order = np.argsort(-mass, kind="stable")
    picks: list[int] = []
    for center in order:
        column = distances[:, center].copy()
        column[picks] = np.inf
        picks.append(int(column.argmin()))
    return Medoids(np.array(picks, dtype=int), sizes[order], mass[order])


def _seeds(
    points: np.ndarray, squares: np.ndarray, weights: np.ndarray, n: int, nearest: np.ndarray, rng: np.random.Generator
) -> list[int]:
    """Draw distinct positions, each with a chance in proportion to its weight times its squared distance so far."""
    chosen: list[int] = []
    for _ in range(n):
        chances = weights * np.where(np.isfinite(nearest), nearest, 1.0)  # without a center all points are as far
        chances[chosen] = 0
        total = chances.sum()
        if total <= 0:  # every point left lies on a center or has weight 0
            chances = np.ones(len(points))
            chances[chosen] = 0
            total = chances.sum()
        pick = int(rng.choice(len(points), p=chances / total))
        chosen.append(pick)
        nearest = np.minimum(nearest, _squared(points, squares, points[pick : pick + 1])[:, 0])
    return chosen


def _to_nearest(points: np.ndarray, squares: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Return the squared distances (m,) to the nearest center, inf without a center."""
    result = np.full(len(points), np.inf)
    size = max(1, CHUNK_VALUES // max(1, len(points)))
    for start in range(0, len(centers), size):
        np.minimum(result, _squared(points, squares, centers[start : start + size]).min(axis=1), out=result)
    return result


def _squared(points: np.ndarray, squares: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Return squared distances (m, k), exact up to float32 rounding."""
    lengths = np.einsum("ij,ij->i", centers, centers)
    return np.maximum(squares[:, None] + lengths - 2 * (points @ centers.T), 0)

"""Farthest-first traversal, exactly: each pick is the point farthest from all centers so far.

Gonzalez (1985): the prefix of every length covers the points within twice the smallest radius that so many centers can
reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CHUNK_BYTES = 32 * 2**20
BLOCK_CENTERS = 128


@dataclass(frozen=True)
class KCenter:
    """Picks of a traversal, in order; the first k of each array are the traversal of k picks.

    Attributes
    ----------
    indices : (n,) int, distinct, never a center
    distances : (n,) float64, distance of each pick to its nearest center when it was picked; inf where there was none
    yet
    nearest : (n,) int, that center (the earliest, if several are as near); -1 where there was none yet
    radii : (n,) float64, covering radius after each pick: the largest distance of any point to its nearest center
    """

    indices: np.ndarray
    distances: np.ndarray
    nearest: np.ndarray
    radii: np.ndarray


def k_center(
    points: npt.ArrayLike, n: int, centers: Sequence[int] | np.ndarray | None = None, first: int = 0
) -> KCenter:
    """Pick n points, each the farthest from all centers and picks before it.

    Parameters
    ----------
    points : (N, p), finite
    n : int
        Picks wanted; with fewer points left, those that are left.
    centers : positions that are centers already, optional
    first : int
        The first pick where there are no centers.

    Returns
    -------
    KCenter

    Raises
    ------
    ValueError
        If points are no matrix of finite numbers with rows and columns, a position is not in it, or n is negative.

    Notes
    -----
    Euclidean distances from float64 differences, squared and summed (so duplicates are at exactly 0); ties go to the
    lowest position. Most distances are never computed: a matrix product bounds them from below, and only those that may
    be smaller than a point's distance so far are computed exactly. Cost: a pass over the points a pick. Memory: a
    centered copy of the points in their own precision (float32 or float64), and chunks of 32 MiB.
    """
    points = _check_points(points)
    n = _check_count(n)
    initial = np.array(
        list(dict.fromkeys(check_positions(() if centers is None else centers, len(points), "centers").tolist())), int
    )
    first = int(check_positions([first], len(points), "first")[0])
    n = min(n, len(points) - len(initial))

    cover = _Cover(points)
    cover.add(initial)
    indices, nearest = np.full(n, -1), np.full(n, -1)
    squares, radii = np.full(n, np.inf), np.zeros(n)
    for k in range(n):
        pick = first if k == 0 and not len(initial) else cover.farthest()
        indices[k], nearest[k], squares[k] = pick, cover.nearest[pick], cover.squares[pick]
        cover.add(np.array([pick]))
        radii[k] = cover.squares.max()
    return KCenter(indices, np.sqrt(squares), nearest, np.sqrt(radii))


def evidence(points: npt.ArrayLike, picks: Sequence[int] | np.ndarray, centers: Sequence[int] | np.ndarray) -> KCenter:
    """What `k_center` says of its picks, for picks that were made in another way.

    Parameters
    ----------
    points : (N, p), finite
    picks : positions, in pick order
    centers : positions that are centers already
    """
    points = _check_points(points)
    picks = check_positions(picks, len(points), "picks")
    cover = _Cover(points)
    cover.add(check_positions(centers, len(points), "centers"))
    nearest, squares, radii = np.full(len(picks), -1), np.full(len(picks), np.inf), np.zeros(len(picks))
    for k, pick in enumerate(picks):
        nearest[k], squares[k] = cover.nearest[pick], cover.squares[pick]
        cover.add(np.array([pick]))
        radii[k] = cover.squares.max()
    return KCenter(picks, np.sqrt(squares), nearest, np.sqrt(radii))


def nearest_centers(points: npt.ArrayLike, centers: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of the centers for every point, exactly, without holding a distance matrix.

    Parameters
    ----------
    points : (N, p), finite
    centers : positions of the centers

    Returns
    -------
    distances : (N,) float64, 0 for the centers themselves; inf without centers
    nearest : (N,) int, positions; the earliest in the given order, if several are as near; -1 without centers
    """
    points = _check_points(points)
    cover = _Cover(points)
    cover.add(check_positions(centers, len(points), "centers"))
    return np.sqrt(cover.squares), cover.nearest


def check_positions(positions: Sequence[int] | np.ndarray, n_rows: int, name: str) -> np.ndarray:
    """Positions as an array of int; ValueError where one is no whole number or lies outside 0..n_rows - 1."""
    array = np.asarray(positions)
    if array.size == 0:
        return np.zeros(0, int)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be a list of row positions (whole numbers from 0), got {positions!r:.80}.")
    outside = (array < 0) | (array >= n_rows)
    if outside.any():
        raise ValueError(f"{name} holds position {array[outside][0]}, but the rows are numbered 0 to {n_rows - 1}.")
    return array.astype(int)


class _Cover:
    """Every point's squared distance to its nearest center, kept exact as centers are added."""

    def __init__(self, points: np.ndarray) -> None:
        self.points = points
        self.squares = np.full(len(points), np.inf)  # exact, float64
        self.nearest = np.full(len(points), -1)
        self._is_center = np.zeros(len(points), bool)
        # Bounds come from points moved to their mean: the shorter the vectors, the tighter. Their error grows with the
        # squared lengths: (p + 8) * 4 roundings is several times the worst case of a dot product and a few sums.
        precision = points.dtype if points.dtype == np.float32 else np.dtype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            self._moved = (points - points.mean(axis=0, dtype=np.float64)).astype(precision)
            self._norms = np.einsum("ij,ij->i", self._moved, self._moved)  # squared lengths
        self._rounding = 4 * (points.shape[1] + 8) * float(np.finfo(precision).eps)
        self._underflow = 4 * points.shape[1] * float(np.finfo(precision).tiny)

    def farthest(self) -> int:
        return int(np.argmax(np.where(self._is_center, -1.0, self.squares)))

    def add(self, centers: np.ndarray) -> None:
        for start in range(0, len(centers), BLOCK_CENTERS):
            block = centers[start : start + BLOCK_CENTERS]
            for rows in _chunks(len(self.points), 8 * 4 * len(block)):
                self._update(rows, block)
        self._is_center[centers] = True

    def _update(self, rows: slice, block: np.ndarray) -> None:
        """Compare the rows with a block of centers: those pairs exactly that may come nearer than the row is so far."""
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = self._norms[rows, None] + self._norms[block]  # (r, m)
            approximate = lengths - 2 * (self._moved[rows] @ self._moved[block].T)
            slack = 2 * self._rounding * lengths + self._underflow  # (|x| + |c|)^2 <= 2 (|x|^2 + |c|^2)
            least = np.minimum(self.squares[rows], (approximate + slack).min(axis=1))
            # Written so that a bound that overflowed (nan) keeps its pair.
            row, column = np.nonzero(~(approximate - slack > least[:, None]))
        if not len(row):
            return
        row += rows.start
        squares = np.empty(len(row))
        for pairs in _chunks(len(row), 8 * 3 * self.points.shape[1]):
            difference = self.points[row[pairs]].astype(np.float64) - self.points[block[column[pairs]]]
            squares[pairs] = (difference * difference).sum(axis=1)
        # Pairs are sorted by row, then by center: the smallest of each row, and the first center that has it.
        starts = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
        smallest = np.minimum.reduceat(squares, starts)
        sizes = np.diff(np.r_[starts, len(row)])
        at = np.where(squares == np.repeat(smallest, sizes), np.arange(len(row)), len(row))
        winner = block[column[np.minimum.reduceat(at, starts)]]
        row = row[starts]
        nearer = smallest < self.squares[row]
        self.squares[row[nearer]], self.nearest[row[nearer]] = smallest[nearer], winner[nearer]


def _check_points(points: npt.ArrayLike) -> np.ndarray:
    array = np.asarray(points)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"points must be a matrix with rows and columns, got an array of shape {array.shape}.")
    if array.dtype.kind not in "fiub":
        raise ValueError(f"points must be numbers, got {array.dtype}.")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    finite = np.isfinite(array)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise ValueError(f"points must be finite, but row {row} holds {array[row, column]} in column {column}.")
    return array


def _check_count(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
        raise ValueError(f"The number of rows to pick must be a whole number from 0, got {n!r}.")
    return int(n)


def _chunks(n: int, bytes_each: int) -> Iterator[slice]:
    size = max(1, CHUNK_BYTES // bytes_each)
    for start in range(0, n, size):
        yield slice(start, min(n, start + size))

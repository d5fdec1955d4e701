"""Finds the nearest center of every point exactly. Bounds exclude most pairs before a distance is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

CHUNK_BYTES = 32 * 2**20
BLOCK_CENTERS = 128


def nearest_centers(points: npt.ArrayLike, centers: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest center of every point, exactly and without a distance matrix.

    Parameters
    ----------
    points : (N, p), finite
    centers : positions of the centers

    Returns
    -------
    distances : (N,) float64, 0 for the centers themselves; inf without centers
    nearest : (N,) int, positions; of several centers as near, the first in the given order; -1 without centers

    Raises
    ------
    ValueError
        If points are not a matrix of finite numbers with rows and columns, or a position is not in it.
    """
    points = check_points(points)
    cover = Cover(points)
    cover.add(check_positions(centers, len(points), "centers"))
    return np.sqrt(cover.squares), cover.nearest


def check_positions(positions: Sequence[int] | np.ndarray, n_rows: int, name: str) -> np.ndarray:
    """Return positions as an array of int.

    Raises
    ------
    ValueError
        If a position is not a whole number or lies outside 0..n_rows - 1.
    """
    array = np.asarray(positions)
    if array.size == 0:
        return np.zeros(0, int)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be a list of row positions (whole numbers from 0), got {positions!r:.80}.")
    outside = (array < 0) | (array >= n_rows)
    if outside.any():
        raise ValueError(f"{name} holds position {array[outside][0]}, but the rows are numbered 0 to {n_rows - 1}.")
    return array.astype(int)


def check_points(points: npt.ArrayLike) -> np.ndarray:
    """Return points as a matrix of float32 or float64.

    Raises
    ------
    ValueError
        If points are not a matrix of finite numbers with rows and columns.
    """
    array = np.asarray(points)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"points must be a matrix with rows and columns, got an array of shape {array.shape}.")
    if array.dtype.kind not in "fiub":
        raise ValueError(f"points must be numbers, got {array.dtype}.")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        sound = np.isfinite(array.sum())  # finite numbers may overflow in the sum; the search below finds no fault then
    if not sound and (bad := np.argwhere(~np.isfinite(array))).size:
        row, column = bad[0]
        raise ValueError(f"points must be finite, but row {row} holds {array[row, column]} in column {column}.")
    return array


class Cover:
    """Keeps the exact squared distance of every point to its nearest center while centers are added."""

    def __init__(self, points: np.ndarray) -> None:
        self.points = points
        self.squares = np.full(len(points), np.inf)  # exact, float64
        self.nearest = np.full(len(points), -1)
        # Bounds are computed from points minus their mean, since bounds are tighter for shorter vectors. The error of
        # a bound grows with the squared lengths: (p + 8) * 4 roundings is several times the worst case of a dot
        # product and a few sums.
        self._precision = points.dtype if points.dtype == np.float32 else np.dtype(np.float64)
        self._norms = np.empty(len(points), self._precision)  # squared lengths
        with np.errstate(over="ignore", invalid="ignore"):
            self._mean = points.mean(axis=0, dtype=np.float64)
            for rows in chunks(len(points), 8 * 3 * points.shape[1]):
                moved = self._moved(rows)
                self._norms[rows] = np.einsum("ij,ij->i", moved, moved)
        self._rounding = 4 * (points.shape[1] + 8) * float(np.finfo(self._precision).eps)
        self._underflow = 4 * points.shape[1] * float(np.finfo(self._precision).tiny)

    def add(self, centers: np.ndarray) -> None:
        for start in range(0, len(centers), BLOCK_CENTERS):
            block = centers[start : start + BLOCK_CENTERS]
            for rows in chunks(len(self.points), 8 * (4 * len(block) + 2 * self.points.shape[1])):
                self._update(rows, block)

    def _moved(self, rows: slice | np.ndarray) -> np.ndarray:
        """Return points minus their mean. They are computed each time, since a copy of all rows needs much memory."""
        return (self.points[rows] - self._mean).astype(self._precision)

    def _update(self, rows: slice, block: np.ndarray) -> None:
        """Compare rows with a block of centers, exactly only in pairs that may be nearer than the best so far."""
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = self._norms[rows, None] + self._norms[block]  # (r, m)
            approximate = lengths - 2 * (self._moved(rows) @ self._moved(block).T)
            slack = 2 * self._rounding * lengths + self._underflow  # (|x| + |c|)^2 <= 2 (|x|^2 + |c|^2)
            least = np.minimum(self.squares[rows], (approximate + slack).min(axis=1))
            # A comparison with nan is false, so "not greater" keeps a pair whose bound has overflowed.
            row, column = np.nonzero(~(approximate - slack > least[:, None]))
        if not len(row):
            return
        row += rows.start
        squares = np.empty(len(row))
        for pairs in chunks(len(row), 8 * 3 * self.points.shape[1]):
            difference = self.points[row[pairs]].astype(np.float64) - self.points[block[column[pairs]]]
            squares[pairs] = (difference * difference).sum(axis=1)
        # Pairs are sorted by row, then by center, so the first center with the smallest distance of a row is found.
        starts = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
        smallest = np.minimum.reduceat(squares, starts)
        sizes = np.diff(np.r_[starts, len(row)])
        at = np.where(squares == np.repeat(smallest, sizes), np.arange(len(row)), len(row))
        winner = block[column[np.minimum.reduceat(at, starts)]]
        row = row[starts]
        nearer = smallest < self.squares[row]
        self.squares[row[nearer]], self.nearest[row[nearer]] = smallest[nearer], winner[nearer]


def chunks(n: int, bytes_each: int) -> Iterator[slice]:
    """Yield slices of `n` rows that take about `CHUNK_BYTES` each, if a row takes `bytes_each`."""
    size = max(1, CHUNK_BYTES // bytes_each)
    for start in range(0, n, size):
        yield slice(start, min(n, start + size))

"""Does the farthest-first traversal exactly: each pick is the point that is farthest from all centers so far.

The covering radius after any number of picks is at most twice the smallest radius that so many centers can reach
(Gonzalez, 1985). The greedy choice is lazy (Minoux, 1978): distances only shrink, so a point whose known distance is
smaller than that of the farthest point is not computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dami.selection.nearest import Cover, check_points, check_positions

CHUNK_ROWS = 2**15  # the results of so many rows stay in the cache of a core
BLOCK_CENTERS = 64
LEAST_FRONT = 512
DIRECTLY = 2**19  # up to so many differences are computed without a search for those that are needed
SAMPLED = 64  # one row in so many is enough to estimate means and quantiles


@dataclass(frozen=True)
class KCenter:
    """The picks of a traversal in their order. The first k entries of each array are the traversal of k picks.

    Attributes
    ----------
    indices : (n,) int, distinct positions that were no centers before
    distances : (n,) float64, distance of each pick to its nearest center at that time; inf if there was no center
    nearest : (n,) int, position of that center, the earliest of several as near; -1 if there was no center
    radii : (n,) float64, covering radius after each pick: the largest distance of any point to its nearest center
    """

    indices: np.ndarray
    distances: np.ndarray
    nearest: np.ndarray
    radii: np.ndarray


def k_center(
    points: npt.ArrayLike, n: int, centers: Sequence[int] | np.ndarray | None = None, first: int = 0
) -> KCenter:
    """Pick n points. Each pick is the point that is farthest from all centers and all earlier picks.

    Parameters
    ----------
    points : (N, p), finite
    n : int
        Number of picks; if fewer points are left, all of them are picked.
    centers : positions of the points that are centers already, optional
    first : int
        The first pick if there are no centers.

    Returns
    -------
    KCenter

    Raises
    ------
    ValueError
        If points are not a matrix of finite numbers with rows and columns, a position is not in it, or n is negative.

    Notes
    -----
    Distances come from float64 differences, squared and summed, so the distance of duplicates is exactly 0. Of several
    points as far, the one with the lowest position is picked. Only the few points that may be the farthest get exact
    distances: products in the precision of the points, with a bound on their error, find these points. Time for each
    pick: at most twice the product of the points with a vector, and much less if few points are far. Memory beside
    the points: 16 bytes for each point, and some MiB.
    """
    points = check_points(points)
    n = _check_count(n)
    initial: list[int] = list(
        dict.fromkeys(check_positions(() if centers is None else centers, len(points), "centers").tolist())
    )
    first = int(check_positions([first], len(points), "first")[0])
    n = min(n, len(points) - len(initial))
    indices, nearest = np.full(n, -1), np.full(n, -1)
    squares, radii = np.full(n, np.inf), np.zeros(n)
    traversal, centers = Traversal(points), list(initial)
    traversal.add(points[initial], initial)
    far = traversal.farthest() if initial else (first, np.inf, -1)
    for k in range(n):
        if far[1] == 0:  # every point left equals a center: the lowest positions are picked
            rest = np.setdiff1d(np.arange(len(points)), centers)[: n - k]
            indices[k:], squares[k:], nearest[k:] = rest, 0, np.array(centers)[traversal.exactly(rest)[1]]
            break
        indices[k], squares[k], nearest[k] = far[0], far[1], centers[far[2]] if far[2] >= 0 else -1
        centers.append(far[0])
        traversal.add(points[[far[0]]], [far[0]])
        if len(centers) == len(points):
            break
        far = traversal.farthest()
        radii[k] = far[1]
    return KCenter(indices, np.sqrt(squares), nearest, np.sqrt(radii))


def measure_picks(
    points: npt.ArrayLike, picks: Sequence[int] | np.ndarray, centers: Sequence[int] | np.ndarray
) -> KCenter:
    """Return the distances, nearest centers and covering radii of picks that `k_center` has not made.

    Parameters
    ----------
    points : (N, p), finite
    picks : positions, in pick order
    centers : positions of the points that are centers already

    Raises
    ------
    ValueError
        If points are not a matrix of finite numbers with rows and columns, or a position is not in it.
    """
    points = check_points(points)
    picks = check_positions(picks, len(points), "picks")
    cover = Cover(points)
    cover.add(check_positions(centers, len(points), "centers"))
    nearest, squares, radii = np.full(len(picks), -1), np.full(len(picks), np.inf), np.zeros(len(picks))
    for k, pick in enumerate(picks):
        nearest[k], squares[k] = cover.nearest[pick], cover.squares[pick]
        cover.add(np.array([pick]))
        radii[k] = cover.squares.max()
    return KCenter(picks, np.sqrt(squares), nearest, np.sqrt(radii))


class Traversal:
    """Finds the farthest point from all centers, again and again, while centers are added.

    It keeps an approximate distance of every point to its nearest center, and computes exact distances only for the
    points that may be the farthest. Centers are vectors, perhaps from another part of the table, and are numbered in
    the order in which they are added.

    A new center never makes a distance larger, so an old distance is an upper bound. The front is the set of the points
    that were farthest at the last update of all points. Each new center updates the front. The other points are updated
    only when the front has come as near as they were; one product of matrices then takes in all new centers.

    Let `m` be near the mean of the points x, and `s = c - m` for a center c. Then |x - c|^2 =
    |x - m|^2 - 2 x.s + (|s|^2 + 2 m.s), in which the only product is with the points as they are. Let
    B = |x - m|^2 + |s|^2 + 2 |m| |s|, and let u be half of eps. The error of the product of p terms is at most p u
    times 2 |x| |s|, so at most p u B. The error of |x - m|^2 is at most (p + 2) u B, if it is summed in the precision
    of the points. The error of the other sums is at most 8 u B. Together that is (p + 5) eps B; the code allows for
    (p + 16) eps B. Approximate distances are float32, so eps is that of float32 for all points.

    Parameters
    ----------
    points : (n, p) float32 or float64, finite. They are not copied. All of them are read only when an update of all
        points is due.
    """

    def __init__(self, points: np.ndarray) -> None:
        self.points, self._scaled, self._scale = points, points, points.dtype.type(1)
        self._centers = points[:0]  # (m, p), in the order in which they came
        self._lengths = np.empty(len(points), np.float32)  # |x - m|^2
        with np.errstate(over="ignore", invalid="ignore"):
            self._measure()
        equal = self._longest == 0
        if not ((equal or 1e-24 < self._longest < 1e24) and self._length_of_mean < 1e12):  # float32 cannot hold them
            largest = max(float(points.max()), -float(points.min()))
            self._scale = points.dtype.type(2.0 ** -np.frexp(largest)[1])
            self._scaled = points * self._scale
            self._measure()
        self._rounding = (points.shape[1] + 16) * float(np.finfo(np.float32).eps)
        self._slack = 4 * points.shape[1] * float(np.finfo(np.float32).tiny)  # error from the centers so far
        self._about = np.full(len(points), np.inf, np.float32)  # squared; -inf for a center
        self._n_seen = 0  # number of centers at the last update of all points
        self._front = np.zeros(0, int)  # positions, ascending
        self._of_front = points[:0], self._lengths[:0], self._about[:0]  # of the front
        self._behind = np.inf  # the largest approximate squared distance outside the front

    def _measure(self) -> None:
        """Set `m`, which is near the mean, and the squared distances of the points to `m`."""
        self._mean = self._scaled[::SAMPLED].mean(axis=0, dtype=np.float64).astype(self._scaled.dtype)
        self._length_of_mean = float(np.linalg.norm(self._mean.astype(np.float64)))
        for rows in self._chunks(4):
            moved = self._scaled[rows] - self._mean
            self._lengths[rows] = np.einsum("ij,ij->i", moved, moved)
        self._longest = float(self._lengths.max())

    def add(self, centers: np.ndarray, positions: Sequence[int] | np.ndarray = ()) -> None:
        """Add centers.

        Parameters
        ----------
        centers : (m, p), of the type of the points
        positions : positions of the points that are these centers; they can no longer be picked
        """
        positions = np.asarray(positions, dtype=int)
        self._centers = np.concatenate([self._centers, centers])
        self._about[positions] = -np.inf
        if len(self._front):
            points, lengths, about = self._of_front
            for center in centers:
                np.minimum(about, self._near(points, lengths, center[None]), out=about)
            about[np.isin(self._front, positions)] = -np.inf

    def farthest(self) -> tuple[int, float, int]:
        """Return the point that is farthest from all centers: its position, squared distance and nearest center.

        Of several points as far, the one with the lowest position is returned; of several centers as near, the number
        of the first. All three are -1 if every point is a center.
        """
        slack = 2 * self._bound()
        front = self._of_front[2]
        if not len(front) or not front.max() - slack > self._behind:
            self._look_at_all()
            slack = 2 * self._bound()
            front = self._of_front[2]
        if len(front) and front.max() - slack > self._behind:
            may_be = self._front[front >= _below(front.max() - slack)]
        else:  # more points are about as far as a front can hold
            far = self._about.max()
            may_be = np.flatnonzero(self._about >= _below(far - slack)) if far > -np.inf else self._front[:0]
        best = (-1, -1.0, -1)
        for start in range(0, len(may_be), CHUNK_ROWS):
            rows = may_be[start : start + CHUNK_ROWS]
            squares, nearest = self.exactly(rows)
            k = int(squares.argmax())
            if squares[k] > best[1]:
                best = int(rows[k]), float(squares[k]), int(nearest[k])
        return best

    def exactly(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the exact squared distances (r,) of some points to their nearest centers, and the numbers of these.

        Of several centers as near, the one with the lowest number counts.
        """
        if len(rows) * len(self._centers) * self.points.shape[1] <= DIRECTLY:
            between = self.points[rows][:, None].astype(np.float64) - self._centers  # (r, m, p)
            squares = (between * between).sum(axis=2)
            best = squares.argmin(axis=1)
            return squares[np.arange(len(rows)), best], best
        cover = Cover(np.concatenate([self.points[rows], self._centers]))
        cover.add(np.arange(len(rows), len(cover.points)))
        return cover.squares[: len(rows)], cover.nearest[: len(rows)] - len(rows)

    def _look_at_all(self) -> None:
        """Update all points with the new centers, and make the farthest points the front."""
        for start in range(self._n_seen, len(self._centers), BLOCK_CENTERS):
            block = self._centers[start : start + BLOCK_CENTERS]
            for rows in self._chunks(4 + len(block) // 8):
                about = self._about[rows]
                np.minimum(about, self._near(self._scaled[rows], self._lengths[rows], block), out=about)
        self._n_seen = len(self._centers)
        most = max(LEAST_FRONT, len(self.points) // (8 + self.points.shape[1]))  # at most 8 bytes a point
        sample = self._about[::SAMPLED]
        self._behind = float(np.quantile(sample, 1 - min(1.0, most / len(self.points) / 2), method="lower"))
        front = np.flatnonzero(self._about > self._behind)
        if len(front) > most:
            about = self._about[front]
            self._behind = float(np.partition(about, len(front) - most)[len(front) - most])
            front = front[about > self._behind]
        self._front = front
        self._of_front = self._scaled[front], self._lengths[front], self._about[front]

    def _near(self, points: np.ndarray, lengths: np.ndarray, centers: np.ndarray) -> np.ndarray:
        """Return the approximate squared distances (n,) of points to the nearest of some centers."""
        mean = self._mean.astype(np.float64)
        moved = centers * self._scale - mean
        squares = np.einsum("ij,ij->i", moved, moved)
        beside = 2 * np.sqrt(squares) * self._length_of_mean
        self._slack = max(self._slack, float((self._rounding * (squares + beside)).max()))
        constants = (squares + 2 * moved @ mean).astype(points.dtype)
        if len(centers) == 1:
            near = points @ (-2 * moved[0]).astype(points.dtype)
            near += constants[0]
        else:
            products = (-2 * moved).astype(points.dtype) @ points.T  # (m, n)
            products += constants[:, None]
            near = products.min(axis=0)
        near += lengths
        return near

    def _bound(self) -> float:
        """Return the largest possible error of an approximate squared distance."""
        return self._rounding * self._longest + self._slack

    def _chunks(self, parts: int = 1) -> list[slice]:
        """Return slices of the points, smaller ones if `parts` numbers are held for each row."""
        size = max(1, CHUNK_ROWS // parts)
        return [slice(k, k + size) for k in range(0, len(self.points), size)]


def _below(value: float) -> np.float32:
    return np.nextafter(np.float32(value), np.float32(-np.inf))


def _check_count(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
        raise ValueError(f"The number of rows to pick must be a whole number from 0, got {n!r}.")
    return int(n)

"""Farthest-first traversal, exactly: each pick is the point farthest from all centers so far.

Gonzalez (1985): the prefix of every length covers the points within twice the smallest radius that so many centers can
reach. The greedy choice is made lazily (Minoux, 1978): a point that was nearer than the farthest one is now need not be
looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dami.selection.nearest import Cover, check_points, check_positions

CHUNK_ROWS = 2**15  # what is worked out of so many rows stays in a core's cache
BLOCK_CENTERS = 64
LEAST_FRONT = 512
DIRECTLY = 2**19  # numbers that are worked out without looking first which are needed
SAMPLED = 64  # one row in so many tells where most lie


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
    Distances are those of float64 differences, squared and summed (so duplicates are at exactly 0); ties go to the
    lowest position. They are computed for the few points only that may be the farthest: products in the points' own
    precision, with a bound on their error, say which. Time: at most a product of the points with a vector a pick, and
    as much again; where few points are far, a small part of it. Memory beyond the points: 16 bytes a point, some MiB.
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
        if far[1] == 0:  # so is all the rest: the lowest positions, each beside the center that it equals
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
    """The distances, nearest centers and covering radii of picks that were made in another way than by `k_center`.

    Parameters
    ----------
    points : (N, p), finite
    picks : positions, in pick order
    centers : positions that are centers already
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
    """About how far each point is from its nearest center, and exactly for those that may be the farthest.

    Centers are vectors, some of them perhaps points of another part of the table; they are numbered as they are added.

    More centers only bring points nearer, so how far one was is a bound. The front, the points that were farthest when
    all were looked at last, is kept up to date; the others wait until the front has come as near as they were, and then
    take in all new centers in one product of matrices.

    With `m` near their mean and `s = c - m`, |x - c|^2 = |x - m|^2 - 2 x.s + (|s|^2 + 2 m.s): a product with
    the points as they are. Let B be |x - m|^2 + |s|^2 + 2 |m| |s|, and u half an eps. The product of p terms is off by
    at most p u times 2 |x| |s|, which is no more than p u B; |x - m|^2 by (p + 2) u B, if it was summed in the points'
    own precision; the few sums by 8 u B. That makes (p + 5) eps B, and (p + 16) eps B is what is allowed for. All is
    kept in float32, so eps is float32's for every kind of points.

    Parameters
    ----------
    points : (n, p) float32 or float64, finite; not copied, and read as a whole only where many new centers wait
    """

    def __init__(self, points: np.ndarray) -> None:
        self.points, self._scaled, self._scale = points, points, points.dtype.type(1)
        self._centers = points[:0]  # (m, p), in the order in which they came
        self._lengths = np.empty(len(points), np.float32)  # |x - m|^2
        with np.errstate(over="ignore", invalid="ignore"):
            self._measure()
        equal = self._longest == 0
        if not ((equal or 1e-24 < self._longest < 1e24) and self._length_of_mean < 1e12):  # squares beyond float32
            largest = max(float(points.max()), -float(points.min()))
            self._scale = points.dtype.type(2.0 ** -np.frexp(largest)[1])
            self._scaled = points * self._scale
            self._measure()
        self._rounding = (points.shape[1] + 16) * float(np.finfo(np.float32).eps)
        self._slack = 4 * points.shape[1] * float(np.finfo(np.float32).tiny)  # of the centers so far
        self._about = np.full(len(points), np.inf, np.float32)  # squared, to the nearest center; -inf: it is one
        self._n_seen = 0  # centers that all points have taken in
        self._front = np.zeros(0, int)  # positions, rising
        self._of_front = points[:0], self._lengths[:0], self._about[:0]  # their points, lengths, and how far about
        self._behind = np.inf  # no point outside the front is about farther

    def _measure(self) -> None:
        """Set `m`, near the mean, and how far the points are from it."""
        self._mean = self._scaled[::SAMPLED].mean(axis=0, dtype=np.float64).astype(self._scaled.dtype)
        self._length_of_mean = float(np.linalg.norm(self._mean.astype(np.float64)))
        for rows in self._chunks(4):
            moved = self._scaled[rows] - self._mean
            self._lengths[rows] = np.einsum("ij,ij->i", moved, moved)
        self._longest = float(self._lengths.max())

    def add(self, centers: np.ndarray, positions: Sequence[int] | np.ndarray = ()) -> None:
        """Take in new centers.

        Parameters
        ----------
        centers : (m, p), of the points' type
        positions : of the points that are these centers, and so are no longer picked
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
        """The point that is no center and farthest from all of them: position, squared distance, nearest center.

        The lowest of several positions, and the number of the first of several centers; -1 where every point is a
        center.
        """
        slack = 2 * self._bound()
        front = self._of_front[2]
        if not len(front) or not front.max() - slack > self._behind:
            self._look_at_all()
            slack = 2 * self._bound()
            front = self._of_front[2]
        if len(front) and front.max() - slack > self._behind:
            may_be = self._front[front >= _below(front.max() - slack)]
        else:  # as many as a front can hold are about as far
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
        """Squared distances of some points to their nearest centers, and the numbers of these, the first of several."""
        if len(rows) * len(self._centers) * self.points.shape[1] <= DIRECTLY:
            between = self.points[rows][:, None].astype(np.float64) - self._centers  # (r, m, p)
            squares = (between * between).sum(axis=2)
            best = squares.argmin(axis=1)
            return squares[np.arange(len(rows)), best], best
        cover = Cover(np.concatenate([self.points[rows], self._centers]))
        cover.add(np.arange(len(rows), len(cover.points)))
        return cover.squares[: len(rows)], cover.nearest[: len(rows)] - len(rows)

    def _look_at_all(self) -> None:
        """Have all points take in the new centers, and make those that are farthest now the front."""
        for start in range(self._n_seen, len(self._centers), BLOCK_CENTERS):
            block = self._centers[start : start + BLOCK_CENTERS]
            for rows in self._chunks(4 + len(block) // 8):
                about = self._about[rows]
                np.minimum(about, self._near(self._scaled[rows], self._lengths[rows], block), out=about)
        self._n_seen = len(self._centers)
        most = max(LEAST_FRONT, len(self.points) // (8 + self.points.shape[1]))  # it takes 8 bytes a point at most
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
        """About how far points are from the nearest of some centers, squared, (n,)."""
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
        """By how much about how far a point is may be off."""
        return self._rounding * self._longest + self._slack

    def _chunks(self, parts: int = 1) -> list[slice]:
        """Slices of the points, smaller where more than a number a row is held."""
        size = max(1, CHUNK_ROWS // parts)
        return [slice(k, k + size) for k in range(0, len(self.points), size)]


def _below(value: float) -> np.float32:
    return np.nextafter(np.float32(value), np.float32(-np.inf))


def _check_count(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
        raise ValueError(f"The number of rows to pick must be a whole number from 0, got {n!r}.")
    return int(n)

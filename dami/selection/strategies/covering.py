"""Picks rows of a pool farthest-first in one space after another, and gives the reasons in words.

DAMI and its ablations use it, and every strategy while there is no network.
"""

from __future__ import annotations

from functools import cache
from math import floor

import numpy as np

from dami.selection.explain import percent_closer
from dami.selection.k_center import KCenter, k_center
from dami.selection.nearest import nearest_centers
from dami.selection.strategies.explanation import Explanation, Fact, number
from dami.selection.strategies.pool import Pool, Selection
from dami.selection.strategies.spaces import NOUN, NOUNS

SUMMED_ROWS = 2**12
LABELED = (
    Fact("nearest_labeled", "Nearest labelled row", lambda row: f"row {row}"),
    Fact("distance_labeled", "Distance to it"),
)
FACTS = (Fact("percent", "Farther than", lambda percent: f"{number(percent)} % of the rows"), *LABELED)


def cover(pool: Pool, n: int, strategy: str, spaces: tuple[str, ...]) -> Selection:
    """Pick n rows farthest-first in the first space, and go on in the next space once the covering radius is 0.

    The centers of the pool and all earlier picks are centers in every space. In the last space, rows at distance 0 are
    picked as well, the lowest position first. Without a center, the first pick is the row nearest to the mean.
    """
    parts: list[tuple[str, KCenter]] = []
    picked = np.zeros(0, int)
    for space in spaces:
        points = pool.points(space)
        found = _traverse(pool, points, n - len(picked), np.concatenate([pool.centers, picked]))
        if space != spaces[-1]:
            found = _head(found, int(np.count_nonzero(found.distances > 0)))  # distances never rise, so a prefix
        parts.append((space, found))
        picked = np.concatenate([picked, found.indices])
        if len(picked) == n:
            break
    found = KCenter(
        *(
            np.concatenate([getattr(part, name) for _, part in parts])
            for name in ("indices", "distances", "nearest", "radii")
        )
    )
    space_of = np.concatenate([np.full(len(part.indices), space) for space, part in parts])
    reasons = _Reasons(pool, found, space_of, spaces)
    covered = (found.indices, found.distances, found.nearest, found.radii, space_of)
    return Selection(*covered, strategy, reasons, reasons.utility)


def _traverse(pool: Pool, points: np.ndarray, n: int, centers: np.ndarray) -> KCenter:
    """Run `k_center` on the rows that are not excluded, and return positions in the whole pool."""
    rows = pool.rows
    if n == 0 or not len(rows):
        empty = np.zeros(0)
        return KCenter(empty.astype(int), empty, empty.astype(int), empty)
    points = points if len(rows) == len(points) else points[rows]
    first = 0 if len(centers) else _most_typical(points)
    found = k_center(points, n, np.searchsorted(rows, centers), first)
    nearest = np.where(found.nearest < 0, -1, rows[found.nearest])
    return KCenter(rows[found.indices], found.distances, nearest, found.radii)


def _most_typical(points: np.ndarray) -> int:
    """Return the position of the point nearest to the mean, the lowest of several."""
    return nearest_to(points, _mean(points))[0]


def _mean(points: np.ndarray) -> np.ndarray:
    return total(points, np.zeros(points.shape[1])) / len(points)


def total(points: np.ndarray, so_far: np.ndarray) -> np.ndarray:
    """Return the sum (p,) float64 of `so_far` and all rows of `points` (n, p), added one after the other.

    Since rows are added in their order, the sum over the parts of a table is equal to the bit to that over the whole.
    """
    for start in range(0, len(points), SUMMED_ROWS):
        so_far = np.cumsum(np.vstack([so_far, points[start : start + SUMMED_ROWS]]), axis=0)[-1]
    return so_far


def nearest_to(points: np.ndarray, place: np.ndarray) -> tuple[int, float]:
    """Return the position of the point nearest to a place (p,), the lowest of several, and its squared distance."""
    best = (-1, np.inf)
    for start in range(0, len(points), SUMMED_ROWS):
        difference = points[start : start + SUMMED_ROWS] - place
        squares = (difference * difference).sum(axis=1)
        k = int(squares.argmin())
        if squares[k] < best[1]:
            best = start + k, float(squares[k])
    return best


def _head(found: KCenter, n: int) -> KCenter:
    return KCenter(found.indices[:n], found.distances[:n], found.nearest[:n], found.radii[:n])


class _Reasons:
    """Gives the reason for each pick: its distance from the rows that were centers before this selection."""

    def __init__(self, pool: Pool, found: KCenter, space_of: np.ndarray, spaces: tuple[str, ...]) -> None:
        self.pool, self.found, self.space_of, self.spaces = pool, found, space_of, spaces
        self._from_centers = cache(self._from_centers_in)
        self._from_labeled = cache(self._from_labeled_in)

    def __call__(self, i: int) -> Explanation:
        pool, found = self.pool, self.found
        row, space = int(found.indices[i]), str(self.space_of[i])
        numbers: dict[str, object] = {
            "step": i + 1,
            "space": space,
            "distance": float(found.distances[i]),
            "nearest": int(found.nearest[i]),
            "radius": float(found.radii[i]),
            "percent": None,
            "nearest_labeled": None,
            "distance_labeled": None,
        }
        if found.nearest[i] < 0:
            return Explanation(
                "A typical row to begin with: of all rows the one nearest to the mean of the table.", numbers
            )
        if not len(pool.centers):
            return Explanation(
                "Farthest from all rows asked for so far; the nearest of them is {row}.", numbers, int(found.nearest[i])
            )

        distances, nearest = self._from_centers(space)
        of_candidates = distances[pool.candidates]
        others = len(of_candidates) - 1
        percent = percent_closer(of_candidates, distances[row])
        if others and np.count_nonzero(of_candidates < distances[row]) == others:
            percent = 100.0
        numbers["percent"] = percent
        near = int(nearest[row])
        if len(pool.labeled_rows):
            from_labeled, nearest_labeled = self._from_labeled(space)
            near = int(nearest_labeled[row])
            numbers |= {"nearest_labeled": near, "distance_labeled": float(from_labeled[row])}
        sentence = _sentence(percent, float(distances[row]), bool(len(pool.labeled_rows)), self._covered(i))
        return Explanation(sentence, numbers, near)

    def utility(self, i: int) -> np.ndarray:
        """Return the distances (N,) of all rows to their nearest centers before pick i.

        Without a center, return minus the distances to the mean.
        """
        points = self.pool.points(str(self.space_of[i]))
        centers = np.concatenate([self.pool.centers, self.found.indices[:i]])
        if not len(centers):
            return -np.linalg.norm(points - _mean(points[self.pool.rows]), axis=1)
        return nearest_centers(points, centers)[0]

    def _covered(self, i: int) -> str | None:
        """Return the noun of the first space if this pick was made in a later space, else None."""
        first = self.spaces[0]
        return None if self.space_of[i] == first else NOUNS.get(first, NOUN)

    def _from_centers_in(self, space: str) -> tuple[np.ndarray, np.ndarray]:
        return nearest_centers(self.pool.points(space), self.pool.centers)

    def _from_labeled_in(self, space: str) -> tuple[np.ndarray, np.ndarray]:
        if len(self.pool.centers) == len(self.pool.labeled_rows):
            return self._from_centers(space)
        return nearest_centers(self.pool.points(space), self.pool.labeled_rows)


def _sentence(percent: float, distance: float, any_labeled: bool, covered: str | None) -> str:
    done = "labelled" if any_labeled else "looked at"
    if distance == 0:
        text = f"Nothing new is left to ask: it equals {{row}}, which you have {done}."
    else:
        how = "everything" if percent >= 90 else "most of what"
        share = "every other row" if percent == 100 else f"{floor(percent)} % of the rows"
        text = f"Unlike {how} you have {done}: farther than {share}; the nearest {done} one is {{row}}."
    if covered is not None:
        text = f"Every {covered} is covered by now, so this compares the rows themselves. " + text
    return text

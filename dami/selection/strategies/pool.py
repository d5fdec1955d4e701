"""Defines Pool, which every strategy picks from, and Selection, which holds the picks with their evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from dami.networks.regions import LinearRegions, linear_regions
from dami.selection.explain import contributions, deviations
from dami.selection.nearest import check_positions
from dami.selection.strategies.explanation import Explanation
from dami.selection.strategies.spaces import SPACES


class Pool:
    """The rows that a strategy picks from, and what is known about them. A row is given by its position in X.

    Parameters
    ----------
    X : (N, d) float32, finite
    labeled : positions of the rows with a label
    looked_at : positions of rows without a label that are centers too: a person was asked, or answered *unsure*
    excluded : positions of rows outside the pool: they are not picked, are no centers, and count for no radius
    network : the fitted network, or None while there are no labels of two classes
    seed : int
        The seed and the number of labels decide everything that is random.
    regions : callable, optional
        Returns the linear regions of X if they are known already, else None.
    ensemble : fitted networks that differ only in their initial weights, for strategies that need several
    columns_of : (d,) the column that each feature came from, optional

    Attributes
    ----------
    rows : positions of all rows that are not excluded
    centers : positions of the labeled rows, then of the rows looked at, without the excluded rows
    candidates : positions of the rows that may be picked, ascending
    """

    def __init__(
        self,
        X: np.ndarray,
        labeled: Sequence[int] | np.ndarray = (),
        looked_at: Sequence[int] | np.ndarray = (),
        excluded: Sequence[int] | np.ndarray = (),
        network: Any = None,
        seed: int = 0,
        regions: Callable[[], LinearRegions | None] | None = None,
        ensemble: Sequence[Any] = (),
        columns_of: Sequence[str] | np.ndarray | None = None,
    ) -> None:
        self.X: np.ndarray = X
        self.network: Any = network
        self.seed, self._find_regions = seed, regions
        self.ensemble, self._columns_of = list(ensemble), columns_of
        self._points: dict[str, np.ndarray] = {}
        n_rows = len(X)
        self.labeled = np.unique(check_positions(labeled, n_rows, "labeled"))
        looked_at = np.unique(check_positions(looked_at, n_rows, "centers"))
        self.excluded = np.unique(check_positions(excluded, n_rows, "exclude"))
        free = np.ones(n_rows, bool)
        free[self.excluded] = False
        self.rows = np.flatnonzero(free)
        self.labeled_rows = self.labeled[free[self.labeled]]
        free[self.labeled] = False
        self.centers = np.concatenate([self.labeled_rows, looked_at[free[looked_at]]])
        free[looked_at] = False
        self.candidates = np.flatnonzero(free)

    def after(self, picks: np.ndarray) -> Pool:
        """Return the pool after a person has looked at these rows. It keeps the points that are computed already."""
        looked_at = np.union1d(np.setdiff1d(self.centers, self.labeled), picks)
        known = (lambda: self.regions, self.ensemble, self._columns_of)
        later = Pool(self.X, self.labeled, looked_at, self.excluded, self.network, self.seed, *known)
        later._points = self._points
        later.__dict__["rng"] = self.rng  # the draws go on
        if self.network is not None:
            later.__dict__["probabilities"] = self.probabilities
        return later

    @cached_property
    def rng(self) -> np.random.Generator:
        """A generator of random numbers. Pools with the same seed and number of labels draw the same numbers."""
        return np.random.default_rng([self.seed, len(self.labeled)])

    @cached_property
    def regions(self) -> LinearRegions:
        """The linear regions of all rows, computed once."""
        known = self._find_regions() if self._find_regions is not None else None
        return linear_regions(self.network, self.X) if known is None else known

    def points(self, space: str) -> np.ndarray:
        """Return all rows as points (N, p) of a space in `SPACES`. They are computed once."""
        if space not in self._points:
            self._points[space] = SPACES[space](self)
        return self._points[space]

    @cached_property
    def probabilities(self) -> np.ndarray:
        """(N, C) the probabilities of all rows, computed once."""
        return np.asarray(self.network.predict_proba(self.X))

    @cached_property
    def margins(self) -> np.ndarray:
        """(N,) the difference between the two largest probabilities of each row."""
        two = np.sort(self.probabilities, axis=1)[:, -2:]  # (N, 2): second, first
        return np.asarray(two[:, 1] - two[:, 0])

    @cached_property
    def _medians(self) -> np.ndarray:
        return np.asarray(np.median(self.X, axis=0))

    def contributions(self, row: int) -> pd.DataFrame:
        """Return how much each column matters for a row. Without a sign, it does not reveal the prediction.

        Returns
        -------
        DataFrame with a line for each column of the table: "column", and "logits", how much the column moves the logits
        of the row (see `dami.selection.explain.contributions`). Without a network, "deviations" stands for "logits":
        how far the encoded values of the row lie from the medians.
        """
        names = [f"feature {j}" for j in range(self.X.shape[1])] if self._columns_of is None else self._columns_of
        if self.network is None:
            values, columns = deviations(self.X[row], self._medians, names)
            return pd.DataFrame({"column": columns, "deviations": values})
        of_rows, columns = contributions(self.network, self.X[[row]], names, medians=self._medians)
        return pd.DataFrame({"column": columns, "logits": of_rows[0]})


def _no_reason(i: int) -> Explanation:
    return Explanation("", {})


@dataclass(frozen=True)
class Selection:
    """The picks in their order, with their evidence. The first k entries of each array belong to the first k picks.

    Attributes
    ----------
    indices : (n,) int, distinct positions
    distances : (n,) distance of each pick to its nearest center at that time; inf if there was no center, nan if the
        strategy uses no distances
    nearest : (n,) int, position of that center; -1 if there was none
    radii : (n,) covering radius after each pick; nan if the strategy uses no distances
    space : (n,) str, the space of the distances: "representation", "input", ...; distances of two spaces never mix
    strategy : str, name in STRATEGIES
    reason : callable(i) -> Explanation
        Gives the reason for pick i.
    utility : callable(i) -> (N,), optional
        How much the strategy preferred each row of the pool when it made pick i. Of the rows that could be picked, pick
        i has the largest value. None if the strategy picks all rows at once.
    contributions : callable(position) -> DataFrame, optional
        See `Pool.contributions`.
    """

    indices: np.ndarray
    distances: np.ndarray
    nearest: np.ndarray
    radii: np.ndarray
    space: np.ndarray
    strategy: str
    reason: Callable[[int], Explanation] = field(default=_no_reason, repr=False, compare=False)
    utility: Callable[[int], np.ndarray] | None = field(default=None, repr=False, compare=False)
    contributions: Callable[[int], pd.DataFrame] | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.indices)

    def explain(self, i: int) -> Explanation:
        """Return the reason for pick i (from 0). It is computed only now.

        Raises
        ------
        ValueError
            If there is no such pick.
        """
        if not 0 <= i < len(self):
            raise ValueError(f"There is no pick {i}: the selection has {len(self)}, numbered from 0.")
        found = self.reason(i)
        if self.contributions is None:
            return found
        return replace(found, contributions=partial(self.contributions, int(self.indices[i])))


def joined(parts: Sequence[Selection]) -> Selection:
    """Join selections that one strategy made one after the other."""
    first, *others = parts
    if not others:
        return first
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("indices", "distances", "nearest", "radii", "space")
    }
    ends = np.cumsum([len(part) for part in parts])

    def reason(i: int) -> Explanation:
        k = int(np.searchsorted(ends, i, side="right"))
        return parts[k].explain(i - (int(ends[k - 1]) if k else 0))

    return Selection(**arrays, strategy=first.strategy, reason=reason, utility=None, contributions=None)


def without_distances(
    indices: np.ndarray,
    space: str,
    strategy: str,
    reason: Callable[[int], Explanation] = _no_reason,
    utility: Callable[[int], np.ndarray] | None = None,
) -> Selection:
    """Return the selection of a strategy that uses no distances, centers and radii."""
    n = len(indices)
    nothing = np.full(n, np.nan)
    return Selection(indices, nothing, np.full(n, -1), nothing.copy(), np.full(n, space), strategy, reason, utility)

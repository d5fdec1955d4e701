"""What every strategy gets, a Pool, and what it gives, a Selection with its evidence."""

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
    """The rows to choose from and what is known about them; a row is its position in X.

    Parameters
    ----------
    X : (N, d) float32, finite
    labeled : positions of the rows with a label
    looked_at : positions of rows without a label that are centers all the same: asked, or answered with *unsure*
    excluded : positions of rows that are out of the pool: neither picked nor centers, and not counted for any radius
    network : the fitted classifier, or None while there are no labels of two classes
    seed : int
        With the labels it decides all that is random.
    regions : callable, optional
        Where the regions of X may be known already.
    ensemble : fitted classifiers that differ in their initial weights alone, for strategies that ask several
    columns_of : (d,) the column that each feature came from, optional

    Attributes
    ----------
    rows : all rows but the excluded
    centers : labeled, then looked-at rows, none of them excluded
    candidates : the rows that may be picked, ascending
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
        self.rows = np.setdiff1d(np.arange(n_rows), self.excluded)
        self.labeled_rows = np.setdiff1d(self.labeled, self.excluded)
        others = np.setdiff1d(looked_at, np.union1d(self.labeled, self.excluded))
        self.centers = np.concatenate([self.labeled_rows, others])
        self.candidates = np.setdiff1d(self.rows, np.union1d(self.labeled, looked_at))

    def after(self, picks: np.ndarray) -> Pool:
        """The pool once these rows have been looked at; what is known of its points is kept."""
        looked_at = np.union1d(np.setdiff1d(self.centers, self.labeled), picks)
        known = (lambda: self.regions, self.ensemble, self._columns_of)
        later = Pool(self.X, self.labeled, looked_at, self.excluded, self.network, self.seed, *known)
        later._points = self._points
        later.__dict__["rng"] = self.rng  # goes on drawing
        if self.network is not None:
            later.__dict__["probabilities"] = self.probabilities
        return later

    @cached_property
    def rng(self) -> np.random.Generator:
        """Fresh in every pool: the same seed and number of labels draw the same."""
        return np.random.default_rng([self.seed, len(self.labeled)])

    @cached_property
    def regions(self) -> LinearRegions:
        """The linear regions of all rows, computed once."""
        known = self._find_regions() if self._find_regions is not None else None
        return linear_regions(self.network, self.X) if known is None else known

    def points(self, space: str) -> np.ndarray:
        """(N, p) all rows as points of a space in `SPACES`, computed once."""
        if space not in self._points:
            self._points[space] = SPACES[space](self)
        return self._points[space]

    @cached_property
    def probabilities(self) -> np.ndarray:
        """(N, C) of all rows, computed once."""
        return np.asarray(self.network.predict_proba(self.X))

    @cached_property
    def margins(self) -> np.ndarray:
        """(N,) how far the likeliest class is ahead of the next, as a difference of probabilities."""
        two = np.sort(self.probabilities, axis=1)[:, -2:]  # (N, 2): second, first
        return np.asarray(two[:, 1] - two[:, 0])

    @cached_property
    def _medians(self) -> np.ndarray:
        return np.asarray(np.median(self.X, axis=0))

    def contributions(self, row: int) -> pd.DataFrame:
        """What makes a row what it is to the model, without a sign: it gives no guess away.

        Returns
        -------
        DataFrame with a row for each column of the table: "column", and "logits", how much it moves the row's local
        model (see `dami.selection.explain`); without a network "deviations", how far it is from the median, encoded.
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
    """Picks in order, with their evidence; step k of the selection is the first k of each array.

    Attributes
    ----------
    indices : (n,) int, distinct positions
    distances : (n,) distance to the nearest center when picked; nan where the strategy has no such notion, inf without
    a center
    nearest : (n,) int, that center; -1 where there is none
    radii : (n,) covering radius after each pick; nan where the strategy has no such notion
    space : (n,) str, where the distances were taken: "representation", "input", ...; distances of two spaces never mix
    strategy : str
    utility : callable(i) -> (N,), optional
        How much the strategy wanted each row of the pool when it made pick i, the row that it wanted most; None where
        it chooses a batch as a whole.
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
        """The reason for pick i (from 0); computed when it is asked for.

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

    @property
    def explanations(self) -> list[Explanation]:
        return [self.explain(i) for i in range(len(self))]


def joined(parts: Sequence[Selection]) -> Selection:
    """Selections of one strategy, made one after the other, as one."""
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
    """A selection of a strategy that knows no distances, centers and radii."""
    n = len(indices)
    nothing = np.full(n, np.nan)
    return Selection(indices, nothing, np.full(n, -1), nothing.copy(), np.full(n, space), strategy, reason, utility)

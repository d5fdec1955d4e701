"""Offers DAMI's query strategies as a query strategy of scikit-activeml.

This module needs the package scikit-activeml, which DAMI does not install.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dami.selection.learner import ActiveLearner
from dami.selection.strategies import Pool, QueryStrategy, Selection

try:
    from skactiveml.base import SingleAnnotatorPoolQueryStrategy
    from skactiveml.utils import MISSING_LABEL, is_labeled
except ModuleNotFoundError as error:
    if error.name != "skactiveml":
        raise
    raise ModuleNotFoundError(
        "dami.integrations.skactiveml works inside scikit-activeml, which is not installed: run "
        "“pip install scikit-activeml”.",
        name=error.name,
    ) from None


class DAMI(SingleAnnotatorPoolQueryStrategy):
    """Query the samples that one of DAMI's strategies picks.

    Each query trains DAMI's own network, which has no settings, on the labeled samples. The strategy then picks among
    the candidates by the linear regions of the network. While the labels name fewer than two classes, there is no
    network, and the samples themselves are picked farthest first. All features should be on one scale, as
    `dami.Encoder` and StandardScaler give them.

    Parameters
    ----------
    strategy : a name in `dami.STRATEGIES`, a strategy, or its class
    missing_label : scalar or string or np.nan or None, default=np.nan
        Value to represent a missing label.
    random_state : int or RandomState instance or None, default=None
        Determines the network's initial weights, and all random choices of the strategy.
    """

    def __init__(
        self,
        strategy: str | QueryStrategy | type[QueryStrategy] = "dami",
        missing_label: object = MISSING_LABEL,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(missing_label=missing_label, random_state=random_state)
        self.strategy = strategy

    def query(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        candidates: npt.ArrayLike | None = None,
        batch_size: int = 1,
        return_utilities: bool = False,
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Pick the candidate samples to label next.

        Parameters
        ----------
        X : (n_samples, n_features), finite
        y : (n_samples,), `missing_label` where a sample has no label
        candidates : None (all samples without a label), (n_candidates,) positions of samples without a label in X, or
            (n_candidates, n_features) samples that are not in X
        batch_size : int
        return_utilities : bool

        Returns
        -------
        query_indices : (batch_size,) positions in X; positions in `candidates` if these are samples
        utilities : (batch_size, n_samples) or (batch_size, n_candidates), only with `return_utilities`
            The numbers by which the strategy compared the candidates at each pick; the pick has the largest one. The
            number is the distance to the nearest labeled or picked sample, or the uncertainty. A strategy that chooses
            a batch as a whole gives 1 to the pick and 0 to the others. A sample that is no candidate, or is picked
            already, has NaN.

        Raises
        ------
        ValueError
            If there is no such strategy, a candidate has a label, or a label is a number with decimals.
        """
        rows, given, wanted, batch_size, return_utilities = self._validate_data(
            X, y, candidates, batch_size, return_utilities
        )
        samples, mapping = self._transform_candidates(wanted, rows, given, allow_only_unlabeled=True)
        labeled = is_labeled(given, self.missing_label_)
        n = int(labeled.sum())
        labels = np.full(n + len(samples), None, dtype=object)
        labels[:n] = given[labeled]

        # The pool is the same for each form of `candidates`: the labeled samples, then the candidates.
        learner = ActiveLearner(self.strategy, random_state=int(self.random_state_.randint(2**31 - 1)))
        selection = learner.fit_encoded(np.concatenate([rows[labeled], samples]), labels).query(batch_size)
        picks = selection.indices - n
        query_indices = picks if mapping is None else mapping[picks]
        if not return_utilities:
            return query_indices
        of_candidates = _utilities(learner.pool(), selection)[:, n:]
        if mapping is None:
            return query_indices, of_candidates
        utilities = np.full((len(picks), len(rows)), np.nan)
        utilities[:, mapping] = of_candidates
        return query_indices, utilities


def _utilities(pool: Pool, selection: Selection) -> np.ndarray:
    """Return the utilities of the whole pool, (n_picks, N), NaN for rows that could not be picked."""
    result = np.full((len(selection), len(pool.X)), np.nan)
    for k, pick in enumerate(selection.indices):
        left = np.setdiff1d(pool.candidates, selection.indices[:k])
        result[k, left] = left == pick if selection.utility is None else selection.utility(k)[left]
    return result

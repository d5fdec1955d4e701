"""DAMI's strategies as a query strategy of scikit-activeml.

Needs the package scikit-activeml, which DAMI does not bring along.
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
    """Ask for the rows that one of DAMI's strategies asks for.

    In each query DAMI's own network, which has no settings, is trained on the labeled samples; the strategy chooses
    among the candidates by its linear regions. While labels are of fewer than two classes, it covers the samples
    themselves, farthest first. Features should be on one scale, as `dami.Encoder` and StandardScaler put them.

    Parameters
    ----------
    strategy : a name in `dami.STRATEGIES`, a strategy, or its class
    missing_label : scalar or string or np.nan or None, default=np.nan
        Value to represent a missing label.
    random_state : int or RandomState instance or None, default=None
        Decides the network's initial weights, and all that the strategy draws.
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
        """Determine for which candidate samples labels are to be queried.

        Parameters
        ----------
        X : (n_samples, n_features), finite
        y : (n_samples,), `missing_label` where a sample has no label
        candidates : None (all samples without a label), (n_candidates,) positions of such in X, or
            (n_candidates, n_features) samples beside X
        batch_size : int
        return_utilities : bool

        Returns
        -------
        query_indices : (batch_size,) positions in X; where candidates are samples, among them
        utilities : (batch_size, n_samples) or (batch_size, n_candidates), if wanted
            What the strategy compared the candidates by when it made each pick, the largest of all: the distance to the
            nearest sample labeled or picked, or the uncertainty; of strategies that choose a batch as a whole 1 for the
            pick and 0 for the others. NaN for what is no candidate, or picked already.

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

        # The same pool, however the candidates are named: labeled samples, then candidates.
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
    """(n_picks, N) of the whole pool, NaN for what could not be picked."""
    result = np.full((len(selection), len(pool.X)), np.nan)
    for k, pick in enumerate(selection.indices):
        left = np.setdiff1d(pool.candidates, selection.indices[:k])
        result[k, left] = left == pick if selection.utility is None else selection.utility(k)[left]
    return result

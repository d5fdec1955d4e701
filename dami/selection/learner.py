"""Defines ActiveLearner, which encodes a table, trains a network, asks for labels, and learns from the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dami.errors import ModelError
from dami.networks.mlp import MLP
from dami.networks.regions import LinearRegions, linear_regions
from dami.selection.label_arrays import (
    array_of,
    as_classes,
    as_labels,
    check_told_apart,
    distinct,
    missing,
    warn_of_spellings,
)
from dami.selection.nearest import check_positions
from dami.selection.strategies import Pool, QueryStrategy, Selection, strategy_of
from dami.tables.estimator_inputs import as_frame
from dami.tables.table import Table

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dami.tables.encoding import Encoder


class ActiveLearner:
    """A table, the labels known so far, a network trained on them, and a strategy that says what to label next.

    Parameters
    ----------
    strategy : a name in STRATEGIES, a strategy, or its class
    random_state : int or numpy Generator, optional
        The seed of network and strategy. A query is the same for the same seed, rows, labels, centers and excluded
        rows.
    encoder : fitted Encoder, optional
        The encoder to use; by default, one is fitted on the frame.

    Attributes
    ----------
    encoder_ : Encoder, or None after `fit_encoded` without one
    X_ : (n, d) float32
    labels_ : (n,) object, None where unlabeled
    classes_ : the given classes in their order; without them, the seen classes, sorted
    network_ : MLP, or None while fewer than two classes have been seen (cold start)
    regions_ : LinearRegions of X_, or None at cold start; computed when first asked for
    seed_ : int
    """

    encoder_: Encoder | None
    X_: np.ndarray
    labels_: np.ndarray
    classes_: np.ndarray
    network_: MLP | None
    seed_: int
    _regions: LinearRegions | None
    _ensemble: list[MLP]
    _map: tuple[MLP | None, np.ndarray] | None  # the last one drawn, and of which network

    def __init__(
        self,
        strategy: str | QueryStrategy | type[QueryStrategy] = "dami",
        random_state: int | np.random.Generator | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        self.strategy = strategy
        self.random_state = random_state
        self.encoder = encoder

    def fit(
        self,
        frame: Table | pd.DataFrame,
        labels: Any = None,
        classes: Sequence[Any] | None = None,
        on_step: Callable[[int, int, float, float], None] | None = None,
    ) -> ActiveLearner:
        """Encode the table and train on the rows that have a label.

        Parameters
        ----------
        frame : (n, columns) the table, without the target column
        labels : (n,) Series or array, NA where unlabeled, in the order of the rows; None: no labels yet
        classes : all classes, if some may have no label yet
        on_step : see `MLP.fit`

        Raises
        ------
        DamiError, ValueError
            If the table has no rows or no usable columns, lengths differ, or a label is none of the classes.
        """
        frame = as_frame(frame)
        as_labels(labels, len(frame))  # before the encoder takes its time
        encoder = _fitted_encoder(frame) if self.encoder is None else self.encoder
        self.fit_encoded(encoder.transform(frame), labels, classes, on_step)
        self.encoder_ = encoder
        return self

    def fit_encoded(
        self,
        X: npt.ArrayLike,
        labels: Any = None,
        classes: Sequence[Any] | None = None,
        on_step: Callable[[int, int, float, float], None] | None = None,
    ) -> ActiveLearner:
        """Train as `fit` does on rows that are encoded already: X (n, d), finite."""
        X = np.asarray(X, dtype=np.float32)
        if X.ndim != 2 or 0 in X.shape:
            raise ValueError(f"Expected a matrix with rows and columns, got an array of shape {X.shape}.")
        if not np.isfinite(X).all():
            row, column = np.argwhere(~np.isfinite(X))[0]
            raise ValueError(f"Row {row} holds a value that is not finite, in feature {column}.")
        self._strategy = strategy_of(self.strategy)
        given = as_labels(labels, len(X))
        self._named_classes = None if classes is None else as_classes(classes)
        self._check_known(given)
        check_told_apart([*given, *(self._named_classes or [])])
        if classes is None:
            warn_of_spellings(distinct(given[~missing(given)]))
        self.encoder_, self.X_, self.labels_ = self.encoder, X, given
        self.seed_ = _seed(self.random_state)
        self._map = None
        self._train(on_step)
        return self

    def teach(
        self,
        indices: Sequence[int] | np.ndarray,
        labels: Any,
        on_step: Callable[[int, int, float, float], None] | None = None,
    ) -> ActiveLearner:
        """Add labels (or correct them) and retrain.

        Parameters
        ----------
        indices : positions of rows
        labels : one for each, none missing

        Raises
        ------
        ValueError
            If lengths differ, a position is not in the table, a label is missing or none of the classes.
        """
        self._check_fitted()
        rows = check_positions(indices, len(self.X_), "indices")
        new = as_labels(labels, len(rows), "list of indices")
        if missing(new).any():
            raise ValueError(f"The label of row {rows[missing(new)][0]} is missing.")
        self._check_known(new)
        labels = self.labels_.copy()
        labels[rows] = new
        check_told_apart(labels)
        if self._named_classes is None:
            known = distinct(self.labels_[~missing(self.labels_)])
            warn_of_spellings(distinct(labels[~missing(labels)]), known, stacklevel=3)
        self.labels_ = labels
        self._train(on_step)
        return self

    def query(
        self, n: int, centers: Sequence[int] | np.ndarray = (), exclude: Sequence[int] | np.ndarray = ()
    ) -> Selection:
        """Return up to n rows to label next; fewer, if fewer are left.

        Parameters
        ----------
        n : int
        centers : positions of rows that were looked at but not labeled: they are not picked and are centers
        exclude : positions of rows outside the pool: not picked, no centers, not counted for the radius

        Returns
        -------
        Selection

        Raises
        ------
        ValueError
            If n is negative or a position is not in the table.
        """
        self._check_fitted()
        return self._strategy.query(self.pool(centers, exclude), n)

    def query_ahead(
        self, n: int, batch: int, centers: Sequence[int] | np.ndarray = (), exclude: Sequence[int] | np.ndarray = ()
    ) -> Selection:
        """Return up to n rows for several rounds of `batch` rows; the first round has the rows of `query(batch)`."""
        self._check_fitted()
        return self._strategy.ahead(self.pool(centers, exclude), n, batch)

    def pool(self, centers: Sequence[int] | np.ndarray = (), exclude: Sequence[int] | np.ndarray = ()) -> Pool:
        """Return the pool that the strategy picks from."""
        self._check_fitted()
        columns = None if self.encoder_ is None else self.encoder_.columns_of_
        known = (self.network_, self.seed_, lambda: self.regions_, self._ensemble, columns)
        return Pool(self.X_, self.labeled_, centers, exclude, *known)

    def plot_map(self, selection: Selection | None = None, predicted: bool = False) -> go.Figure:
        """Return the map that the app shows, a Plotly figure: rows that the network treats alike lie together.

        Before there is a network, the map shows the encoded rows. After `teach`, it starts from the last map, so that
        rows that move on the map have moved in the network.

        Parameters
        ----------
        selection : rows to ring, numbered in pick order
        predicted : bool
            Whether rows without a label have the color of the class that the model gives them.
        """
        from dami.views.map_plot import map_figure
        from dami.views.projection import project_map

        pool = self.pool()
        if self._map is None or self._map[0] is not self.network_:
            previous = None if self._map is None or self._map[0] is None else self._map[1]
            points = pool.X if self.network_ is None else pool.regions.representation
            self._map = self.network_, project_map(points, previous, self.seed_, self.labeled_)
        place = {label: k for k, label in enumerate(self.classes_.tolist())}
        labels = [-1 if label is None else place[label] for label in self.labels_]
        guesses = self._seen[pool.probabilities.argmax(axis=1)] if predicted and self.network_ is not None else None
        picks = () if selection is None else selection.indices
        return map_figure(self._map[1], labels, list(self.classes_), picks, guesses)

    @property
    def labeled_(self) -> np.ndarray:
        """Positions of the rows with a label, ascending."""
        return np.flatnonzero(~missing(self.labels_))

    @property
    def regions_(self) -> LinearRegions | None:
        if self._regions is None and self.network_ is not None:
            self._regions = linear_regions(self.network_, self.X_)
        return self._regions

    def predict(self, frame: Table | pd.DataFrame) -> np.ndarray:
        """Return the likeliest class of every row of a table with the same columns, (n,)."""
        best = self.predict_proba(frame).argmax(axis=1)
        return self.classes_[best]

    def predict_proba(self, frame: Table | pd.DataFrame) -> np.ndarray:
        """Return the probabilities, (n, len(classes_)); 0 for classes that no label has.

        Raises
        ------
        ModelError
            While labels of fewer than two classes are known.
        """
        self._check_fitted()
        if self.network_ is None:
            raise ModelError("There is no model yet: it takes labels of at least two classes.")
        if self.encoder_ is None:
            raise ModelError("This learner was given encoded rows and no encoder: predict with its network_ instead.")
        of_seen = self.network_.predict_proba(
            np.asarray(self.encoder_.transform(frame if isinstance(frame, Table) else as_frame(frame)))
        )
        result = np.zeros((len(of_seen), len(self.classes_)))
        result[:, self._seen] = of_seen
        return result

    def _train(self, on_step: Callable[[int, int, float, float], None] | None) -> None:
        rows = self.labeled_
        seen = distinct(self.labels_[rows])
        classes = seen if self._named_classes is None else self._named_classes
        # The network's outputs stand in the order of the classes, without those not seen yet.
        self.classes_ = array_of(classes)
        self._seen = np.sort(np.array([classes.index(label) for label in seen], dtype=int))
        self._regions, self.network_, self._ensemble = None, None, []
        if len(seen) >= 2:
            numbers = np.array([classes.index(label) for label in self.labels_[rows]])
            network = MLP(random_state=self.seed_).fit(self.X_[rows], numbers, on_step=on_step)
            network.classes_ = self.classes_[self._seen]
            self.network_ = network
            self._ensemble = self._others(rows, numbers, network)

    def _others(self, rows: np.ndarray, numbers: np.ndarray, network: MLP) -> list[MLP]:
        """Return the network and the further ones that the strategy needs, each from a seed of its own."""
        n_others = self._strategy.n_networks - 1
        if n_others == 0:
            return [network]
        from dami.networks.batch import fit_many, tasks

        return [network, *fit_many(self.X_, tasks(rows, numbers, self.seed_, n_others + 1)[1:])]

    def _check_known(self, labels: np.ndarray) -> None:
        if self._named_classes is None:
            return
        unknown = [label for label in labels[~missing(labels)] if label not in self._named_classes]
        if unknown:
            names = ", ".join(map(repr, self._named_classes))
            raise ValueError(f"The label {unknown[0]!r} is none of the classes: {names}.")

    def _check_fitted(self) -> None:
        if not hasattr(self, "X_"):
            raise ModelError("This learner has not seen a table yet: call fit first.")


def _seed(random_state: int | np.random.Generator | None) -> int:
    if isinstance(random_state, int | np.integer):
        if random_state < 0:
            raise ValueError(f"A seed must be a whole number from 0, got {random_state}.")
        return int(random_state)
    return int(np.random.default_rng(random_state).integers(2**31))


def _fitted_encoder(frame: pd.DataFrame) -> Encoder:
    from dami.tables.encoding import Encoder  # skrub takes seconds to import

    return Encoder().fit(frame)

"""A ReLU network as a scikit-learn classifier: trained with torch, used with numpy, and no setting to tune."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

HIDDEN = (64, 64)
STEPS = 200
LEARNING_RATE = 1e-2
WEIGHT_DECAY = 1e-2
CHUNK_ROWS = 16_384


class MLP(ClassifierMixin, BaseEstimator):
    """A fully connected ReLU network whose every setting follows from the data by a rule.

    Parameters
    ----------
    hidden : sequence of int, optional
        Widths of the hidden layers; by default two of 64.
    steps : int, optional
        Steps of training; by default 200.
    random_state : int, numpy Generator or RandomState, optional
        Where the initial weights come from; the same number gives the same network.

    Attributes
    ----------
    classes_ : (C,)
    n_features_in_ : int
    layers_ : list of (weights (out, in) float32, biases (out,) float32)
    history_ : list of dicts step, loss, accuracy: about 40, from the untrained network (step 0) to the last step
    derived_ : list of dicts name, value, rule: what was derived and why, in words
    n_parameters_ : int

    Notes
    -----
    Trained by `dami.networks.training`: cross-entropy, 200 steps of AdamW (learning rate at most 1e-2 in one cycle,
    weight decay 1e-2) on all rows at once, beyond 4,096 rows on a random draw of 4,096 a step.

    Every row counts the same, however rare its class. Weights of 1, `count ** -0.5` and `1 / count` were compared on
    ten tables (30 to 200 labels, 6 seeds): accuracy .806 to .807, balanced accuracy .784 for each. On a few hundred
    labels the network fits nearly every row, whatever its weight (Byrd & Lipton, 2019), and with many labels weights
    would bend the probabilities that people are shown. A class seen once is an output like any other.
    """

    def __init__(
        self,
        hidden: Sequence[int] | None = None,
        steps: int | None = None,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
    ) -> None:
        self.hidden = hidden
        self.steps = steps
        self.random_state = random_state

    def fit(
        self, X: npt.ArrayLike, y: npt.ArrayLike, on_step: Callable[[int, int, float, float], None] | None = None
    ) -> MLP:
        """Train from scratch.

        Parameters
        ----------
        X : (n, d), finite
        y : (n,) strings, whole numbers or booleans
        on_step : callable(step, steps, loss, accuracy), optional
            Called about 40 times with the loss and accuracy on the training rows; what it raises ends the training.

        Raises
        ------
        ValueError
            If there is one class only, a value is missing or not finite, or the lengths differ.
        """
        from dami.networks.training import BATCH_ROWS, train_networks

        rows, labels = validate_data(self, X, _plain(y), dtype=np.float32)
        check_classification_targets(labels)
        classes, numbers = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(
                f"A network needs rows of at least two classes, but all {len(labels)} are of 1 class: {classes[0]}."
            )
        hidden = tuple(HIDDEN if self.hidden is None else self.hidden)
        steps = STEPS if self.steps is None else self.steps
        if steps < 1 or any(width < 1 for width in hidden):
            raise ValueError(f"Steps and widths must be at least 1, got steps={steps} and hidden={hidden}.")

        history: list[dict[str, float]] = []

        def report(step: int, of: int, loss: float, accuracy: float) -> None:
            history.append({"step": step, "loss": loss, "accuracy": accuracy})
            if on_step is not None:
                on_step(step, of, loss, accuracy)

        self.classes_ = classes
        (self.layers_,) = train_networks(
            rows,
            numbers,
            len(classes),
            hidden=hidden,
            steps=steps,
            seeds=[seed_of(self.random_state)],
            learning_rate=LEARNING_RATE,
            weight_decay=WEIGHT_DECAY,
            batch_rows=BATCH_ROWS,
            on_step=report,
        )
        self.history_ = history
        chosen = {"hidden": self.hidden is not None, "steps": self.steps is not None}
        self.derived_ = _derived(np.bincount(numbers), hidden, steps, BATCH_ROWS, chosen)
        return self

    @property
    def n_parameters_(self) -> int:
        return sum(w.size + b.size for w, b in self.layers_)

    @classmethod
    def from_layers(cls, layers: Sequence[tuple[np.ndarray, np.ndarray]], classes: npt.ArrayLike) -> MLP:
        """A fitted network from stored layers and the classes of its outputs, in their order."""
        net = cls(hidden=tuple(len(b) for _, b in layers[:-1]))
        net.layers_ = list(layers)
        net.classes_ = np.asarray(classes)
        net.n_features_in_ = layers[0][0].shape[1]
        net.history_, net.derived_ = [], []
        return net

    def logits(self, X: npt.ArrayLike) -> np.ndarray:
        """(n, C) float32, whatever the number of classes.

        Computed in float64, 16,384 rows at a time: a row's logits do not depend on the rows beside it.
        """
        check_is_fitted(self, "layers_")
        return self._through(X, len(self.layers_))

    def hidden_layer(self, X: npt.ArrayLike) -> np.ndarray:
        """(n, width) float32: the activations of the last hidden layer; X itself where there is none."""
        check_is_fitted(self, "layers_")
        return self._through(X, len(self.layers_) - 1)

    def _through(self, X: npt.ArrayLike, depth: int) -> np.ndarray:
        """What the first `depth` layers make of the rows."""
        rows = validate_data(self, X, dtype=np.float32, reset=False)
        layers = [(w.T.astype(np.float64), b.astype(np.float64)) for w, b in self.layers_[:depth]]
        result = np.empty((len(rows), len(layers[-1][1]) if layers else rows.shape[1]), np.float32)
        for start in range(0, len(rows), CHUNK_ROWS):
            h = rows[start : start + CHUNK_ROWS].astype(np.float64)
            for number, (w, b) in enumerate(layers, 1):
                h = h @ w + b  # (rows, width)
                if number < len(self.layers_):
                    h = np.maximum(h, 0)
            result[start : start + CHUNK_ROWS] = h
        return result

    def decision_function(self, X: npt.ArrayLike) -> np.ndarray:
        """(n, C) logits; for two classes (n,): the second's logit minus the first's."""
        logits = self.logits(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def predict_proba(self, X: npt.ArrayLike) -> np.ndarray:
        """(n, C) float64: softmax of the logits."""
        return softmax(self.logits(X).astype(np.float64), axis=1)

    def predict(self, X: npt.ArrayLike) -> np.ndarray:
        """(n,) the likeliest class of every row."""
        best = self.logits(X).argmax(axis=1)
        return self.classes_[best]


def _derived(
    counts: np.ndarray, hidden: tuple[int, ...], steps: int, batch_rows: int, chosen: dict[str, bool]
) -> list[dict[str, Any]]:
    """Every setting with its value and the rule behind it, in words fit to be shown."""
    n = int(counts.sum())
    by_hand = "Set by hand."
    return [
        {
            "name": "Hidden layers",
            "value": " x ".join(map(str, hidden)) or "none",
            "rule": by_hand
            if chosen["hidden"]
            else "Two layers of 64 units for every table: wide enough to fit a few thousand labels.",
        },
        {
            "name": "Training steps",
            "value": steps,
            "rule": by_hand if chosen["steps"] else "200 for every table: in pilots longer runs were no better.",
        },
        {
            "name": "Rows per step",
            "value": min(n, batch_rows),
            "rule": f"All {n:,} labelled rows at once, as they are at most {batch_rows:,}."
            if n <= batch_rows
            else f"A fresh random draw of {batch_rows:,} from the {n:,} labelled rows in each step.",
        },
        {
            "name": "Learning rate",
            "value": LEARNING_RATE,
            "rule": "The peak of one cycle: up from a 25th of it for 30 % of the steps, then down to almost nothing.",
        },
        {
            "name": "Weight decay",
            "value": WEIGHT_DECAY,
            "rule": "AdamW's usual value; over such short runs the weights shrink by about 1 %.",
        },
        {
            "name": "Class weights",
            "value": "equal",
            "rule": f"Every label counts the same; the rarest class has {int(counts.min()):,} of {n:,}. Weights for "
            "rare classes made no difference in our measurements, and would bend the probabilities.",
        },
        {
            "name": "Initial weights",
            "value": "He, normal",
            "rule": "The standard choice for ReLU units, drawn from the seed: the same labels give the same network.",
        },
    ]


def _plain(y: Any) -> Any:
    """Labels of a pandas Series of strings as an object array, which scikit-learn sorts and compares as they are."""
    return y.to_numpy() if hasattr(y, "to_numpy") else y


def seed_of(random_state: Any) -> int:
    """The seed of the initial weights that a random state stands for."""
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    return int(np.random.default_rng(random_state).integers(2**63 - 1))

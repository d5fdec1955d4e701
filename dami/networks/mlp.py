"""Defines MLP: a ReLU network as a scikit-learn classifier, trained with torch and used with numpy, without tuning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from dami.networks.calibration import temperature_of
from dami.networks.members import Layers, Plan, blocks_of, members_of, plan, side_by_side, through, unseen_logits

HIDDEN, STEPS, DROPOUT = (48, 48), 100, 0.2  # of members; and of a network alone:
HIDDEN_ALONE, STEPS_ALONE, RATE_ALONE = (64, 64), 200, 1e-2
MEMBERS = 5
WEIGHT_DECAY = 1e-2


class MLP(ClassifierMixin, BaseEstimator):
    """A ReLU network whose every setting follows from the data by a rule: five small ones side by side.

    Parameters
    ----------
    hidden : sequence of int, optional
        Widths of the hidden layers of each member; by default two of 48, in a plain network two of 64.
    steps : int, optional
        Steps of training; by default 100, of a plain network 200.
    members : int, optional
        How many networks stand side by side; by default 5. One is a plain network, trained on all rows without dropout.
    random_state : int, numpy Generator or RandomState, optional
        Where the initial weights come from; the same number gives the same network.

    Attributes
    ----------
    classes_ : (C,)
    n_features_in_ : int
    layers_ : list of (weights (out, in) float32, biases (out,) float32)
        The layers of the whole network: the members' layers are blocks of them. The logits are the mean of the members'
        logits, divided by the temperature.
    temperature_ : float
    out_of_fold_ : (n, C) float64
        Logits of each row by the member that was trained without it, divided by the temperature; NaN for a row that is
        the only one of its class, since every member was trained on it.
    history_ : list of about 40 dicts step, loss, accuracy, from the untrained network (step 0) to the last step
    derived_ : list of dicts name, value, rule: each derived setting, and in words why it has its value
    n_parameters_ : int

    Notes
    -----
    `dami.networks.training` trains the members: cross-entropy and an L1 penalty on the weights of the hidden layers,
    AdamW (one cycle of the learning rate, weight decay 1e-2). A step takes all rows; with more than 4,096 rows, a
    random draw of 4,096. A fifth of the hidden units is off in every step. Each member is trained without a fifth of
    the rows (see `members`), and its logits for these rows give the temperature (see `calibration`).

    Every row counts the same, however rare its class. Weights of 1, `count ** -0.5` and `1 / count` were compared on
    ten tables (30 to 200 labels, 6 seeds): accuracy .806 to .807, balanced accuracy .784 for each. On a few hundred
    labels the network fits nearly every row, whatever its weight (Byrd & Lipton, 2019), and with many labels weights
    would bend the probabilities that people are shown. A class seen once is an output like any other.
    """

    def __init__(
        self,
        hidden: Sequence[int] | None = None,
        steps: int | None = None,
        members: int | None = None,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
    ) -> None:
        self.hidden = hidden
        self.steps = steps
        self.members = members
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
            Called about 40 times with the loss and accuracy on the training rows; an error that it raises ends the
            training.

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
        members = MEMBERS if self.members is None else self.members
        alone = members == 1
        hidden = tuple((HIDDEN_ALONE if alone else HIDDEN) if self.hidden is None else self.hidden)
        steps = (STEPS_ALONE if alone else STEPS) if self.steps is None else self.steps
        if steps < 1 or members < 1 or any(width < 1 for width in hidden):
            raise ValueError(
                f"Steps, members and widths must be at least 1, got steps={steps}, members={members}, hidden={hidden}."
            )

        history: list[dict[str, float]] = []

        def report(step: int, of: int, loss: float, accuracy: float) -> None:
            history.append({"step": step, "loss": loss, "accuracy": accuracy})
            if on_step is not None:
                on_step(step, of, loss, accuracy)

        made = plan(numbers, members, seed_of(self.random_state))
        rate = RATE_ALONE if alone else rate_for(len(classes))
        l1 = (0.0, 0.0) if alone else l1_for(made.rows.shape[1])
        trained = train_networks(
            rows,
            numbers[made.rows],
            len(classes),
            hidden=hidden,
            steps=steps,
            seeds=made.seeds,
            learning_rate=rate,
            weight_decay=WEIGHT_DECAY,
            dropout=0.0 if alone else DROPOUT,
            l1=l1,
            positions=made.rows,
            batch_rows=BATCH_ROWS,
            on_step=report,
        )
        self._assemble(trained, made, rows, numbers, classes)
        self.history_ = history
        chosen = {name: getattr(self, name) is not None for name in ("hidden", "steps", "members")}
        self.derived_ = _derived(
            np.bincount(numbers), hidden, steps, rate, l1[0], members, BATCH_ROWS, self.temperature_, chosen
        )
        return self

    def _assemble(
        self, trained: Sequence[Layers], made: Plan, X: np.ndarray, labels: np.ndarray, classes: np.ndarray
    ) -> None:
        """Put trained members side by side; their logits for the rows that they have not seen give the temperature."""
        unseen = unseen_logits(trained, X, made.without)
        self.temperature_ = temperature_of(unseen, labels) if len(trained) > 1 else 1.0
        self.out_of_fold_ = unseen / self.temperature_
        self.layers_ = side_by_side(trained, self.temperature_)
        self.classes_ = classes

    @property
    def n_parameters_(self) -> int:
        return sum(blocks_of(w).size + b.size for w, b in self.layers_)

    @property
    def members_(self) -> list[MLP]:
        """The members: the mean of their logits is the logits of this network, and they share its last biases."""
        return [MLP.from_layers(layers, self.classes_) for layers in members_of(self.layers_)]

    @classmethod
    def from_layers(cls, layers: Sequence[tuple[np.ndarray, np.ndarray]], classes: npt.ArrayLike) -> MLP:
        """Return a fitted network from stored layers and the classes of its outputs, in their order."""
        net = cls(hidden=tuple(len(b) for _, b in layers[:-1]))
        net.layers_ = list(layers)
        net.classes_ = np.asarray(classes)
        net.n_features_in_ = layers[0][0].shape[1]
        net.history_, net.derived_ = [], []
        return net

    @classmethod
    def from_members(
        cls, trained: Sequence[Layers], made: Plan, X: np.ndarray, labels: np.ndarray, classes: np.ndarray
    ) -> MLP:
        """Return a fitted network from members that were trained by a plan on rows X (n, d) with class numbers (n,)."""
        net = cls(members=len(trained))
        net._assemble(trained, made, X, labels, classes)
        net.n_features_in_ = X.shape[1]
        net.history_, net.derived_ = [], []
        return net

    def logits(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the logits, (n, C) float32, also for two classes.

        Computed in float64, 128 rows at a time: a row's logits do not depend on the rows beside it.
        """
        check_is_fitted(self, "layers_")
        return self._through(X, len(self.layers_))

    def hidden_layer(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the activations of the last hidden layer, (n, width) float32; X itself if there is no hidden layer."""
        check_is_fitted(self, "layers_")
        return self._through(X, len(self.layers_) - 1)

    def _through(self, X: npt.ArrayLike, depth: int) -> np.ndarray:
        rows = X if self._is_plain(X) else validate_data(self, X, dtype=np.float32, reset=False)
        return through(self.layers_, np.asarray(rows), depth)

    def _is_plain(self, X: Any) -> bool:
        """Return whether scikit-learn's checks would change nothing: on a small pool they take as long as a layer."""
        return (
            type(X) is np.ndarray
            and X.dtype == np.float32
            and X.ndim == 2
            and len(X) > 0
            and X.shape[1] == self.n_features_in_
            and not hasattr(self, "feature_names_in_")
            and bool(np.isfinite(X).all())
        )

    def decision_function(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the logits, (n, C); for two classes the second logit minus the first, (n,)."""
        logits = self.logits(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def predict_proba(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the softmax of the logits, (n, C) float64."""
        return softmax(self.logits(X).astype(np.float64), axis=1)

    def predict(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the likeliest class of every row, (n,)."""
        best = self.logits(X).argmax(axis=1)
        return self.classes_[best]


def _derived(
    counts: np.ndarray,
    hidden: tuple[int, ...],
    steps: int,
    rate: float,
    l1: float,
    members: int,
    batch_rows: int,
    temperature: float,
    chosen: dict[str, bool],
) -> list[dict[str, Any]]:
    """Return every setting with its value and the rule behind it, in words fit to be shown."""
    n = int(counts.sum())
    by_hand = "Set by hand."
    return [
        {
            "name": "Hidden layers",
            "value": " x ".join(map(str, hidden)) or "none",
            "rule": by_hand
            if chosen["hidden"]
            else f"Two layers of {hidden[0]} units for every table: wide enough to fit a few thousand labels.",
        },
        {
            "name": "Members",
            "value": members,
            "rule": by_hand
            if chosen["members"]
            else "Five networks side by side, the mean of their logits; each is trained without a fifth of the labels.",
        },
        {
            "name": "Training steps",
            "value": steps,
            "rule": by_hand if chosen["steps"] else f"{steps} for every table: in pilots longer runs were no better.",
        },
        {
            "name": "Dropout",
            "value": DROPOUT if members > 1 else 0.0,
            "rule": "A fifth of the hidden units is off in every step of training: that helped on most tables."
            if members > 1
            else "None in a network alone.",
        },
        {
            "name": "Temperature",
            "value": round(temperature, 2),
            "rule": "Logits are divided by it: the network is as sure as its members were right about the labels that "
            "they were trained without."
            if members > 1
            else "Logits are taken as they are.",
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
            "value": rate,
            "rule": "The peak of one cycle: up from a 25th of it for 30 % of the steps, then down to almost nothing."
            + (
                " It is .005 for each class, from .01 to .02: more classes are told apart by larger steps."
                if members > 1
                else ""
            ),
        },
        {
            "name": "Weight decay",
            "value": WEIGHT_DECAY,
            "rule": "AdamW's usual value; over such short runs the weights shrink by about 1 %.",
        },
        {
            "name": "L1 penalty",
            "value": round(l1, 5),
            "rule": "Times the absolute weights of the first hidden layer, half of it for the second: weights that say "
            "nothing go to nearly zero. It is .003 with 100 labels and falls with the root of their number."
            if members > 1
            else "None in a network alone.",
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


def rate_for(n_classes: int) -> float:
    """Return the peak of the members' learning rate: 5e-3 for each class, from 1e-2 to 2e-2."""
    return min(max(5e-3 * n_classes, 1e-2), 2e-2)


def l1_for(n_rows: int) -> tuple[float, float]:
    """Return the L1 penalty of members that learn from so many rows: of the first hidden layer, and of every other.

    It is 3e-3 for 80 rows, which are 100 labels, and falls with the root of their number: one that stays the same
    costs two points of accuracy with 4,000 labels. Other hidden layers have half of it.
    """
    first = 3e-3 * sqrt(80 / n_rows)
    return first, first / 2


def _plain(y: Any) -> Any:
    """Return labels in a form that scikit-learn can sort and compare: a pandas Series of strings as an object array."""
    return y.to_numpy() if hasattr(y, "to_numpy") else y


def seed_of(random_state: Any) -> int:
    """Return the seed of the initial weights that a random state stands for."""
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    return int(np.random.default_rng(random_state).integers(2**63 - 1))

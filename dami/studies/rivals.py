"""Sets the network beside its rivals, three classifiers of other kinds that learn from the same labels.

Each is asked about the rows of a fold that it has not seen, and the folds are those that the members of the network are
trained without (see `dami.networks.members`). The network that is asked is a whole one, trained anew without the fold,
as the rivals are: a member alone is a part of what predicts, and worse than the whole (docs/network.md). Rivals see the
encoding without ranks: a tree's splits are the same on values and on ranks.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from dami import wording
from dami.networks.members import plan
from dami.studies.joint import FOREST, JOINT, SMALLEST, joined, joint_temperature

NETWORK = "network"
LEAST = 20  # labelled rows, four in a fold: with fewer, nothing can be told
LEVEL = "(95\N{NO-BREAK SPACE}%)"  # confidence that all bounds hold at once; no line ends within
MISS = 0.01  # of one rival's interval by its formula; at most a third of 5 % in truth, which a test works out
NEAR = 0.03  # a network is called as good as the best if no rival can be further ahead

CAUTION = (
    "This is about rows like the labelled ones, which are no random sample of the table where a strategy or a person "
    "chose them; on the other rows it may be otherwise."
)

ABOUT_JOINT = (
    "A network and a forest err on different rows. On fifteen tables, with 50 to 400 labels at random, their mean "
    "ordered rows better than either (area under the curve .925; network .916, forest .917), and was right on as many "
    "as the network. Its confidence is made to fit how often it was right."
)


def logistic_regression(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegressionCV

    return LogisticRegressionCV(Cs=np.logspace(-3, 2, 6), cv=5, scoring="neg_log_loss", max_iter=500)


def random_forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(300, random_state=seed % 2**32)


def gradient_boosting(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed % 2**32)


RIVALS: Mapping[str, Callable[[int], Any]] = {
    "logistic regression": logistic_regression,
    FOREST: random_forest,
    "gradient boosting": gradient_boosting,
}
"""Name -> the classifier for a seed."""


@dataclass(frozen=True)
class Score:
    """How well a model predicts labels that it has not seen: two shares, and the log loss in nats."""

    model: str
    accuracy: float
    balanced_accuracy: float
    log_loss: float


@dataclass(frozen=True)
class Difference:
    """The accuracy of a rival minus that of the network, as a share of the rows, and its bounds."""

    rival: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Standings:
    """The network among its rivals.

    Attributes
    ----------
    n_rows : labelled rows
    n_tested : those of them that were predicted; the others are the only ones of their class
    scores : the network first, the mean of network and forest last
    differences : one for each rival; all bounds hold at once with 95 % confidence
    joint_temperature : that of the mean of network and forest (see `dami.studies.joint`); None if there is none
    obstacle : why nothing was compared, as a sentence; "" if it was
    """

    n_rows: int
    n_tested: int
    scores: tuple[Score, ...] = ()
    differences: tuple[Difference, ...] = ()
    joint_temperature: float | None = None
    obstacle: str = ""

    @property
    def better(self) -> str | None:
        """The rival with the highest accuracy of those that are better than the network beyond doubt, None if none."""
        beyond = [one for one in self.differences if one.low > 0]
        return max(beyond, key=lambda one: one.value).rival if beyond else None

    @property
    def instead(self) -> str | None:
        """The model whose predictions may be taken in place of the network's.

        The rival that is better than the network beyond doubt; if none is, the mean of network and forest.
        """
        return self.better or (JOINT if self.joint_temperature is not None else None)

    @property
    def sentence(self) -> str:
        """The result in a sentence, with its uncertainty in percent points."""
        return self.obstacle or f"{self._rows()}, {_found(self.differences)}."

    def _rows(self) -> str:
        if self.n_tested == self.n_rows:
            return f"On the {self.n_rows:,} labelled rows"
        others = "(the others are the only ones of their class)"
        return f"On {self.n_tested:,} of the {self.n_rows:,} labelled rows {others}"


def obstacle(labels: npt.ArrayLike) -> str:
    """Return why models of these labels (n,) cannot be compared, as a sentence; "" if they can."""
    counts = np.unique(np.asarray(labels), return_counts=True)[1]
    tested = int(counts[counts > 1].sum())
    if tested >= LEAST and (counts > 1).sum() >= 2:
        return ""
    lonely = int((counts == 1).sum())
    needed = f"A comparison needs {LEAST} labelled rows of classes that have at least two each, and two such classes"
    alone = f", and {wording.count(lonely, 'class has', 'classes have')} a single one" if lonely else ""
    return f"{needed}: {wording.count(int(counts.sum()), 'row is', 'rows are')} labelled now{alone}."


def compare(
    X: npt.ArrayLike,
    labels: npt.ArrayLike,
    seed: int,
    ranks: npt.ArrayLike | None = None,
    on_progress: Callable[[float, str], None] | None = None,
) -> Standings:
    """Ask the network and its rivals about labels that they have not seen.

    Parameters
    ----------
    X : (n, d) the labeled rows, encoded
    labels : (n,) int, class numbers from 0; each has a row
    seed : that of the network; the same seed gives the same standings
    ranks : (d,) bool, the features that rivals do not see; by default none
    on_progress : called before each training with the share of the work that is done and the model; an error that it
        raises ends the comparison

    Notes
    -----
    The time is that of five trainings of each model: seconds for some hundred rows.
    """
    rows, y = np.asarray(X, dtype=np.float32), np.asarray(labels)
    why = obstacle(y)
    if why:
        return Standings(len(y), 0, obstacle=why)
    without = folds(y, seed)
    tested = without >= 0
    seen = ~np.asarray(ranks, bool) if ranks is not None else np.ones(rows.shape[1], bool)
    models, said = (NETWORK, *RIVALS), {}
    for at, name in enumerate(models):

        def report(share: float, at: int = at, name: str = name) -> None:
            if on_progress is not None:
                on_progress((at + share) / len(models), name)

        features = rows if name == NETWORK else rows[:, seen]
        said[name] = out_of_fold(name, features, y, without, seed, report)[tested]
    right = {name: shares.argmax(axis=1) == y[tested] for name, shares in said.items()}
    temperature = joint_temperature(said[NETWORK], said[FOREST], y[tested])
    said[JOINT] = joined(said[NETWORK], said[FOREST], temperature)
    return Standings(
        len(y),
        int(tested.sum()),
        tuple(_score(name, shares, y[tested]) for name, shares in said.items()),
        tuple(difference(name, right[name], right[NETWORK]) for name in RIVALS),
        temperature,
    )


def folds(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return the fold of each row (n,), which is the member of the network that is trained without it; -1 for none."""
    from dami.networks.mlp import MEMBERS, seed_of

    return plan(labels, MEMBERS, seed_of(seed)).without


def out_of_fold(
    name: str,
    X: np.ndarray,
    labels: np.ndarray,
    without: np.ndarray,
    seed: int,
    on_progress: Callable[[float], None] | None = None,
) -> np.ndarray:
    """Return the probabilities that a model gives to each row when it is trained without the row's fold.

    Returns
    -------
    (n, C) float64; NaN for rows of no fold
    """
    result = np.full((len(X), int(labels.max()) + 1), np.nan)
    n_folds = int(without.max()) + 1
    for fold in range(n_folds):
        if on_progress is not None:
            on_progress(fold / n_folds)
        kept = without == fold
        result[kept] = fitted(name, X[~kept], labels[~kept], seed).predict_proba(X[kept])
    return result


def fitted(name: str, X: np.ndarray, labels: np.ndarray, seed: int) -> Any:
    """Return the network or a rival, trained on rows X (n, d) with class numbers (n,)."""
    if name == NETWORK:
        from dami.networks.mlp import MLP

        return MLP(random_state=seed).fit(X, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few rows in a class, and of steps that the regression ran out of
        try:
            return RIVALS[name](seed).fit(X, labels)
        except ValueError:
            from sklearn.linear_model import LogisticRegression

            if name != "logistic regression":
                raise
            return LogisticRegression(max_iter=500).fit(X, labels)  # no class has five rows to choose the penalty by


def difference(rival: str, rival_right: np.ndarray, network_right: np.ndarray) -> Difference:
    """Return the difference of two accuracies on the same rows, with the bounds of `paired_interval`.

    Parameters
    ----------
    rival_right, network_right : (n,) bool, whether each row was predicted rightly
    """
    n = len(rival_right)
    only_rival = int((rival_right & ~network_right).sum())
    only_network = int((network_right & ~rival_right).sum())
    low, high = paired_interval(only_rival, only_network, n)
    return Difference(rival, (only_rival - only_network) / n, low, high)


def paired_interval(only_first: int, only_second: int, n: int) -> tuple[float, float]:
    """Return bounds for the difference of two accuracies that were measured on the same n rows.

    Only rows count on which one is right and the other wrong. The interval is that of Bonett & Price (J. Educ. Behav.
    Stat. 37, 2012), which adds z**2 / 4 rows of each such kind (theirs is one row, for 95 %). Its level is chosen so
    that the bounds of all three rivals hold at once in 95 % of cases, however the three depend on each other.

    Parameters
    ----------
    only_first, only_second : rows on which only the first, or only the second, is right
    """
    z = NormalDist().inv_cdf(1 - MISS / 2)
    more = z**2 / 4
    first, second = (only_first + more) / (n + 2 * more), (only_second + more) / (n + 2 * more)
    middle = first - second
    half = z * ((first + second - middle**2) / (n + 2 * more)) ** 0.5
    return max(-1.0, middle - half), min(1.0, middle + half)


def named(rival: str) -> str:
    """Return the name of a rival, or of the mean, as it stands within a sentence."""
    return f"the {rival}" if rival in (FOREST, JOINT) else rival


def _score(name: str, shares: np.ndarray, truth: np.ndarray) -> Score:
    right = shares.argmax(axis=1) == truth
    sizes = np.bincount(truth, minlength=shares.shape[1])
    recall = np.bincount(truth, right, shares.shape[1])[sizes > 0] / sizes[sizes > 0]
    losses = -np.log(np.maximum(shares[np.arange(len(truth)), truth], SMALLEST))
    return Score(name, float(right.mean()), float(recall.mean()), float(losses.mean()))


def _found(differences: tuple[Difference, ...]) -> str:
    """Return the result as the end of a sentence."""
    ahead = max(differences, key=lambda one: (one.low > 0, one.value))
    who = named(ahead.rival)
    if ahead.low > 0:
        return f"{who} is {_points(ahead.value)} better than the network: {_span(ahead.low, ahead.high)} {LEVEL}"
    if all(one.high < 0 for one in differences):
        behind = f"{who}, is {_points(-ahead.value)} worse: {_span(-ahead.high, -ahead.low)} {LEVEL}"
        return f"the network is the best of the four: the next, {behind}"
    highest = max(one.high for one in differences)
    if highest <= NEAR:
        most = f"no rival is more than {_points(highest)} better {LEVEL}"
        return f"the network is as good as the best of the four: {most}"
    apart = "level with it" if _tenths(ahead.value) == 0 else f"{_points(abs(ahead.value))} {_way(ahead.value)}"
    reach = f"{100 * abs(ahead.low):.1f} {_way(ahead.low)} to {100 * abs(ahead.high):.1f} {_way(ahead.high)}"
    return (
        f"no rival is better than the network beyond doubt: the best of them, {who}, is {apart}, and could be anything "
        f"from {reach} {LEVEL}"
    )


def _way(value: float) -> str:
    return "better" if value > 0 else "worse"


def _tenths(share: float) -> int:
    return round(1000 * share)


def _points(share: float) -> str:
    return f"{100 * share:.1f} {'point' if _tenths(share) == 10 else 'points'}"


def _span(low: float, high: float) -> str:
    return f"{100 * low:.1f} to {100 * high:.1f}"

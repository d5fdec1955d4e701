"""The network and its rivals: predictions against scikit-learn's folds, bounds against exact sums and simulation."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import lgamma, log
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from dami.networks.members import plan
from dami.networks.mlp import MLP, seed_of
from dami.studies import rivals
from dami.studies.rivals import Difference, Score, Standings, compare, difference, paired_interval

SEED = 3


def clouds(n: int = 75, n_classes: int = 3, apart: float = 1.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    X = rng.normal(size=(n, 4))
    X[:, 0] += apart * y
    return X.astype(np.float32), y


def smaller(name: str, **size: Any) -> Callable[[int], Any]:
    """The rival as it is, but for its size: how many trees it has, or what it chooses from."""
    made = rivals.RIVALS[name]
    return lambda seed: made(seed).set_params(**size)


# ---- what each predicts ---------------------------------------------------------------------------------------------


def test_each_is_scored_on_what_scikit_learn_predicts_in_the_members_folds(monkeypatch):
    X, y = clouds()
    sizes = {  # as it is, and here
        "logistic regression": ("Cs", [0.001, 0.01, 0.1, 1, 10, 100], [0.01, 1]),
        "random forest": ("n_estimators", 300, 20),
        "gradient boosting": ("max_iter", 100, 20),
    }
    assert all(np.allclose(rivals.RIVALS[name](0).get_params()[what], size) for name, (what, size, _) in sizes.items())
    few = {name: smaller(name, **{what: size}) for name, (what, _, size) in sizes.items()}
    monkeypatch.setattr(rivals, "RIVALS", rivals.RIVALS | few)
    compared = compare(X, y, SEED)
    made = plan(y, 5, seed_of(SEED))
    split = PredefinedSplit(made.without)
    plain = {
        "network": MLP(random_state=SEED),
        "logistic regression": LogisticRegressionCV(Cs=[0.01, 1], cv=5, scoring="neg_log_loss", max_iter=500),
        "random forest": RandomForestClassifier(20, random_state=SEED),
        "gradient boosting": HistGradientBoostingClassifier(max_iter=20, random_state=SEED),
    }
    said = {name: cross_val_predict(model, X, y, cv=split, method="predict_proba") for name, model in plain.items()}
    mean = (said["network"] + said["random forest"]) / 2
    raised = mean ** (1 / compared.joint_temperature)
    said["mean of network and random forest"] = raised / raised.sum(axis=1, keepdims=True)
    assert [score.model for score in compared.scores] == [*said] and compared.joint_temperature != 1
    for score in compared.scores:
        shares = said[score.model]
        assert score.accuracy == pytest.approx(accuracy_score(y, shares.argmax(1)))
        assert score.balanced_accuracy == pytest.approx(balanced_accuracy_score(y, shares.argmax(1)))
        floored = np.maximum(shares, 1e-6)
        assert score.log_loss == pytest.approx(log_loss(y, floored / floored.sum(1, keepdims=True)), abs=1e-5)
    for one in compared.differences:
        first, second = said[one.rival].argmax(1) == y, said["network"].argmax(1) == y
        assert one.value == pytest.approx(first.mean() - second.mean())
        assert (one.low, one.high) == paired_interval(np.sum(first & ~second), np.sum(second & ~first), len(y))
        assert one.low < one.value < one.high


def test_the_folds_are_those_that_the_members_of_the_network_have_not_seen():
    X, y = clouds(31)
    y[0] = 3  # the only one of its class
    network = MLP(random_state=SEED).fit(X, y)
    without = rivals.folds(y, SEED)
    assert np.array_equal(without < 0, np.isnan(network.out_of_fold_[:, 0])) and without[0] == -1
    for k, member in enumerate(network.members_):
        kept = without == k
        logits = member.logits(X[kept]).astype(float)
        expected = network.out_of_fold_[kept]  # the same but for the last biases, which members share
        assert np.ptp(logits - expected, axis=0).max() < 1e-3


def test_the_same_seed_gives_the_same_standings_and_progress_is_told_in_order(small_rivals, few_steps):
    told = []
    found = compare(*clouds(), SEED, on_progress=lambda share, name: told.append((share, name)))
    assert compare(*clouds(), SEED) == found
    assert [name for _, name in told[::5]] == ["network", *rivals.RIVALS]
    assert [share for share, _ in told] == pytest.approx(np.arange(20) / 20)


def test_an_error_of_the_progress_ends_the_work(small_rivals, few_steps):
    def stop(share: float, name: str) -> None:
        if name == "random forest":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        compare(*clouds(), SEED, on_progress=stop)


def test_rivals_do_not_see_ranks_and_the_network_does(small_rivals):
    X, y = clouds()
    compared = compare(X, y, SEED)
    telling = np.column_stack([X, 3 * y]).astype(np.float32)  # a feature that gives the class away
    ranks = np.arange(5) == 4
    hidden = compare(telling, y, SEED, ranks)
    assert hidden.scores[1:4] == compared.scores[1:4] and hidden.scores[0].accuracy > compared.scores[0].accuracy


def test_a_row_that_is_the_only_one_of_its_class_is_not_tested_but_said(small_rivals, few_steps):
    X, y = clouds(60, 2)
    y[:2] = [2, 3]
    found = compare(X, y, SEED)
    assert (found.n_rows, found.n_tested) == (60, 58)
    assert found.sentence.startswith("On 58 of the 60 labelled rows (the others are the only ones of their class), ")


def test_classes_of_two_to_four_rows_are_compared_too(small_rivals, few_steps):
    X, y = clouds(24, 6, apart=4)
    found = compare(X, y, SEED)
    assert found.n_tested == 24 and all(np.isfinite(score.log_loss) for score in found.scores)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([10, 9], "19 rows are labelled now."),
        ([40], "40 rows are labelled now."),
        ([40, 1], "41 rows are labelled now, and 1 class has a single one."),
        ([1] * 30, "30 rows are labelled now, and 30 classes have a single one."),
        ([1], "1 row is labelled now, and 1 class has a single one."),
    ],
)
def test_too_few_labels_are_a_sentence(counts, said):
    y = np.repeat(np.arange(len(counts)), counts)
    found = compare(np.zeros((len(y), 2)), y, 0)
    assert found.sentence.endswith(said) and found.sentence.startswith("A comparison needs 20 labelled rows of ")
    assert found.scores == () and found.better is None and found.instead is None
    assert found.obstacle == rivals.obstacle(y)


def test_enough_labels_are_no_obstacle():
    assert rivals.obstacle([0] * 18 + [1] * 2) == ""


# ---- the bounds -----------------------------------------------------------------------------------------------------


def missed(n: int, p: float, q: float) -> tuple[float, float]:
    """Probability that the bounds miss p - q, and that the lower one is above 0: summed over all that can be seen.

    p, q: probability that a row is predicted rightly by the first alone, and by the second alone.
    """
    outside = above = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            both = n - b - c
            ways = lgamma(n + 1) - lgamma(b + 1) - lgamma(c + 1) - lgamma(both + 1)
            share = np.exp(ways + b * log(p) + c * log(q) + both * log(1 - p - q))
            if share < 1e-12:
                continue
            low, high = paired_interval(b, c, n)
            outside += share * (not low <= p - q <= high)
            above += share * (low > 0)
    return outside, above


@pytest.mark.parametrize("n", [20, 50, 100])
def test_a_rivals_interval_misses_the_truth_in_at_most_a_third_of_five_percent(n):
    for p, q in product([0.0005, 0.01, 0.05, 0.1, 0.25, 0.45], repeat=2):
        outside, above = missed(n, p, q)
        assert outside <= 0.05 / 3, (p, q)
        assert p > q or above <= 0.05 / 3, (p, q)


def test_the_bounds_are_those_of_bonett_and_price_at_95_percent(monkeypatch):
    """Their worked formula: one row more of each kind, and the normal quantile."""
    monkeypatch.setattr(rivals, "MISS", 0.05)
    low, high = paired_interval(15, 5, 100)
    first, second = (15 + 0.96) / 101.92, (5 + 0.96) / 101.92
    half = 1.96 * np.sqrt((first + second - (first - second) ** 2) / 101.92)
    assert (low, high) == pytest.approx((first - second - half, first - second + half), abs=1e-4)
    assert paired_interval(100, 0, 100)[1] == 1 and paired_interval(0, 100, 100)[0] == -1


@pytest.mark.parametrize("truth", [(0.80, 0.74, 0.70), (0.80, 0.80, 0.80), (0.95, 0.95, 0.85)])
def test_all_three_hold_at_once_for_classifiers_whose_truth_is_known(truth):
    """Rivals that err on the same rows as the network, those of 0.80 or 0.95 just as often as it."""
    rng = np.random.default_rng(0)
    n, trials = 80, 3000
    hard = rng.random((trials, n))  # shared: what is hard for one is hard for all
    for_each = np.sort(rng.random(400_000) + rng.normal(0, 0.1, 400_000))
    right = [hard + rng.normal(0, 0.1, (trials, n)) < np.quantile(for_each, share) for share in (truth[0], *truth)]
    held = claimed = 0
    for at in range(trials):
        found = [difference("", one[at], right[0][at]) for one in right[1:]]
        held += all(one.low <= share - truth[0] <= one.high for one, share in zip(found, truth, strict=True))
        claimed += any(one.low > 0 for one in found)
    assert held / trials >= 0.95
    assert claimed / trials <= 0.05


def nearest_mean(X: np.ndarray, y: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """What the class whose mean is nearest predicts."""
    return np.argmin([((rows - X[y == k].mean(0)) ** 2).sum(1) for k in range(2)], axis=0)


def naive_bayes(X: np.ndarray, y: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """What normal distributions predict, of each column in each class, and independent of each other."""
    logs = []
    for k in range(2):
        mean, variance = X[y == k].mean(0), X[y == k].var(0)
        logs.append(np.log((y == k).mean()) - (np.log(variance) + (rows - mean) ** 2 / variance).sum(1) / 2)
    return np.argmax(logs, axis=0)


def test_the_interval_covers_when_classifiers_are_trained_in_folds():
    """Rows at random, two classifiers trained without each fold; the truth is theirs on 4,000 other rows."""
    rng = np.random.default_rng(0)

    def drawn(n: int) -> tuple[np.ndarray, np.ndarray]:
        y = rng.integers(2, size=n)
        return rng.normal(size=(n, 3)) * (1 + y[:, None]) + 0.5 * y[:, None], y

    others, truth = drawn(4_000)
    missed = claimed = 0
    trials = 80
    for seed in range(trials):
        X, y = drawn(60)
        without = rivals.folds(y, seed)
        right = np.zeros((2, 60), bool)
        accuracy = np.zeros(2)
        for fold in range(5):
            kept = without == fold
            for k, predict in enumerate((nearest_mean, naive_bayes)):
                right[k, kept] = predict(X[~kept], y[~kept], X[kept]) == y[kept]
                accuracy[k] += (predict(X[~kept], y[~kept], others) == truth).mean() / 5
        for first, second in ((0, 1), (1, 0)):
            found = difference("", right[first], right[second])
            gain = accuracy[first] - accuracy[second]
            missed += not found.low <= gain <= found.high
            claimed += found.low > 0 and gain <= 0
    assert missed / (2 * trials) <= 0.05 / 3 + 0.01
    assert claimed / (2 * trials) <= 0.05 / 3


# ---- the sentence ---------------------------------------------------------------------------------------------------


def standing(*bounds: tuple[float, float, float], n: int = 120) -> Standings:
    names = [*rivals.RIVALS]
    found = tuple(Difference(names[k], *one) for k, one in enumerate(bounds))
    scores = tuple(Score(name, 0.8, 0.8, 0.4) for name in ("network", *names))
    return Standings(n, n, scores, found)


@pytest.mark.parametrize(
    ("bounds", "sentence", "better"),
    [
        (
            [(-0.01, -0.06, 0.04), (0.02, 0.004, 0.036), (0.03, -0.01, 0.07)],
            "On the 120 labelled rows, the random forest is 2.0 points better than the network: 0.4 to 3.6 (95 %).",
            "random forest",
        ),
        (
            [(0.05, 0.01, 0.09), (0.02, 0.004, 0.036), (0.03, -0.01, 0.07)],
            "On the 120 labelled rows, logistic regression is 5.0 points better than the network: 1.0 to 9.0 (95 %).",
            "logistic regression",
        ),
        (
            [(-0.05, -0.08, -0.02), (-0.01, -0.018, -0.002), (-0.03, -0.05, -0.01)],
            "On the 120 labelled rows, the network is the best of the four: the next, the random forest, is 1.0 point "
            "worse: 0.2 to 1.8 (95 %).",
            None,
        ),
        (
            [(-0.01, -0.03, 0.01), (0.005, -0.012, 0.022), (-0.02, -0.04, 0.0)],
            "On the 120 labelled rows, the network is as good as the best of the four: no rival is more than 2.2 "
            "points better (95 %).",
            None,
        ),
        (
            [(-0.01, -0.06, 0.04), (-0.02, -0.09, 0.05), (0.017, -0.031, 0.065)],
            "On the 120 labelled rows, no rival is better than the network beyond doubt: the best of them, gradient "
            "boosting, is 1.7 points better, and could be anything from 3.1 worse to 6.5 better (95 %).",
            None,
        ),
        (
            [(0.0, -0.06, 0.06), (-0.02, -0.09, 0.05), (-0.03, -0.1, 0.04)],
            "On the 120 labelled rows, no rival is better than the network beyond doubt: the best of them, logistic "
            "regression, is level with it, and could be anything from 6.0 worse to 6.0 better (95 %).",
            None,
        ),
    ],
)
def test_the_sentence_says_who_is_better_and_how_sure_that_is(bounds, sentence, better):
    found = standing(*bounds)
    assert found.sentence == sentence.replace("95 %", "95\N{NO-BREAK SPACE}%")  # no line ends between them
    assert found.better == better
    assert found.instead == better  # there is no mean
    assert replace(found, joint_temperature=0.7).instead == (better or "mean of network and random forest")

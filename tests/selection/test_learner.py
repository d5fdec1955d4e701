import numpy as np
import pandas as pd
import pytest

from dami.errors import Cancelled, DamiError, ModelError
from dami.networks.mlp import MLP
from dami.selection.learner import ActiveLearner
from dami.selection.strategies import STRATEGIES, Pool
from dami.tables.encoding import Encoder


def table(n=120, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n).round(3),
            "weight": rng.normal(size=n).round(3),
            "color": rng.choice(["red", "green", "blue"], n),
        }
    )
    frame.loc[3, "weight"] = np.nan
    truth = pd.Series(np.where(frame["size"] + (frame["color"] == "red") > 0.3, "big", "small"))
    return frame, truth


@pytest.fixture(scope="module")
def encoder():
    return Encoder().fit(table()[0])


def partly(truth, n=30):
    labels = truth.copy()
    labels[n:] = None
    return labels


def test_learns_asks_and_is_taught_until_it_is_right():
    frame, truth = table(300)
    learner = ActiveLearner(random_state=0).fit(frame)
    assert learner.network_ is None and learner.regions_ is None and len(learner.classes_) == 0
    accuracies = []
    for _ in range(4):
        asked = learner.query(15).indices
        assert not set(asked.tolist()) & set(learner.labeled_.tolist())
        learner.teach(asked, truth[asked])
        accuracies.append((learner.predict(frame) == truth).mean())
    assert learner.classes_.tolist() == ["big", "small"] and len(learner.labeled_) == 60
    assert accuracies[-1] > 0.93


def test_query_is_the_strategy_on_the_pool(few_steps):
    frame, truth = table()
    learner = ActiveLearner("dami", random_state=3).fit(frame, partly(truth))
    X = Encoder().fit(frame).transform(frame)
    assert np.array_equal(learner.X_, X)
    net = MLP(random_state=3).fit(X[:30], truth[:30])
    expected = STRATEGIES["dami"]().query(Pool(X, range(30), [40], [50, 2], net, 3), 12)
    found = learner.query(12, centers=[40], exclude=[50, 2])
    assert np.array_equal(found.indices, expected.indices) and np.array_equal(found.distances, expected.distances)
    assert found.explain(2) == expected.explain(2)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_query_can_be_repeated_and_a_new_learner_asks_the_same(strategy, few_steps, encoder):
    frame, truth = table()
    learner = ActiveLearner(STRATEGIES[strategy], random_state=1, encoder=encoder).fit(frame, partly(truth))
    first, second = learner.query(9), learner.query(9)
    again = ActiveLearner(strategy, random_state=1).fit(frame, partly(truth)).query(9)
    assert first.indices.tolist() == second.indices.tolist() == again.indices.tolist()
    encoded = ActiveLearner(strategy, random_state=1).fit_encoded(learner.X_, partly(truth)).query(9)
    assert encoded.indices.tolist() == first.indices.tolist()


def test_regions_are_those_of_the_network_and_computed_once(few_steps):
    frame, truth = table()
    learner = ActiveLearner(random_state=0).fit(frame, partly(truth))
    learner.query(3)
    regions = learner.regions_
    assert regions is learner.regions_ is learner.pool().regions
    logits = np.einsum("ncd,nd->nc", regions.weights, learner.X_) + regions.biases
    np.testing.assert_allclose(logits, learner.network_.logits(learner.X_), atol=1e-4 * abs(logits).max())
    learner.teach([50], [truth[50]])
    assert learner.regions_ is not regions


def test_teaching_equals_fitting_with_all_labels(few_steps):
    frame, truth = table()
    taught = ActiveLearner(random_state=0).fit(frame, partly(truth, 20)).teach(range(20, 30), truth[20:30])
    fitted = ActiveLearner(random_state=0).fit(frame, partly(truth, 30))
    assert np.array_equal(taught.predict_proba(frame), fitted.predict_proba(frame))
    corrected = taught.teach([4], ["big" if truth[4] == "small" else "small"])
    assert len(corrected.labeled_) == 30 and corrected.labels_[4] != truth[4]


def test_named_classes_keep_their_order_and_unseen_ones_get_nothing():
    frame, truth = table()
    classes = ["small", "enormous", "big"]
    learner = ActiveLearner(random_state=0).fit(frame, partly(truth), classes=classes)
    assert learner.classes_.tolist() == classes
    probabilities = learner.predict_proba(frame)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert not probabilities[:, 1].any() and learner.network_.classes_.tolist() == ["small", "big"]
    plain = ActiveLearner(random_state=0).fit(frame, partly(truth))
    assert (plain.predict(frame) == learner.predict(frame)).mean() > 0.9
    assert (learner.predict(frame)[:30] == truth[:30]).mean() > 0.9
    with pytest.raises(ValueError, match="'tiny' is none of the classes: 'small', 'enormous', 'big'"):
        learner.teach([50], ["tiny"])
    with pytest.raises(ValueError, match="none of the classes"):
        ActiveLearner().fit(frame, truth, classes=["a", "b"])


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("labels", [None, [None] * 120, ["big"] + [None] * 119])
def test_cold_start(strategy, labels, encoder):
    frame, _ = table()
    learner = ActiveLearner(strategy, random_state=0, encoder=encoder).fit(frame, labels)
    assert learner.network_ is None and len(learner.query(10)) == 10
    with pytest.raises(ModelError, match="at least two classes"):
        learner.predict(frame)


def test_whole_number_labels_with_gaps_and_booleans(few_steps):
    frame, truth = table()
    numbers = (truth == "big").astype(float)
    numbers[30:] = np.nan
    learner = ActiveLearner(random_state=0).fit(frame, numbers)
    assert learner.classes_.tolist() == [0, 1] and learner.predict(frame).dtype == numbers.dtype
    booleans = [bool(v) if v == v else None for v in numbers]
    assert ActiveLearner(random_state=0).fit(frame, booleans).predict(frame).dtype == bool


def test_more_than_are_left_and_nothing_left(few_steps):
    frame, truth = table(40)
    learner = ActiveLearner(random_state=0).fit(frame, partly(truth, 35))
    assert sorted(learner.query(50).indices.tolist()) == [35, 36, 37, 38, 39]
    assert len(learner.query(50, centers=[35], exclude=[36, 37])) == 2
    assert len(ActiveLearner(random_state=0).fit(frame, truth).query(5)) == 0


def test_other_seeds_make_other_networks_and_generators_work(few_steps):
    frame, truth = table()
    picks = [
        ActiveLearner(random_state=seed).fit(frame, partly(truth)).query(10).indices.tolist()
        for seed in (0, 1, np.random.default_rng(5), np.random.default_rng(5))
    ]
    assert picks[0] != picks[1] and picks[2] == picks[3]


def test_training_can_be_watched_and_stopped():
    frame, truth = table()

    def stop(step, steps, loss, accuracy):
        raise Cancelled("stopped")

    learner = ActiveLearner(random_state=0)
    with pytest.raises(Cancelled):
        learner.fit(frame, partly(truth), on_step=stop)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda frame, truth: ActiveLearner().query(3), "call fit first"),
        (lambda frame, truth: ActiveLearner().predict(frame), "call fit first"),
        (lambda frame, truth: ActiveLearner("best").fit(frame), "no strategy 'best'; there are dami, dami-plus, "),
        (lambda frame, truth: ActiveLearner(random_state=-1).fit(frame), "seed"),
        (lambda frame, truth: ActiveLearner().fit(frame, truth[:5]), "5 labels, but the table has 120 rows"),
        (lambda frame, truth: ActiveLearner().fit(frame.iloc[:0]), "no rows"),
        (lambda frame, truth: ActiveLearner().fit(frame[[]]), "no columns"),
        (lambda frame, truth: ActiveLearner().fit("penguins.csv"), "Expected a table"),
        (lambda frame, truth: ActiveLearner().fit(frame.assign(tags=[["a"]] * 120)), "“tags” holds a list in a cell"),
        (
            lambda frame, truth: ActiveLearner().fit(frame, truth).predict(frame.assign(color=[{"a": 1}] * 120)),
            "“color” holds a dict in a cell",
        ),
        (
            lambda frame, truth: ActiveLearner().fit(
                frame.assign(color=pd.Series(["a", "b\ud800"] * 60, frame.index, dtype=object))
            ),
            "“color” holds half of a character \\(a lone surrogate\\) in row 1",
        ),
        (lambda frame, truth: ActiveLearner().fit(frame).query(-1), "whole number"),
        (lambda frame, truth: ActiveLearner().fit(frame).query(1, centers=[120]), "centers holds position 120"),
        (lambda frame, truth: ActiveLearner().fit(frame).query(1, exclude=[-2]), "exclude holds position -2"),
        (lambda frame, truth: ActiveLearner().fit(frame).teach([0, 1], ["a"]), "1 labels"),
        (lambda frame, truth: ActiveLearner().fit(frame).teach([500], ["a"]), "position 500"),
        (lambda frame, truth: ActiveLearner().fit(frame).teach([0, 7], ["a", None]), "row 7 is missing"),
        (lambda frame, truth: ActiveLearner().fit_encoded(np.zeros((3, 0))), "rows and columns"),
        (lambda frame, truth: ActiveLearner().fit_encoded([[0.0], [np.nan]]), "Row 1"),
        (lambda frame, truth: ActiveLearner().fit(frame, truth).predict(frame[["size"]]), "color"),
    ],
)
def test_mistakes_are_told_in_words(act, words, few_steps):
    with pytest.raises((DamiError, ValueError), match=words):
        act(*table())


def test_encoded_rows_without_an_encoder_cannot_read_a_table():
    frame, truth = table()
    learner = ActiveLearner(random_state=0).fit_encoded(Encoder().fit(frame).transform(frame), truth)
    with pytest.raises(ModelError, match="no encoder"):
        learner.predict(frame)

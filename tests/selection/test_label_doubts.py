import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from dami.selection.label_doubts import NEIGHBORS, doubtful_labels


def clouds(n=120, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    return rng.normal(size=(n, 2)) + 6 * np.stack([np.cos(y * 2.1), np.sin(y * 2.1)], axis=1), y


def test_wrong_labels_are_found_and_come_first():
    X, y = clouds()
    wrong = [5, 40, 78]  # one in each cloud
    given = y.copy()
    given[wrong] = (y[wrong] + 1) % 3
    shares = cross_val_predict(LogisticRegression(), X, given, method="predict_proba", cv=5)
    found = doubtful_labels(given, shares, X)
    assert {doubt.position for doubt in found[:3]} == set(wrong)
    for doubt in found[:3]:
        assert doubt.by_prediction and doubt.by_neighbors and doubt.suggested == y[doubt.position]
        assert doubt.given == given[doubt.position] and doubt.agreeing == 0 and doubt.neighbors == NEIGHBORS
        assert doubt.confidence == shares[doubt.position, doubt.suggested]
    assert len(found) < 12


def test_confident_learning_as_it_is_defined():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 4, 200)
    shares = rng.dirichlet(np.ones(4), 200)
    usual = [np.mean([shares[i, k] for i in range(200) if y[i] == k]) for k in range(4)]
    expected = {}
    for i in range(200):
        others = [k for k in range(4) if k != y[i] and shares[i, k] >= usual[k]]
        if others:
            best = max(others, key=lambda k: shares[i, k])
            if shares[i, best] > shares[i, y[i]]:
                expected[i] = best
    found = {d.position: d.suggested for d in doubtful_labels(y, shares, rng.normal(size=(200, 2))) if d.by_prediction}
    assert found == expected and 0 < len(expected) < 200


def test_neighbors_as_they_are_defined():
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(90, 3)).round(1), rng.integers(0, 2, 90)
    X[10] = X[20] = X[30]  # duplicates
    found = {d.position: d for d in doubtful_labels(y, np.full((90, 2), np.nan), X)}
    for i in range(90):
        order = sorted((j for j in range(90) if j != i), key=lambda j: (round(((X[i] - X[j]) ** 2).sum(), 9), j))
        around = {y[j] for j in order[:NEIGHBORS]}
        assert (i in found) == (around == {1 - y[i]})
    assert all(d.by_neighbors and not d.by_prediction and np.isnan(d.confidence) for d in found.values())


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_few_labels_leave_nothing_to_doubt_by(n):
    assert doubtful_labels(np.arange(n), np.full((n, 6), np.nan), np.zeros((n, 2))) == []


def test_lengths_must_fit():
    with pytest.raises(ValueError, match="2 labels, 3 predictions"):
        doubtful_labels([0, 1], np.zeros((3, 2)), np.zeros((2, 2)))

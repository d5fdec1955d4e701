import numpy as np
import pytest

from dami.networks.mlp import MLP
from dami.networks.regions import contrasts, linear_regions
from dami.selection import explain
from dami.selection.explain import contributions, percent_closer, signed_contributions


def net_and_rows(n_classes, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(70, 6)).astype(np.float32)
    return MLP(hidden=(9, 9), steps=60, random_state=0).fit(X, np.arange(70) % n_classes), X


COLUMNS = ["height", "color", "color", "height", "age", "color"]


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_contributions_as_they_are_defined(n_classes, monkeypatch):
    net, X = net_and_rows(n_classes)
    weights, H = linear_regions(net, X).weights.astype(float), contrasts(n_classes)
    medians = np.median(X.astype(float), axis=0)
    expected = np.zeros((70, 3))
    for i in range(70):
        for j, name in enumerate(COLUMNS):
            length = np.linalg.norm(H @ weights[i][:, j])
            expected[i, ["height", "color", "age"].index(name)] += length * abs(X[i, j] - medians[j])
    found, columns = contributions(net, X, COLUMNS)
    assert columns == ["height", "color", "age"] and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    monkeypatch.setattr(explain, "CHUNK_BYTES", 1000)
    again, _ = contributions(net.layers_, X, np.array(COLUMNS, dtype=object), regions=linear_regions(net, X))
    np.testing.assert_allclose(again, found, rtol=1e-5)


def test_a_column_the_network_ignores_contributes_nothing():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 2)).astype(np.float32)
    layers = [
        (np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32), np.ones(2, np.float32)),
        (np.eye(2, dtype=np.float32),) * 1 + (np.zeros(2, np.float32),),
    ]
    found, _ = contributions(layers, X, ["used", "ignored"])
    assert not found[:, 1].any() and found[:, 0].max() > 0


def test_names_must_fit_the_features():
    net, X = net_and_rows(2)
    with pytest.raises(ValueError, match="2 names"):
        contributions(net, X, ["a", "b"])


def test_percent_closer():
    assert percent_closer(np.array([0.0, 1.0, 1.0, 2.0]), 1.0) == 25
    assert np.isnan(percent_closer(np.array([]), 1.0))


def test_signed_contributions_add_up_to_the_difference_of_the_logits():
    net, X = net_and_rows(3)
    regions, medians = linear_regions(net, X), np.median(X.astype(float), axis=0)
    for i in (0, 9):
        weights = regions.weights[i].astype(float)
        values, columns = signed_contributions(weights, X[i], medians, COLUMNS, 2, 0)
        assert columns == ["height", "color", "age"]
        # In this row's linear model, the median row is where the contributions start.
        at_row, at_median = weights @ X[i].astype(float), weights @ medians
        assert np.isclose(values.sum(), (at_row[2] - at_row[0]) - (at_median[2] - at_median[0]))
        assert np.isclose(values[2], (weights[2, 4] - weights[0, 4]) * (X[i, 4] - medians[4]))

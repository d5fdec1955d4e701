import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone

from dami.networks.mlp import MLP


def circles(n=300, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2)).astype(np.float32)
    return X, np.where((X**2).sum(1) < 1.4, "inside", "outside")


def test_learns_what_no_line_separates():
    X, y = circles()
    unseen, truth = circles(seed=1)
    for members, width in ((1, 64), (5, 48)):
        net = MLP(members=members, random_state=0).fit(X, y)
        assert (net.predict(X) == y).mean() > 0.98
        assert (net.predict(unseen) == truth).mean() > 0.93
        assert net.n_parameters_ == members * ((2 * width + width) + (width * width + width) + width * 2) + 2


def test_numpy_inference_equals_torch():
    X, y = circles(40)
    net = MLP(random_state=0).fit(X, y)
    modules = []
    for w, b in net.layers_:
        linear = torch.nn.Linear(w.shape[1], w.shape[0])
        linear.weight.data, linear.bias.data = torch.tensor(w), torch.tensor(b)
        modules += [linear, torch.nn.ReLU()]
    with torch.no_grad():
        expected = torch.nn.Sequential(*modules[:-1])(torch.tensor(X)).numpy()
    np.testing.assert_allclose(net.logits(X), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(net.decision_function(X), expected[:, 1] - expected[:, 0], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(net.predict_proba(X), torch.tensor(expected.astype(float)).softmax(1).numpy(), atol=1e-5)


@pytest.mark.parametrize(
    "labels",
    [["a", "b", "c"], [3, 10, 2], [True, False], [b"x".decode(), "é"]],
    ids=["text", "numbers", "yes-no", "accents"],
)
@pytest.mark.parametrize("form", [list, np.array, pd.Series])
def test_classes_keep_their_values(labels, form):
    y = [labels[k % len(labels)] for k in range(30)]
    X = np.array([[k % len(labels), 1.0] for k in range(30)])
    net = MLP(members=2, random_state=0).fit(X, form(y))
    assert net.classes_.tolist() == sorted(labels)
    assert net.predict(X).tolist() == y
    assert net.predict_proba(X).shape == net.logits(X).shape == (30, len(labels))
    assert net.decision_function(X).shape == ((30,) if len(labels) == 2 else (30, len(labels)))


def test_a_class_seen_once_is_learnt():
    X, y = circles(100)
    X[7], y[7] = (4, 4), "alone"
    net = MLP(random_state=0).fit(X, y)
    assert "alone" in net.classes_ and net.predict(X)[7] == "alone"


def test_same_random_state_same_network():
    X, y = circles(50)
    first, second = MLP(random_state=5).fit(X, y), clone(MLP(random_state=5)).fit(X, y)
    assert np.array_equal(first.logits(X), second.logits(X))
    assert not np.array_equal(first.logits(X), MLP(random_state=6).fit(X, y).logits(X))
    drawn = [MLP(random_state=np.random.default_rng(1)).fit(X, y).logits(X) for _ in range(2)]
    assert np.array_equal(*drawn)


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        ([[0.0], [1.0]], ["a", "a"], "two classes"),
        ([[0.0], [np.nan]], ["a", "b"], "NaN"),
        ([[0.0], [np.inf]], ["a", "b"], "infinity"),
        ([[0.0], [1.0]], ["a"], "inconsistent"),
        ([[0.0], [1.0]], [0.3, 0.7], "continuous"),
        ([0.0, 1.0], ["a", "b"], "2D"),
        (np.empty((0, 2)), [], "0 sample"),
    ],
)
def test_unusable_input_is_refused_in_words(X, y, words):
    with pytest.raises(ValueError, match=words):
        MLP().fit(np.array(X), y)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"hidden": (4, 0)}, {"members": 0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        MLP(**wrong).fit([[0.0], [1.0]], ["a", "b"])


def test_history_and_callback_say_the_same():
    X, y = circles(50)
    seen = []
    net = MLP(random_state=0).fit(X, y, on_step=lambda step, steps, loss, accuracy: seen.append((step, loss, accuracy)))
    assert [(h["step"], h["loss"], h["accuracy"]) for h in net.history_] == seen
    assert net.history_[0]["step"] == 0 and net.history_[-1]["step"] == 100
    assert net.history_[-1]["loss"] < 0.3 * net.history_[0]["loss"]


def test_what_was_derived_is_said():
    X, y = circles(60)
    derived = {item["name"]: item for item in MLP().fit(X, y).derived_}
    assert derived["Hidden layers"]["value"] == "48 x 48"
    assert derived["Rows per step"]["value"] == 60
    rarest = min((y == name).sum() for name in ("inside", "outside"))
    assert f"{rarest} of 60" in derived["Class weights"]["rule"]
    assert all(set(item) == {"name", "value", "rule"} and item["rule"].endswith(".") for item in derived.values())
    assert derived["Members"]["value"] == 5 and derived["Temperature"]["value"] > 0
    by_hand = {item["name"]: item for item in MLP(hidden=(3,), steps=7).fit(X, y).derived_}
    assert by_hand["Hidden layers"] == {"name": "Hidden layers", "value": "3", "rule": "Set by hand."}
    assert by_hand["Training steps"]["value"] == 7


def test_from_layers_is_the_same_network():
    X, y = circles(50)
    net = MLP(random_state=0).fit(X, y)
    again = MLP.from_layers(net.layers_, net.classes_)
    assert np.array_equal(again.predict_proba(X), net.predict_proba(X))
    assert np.array_equal(again.predict(X), net.predict(X))


def test_chunks_do_not_show(monkeypatch):
    X, y = circles(50)
    net = MLP(random_state=0).fit(X, y)
    whole = net.logits(X)
    monkeypatch.setattr("dami.networks.members.CHUNK_ROWS", 7)
    np.testing.assert_allclose(net.logits(X), whole, rtol=1e-5, atol=1e-5)


def test_eight_classes_in_a_row_are_learnt():
    """More classes take a higher learning rate: with that of two, rows are taken for those of a neighboring class."""
    rng = np.random.default_rng(0)
    y = np.arange(400) % 8
    X = rng.normal(size=(400, 4)) + 8.0 * y[:, None]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    right = [(MLP(random_state=seed).fit(X[:64], y[:64]).predict(X[64:]) == y[64:]).mean() for seed in range(5)]
    assert np.mean(right) > 0.9

import os
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dami.networks import regions as regions_module
from dami.networks.mlp import MLP
from dami.networks.regions import contrasts, linear_regions, local_model, representation_of


def random_layers(widths, seed=0):
    rng = np.random.default_rng(seed)
    return [
        ((rng.normal(size=(o, i)) / i**0.5).astype(np.float32), (rng.normal(size=o) / 4).astype(np.float32))
        for i, o in pairwise(widths)
    ]


def reference(layers, X):
    """Logits, Jacobians and activation patterns by torch's autograd in float64, a row at a time."""
    torch_layers = [(torch.tensor(w, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)) for w, b in layers]

    def f(x):
        for w, b in torch_layers[:-1]:
            x = torch.relu(w @ x + b)
        return torch_layers[-1][0] @ x + torch_layers[-1][1]

    X = torch.tensor(np.asarray(X), dtype=torch.float64)
    return (
        torch.stack([f(x) for x in X]).numpy(),
        torch.stack([torch.autograd.functional.jacobian(f, x) for x in X]).numpy(),
    )


def patterns(layers, X):
    h, on = np.asarray(X, float), []
    for w, b in layers[:-1]:
        h = h @ w.T.astype(float) + b
        on.append(h > 0)
        h = np.maximum(h, 0)
    return np.concatenate(on, axis=1)


def assert_exact(layers, X, regions, every=1):
    logits, jacobians = reference(layers, X[::every])
    weights, biases = regions.weights[::every], regions.biases[::every]
    affine = np.einsum("ncd,nd->nc", weights.astype(float), X[::every].astype(float)) + biases
    error = abs(affine - logits).max(axis=1) / abs(logits).max(axis=1)
    assert error.max() <= 1e-4
    np.testing.assert_allclose(weights, jacobians, atol=1e-5 * abs(jacobians).max())


@pytest.mark.parametrize("widths", [(4, 3), (4, 6, 2), (5, 8, 7, 3), (3, 6, 6, 6, 6, 4), (1, 5, 2), (3, 9, 1, 9, 2)])
def test_maps_are_the_networks_own(widths):
    layers = random_layers(widths)
    X = np.random.default_rng(1).normal(size=(80, widths[0])).astype(np.float32)
    regions = linear_regions(layers, X)
    assert regions.weights.shape == (80, widths[-1], widths[0]) and regions.weights.dtype == np.float32
    assert regions.biases.shape == (80, widths[-1]) and regions.biases.dtype == np.float32
    assert_exact(layers, X, regions)


@given(
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    n_classes=st.integers(2, 5),
    d=st.integers(1, 6),
    n=st.integers(1, 40),
    seed=st.integers(0, 10**6),
)
def test_regions_are_the_activation_patterns(widths, n_classes, d, n, seed):
    layers = random_layers((d, *widths, n_classes), seed)
    X = np.random.default_rng(seed).integers(-2, 3, size=(n, d)).astype(np.float32)  # many equal rows
    regions = linear_regions(layers, X)
    _, expected = np.unique(patterns(layers, X), axis=0, return_inverse=True)
    expected = expected.ravel()
    ids = regions.region_ids
    assert np.array_equal(ids[:, None] == ids, expected[:, None] == expected)
    assert regions.n_regions == len(set(ids.tolist())) == ids.max() + 1
    first = [ids.tolist().index(k) for k in range(regions.n_regions)]
    assert first == sorted(first)  # numbered as they appear
    assert_exact(layers, X, regions)
    for k in range(regions.n_regions):  # one map a region, to the bit
        assert len(np.unique(regions.representation[ids == k], axis=0)) == 1


def test_no_hidden_layer_is_one_region():
    layers = random_layers((3, 2))
    regions = linear_regions(layers, np.random.default_rng(0).normal(size=(9, 3)))
    assert regions.n_regions == 1 and not regions.region_ids.any()
    assert np.array_equal(regions.weights[5], layers[0][0])


def test_small_chunks_give_the_same(monkeypatch):
    layers = random_layers((6, 16, 16, 3))
    X = np.random.default_rng(2).normal(size=(300, 6)).astype(np.float32)
    whole = linear_regions(layers, X)
    whole_representation = whole.representation
    monkeypatch.setattr(regions_module, "CHUNK_BYTES", 5000)
    parts = linear_regions(layers, X)
    assert np.array_equal(parts.region_ids, whole.region_ids)
    np.testing.assert_allclose(parts.weights, whole.weights, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(parts.representation, whole_representation, rtol=1e-6, atol=1e-6)


def test_memory_is_bounded_by_chunk_and_result(monkeypatch):
    monkeypatch.setattr(regions_module, "CHUNK_BYTES", 2**20)
    layers = random_layers((4, 64, 64, 2))
    X = np.random.default_rng(3).normal(size=(20_000, 4)).astype(np.float32)
    tracemalloc.start()
    regions = linear_regions(layers, X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    result = regions.region_weights.nbytes + regions.region_biases.nbytes + regions.region_ids.nbytes
    # All hidden layers' maps at once would take 20,000 * 64 * 4 * 4 bytes = 20 MB and more.
    assert peak < result + 8 * 2**20


def test_contrasts_are_orthonormal_and_ignore_a_common_shift():
    for n_classes in range(2, 8):
        H = contrasts(n_classes)
        np.testing.assert_allclose(H @ H.T, np.eye(n_classes - 1), atol=1e-12)
        np.testing.assert_allclose(H @ np.ones(n_classes), 0, atol=1e-12)
    two_classes = contrasts(2)
    assert np.allclose(two_classes * 2**0.5, np.array([[-1, 1]]))


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_representation_is_contrasts_times_weights(n_classes):
    weights = np.random.default_rng(4).normal(size=(30, n_classes, 5)).astype(np.float32)
    representation = representation_of(weights)
    assert representation.shape == (30, (n_classes - 1) * 5) and representation.dtype == np.float32
    expected = np.stack([contrasts(n_classes) @ w for w in weights]).reshape(30, -1)
    np.testing.assert_allclose(representation, expected, atol=1e-5)
    np.testing.assert_allclose(representation_of(weights + 3), representation, atol=1e-5)
    centered = (weights - weights.mean(axis=1, keepdims=True)).reshape(30, -1)
    np.testing.assert_allclose(
        np.linalg.norm(representation[:1] - representation, axis=1),
        np.linalg.norm(centered[:1] - centered, axis=1),
        atol=1e-5,
    )
    assert np.array_equal(representation_of(weights[3]), representation[3])


def test_representation_of_two_classes():
    layers = random_layers((3, 8, 2))
    regions = linear_regions(layers, np.random.default_rng(0).normal(size=(20, 3)))
    expected = (regions.weights[:, 1] - regions.weights[:, 0]) / np.sqrt(2)
    np.testing.assert_allclose(regions.representation, expected, atol=1e-6)


def test_equal_rows_are_at_distance_zero_wherever_they_stand():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(997, 7)).astype(np.float32)
    X[rng.permutation(997)[:400]] = X[3]
    regions = linear_regions(random_layers((7, 64, 64, 3)), X)
    same = (X[3] == X).all(axis=1)
    assert same.sum() >= 400
    assert not (regions.representation[same] - regions.representation[3]).any()


def test_a_network_and_its_layers_are_the_same():
    X = np.random.default_rng(6).normal(size=(50, 3))
    net = MLP(hidden=(8,), random_state=0).fit(X, X[:, 0] > 0)
    assert np.array_equal(linear_regions(net, X).weights, linear_regions(net.layers_, X).weights)
    weights, biases = local_model(net.layers_, X[4])
    np.testing.assert_allclose(weights @ X[4] + biases, net.logits(X[4:5])[0], rtol=1e-4, atol=1e-5)
    assert weights.shape == (2, 3) and biases.shape == (2,)


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros((3, 5)), "5 features, but the network takes 4"),
        (np.zeros((0, 4)), "at least one row"),
        (np.zeros(4), "at least one row"),
        ([[0, 0, 0, 0], [0, np.nan, 0, 0]], "Row 1"),
    ],
)
def test_unusable_rows_are_refused(X, words):
    with pytest.raises(ValueError, match=words):
        linear_regions(random_layers((4, 3, 2)), X)


def test_layers_that_do_not_fit_are_refused():
    good = random_layers((4, 3, 2))
    with pytest.raises(ValueError, match="Layer 2"):
        linear_regions([good[0], (np.zeros((2, 5)), np.zeros(2))], np.zeros((1, 4)))
    with pytest.raises(ValueError, match="no layers"):
        linear_regions([], np.zeros((1, 4)))


def tables():
    """The demos that the project ships, and the CSV files with a column `label` of the folder in DAMI_TABLES."""
    from dami.tables.demos import DEMOS

    found = [pytest.param(("demo", name), id=name) for name in DEMOS]
    folder = os.environ.get("DAMI_TABLES")
    paths = sorted(Path(folder).glob("*.csv")) if folder else []
    return found + [pytest.param(("file", str(path)), id=path.name) for path in paths]


@pytest.mark.parametrize("source", tables())
def test_exact_on_real_tables(source):
    from dami.tables.demos import DEMOS, load_demo
    from dami.tables.encoding import Encoder

    kind, name = source
    frame, target = (load_demo(name), DEMOS[name].target) if kind == "demo" else (pd.read_csv(name), "label")
    labels = frame.pop(target).astype(str).to_numpy()
    X = Encoder().fit(frame).transform(frame)
    rows = np.random.default_rng(0).permutation(len(X))[:200]
    net = MLP(random_state=0).fit(X[rows], labels[rows])
    regions = linear_regions(net, X)
    # All rows against the network in float64, some against autograd.
    h = X.astype(float)
    for w, b in net.layers_[:-1]:
        h = np.maximum(h @ w.T.astype(float) + b, 0)
    logits = h @ net.layers_[-1][0].T.astype(float) + net.layers_[-1][1]
    affine = np.empty_like(logits)
    for start in range(0, len(X), 2000):
        part = slice(start, start + 2000)
        weights = regions.region_weights[regions.region_ids[part]]
        affine[part] = np.einsum("ncd,nd->nc", weights, X[part]) + regions.region_biases[regions.region_ids[part]]
    largest = abs(logits).max(axis=1)
    assert (abs(affine - logits).max(axis=1) / largest).max() <= 1e-4
    assert (abs(affine - net.logits(X)).max(axis=1) / largest).max() <= 1e-4
    assert_exact(net.layers_, X, regions, every=max(1, len(X) // 20))


@pytest.mark.parametrize("words", [1, 2, 5])
def test_patterns_are_numbered_as_they_appear(words):
    rng = np.random.default_rng(words)
    packed = rng.integers(0, 2, size=(300, words), dtype=np.uint64)[rng.integers(0, 40, 300)]
    first, ids = regions_module._number(packed)
    seen: dict[tuple, int] = {}
    expected = [seen.setdefault(tuple(pattern), len(seen)) for pattern in packed.tolist()]
    assert ids.tolist() == expected and len(first) == len(seen)
    assert first.tolist() == [expected.index(k) for k in range(len(seen))]


def test_two_patterns_of_one_key_are_told_apart():
    # With the factors f, (a + f1, b - f0) has the key of (a, b).
    f = np.random.default_rng(0).integers(2**63, size=2, dtype=np.uint64) | np.uint64(1)
    packed = np.array([[5, 9], [5, 9], [5 + f[1], (9 - int(f[0])) % 2**64]], dtype=np.uint64)
    first, ids = regions_module._number(packed)
    assert ids.tolist() == [0, 0, 1] and first.tolist() == [0, 2]

"""Members side by side against the networks that they are, one by one."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami import region_polygons
from dami.networks.members import blocks_of, members_of, plan, side_by_side, times, unseen_logits
from dami.networks.mlp import MLP
from dami.networks.regions import linear_regions, representation_of
from dami.networks.training import train_networks


def forward(layers, X):
    """Logits (n, C) and pattern (n, n_units) of a plain network in float64."""
    h, on = np.asarray(X, float), []
    for w, b in layers[:-1]:
        h = h @ w.T.astype(float) + b
        on.append(h > 0)
        h = np.maximum(h, 0)
    return h @ layers[-1][0].T.astype(float) + layers[-1][1], np.concatenate([*on, np.zeros((len(h), 0), bool)], axis=1)


def members(n, widths, seed=0):
    rng = np.random.default_rng(seed)

    def layer(n_in, n_out):
        drawn = rng.normal(size=(n_out, n_in)) * np.sqrt(2 / n_in), rng.normal(size=n_out) / 2
        return drawn[0].astype(np.float32), drawn[1].astype(np.float32)

    return [[layer(i, o) for i, o in pairwise(widths)] for _ in range(n)]


@pytest.mark.parametrize("widths", [(4, 3), (4, 6, 2), (5, 8, 8, 3), (3, 8, 4, 8, 2)])
@pytest.mark.parametrize("n", [1, 3, 5])
def test_one_network_is_the_mean_of_its_members(n, widths):
    parts = members(n, widths)
    X = np.random.default_rng(1).normal(size=(700, widths[0])).astype(np.float32)
    whole = side_by_side(parts, temperature=2.5)
    expected = np.mean([forward(layers, X)[0] for layers in parts], axis=0) / 2.5
    np.testing.assert_allclose(forward(whole, X)[0], expected, atol=1e-5)
    np.testing.assert_allclose(MLP.from_layers(whole, np.arange(widths[-1])).logits(X), expected, atol=1e-5)


@pytest.mark.parametrize("widths", [(2, 8, 8, 3), (5, 16, 16, 2), (6, 8, 4, 8, 4)])
def test_its_regions_are_where_all_members_patterns_are_equal_and_its_maps_are_exact(widths):
    parts = members(4, widths)
    whole = side_by_side(parts, temperature=0.7)
    rng = np.random.default_rng(2)
    X = np.repeat(rng.normal(size=(300, widths[0])), 3, axis=0).astype(np.float32)
    X[1::3] += 0.01 * rng.normal(size=(300, widths[0])).astype(np.float32)  # mostly within the region
    regions = linear_regions(whole, X)
    pattern = np.concatenate([forward(layers, X)[1] for layers in parts], axis=1)
    _, expected = np.unique(pattern, axis=0, return_inverse=True)
    ids, expected = regions.region_ids, expected.ravel()
    assert np.array_equal(ids[:, None] == ids, expected[:, None] == expected)
    assert 100 < regions.n_regions < 800  # of 900 rows
    logits = np.mean([forward(layers, X)[0] for layers in parts], axis=0) / 0.7
    affine = np.einsum("ncd,nd->nc", regions.weights.astype(float), X.astype(float)) + regions.biases
    assert (abs(affine - logits).max(axis=1) <= 1e-4 * abs(logits).max()).all()
    mean = np.mean([linear_regions(layers, X).weights for layers in parts], axis=0) / 0.7
    np.testing.assert_allclose(regions.weights, mean, atol=1e-5)
    np.testing.assert_allclose(regions.representation, representation_of(mean), atol=1e-5)


def test_its_polygons_tile_the_plane_with_its_own_maps():
    net = MLP(hidden=(4, 4), members=3, random_state=0)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2)).astype(np.float32)
    net.fit(X, (X**2).sum(axis=1) > 1)
    polygons = region_polygons(net, (-2, 2, -1, 3))
    assert sum(polygon.area for polygon in polygons) == pytest.approx(16)
    assert len(polygons) > 10 and len({polygon.pattern.tobytes() for polygon in polygons}) == len(polygons)
    for polygon in polygons:
        if polygon.area > 1e-6:
            logits, pattern = forward(net.layers_, polygon.center[None])
            assert np.array_equal(pattern[0], polygon.pattern)
            np.testing.assert_allclose(polygon.weights @ polygon.center + polygon.biases, logits[0], atol=1e-5)


def test_a_trained_network_is_exact():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 12)).astype(np.float32)
    net = MLP(random_state=0).fit(X[:120], np.digitize(X[:120, 0] * X[:120, 1], [-0.3, 0.3]))
    logits, pattern = forward(net.layers_, X)
    regions = linear_regions(net, X)
    affine = np.einsum("ncd,nd->nc", regions.weights.astype(float), X.astype(float)) + regions.biases
    np.testing.assert_allclose(affine, logits, atol=1e-4)
    np.testing.assert_allclose(net.logits(X), logits, atol=1e-4)
    assert regions.n_regions == len(np.unique(pattern, axis=0))
    assert [w.shape for w, _ in net.layers_] == [(240, 12), (240, 240), (3, 240)]
    assert net.hidden_layer(X).shape == (400, 240)
    np.testing.assert_allclose(np.mean([part.logits(X) for part in net.members_], axis=0), logits, atol=1e-4)


@given(k=st.integers(1, 6), n_out=st.integers(1, 5), n_in=st.integers(1, 5), seed=st.integers(0, 99))
def test_a_matrix_is_its_blocks(k, n_out, n_in, seed):
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(k, n_out, n_in)) * (rng.random((k, n_out, n_in)) > 0.2)
    matrix = np.zeros((k * n_out, k * n_in))
    for number, part in enumerate(parts):
        matrix[number * n_out :, number * n_in :][:n_out, :n_in] = part
    blocks = blocks_of(matrix)
    assert len(blocks) % k == 0 or len(blocks) >= k or not matrix.any()
    X = rng.normal(size=(7, k * n_in))
    np.testing.assert_allclose(times(X, blocks), X @ matrix.T, atol=1e-12)
    full = rng.normal(size=(6, 4))
    assert blocks_of(full).shape == (1, 6, 4)


def test_members_are_found_again():
    parts = members(5, (3, 8, 8, 2))
    for k, found in enumerate(members_of(side_by_side(parts))):
        assert all(np.array_equal(w, parts[k][at][0]) for at, (w, _) in enumerate(found[:-1]))
        np.testing.assert_allclose(found[-1][0], parts[k][-1][0], rtol=1e-6)
    assert len(members_of(parts[0])) == 1


@given(counts=st.lists(st.integers(1, 30), min_size=2, max_size=5), k=st.integers(2, 6), seed=st.integers(0, 99))
def test_every_member_knows_every_class_and_no_row_that_it_is_tested_on(counts, k, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    made = plan(labels, k, seed)
    assert made.rows.shape[0] == len(set(made.seeds)) == k
    for number, rows in enumerate(made.rows):
        kept = np.flatnonzero(made.without == number)
        assert not set(kept) & set(rows) and set(kept) | set(rows) == set(range(len(labels)))
        assert set(labels[rows]) == set(labels)
        assert len(rows) - len(set(rows)) <= 1
    alone = np.isin(labels, np.flatnonzero(np.array(counts) == 1))
    assert np.array_equal(made.without == -1, alone)
    for number, count in enumerate(counts):  # an equal share of each class
        shares = np.bincount(made.without[(labels == number) & ~alone], minlength=k)
        assert count == 1 or shares.max() - shares.min() <= 1


def test_what_is_said_of_a_row_comes_from_the_member_that_has_not_seen_it():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3)).astype(np.float32)
    y = np.r_[np.zeros(14, int), np.ones(15, int), 2]
    made = plan(y, 5, 0)
    trained = train_networks(X, y[made.rows], 3, hidden=(8, 8), steps=30, seeds=made.seeds, positions=made.rows)
    said = unseen_logits(trained, X, made.without)
    assert np.flatnonzero(np.isnan(said).any(axis=1)).tolist() == [29]
    for row in range(29):
        (alone,) = train_networks(
            X[made.rows[made.without[row]]],
            y[made.rows[made.without[row]]],
            3,
            hidden=(8, 8),
            steps=30,
            seeds=[made.seeds[made.without[row]]],
        )
        np.testing.assert_allclose(said[row], forward(alone, X[[row]])[0][0], atol=1e-3)

"""Weighted K-medoids against its definition, in float64 and loop by loop."""

import numpy as np
import pytest

from dami.selection.medoids import weighted_medoids


@pytest.mark.parametrize("seed", range(12))
def test_every_pick_is_central_in_a_cluster_of_its_own(seed):
    """Clusters far apart, so that the answer is known whatever the start: the weighted medoid of each."""
    rng = np.random.default_rng(seed)
    centers = np.array([[0, 0], [100, 0], [0, 100], [100, 100], [200, 50]], float)
    sizes = np.array([30, 12, 45, 8, 20])
    cluster = np.repeat(np.arange(5), sizes)
    points = (centers[cluster] + rng.normal(size=(len(cluster), 2))).astype(np.float32)
    weights = rng.random(len(points)) + 0.1
    found = weighted_medoids(points, weights, 4, centers[:1].astype(np.float32), rng)
    expected = []
    for k in range(1, 5):
        mine = np.flatnonzero(cluster == k)
        mean = (points[mine].astype(float) * weights[mine, None]).sum(axis=0) / weights[mine].sum()
        expected.append(int(mine[((points[mine] - mean) ** 2).sum(axis=1).argmin()]))
    if set(cluster[found.indices].tolist()) != {1, 2, 3, 4}:  # two seeds fell in one cluster: rare, and a local optimum
        pytest.fail(f"clusters {cluster[found.indices]}")
    assert sorted(found.indices.tolist()) == sorted(expected)
    mass = np.bincount(cluster, weights)[cluster[found.indices]]
    np.testing.assert_allclose(found.weights, mass)
    assert found.sizes.tolist() == sizes[cluster[found.indices]].tolist()
    assert (np.diff(found.weights) <= 0).all()


def test_what_a_fixed_center_holds_is_not_asked_again():
    rng = np.random.default_rng(0)
    near, far = rng.normal(size=(100, 2)) * 0.1, rng.normal(size=(20, 2)) * 0.1 + 50
    points = np.concatenate([near, far]).astype(np.float32)
    fixed = np.zeros((1, 2), np.float32)
    found = weighted_medoids(points, np.ones(120), 1, fixed, rng)
    assert found.indices[0] >= 100 and found.sizes.tolist() == [20]


def test_weights_move_a_center_to_where_the_doubt_is():
    points = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]], np.float32)
    rng = np.random.default_rng(0)
    found = weighted_medoids(points, np.array([0, 0, 1, 0, 0, 9]), 2, np.zeros((0, 1), np.float32), rng)
    assert found.indices.tolist() == [5, 2]


@pytest.mark.parametrize("weights", [np.ones(30), np.zeros(30)])
def test_duplicates_give_distinct_picks(weights):
    points = np.ones((30, 4), np.float32)
    for fixed in (np.zeros((0, 4), np.float32), np.ones((3, 4), np.float32)):
        found = weighted_medoids(points, weights, 30, fixed, np.random.default_rng(0))
        assert sorted(found.indices.tolist()) == list(range(30))

"""What `dami-plus` says of a pick, against distances and sums computed from the logits and weights one by one."""

import numpy as np
import pytest

from dami.networks.mlp import MLP
from dami.networks.regions import contrasts, local_model
from dami.selection.medoids import weighted_medoids
from dami.selection.strategies import STRATEGIES, STUDIED, Pool


@pytest.fixture(params=[2, 4])
def pool(request) -> Pool:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(120, 5)).astype(np.float32)
    X[60:66] = X[0]  # duplicates, as real tables have them
    labeled = rng.permutation(120)[:30]
    y = (X[labeled, 0] > 0) + 0 if request.param == 2 else np.digitize(X[labeled, 0], [-0.7, 0.0, 0.7])
    return Pool(X, labeled, looked_at=[90], excluded=[7], network=MLP(random_state=0).fit(X[labeled], y), seed=5)


def by_hand(pool: Pool) -> np.ndarray:
    """(N, C - 1, d + 1) contributions of each row from the affine map of its region, in float64."""
    found = []
    for x in pool.X:
        weights, biases = local_model(pool.network, x)
        H = contrasts(len(biases))
        found.append(np.concatenate([H @ weights.astype(float) * x, (H @ biases)[:, None]], axis=1))
    return np.array(found)


def test_contributions_add_up_to_the_contrasts_of_the_logits(pool):
    given = pool.points("contributions")
    expected = by_hand(pool)
    np.testing.assert_allclose(given, expected.reshape(len(given), -1), rtol=1e-4, atol=1e-4)
    logits = pool.network.logits(pool.X).astype(float)
    sums = given.reshape(expected.shape).astype(float).sum(axis=2)
    np.testing.assert_allclose(sums, logits @ contrasts(logits.shape[1]).T, rtol=1e-4, atol=1e-3)


def test_the_numbers_of_a_pick_are_those_of_the_pool(pool):
    points = by_hand(pool).reshape(len(pool.X), -1)
    selection = STRATEGIES["dami-plus"]().query(pool, 8)
    centers = list(pool.centers)
    two = np.sort(pool.network.predict_proba(pool.X), axis=1)
    doubt = 1 - (two[:, -1] - two[:, -2])
    for k, row in enumerate(selection.indices):
        numbers = selection.explain(k).numbers
        to = np.linalg.norm(points[row] - points[centers], axis=1)
        assert numbers["distance"] == pytest.approx(to.min(), rel=1e-3, abs=1e-3)
        assert to[centers.index(numbers["nearest"])] == pytest.approx(to.min(), rel=1e-3, abs=1e-3)
        to_labeled = np.linalg.norm(points[row] - points[pool.labeled_rows], axis=1)
        assert numbers["distance_labeled"] == pytest.approx(to_labeled.min(), rel=1e-3, abs=1e-3)
        assert numbers["doubt"] == pytest.approx(doubt[row], abs=1e-5)
        assert 0 <= numbers["cluster_doubt"] <= numbers["cluster_size"] + 1e-6
        centers.append(row)
        rest = np.setdiff1d(pool.rows, centers)
        radius = np.linalg.norm(points[rest, None] - points[centers], axis=2).min(axis=1).max()
        assert numbers["radius"] == pytest.approx(radius, rel=1e-3)
    assert not set(selection.indices) & {*pool.labeled, 90, 7}


class Doubtful:
    """A network of one linear region: contributions are the inputs, doubt is what a test says of rows beyond 5."""

    layers_ = ((np.array([[0.0, 0.0], [1.0, 1.0]], np.float32), np.zeros(2, np.float32)),)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.where(X[:, :1] > 5, [0.5, 0.5], [0.95, 0.05])


def test_it_asks_where_many_doubtful_rows_are_alike_before_it_asks_for_a_lonely_one():
    crowd = np.array([[10.0, 0.0]]) + 0.1 * np.random.default_rng(0).normal(size=(40, 2))
    X = np.concatenate([np.zeros((10, 2)), crowd, [[0.0, 14.0]]]).astype(np.float32)
    selection = STRATEGIES["dami-plus"]().query(Pool(X, [0, 1], network=Doubtful(), seed=1), 2)
    assert 10 <= selection.indices[0] < 50
    numbers = selection.explain(0).numbers
    assert numbers["cluster_size"] == pytest.approx(40, abs=10)


@pytest.mark.parametrize("space", ["hidden", "input"])
def test_variants_differ_in_their_space_alone(pool, space):
    layers = pool.network.layers_[:-1]
    points = pool.X.astype(float)
    for weights, biases in layers if space == "hidden" else []:
        points = np.maximum(points @ weights.T.astype(float) + biases, 0)
    two = np.sort(pool.network.predict_proba(pool.X), axis=1)
    doubt = 1 - (two[:, -1] - two[:, -2])
    points, rng = points.astype(np.float32), np.random.default_rng([5, len(pool.labeled)])
    expected = weighted_medoids(points[pool.candidates], doubt[pool.candidates], 8, points[pool.centers], rng)
    selection = STUDIED[f"dami-plus-{space}"]().query(pool, 8)
    assert selection.indices.tolist() == pool.candidates[expected.indices].tolist()
    assert set(selection.space) == {space} and selection.strategy == f"dami-plus-{space}"
    assert selection.indices.tolist() != STRATEGIES["dami-plus"]().query(pool, 8).indices.tolist()


def test_without_fixed_centers_it_asks_again_for_what_is_labeled_already():
    rng = np.random.default_rng(0)
    known = np.array([[10.0, 0.0]]) + 0.1 * rng.normal(size=(40, 2))  # doubtful, but of these three have a label
    new = np.array([[10.0, 30.0]]) + 0.1 * rng.normal(size=(10, 2))
    X = np.concatenate([known, new]).astype(np.float32)
    pool = Pool(X, [0, 1, 2], network=Doubtful(), seed=1)
    assert STRATEGIES["dami-plus"]().query(pool, 1).indices[0] >= 40
    pool = Pool(X, [0, 1, 2], network=Doubtful(), seed=1)
    assert sorted(STUDIED["dami-plus-free"]().query(pool, 2).indices >= 40) == [False, True]
    free = STUDIED["dami-plus-free"]().query(pool, 2)
    assert free.explain(0).numbers["cluster_size"] == 37  # all of the crowd but the labeled ones

import numpy as np

from dami.networks.mlp import MLP
from dami.networks.regions import linear_regions
from dami.selection.cells import cell_of, mean_local_model, near_duplicates
from dami.selection.nearest import nearest_centers


def test_a_cell_is_all_rows_with_its_center():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 3)).astype(np.float32)
    points[12] = points[4]  # as near as can be
    distances, nearest = nearest_centers(points, np.array([4, 9, 30]))
    cells = {}
    for row in range(50):
        cell = cell_of(row, nearest, distances)
        assert row in cell.members and cell.center in (4, 9, 30)
        gaps = [np.linalg.norm(points[row].astype(float) - points[c]) for c in (4, 9, 30)]
        assert np.isclose(gaps[[4, 9, 30].index(cell.center)], min(gaps))
        assert (np.diff(cell.distances) >= 0).all()
        cells[cell.center] = set(cell.members)
    assert sum(map(len, cells.values())) == 50
    assert cell_of(12, nearest, distances).center == 4


def test_centers_at_one_place_share_a_cell():
    points = np.array([[0, 0], [0, 0], [5, 5], [0, 1]], np.float32)
    distances, nearest = nearest_centers(points, np.array([0, 1, 2]))
    for row in (0, 1, 3):
        cell = cell_of(row, nearest, distances)
        assert cell.center == 0 and cell.members.tolist() == [0, 1, 3] and cell.distances.tolist() == [0, 0, 1]


def test_near_duplicates_share_values_or_region():
    X = np.array([[1, 2], [1, 2], [3, 4], [5, 6], [1, 2]], np.float32)
    assert near_duplicates(0, X).tolist() == [1, 4]
    assert near_duplicates(2, X).tolist() == []
    assert near_duplicates(2, X, [0, 0, 1, 1, 0]).tolist() == [3]
    assert near_duplicates(4, X, [0, 0, 1, -1, -1]).tolist() == [0, 1]  # a row of which no region is known


def test_the_mean_local_model_is_the_mean_of_the_local_models():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(150, 4)).astype(np.float32)
    net = MLP(hidden=(8, 8), steps=40, random_state=0).fit(X, np.arange(150) % 3)
    weights = linear_regions(net, X).weights.astype(float)
    expected = (weights - weights.mean(axis=1, keepdims=True)).mean(axis=0)
    assert np.allclose(mean_local_model(net, X), expected, atol=1e-5)
    assert np.allclose(mean_local_model(net, X[:1]).mean(axis=0), 0, atol=1e-12)

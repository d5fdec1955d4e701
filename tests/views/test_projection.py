"""The map keeps neighbors, repeats itself, follows the previous one, and survives tables of any kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.manifold import trustworthiness

from dami.views import projection
from dami.views.projection import align, neighbors, pca_map, project_map


def clusters(n: int = 300, p: int = 10, k: int = 30, seed: int = 0) -> np.ndarray:
    """More clusters than two components can part."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(k, p)) * 2
    return (centers[rng.integers(0, k, n)] + rng.normal(size=(n, p)) * 0.7).astype(np.float32)


def kept(points: np.ndarray, positions: np.ndarray, k: int = 10) -> float:
    """Share of each point's k nearest others that are so on the map too, by full distance matrices."""

    def nearest(X: np.ndarray) -> np.ndarray:
        X = X.astype(np.float64)
        D = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))
        np.fill_diagonal(D, np.inf)
        return np.argsort(D, axis=1)[:, :k]

    pairs = zip(nearest(points), nearest(positions), strict=True)
    return float(np.mean([len(set(a) & set(b)) / k for a, b in pairs]))


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(2, 40), st.integers(1, 4)),
        elements=st.sampled_from([0.0, 1.0, 1.0000001, 2.5, -3.0, 1000.0]),
    ),
    st.integers(1, 15),
)
def test_neighbors_equal_the_full_distance_matrix(points, k):
    k = min(k, len(points))
    indices, distances = neighbors(points, k)
    X = points.astype(np.float64)
    full = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))
    assert (indices[:, 0] == np.arange(len(X))).all() and (distances[:, 0] == 0).all()
    assert all(len(set(row)) == k for row in indices.tolist())
    np.testing.assert_allclose(distances, np.take_along_axis(full, indices, axis=1), rtol=1e-6)
    np.testing.assert_allclose(distances, np.sort(full, axis=1)[:, :k], rtol=1e-6, atol=1e-3)


def test_neighbors_far_from_the_origin_and_among_many_duplicates():
    rng = np.random.default_rng(0)
    points = np.vstack([np.tile(rng.normal(size=(1, 3)), (40, 1)), rng.normal(size=(30, 3))]).astype(np.float32) + 4096
    indices, distances = neighbors(points, 15)
    assert (indices[:, 0] == np.arange(70)).all()
    assert (distances[:40] == 0).all() and (indices[:40] < 40).all()


def test_neighbors_are_lost_before_optimizing_and_kept_after():
    t = np.random.default_rng(0).uniform(0, 2 * np.pi, size=(300, 1))
    curve = np.hstack([np.sin(t * np.arange(1, 20)), np.cos(t * np.arange(1, 20))]).astype(
        np.float32
    )  # folds in a plane
    positions = project_map(curve)
    assert kept(curve, pca_map(curve)) < 0.5
    assert kept(curve, positions) > 0.75
    assert trustworthiness(curve, positions, n_neighbors=10) > 0.96


def test_a_refit_follows_and_is_true_to_the_new_points():
    old = clusters(seed=1)
    first = project_map(old)
    turn = np.array([[0.0, 1.0], [1.0, 0.0]])  # a mirrored start must come back mirrored
    new = old @ np.linalg.qr(np.random.default_rng(2).normal(size=(10, 10)))[0].astype(np.float32)
    new[:60] = clusters(60, seed=3)[::-1]
    second = project_map(new, previous=first @ turn + 100.0)
    same = np.linalg.norm(second - (first @ turn + 100.0), axis=1)[60:]
    unrelated = np.linalg.norm(project_map(new, random_state=5) - (first @ turn + 100.0), axis=1)[60:]
    assert np.median(same) < 0.5 * np.median(unrelated)
    assert kept(new, second) > kept(new, first) + 0.05


def test_align_turns_mirrors_and_shifts_and_scales_when_asked():
    rng = np.random.default_rng(0)
    fixed = rng.normal(size=(30, 2)).astype(np.float32)
    angle = 2.1
    mirrored = fixed @ np.array([[np.cos(angle), -np.sin(angle)], [-np.sin(angle), -np.cos(angle)]]) + [5, -7]
    np.testing.assert_allclose(align(mirrored, fixed), fixed, atol=1e-5)
    doubled = align(2 * mirrored, fixed)
    np.testing.assert_allclose(np.ptp(doubled, axis=0), 2 * np.ptp(fixed, axis=0), rtol=1e-4)
    np.testing.assert_allclose(align(2 * mirrored, fixed, scale=True), fixed, atol=1e-5)
    holes = mirrored.copy()
    holes[3] = np.nan
    np.testing.assert_allclose(np.delete(align(holes, fixed), 3, 0), np.delete(fixed, 3, 0), atol=1e-5)


def test_rows_without_a_previous_position_start_among_their_neighbors():
    points = clusters()
    previous = project_map(points)
    previous[:25] = np.nan
    positions = project_map(points, previous)
    assert np.isfinite(positions).all()
    assert kept(points, positions) > 0.35


@pytest.mark.parametrize("n", [0, 1, 2, 3, 9, 10, 16])
@pytest.mark.parametrize("p", [1, 2, 5])
def test_tiny_tables_have_a_map(n, p):
    points = np.random.default_rng(n).normal(size=(n, p)).astype(np.float32)
    positions = project_map(points)
    assert positions.shape == (n, 2) and positions.dtype == np.float32
    assert np.isfinite(positions).all()
    assert len(np.unique(positions, axis=0)) == n
    assert np.isfinite(project_map(points, previous=positions)).all()


def test_constant_points_share_one_place():
    assert (project_map(np.full((50, 4), 3.5)) == 0).all()
    assert (project_map(np.empty((50, 0))) == 0).all()


def test_two_places_stay_two_groups():
    points = np.repeat(np.array([[0.0, 1.0, 0.0], [5.0, -1.0, 2.0]]), 40, axis=0)
    positions = project_map(points)
    assert np.isfinite(positions).all()
    within = np.linalg.norm(positions[:40] - positions[:40].mean(0), axis=1).max()
    assert within < np.linalg.norm(positions[:40].mean(0) - positions[40:].mean(0))


def test_points_on_a_line_keep_their_order():
    line = np.random.default_rng(0).normal(size=(60, 1)).astype(np.float32)
    x = project_map(line @ np.array([[1.0, 2.0, -1.0]], np.float32))[:, 0]
    assert abs(np.corrcoef(np.argsort(np.argsort(x)), np.argsort(np.argsort(line[:, 0])))[0, 1]) > 0.999


@pytest.mark.parametrize("factor", [1e-30, 1.0, 1e30])
def test_huge_and_tiny_numbers_are_pictured(factor):
    positions = pca_map(clusters(50) * np.float32(factor))
    reference = pca_map(clusters(50))
    np.testing.assert_allclose(positions / np.float32(factor), reference, atol=1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_points_that_are_not_finite_are_refused(bad):
    points = np.zeros((20, 3))
    points[7, 1] = bad
    for function in (project_map, pca_map):
        with pytest.raises(ValueError, match="1 of 20 points are not finite, the first in row 7"):
            function(points)


def test_a_previous_map_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"needs? \(20, 2\)"):
        project_map(np.zeros((20, 3)), previous=np.zeros((19, 2)))


def test_large_tables_are_sampled_and_keep_what_they_must(monkeypatch):
    monkeypatch.setattr(projection, "MAX_ROWS", 100)
    points = clusters(400)
    positions = project_map(points, keep=[399, 7, 7])
    placed = np.isfinite(positions).all(axis=1)
    assert placed.sum() == 100 and placed[[7, 399]].all()
    again = project_map(points, previous=positions, keep=[399, 7, 20])
    shared = placed & np.isfinite(again).all(axis=1)
    assert shared.sum() >= 99 and np.isfinite(again[20]).all()
    moved = np.linalg.norm(again - positions, axis=1)[shared]
    assert np.median(moved) < 0.2 * np.ptp(positions[placed], axis=0).max()
    with pytest.raises(ValueError, match="positions from 3 to 400"):
        project_map(points, keep=[3, 400])

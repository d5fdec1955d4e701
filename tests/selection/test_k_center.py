import functools
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dami.selection import nearest as module
from dami.selection.k_center import k_center
from dami.selection.nearest import nearest_centers

traversal = sys.modules["dami.selection.k_center"]  # the name is the function's, too


def naive(points, n, centers=()):
    """Farthest-first as it is written: for each pick, every distance to every center."""
    points, centers = np.asarray(points, dtype=float), list(dict.fromkeys(centers))
    picks = []

    @functools.cache
    def distances_to(center):
        return np.sqrt(((points - points[center]) ** 2).sum(axis=1))

    for _ in range(min(n, len(points) - len(centers))):
        if not centers:
            pick, distance, nearest = 0, np.inf, -1
        else:
            all_distances = np.array([distances_to(c) for c in centers])
            distances = all_distances.min(axis=0)
            best = max((distances[k], -k) for k in range(len(points)) if k not in centers)
            pick, distance = -best[1], best[0]
            nearest = centers[int(all_distances[:, pick].argmin())]
        centers.append(pick)
        after = np.array([distances_to(c) for c in centers]).min(axis=0)
        picks.append((pick, distance, nearest, after.max()))
    return picks


def assert_same(points, n, centers=()):
    pick = k_center(points, n, centers or None)
    expected = naive(points, n, centers)
    assert pick.indices.tolist() == [p for p, *_ in expected]
    assert pick.distances.tolist() == [d for _, d, _, _ in expected]
    assert pick.nearest.tolist() == [c for _, _, c, _ in expected]
    assert pick.radii.tolist() == [r for *_, r in expected]


shapes = st.tuples(st.integers(1, 25), st.integers(1, 5))
grids = hnp.arrays(np.float64, shapes, elements=st.integers(-2, 2).map(float))
floats = hnp.arrays(np.float32, shapes, elements=st.floats(-1e3, 1e3, width=32))
far_away = hnp.arrays(np.float32, shapes, elements=st.integers(0, 3).map(lambda k: np.float32(1e4 + k / 512)))
tiny = hnp.arrays(np.float32, shapes, elements=st.integers(0, 3).map(lambda k: np.float32(k * 1e-22)))
huge = hnp.arrays(np.float32, shapes, elements=st.integers(0, 3).map(lambda k: np.float32(k * 1e30)))


@given(points=st.one_of(grids, floats, far_away, tiny, huge), n=st.integers(0, 30), data=st.data())
@example(points=np.zeros((4, 2)), n=4, data=None)
@example(points=np.ones((1, 1)), n=3, data=None)
def test_equals_the_naive_traversal(points, n, data):
    centers = data.draw(st.lists(st.integers(0, len(points) - 1), max_size=8)) if data is not None else []
    assert_same(points, n, centers)


@settings(max_examples=settings.default.max_examples // 5)
@given(seed=st.integers(0, 10**6), p=st.integers(1, 40))
def test_equals_the_naive_traversal_with_many_centers_and_duplicates(seed, p):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(150, p)).astype(np.float32)
    points[rng.integers(0, 150, 60)] = points[rng.integers(0, 150, 60)]
    points[:, 0] = 7  # a constant column
    assert_same(points, 40, rng.permutation(150)[:90].tolist())


def test_blocks_and_chunks_do_not_show(monkeypatch):
    rng = np.random.default_rng(0)
    points = rng.integers(0, 4, size=(90, 3)).astype(float)
    monkeypatch.setattr(traversal, "CHUNK_ROWS", 16)
    monkeypatch.setattr(traversal, "DIRECTLY", 0)
    monkeypatch.setattr(traversal, "BLOCK_CENTERS", 3)
    monkeypatch.setattr(traversal, "LEAST_FRONT", 9)
    monkeypatch.setattr(module, "CHUNK_BYTES", 400)
    monkeypatch.setattr(module, "BLOCK_CENTERS", 7)
    assert_same(points, 20, rng.permutation(90)[:25].tolist())


def test_prefixes_nest_and_radii_are_the_next_distances():
    points = np.random.default_rng(1).normal(size=(80, 4))
    long, short = k_center(points, 30), k_center(points, 12)
    assert np.array_equal(long.indices[:12], short.indices) and np.array_equal(long.radii[:12], short.radii)
    assert np.array_equal(long.radii[:-1], long.distances[1:])
    assert (np.diff(long.distances) <= 0).all()


def test_radius_is_within_twice_the_optimum():
    from itertools import combinations

    points = np.random.default_rng(2).normal(size=(12, 2))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    for k in (1, 2, 3, 4):
        optimum = min(distances[list(chosen)].min(axis=0).max() for chosen in combinations(range(12), k))
        assert k_center(points, k).radii[-1] <= 2 * optimum


def test_first_pick_without_centers():
    points = np.array([[0.0], [1.0], [9.0]])
    pick = k_center(points, 3)
    assert pick.indices.tolist() == [0, 2, 1]
    assert pick.distances.tolist() == [np.inf, 9, 1] and pick.nearest.tolist() == [-1, 0, 0]
    assert pick.radii.tolist() == [9, 1, 0]
    assert k_center(points, 2, first=1).indices.tolist() == [1, 2]
    assert k_center(points, 1, centers=[0], first=1).indices.tolist() == [2]


def test_duplicates_are_at_zero_and_come_last():
    rng = np.random.default_rng(3)
    points = np.repeat(rng.normal(size=(10, 30)) * 1e4, 3, axis=0)
    pick = k_center(points, 30)
    assert len(set((pick.indices[:10] // 3).tolist())) == 10
    assert (pick.distances[1:10] > 0).all() and not pick.distances[10:].any()
    assert pick.radii[9] == 0
    rest = pick.indices[10:].tolist()
    assert rest == sorted(rest)


@pytest.mark.parametrize("n", [0, 3, 50])
def test_returns_those_that_are_left(n):
    points = np.arange(5.0)[:, None]
    assert len(k_center(points, n, [0, 4, 4]).indices) == min(n, 3)
    assert len(k_center(points, n, range(5)).indices) == 0


@pytest.mark.parametrize(
    ("points", "n", "centers", "words"),
    [
        (np.zeros((0, 3)), 1, None, "rows and columns"),
        (np.zeros((3, 0)), 1, None, "rows and columns"),
        (np.zeros(3), 1, None, "rows and columns"),
        ([[0.0, 1.0], [0.0, np.nan]], 1, None, "row 1 holds nan in column 1"),
        ([[np.inf], [0.0]], 1, None, "row 0 holds inf"),
        ([["a"], ["b"]], 1, None, "numbers"),
        (np.zeros((3, 1)), -1, None, "whole number"),
        (np.zeros((3, 1)), 1.5, None, "whole number"),
        (np.zeros((3, 1)), 1, [3], "position 3, but the rows are numbered 0 to 2"),
        (np.zeros((3, 1)), 1, [-1], "position -1"),
        (np.zeros((3, 1)), 1, [0.5], "whole numbers"),
    ],
)
def test_unusable_input_is_refused_in_words(points, n, centers, words):
    with pytest.raises(ValueError, match=words):
        k_center(points, n, centers)


@given(points=st.one_of(grids, floats), data=st.data())
def test_nearest_centers_are_the_nearest(points, data):
    centers = data.draw(st.lists(st.integers(0, len(points) - 1), max_size=8, unique=True))
    distances, nearest = nearest_centers(points, centers)
    if not centers:
        assert np.isinf(distances).all() and (nearest == -1).all()
        return
    points = points.astype(float)
    expected = np.array([np.sqrt(((points - points[c]) ** 2).sum(axis=1)) for c in centers])
    assert np.array_equal(distances, expected.min(axis=0))
    assert np.array_equal(nearest, np.array(centers)[expected.argmin(axis=0)])


def test_memory_beyond_the_points_is_16_bytes_a_row():
    rng = np.random.default_rng(4)
    points = rng.normal(size=(400_000, 20)).astype(np.float32)
    tracemalloc.start()
    k_center(points, 20, rng.permutation(400_000)[:30])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * len(points) + 8 * traversal.CHUNK_ROWS * 20  # of which the second is the same for any number


@pytest.mark.parametrize("front", [0, 1, 40, 10**6])
@pytest.mark.parametrize("apart", [0.0, 1.0, 30.0])
def test_a_front_of_any_size_gives_the_same_picks(front, apart, monkeypatch):
    rng = np.random.default_rng(5)
    points = (apart * rng.normal(size=(6, 8))[rng.integers(0, 6, 3000)] + rng.normal(size=(3000, 8))).astype(np.float32)
    points[rng.integers(0, 3000, 500)] = points[7]
    monkeypatch.setattr(traversal, "CHUNK_ROWS", 128)
    monkeypatch.setattr(traversal, "LEAST_FRONT", front)
    if not front:
        monkeypatch.setattr(traversal.Traversal, "_look_at_all", _without_front(traversal.Traversal._look_at_all))
    assert_same(points, 60, [5, 7])


@given(points=st.one_of(grids, floats), data=st.data())
def test_the_farthest_of_the_parts_is_the_farthest_of_the_whole(points, data):
    """Parts of a table, told of all centers, give the same traversal to the bit; one of them may be used up."""
    points = traversal.check_points(points)
    cut = data.draw(st.integers(0, len(points)))
    starts = [start for start, end in ((0, cut), (cut, len(points))) if end > start]
    parts = [traversal.Traversal(part) for part in np.split(points, [cut]) if len(part)]
    whole = k_center(points, len(points), first=data.draw(st.integers(0, len(points) - 1)))
    rows = []
    for k, row in enumerate(whole.indices):
        rows.append(row)
        for start, part in zip(starts, parts, strict=True):
            inside = start <= row < start + len(part.points)
            part.add(points[[row]], [row - start] if inside else ())
        found = [(start, *part.farthest()) for start, part in zip(starts, parts, strict=True)]
        start, position, square, nearest = max(found, key=lambda far: (far[2], -far[0]))
        if k + 1 == len(points):
            assert position == -1
        elif square == 0:
            assert whole.radii[k] == 0
            break
        else:
            assert (start + position, rows[nearest]) == (whole.indices[k + 1], whole.nearest[k + 1])
            assert np.sqrt(square) == whole.radii[k] == whole.distances[k + 1]


def _without_front(look):
    def look_at_all(self):
        look(self)
        self._front = self._front[:0]
        self._of_front = tuple(part[:0] for part in self._of_front)

    return look_at_all

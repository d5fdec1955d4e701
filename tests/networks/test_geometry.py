"""Regions as polygons, against a dense grid of activation patterns and the network's own logits."""

from collections import Counter, defaultdict
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami import region_polygons
from dami.networks.geometry import RegionPolygon, decision_boundary, most_regions

BOX = (-2.0, 2.0, -1.5, 2.5)
AREA = 16.0


def network(widths, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    layers, n_in = [], 2
    for width in [*widths, n_classes]:
        layers.append((rng.normal(size=(width, n_in)) * np.sqrt(2 / n_in), 0.5 * rng.normal(size=width)))
        n_in = width
    return layers


def forward(layers, x):
    """Logits (n, C) and pattern (n, n_units), layer by layer."""
    on = []
    for w, b in layers[:-1]:
        x = x @ w.T + b
        on.append(x > 0)
        x = np.maximum(x, 0)
    return x @ layers[-1][0].T + layers[-1][1], np.concatenate([*on, np.zeros((len(x), 0), bool)], axis=1)


def margins(layers, x):
    """How far each point is from the nearest unit's line, as that unit's input."""
    least = np.full(len(x), np.inf)
    for w, b in layers[:-1]:
        x = x @ w.T + b
        least = np.minimum(least, np.abs(x).min(axis=1))
        x = np.maximum(x, 0)
    return least


def contains(polygon, x):
    """(n,) whether points lie in a convex polygon whose vertices go counterclockwise."""
    start, end = polygon.vertices, np.roll(polygon.vertices, -1, axis=0)
    edge, to = end - start, x[:, None] - start  # (k, 2), (n, k, 2)
    return (edge[:, 0] * to[..., 1] - edge[:, 1] * to[..., 0] > -1e-9).all(axis=1)


def grid(n=160):
    x, y = np.linspace(*BOX[:2], n), np.linspace(*BOX[2:], n)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)  # (n * n, 2)


@pytest.mark.parametrize("widths", [[1], [2], [5], [8, 8], [16, 16], [3, 4, 5], [6, 1, 6], [4, 4, 4, 4]])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_partition_is_that_of_a_dense_grid(widths, n_classes):
    layers = network(widths, n_classes, seed=sum(widths))
    polygons = region_polygons(layers, BOX)
    patterns = [polygon.pattern.tobytes() for polygon in polygons]
    assert max(Counter(patterns).values()) == 1
    place = dict(zip(patterns, polygons, strict=True))
    points = grid()
    logits, on = forward(layers, points)
    seen = defaultdict(list)  # pattern -> points
    for point in np.flatnonzero(margins(layers, points) > 1e-9):
        seen[on[point].tobytes()].append(point)
    assert set(seen) <= set(patterns)
    for pattern, inside in seen.items():
        polygon = place[pattern]
        assert contains(polygon, points[inside]).all()
        assert np.allclose(logits[inside], points[inside] @ polygon.weights.T + polygon.biases, rtol=0, atol=1e-9)
    cell = (BOX[1] - BOX[0]) * (BOX[3] - BOX[2]) / 160**2
    for pattern, polygon in place.items():  # what the grid did not see is a sliver
        width = polygon.area / np.ptp(polygon.vertices, axis=0).max()
        assert pattern in seen or width < 2 * np.sqrt(cell)
    assert sum(polygon.area for polygon in polygons) == pytest.approx(AREA, rel=1e-12)
    assert min(polygon.area for polygon in polygons) > 0


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 10**6), st.sampled_from([0.0, 0.3, 1.0]))
def test_any_network_tiles_the_rectangle_with_its_own_affine_maps(widths, seed, sparse):
    layers = network(widths, 3, seed)
    rng = np.random.default_rng(seed)
    layers = [(w * (rng.random(w.shape) >= sparse), b * (rng.random(b.shape) >= sparse)) for w, b in layers]
    polygons = region_polygons(layers, BOX)
    assert len(polygons) <= most_regions(widths)
    assert sum(polygon.area for polygon in polygons) == pytest.approx(AREA, rel=1e-9)
    for polygon in polygons:
        logits, on = forward(layers, polygon.center[None])
        assert np.allclose(logits[0], polygon.weights @ polygon.center + polygon.biases, rtol=0, atol=1e-8)
        if margins(layers, polygon.center[None])[0] > 1e-9:
            assert (on[0] == polygon.pattern).all()


@pytest.mark.parametrize(("widths", "seed"), [([7], 1), ([9, 9], 2), ([5, 5, 5], 3)])
def test_eulers_formula(widths, seed):
    """Vertices - edges + faces = 2, where an edge ends at every vertex on it, also at one of a neighbor's."""
    polygons = region_polygons(network(widths, seed=seed), BOX)
    points = np.concatenate([polygon.vertices for polygon in polygons])
    vertices = np.unique(points.round(9), axis=0)
    edges = set()
    for polygon in polygons:
        for start, end in zip(polygon.vertices, np.roll(polygon.vertices, -1, axis=0), strict=True):
            length = np.linalg.norm(end - start)
            along = (end - start) / length
            t = (vertices - start) @ along
            off = np.abs((vertices - start) @ [-along[1], along[0]])
            on_edge = np.flatnonzero((off < 1e-8) & (t > -1e-8) & (t < length + 1e-8))
            chain = on_edge[np.argsort(t[on_edge])]
            edges |= {tuple(sorted(pair)) for pair in zip(chain[:-1].tolist(), chain[1:].tolist(), strict=True)}
    assert len(vertices) - len(edges) + (len(polygons) + 1) == 2  # the outside is a face, too


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_the_decision_boundary_separates_what_is_predicted(n_classes):
    layers = network([8, 8], n_classes, seed=2)
    pieces = decision_boundary(region_polygons(layers, BOX))
    assert len(pieces) > 3
    logits, _ = forward(layers, pieces.reshape(-1, 2))
    best = np.sort(logits, axis=1)[:, -2:]
    assert np.allclose(best[:, 0], best[:, 1], rtol=0, atol=1e-9)  # two classes are level at every end
    middle, along = pieces.mean(axis=1), pieces[:, 1] - pieces[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    across = 1e-6 * np.stack([-along[:, 1], along[:, 0]], axis=1) / length
    one, other = (forward(layers, middle + side)[0].argmax(axis=1) for side in (across, -across))
    assert (one != other)[length[:, 0] > 1e-5].all()
    # And nothing is missing: walking over the grid, the prediction changes only where a piece is near.
    n = 120
    points = grid(n)
    winners = forward(layers, points)[0].argmax(axis=1).reshape(n, n)
    changed = np.flatnonzero((winners[:, 1:] != winners[:, :-1]).ravel())
    step = (BOX[1] - BOX[0]) / (n - 1)
    for place in changed:
        left = points.reshape(n, n, 2)[place // (n - 1), place % (n - 1)]
        t = np.clip(((left - pieces[:, 0]) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
        assert np.linalg.norm(pieces[:, 0] + t[:, None] * along - left, axis=1).min() <= step


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_shares_tile_their_region_and_are_led_by_their_class(n_classes):
    layers = network([8, 8], n_classes, seed=2)
    several = 0
    for polygon in region_polygons(layers, BOX):
        shares = [RegionPolygon(part, *parts_of(polygon)) for _, part in polygon.shares]
        assert np.isclose(sum(share.area for share in shares), polygon.area, rtol=1e-9, atol=1e-12)
        several += len(shares) > 1
        for (leader, _), share in zip(polygon.shares, shares, strict=True):
            logits = forward(layers, share.vertices)[0]
            assert (logits.max(axis=1) - logits[:, leader] <= 1e-9).all()  # level at its borders, ahead within
            assert forward(layers, share.center[None])[0].argmax() == leader or share.area < 1e-9
    assert several > 3


def parts_of(polygon: RegionPolygon) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return polygon.weights, polygon.biases, polygon.pattern


def test_special_lines():
    top = (np.array([[1.0, 1.0], [0.0, 0.0]]), np.zeros(2))
    corner = [(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.0])), top]  # twice, and through two corners
    square = (-1, 1, -1, 1)
    assert sorted(polygon.area for polygon in region_polygons(corner, square)) == pytest.approx([2, 2])
    beside = [(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([-5.0, -1.0])), top]  # outside; along an edge
    assert len(region_polygons(beside, square)) == 1
    dead = [(np.zeros((2, 2)), np.array([1.0, 0.0])), top]
    [whole] = region_polygons(dead, square)
    assert whole.pattern.tolist() == [True, False] and whole.area == pytest.approx(4)
    assert len(region_polygons([top], square)) == 1  # no hidden layer


def test_the_bound():
    assert most_regions([1]) == 2 and most_regions([3]) == 7 and most_regions([16]) == 1 + 16 + comb(16, 2)
    assert most_regions([3, 3]) == 49 and most_regions([1, 5]) == 2 * 6
    three = [
        (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.0, -0.5])),
        (np.ones((2, 3)), np.zeros(2)),
    ]
    assert len(region_polygons(three, (-2, 2, -2, 2))) == 7  # lines in general position meet it


@pytest.mark.parametrize(
    ("layers", "box", "says"),
    [
        ([(np.ones((3, 4)), np.ones(3)), (np.ones((2, 3)), np.ones(2))], BOX, "two inputs; this one takes 4"),
        ([(np.full((2, 2), np.nan), np.ones(2))], BOX, "not finite"),
        (network([3]), (0, 0, 1, 2), "x0 < x1"),
        (network([3]), (0, np.inf, 1, 2), "x0 < x1"),
        (network([3]), (0, 1), "x0 < x1"),
    ],
)
def test_what_cannot_be_drawn_is_said(layers, box, says):
    with pytest.raises(ValueError, match=says):
        region_polygons(layers, box)

"""The linear regions of a network over a rectangle of the plane, as polygons: exact, and therefore few numbers.

A ReLU network of two inputs cuts the plane along straight lines, one a unit in the first layer; a unit of a deeper
layer cuts each region of the layers below along a line of its own, and these lines meet at the regions' edges
(Montúfar, Pascanu, Cho, Bengio: On the number of linear regions of deep neural networks, NeurIPS 2014; Hanin, Rolnick:
Deep ReLU networks have surprisingly few activation patterns, NeurIPS 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod
from typing import Any

import numpy as np

from dami.networks.regions import Layers, layers_of

TOLERANCE = 1e-12  # of a unit's largest possible input: what is nearer to its line lies on it


@dataclass(frozen=True)
class RegionPolygon:
    """A linear region, as far as it lies in the rectangle.

    Attributes
    ----------
    vertices : (k, 2) float64, counterclockwise
    weights : (C, 2) float64
    biases : (C,) float64, of the region's affine map: its logits are `weights @ x + biases`
    pattern : (n_units,) bool, which hidden units are on, layer after layer
    """

    vertices: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    pattern: np.ndarray

    @property
    def area(self) -> float:
        x, y = self.vertices.T
        return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))

    @property
    def center(self) -> np.ndarray:
        """(2,) the mean of the vertices, which lies inside."""
        return self.vertices.mean(axis=0)

    @property
    def shares(self) -> list[tuple[int, np.ndarray]]:
        """(class, its vertices (k, 2)): the parts in which one class has the largest logit; they tile the region."""
        logits = self.vertices @ self.weights.T + self.biases  # (k, C)
        winners = np.unique(logits.argmax(axis=1))
        if len(winners) == 1:  # everywhere: the largest of affine functions is convex
            return [(int(winners[0]), self.vertices)]
        parts = []
        for leader in range(len(self.biases)):
            part: np.ndarray | None = self.vertices
            for other in range(len(self.biases)):
                if part is not None and other != leader:
                    row, offset = self.weights[leader] - self.weights[other], self.biases[leader] - self.biases[other]
                    part = _not_negative(part, part @ row + offset)
            if part is not None:
                parts.append((leader, part))
        return parts


def region_polygons(net: Any, rectangle: Sequence[float]) -> list[RegionPolygon]:
    """The linear regions of a network with two inputs, cut to a rectangle, which they tile.

    Parameters
    ----------
    net : a fitted `MLP`, or its list of layers (weights (out, in), biases (out,))
    rectangle : (x0, x1, y0, y1)

    Returns
    -------
    list of RegionPolygon : each activation pattern that occurs, once

    Raises
    ------
    ValueError
        If the network does not have two inputs, its numbers are not finite, or the rectangle is empty.

    Notes
    -----
    All polygons are split along one unit's line at a time: `O(n_units * n_regions)`, milliseconds for 2 x 16 units.
    A region that a line cuts nearer to its border than rounding can tell (1e-12 of the unit's inputs) is left whole.
    """
    layers = layers_of(net)
    box = _checked_box(layers, rectangle)
    polygons = _Polygons(box, np.array([4]))
    weights, biases = np.eye(2)[None], np.zeros((1, 2))  # (P, width, 2), (P, width): of each polygon, layer by layer
    patterns = np.zeros((1, 0), bool)
    for w, b in layers[:-1]:
        rows = w.astype(np.float64) @ weights  # (P, n, 2)
        offsets = biases @ w.astype(np.float64).T + b  # (P, n)
        below = np.arange(len(rows))  # polygon -> the one of the layer below that it is a part of
        on = np.zeros((len(rows), len(b)), bool)
        for unit in range(len(b)):
            polygons, whole, above = polygons.split(rows[below, unit], offsets[below, unit])
            below, on = below[whole], on[whole]
            on[:, unit] = above
        weights = np.where(on[..., None], rows[below], 0.0)
        biases = np.where(on, offsets[below], 0.0)
        patterns = np.concatenate([patterns[below], on], axis=1)
    top_w, top_b = (part.astype(np.float64) for part in layers[-1])
    weights, biases = top_w @ weights, biases @ top_w.T + top_b
    return [RegionPolygon(*parts) for parts in zip(polygons.as_list(), weights, biases, patterns, strict=True)]


class _Polygons:
    """Convex polygons in one array: (n_vertices, 2), one after the other, and how many vertices each has."""

    def __init__(self, vertices: np.ndarray, sizes: np.ndarray) -> None:
        self.vertices, self.sizes = vertices, sizes
        self.starts = np.cumsum(sizes) - sizes
        self.owner = np.repeat(np.arange(len(sizes)), sizes)  # (n_vertices,)

    def as_list(self) -> list[np.ndarray]:
        return np.split(self.vertices, self.starts[1:])

    def split(self, rows: np.ndarray, offsets: np.ndarray) -> tuple[_Polygons, np.ndarray, np.ndarray]:
        """Split each polygon along its line `rows @ x + offsets = 0`, where that passes through it.

        Parameters
        ----------
        rows : (P, 2)
        offsets : (P,)

        Returns
        -------
        polygons : those that are not cut, then the parts above their lines, then those below
        whole : (P',) which of the polygons before each is a part of
        above : (P',) bool, whether it lies where the line's function is positive
        """
        values = (self.vertices * rows[self.owner]).sum(axis=1) + offsets[self.owner]
        reach = np.abs(self.vertices).max(axis=0)
        near = TOLERANCE * (np.abs(rows) @ reach + np.abs(offsets))
        values[np.abs(values) <= near[self.owner]] = 0.0
        above = np.maximum.reduceat(values, self.starts) > 0
        cut = above & (np.minimum.reduceat(values, self.starts) < 0)
        every = np.arange(len(self.sizes))
        if not cut.any():
            return self, every, above
        of_cut = cut[self.owner]
        kept = self.vertices[~of_cut]
        parts = [self._side(of_cut, values), self._side(of_cut, -values)]
        polygons = _Polygons(
            np.concatenate([kept, *(vertices for vertices, _ in parts)]),
            np.concatenate([self.sizes[~cut], *(sizes for _, sizes in parts)]),
        )
        n_cut = int(cut.sum())
        sides = np.concatenate([above[~cut], np.ones(n_cut, bool), np.zeros(n_cut, bool)])
        return polygons, np.concatenate([every[~cut], every[cut], every[cut]]), sides

    def _side(self, of_cut: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The parts of the cut polygons where the values are not negative: vertices and sizes."""
        following = np.arange(1, len(self.vertices) + 1)
        following[self.starts + self.sizes - 1] = self.starts
        here, there = np.flatnonzero(of_cut), following[of_cut]
        a, b = values[here][:, None], values[there][:, None]
        crosses = (a * b < 0)[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            # Written so that both polygons at an edge get the same point, whichever way they go along it.
            crossing = (self.vertices[here] * b - self.vertices[there] * a) / (b - a)
        points = np.stack([self.vertices[here], crossing], axis=1)  # (n, 2, 2): each vertex, and what follows it
        taken = np.stack([a[:, 0] >= 0, crosses], axis=1)  # (n, 2)
        counts = np.bincount(self.owner[here], taken.sum(axis=1), len(self.sizes)).astype(int)
        return points[taken], counts[counts > 0]


def decision_boundary(polygons: Sequence[RegionPolygon]) -> np.ndarray:
    """Where the likeliest class changes, exactly: straight pieces, one a region and pair of classes at most.

    Returns
    -------
    (n, 2, 2) float64 : the two ends of each piece
    """
    pieces = []
    for polygon in polygons:
        logits = polygon.vertices @ polygon.weights.T + polygon.biases  # (k, C)
        winners = logits.argmax(axis=1)
        if (winners == winners[0]).all():  # then no other class wins inside: the largest of affine functions is convex
            continue
        for one, other in combinations(range(logits.shape[1]), 2):
            piece = _chord(polygon.vertices, logits[:, one] - logits[:, other])
            if piece is not None:
                rest = np.delete(np.arange(logits.shape[1]), [one, other])
                lead = piece @ (polygon.weights[one] - polygon.weights[rest]).T + (
                    polygon.biases[one] - polygon.biases[rest]
                )  # (2, C - 2): by how much the pair is ahead of each other class, at both ends
                piece = _where_positive(piece, lead)
            if piece is not None:
                pieces.append(piece)
    return np.array(pieces).reshape(-1, 2, 2)


def _not_negative(vertices: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """The part of a convex polygon where an affine function, given at its vertices, is not negative."""
    following, after = np.roll(vertices, -1, axis=0), np.roll(values, -1)
    points: list[np.ndarray] = []
    for here, there, a, b in zip(vertices, following, values, after, strict=True):
        if a >= 0:
            points.append(here)
        if a * b < 0:
            points.append((here * b - there * a) / (b - a))
    return np.array(points) if len(points) > 2 and values.max() > 0 else None


def _chord(vertices: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """Where a convex polygon is crossed by the line on which an affine function, given at its vertices, is zero."""
    following, after = np.roll(vertices, -1, axis=0), np.roll(values, -1)
    on_edge = values * after < 0
    a, b = values[on_edge, None], after[on_edge, None]
    ends = np.concatenate([(vertices[on_edge] * b - following[on_edge] * a) / (b - a), vertices[values == 0]])
    return ends if len(ends) == 2 else None


def _where_positive(piece: np.ndarray, lead: np.ndarray) -> np.ndarray | None:
    """The part of a line's piece where affine functions, given at its two ends (2, m), are all positive."""
    low, high = 0.0, 1.0
    for first, last in lead.T:
        if first <= 0 and last <= 0:
            return None
        if first * last < 0:
            at = first / (first - last)
            low, high = (max(low, at), high) if first < 0 else (low, min(high, at))
    if low >= high:
        return None
    return piece[0] + np.array([[low], [high]]) * (piece[1] - piece[0])


def most_regions(widths: Sequence[int]) -> int:
    """No network of these hidden layers has more linear regions of the plane.

    Parameters
    ----------
    widths : units of each hidden layer

    Notes
    -----
    Each layer cuts a region of those below along n lines into at most `1 + n + n (n - 1) / 2` parts, fewer where the
    layers below leave fewer than two dimensions (Raghu et al., ICML 2017; Montúfar, SampTA 2017). The bound is met by
    one layer in general position, and far from met by deep networks.
    """
    dimensions, factors = 2, []
    for width in widths:
        dimensions = min(dimensions, width)
        factors.append(sum(comb(width, k) for k in range(dimensions + 1)))
    return prod(factors)


def _checked_box(layers: Layers, rectangle: Sequence[float]) -> np.ndarray:
    """The corners of the rectangle, (4, 2), counterclockwise."""
    if layers[0][0].shape[1] != 2:
        raise ValueError(f"Regions are drawn for networks of two inputs; this one takes {layers[0][0].shape[1]}.")
    if not all(np.isfinite(part).all() for layer in layers for part in layer):
        raise ValueError("The network holds weights that are not finite.")
    given = np.asarray(rectangle, dtype=np.float64)
    if given.shape != (4,) or not np.isfinite(given).all() or given[0] >= given[1] or given[2] >= given[3]:
        raise ValueError(f"Expected a rectangle as (x0, x1, y0, y1) with x0 < x1 and y0 < y1, got {rectangle!r:.80}.")
    x0, x1, y0, y1 = given
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])

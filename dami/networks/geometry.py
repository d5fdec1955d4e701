"""Computes the linear regions of a network with two inputs over a rectangle, exactly, as polygons.

Each unit of the first layer of a ReLU network cuts the plane along a straight line. A unit of a deeper layer cuts each
region of the layers below along another line, and these lines meet at the edges of the regions (Montúfar, Pascanu, Cho,
Bengio: On the number of linear regions of deep neural networks, NeurIPS 2014; Hanin, Rolnick: Deep ReLU networks have
surprisingly few activation patterns, NeurIPS 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod
from typing import Any

import numpy as np

from dami.networks.regions import Layers, layers_of

TOLERANCE = 1e-12  # share of a unit's largest possible input; a vertex with a smaller input lies on the unit's line


@dataclass(frozen=True)
class RegionPolygon:
    """The part of a linear region that lies in the rectangle.

    Attributes
    ----------
    vertices : (k, 2) float64, counterclockwise
    weights : (C, 2) float64, of the local model
    biases : (C,) float64, of the local model: the logits are `weights @ x + biases`
    pattern : (n_units,) bool, the activation pattern, layer after layer
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
        """(2,) the mean of the vertices, which lies inside the polygon."""
        return self.vertices.mean(axis=0)

    @property
    def shares(self) -> list[tuple[int, np.ndarray]]:
        """Pairs of a class and the vertices (k, 2) of the part where its logit is largest; they fill the region."""
        logits = self.vertices @ self.weights.T + self.biases  # (k, C)
        winners = np.unique(logits.argmax(axis=1))
        if len(winners) == 1:  # no other class wins inside, since the maximum of affine functions is convex
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
    """Return the linear regions of a network with two inputs, cut to a rectangle. Together they fill it.

    Parameters
    ----------
    net : a fitted `MLP`, or its list of layers (weights (out, in), biases (out,))
    rectangle : (x0, x1, y0, y1)

    Returns
    -------
    list of RegionPolygon : one for each activation pattern in the rectangle

    Raises
    ------
    ValueError
        If the network does not have two inputs, its numbers are not finite, or the rectangle is empty.

    Notes
    -----
    All polygons are split along the line of one unit after another. Time: `O(n_units * n_regions)`, milliseconds for
    2 x 16 units. A line that cuts a region too near to its edge for the precision of float64 (1e-12 of the unit's
    inputs) does not split it.
    """
    layers = layers_of(net)
    box = _checked_box(layers, rectangle)
    polygons = _Polygons(box, np.array([4]))
    weights, biases = np.eye(2)[None], np.zeros((1, 2))  # (P, width, 2), (P, width): the map of each polygon
    patterns = np.zeros((1, 0), bool)
    for w, b in layers[:-1]:
        rows = w.astype(np.float64) @ weights  # (P, n, 2)
        offsets = biases @ w.astype(np.float64).T + b  # (P, n)
        below = np.arange(len(rows))  # for each polygon, the polygon of the layer below around it
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
    """Convex polygons in one array of vertices (n_vertices, 2), one after the other, with their numbers of vertices."""

    def __init__(self, vertices: np.ndarray, sizes: np.ndarray) -> None:
        self.vertices, self.sizes = vertices, sizes
        self.starts = np.cumsum(sizes) - sizes
        self.owner = np.repeat(np.arange(len(sizes)), sizes)  # (n_vertices,)

    def as_list(self) -> list[np.ndarray]:
        return np.split(self.vertices, self.starts[1:])

    def split(self, rows: np.ndarray, offsets: np.ndarray) -> tuple[_Polygons, np.ndarray, np.ndarray]:
        """Split each polygon along its line `rows @ x + offsets = 0`, if the line passes through it.

        Parameters
        ----------
        rows : (P, 2)
        offsets : (P,)

        Returns
        -------
        polygons : the polygons that no line cuts, then the parts above the lines, then the parts below
        whole : (P',) number of the old polygon that contains each new polygon
        above : (P',) bool, whether `rows @ x + offsets` is positive in each new polygon
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
        """Return the parts of the cut polygons in which the values are not negative: vertices and sizes."""
        following = np.arange(1, len(self.vertices) + 1)
        following[self.starts + self.sizes - 1] = self.starts
        here, there = np.flatnonzero(of_cut), following[of_cut]
        a, b = values[here][:, None], values[there][:, None]
        crosses = (a * b < 0)[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            # This formula gives both polygons at an edge the same point, in whichever direction they pass along it.
            crossing = (self.vertices[here] * b - self.vertices[there] * a) / (b - a)
        points = np.stack([self.vertices[here], crossing], axis=1)  # (n, 2, 2): each vertex and the crossing after it
        taken = np.stack([a[:, 0] >= 0, crosses], axis=1)  # (n, 2)
        counts = np.bincount(self.owner[here], taken.sum(axis=1), len(self.sizes)).astype(int)
        return points[taken], counts[counts > 0]


def decision_boundary(polygons: Sequence[RegionPolygon]) -> np.ndarray:
    """Return the exact decision boundary: at most one straight piece for each region and pair of classes.

    Returns
    -------
    (n, 2, 2) float64 : the two ends of each piece
    """
    pieces = []
    for polygon in polygons:
        logits = polygon.vertices @ polygon.weights.T + polygon.biases  # (k, C)
        winners = logits.argmax(axis=1)
        if (winners == winners[0]).all():  # the maximum of affine functions is convex
            continue
        for one, other in combinations(range(logits.shape[1]), 2):
            piece = _chord(polygon.vertices, logits[:, one] - logits[:, other])
            if piece is not None:
                rest = np.delete(np.arange(logits.shape[1]), [one, other])
                lead = piece @ (polygon.weights[one] - polygon.weights[rest]).T + (
                    polygon.biases[one] - polygon.biases[rest]
                )  # (2, C - 2): logit of the pair minus that of each other class, at both ends
                piece = _where_positive(piece, lead)
            if piece is not None:
                pieces.append(piece)
    return np.array(pieces).reshape(-1, 2, 2)


def _not_negative(vertices: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """Return the part of a convex polygon in which an affine function, given at the vertices, is not negative."""
    following, after = np.roll(vertices, -1, axis=0), np.roll(values, -1)
    points: list[np.ndarray] = []
    for here, there, a, b in zip(vertices, following, values, after, strict=True):
        if a >= 0:
            points.append(here)
        if a * b < 0:
            points.append((here * b - there * a) / (b - a))
    return np.array(points) if len(points) > 2 and values.max() > 0 else None


def _chord(vertices: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """Return the piece (2, 2) of a convex polygon on which an affine function, given at the vertices, is zero."""
    following, after = np.roll(vertices, -1, axis=0), np.roll(values, -1)
    on_edge = values * after < 0
    a, b = values[on_edge, None], after[on_edge, None]
    ends = np.concatenate([(vertices[on_edge] * b - following[on_edge] * a) / (b - a), vertices[values == 0]])
    return ends if len(ends) == 2 else None


def _where_positive(piece: np.ndarray, lead: np.ndarray) -> np.ndarray | None:
    """Return the part of a straight piece on which affine functions, given at its two ends (2, m), are all positive."""
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
    """Return an upper bound for the number of linear regions in the plane of networks with these hidden layers.

    Parameters
    ----------
    widths : number of units of each hidden layer

    Notes
    -----
    A layer of n units cuts each region of the layers below into at most `1 + n + n (n - 1) / 2` parts, and into fewer
    if a layer below has only one unit (Raghu et al., ICML 2017; Montúfar, SampTA 2017). A network with one layer in
    general position reaches the bound; deep networks have far fewer regions.
    """
    dimensions, factors = 2, []
    for width in widths:
        dimensions = min(dimensions, width)
        factors.append(sum(comb(width, k) for k in range(dimensions + 1)))
    return prod(factors)


def _checked_box(layers: Layers, rectangle: Sequence[float]) -> np.ndarray:
    """Check the network and the rectangle, and return the corners of the rectangle, (4, 2), counterclockwise.

    Raises
    ------
    ValueError
        See `region_polygons`.
    """
    if layers[0][0].shape[1] != 2:
        raise ValueError(f"Regions are drawn for networks of two inputs; this one takes {layers[0][0].shape[1]}.")
    if not all(np.isfinite(part).all() for layer in layers for part in layer):
        raise ValueError("The network holds weights that are not finite.")
    given = np.asarray(rectangle, dtype=np.float64)
    if given.shape != (4,) or not np.isfinite(given).all() or given[0] >= given[1] or given[2] >= given[3]:
        raise ValueError(f"Expected a rectangle as (x0, x1, y0, y1) with x0 < x1 and y0 < y1, got {rectangle!r:.80}.")
    x0, x1, y0, y1 = given
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])

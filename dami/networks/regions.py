"""Computes the linear regions of a ReLU network: the exact local model of every row.

A ReLU network is piecewise linear. The activation pattern of a row x (which hidden units are on) decides its region. In
this region the logits are `f(x) = W_x x + b_x` with `W_x = W_L D_{L-1} W_{L-1} ... D_1 W_1` (Montúfar et al., 2014; Chu
et al., 2018: OpenBox). The module needs only numpy, so the server can compute the local model of a row from layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dami.networks.members import blocks_of, times

Layers: TypeAlias = Sequence[tuple[np.ndarray, np.ndarray]]

CHUNK_BYTES = 2 * 2**20  # stays in the cache of a core


@dataclass(frozen=True)
class LinearRegions:
    """The local models of n rows. Each distinct region is kept once.

    Attributes
    ----------
    region_weights : (n_regions, C, d) float32
    region_biases : (n_regions, C) float32
    region_ids : (n,) int
        The number of the region of every row, in order of first appearance. Two rows have the same number if and only
        if they have the same activation pattern.
    """

    region_weights: np.ndarray
    region_biases: np.ndarray
    region_ids: np.ndarray

    @property
    def n_regions(self) -> int:
        return len(self.region_weights)

    @cached_property
    def weights(self) -> np.ndarray:
        """(n, C, d) float32, the weights of the local models: `logits = weights @ x + biases`."""
        return self._of_rows(self.region_weights)

    @cached_property
    def biases(self) -> np.ndarray:
        """(n, C) float32, the biases of the local models."""
        return self._of_rows(self.region_biases)

    @cached_property
    def representation(self) -> np.ndarray:
        """(n, (C - 1) * d) float32: `representation_of` the weights, equal to the bit for all rows of a region."""
        return self._of_rows(representation_of(self.region_weights))

    @cached_property
    def affine_representation(self) -> np.ndarray:
        """(n, (C - 1) * (d + 1)) float32: the representation of whole affine maps `[W, b]`."""
        maps = np.concatenate([self.region_weights, self.region_biases[..., None]], axis=-1)  # (n_regions, C, d + 1)
        return self._of_rows(representation_of(maps))

    def _of_rows(self, of_regions: np.ndarray) -> np.ndarray:
        # Regions are numbered as they appear. If every row has its own region, the numbers are 0, 1, ..., and nothing
        # has to be copied.
        return of_regions if len(of_regions) == len(self.region_ids) else of_regions[self.region_ids]


def linear_regions(net: Any, X: npt.ArrayLike) -> LinearRegions:
    """Return the linear regions and the exact local models of rows.

    Parameters
    ----------
    net : a fitted `MLP`, or its list of layers (weights (out, in), biases (out,))
    X : (n, d), finite

    Returns
    -------
    LinearRegions

    Raises
    ------
    ValueError
        If X is not a matrix of finite numbers with a row and as many columns as the network has inputs, or the layers
        of the network do not fit each other.

    Notes
    -----
    Activation patterns and local models are computed in float64, a local model once for each pattern. So equal rows are
    in the same region, and rows of a region have the same local model, to the bit. The result takes
    `4 * n_regions * C * (d + 1)` bytes. The function also holds the packed patterns (a bit for each unit and row) and
    one chunk of at most 2 MiB or one row.
    Cost: `n * C * (sum of the products of successive widths)` multiplications.
    """
    layers = layers_of(net)
    X = _check_rows(layers, X)
    packed = np.concatenate([_pack(pattern) for _, pattern in _patterns(layers, X)])  # (n, words)
    first_rows, ids = _number(packed)
    n_classes, n_features = len(layers[-1][1]), X.shape[1]
    weights = np.empty((len(first_rows), n_classes, n_features), np.float32)
    biases = np.empty((len(first_rows), n_classes), np.float32)
    n_units = sum(len(b) for _, b in layers[:-1])
    for part in _chunks(len(first_rows), _map_bytes(layers)):
        some = packed[part] if len(first_rows) == len(packed) else packed[first_rows[part]]
        pattern = np.unpackbits(some.view(np.uint8), axis=1, count=n_units).view(bool)
        weights[part], biases[part] = _affine_maps(layers, pattern)
    return LinearRegions(weights, biases, ids)


def local_model(net: Any, x: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the local model of one row: weights (C, d) and biases (C,), float32.

    Parameters
    ----------
    net : a fitted `MLP`, or its list of layers
    x : (d,)

    Raises
    ------
    ValueError
        See `linear_regions`.
    """
    regions = linear_regions(net, np.asarray(x).reshape(1, -1))
    return regions.region_weights[0], regions.region_biases[0]


def contrasts(n_classes: int) -> np.ndarray:
    """Return Helmert's contrasts: (C - 1, C) float64 with orthonormal rows that sum to 0.

    For two classes they are `(-1, 1) / sqrt(2)`.
    """
    H = np.zeros((n_classes - 1, n_classes))
    for k in range(1, n_classes):
        H[k - 1, :k] = -1
        H[k - 1, k] = k
        H[k - 1] /= np.sqrt(k * (k + 1))
    return H


def representation_of(weights: np.ndarray) -> np.ndarray:
    """Return the representations of local models: (..., C, d) weights -> (..., (C - 1) * d) float32.

    A number that is added to all logits does not change the softmax, so only differences between classes count. The
    distance between two representations is the distance between the weights centered over the classes.
    """
    n_classes, n_features = weights.shape[-2:]
    flat = weights.reshape(-1, n_classes, n_features)  # (n, C, d)
    result = np.empty((len(flat), n_classes - 1, n_features), np.float32)
    k = np.arange(1, n_classes)[:, None]  # (C - 1, 1)
    for part in _chunks(len(flat), 8 * 4 * n_classes * n_features):
        w = flat[part].astype(np.float64)
        # This applies row k of `contrasts` entry by entry. A matrix product could give equal maps different bits at
        # different places.
        result[part] = (k * w[:, 1:] - np.cumsum(w[:, :-1], axis=1)) / np.sqrt(k * (k + 1))
    return result.reshape(*weights.shape[:-2], (n_classes - 1) * n_features)


def layers_of(net: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the layers of a fitted network, or of a list of layers.

    Raises
    ------
    ValueError
        If there is no layer, or the layers do not fit each other.
    """
    layers = [(np.asarray(w), np.asarray(b)) for w, b in getattr(net, "layers_", net)]
    if not layers:
        raise ValueError("The network has no layers.")
    for k, (w, b) in enumerate(layers):
        n_in = len(layers[k - 1][1]) if k else w.shape[-1] if w.ndim else 0
        if w.ndim != 2 or b.ndim != 1 or w.shape != (len(b), n_in):
            raise ValueError(
                f"Layer {k + 1} of the network has weights {w.shape} and biases {b.shape}, which do not fit."
            )
    return layers


def _check_rows(layers: Layers, X: npt.ArrayLike) -> np.ndarray:
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[0] == 0:
        raise ValueError(f"Expected a matrix with at least one row, got an array of shape {X.shape}.")
    if X.shape[1] != layers[0][0].shape[1]:
        raise ValueError(f"The rows have {X.shape[1]} features, but the network takes {layers[0][0].shape[1]}.")
    if not np.isfinite(X).all():
        row = int(np.flatnonzero(~np.isfinite(X).all(axis=1))[0])
        raise ValueError(f"Row {row} holds a value that is not finite.")
    return X


def _patterns(layers: Layers, X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield activation patterns chunk by chunk: (rows, hidden units) bool. A unit is on if its input is above 0."""
    hidden = [(blocks_of(w).astype(np.float64), b.astype(np.float64)) for w, b in layers[:-1]]
    for part in _chunks(len(X), 8 * 3 * max(max(w.shape) for w, _ in layers)):
        h, on = X[part].astype(np.float64), []
        for w, b in hidden:
            h = times(h, w) + b  # (rows, width)
            on.append(h > 0)
            h = np.maximum(h, 0)
        yield part, np.concatenate([*on, np.zeros((len(h), 0), bool)], axis=1)


def _pack(pattern: np.ndarray) -> np.ndarray:
    """Return patterns with one bit for each unit, in whole words: (rows, words) uint64, at least one word."""
    packed = np.packbits(pattern, axis=1)
    words = np.zeros((len(pattern), 8 * max(1, -(-packed.shape[1] // 8))), np.uint8)
    words[:, : packed.shape[1]] = packed
    return words.view(np.uint64)


def _number(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number equal patterns by first appearance. Return the first row of each number, and the number of every row."""
    factors = np.random.default_rng(0).integers(2**63, size=packed.shape[1], dtype=np.uint64) | np.uint64(1)
    keys = (packed * factors).sum(axis=1, dtype=np.uint64)  # one number for each pattern is quicker to sort
    in_order = np.sort(keys)
    if (in_order[1:] != in_order[:-1]).all():
        return np.arange(len(packed)), np.arange(len(packed))
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    if not (packed == packed[first[inverse]]).all():  # two patterns have one key
        _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse.ravel()]


def _affine_maps(layers: Layers, pattern: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights (m, C, d) and biases (m, C), float64, of m patterns. Multiply from the last layer back."""
    top_w, top_b = layers[-1]
    weights = np.broadcast_to(top_w.astype(np.float64), (len(pattern), *top_w.shape))  # (m, C, width)
    biases = np.broadcast_to(top_b.astype(np.float64), (len(pattern), len(top_b)))
    end = pattern.shape[1]
    for w, b in reversed(layers[:-1]):
        on, end = pattern[:, None, end - len(b) : end], end - len(b)
        weights = weights * on
        biases = biases + weights @ b.astype(np.float64)
        m, n_classes, width = weights.shape
        below = blocks_of(w).astype(np.float64).transpose(0, 2, 1)
        weights = times(weights.reshape(m * n_classes, width), below).reshape(m, n_classes, -1)
    return weights, biases


def _map_bytes(layers: Layers) -> int:
    """Return the bytes that one map takes while it is computed: two float64 arrays of the widest layer."""
    return 8 * 2 * len(layers[-1][1]) * max(w.shape[1] for w, _ in layers)


def _chunks(n: int, bytes_each: int) -> Iterator[slice]:
    size = max(1, CHUNK_BYTES // max(1, bytes_each))
    for start in range(0, n, size):
        yield slice(start, min(n, start + size))

"""Defines the spaces in which strategies measure distances. Each space gives the rows of a pool as points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from dami.networks.regions import LinearRegions


class Rows(Protocol):
    """The facts that a space needs about rows. A `Pool` has them.

    Attributes
    ----------
    X : (N, d) float32
    network : the fitted network
    regions : the linear regions of all rows
    probabilities : (N, C) the probabilities of all rows
    """

    X: np.ndarray
    network: Any

    @property
    def regions(self) -> LinearRegions: ...

    @property
    def probabilities(self) -> np.ndarray: ...


def _unit(rows: Rows) -> np.ndarray:
    points = rows.regions.representation
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(lengths > 0, lengths, 1)


def _predicted(rows: Rows) -> np.ndarray:
    """Return the local weights (N, d) of the predicted class, centered over the classes."""
    regions = rows.regions
    best = rows.probabilities.argmax(axis=1)
    weights = regions.region_weights[regions.region_ids, best]
    return weights - regions.region_weights.mean(axis=1)[regions.region_ids]


def _contributions(rows: Rows) -> np.ndarray:
    """Return the contributions of each feature to the contrasts of the logits, `H W_x * x`, and the intercepts `H b_x`.

    The shape is (N, (C - 1) * (d + 1)). The numbers of a row add up to the contrasts of its logits exactly.
    """
    ones = np.ones((len(rows.X), 1), np.float32)
    inputs = np.concatenate([rows.X, ones], axis=1)[:, None]  # (N, 1, d + 1)
    maps = rows.regions.affine_representation
    return (maps.reshape(len(maps), -1, inputs.shape[-1]) * inputs).reshape(maps.shape)  # (N, C - 1, d + 1) and back


SPACES: dict[str, Callable[[Rows], np.ndarray]] = {
    "input": lambda rows: rows.X,
    "representation": lambda rows: rows.regions.representation,
    "affine": lambda rows: rows.regions.affine_representation,
    "contributions": _contributions,
    "unit": _unit,
    "predicted": _predicted,
    "hidden": lambda rows: rows.network.hidden_layer(rows.X),
}

TITLES = {
    "representation": "the network's local models",
    "affine": "the network's local models with their intercepts",
    "contributions": "what each column contributes under the local models",
    "unit": "the directions of the local models",
    "predicted": "the predicted class's local models",
    "hidden": "the last hidden layer",
    "gradient": "gradients of the last layer",
    "probabilities": "the network's probabilities",
    "input": "the encoded rows",
}
NOUNS = {"hidden": "activation of the last hidden layer", "predicted": "predicted class's local model"}
NOUN = "local model"

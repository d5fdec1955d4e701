"""The spaces that strategies measure distances in: each gives the rows of a pool as points."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dami.selection.strategies.pool import Pool


def _unit(pool: Pool) -> np.ndarray:
    points = pool.regions.representation
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(lengths > 0, lengths, 1)


def _predicted(pool: Pool) -> np.ndarray:
    """The weights of the predicted class alone, centered over the classes. (N, d)"""
    regions = pool.regions
    best = pool.probabilities.argmax(axis=1)
    weights = regions.region_weights[regions.region_ids, best]
    return weights - regions.region_weights.mean(axis=1)[regions.region_ids]


def _contributions(pool: Pool) -> np.ndarray:
    """What each feature adds to the contrasts of the logits, `H W_x * x`, and the intercepts `H b_x`.

    A row's numbers add up to its contrasts of the logits exactly: they are the local model as it applies to this row.
    (N, (C - 1) * (d + 1))
    """
    ones = np.ones((len(pool.X), 1), np.float32)
    inputs = np.concatenate([pool.X, ones], axis=1)[:, None]  # (N, 1, d + 1)
    maps = pool.regions.affine_representation
    return (maps.reshape(len(maps), -1, inputs.shape[-1]) * inputs).reshape(maps.shape)  # (N, C - 1, d + 1) and back


SPACES: dict[str, Callable[[Pool], np.ndarray]] = {
    "input": lambda pool: pool.X,
    "representation": lambda pool: pool.regions.representation,
    "affine": lambda pool: pool.regions.affine_representation,
    "contributions": _contributions,
    "unit": _unit,
    "predicted": _predicted,
    "hidden": lambda pool: pool.network.hidden_layer(pool.X),
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

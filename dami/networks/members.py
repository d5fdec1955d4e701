"""Puts several networks side by side as one: each is trained without a part of the rows, and the whole is their mean.

The mean of ReLU networks is a ReLU network: each layer of the whole is a matrix with a block for each member, and the
last layer takes the mean of the members' logits. The logits that a member gives to the rows that it was trained without
tell how sure the whole may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import TypeAlias

import numpy as np

Layers: TypeAlias = Sequence[tuple[np.ndarray, np.ndarray]]

CHUNK_ROWS = 128  # what all members make of them stays in the cache of a core


@dataclass(frozen=True)
class Plan:
    """The rows and the seed of each member.

    Attributes
    ----------
    rows : (K, m) int, positions of the labeled rows that each member is trained on
    seeds : (K,) int
    without : (n,) int, the member that each row is kept from; -1 where all are trained on it
    """

    rows: np.ndarray
    seeds: list[int]
    without: np.ndarray


def plan(labels: np.ndarray, n_members: int, seed: int) -> Plan:
    """Keep an equal part of each class from every member; a class's only row from none.

    A member with one row fewer than the others gets one of its rows twice, so that all can be trained as one batch.

    Parameters
    ----------
    labels : (n,) int, class numbers
    """
    n = len(labels)
    without = np.full(n, -1)
    if n_members == 1:
        return Plan(np.arange(n)[None], [seed], without)
    rng = np.random.default_rng([seed, n_members])
    seeds = [seed, *map(int, rng.integers(2**63 - 1, size=n_members - 1))]
    order = np.lexsort((rng.random(n), labels))  # class by class: a class's rows go to one member after the other
    dealt = order[np.bincount(labels)[labels[order]] > 1]
    without[dealt] = np.arange(len(dealt)) % n_members
    m = n - len(dealt) // n_members
    rows = [np.flatnonzero(without != k) for k in range(n_members)]
    return Plan(np.stack([np.resize(some, m) for some in rows]), seeds, without)


def unseen_logits(members: Sequence[Layers], X: np.ndarray, without: np.ndarray) -> np.ndarray:
    """Return the logits of each row by the member that was trained without it, (n, C) float64; NaN if there is none."""
    result = np.full((len(X), len(members[0][-1][1])), np.nan)
    for k, layers in enumerate(members):
        kept = without == k
        if kept.any():
            result[kept] = through(layers, X[kept], len(layers))
    return result


def side_by_side(members: Sequence[Layers], temperature: float = 1.0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the network whose logits are the mean of the members' logits, divided by the temperature."""
    share = 1 / (len(members) * temperature)
    depth = len(members[0])
    result = []
    for at in range(depth):
        weights, biases = zip(*(layers[at] for layers in members), strict=True)
        if at == depth - 1 == 0:
            joined = (np.mean(weights, axis=0) / temperature, np.mean(biases, axis=0) / temperature)
        elif at == depth - 1:
            joined = (np.concatenate(weights, axis=1) * share, np.sum(biases, axis=0) * share)
        else:
            joined = (np.concatenate(weights) if at == 0 else _diagonal(weights), np.concatenate(biases))
        result.append((joined[0].astype(np.float32), joined[1].astype(np.float32)))
    return result


def members_of(layers: Layers) -> list[Layers]:
    """Return the members of a network; each member gets the last biases of the network as they are.

    The result is the network alone if it has fewer than two hidden layers or a hidden layer is no matrix of blocks.
    """
    blocks = [blocks_of(w) for w, _ in layers[1:-1]]
    n = gcd(*(len(some) for some in blocks)) if blocks else 1
    if n == 1:
        return [layers]
    parts = [np.split(b, n) for _, b in layers[:-1]]
    first, last = np.split(layers[0][0], n), np.split(layers[-1][0] * n, n, axis=1)
    inner = [np.split(w, n) for w, _ in layers[1:-1]]
    members: list[Layers] = []
    for k in range(n):
        middle = [np.split(part[k], n, axis=1)[k] for part in inner]
        weights = [first[k], *middle, last[k]]
        members.append(list(zip(weights, [*(part[k] for part in parts), layers[-1][1]], strict=True)))
    return members


def blocks_of(weights: np.ndarray) -> np.ndarray:
    """Return all blocks of a block-diagonal matrix, (K, out, in); a matrix without blocks is its only block.

    A product block by block takes a fifth of the work if there are five members.
    """
    n_out, n_in = weights.shape
    n_filled = np.count_nonzero(weights)
    most = gcd(n_out, n_in)
    for k in range(most, 1, -1):
        if most % k == 0 and n_filled <= weights.size // k:
            blocks = weights.reshape(k, n_out // k, k, n_in // k)[np.arange(k), :, np.arange(k)]
            if np.count_nonzero(blocks) == n_filled:
                return blocks
    return weights[None]


def times(rows: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """Return `rows @ weights.T` for the blocks (K, out, in) of the weights: (n, K * in) to (n, K * out)."""
    k, n_out, n_in = blocks.shape
    if k == 1:
        return np.asarray(rows @ blocks[0].T)
    result = np.empty((len(rows), k, n_out))
    np.matmul(rows.reshape(-1, k, n_in).transpose(1, 0, 2), blocks.transpose(0, 2, 1), out=result.transpose(1, 0, 2))
    return result.reshape(len(rows), k * n_out)


def through(layers: Layers, X: np.ndarray, depth: int) -> np.ndarray:
    """Return the output of the first `depth` layers for the rows, (n, width) float32, computed in float64."""
    blocks = [(blocks_of(w).astype(np.float64), b.astype(np.float64)) for w, b in layers[:depth]]
    result = np.empty((len(X), len(blocks[-1][1]) if blocks else X.shape[1]), np.float32)
    for start in range(0, len(X), CHUNK_ROWS):
        h = X[start : start + CHUNK_ROWS].astype(np.float64)
        for number, (w, b) in enumerate(blocks, 1):
            h = times(h, w)  # (rows, width)
            h += b
            if number < len(layers):
                np.maximum(h, 0, out=h)
        result[start : start + CHUNK_ROWS] = h
    return result


def _diagonal(blocks: Sequence[np.ndarray]) -> np.ndarray:
    n_out, n_in = blocks[0].shape
    result = np.zeros((len(blocks) * n_out, len(blocks) * n_in), np.float32)
    for k, block in enumerate(blocks):
        result[k * n_out : (k + 1) * n_out, k * n_in : (k + 1) * n_in] = block
    return result

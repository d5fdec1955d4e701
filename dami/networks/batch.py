"""Fits many networks on rows of one table as one batch: the networks of an experiment or of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from dami.networks.members import plan
from dami.networks.mlp import DROPOUT, HIDDEN, MEMBERS, MLP, STEPS, WEIGHT_DECAY, l1_for, rate_for, seed_of

CHUNK_VALUES = 2**18  # of one hidden layer: what a processor's cache holds decides how many networks share a product


@dataclass(frozen=True)
class Task:
    """One network to fit: positions of its rows, their class numbers, and its `random_state`."""

    rows: np.ndarray
    labels: np.ndarray
    seed: int


def tasks(rows: np.ndarray, labels: np.ndarray, seed: int, n_networks: int) -> list[Task]:
    """Return the tasks of an ensemble on the same rows: the first task has the seed itself."""
    more = np.random.default_rng([seed, n_networks]).integers(2**31, size=n_networks - 1)
    return [Task(rows, labels, int(s)) for s in (seed, *more)]


def fit_many(X: np.ndarray, wanted: Sequence[Task]) -> list[MLP]:
    """Fit for every task the network of `MLP(random_state=task.seed).fit(X[task.rows], task.labels)`.

    Tasks with equally many rows and classes go through the same matrix products, along a leading axis of networks.
    Equal tasks, as strategies have them that begin with the same labels, get one network.

    Parameters
    ----------
    X : (N, d) float32, finite
    wanted : each with labels of at least two classes

    Returns
    -------
    list of MLP in the order of the tasks; `classes_` are the class numbers that occur, sorted. Without `history_`.

    Raises
    ------
    ValueError
        If a task has labels of one class only.
    """
    from dami.networks.training import BATCH_ROWS, train_networks

    told_apart = [(task.seed, task.rows.tobytes(), task.labels.tobytes()) for task in wanted]
    first = {key: k for k, key in reversed(list(enumerate(told_apart)))}
    classes = [np.unique(task.labels) for task in wanted]
    for found in classes:
        if len(found) < 2:
            raise ValueError("A network needs rows of at least two classes.")
    numbers = [np.searchsorted(found, task.labels) for found, task in zip(classes, wanted, strict=True)]
    plans = [plan(y, MEMBERS, seed_of(task.seed)) for y, task in zip(numbers, wanted, strict=True)]
    networks: list[MLP | None] = [None] * len(wanted)

    def shape(k: int) -> tuple[int, int]:
        return plans[k].rows.shape[1], len(classes[k])

    for (n_rows, n_classes), alike in groupby(sorted(first.values(), key=shape), key=shape):
        group = list(alike)
        # Beyond BATCH_ROWS every network draws rows of its own, which a batch would share.
        size = max(1, CHUNK_VALUES // (n_rows * max(HIDDEN) * MEMBERS)) if n_rows <= BATCH_ROWS else 1
        for chunk in np.array_split(group, -(-len(group) // size)):
            trained = train_networks(
                X,
                np.concatenate([numbers[k][plans[k].rows] for k in chunk]),
                n_classes,
                hidden=HIDDEN,
                steps=STEPS,
                seeds=[seed for k in chunk for seed in plans[k].seeds],
                learning_rate=rate_for(n_classes),
                weight_decay=WEIGHT_DECAY,
                dropout=DROPOUT,
                l1=l1_for(n_rows),
                positions=np.concatenate([wanted[k].rows[plans[k].rows] for k in chunk]),
            )
            for at, k in enumerate(chunk):
                members = trained[at * MEMBERS : (at + 1) * MEMBERS]
                networks[k] = MLP.from_members(members, plans[k], X[wanted[k].rows], numbers[k], classes[k])
    made = [networks[first[key]] for key in told_apart]
    return [network for network in made if network is not None]

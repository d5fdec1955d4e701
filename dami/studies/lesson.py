"""Computes the lesson: points of the plane, a small network that is trained while people watch, and three strategies.

A name, a seed and two numbers decide everything, so an address shows the same picture to a whole class. The network is
trained in numpy: for 160 points and 32 units this takes less time than importing torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import softmax

from dami.networks.regions import linear_regions
from dami.selection.k_center import k_center

N_POINTS = 160
STEPS = 400  # steps of training, after which the loss hardly changes
RACE_STEPS = 200  # steps of training for the few labels of a race
SNAPSHOTS = tuple(int(step) for step in np.unique(np.r_[0, np.geomspace(1, STEPS, 20)].round()))
RATE, MOMENTA = 0.02, (0.9, 0.999)  # of Adam
RACE_STRATEGIES = ("dami", "margin", "random")
BOX = (-2.6, 2.6, -2.6, 2.6)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"  # for the columns and rows of the grid
MOST_CLASSES, MOST_DRAWN = 3, 200

Network = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Points:
    """Points of the plane with their classes.

    Attributes
    ----------
    X : (n, 2) float64
    y : (n,) int, from 0
    classes : names of the classes
    axes : names of the two columns
    """

    X: np.ndarray
    y: np.ndarray
    classes: list[str]
    axes: tuple[str, str] = ("x", "y")


# ---- data -----------------------------------------------------------------------------------------------------------


def _moons(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    t = np.pi * rng.random(len(y))
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    lower = np.stack([1 - np.cos(t), 0.4 - np.sin(t)], axis=1)
    return np.where(y[:, None] == 0, upper, lower) + 0.12 * rng.normal(size=(len(y), 2))


def _circles(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    t = 2 * np.pi * rng.random(len(y))
    return np.where(y == 0, 1.0, 0.45)[:, None] * np.stack([np.cos(t), np.sin(t)], axis=1) + 0.09 * rng.normal(
        size=(len(y), 2)
    )


def _blobs(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    return 2.6 * np.array([[0, 1], [-0.9, -0.6], [0.9, -0.6]])[y] + 0.75 * rng.normal(size=(len(y), 2))


def _xor(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    side = rng.choice([-1, 1], len(y))
    return np.stack([side, np.where(y == 0, side, -side)], axis=1) + 0.4 * rng.normal(size=(len(y), 2))


def _spirals(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    t = np.sqrt(rng.random(len(y)))
    angle = 3.2 * np.pi * t / 1.4 + np.pi * y
    return t[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.025 * rng.normal(size=(len(y), 2))


def _banana(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """Draw a bent cloud around a round cloud. They overlap, so the boundary stays uncertain even with many labels."""
    t = np.pi * (0.05 + 0.9 * rng.random(len(y)))
    bent = np.stack([1.5 * np.cos(t), 1.5 * np.sin(t)], axis=1) + 0.35 * rng.normal(size=(len(y), 2))
    inner = np.array([0.1, 0.35]) + 0.5 * rng.normal(size=(len(y), 2))
    return np.where(y[:, None] == 0, bent, inner)


DATA: dict[str, tuple[str, int, Callable[[np.random.Generator, np.ndarray], np.ndarray]]] = {
    "moons": ("Two moons", 2, _moons),
    "circles": ("Circles", 2, _circles),
    "blobs": ("Three blobs", 3, _blobs),
    "xor": ("XOR", 2, _xor),
    "spirals": ("Spirals", 2, _spirals),
    "banana": ("Banana", 2, _banana),
}


def points(name: str, seed: int, n: int = N_POINTS) -> Points:
    """Return points of one of the kinds in DATA. The seed decides them.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if name not in DATA:
        raise ValueError(f"There is no data {name!r}; there are {', '.join(DATA)}.")
    _, n_classes, make = DATA[name]
    rng = np.random.default_rng([seed, *name.encode()])
    y = np.arange(n) % n_classes
    return of_columns(make(rng, y), y, [chr(65 + k) for k in range(n_classes)])


def drawn(text: str) -> Points:
    """Read points that a person drew on a grid. Three letters of an address stand for a point: class, column and row.

    Letters that are no point, or repeat a place, are ignored, since a person may have cut the address.

    Returns
    -------
    Points with X as drawn, not standardized. The classes end with the last class that has a point.
    """
    found: dict[tuple[int, int], int] = {}
    for at in range(0, len(text) - 2, 3):
        k, i, j = (DIGITS.find(letter) for letter in text[at : at + 3])
        if 0 <= k < MOST_CLASSES and i >= 0 and j >= 0:
            found.setdefault((i, j), k)
    places = list(found)[:MOST_DRAWN]
    X = np.array([grid_place(*place) for place in places]).reshape(-1, 2)
    y = np.array([found[place] for place in places], dtype=int)
    return Points(X, y, [chr(65 + k) for k in range(max(found.values(), default=0) + 1)])


def put(text: str, class_id: int, column: int, row: int) -> str:
    """Return the text of `drawn` with one more point, or the same text if the place is taken or the grid is full."""
    place = DIGITS[column] + DIGITS[row]
    taken = {text[at + 1 : at + 3] for at in range(0, len(text) - 2, 3)}
    return text if place in taken or len(taken) >= MOST_DRAWN else text + DIGITS[class_id] + place


def grid_place(column: int, row: int) -> tuple[float, float]:
    """Return the coordinates of a place on the grid."""
    share_x, share_y = (np.array([column, row]) + 0.5) / len(DIGITS)
    return float(BOX[0] + share_x * (BOX[1] - BOX[0])), float(BOX[2] + share_y * (BOX[3] - BOX[2]))


def of_columns(
    X: np.ndarray, y: np.ndarray, classes: Sequence[str], axes: tuple[str, str] = ("x", "y"), most: int = 400
) -> Points:
    """Return two columns (n, 2) of a table as points.

    If there are more than `most` rows, a fixed sample is taken. Columns get mean 0 and deviation 1, and values are cut
    off at 2.5 deviations.
    """
    if len(X) > most:
        chosen = np.sort(np.random.default_rng(0).choice(len(X), most, replace=False))
        X, y = X[chosen], y[chosen]
    spread = X.std(axis=0)
    scaled = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return Points(np.clip(scaled, -2.5, 2.5), np.asarray(y, dtype=int), list(classes), axes)


# ---- a network, step by step ----------------------------------------------------------------------------------------


def untrained(widths: Sequence[int], n_classes: int, seed: int) -> Network:
    """Draw initial weights by He's rule. Biases are drawn as well, so that not all lines pass through the origin."""
    rng = np.random.default_rng([seed, 7])
    layers, n_in = [], 2
    for width in [*widths, n_classes]:
        layers.append((rng.normal(size=(width, n_in)) * np.sqrt(2 / n_in), 0.5 * rng.normal(size=width)))
        n_in = width
    return layers


def trained(X: np.ndarray, y: np.ndarray, network: Network, keep: Sequence[int] = (STEPS,)) -> list[Network]:
    """Train a network with Adam on the cross-entropy of all points, and return it after the given numbers of steps.

    Parameters
    ----------
    X : (n, 2)
    y : (n,) int
    network : the untrained network
    keep : numbers of steps, ascending

    Returns
    -------
    list of networks, one for each entry of `keep`
    """
    weights = [part.copy() for layer in network for part in layer]
    means = [np.zeros_like(part) for part in weights]
    squares = [np.zeros_like(part) for part in weights]
    target = np.eye(len(weights[-1]))[y]
    kept = []
    for step in range(keep[-1] + 1):
        if step in keep:
            copies = [part.copy() for part in weights]
            kept.append(list(zip(copies[::2], copies[1::2], strict=True)))
        for k, slope in enumerate(_gradient(weights, X, target)):
            means[k] = MOMENTA[0] * means[k] + (1 - MOMENTA[0]) * slope
            squares[k] = MOMENTA[1] * squares[k] + (1 - MOMENTA[1]) * slope**2
            mean = means[k] / (1 - MOMENTA[0] ** (step + 1))
            square = squares[k] / (1 - MOMENTA[1] ** (step + 1))
            weights[k] -= RATE * mean / (np.sqrt(square) + 1e-8)
    return kept


def _gradient(weights: list[np.ndarray], X: np.ndarray, target: np.ndarray) -> list[np.ndarray]:
    """Return the gradient of the mean cross-entropy by the weights and biases, in their order."""
    hidden = [X]
    for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        hidden.append(np.maximum(hidden[-1] @ w.T + b, 0))
    slope = (softmax(hidden[-1] @ weights[-2].T + weights[-1], axis=1) - target) / len(X)  # (n, C)
    slopes: list[np.ndarray] = []
    for k in range(len(weights) - 2, -1, -2):
        h = hidden[k // 2]
        slopes = [slope.T @ h, slope.sum(axis=0), *slopes]
        slope = (slope @ weights[k]) * (h > 0)
    return slopes


def logits(network: Network, X: np.ndarray) -> np.ndarray:
    """Return the logits (n, C) of points (n, 2)."""
    for w, b in network[:-1]:
        X = np.maximum(X @ w.T + b, 0)
    return X @ network[-1][0].T + network[-1][1]


def accuracy(network: Network, data: Points) -> float:
    """Return the share of all points whose class the network predicts."""
    return float((logits(network, data.X).argmax(axis=1) == data.y).mean())


# ---- the rows to label next -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """The picks of a strategy in their order.

    Attributes
    ----------
    rows : positions of the picks
    radii : the covering radius after each pick, in the space of representations; None for strategies that do not cover
    """

    rows: list[int]
    radii: list[float] | None


def first_labels(data: Points, seed: int) -> list[int]:
    """Draw two points of each class. All strategies begin with their labels."""
    rng = np.random.default_rng([seed, 11])
    return [int(row) for k in range(len(data.classes)) for row in rng.permutation(np.flatnonzero(data.y == k))[:2]]


def ask(strategy: str, network: Network, X: np.ndarray, labeled: Sequence[int], n: int, seed: int = 0) -> Asked:
    """Return the next picks of "dami" (K-Center over the local models), "margin" or "random".

    Raises
    ------
    ValueError
        If there is no such strategy.
    """
    if strategy == "dami":
        found = k_center(linear_regions(network, X).representation, n, centers=list(labeled))
        return Asked(found.indices.tolist(), found.radii.tolist())
    left = np.setdiff1d(np.arange(len(X)), labeled)
    if strategy == "margin":
        best = np.sort(softmax(logits(network, X[left]), axis=1), axis=1)[:, -2:]
        return Asked(left[np.argsort(best[:, 1] - best[:, 0], kind="stable")[:n]].tolist(), None)
    if strategy == "random":
        return Asked(np.random.default_rng([seed, len(labeled)]).permutation(left)[:n].tolist(), None)
    raise ValueError(f"There is no strategy {strategy!r} in the lesson; there are {', '.join(RACE_STRATEGIES)}.")


def race(data: Points, widths: Sequence[int], seed: int, rounds: int = 15, batch: int = 2) -> dict[str, list[float]]:
    """Return the accuracy on all points after each round, for each strategy, with equal first labels and weights."""
    start = untrained(widths, len(data.classes), seed)
    return {strategy: _run(strategy, data, start, seed, rounds, batch) for strategy in RACE_STRATEGIES}


def _run(strategy: str, data: Points, start: Network, seed: int, rounds: int, batch: int) -> list[float]:
    labeled = first_labels(data, seed)
    found = []
    for _ in range(rounds + 1):
        [network] = trained(data.X[labeled], data.y[labeled], start, (RACE_STEPS,))
        found.append(accuracy(network, data))
        labeled += ask(strategy, network, data.X, labeled, batch, seed).rows
    return found


def mean_race(races: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, np.ndarray]:
    """Return the mean of races of different points and seeds: strategy -> (rounds + 1,)."""
    return {strategy: np.mean([one[strategy] for one in races], axis=0) for strategy in RACE_STRATEGIES}


def by_name(name: str) -> Callable[[int], Points]:
    """Return the function that gives points of a kind for a seed."""
    return partial(points, name)

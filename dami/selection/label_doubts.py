"""Finds doubtful labels: a network that has not seen them, or the labels of the nearest local models, contradict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NEIGHBORS = 5  # with two equally frequent classes, five labels agree on the other class by chance in 3 of 100 rows
CHUNK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Doubt:
    """A doubtful label.

    Attributes
    ----------
    position : position of the label in the labels given
    given, suggested : class codes of the label and of the class that is likelier
    confidence : probability of the suggested class by a network that has not seen the row; nan if there is none
    agreeing, neighbors : how many of the nearest labeled rows have the same label, and how many rows these are
    by_prediction, by_neighbors : whether the network, and whether the labels of the nearest rows, contradict the label
    """

    position: int
    given: int
    suggested: int
    confidence: float
    agreeing: int
    neighbors: int
    by_prediction: bool
    by_neighbors: bool


def doubtful_labels(labels: npt.ArrayLike, probabilities: npt.ArrayLike, points: npt.ArrayLike) -> list[Doubt]:
    """Find the doubtful labels, the most doubtful first.

    A prediction contradicts a label if another class is likelier, and its probability is at least the mean probability
    of this class over the rows that are labeled with it (confident learning: Northcutt, Jiang, Chuang, JAIR 70, 2021).
    The neighbors contradict a label if the five rows with the nearest local models all have the same other label.
    Labels that both contradict come first; then the labels are ordered by how much likelier the suggested class is.

    Parameters
    ----------
    labels : (L,) class codes from 0
    probabilities : (L, C) from networks that have not seen the row; nan if there is no such network
    points : (L, p) representations of the labeled rows

    Raises
    ------
    ValueError
        If lengths differ.
    """
    y, shares, P = np.asarray(labels, dtype=int), np.asarray(probabilities, dtype=float), np.asarray(points)
    if not len(y) == len(shares) == len(P):
        raise ValueError(f"Got {len(y)} labels, {len(shares)} predictions and {len(P)} points.")
    predicted = _against_by_prediction(y, shares)
    nearest = _nearest(P, min(NEIGHBORS, len(P) - 1)) if len(P) > 1 else np.zeros((len(P), 0), int)
    found = []
    for i, label in enumerate(y):
        around = y[nearest[i]]
        unanimous = len(around) == NEIGHBORS and around[0] != label and bool((around == around[0]).all())
        if predicted[i] < 0 and not unanimous:
            continue
        suggested = int(predicted[i]) if predicted[i] >= 0 else int(around[0])
        found.append(
            Doubt(
                position=i,
                given=int(label),
                suggested=suggested,
                confidence=float(shares[i, suggested]),
                agreeing=int((around == label).sum()),
                neighbors=len(around),
                by_prediction=bool(predicted[i] >= 0),
                by_neighbors=unanimous,
            )
        )

    def weight(doubt: Doubt) -> tuple[int, float]:
        margin = doubt.confidence - float(shares[doubt.position, doubt.given])
        return doubt.by_prediction + doubt.by_neighbors, 0.0 if np.isnan(margin) else margin

    return sorted(found, key=weight, reverse=True)


def _against_by_prediction(y: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return, for each label (L,), the class by which the prediction contradicts it, -1 if there is none."""
    tested = ~np.isnan(shares).any(axis=1)
    n_classes = shares.shape[1]
    usual = np.full(n_classes, np.inf)
    for k in range(n_classes):
        own = shares[tested & (y == k), k]
        if len(own):
            usual[k] = own.mean()
    confident = np.where(tested[:, None] & (shares >= usual), shares, -1.0)  # (L, C)
    confident[np.arange(len(y)), y] = -1.0
    best = confident.argmax(axis=1)
    # A class that is predicted confidently contradicts the label only if it is also likelier than the label.
    stronger = confident[np.arange(len(y)), best] > np.nan_to_num(shares[np.arange(len(y)), y], nan=2.0)
    return np.where(stronger, best, -1)


def _nearest(P: np.ndarray, k: int) -> np.ndarray:
    """Return the k nearest other rows of each row, (L, k). Of several as near, the lowest positions come first."""
    nearest = np.empty((len(P), k), int)
    step = max(1, CHUNK_BYTES // (8 * len(P)))
    points = P.astype(np.float64)
    squares = np.einsum("ij,ij->i", points, points)
    for start in range(0, len(P), step):
        block = slice(start, min(start + step, len(P)))
        distances = squares[block, None] + squares - 2 * points[block] @ points.T  # (m, L)
        distances[np.arange(block.stop - start), np.arange(start, block.stop)] = np.inf
        nearest[block] = np.argsort(distances.round(9), axis=1, kind="stable")[:, :k]
    return nearest

"""How good a network is, on rows that it was not trained on, and in words which rows these are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from dami.store import classes
from dami.store.records import Project
from dami.workspace.labels import truth

if TYPE_CHECKING:
    from dami.selection.learner import ActiveLearner

FOLDS = 5


def measure(project: Project, learner: ActiveLearner, labels: np.ndarray) -> dict[str, Any] | None:
    """Accuracy and confusions; None while there are too few labels for a figure.

    In Practise over all rows still hidden; otherwise each labelled row is predicted by a network trained without its
    fold. Chosen rows are harder than the rest, so that figure says so of itself.

    Parameters
    ----------
    labels : (n_rows,) class values, None where unlabelled
    """
    assert learner.network_ is not None and learner.X_ is not None
    names = [str(name) for name in learner.network_.classes_]
    code = {name: k for k, name in enumerate(names)}
    hidden = truth(project)
    given = np.array([label is not None for label in labels])
    if hidden is not None:
        values = {entry.id: entry.value for entry in classes.list_classes(project.id)}
        rows = np.flatnonzero(~given & (hidden >= 0))
        actual = [values[int(hidden[row])] for row in rows]
        predicted = learner.network_.logits(learner.X_[rows]).argmax(1) if len(rows) else None
        kind, note = "hidden", f"on the {len(rows):,} rows whose labels are still hidden"
    else:
        rows = np.flatnonzero(given)
        counted = Counter(labels[row] for row in rows)
        rows = np.array([row for row in rows if counted[labels[row]] > 1], dtype=int)
        actual = [labels[row] for row in rows]
        predicted = _out_of_fold(learner, learner.X_[rows], np.array([code[name] for name in actual], dtype=int))
        kind = "cross-validated"
        note = f"cross-validated on {len(rows):,} labelled rows, which were chosen and are harder than the rest"
        if min(counted.values()) == 1:
            note += "; classes with one label so far cannot be tested"
    if predicted is None:
        return None
    unseen = sorted(set(actual) - set(names))  # in Practise: classes that no labelled row has yet
    code |= {name: len(names) + k for k, name in enumerate(unseen)}
    counts = np.zeros((len(code), len(code)), dtype=int)
    np.add.at(counts, (np.array([code[name] for name in actual]), predicted), 1)
    per_class = counts.diagonal() / np.maximum(counts.sum(1), 1)
    return {
        "kind": kind,
        "note": note,
        "n": len(rows),
        "accuracy": float(counts.trace() / counts.sum()),
        "balanced_accuracy": float(per_class[counts.sum(1) > 0].mean()),
        "confusion": counts.tolist(),
        "names": [*names, *unseen],
    }


def _out_of_fold(learner: ActiveLearner, X: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """Predictions for each labelled row by a network that has not seen it, (n_labeled,); None with too few labels."""
    from sklearn.base import clone
    from sklearn.model_selection import StratifiedKFold

    if len(y) < 2 * FOLDS or len(np.unique(y)) < 2:
        return None
    smallest = int(np.bincount(y)[np.unique(y)].min())
    predicted = np.empty(len(y), dtype=int)
    folds = StratifiedKFold(min(FOLDS, smallest), shuffle=True, random_state=learner.seed_)
    for train, test in folds.split(X, y):
        predicted[test] = clone(learner.network_).fit(X[train], y[train]).predict(X[test])
    return predicted

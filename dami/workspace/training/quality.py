"""How good a network is, on rows that it was not trained on, and in words which rows these are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from dami.networks.calibration import softmax
from dami.store.records import Project
from dami.workspace.projects.labels import class_list, truth

if TYPE_CHECKING:
    from dami.selection.learner import ActiveLearner

FEWEST = 10  # labels that a figure is made of


def out_of_fold(learner: ActiveLearner, labels: np.ndarray) -> np.ndarray:
    """What the member of the network that has not seen a labelled row makes of it.

    Parameters
    ----------
    labels : (n_rows,) class values, None where unlabelled

    Returns
    -------
    (n_labeled, n_classes) probabilities, rows ascending, columns as the network's classes; NaN where too few labels
    (fewer than ten of classes that have two) leave nothing to test with.
    """
    network = learner.network_
    assert network is not None
    logits = network.out_of_fold_
    tested = ~np.isnan(logits[:, 0])
    n_classes = len({labels[row] for row in learner.labeled_[tested]})
    shares = np.full(logits.shape, np.nan)
    if tested.sum() >= FEWEST and n_classes > 1:
        shares[tested] = softmax(logits[tested])
    return shares


def measure(
    project: Project, learner: ActiveLearner, labels: np.ndarray, unseen_by_fold: np.ndarray
) -> dict[str, Any] | None:
    """Accuracy and confusions; None while there are too few labels for a figure.

    In Practise over all rows still hidden; otherwise each labelled row is predicted by a network trained without its
    fold. Chosen rows are harder than the rest, so that figure says so of itself.

    Parameters
    ----------
    labels : (n_rows,) class values, None where unlabelled
    unseen_by_fold : (n_labeled, n_classes) what `out_of_fold` gave
    """
    assert learner.network_ is not None and learner.X_ is not None
    names = [str(name) for name in learner.network_.classes_]
    code = {name: k for k, name in enumerate(names)}
    hidden = truth(project)
    given = np.array([label is not None for label in labels])
    if hidden is not None:
        values = {entry.id: entry.value for entry in class_list(project.id).all}
        rows = np.flatnonzero(~given & (hidden >= 0))
        if not len(rows):
            return None
        actual = [values[int(hidden[row])] for row in rows]
        predicted = learner.network_.logits(learner.X_[rows]).argmax(1)
        kind, note = "hidden", f"on the {len(rows):,} rows whose labels are still hidden"
    else:
        tested = ~np.isnan(unseen_by_fold[:, 0])
        if not tested.any():
            return None
        rows = np.flatnonzero(given)[tested]
        actual = [labels[row] for row in rows]
        predicted = unseen_by_fold[tested].argmax(1)
        kind = "cross-validated"
        note = f"cross-validated on {len(rows):,} labelled rows, which were chosen and are harder than the rest"
        if min(Counter(labels[given]).values()) == 1:
            note += "; classes with one label so far cannot be tested"
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

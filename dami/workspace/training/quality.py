"""Measures a network on rows that it was not trained on, and says in words which rows these are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dami.store.model_records import Quality, QualityKind
from dami.store.records import Project
from dami.workspace.projects.labels import audit_rows, class_list, known, truth, without

if TYPE_CHECKING:
    from dami.selection.learner import ActiveLearner

LEAST = 10  # labelled rows; with fewer, the accuracy is chance


@dataclass(frozen=True)
class TestedRows:
    """The rows that a network is measured on, which it was not trained on.

    Attributes
    ----------
    kind, note : see `Quality`
    names : (C,) class values: those of the network in their order, then those that only the rows have
    actual : (n,) int, the classes of the rows, as positions in `names`
    probabilities : (n, k) of the network's k classes
    """

    kind: QualityKind
    note: str
    names: tuple[str, ...]
    actual: np.ndarray
    probabilities: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        """(n,) int, as positions in `names`."""
        return self.probabilities.argmax(axis=1)


def obstacle(project: Project) -> str | None:
    """Return why the accuracy of a network trained now cannot be measured, as the end of a sentence; None if it can."""
    labels = without(audit_rows(project), known(project))
    hidden = truth(project)
    if hidden is not None:
        is_open = hidden >= 0
        is_open[np.array(list(labels), dtype=int)] = False
        return None if is_open.any() else "cannot be measured: no row's label is hidden any more."
    if can_be_tested(np.array(list(labels.values()))).any():
        return None
    return "is shown once there are ten labelled rows of classes that have at least two each, and two such classes."


def can_be_tested(given: np.ndarray) -> np.ndarray:
    """Return which labels networks that have not seen them can predict: those whose class has another label.

    No label can be predicted if there are fewer than `LEAST` such labels, or if all are of one class.

    Parameters
    ----------
    given : (n_labeled,) classes

    Returns
    -------
    (n_labeled,) bool
    """
    _, at, counts = np.unique(given, return_inverse=True, return_counts=True)
    several = counts[at] > 1
    return several & (several.sum() >= LEAST) & ((counts > 1).sum() >= 2)


def out_of_fold(learner: ActiveLearner, labels: np.ndarray) -> np.ndarray:
    """Return the predictions for labelled rows by networks that have not seen the row.

    Parameters
    ----------
    labels : (n_rows,) class values, None where unlabelled

    Returns
    -------
    (n_labeled, n_classes) probabilities, rows ascending, columns as the network's classes; NaN where `can_be_tested` is
    False.
    """
    from scipy.special import softmax

    network = learner.network_
    assert network is not None
    logits = network.out_of_fold_  # (n_labeled, n_classes)
    given = np.array([str(labels[row]) for row in learner.labeled_])
    tested = can_be_tested(given) & ~np.isnan(logits[:, 0])
    shares = np.full(logits.shape, np.nan)
    shares[tested] = softmax(logits[tested], axis=1)
    return shares


def untested_classes(learner: ActiveLearner, labels: np.ndarray) -> tuple[str, ...]:
    """Return the classes of a network that no member was tested on: all members have learnt their only label.

    Parameters
    ----------
    labels : (n_rows,) class values, None where unlabelled
    """
    network = learner.network_
    assert network is not None
    untested = np.isnan(network.out_of_fold_[:, 0])
    given = np.array([str(labels[row]) for row in learner.labeled_])
    return tuple(name for name in map(str, network.classes_) if untested[given == name].all())


def tested_rows(
    project: Project, learner: ActiveLearner, labels: np.ndarray, unseen_by_fold: np.ndarray
) -> TestedRows | None:
    """Return the rows to measure a network on; None if there are too few labels for a figure.

    In Practise, all rows whose labels are still hidden are predicted. Otherwise each labelled row is predicted by a
    network trained without its fold. Such rows were picked and are harder than the rest, so the note says that.

    Parameters
    ----------
    labels : (n_rows,) class values, None where unlabelled
    unseen_by_fold : (n_labeled, n_classes) result of `out_of_fold`
    """
    assert learner.network_ is not None and learner.X_ is not None
    kind: QualityKind
    names = [str(name) for name in learner.network_.classes_]
    hidden = truth(project)
    given = np.array([label is not None for label in labels])
    if hidden is not None:
        values = {entry.id: entry.value for entry in class_list(project.id).all}
        rows = np.flatnonzero(~given & (hidden >= 0))
        if not len(rows):
            return None
        actual = [values[int(hidden[row])] for row in rows]
        probabilities = learner.network_.predict_proba(learner.X_[rows])
        kind, note = "hidden", f"on the {len(rows):,} rows whose labels are still hidden"
    else:
        tested = ~np.isnan(unseen_by_fold[:, 0])
        if not tested.any():
            return None
        rows = np.flatnonzero(given)[tested]
        actual = [labels[row] for row in rows]
        probabilities = unseen_by_fold[tested]
        kind = "cross-validated"
        note = f"cross-validated on {len(rows):,} labelled rows, which were chosen and are harder than the rest"
        if min(Counter(labels[given]).values()) == 1:
            note += "; classes with one label so far cannot be tested"
    names += sorted(set(actual) - set(names))  # in Practise: classes that no labelled row has yet
    code = {name: k for k, name in enumerate(names)}
    return TestedRows(kind, note, tuple(names), np.array([code[name] for name in actual]), probabilities)


def measure(rows: TestedRows) -> Quality:
    """Return the accuracy and the confusions."""
    from sklearn.metrics import accuracy_score, confusion_matrix, recall_score

    actual, predicted = rows.actual, rows.predicted
    return Quality(
        kind=rows.kind,
        note=rows.note,
        n=len(actual),
        accuracy=float(accuracy_score(actual, predicted)),
        # balanced_accuracy_score is the same, but warns where a class is predicted that no row has.
        balanced_accuracy=float(recall_score(actual, predicted, labels=np.unique(actual), average="macro")),
        confusion=tuple(map(tuple, confusion_matrix(actual, predicted, labels=range(len(rows.names))).tolist())),
        names=rows.names,
    )

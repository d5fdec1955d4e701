"""Finds doubtful labels: networks that have not seen them, or the labels of the nearest local models, contradict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from dami.store.model_records import StoredDoubt
from dami.store.records import Event

if TYPE_CHECKING:
    from dami.selection.learner import ActiveLearner

MOST = 100


def doubts(
    learner: ActiveLearner, labels: np.ndarray, current: Mapping[int, Event], unseen_by_fold: np.ndarray
) -> tuple[StoredDoubt, ...]:
    """Return the doubtful labels, the most doubtful first, as the summary of a network stores them.

    Parameters
    ----------
    labels : (n_rows,) class values, None where unlabelled
    unseen_by_fold : (n_labeled, n_classes) probabilities from networks that have not seen the row, NaN where untested
    """
    from dami.selection.label_doubts import doubtful_labels

    assert learner.network_ is not None and learner.regions_ is not None
    values = [str(name) for name in learner.network_.classes_]
    code = {value: k for k, value in enumerate(values)}
    rows = np.flatnonzero([label is not None for label in labels])
    given = np.array([code[str(labels[row])] for row in rows])
    found = doubtful_labels(given, unseen_by_fold, learner.regions_.representation[rows])
    events = {row: event.id for row, event in current.items()}
    return tuple(
        StoredDoubt(
            row=int(rows[doubt.position]),
            given=values[doubt.given],
            suggested=values[doubt.suggested],
            event=events.get(int(rows[doubt.position])),
            confidence=doubt.confidence,
            agreeing=doubt.agreeing,
            neighbors=doubt.neighbors,
            by_prediction=doubt.by_prediction,
            by_neighbors=doubt.by_neighbors,
        )
        for doubt in found[:MOST]
    )

"""Makes the network's guess for a row: the likeliest classes, and the contributions of the columns to them."""

import numpy as np

from dami.errors import ProjectError
from dami.selection.explain import signed_contributions
from dami.store.records import Project
from dami.workspace.annotating.pad_wire import ModelGuess
from dami.workspace.annotating.row_cards import local_model
from dami.workspace.projects.labels import audit_rows, class_list, predictions
from dami.workspace.training.encoded_pool import cached
from dami.workspace.training.rounds import require_trained

MOST = 5  # classes named


def guess(project: Project, row: int) -> ModelGuess:
    """Return the newest network's likeliest classes for a row, and the contribution of each column.

    A contribution is measured from the median row. It is positive if the column speaks for the first class against the
    second.

    Raises
    ------
    ProjectError
        If there is no network, or the row is in an open audit: a guess would influence its annotator.
    """
    model = require_trained(project)
    if row in audit_rows(project):
        raise ProjectError("The guess stays hidden on rows of the audit: it would lead you, and the estimate with you.")
    local = local_model(project, row)
    said, pool = predictions(project, model), cached(project)
    assert pool is not None  # `local_model` has just read it
    resolved = [class_list(project.id).by_value[value].id for value in local.classes]
    shares = {entry.id: 0.0 for entry in said.classes}
    for class_id, share in zip(resolved, local.probabilities, strict=True):
        shares[class_id] += float(share)
    best = sorted(shares, key=lambda class_id: -shares[class_id])[:MOST]
    answer: ModelGuess = {
        "row": row,
        "model": model.number,
        "classes": [{"class": class_id, "probability": shares[class_id]} for class_id in best],
        "favored": best[0],
        "other": best[1] if len(best) > 1 else None,
        "columns": {},
    }
    if len(best) > 1:
        # A merged class has several outputs of the network: its likeliest output stands for it.
        favored, other = (
            max(np.flatnonzero(np.equal(resolved, class_id)), key=lambda k: local.probabilities[k])
            for class_id in best[:2]
        )
        values, columns = signed_contributions(
            local.weights, local.x, pool.medians, pool.columns_of, int(favored), int(other)
        )
        answer["columns"] = {name: float(value) for name, value in zip(columns, values, strict=True)}
    return answer

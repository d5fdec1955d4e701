"""Finds the near duplicates of a row, so that a person can discard them together with it."""

import numpy as np

from dami import wording
from dami.selection.cells import near_duplicates
from dami.store import annotations, models
from dami.store.records import Project
from dami.workspace.annotating.pad_wire import NearDuplicates
from dami.workspace.projects.labels import known
from dami.workspace.projects.stored_tables import require_rows, table
from dami.workspace.training.encoded_pool import cached
from dami.workspace.training.model_arrays import artifacts

MOST = 500


def find(project: Project, row: int) -> NearDuplicates:
    """Return the unanswered rows that equal a row or share its linear region, and a sentence that says which.

    Raises
    ------
    ProjectError
        If there is no such row.
    """
    n = len(table(project.table_id))
    require_rows([row], n)
    pool, model = cached(project), models.latest(project.id)
    if pool is None or model is None:
        return {"row": row, "rows": [], "why": ""}
    regions = artifacts(project.id, model.number, n).regions if model.is_trained else None
    current = annotations.current(project.id)
    answered = np.array(sorted({*current, *known(project, current)}), dtype=int)
    found = np.setdiff1d(near_duplicates(row, pool.X, regions), answered)[:MOST]
    equal = (pool.X[found] == pool.X[row]).all(axis=1)
    why = "the same values" if equal.all() else "the same linear region of the network"
    rows = wording.count(len(found), "more row has", "more rows have")
    return {"row": row, "rows": found.tolist(), "why": f"{rows} {why}." if len(found) else ""}

"""Draws audit samples: people label these rows, the network does not learn from them, and they measure it."""

import numpy as np

from dami.errors import ProjectError
from dami.selection.stopping import AuditResult, audit_size
from dami.store import annotations, audits, models
from dami.store.records import Audit, Project
from dami.workspace.annotating.pad_wire import AuditProgress
from dami.workspace.projects.labels import known, predictions
from dami.workspace.projects.stored_tables import table
from dami.workspace.training import rounds

STRATEGY = "audit"
REASON = (
    "Drawn at random to measure the network, which does not learn from it. "
    "Judge it by itself: the network's guess stays hidden."
)


def remainder(project: Project) -> np.ndarray:
    """Return the rows without an answer, (n,) int, ascending; an audit estimates the accuracy on these rows."""
    current = annotations.current(project.id)
    answered = {row for row, event in current.items() if event.meaning.decides}
    taken = np.fromiter(answered | set(known(project, current)), dtype=int)
    return np.setdiff1d(np.arange(len(table(project.table_id))), taken)


def proposed_size(project: Project) -> int:
    """Return the number of rows that measures the accuracy to within ten percentage points."""
    return audit_size(len(remainder(project)))


def draw(project: Project, size: int) -> Audit:
    """Draw rows uniformly from the remainder; the project's seed and the number of earlier audits fix the draw.

    Raises
    ------
    ProjectError
        If no network has been trained, an audit is open, or `size` is not from 1 to the size of the remainder.
    """
    rounds.require_trained(project)
    rows = remainder(project)
    if not 0 < size <= len(rows):
        raise ProjectError(f"An audit of {size:,} rows cannot be drawn: {len(rows):,} rows are without an answer.")
    rng = np.random.default_rng([project.seed, len(audits.listing(project.id)), len(rows)])
    return audits.draw(project.id, rng.permutation(rows)[:size].tolist(), len(rows))


def release(project: Project) -> Audit:
    """End the audit and start a training that learns from its rows."""
    released = audits.release(project.id)
    rounds.start(project.id)
    return released


def open_rows(project: Project) -> list[int]:
    """Return the rows of the open audit that still need an answer, in the order of the draw; put-off rows come last."""
    audit = audits.open_audit(project.id)
    if audit is None:
        return []
    current = annotations.current(project.id)
    fresh = [row for row in audit.rows if row not in current]
    return fresh + [row for row in audit.rows if row in current and current[row].meaning.returns]


def progress(project: Project) -> AuditProgress | None:
    """Return the size of the open audit without discarded rows, and the number of answered rows; None without one."""
    audit = audits.open_audit(project.id)
    if audit is None:
        return None
    current = annotations.current(project.id)
    given = [current[row].meaning for row in audit.rows if row in current]
    excluded = sum(meaning.excludes for meaning in given)
    return {"size": len(audit.rows) - excluded, "answered": sum(meaning.decides for meaning in given) - excluded}


def result(project: Project) -> AuditResult | None:
    """Return the result of the open audit so far for the newest network; None without an audit or a network."""
    audit, model = audits.open_audit(project.id), models.trained(project.id)
    if audit is None or model is None:
        return None
    current = annotations.current(project.id)
    labels = known(project, current)
    said = predictions(project, model)
    judged = [row for row in audit.rows if row in labels]
    correct = sum(said.codes[row] >= 0 and said.classes[said.codes[row]].id == labels[row] for row in judged)
    without_class = [current[row].meaning for row in audit.rows if row in current and row not in labels]
    discarded = sum(meaning.excludes for meaning in without_class)
    unsure = sum(meaning.decides for meaning in without_class) - discarded
    return AuditResult(len(audit.rows) - discarded, len(judged), unsure, correct, audit.n_remainder)

"""The audit: rows drawn at random, labelled but not learnt from, which say how good the network is on the rest."""

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
    """The rows without an answer, ascending: what an audit speaks of, (n,) int."""
    current = annotations.current(project.id)
    answered = {row for row, event in current.items() if event.meaning.decides}
    taken = np.fromiter(answered | set(known(project, current)), dtype=int)
    return np.setdiff1d(np.arange(len(table(project.table_id))), taken)


def proposed_size(project: Project) -> int:
    """As many rows as tell the accuracy to within ten points."""
    return audit_size(len(remainder(project)))


def draw(project: Project, size: int) -> Audit:
    """Draw rows uniformly from the remainder; the seed of the project and the number of the audit decide which.

    Raises
    ------
    ProjectError
        If no network has been trained, an audit is open, or there are not as many rows.
    """
    rounds.require_trained(models.latest(project.id))
    rows = remainder(project)
    if not 0 < size <= len(rows):
        raise ProjectError(f"An audit of {size:,} rows cannot be drawn: {len(rows):,} rows are without an answer.")
    rng = np.random.default_rng([project.seed, len(audits.listing(project.id)), len(rows)])
    return audits.draw(project.id, rng.permutation(rows)[:size].tolist(), len(rows))


def release(project: Project) -> Audit:
    """End the estimate and give the rows to the training."""
    released = audits.release(project.id)
    rounds.start(project.id)
    return released


def open_rows(project: Project) -> list[int]:
    """The rows of the open audit that still have to be judged, in the order drawn; put-off ones last."""
    audit = audits.open_audit(project.id)
    if audit is None:
        return []
    current = annotations.current(project.id)
    fresh = [row for row in audit.rows if row not in current]
    return fresh + [row for row in audit.rows if row in current and current[row].meaning.returns]


def progress(project: Project) -> AuditProgress | None:
    """How far the open audit is: its size, discarded rows taken off, and how many are answered."""
    audit = audits.open_audit(project.id)
    if audit is None:
        return None
    current = annotations.current(project.id)
    given = [current[row].meaning for row in audit.rows if row in current]
    excluded = sum(meaning.excludes for meaning in given)
    return {"size": len(audit.rows) - excluded, "answered": sum(meaning.decides for meaning in given) - excluded}


def result(project: Project) -> AuditResult | None:
    """What the open audit says of the newest network so far; None without an audit or a network."""
    audit, model = audits.open_audit(project.id), models.latest(project.id)
    if audit is None or model is None or not model.is_trained:
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

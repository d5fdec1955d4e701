"""Advises when to stop, from the rounds so far, the audit and the covering radii."""

from dataclasses import dataclass

from dami.selection.stopping import Advice, AuditResult, advise
from dami.store import models
from dami.store.model_records import CoveringRadii
from dami.store.records import Project
from dami.workspace.annotating import audit_sample


@dataclass(frozen=True)
class StoppingStatus:
    """The advice when to stop, and the figures that it rests on.

    Attributes
    ----------
    changes : (number of labels, share of predictions that the network trained on them changed), oldest first
    radii : covering radii under the newest network that has them
    """

    advice: Advice
    changes: list[tuple[int, float]]
    radii: CoveringRadii | None
    audit: AuditResult | None


def status(project: Project) -> StoppingStatus:
    """Return the advice for the present state of a project, with the figures behind it."""
    changes: list[tuple[int, float]] = []
    radii: CoveringRadii | None = None
    for result in models.round_results(project.id):
        if result.changed and result.changed.of:
            changes.append((result.n_labeled, result.changed.share))
        radii = result.radii or radii
    audit = audit_sample.result(project)
    advice = advise(
        [share for _, share in changes],
        len(audit_sample.remainder(project)),
        radii=radii.radii if radii else None,
        audit=audit,
    )
    return StoppingStatus(advice, changes, radii, audit)

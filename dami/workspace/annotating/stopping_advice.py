"""When to stop: what the rounds so far, the audit and the radii amount to."""

from dataclasses import dataclass
from typing import Any

from dami.selection.stopping import Advice, AuditResult, advise
from dami.store import models
from dami.store.records import Project
from dami.workspace.annotating import audit_sample
from dami.workspace.projects.labels import known


@dataclass(frozen=True)
class StoppingStatus:
    """The advice when to stop, and the figures that it rests on.

    Attributes
    ----------
    changes : (number of labels, share of predictions that the network trained on them changed), oldest first
    radii : {"labels", "radii"}: the covering radius after so many labels, all under the newest network that has it
    """

    advice: Advice
    changes: list[tuple[int, float]]
    radii: dict[str, list[float]] | None
    audit: AuditResult | None


def status(project: Project) -> StoppingStatus:
    """The advice on the present state of a project, with the figures behind it."""
    changes: list[tuple[int, float]] = []
    radii: dict[str, Any] | None = None
    for n_labeled, summary in models.summaries(project.id):
        changed = summary.get("changed")
        if changed and changed["of"]:
            changes.append((n_labeled, changed["rows"] / changed["of"]))
        radii = summary.get("radii") or radii
    audit = audit_sample.result(project)
    labeled = len(known(project))
    advice = advise(
        [share for _, share in changes],
        labeled,
        len(audit_sample.remainder(project)),
        radii=radii["radii"] if radii else None,
        audit=audit,
    )
    return StoppingStatus(advice, changes, radii, audit)

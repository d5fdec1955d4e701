"""Makes the marks of a project. A mark changes when the project's pages have something new to show."""

from dami.store import annotations, jobs, models, rooms
from dami.store.records import Project
from dami.ui.wire import Seen
from dami.workspace.comparing import rivals_job
from dami.workspace.projects import change_kinds
from dami.workspace.training import rounds
from dami.workspace.transfer import export_job, model_files, predict_new_rows


def marks(project: Project) -> Seen:
    """Return the marks of the newest network, map, failure, files, rivals, kinds, and of what a tab has stored."""
    model = models.latest(project.id)
    state = f"{model.number}.{model.map_name}.{model.summary.is_measured}" if model else "none"
    training = jobs.latest(project.id, rounds.KIND)
    failed = training.id if training is not None and training.state == "failed" else 0
    packing = jobs.latest(project.id, model_files.KIND)
    packed = packing.id if packing is not None and packing.state == "done" else 0
    predicting = jobs.latest(project.id, predict_new_rows.KIND)
    predicted = predicting.id if predicting is not None and not predicting.is_active else 0
    comparing = jobs.latest(project.id, rivals_job.KIND)
    compared = comparing.id if comparing is not None and not comparing.is_active else 0
    changing = jobs.latest(project.id, change_kinds.KIND)
    changed = changing.id if changing is not None and not changing.is_active else 0
    if project.mode == "workshop" and (room := rooms.of_project(project.id)) is not None:
        # In a room, thirty pages would be drawn again for each answer, measure or map of the others. Only the first
        # network, a failure and the closing of the room are urgent; the next network brings all else along.
        urgent = f"{model is not None}.{failed}.{room.closed}"
        return {"work": f"{urgent}.{model.number if model else None}", "urgent": urgent, "acks": {}}
    work = (state, failed, packed, predicted, compared, changed, export_job.slow(project))
    return {"work": ".".join(map(str, work)), "acks": annotations.acks(project.id)}

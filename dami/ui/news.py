"""The news of a project: marks that change when its pages have something new to show."""

from dami.store import annotations, jobs, models, rooms
from dami.store.records import Project
from dami.ui.wire import Seen
from dami.workspace.transfer import model_files, predict_new_rows


def marks(project: Project) -> Seen:
    """What pages show of a project, in short: its newest network, map, failure, files; how far tabs were heard."""
    model = models.latest(project.id)
    state = f"{model.number}.{model.map_name}.{model.summary.is_measured}" if model else "none"
    training = jobs.latest(project.id, "train")
    failed = training.id if training is not None and training.state == "failed" else 0
    packing = jobs.latest(project.id, model_files.KIND)
    packed = packing.id if packing is not None and packing.state == "done" else 0
    predicting = jobs.latest(project.id, predict_new_rows.KIND)
    predicted = predicting.id if predicting is not None and not predicting.is_active else 0
    if project.mode == "workshop" and (room := rooms.of_project(project.id)) is not None:
        # To a class of thirty it is no news what others answer, how good the network is, or that its map is drawn (the
        # next network brings it along); that the room closes is.
        urgent = f"{model is not None}.{failed}.{room.closed}"
        return {"work": f"{urgent}.{model.number if model else None}", "urgent": urgent, "acks": {}}
    return {"work": f"{state}.{failed}.{packed}.{predicted}", "acks": annotations.acks(project.id)}

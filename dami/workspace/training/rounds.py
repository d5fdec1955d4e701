"""Runs a round: train a network on all labels so far, find its local models, pick the next rows, measure it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dami.errors import ProjectError
from dami.selection.strategies import strategy_of
from dami.store import annotations, jobs, models, projects, rooms
from dami.store.model_records import Summary, TrainingStep
from dami.store.records import Event, Job, JobKind, Lane, Model, Project
from dami.tables.columns import class_order
from dami.workspace.exploring import maps
from dami.workspace.jobs.progress import Reporter
from dami.workspace.jobs.request import Request
from dami.workspace.projects.labels import audit_rows, class_list, excluded, known, without
from dami.workspace.projects.stored_tables import table
from dami.workspace.training import doubtful_labels, round_summary
from dami.workspace.training.encoded_pool import VERSION, encoded
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.training.quality import measure, out_of_fold, tested_rows
from dami.workspace.training.reliability import reliability_of

LANE: Lane = "interactive"
KIND: JobKind = "train"
PICKS = 100  # one traversal serves ten rounds: nobody needs more while the next network trains
ROUNDS_AHEAD = 4  # of strategies that pick each round separately, while a person waits for all


@dataclass(frozen=True, slots=True)
class TrainingRequest(Request):
    """The request for a training, as its job stores it.

    Attributes
    ----------
    pace : shortest duration of the training in seconds
    asked_after : id of the newest event at the time of the request; a time would not do, as clocks may go back
    """

    pace: float = 0.0
    asked_after: int = 0


# ---- asked for by pages ---------------------------------------------------------------------------------------------


def start(project_id: str, pace: float = 0.0) -> int:
    """Start a training and return the id of its job; people who want to watch stretch it to `pace` seconds."""
    return TrainingRequest(pace, annotations.last_event(project_id)).submit(project_id, LANE, KIND)


def running(project_id: str) -> Job | None:
    """Return the training that waits or runs; None if there is none."""
    return next((job for job in jobs.active(project_id) if job.kind == KIND), None)


def answered_since(current: Mapping[int, Event], model: Model | None) -> int:
    """Return the number of labels given after the model's training began; they count towards the end of a round.

    Here and below, `current` comes without the rows of an open audit, which no network is trained on.
    """
    since = model.through_event if model else 0
    return sum(event.id > since and event.action == "label" for event in current.values())


def round_number(project: Project, current: Mapping[int, Event], model: Model | None) -> int:
    """Return the number of the present round, from 1; it counts labels given before the training, not trainings."""
    since = model.through_event if model else 0
    return sum(e.id <= since and e.action == "label" for e in current.values()) // project.round_size + 1


def start_if_due(project: Project, n_switched: int = 0) -> None:
    """Start the next round if this one has all its labels; start the first selection at once, since it needs none.

    Parameters
    ----------
    n_switched : number of rows whose answers were taken back or brought back just now. The answers may be older than
        the network, so that a count of new answers misses them.
    """
    last = jobs.latest(project.id, KIND)
    is_idle = last is None or not last.is_active
    if n_switched >= project.round_size or last is None or (is_idle and _is_due(project, last)):
        start(project.id)


def _is_due(project: Project, last: Job) -> bool:
    """Return whether enough labels are new, or the picks run out because rows were skipped.

    A training that failed or was stopped is not tried again with the same answers.
    """
    model = models.latest(project.id)
    current = without(audit_rows(project), annotations.current(project.id))
    since = model.through_event if model else 0
    new = [event for event in current.values() if event.id > since]
    if last.ended_without_result:
        new = [event for event in new if event.id > TrainingRequest.of(last).asked_after]
    elif model is not None:
        if _is_of_before(model) or _knows_what_is_gone(project, model):
            return True
        # Undo and redo give no new labels, but fewer or more of the old ones than the network has learnt.
        n_labeled = len(without(audit_rows(project), known(project)))
        if abs(n_labeled - model.n_labeled) >= project.round_size:
            return True
    if sum(event.action == "label" for event in new) >= project.round_size:
        return True
    if model is None or len(new) < project.round_size or len(current) >= len(table(project.table_id)):
        return False
    return sum(row not in current for row in model.selection.rows) < project.round_size


def start_if_outdated(project: Project) -> None:
    """Start a training if labels are newer than the network, unless one for these labels failed or was stopped."""
    last = jobs.latest(project.id, KIND)
    newest = annotations.last_event(project.id)
    if last is not None and last.ended_without_result and TrainingRequest.of(last).asked_after >= newest:
        return
    if not is_current(project, models.latest(project.id)) and running(project.id) is None:
        start(project.id)


def _is_of_before(model: Model) -> bool:
    """Return whether an earlier version of DAMI, which encoded rows in another way, has trained the network."""
    return model.is_trained and model.summary.encoding != VERSION


def _knows_what_is_gone(project: Project, model: Model) -> bool:
    """Return whether the network tells a class that came with labels that were taken back since."""
    listed = class_list(project.id)
    return any(listed.by_value[value].id in listed.gone for value in model.summary.classes)


def is_current(project: Project, model: Model | None) -> bool:
    """Return whether a network was trained after the newest event of the log."""
    return model is not None and model.through_event >= annotations.last_event(project.id)


def require_trained(project: Project) -> Model:
    """Return the project's trained network, or refuse in words."""
    model = models.trained(project.id)
    if model is None:
        raise ProjectError("No network has been trained yet: label rows of at least two classes first.")
    return model


def require_same_table(project: Project, model: Model) -> None:
    """Refuse a network together with rows that are encoded in another way than it was trained on."""
    if model.summary.encoding != VERSION:
        raise ProjectError("This network was trained by an earlier version of DAMI: train again to look into it.")
    if not model.has_seen(project.table_id):
        raise ProjectError(
            "The table has changed since this network was trained: the next one is on its way, look again in a moment."
        )


# ---- done by the worker ---------------------------------------------------------------------------------------------


def run(job: Job) -> None:
    """Train, select and store the selection; then measure the network, so that nobody waits for figures to go on."""
    from dami.selection.learner import ActiveLearner

    project = projects.get(job.project)
    report = Reporter(job.id)
    report(0.02, "Reading the table")
    pool = encoded(project, lambda done, n: report(0.02 + 0.08 * done / n, "Reading the table"))
    through = annotations.last_event(project.id)
    audited = audit_rows(project)
    current = without(audited, annotations.current(project.id))
    known_labels = without(audited, known(project))
    if projects.get(project.id).table_id != project.table_id:
        return  # rows were appended while the table was read, and they start their own training
    labels = _label_column(project, known_labels, len(pool.X))
    number = models.next_number(project.id)
    if len(set(known_labels.values())) > 1:
        number = max(number, 1)  # 0 is the cold start

    report(0.1, "Training the network")
    learner = ActiveLearner(project.strategy, random_state=project.seed)
    seen = sorted({label for label in labels if label is not None}, key=class_order)
    learner.fit_encoded(pool.X, labels, seen or None, on_step=_watcher(report, TrainingRequest.of(job).pace))
    if learner.network_ is not None:
        report(0.7, "Finding the linear regions")
        _ = learner.regions_  # all that follows needs them
    report(0.75, "Choosing the next rows")
    discarded = excluded(current)
    nested = strategy_of(project.strategy).nested
    ahead = max(PICKS if nested else 0, ROUNDS_AHEAD * project.round_size)
    covered = [row for row, event in current.items() if event.meaning.covers]
    selection = learner.query_ahead(ahead, project.round_size, centers=covered, exclude=[*discarded, *audited])
    place = artifacts(project.id, number)
    summary = Summary(history=tuple(report.history), left_out=pool.left_out, table=project.table_id, encoding=VERSION)
    if learner.network_ is not None:
        summary = round_summary.describe_network(summary, learner, pool, labels, place)
        summary = replace(summary, changed=round_summary.changes(project, summary.classes, place, discarded))
    models.save_model(
        project.id,
        number,
        through_event=through,
        n_labeled=len(known_labels),
        summary=summary,
        selection=round_summary.stored_selection(selection),
    )
    points = pool.X if learner.regions_ is None else learner.regions_.representation
    maps.preview(project.id, number, points, sorted({*known_labels, *current, *selection.indices.tolist()}))
    if not rooms.is_copy(project):  # a class would wait for thirty maps; each copy keeps its first map
        maps.start(project.id, number)

    if learner.network_ is not None:
        report(0.8, "Measuring how good it is")
        unseen_by_fold = out_of_fold(learner, labels)
        tested = tested_rows(project, learner, labels, unseen_by_fold)
        measured = replace(
            summary,
            is_measured=True,
            quality=None if tested is None else measure(tested),
            reliability=None if tested is None else reliability_of(tested),
            doubts=doubtful_labels.doubts(learner, labels, current, unseen_by_fold),
            radii=round_summary.covering_radii(learner, known_labels, current, discarded),
        )
        models.set_summary(project.id, number, measured)


def warm_up() -> None:
    """Train a small network, so that the first round does not wait for what torch does at its first training."""
    from dami.selection.learner import ActiveLearner

    ActiveLearner(random_state=0).fit_encoded(np.eye(4, dtype=np.float32), ["a", "b", None, None]).query(1)


def _watcher(report: Reporter, pace: float) -> Callable[[int, int, float, float], None]:
    began = time.monotonic()

    def on_step(step: int, steps: int, loss: float, accuracy: float) -> None:
        share, report.steps = step / steps, steps
        report.history.append(TrainingStep(step, float(f"{float(loss):.3g}"), round(float(accuracy), 4)))
        time.sleep(max(0.0, min(pace, 30.0) * share - (time.monotonic() - began)))
        report(0.1 + 0.6 * share, "Training the network", f"step {step} of {steps}")

    return on_step


def _label_column(project: Project, labels: dict[int, int], n: int) -> np.ndarray:
    """Return class names as the command line would read them from the file, None for unlabelled rows, shape (n,)."""
    values = {entry.id: entry.value for entry in class_list(project.id).all}
    column = np.full(n, None, dtype=object)
    for row, class_id in labels.items():
        column[row] = values[class_id]
    return column

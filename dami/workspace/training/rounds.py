"""A round: train a network on all labels so far, find its local models, choose the next rows, say how good it is."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dami.errors import ProjectError
from dami.selection.strategies import STRATEGIES
from dami.store import annotations, jobs, models, projects, rooms
from dami.store.records import Event, Job, Model, Project
from dami.tables.columns import class_order
from dami.workspace.exploring import maps
from dami.workspace.jobs.progress import Reporter
from dami.workspace.projects.labels import audit_rows, class_list, known, predictions, without
from dami.workspace.projects.stored_tables import table
from dami.workspace.training import doubtful_labels
from dami.workspace.training.encoded_pool import FIRST_VERSION, VERSION, Encoded, encoded
from dami.workspace.training.model_arrays import Artifacts, artifacts
from dami.workspace.training.quality import measure, out_of_fold

if TYPE_CHECKING:
    from dami.selection.learner import ActiveLearner
    from dami.selection.strategies import Selection

LANE, KIND = "interactive", "train"
MOST_PRODUCTS = 2 * 10**10  # numbers compared for the radii of all prefixes: some ten seconds
MOST_POINTS = 60  # of a curve
PICKS = 100  # one traversal serves ten rounds' worth: nobody outruns it while the next network trains
ROUNDS_AHEAD = 4  # where each round is a choice of its own, and a person waits for all that are made


# ---- asked for by pages ---------------------------------------------------------------------------------------------


def start(project_id: str, pace: float = 0.0) -> int:
    """Ask for a new network; `pace` stretches its training to that many seconds, for people who want to watch."""
    return jobs.submit(project_id, LANE, KIND, {"pace": pace, "asked_after": annotations.last_event(project_id)})


def running(project_id: str) -> Job | None:
    """The training that is queued or under way, if any."""
    return next((job for job in jobs.active(project_id) if job.kind == KIND), None)


def answered_since(current: Mapping[int, Event], model: Model | None) -> int:
    """Labels given after the model's training began: what counts towards the end of a round.

    Here as below, `current` comes without the rows of an open audit, which no network is trained on.
    """
    since = model.through_event if model else 0
    return sum(event.id > since and event.action == "label" for event in current.values())


def round_number(project: Project, current: Mapping[int, Event], model: Model | None) -> int:
    """The round that the person is in, from 1: by labels given until the network's training, not by trainings."""
    since = model.through_event if model else 0
    return sum(e.id <= since and e.action == "label" for e in current.values()) // project.round_size + 1


def start_if_due(project: Project) -> None:
    """Begin the next round once this one has all its labels, or the first selection, which needs none."""
    last = jobs.latest(project.id, KIND)
    if last is None or (last.state not in ("queued", "running") and _is_due(project, last)):
        start(project.id)


def _is_due(project: Project, last: Job) -> bool:
    """Whether enough labels are new, or the picks run out because rows were skipped.

    A training that failed or was stopped is not tried again with the same answers.
    """
    model = models.latest(project.id)
    current = without(audit_rows(project), annotations.current(project.id))
    since = model.through_event if model else 0
    new = [event for event in current.values() if event.id > since]
    if last.state in ("failed", "cancelled"):
        new = [event for event in new if event.id > _asked_after(last)]
    elif model is not None:
        # Undo and redo bring no newer labels, only fewer or more of the old ones than the network has learnt.
        n_labeled = len(without(audit_rows(project), known(project)))
        if abs(n_labeled - model.n_labeled) >= project.round_size:
            return True
    if sum(event.action == "label" for event in new) >= project.round_size:
        return True
    if model is None or len(new) < project.round_size or len(current) >= len(table(project.table_id)):
        return False
    return sum(row not in current for row in model.selection["rows"]) < project.round_size


def start_if_outdated(project: Project) -> None:
    """Begin a training if labels are newer than the network; one that failed or was stopped is not tried again."""
    last = jobs.latest(project.id, KIND)
    newest = annotations.last_event(project.id)
    if last is not None and last.state in ("failed", "cancelled") and _asked_after(last) >= newest:
        return
    if not is_current(project, models.latest(project.id)) and running(project.id) is None:
        start(project.id)


def _asked_after(job: Job) -> int:
    """The newest event when a training was asked for: events are counted, for clocks may go back."""
    return int(job.payload.get("asked_after", 0))


def is_current(project: Project, model: Model | None) -> bool:
    """Whether a network has seen every label that there is."""
    return model is not None and model.through_event >= annotations.last_event(project.id)


def require_trained(model: Model | None) -> Model:
    if model is None or not model.summary.get("classes"):
        raise ProjectError("No network has been trained yet: label rows of at least two classes first.")
    return model


def require_same_table(project: Project, model: Model) -> None:
    """Refuse to read a network together with rows that are encoded otherwise than it learnt them."""
    if model.summary.get("encoding", FIRST_VERSION) != VERSION:
        raise ProjectError("This network was trained by an earlier version of DAMI: train again to look into it.")
    if model.summary.get("table", project.table_id) != project.table_id:
        raise ProjectError(
            "The table has grown since this network was trained: the next one is on its way, look again in a moment."
        )


# ---- done by the worker ---------------------------------------------------------------------------------------------


def run(job: Job) -> None:
    """Train, select, publish; then the slower figures. Selections are out before anything that only informs."""
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
        return  # rows were appended while the table was read, which has asked for a training of its own
    labels = _label_column(project, known_labels, len(pool.X))
    number = models.next_number(project.id)
    if len(set(known_labels.values())) > 1:
        number = max(number, 1)  # 0 is the cold start

    report(0.1, "Training the network")
    learner = ActiveLearner(project.strategy, random_state=project.seed)
    seen = sorted({label for label in labels if label is not None}, key=class_order)
    learner.fit_encoded(pool.X, labels, seen or None, on_step=_watcher(report, float(job.payload.get("pace", 0))))
    if learner.network_ is not None:
        report(0.7, "Finding the linear regions", history=report.history)
        _ = learner.regions_  # all that follows needs them
    report(0.75, "Choosing the next rows", history=report.history)
    discarded = _rows(current, "discard")
    nested = STRATEGIES[project.strategy].nested
    ahead = max(PICKS if nested else 0, ROUNDS_AHEAD * project.round_size)
    selection = learner.query_ahead(
        ahead, project.round_size, centers=_rows(current, "unsure"), exclude=[*discarded, *audited]
    )
    place = artifacts(project.id, number)
    summary: dict[str, Any] = {"classes": [], "columns": [], "history": report.history, "left_out": pool.left_out}
    summary |= {"table": project.table_id, "encoding": VERSION}
    if learner.network_ is not None:
        summary |= _describe_network(learner, pool, labels, place)
        summary["changed"] = _changes(project, summary["classes"], place, discarded)
    models.save_model(
        project.id,
        number,
        through_event=through,
        n_labeled=len(known_labels),
        summary=summary,
        selection=_selection_record(selection),
    )
    points = pool.X if learner.regions_ is None else learner.regions_.representation
    maps.preview(project.id, number, points, sorted({*known_labels, *current, *selection.indices.tolist()}))
    if not rooms.is_copy(project):  # a class would wait for thirty maps; each keeps the first picture
        jobs.submit(project.id, "map", "map", {"model": number})

    if learner.network_ is not None:
        report(0.8, "Measuring how good it is")
        unseen_by_fold = out_of_fold(learner, labels)
        summary["quality"] = measure(project, learner, labels, unseen_by_fold)
        summary["doubts"] = doubtful_labels.doubts(learner, labels, current, unseen_by_fold)
        summary["radii"] = _radii(learner, known_labels, current, discarded)
        models.set_summary(project.id, number, summary)


def warm_up_encoding() -> None:
    """Import what reading a table needs: the first thing that a new project waits for."""
    import dami.tables.encoding  # noqa: F401


def warm_up_training() -> None:
    """Train a toy, so that the first round does not wait for what that imports."""
    from dami.selection.learner import ActiveLearner

    ActiveLearner(random_state=0).fit_encoded(np.eye(4, dtype=np.float32), ["a", "b", None, None]).query(1)


def _watcher(report: Reporter, pace: float) -> Callable[[int, int, float, float], None]:
    began = time.monotonic()

    def on_step(step: int, steps: int, loss: float, accuracy: float) -> None:
        share = step / steps
        report.history.append([step, float(f"{float(loss):.3g}"), round(float(accuracy), 4)])
        time.sleep(max(0.0, min(pace, 30.0) * share - (time.monotonic() - began)))
        report(0.1 + 0.6 * share, f"Training the network: step {step} of {steps}", history=report.history)

    return on_step


def _label_column(project: Project, labels: dict[int, int], n: int) -> np.ndarray:
    """Class names as the command line would read them from the file, None where unlabelled, shape (n,)."""
    values = {entry.id: entry.value for entry in class_list(project.id).all}
    column = np.full(n, None, dtype=object)
    for row, class_id in labels.items():
        column[row] = values[class_id]
    return column


def _rows(current: Mapping[int, Event], action: str) -> list[int]:
    return [row for row, event in current.items() if event.action == action]


def _selection_record(selection: "Selection") -> dict[str, Any]:
    reasons = [selection.explain(k) for k in range(len(selection.indices))]
    return {
        "strategy": selection.strategy,
        "rows": selection.indices,
        "distances": selection.distances,
        "nearest": selection.nearest,
        "radii": selection.radii,
        "spaces": selection.space,
        "reasons": [reason.text for reason in reasons],
        "numbers": [reason.numbers for reason in reasons],
    }


def _describe_network(learner: "ActiveLearner", pool: Encoded, labels: np.ndarray, place: Artifacts) -> dict[str, Any]:
    from dami.selection.explain import contributions, nearest_centers

    network, regions = learner.network_, learner.regions_
    assert network is not None and regions is not None
    place.write_network(network.layers_)
    values, columns = contributions(network, pool.X, pool.columns_of, regions)
    centers = np.flatnonzero([label is not None for label in labels])
    distances, nearest = nearest_centers(regions.representation, centers)
    place.write(
        probabilities=network.predict_proba(pool.X).astype(np.float32),
        contributions=values.astype(np.float32),
        distances=distances.astype(np.float32),
        nearest=nearest.astype(np.int32),
        regions=regions.region_ids.astype(np.int32),
    )
    shared = np.bincount(regions.region_ids, minlength=regions.n_regions)
    return {
        "classes": [str(name) for name in network.classes_],
        "columns": [str(name) for name in columns],
        "n_regions": int(regions.n_regions),
        "rows_alone_in_region": int((shared == 1).sum()),
        "largest_region": int(shared.max()),
        "n_parameters": int(network.n_parameters_),
        "layer_sizes": [int(pool.X.shape[1]), *(len(bias) for _, bias in network.layers_)],
        "derived": network.derived_,
    }


def _changes(project: Project, values: list[str], place: Artifacts, discarded: list[int]) -> dict[str, Any] | None:
    """On how many rows of the pool this network says something else than the one before; which, beside its arrays."""
    before = models.latest(project.id)
    if before is None or not before.summary.get("classes"):
        return None
    try:
        then = predictions(project, before)
    except ProjectError:  # its arrays are a cache, which may be gone
        return None
    by_value = class_list(project.id).by_value
    shares = place.probabilities
    assert shares is not None
    now = np.array([by_value[value].id for value in values])[shares.argmax(1)]
    known_then = then.codes >= 0
    known_then[discarded] = False
    changed = known_then & (np.array([entry.id for entry in then.classes])[then.codes] != now)
    place.write(changed=changed)
    return {"rows": int(changed.sum()), "of": int(known_then.sum()), "since": before.number}


def _radii(
    learner: "ActiveLearner", labels: dict[int, int], current: Mapping[int, Event], discarded: list[int]
) -> dict[str, Any] | None:
    """The covering radius after each label, all under the present network: radii of two networks do not compare."""
    from dami.selection.stopping import prefix_radii

    assert learner.regions_ is not None
    points = learner.regions_.representation
    events = {row: event.id for row, event in current.items()}
    order = sorted(labels, key=lambda row: (events.get(row, 0), row))  # what came with the table was there first
    if not order or len(order) * points.size > MOST_PRODUCTS:
        return None
    radii = prefix_radii(points, np.array(order), np.setdiff1d(np.arange(len(points)), discarded))
    first = max(1, sum(row not in events for row in labels))
    steps = np.unique(np.linspace(first, len(order), MOST_POINTS).astype(int))
    return {"labels": steps, "radii": radii[steps - 1]}

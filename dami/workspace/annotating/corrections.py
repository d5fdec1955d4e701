"""Stores answers given outside the queue: labels, marks, corrections and confirmations, undo and redo.

Each answer is appended to the annotation log, and earlier answers stay there. Answers to many rows at once are one
batch, and one undo takes back the whole batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dami.errors import ProjectError
from dami.store import annotations, models
from dami.store.events import MARKS, Action
from dami.store.records import Appended, Class, Event, Project
from dami.workspace.annotating.pad import BY_HAND
from dami.workspace.projects.labels import audit_rows, class_list, imported, known, without
from dami.workspace.projects.stored_tables import require_rows, table
from dami.workspace.training import rounds


def label_rows(
    project: Project, rows: Iterable[int], class_id: int, annotator: str | None = None, saw: int | None = None
) -> Appended:
    """Give rows a class, in one batch; it replaces the labels that they have.

    An answer that comes twice from one sight of the page is stored once: a browser may send a choice when its field
    loses the focus, and again for the click that took the focus away.

    Parameters
    ----------
    saw : id of the newest event in the log when the annotator's page was drawn

    Raises
    ------
    ProjectError
        If there is no such class or row, or `rows` is empty; then nothing is stored.
    """
    if class_id not in {entry.id for entry in class_list(project.id).shown}:
        raise ProjectError("This class cannot be given any more: it was merged or removed. Choose another one.")
    return _answer(project, rows, {"action": "label", "class": class_id, "saw": saw}, annotator)


def mark_rows(
    project: Project, rows: Iterable[int], action: str, annotator: str | None = None, saw: int | None = None
) -> Appended:
    """Mark rows as unsure or discard them, in one batch.

    Raises
    ------
    ProjectError
        If the action is another one, there is no such row, or `rows` is empty; then nothing is stored.
    """
    if action not in MARKS:
        raise ProjectError(f"Rows can be marked as {' or '.join(MARKS)}, not as {action!r}.")
    return _answer(project, rows, {"action": action, "saw": saw}, annotator)


def correct(project: Project, row: int, class_id: int, annotator: str | None = None) -> Appended:
    """Give one row another class."""
    return label_rows(project, [row], class_id, annotator)


def confirm(project: Project, row: int, annotator: str | None = None, saw: int | None = None) -> Appended:
    """Give a row its present answer again: somebody looked at it a second time and found it right.

    Raises
    ------
    ProjectError
        If the row has no answer.
    """
    labels = known(project)
    if row in labels:
        return label_rows(project, [row], labels[row], annotator, saw)
    given = annotations.current(project.id).get(row)
    if given is None:
        raise ProjectError(f"Row {row} has no answer that could be confirmed.")
    return mark_rows(project, [row], given.action, annotator, saw)


def undo(project: Project, event: int | None = None, annotator: str | None = None) -> Appended:
    """Take back the newest action in the project's log; a batch is one action.

    Parameters
    ----------
    event : id of the action that the page showed as the newest; by default the newest now

    Raises
    ------
    ProjectError
        If there is nothing to take back, or the newest action is not `event` any more.
    """
    step = undo_step(project)
    if step is None:
        raise ProjectError("There is nothing to take back.")
    if event is not None and event != step.event:
        raise ProjectError("Something else was answered meanwhile; look again at what would be taken back.")
    return _switch(project, step, annotator)


def redo(project: Project, event: int | None = None, annotator: str | None = None) -> Appended:
    """Bring back the action that was taken back last; a batch is one action.

    Parameters
    ----------
    event : id of the undo that the page showed as the last; by default the last now

    Raises
    ------
    ProjectError
        If there is nothing to bring back, or the last undo is not `event` any more.
    """
    step = redo_step(project)
    if step is None:
        raise ProjectError("There is nothing to bring back.")
    if event is not None and event != step.event:
        raise ProjectError("Something else was answered meanwhile; look again at what would be brought back.")
    return _switch(project, step, annotator)


@dataclass(frozen=True)
class Step:
    """An action that one undo takes back or one redo brings back.

    Attributes
    ----------
    event : id of the event to undo; for a redo, that event is itself an undo
    n_rows : number of rows that the action answers
    """

    event: int
    action: Action
    class_id: int | None
    row: int
    n_rows: int


def undo_step(project: Project) -> Step | None:
    """Return the action that `undo` would take back; None if there is none."""
    newest = next(iter(annotations.history(project.id, 1)), None)
    if newest is None:
        return None
    return _step(newest, newest.id, annotations.history(project.id) if newest.batch else [])


def redo_step(project: Project) -> Step | None:
    """Return the action that `redo` would bring back; None if there is none."""
    taken_back, action = next(iter(annotations.redoable(project.id, 1)), (None, None))
    if taken_back is None or action is None:
        return None
    return _step(action, taken_back.id, annotations.events(project.id) if action.batch else [])


@dataclass(frozen=True)
class SecondLook:
    """A doubtful label: a network trained without it, or the labels of the nearest local models, contradict it.

    Attributes
    ----------
    given, suggested : the label, and the class that is proposed instead
    confidence : probability of `suggested` by a network that has not seen the label; None without such a network
    agreeing, neighbors : number of the nearest labelled rows with the same label, and number of nearest labelled rows
    """

    row: int
    given: Class
    suggested: Class
    confidence: float | None
    agreeing: int
    neighbors: int
    by_prediction: bool
    by_neighbors: bool


def second_look(project: Project) -> list[SecondLook]:
    """Return the newest network's doubtful labels, most doubtful first, without those confirmed or changed since."""
    model = models.latest(project.id)
    current = annotations.current(project.id)
    labels = known(project, current)
    by_value = class_list(project.id).by_value
    confirmed = annotations.confirmed(project.id)
    came_with = imported(project)
    found = []
    for doubt in model.summary.doubts if model else ():
        row, event = doubt.row, current.get(doubt.row)
        given, suggested = by_value.get(doubt.given), by_value.get(doubt.suggested)
        if given is None or suggested is None or given.id == suggested.id or labels.get(row) != given.id:
            continue
        if row in confirmed or (event.id if event else None) != doubt.event:
            continue
        if event is not None and came_with.get(row) == given.id:
            continue  # a person gave the imported label again, which confirms it
        neighbors = (doubt.agreeing, doubt.neighbors)
        against = (doubt.by_prediction, doubt.by_neighbors)
        found.append(SecondLook(row, given, suggested, doubt.confidence, *neighbors, *against))
    return found


def _answer(project: Project, rows: Iterable[int], answer: Mapping[str, Any], annotator: str | None) -> Appended:
    wanted = list(dict.fromkeys(rows))
    if not wanted:
        raise ProjectError("No row was chosen: draw a lasso on the map, or choose a row.")
    require_rows(wanted, len(table(project.table_id)))
    annotator = annotator or project.annotator
    if _came_before(project, wanted, answer, annotator):
        return Appended([], [], [], {})
    model = models.latest(project.id)
    learnt = without(audit_rows(project), annotations.current(project.id))
    asked = {
        "source": "human",
        "strategy": BY_HAND,
        "model": model.number if model else None,
        "round": rounds.round_number(project, learnt, model),
    }
    done = _record(project, [{"row": row, **answer, **asked} for row in wanted], annotator)
    rounds.start_if_due(project)
    return done


def _came_before(project: Project, rows: Sequence[int], answer: Mapping[str, Any], annotator: str | None) -> bool:
    """Return whether the log has this answer of this annotator already, given at the same sight of the page."""
    said = answer["action"], answer.get("class"), answer["saw"], annotator
    if answer["saw"] is None:
        return False
    since = annotations.since(project.id, answer["saw"])
    return set(rows) <= {e.row for e in since if (e.action, e.class_id, e.saw, e.annotator) == said}


def _switch(project: Project, step: Step, annotator: str | None) -> Appended:
    """Append an undo of an action, or of an earlier undo."""
    done = _record(project, [{"action": "undo", "undoes": step.event}], annotator)
    rounds.start_if_due(project, step.n_rows)
    return done


def _record(project: Project, items: Sequence[Mapping[str, Any]], annotator: str | None) -> Appended:
    done = annotations.record(project.id, items, annotator=annotator or project.annotator, batch=len(items) > 1)
    if done.refused:
        raise ProjectError(done.refused[0].reason)
    return done


def _step(action: Event, event: int, log: Iterable[Event]) -> Step:
    rows = {action.row}
    if action.batch is not None:
        rows |= {e.row for e in log if e.batch == action.batch and e.action != "undo"}
    return Step(event, action.action, action.class_id, action.row, len(rows))

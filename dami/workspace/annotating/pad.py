"""Builds the data of the label pad and stores its answers; the queue comes from the last selection and the log."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from dami.errors import ProjectError
from dami.selection.strategies import STRATEGIES, facts_of
from dami.selection.strategies.explanation import ROW, in_words
from dami.selection.strategies.spaces import TITLES
from dami.store import annotations, models, projects
from dami.store.events import ACTIONS, COLUMNS
from dami.store.model_records import Pick
from dami.store.records import Class, Event, Model, Project
from dami.views.colors import class_color
from dami.workspace.annotating import audit_sample
from dami.workspace.annotating.conflicts import conflicts
from dami.workspace.annotating.pad_wire import ClassEntry, HistoryEntry, Outbox, PadData, QueueEntry
from dami.workspace.projects.labels import ClassList, audit_rows, class_list, known, oracle, without
from dami.workspace.training import rounds

QUEUE = 30  # rows prefetched by the browser: more than anybody answers between two replies of the server
HISTORY = 300
REDO = 100
BY_HAND = "chosen by hand"
LONGEST_CLIENT = 200  # characters
LONGEST_TEXT = 5000  # characters, of a note for example
SENT = tuple(name for name in HistoryEntry.__annotations__ if name in COLUMNS and name != "step")  # of an event


@dataclass(frozen=True)
class Committed:
    """The result of storing an outbox.

    Attributes
    ----------
    acks : client -> the highest number that the server has dealt with
    refused : a sentence for each item that could not be stored
    """

    acks: dict[str, int]
    refused: list[str]


@dataclass(frozen=True)
class Desk:
    """The rows that one participant of a shared project has to answer; the pad shows them only their own answers."""

    annotator: str
    rows: list[int]


def commit(project: Project, outbox: Outbox, annotator: str | None = None) -> Committed:
    """Append the items that a browser sends to the log: first those of closed tabs, then those of its own outbox."""
    acks: dict[str, int] = {}
    refused: list[str] = []
    model = models.latest(project.id)
    for client, items in _boxes(outbox):
        done = annotations.append(
            project.id,
            client,
            [_with_oracle(project, item) for item in items],
            evidence=lambda item: _evidence(project, item, model),
            annotator=annotator or project.annotator,
        )
        rows = {item.get("seq"): item.get("row") for item in items if isinstance(item.get("seq"), int)}
        refused += [f"Row {rows.get(one.seq, '?')}: {one.reason}" for one in done.refused]
        for name, seq in done.acks.items():
            acks[name] = max(seq, acks.get(name, seq))
    rounds.start_if_due(project)
    return Committed(acks, refused)


def _boxes(outbox: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield client and items of each readable outbox: first the older ones of closed tabs, then the tab's own."""
    if not isinstance(outbox, dict):
        return
    orphans = outbox.get("orphans")
    for box in (*(orphans if isinstance(orphans, list) else ()), outbox):
        client, items = (box.get("client"), box.get("items")) if isinstance(box, dict) else (None, None)
        if isinstance(client, str) and client.isprintable() and 0 < len(client) <= LONGEST_CLIENT:
            readable = [_readable(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
            if readable:
                yield client, readable


def _readable(value: Any) -> Any:
    """Return a copy whose texts a database can hold: not too long, and without lone surrogates."""
    if isinstance(value, dict):
        return {_readable(str(key)): _readable(entry) for key, entry in value.items()}
    if isinstance(value, str):
        return value[:LONGEST_TEXT].encode("utf-8", "replace").decode()
    return value


def _with_oracle(project: Project, item: dict[str, Any]) -> dict[str, Any]:
    """Add the class to an oracle's answer; the browser does not know it, since hidden labels stay on the server."""
    row = item.get("row")
    if item.get("source") == "oracle" and item.get("action") == "label" and isinstance(row, int):
        try:
            return {**item, "class": oracle(project, row)}
        except ProjectError:
            return {**item, "action": "unsure"}
    return item


def _evidence(project: Project, item: Mapping[str, Any], newest: Model | None) -> dict[str, Any]:
    """Return why the row was on screen, from the selection of the model that asked; without a step, by hand."""
    number = item.get("model")
    if number is None or newest is None or not ACTIONS[item["action"]].answers:
        return {}
    if item.get("row") in audit_rows(project):
        return {"strategy": audit_sample.STRATEGY, "reason": audit_sample.REASON}
    if item.get("step") is None:
        return {"strategy": BY_HAND}
    try:
        if not isinstance(number, int) or not 0 <= number <= newest.number:
            raise ValueError(number)
        model = newest if number == newest.number else models.get(project.id, number)
    except (ProjectError, ValueError):
        return {"strategy": BY_HAND}
    row = item.get("row")
    pick = model.selection.pick(row) if isinstance(row, int) else None
    if pick is None:
        return {"strategy": BY_HAND}
    evidence = {name: getattr(pick, name) for name in ("space", "distance", "nearest", "radius", "reason")}
    return {"strategy": model.selection.strategy, **evidence}


def pad(project_id: str, acks: dict[str, int] | None = None, desk: Desk | None = None) -> PadData:
    """Return all data that the label pad shows, except addresses.

    Parameters
    ----------
    acks : client -> the highest number that this session has acknowledged
    desk : in a room, the rows that were handed out to this participant, in place of the project's queue
    """
    project = projects.get(project_id)
    model = models.latest(project.id)
    listed = class_list(project.id)
    seen = annotations.last_event(project.id)  # read first, as is the next, so that what is shown is never older
    stored = annotations.acks(project.id)
    current = annotations.current(project.id)
    history = annotations.history(project.id)
    labels = known(project, current)
    training = rounds.running(project.id) is not None
    audited = audit_rows(project)
    learnt = without(audited, current)
    answered = rounds.answered_since(learnt, model)
    counts = Counter(labels.values())
    for client, seq in (acks or {}).items():
        stored[client] = max(seq, stored.get(client, 0))
    redoable = annotations.redoable(project.id, REDO)
    if desk is not None:
        history = [event for event in history if event.annotator == desk.annotator]
        redoable = [(undo, event) for undo, event in redoable if event.annotator == desk.annotator]
        order = desk.rows
    else:
        order = _order(project, model, labels, current, answered, audited) if model else []
    return {
        "project": project.id,
        "mode": project.mode,
        "classes": [_class_entry(entry, counts[entry.id]) for entry in listed.shown],
        "goal": project.goal,
        "labeled": sum(event.action == "label" for event in current.values()),
        "model": model.number if model else None,
        "round": rounds.round_number(project, learnt, model),
        "round_size": project.round_size,
        "round_done": answered,
        "training": training,
        "strategies": {name: strategy.title for name, strategy in STRATEGIES.items()},
        "spaces": TITLES,
        "audit": audit_sample.progress(project),
        "queue": _queue(model, order, len(history) + 1, labels, current, listed.names, audited),
        "history": [_history_entry(event, step, listed) for step, event in [*enumerate(history, 1)][-HISTORY:]],
        "redo": [
            {"client": undo.client, "seq": undo.seq, "entry": _history_entry(event, None, listed)}
            for undo, event in redoable
        ],
        "acks": stored,
        "seen": seen,
        "conflicts": len(conflicts(project)) if desk is None else 0,
    }


def _class_entry(entry: Class, count: int) -> ClassEntry:
    return {
        "id": entry.id,
        "name": entry.name,
        "color": class_color(entry.id),
        "guideline": entry.guideline,
        "count": count,
    }


def _order(
    project: Project,
    model: Model,
    labels: dict[int, int],
    current: dict[int, Event],
    answered: int,
    audited: frozenset[int],
) -> list[int]:
    """Return the rows to ask next: rows that were taken back, then rows of an open audit, then the model's picks.

    A row that was put off comes back at the end of its round.
    """
    since = annotations.since(project.id, model.through_event)  # rows taken back earlier were candidates again
    undone = dict.fromkeys(event.row for event in reversed(since) if event.action == "undo")
    back = [row for row in undone if row not in current and row not in labels]
    to_audit = [row for row in audit_sample.open_rows(project) if row not in back]
    taken = {*current, *labels, *undone, *audited}
    open_rows = [row for row in model.selection.rows if row not in taken]
    put_off = {r: e.id for r, e in current.items() if e.meaning.returns and r not in audited}
    due = [row for row, event in put_off.items() if event <= model.through_event]  # their round is over
    soon = [row for row, event in put_off.items() if event > model.through_event]
    left = max(0, project.round_size - answered)
    return [*back, *to_audit, *due, *open_rows[:left], *soon, *open_rows[left:]][:QUEUE]


def _queue(
    model: Model | None,
    order: list[int],
    first_step: int,
    labels: dict[int, int],
    current: dict[int, Event],
    names: dict[int, str],
    audited: frozenset[int],
) -> list[QueueEntry]:
    """Return the rows in their order, each with its reason; a put-off row that is no pick now keeps its old reason."""
    if model is None:
        return []
    queue: list[QueueEntry] = []
    for step, row in enumerate(order, first_step):
        pick = model.selection.pick(row)
        strategy: str | None = model.selection.strategy
        distance = near = radius = space = None
        sentence, named = "You took your answer to this row back.", None
        numbers: Mapping[str, Any] = {}
        put_off: Event | None = None
        if row in audited:
            strategy, sentence = audit_sample.STRATEGY, audit_sample.REASON
        elif pick is not None:
            distance, near, radius, space = pick.distance, pick.nearest, pick.radius, pick.space
            sentence, named = _reason(pick)
            numbers = pick.numbers
        elif row in current:
            put_off = current[row]
            strategy, space, radius = put_off.strategy, put_off.space, put_off.radius
            distance, near = put_off.distance, put_off.nearest
            sentence, named = _reason_of_then(model.project, put_off)
        if near is not None and near < 0:
            near = None
        # The sentence was written before the picks of this selection were labelled. Once the nearest center has a
        # label, it is the nearest labelled row.
        beside = near if near in labels or named is None else named
        entry: QueueEntry = {
            "row": row,
            "step": step,
            "strategy": strategy,
            "distance": distance,
            "nearest": near,
            "nearest_class": None if near is None else labels.get(near),
            "compare": beside,
            "radius": radius,
            "space": space,
            "reason": in_words(sentence, beside, names[labels[beside]] if beside in labels else None),
            "facts": facts_of(strategy or "", numbers),
        }
        if row in audited:
            entry["audit"] = True
        if put_off is not None:  # the answer belongs to the network that asked
            entry |= {"model": put_off.model, "round": put_off.round}
        queue.append(entry)
    return queue


def _reason(pick: Pick) -> tuple[str, int | None]:
    """Return the sentence that says why a row was picked, and the row that the sentence names."""
    if pick.sentence is not None:
        return pick.sentence, pick.named
    numbers = pick.numbers  # an older selection stores its reasons only as text
    row = numbers.get("nearest" if numbers.get("nearest_labeled") is None else "nearest_labeled")
    sentence = re.sub(rf"\brow {row}\b", ROW, pick.reason)
    return sentence, row if ROW in sentence else None


def _reason_of_then(project: str, event: Event) -> tuple[str, int | None]:
    """Return the sentence and the named row for a put-off row, from the model that asked; the log has no named row."""
    if event.reason is None:
        return "", None
    try:
        pick = models.get(project, -1 if event.model is None else event.model).selection.pick(event.row)
    except ProjectError:
        pick = None
    return _reason(pick) if pick is not None and pick.reason == event.reason else (event.reason, None)


def _history_entry(event: Event, step: int | None, listed: ClassList) -> HistoryEntry:
    class_id = event.class_id
    sent = {name: _plain(getattr(event, name)) for name in SENT}
    sent |= {"event": event.id, "class": None if class_id is None else listed.resolve[class_id], "step": step}
    return cast(HistoryEntry, sent)  # a test compares the names


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold: None in place of infinity and NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value

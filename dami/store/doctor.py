"""Examines the data folder: compares the database with itself, with its files and with the annotation log.

This module only reads (though to open a database of an earlier version updates its schema). It repairs nothing: it
reports each fault and says what to do about it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from dami.errors import DamiError
from dami.store import annotations, audits, classes, files, models, projects, schema
from dami.store.database import DIALECTS, home, reading, url
from dami.store.events import ACTIONS
from dami.store.records import Event, Project

READ_BYTES = 2**20
NO_ANSWERS = {action for action, meaning in ACTIONS.items() if not meaning.answers}
FROM_BACKUP = "restore it from a backup"


@dataclass(frozen=True)
class Examined:
    """One project: its name, its number of events and of labels, and its faults as sentences."""

    name: str
    n_events: int
    n_labels: int
    faults: list[str]


def examine() -> tuple[list[str], list[Examined]]:
    """Examine the data folder.

    Returns
    -------
    (faults of the database as a whole, the projects that are not deleted, the last opened first)

    Raises
    ------
    DamiError
        If there is no database yet, or it cannot be opened or read at all.
    """
    if url().startswith("sqlite") and not (home() / "dami.db").exists():
        raise DamiError(f"There is no database in {home()}: nothing has been labelled there yet.")
    with reading() as connection:
        whole = list(DIALECTS[connection.dialect.name].faults(connection, FROM_BACKUP))
    return whole, [_project(project) for project in projects.listing(rooms=True)]


def _project(project: Project) -> Examined:
    log = annotations.events(project.id)
    faults: list[str] = []
    n_rows = None
    try:
        n_rows = _n_rows(project.table_id)
    except DamiError as error:
        faults.append(str(error))
    answers = _replayed(log)
    faults += _of_log(project, log, n_rows)
    if not faults:  # what a page shows cannot be worked out of a broken log
        faults += _of_pages(project, answers)
    faults += _of_models(project, log, n_rows)
    n_labels = sum(event.action == "label" for event in answers.values())
    return Examined(project.name, len(log), n_labels, faults)


def _n_rows(table_id: str) -> int:
    """Return the number of rows of a table after checking that its file is the one that was stored."""
    path = files.table_path(table_id)
    if not path.exists():
        raise DamiError(f"The table of this project ({path}) is gone: {FROM_BACKUP}, or open its file again.")
    if _sha256(path) != table_id:
        raise DamiError(f"The table of this project ({path}) is not as it was stored: {FROM_BACKUP}.")
    with reading() as connection:
        table = schema.table_.c
        return connection.execute(sa.select(table.n_rows).where(table.id == table_id)).scalar_one()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(READ_BYTES):
                digest.update(block)
    except OSError as error:
        raise DamiError(f"{path} cannot be read ({error.strerror}): check the disk.") from error
    return digest.hexdigest()


def _of_log(project: Project, log: Sequence[Event], n_rows: int | None) -> Iterator[str]:
    known = {event.id for event in log}
    class_ids = {entry.id for entry in classes.list_classes(project.id)}
    for event in log:
        if not _in_table([event.row], n_rows):
            yield f"Event {event.id} is of row {event.row}, which the table does not have: {FROM_BACKUP}."
        if event.action not in ACTIONS:
            yield f"Event {event.id} does what no version of DAMI does ({event.action!r}): {FROM_BACKUP}."
        if event.action == "label" and event.class_id not in class_ids:
            yield f"Event {event.id} gives a class ({event.class_id}) that the project does not have: {FROM_BACKUP}."
        if event.action == "undo" and (event.undoes is None or event.undoes not in known or event.undoes >= event.id):
            yield f"Event {event.id} takes back an event ({event.undoes}) that was not there: {FROM_BACKUP}."


def _of_pages(project: Project, answers: dict[int, Event]) -> Iterator[str]:
    """Yield a sentence for each row whose shown answer differs from the answer that `_replayed` finds in the log."""
    shown = annotations.current(project.id)
    for row in sorted(shown.keys() | answers.keys()):
        ids = [by_row[row].id if row in by_row else None for by_row in (shown, answers)]
        if ids[0] != ids[1]:
            yield f"Row {row} is shown as event {ids[0]} has it, but the log says {ids[1]}: this is a fault of DAMI's."


def _replayed(log: Sequence[Event]) -> dict[int, Event]:
    """Return row -> its answer in effect, with the log read from its end: an undo is newer than the event it names."""
    events = {event.id: event for event in log}
    members: dict[str, list[Event]] = {}
    for event in log:
        if event.batch is not None and event.action != "undo":
            members.setdefault(event.batch, []).append(event)
    gone: set[int] = set()
    for event in reversed(log):
        target = events.get(event.undoes or 0)
        if event.action != "undo" or event.id in gone or target is None:
            continue
        together = [target] if target.batch is None else members.get(target.batch, [])
        gone |= {one.id for one in together if one.id < event.id}
    return {event.row: event for event in log if event.id not in gone and event.action not in NO_ANSWERS}


def _of_models(project: Project, log: Sequence[Event], n_rows: int | None) -> Iterator[str]:
    last = log[-1].id if log else 0
    for model in models.listing(project.id):
        if model.through_event > last:
            yield f"Network {model.number} has seen events that the log does not have: {FROM_BACKUP}."
        if not _in_table(model.selection.rows, n_rows):
            yield f"Network {model.number} asks for rows that the table does not have: train anew."
    for audit in audits.listing(project.id):
        if not _in_table(audit.rows, n_rows):
            yield f"Audit {audit.number} holds rows that the table does not have: {FROM_BACKUP}."


def _in_table(rows: Sequence[int], n_rows: int | None) -> bool:
    return n_rows is None or all(0 <= row < n_rows for row in rows)

"""Writes to the annotation log, inside one transaction during which the project's other writers wait."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.store import schema
from dami.store.events import COLUMNS
from dami.store.items import Item, ItemError, evidence
from dami.store.records import Event
from dami.store.revisions import missing_project

_EVENT = schema.event.c
TOLD = tuple(field.name for field in fields(Item) if field.name in COLUMNS)
SAID = ("action", "class_id", "note", "source", "batch")
"""Two items with one number are the same if these columns, the row, the undone event and the key press agree."""


class Writer:
    """Appends items to a project's log, in the order of the calls of `put`.

    Attributes
    ----------
    stored : columns of the events that were put and flushed, each with its id.
    """

    def __init__(self, connection: Connection, project: str, annotator: str | None) -> None:
        self.connection, self.project, self.annotator = connection, project, annotator
        project_, table = schema.project.c, schema.table_.c
        found = connection.execute(
            sa.select(table.n_rows, project_.annotator)
            .join_from(schema.project, schema.table_)
            .where(project_.id == project, project_.deleted.is_(None))
            .with_for_update(of=schema.project)  # SQLite has its one writer anyway
        ).first()
        if found is None:
            raise missing_project()
        self.n_rows = found.n_rows
        if annotator is None:
            self.annotator = found.annotator
        class_ = schema.class_.c
        self.classes = set(connection.execute(sa.select(class_.id).where(class_.project == project)).scalars())
        self.stored: list[dict[str, Any]] = []
        self._pending: list[dict[str, Any]] = []
        self._known: dict[tuple[str, int], dict[str, Any]] = {}  # (client, seq) -> columns
        self._last = (
            connection.execute(sa.select(sa.func.max(_EVENT.id)).where(_EVENT.project == project)).scalar() or 0
        )
        self._now = time.time()

    def next_seq(self, client: str) -> int:
        """Return the first number after all numbers of this client in the log."""
        query = sa.select(sa.func.max(_EVENT.seq)).where(_EVENT.project == self.project, _EVENT.client == client)
        highest = self.connection.execute(query).scalar()
        return 0 if highest is None else highest + 1

    def know(self, client: str, seqs: Iterable[int]) -> None:
        """Read the events under these numbers, so that `put` recognizes an item that comes again."""
        for row in self.connection.execute(under_numbers(self.project, client, list(seqs))):
            self._known[client, row.seq] = dict(row._mapping)

    def put(self, client: str, item: Item, details: Mapping[str, Any], **values: Any) -> bool:
        """Append an item unless the log has it; `values` replace columns that this method would fill.

        Returns
        -------
        False if the log has the same item already.

        Raises
        ------
        ConflictError
            If another item has its number.
        ItemError
            If the item names a row, a class or an event that the project does not have.
        """
        before = self._known.get((client, item.seq))
        undone = self._find(item.undoes) if item.undoes is not None else None
        if before is not None:
            if not _same(before, item, undone):
                raise ConflictError("An answer came under a number that an earlier one has; it was not stored.")
            return False
        if item.undoes is not None and undone is None:
            raise ItemError("What was to be undone is not in the log.")
        row = item.row if undone is None else undone["row"]
        if row is None or row >= self.n_rows:
            raise ItemError(f"There is no row {row}: the table has {self.n_rows:,} rows, numbered from 0.")
        if item.class_id is not None and item.class_id not in self.classes:
            raise ItemError(f"This project has no class {item.class_id}.")
        event = {
            "project": self.project,
            "client": client,
            "annotator": self.annotator,
            "committed": self._now,
            **{name: getattr(item, name) for name in TOLD},
            "row": row,
            "undoes": undone["id"] if undone is not None else None,
            **evidence({**item.given, **details}),
            **values,
        }
        self._pending.append(event)
        self._known[client, item.seq] = event
        return True

    def flush(self) -> None:
        """Write the events that were put to the database, and read their ids."""
        if not self._pending:
            return
        self.connection.execute(sa.insert(schema.event), self._pending)
        query = sa.select(_EVENT.id, _EVENT.client, _EVENT.seq).where(_EVENT.project == self.project)
        for row in self.connection.execute(query.where(_EVENT.id > self._last).order_by(_EVENT.id)):
            self._known[row.client, row.seq]["id"] = self._last = row.id
        self.stored += self._pending
        self._pending = []

    def events(self) -> list[Event]:
        """Return the stored events, in order."""
        return [Event(**columns) for columns in self.stored]

    def _find(self, reference: int | tuple[str, int]) -> dict[str, Any] | None:
        """Return the columns (at least id and row) of the event that an undo names."""
        if isinstance(reference, tuple) and reference in self._known:
            found = self._known[reference]
            if "id" not in found:
                self.flush()
            return found
        query = sa.select(_EVENT.id, _EVENT.row).where(_EVENT.project == self.project)
        if isinstance(reference, tuple):
            query = query.where(_EVENT.client == reference[0], _EVENT.seq == reference[1])
        else:
            query = query.where(_EVENT.id == reference)
        row = self.connection.execute(query).first()
        return None if row is None else dict(row._mapping)


class ConflictError(ItemError):
    """Two different items have the same number."""


def under_numbers(project: str, client: str, seqs: list[int]) -> sa.Select:
    """Return a query for a client's events from the lowest to the highest of these numbers."""
    low, high = (min(seqs), max(seqs)) if seqs else (0, -1)
    return sa.select(schema.event).where(
        _EVENT.project == project, _EVENT.client == client, _EVENT.seq.between(low, high)
    )


def _same(before: Mapping[str, Any], item: Item, undone: Mapping[str, Any] | None) -> bool:
    if any(before[name] != getattr(item, name) for name in SAID):
        return False
    if item.action == "undo":
        if undone is None or before["undoes"] != undone["id"]:
            return False
    elif before["row"] != item.row:
        return False
    return before["pressed"] is None or item.pressed is None or before["pressed"] == item.pressed

"""Appends to the annotation log, which never changes otherwise, and works out from it what holds now.

A pad numbers its items (`seq`, per client) and sends each item again until the server acknowledges it. So the same item
may come any number of times, and is stored once. If another item comes under the same number (from a duplicated browser
tab), that item is refused as a conflict and reported, never dropped in silence. The log is in the order of its event
ids.
"""

import threading
import uuid
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from dami.errors import DamiError, ProjectError
from dami.store import schema
from dami.store.database import reading, transaction, url
from dami.store.effective_log import SERVER, EffectiveLog
from dami.store.events import COLUMNS
from dami.store.items import Item, ItemError, measure, whole
from dami.store.log_writer import ConflictError, Writer, under_numbers
from dami.store.records import Appended, Event, Refused
from dami.store.revisions import bump, seen_revision

Evidence = Callable[[Mapping[str, Any]], Mapping[str, Any]]

CACHED_LOGS = 64
_EVENT = schema.event.c
_COLUMNS = [_EVENT[name] for name in COLUMNS]
_AFTER = (
    sa.select(*_COLUMNS)
    .where(_EVENT.project == sa.bindparam("project"), _EVENT.id > sa.bindparam("after"))
    .order_by(_EVENT.id)
)


def append(
    project: str,
    client: str,
    items: Iterable[Mapping[str, Any]],
    *,
    evidence: Evidence | None = None,
    annotator: str | None = None,
) -> Appended:
    """Store the items that a pad sent, each item once, in the order of their numbers; the numbers may have gaps.

    Parameters
    ----------
    client : the sender that numbered the items; each browser tab is a client of its own.
    items : mappings with `seq`, `action` and `row` (an undo needs no `row`); `class` (or `class_id`) for a label;
        `undoes` for an undo: an event's id or ``{"client", "seq"}``; `batch`: a name that items given together share,
        so that they are undone together; and if known `pressed`, `source`, `note`, the evidence of an `Event`, and
        `saw`: the id of the newest event that was on screen.
    evidence : called once for each new item that is no undo, before the transaction; its values replace the evidence
        that the item gives. If it raises a `DamiError`, the item is stored with its own evidence only.
    annotator : the project's annotator if not given.

    Raises
    ------
    ProjectError
        If the project is missing or the client has no proper name. A bad item raises nothing; only that item is
        refused.
    """
    _check_client(client)
    parsed, refused = _parse(items)
    parsed.sort(key=lambda item: item.seq)
    details = _details(project, client, parsed, evidence)
    with transaction() as connection:
        writer = Writer(connection, project, annotator)
        writer.know(client, [item.seq for item in parsed])
        repeated = _put_all(writer, client, parsed, details, refused)
        acknowledged = writer.next_seq(client) - 1
    numbers = [one.seq for one in refused if one.seq is not None]
    highest = max([acknowledged, *numbers])
    return Appended(writer.events(), repeated, refused, {client: highest} if highest >= 0 else {})


def record(
    project: str,
    items: Iterable[Mapping[str, Any]],
    *,
    evidence: Evidence | None = None,
    annotator: str | None = None,
    client: str = SERVER,
    batch: bool = False,
) -> Appended:
    """Store items that arose on the server (a button, labels in bulk, an import), and number them; else as `append`.

    A second call with the same items stores them a second time. With `batch`, one undo takes back all items of the
    call.
    """
    _check_client(client)
    parsed, refused = _parse(items, numbered=False)
    if batch:
        name = new_batch()
        parsed = [replace(item, batch=name) for item in parsed]
    details = [_asked(evidence, item) for item in parsed]
    with transaction() as connection:
        writer = Writer(connection, project, annotator)
        first = writer.next_seq(client)
        parsed = [replace(item, seq=seq) for seq, item in enumerate(parsed, first)]
        _put_all(writer, client, parsed, details, refused)
        acknowledged = writer.next_seq(client) - 1
    return Appended(writer.events(), [], refused, {client: acknowledged} if acknowledged >= 0 else {})


def new_batch() -> str:
    """Return a name for items that are given together, and for what comes with them."""
    return uuid.uuid4().hex


def in_effect(project: str, batch: str) -> bool:
    """Return whether a batch has not been taken back."""
    with _following(project) as log:
        return log.has_batch(batch)


def copy_log(project: str, events: Iterable[Event | Mapping[str, Any]]) -> int:
    """Copy another project's log, undos included, into a new project; clients, numbers and times stay, ids are new.

    Returns
    -------
    The number of events stored.

    Raises
    ------
    ProjectError
        If the project has a log already, or an event does not fit the project. Then nothing is stored.
    """
    new_of: dict[Any, tuple[str, int]] = {}  # id in the other project -> client and number
    there_ids: list[int] = []
    with transaction() as connection:
        writer = Writer(connection, project, None)
        if connection.execute(sa.select(_EVENT.id).where(_EVENT.project == project).limit(1)).first() is not None:
            raise ProjectError("The project has labels already; a log is copied into a new one only.")
        for position, given in enumerate(events, 1):
            columns = asdict(given) if isinstance(given, Event) else dict(given)
            try:
                client = _check_client(columns.get("client"))
                if columns.get("undoes") is not None:
                    there = new_of.get(columns["undoes"])
                    columns["undoes"] = None if there is None else {"client": there[0], "seq": there[1]}
                item = Item.read(columns)
                told: dict[str, Any] = {"annotator": str(columns.get("annotator") or "")}
                committed = measure(columns.get("committed"))
                times = {} if committed is None else {"committed": committed}
                if item.saw is not None:
                    told["saw"] = _seen_here(writer, item.saw, there_ids)
                if not writer.put(client, item, {}, **told, **times):
                    raise ConflictError("It came before.")
            except (ItemError, ProjectError) as error:
                raise ProjectError(
                    f"Event {position} of the annotation log does not fit this project: {error}"
                ) from error
            new_of[columns.get("id")] = (client, item.seq)
            there_ids.append(whole(columns.get("id")) or 0)
        writer.flush()
        bump(connection, project)
    return len(writer.stored)


def acks(project: str) -> dict[str, int]:
    """Return client -> the client's highest number in the log."""
    with _following(project) as log:
        return dict(log.acks)


def events(project: str, after: int = 0) -> list[Event]:
    """Return the log as the database has it, undos included, from the first event with a higher id than `after`."""
    return _read(project, after)


def since(project: str, after: int) -> list[Event]:
    """Return what `events` returns; read only those events from the database that this process does not hold yet."""
    with _following(project) as log:
        return log.since(after)


def last_event(project: str) -> int:
    """Return the id of the newest event, 0 if there is none."""
    with _following(project) as log:
        return log.last_id


def current(project: str) -> dict[int, Event]:
    """Return row -> the last answer to the row that was not taken back: label, unsure, later or discard."""
    with _following(project) as log:
        return dict(log.current)


def notes(project: str) -> dict[int, str]:
    """Return row -> the newest note on the row that was not taken back; a row whose note was emptied is left out."""
    with _following(project) as log:
        return {row: event.note for row, event in log.notes.items() if event.note}


def confirmed(project: str) -> set[int]:
    """Return the rows whose last two answers in effect gave the same label: somebody looked again and kept it."""
    with _following(project) as log:
        return log.confirmed()


def conflicts(project: str) -> list[tuple[Event, Event]]:
    """Return answers in effect that contradict an answer that their annotator had not seen, each with that answer."""
    with _following(project) as log:
        return log.conflicts()


def redoable(project: str, limit: int | None = None) -> list[tuple[Event, Event]]:
    """Return the undos that a redo may take back, the newest first, each with the event that it took back.

    After a new action the list is empty: a redo would then bring back an event that nobody remembers.
    """
    with _following(project) as log:
        return log.redoable(limit)


def labels(project: str) -> dict[int, int]:
    """Return row -> class id of the rows whose last answer in effect is a label."""
    with _following(project) as log:
        return {row: event.class_id for row, event in log.current.items() if event.class_id is not None}


def history(project: str, limit: int | None = None) -> list[Event]:
    """Return the last `limit` actions that were not taken back, without the undos, oldest first."""
    with _following(project) as log:
        return log.history(limit)


def _seen_here(writer: Writer, saw: int, there_ids: Sequence[int]) -> int:
    """Return the id here of the newest copied event whose id there is at most `saw`, 0 if there is none."""
    at = bisect_right(there_ids, saw)
    if at > len(writer.stored):
        writer.flush()  # an event gets its id in the database
    return writer.stored[at - 1]["id"] if at else 0


def _parse(items: Iterable[Mapping[str, Any]], numbered: bool = True) -> tuple[list[Item], list[Refused]]:
    parsed: list[Item] = []
    refused: list[Refused] = []
    for item in items:
        try:
            parsed.append(Item.read(item, None if numbered else 0))
        except ItemError as error:
            refused.append(Refused(whole(item.get("seq")), str(error)))
    return parsed, refused


def _details(project: str, client: str, parsed: Sequence[Item], evidence: Evidence | None) -> list[Mapping[str, Any]]:
    if evidence is None or not parsed:
        return [{}] * len(parsed)
    with reading() as connection:
        query = under_numbers(project, client, [item.seq for item in parsed]).with_only_columns(_EVENT.seq)
        known = set(connection.execute(query).scalars())
    return [{} if item.seq in known else _asked(evidence, item) for item in parsed]


def _asked(evidence: Evidence | None, item: Item) -> Mapping[str, Any]:
    if evidence is not None and item.action != "undo":
        with suppress(DamiError):  # a label is worth more than the reason why it was asked for
            return evidence(item.given)
    return {}


def _put_all(
    writer: Writer, client: str, parsed: Sequence[Item], details: Sequence[Mapping[str, Any]], refused: list[Refused]
) -> list[int]:
    """Put each item, add those that are refused to `refused`, and return the numbers of those that came before."""
    repeated = []
    for item, more in zip(parsed, details, strict=True):
        try:
            if not writer.put(client, item, more):
                repeated.append(item.seq)
        except ItemError as error:
            refused.append(Refused(item.seq, str(error), isinstance(error, ConflictError)))
    writer.flush()
    if writer.stored:
        bump(writer.connection, writer.project)
    return repeated


def _check_client(client: Any) -> str:
    if not isinstance(client, str) or not 0 < len(client) <= 200:
        raise ProjectError("Answers came from a client without a proper name.")
    return client


@dataclass
class _Cached:
    log: EffectiveLog = field(default_factory=EffectiveLog)
    revision: int | None = None  # of the project, when the log was read last
    lock: threading.Lock = field(default_factory=threading.Lock)


_cache: OrderedDict[tuple[str, str], _Cached] = OrderedDict()
_cache_lock = threading.Lock()


@contextmanager
def _following(project: str) -> Iterator[EffectiveLog]:
    """Yield the project's log as this process holds it, after reading the events that any process appended since."""
    key = (url(), project)
    with _cache_lock:
        cached = _cache.setdefault(key, _Cached())
        _cache.move_to_end(key)
        while len(_cache) > CACHED_LOGS:
            _cache.popitem(last=False)
    revision = seen_revision(project)
    with cached.lock:
        if revision is None or cached.revision is None or cached.revision < revision:
            for event in _read(project, cached.log.last_id):
                cached.log.add(event)
            cached.revision = revision
        yield cached.log


def _read(project: str, after: int) -> list[Event]:
    with reading() as connection:
        return [Event(*row) for row in connection.execute(_AFTER, {"project": project, "after": after}).all()]

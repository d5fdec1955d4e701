"""Stores workshop rooms: their codes, their participants, and the handouts of each participant.

A room has a project of its own, which the teacher sees. The participants share that project, or each has a copy.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from dami.errors import ProjectError
from dami.store import schema
from dami.store.database import reading, transaction
from dami.store.records import Handout, Participant, Project, Room, Sharing
from dami.store.revisions import bump, remembered

SHARINGS: tuple[str, ...] = get_args(Sharing)
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no two of them sound or look alike
CODE_LENGTH = 6
MOST_PARTICIPANTS = 200

_ROOM, _PARTICIPANT, _HANDOUT, _PROJECT = schema.room.c, schema.participant.c, schema.handout.c, schema.project.c
_ROOMS = sa.select(*(_ROOM[field.name] for field in fields(Room)))
_THERE = _ROOMS.join(schema.project, _ROOM.project == _PROJECT.id).where(_PROJECT.deleted.is_(None))
_BY_ID = _THERE.where(_ROOM.id == sa.bindparam("which"))
_BY_CODE = _THERE.where(_ROOM.code == sa.bindparam("which"))
_COPIED = sa.select(_PARTICIPANT.room).where(_PARTICIPANT.project == sa.bindparam("project"))
_OF_PROJECT = _ROOMS.where((_ROOM.project == sa.bindparam("project")) | _ROOM.id.in_(_COPIED))
_PEOPLE = sa.select(*(_PARTICIPANT[field.name] for field in fields(Participant)))
_PERSON = _PEOPLE.where(_PARTICIPANT.id == sa.bindparam("key"))
_IN_ROOM = _PEOPLE.where(_PARTICIPANT.room == sa.bindparam("room")).order_by(_PARTICIPANT.number)
_HANDOUTS = sa.select(
    _HANDOUT.participant, _PARTICIPANT.nickname, _HANDOUT.row, _HANDOUT.place, _HANDOUT.model, _HANDOUT.given
).join(schema.participant, _HANDOUT.participant == _PARTICIPANT.id)
_HANDED_OUT = _HANDOUTS.where(_HANDOUT.room == sa.bindparam("room")).order_by(_HANDOUT.given, _HANDOUT.place)
_HELD_BY = _HANDOUTS.where(_HANDOUT.participant == sa.bindparam("holder")).order_by(_HANDOUT.place)


def create(name: str, project: str, sharing: Sharing, overlap: int = 1, strategies: Sequence[str] = ("dami",)) -> Room:
    """Open a room over a project, under a code that no room has or had.

    Parameters
    ----------
    overlap : number of participants who are given each row of a shared project.

    Raises
    ------
    ProjectError
        If a room cannot have these settings.
    """
    if sharing not in SHARINGS or overlap < 1 or not strategies:
        raise ProjectError("A room is for own copies or a shared table, each row for one person or more.")
    room = Room(secrets.token_urlsafe(16), "", name, project, sharing, overlap, list(strategies), time.time(), None)
    values = {field: getattr(room, field) for field in Room.__slots__}
    with transaction() as connection:
        taken = set(connection.execute(sa.select(_ROOM.code)).scalars())
        values["code"] = next(code for code in iter(_new_code, "") if code not in taken)
        bump(connection, project)
        connection.execute(sa.insert(schema.room).values(values))
    return Room(**values)


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def get(room: str) -> Room:
    """Return the room with this id.

    Raises
    ------
    ProjectError
        If there is no such room.
    """
    return _one(_BY_ID, room)


def by_code(code: str) -> Room:
    """Return the room that a code opens, also if the room is closed.

    Raises
    ------
    ProjectError
        If the code opens no room.
    """
    return _one(_BY_CODE, "".join(code.split()).upper())


@remembered
def of_project(project: str) -> Room | None:
    """Return the room of a project that is a room's own or a participant's copy; None for all other projects."""
    with reading() as connection:
        found = connection.execute(_OF_PROJECT, {"project": project}).first()
    return None if found is None else Room(*found)


def is_copy(project: Project) -> bool:
    """Whether a project is one participant's copy in a room."""
    if project.mode != "workshop":
        return False
    room = of_project(project.id)
    return room is not None and room.project != project.id


def listing() -> list[Room]:
    """Return all rooms whose project was not deleted, the newest first."""
    with reading() as connection:
        return [Room(*row) for row in connection.execute(_THERE.order_by(_ROOM.created.desc(), _ROOM.id)).all()]


def join(room: str, nickname: str, project: str) -> Participant:
    """Let somebody into a room, under a nickname that nobody else has there.

    Raises
    ------
    ProjectError
        If the room is closed or full, or the nickname is taken.
    """
    with transaction() as connection:
        bump(connection, project)
        connection.execute(sa.update(schema.room).where(_ROOM.id == room).values(id=room))  # lock: one after the other
        found = _of(connection, room)
        refuse_if_taken(found, nickname)
        query = sa.select(_ROOM.closed).where(_ROOM.id == room)
        if connection.execute(query).scalar() is not None:
            raise ProjectError("This room is closed.")
        one = Participant(secrets.token_urlsafe(16), room, len(found), nickname, project, time.time())
        values = {field: getattr(one, field) for field in Participant.__slots__}
        try:
            connection.execute(sa.insert(schema.participant).values(values))
        except IntegrityError as error:
            raise ProjectError("Somebody came in at the same moment: try again.") from error
    return one


def refuse_if_taken(present: Sequence[Participant], nickname: str) -> None:
    """Refuse a nickname that somebody has, in upper or lower case, and anybody beyond `MOST_PARTICIPANTS`.

    Raises
    ------
    ProjectError
        If the nickname is taken, or the room is full.
    """
    if any(one.nickname.casefold() == nickname.casefold() for one in present):
        raise ProjectError(f"Somebody here is called {nickname} already: choose another name.")
    if len(present) >= MOST_PARTICIPANTS:
        raise ProjectError(f"The room is full: {MOST_PARTICIPANTS} people are in it.")


def participant(key: str) -> Participant:
    """Return the participant with this key.

    Raises
    ------
    ProjectError
        If nobody has the key.
    """
    with reading() as connection:
        found = connection.execute(_PERSON, {"key": key}).first()
    if found is None:
        raise ProjectError("This address belongs to nobody in a room: join with the room's code.")
    return Participant(*found)


def participants(room: str) -> list[Participant]:
    """Return the participants of a room, in the order of joining."""
    with reading() as connection:
        return _of(connection, room)


def close(room: str, closed: bool = True) -> Room:
    """Close a room, or open it again; neither loses anything."""
    there = get(room).project
    with transaction() as connection:
        for project in dict.fromkeys([there, *(one.project for one in _of(connection, room))]):
            bump(connection, project, must_exist=False)
        connection.execute(
            sa.update(schema.room).where(_ROOM.id == room).values(closed=time.time() if closed else None)
        )
    return get(room)


def hand_out(
    holder: Participant, model: int, choose: Callable[[list[Handout]], list[int]], now: float | None = None
) -> list[int]:
    """Give a participant rows, while nobody else in the room is given any.

    Parameters
    ----------
    model : number of the network that asks
    choose : callable(handouts of the room) -> the rows that the participant is to have now, in order. It is called
        first with the participant's own handouts alone. If it then returns the last rows of these, as after most
        answers, nothing is written.

    Returns
    -------
    The rows that the participant has now.
    """
    now = time.time() if now is None else now
    with reading() as connection:
        mine = _held(connection, holder)
    if _ends_with(list(mine), rows := choose(list(mine.values()))):
        return rows
    with transaction() as connection:
        # In any database, the room's writers wait here for each other.
        connection.execute(sa.update(schema.room).where(_ROOM.id == holder.room).values(id=holder.room))
        held = [Handout(*row) for row in connection.execute(_HANDED_OUT, {"room": holder.room}).all()]
        mine = _held(connection, holder)
        if _ends_with(list(mine), rows := choose(held)):
            return rows
        connection.execute(sa.delete(schema.handout).where(_HANDOUT.participant == holder.id))
        if rows:
            values = [
                {
                    "participant": holder.id,
                    "row": row,
                    "room": holder.room,
                    "place": place,
                    "model": mine[row].model if row in mine else model,
                    "given": mine[row].given if row in mine else now,
                }
                for place, row in enumerate(rows)
            ]
            connection.execute(sa.insert(schema.handout), values)
    return rows


def _ends_with(rows: list[int], end: list[int]) -> bool:
    return bool(end) and rows[-len(end) :] == end


def _held(connection: Connection, holder: Participant) -> dict[int, Handout]:
    """Return row -> handout of a participant, in the order of the queue."""
    found = [Handout(*row) for row in connection.execute(_HELD_BY, {"holder": holder.id}).all()]
    return {one.row: one for one in found}


def _one(query: sa.Select, which: str) -> Room:
    with reading() as connection:
        found = connection.execute(query, {"which": which}).first()
    if found is None:
        raise ProjectError("No room has this code: look at it again, or ask who opened the room.")
    return Room(*found)


def _of(connection: Connection, room: str) -> list[Participant]:
    return [Participant(*row) for row in connection.execute(_IN_ROOM, {"room": room}).all()]

"""Lets people join a room by its code, and limits how often they may try wrong codes or join."""

from dami.errors import ProjectError
from dami.store import rooms
from dami.store.records import Participant
from dami.ui.access.rate_limits import within
from dami.workspace.workshop import room_lifecycle

ROOM, PARTICIPANT = "room", "me"  # names of parameters in the address
WRONG_CODES = "10 per minute"  # from one address; a code is six of 30 letters, so nobody finds one by guessing
JOINS = "60 per minute"  # into one room


def enter_room(code: str, nickname: str, where: str) -> Participant:
    """Join the room with this code. Wrong codes are counted for each `where`, the address of the caller.

    Raises
    ------
    ProjectError
        If no room has this code, the room is closed or full, the name is taken, or there were too many tries.
    """
    if not within(WRONG_CODES, "wrong", where, count=False):
        raise ProjectError("Too many wrong codes were tried from here: wait a minute, then try again.")
    try:
        room = rooms.by_code(code)
    except ProjectError:
        within(WRONG_CODES, "wrong", where)
        raise
    if not within(JOINS, "join", room.id):
        raise ProjectError("Too many people come in at once: wait a minute, then try again.")
    return room_lifecycle.join(room, nickname)

"""The way into a room by its code: wrong codes are limited in rate, and so is coming in."""

from dami.errors import ProjectError
from dami.store import rooms
from dami.store.records import Participant
from dami.ui.access.rate_limits import within
from dami.workspace.workshop import rooms as workspace_rooms

ROOM, PARTICIPANT = "room", "me"  # in the address
WRONG_CODES = "10 per minute"  # from one place: with 30 letters and six of them, nobody comes in by guessing
JOINS = "60 per minute"  # into one room


def enter_room(code: str, nickname: str, where: str) -> Participant:
    """Join the room with this code; `where` somebody tries from, wrong codes are counted by.

    Raises
    ------
    ProjectError
        If there is none, it is closed or full, the name is taken, or too many have tried.
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
    return workspace_rooms.join(room, nickname)

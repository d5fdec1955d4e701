"""Hands out the rows of a shared table: the network's picks in order, each to at most `overlap` participants.

A row stays with its participant until they answer it, or say nothing at all for a while.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dami.store import annotations, models, rooms
from dami.store.records import Event, Handout, Participant, Room
from dami.workspace.workshop.room_lifecycle import TEACHER

AHEAD = 6  # rows that a participant has at a time
LEAST = 3  # rows left when more are handed out, because a handout costs as much as a stored label
KEPT = 2  # rows that stay when another network asks: the one on screen and the next one
PATIENCE = 120.0  # seconds of silence after which somebody's rows go to others


@dataclass(frozen=True)
class Answers:
    """The answers to the shared table, as far as they decide which rows a participant gets next.

    Attributes
    ----------
    by_row : row -> nicknames of those who have answered it; a row that somebody put off is not answered
    mine : rows that this participant need not answer now: rows with an answer, and rows put off in this round
    back : rows that this participant gets again: first rows with an answer taken back, then rows put off earlier
    heard : nickname -> time of their last event in seconds since 1970
    """

    by_row: Mapping[int, Collection[str]]
    mine: Collection[int]
    back: Sequence[int]
    heard: Mapping[str, float]


def answers(events: Iterable[Event], nickname: str, through_event: int = 0, undos: Iterable[Event] = ()) -> Answers:
    """Return the answers in effect, as far as they decide which rows a participant gets next.

    Parameters
    ----------
    through_event : id of the last event that the network has seen; rows that were put off before it come back
    undos : undos of this participant, in order
    """
    last: dict[tuple[int, str], Event] = {}
    heard: dict[str, float] = {}
    for event in events:
        heard[event.annotator] = event.committed
        if event.meaning.answers:
            last[event.row, event.annotator] = event
    by_row: dict[int, set[str]] = defaultdict(set)
    mine, put_off = set(), []
    for (row, who), event in last.items():
        if not event.meaning.returns:
            by_row[row].add(who)
        if who == nickname:
            if event.meaning.returns and event.id <= through_event:
                put_off.append(row)
            else:
                mine.add(row)
    taken_back = dict.fromkeys(undo.row for undo in reversed(list(undos)) if (undo.row, nickname) not in last)
    return Answers(by_row, mine, [*taken_back, *put_off], heard)


def rows_for(room: Room, participant: Participant, now: float | None = None) -> list[int]:
    """Return the rows that a participant is to answer; hand out more rows if too few are left."""
    model = models.latest(room.project)
    if model is None:
        return []
    now = time.time() if now is None else now
    events = annotations.history(room.project)
    since = annotations.since(room.project, model.through_event)
    undos = [e for e in since if e.action == "undo" and e.annotator == participant.nickname]
    said = answers(events, participant.nickname, model.through_event, undos)

    def choose(held: list[Handout]) -> list[int]:
        return deal(held, participant.id, said, model.selection.rows, model.number, room.overlap, now)

    return rooms.hand_out(participant, model.number, choose, now)


def deal(
    held: Sequence[Handout],
    me: str,
    said: Answers,
    picks: Sequence[int],
    model: int,
    overlap: int,
    now: float,
) -> list[int]:
    """Return the rows that a participant is to have now, in order.

    First come rows that they get again, then rows that they already have. If few are left, rows follow that too few
    participants have answered, and then the network's picks.

    Parameters
    ----------
    held : all handouts of the room
    picks : the network's picks, best first
    """
    mine: list[Handout] = []
    others: dict[int, set[str]] = defaultdict(set)  # row -> who is about to answer it
    for one in held:
        if one.participant == me:
            mine.append(one)
        elif max(one.given, said.heard.get(one.nickname, 0.0)) > now - PATIENCE:
            others[one.row].add(one.nickname)
    mine.sort(key=lambda one: one.place)

    def is_settled(row: int) -> bool:
        return TEACHER in said.by_row.get(row, ())

    def is_free(row: int) -> bool:
        owed = others.get(row, set()).union(said.by_row.get(row, ()))
        return row not in said.mine and len(owed) < overlap and not is_settled(row)

    kept = [one for one in mine if one.row not in said.mine and not is_settled(one.row)]
    rows = [one.row for k, one in enumerate(kept) if k < KEPT or (one.model == model and is_free(one.row))]
    back = [row for row in said.back if row not in rows and is_free(row)]
    rows = [*back, *rows][:AHEAD]
    if len(rows) >= LEAST:
        return rows
    begun = [row for row in said.by_row if is_free(row)] if overlap > 1 else []
    for row in (*begun, *picks):
        if len(rows) >= AHEAD:
            break
        if row not in rows and is_free(row):
            rows.append(row)
    return rows

"""Who gets which rows of a shared table: the network's picks in its order, none to more people than wanted.

A row stays with whom it was given to until they answer it, or say nothing at all for a while.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dami.store import annotations, models, rooms
from dami.store.records import Event, Handout, Participant, Room
from dami.workspace.workshop.rooms import TEACHER

AHEAD = 6  # rows that a participant has before them
LEAST = 3  # of these are left when more are handed out: to do so costs as much as to store a label
KEPT = 2  # of these, when another network asks: the one on screen and the one after
PATIENCE = 120.0  # seconds of silence after which somebody's rows go to others


@dataclass(frozen=True)
class Answers:
    """What the room has said of the shared table.

    Attributes
    ----------
    by_row : row -> who has answered it; whoever put it off has not
    mine : the rows that this participant has before them no more, those put off in this round included
    back : this participant's rows to come back: answers that were taken back, then what was put off in an earlier round
    heard : person -> when they last said something
    """

    by_row: Mapping[int, Collection[str]]
    mine: Collection[int]
    back: Sequence[int]
    heard: Mapping[str, float]


def answers(events: Iterable[Event], nickname: str, through_event: int = 0, undos: Iterable[Event] = ()) -> Answers:
    """Work out of the events in effect what hands out the next rows.

    Parameters
    ----------
    through_event : the last event that the network has seen: what was put off before comes back
    undos : of this person, in order
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
    """The rows that a participant is to answer, handed out now as far as they are not yet."""
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
    """The rows that a participant is to have now, in order.

    First their own to come back; then those they have; then, when few are left, those that too few have answered yet
    and the network's picks.

    Parameters
    ----------
    held : what is handed out in the room
    picks : the network's, best first
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

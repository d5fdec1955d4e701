"""What an append-only log with undo amounts to: which events are in effect, and the last of them for each row.

An event is in effect unless an undo that is itself in effect names it, or another of the batch that it was given in. An
undo is younger than what it names, so a new event can only switch older ones, along the chain of what it takes back (an
undo of an undo is a redo).
"""

from bisect import bisect_right
from collections import defaultdict
from itertools import islice

from dami.store.records import Event

SERVER = "server"  # what is answered on pages of the server; pads have names of their own


class EffectiveLog:
    """The state of a log, kept up to date event by event.

    Attributes
    ----------
    events : all events, in order.
    current : row -> its last event in effect, notes apart.
    notes : row -> its last event in effect that says something of its note.
    acks : client -> the highest number seen.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.current: dict[int, Event] = {}
        self.notes: dict[int, Event] = {}
        self.acks: dict[str, int] = {}
        self._by_id: dict[int, Event] = {}
        self._in_effect: set[int] = set()
        self._undone_by: dict[int, int] = defaultdict(int)  # event id -> undos in effect that name it
        self._answers: dict[int, list[Event]] = defaultdict(list)  # of each row
        self._notes_of: dict[int, list[Event]] = defaultdict(list)
        self._batches: dict[str, list[Event]] = defaultdict(list)

    @property
    def last_id(self) -> int:
        """The id of the newest event, 0 while there is none."""
        return self.events[-1].id if self.events else 0

    def add(self, event: Event) -> None:
        """Take in the next event; cost: what it switches, O(1) for all but chains of undos and batches."""
        self.events.append(event)
        self._by_id[event.id] = event
        self.acks[event.client] = max(event.seq, self.acks.get(event.client, event.seq))
        if event.action != "undo":
            if event.meaning.answers:
                self._answers[event.row].append(event)
            if event.action == "note" or event.note:
                self._notes_of[event.row].append(event)
            if event.batch is not None:
                self._batches[event.batch].append(event)
        self._switch(event, True)

    def since(self, after: int) -> list[Event]:
        """The events with a higher id than `after`, in order."""
        return self.events[bisect_right(self.events, after, key=lambda event: event.id) :]

    def history(self, limit: int | None = None) -> list[Event]:
        """The last `limit` events in effect, undos left out, oldest first."""
        kept = (event for event in reversed(self.events) if event.action != "undo" and event.id in self._in_effect)
        return list(islice(kept, limit))[::-1]

    def redoable(self, limit: int | None = None) -> list[tuple[Event, Event]]:
        """Undos in effect since the last new action, youngest first, each with the action that it took back."""
        found: list[tuple[Event, Event]] = []
        for event in reversed(self.events):
            if event.action != "undo" or (limit is not None and len(found) >= limit):
                break
            target = self._by_id[event.undoes] if event.undoes is not None else None
            if target is not None and target.action != "undo" and event.id in self._in_effect:
                found.append((event, target))
        return found

    def confirmed(self) -> set[int]:
        """Rows whose last two answers in effect are the same label."""
        found = set()
        for row, last in self.current.items():
            if last.action != "label" or len(self._answers[row]) < 2:
                continue
            kept = islice((e for e in reversed(self._answers[row]) if e.id in self._in_effect), 2)
            pair = [(event.action, event.class_id) for event in kept]
            if len(pair) == 2 and pair[0] == pair[1]:
                found.add(row)
        return found

    def conflicts(self) -> list[tuple[Event, Event]]:
        """Answers that stand on top of one that their giver had not seen and that says otherwise, each with that one.

        A tab that was offline sends what was decided long ago, two people answer one row at the same moment: the later
        in the log counts, but nobody chose between the two.
        """
        found = []
        for row, last in self.current.items():
            if last.saw is None or len(self._answers[row]) < 2:
                continue
            unseen = next((e for e in reversed(self._answers[row]) if self._is_unseen(e, last)), None)
            if unseen is not None and (unseen.action, unseen.class_id) != (last.action, last.class_id):
                found.append((last, unseen))
        return found

    def _is_unseen(self, event: Event, last: Event) -> bool:
        """Whether an answer in effect came from another client after what the giver of `last` had on screen."""
        assert last.saw is not None
        others = event.client != last.client or last.client == SERVER
        return last.saw < event.id < last.id and others and event.id in self._in_effect and not event.meaning.returns

    def _switch(self, event: Event, on: bool) -> None:
        """Turn an event on or off, and with an undo all that it takes back."""
        while True:
            (self._in_effect.add if on else self._in_effect.discard)(event.id)
            if event.action != "undo":
                self._update_row(event, on)
                return
            if event.undoes is None:
                return
            target = self._by_id[event.undoes]
            targets = [target] if target.batch is None else self._before(target.batch, event)
            for one in targets:
                self._undone_by[one.id] += 1 if on else -1
            if target.action == "undo":
                target_on = self._undone_by[target.id] == 0
                if target_on == (target.id in self._in_effect):
                    return  # another undo holds it down, before and after
                event, on = target, target_on
                continue
            for one in targets:
                one_on = self._undone_by[one.id] == 0
                if one_on != (one.id in self._in_effect):
                    (self._in_effect.add if one_on else self._in_effect.discard)(one.id)
                    self._update_row(one, one_on)
            return

    def _before(self, batch: str, undo: Event) -> list[Event]:
        """The events of a batch that were there when it was taken back."""
        return [event for event in self._batches[batch] if event.id < undo.id]

    def _update_row(self, event: Event, on: bool) -> None:
        if event.meaning.answers:
            _update(self.current, self._answers[event.row], event, on, self._in_effect)
        if event.action == "note" or event.note:
            _update(self.notes, self._notes_of[event.row], event, on, self._in_effect)


def _update(last_of: dict[int, Event], events: list[Event], event: Event, on: bool, in_effect: set[int]) -> None:
    """Keep the last event in effect of a row right after one of its `events` was switched."""
    last = last_of.get(event.row)
    if on and (last is None or last.id < event.id):
        last_of[event.row] = event
    elif not on and last is not None and last.id == event.id:
        found = next((e for e in reversed(events) if e.id in in_effect), None)
        if found is None:
            del last_of[event.row]
        else:
            last_of[event.row] = found

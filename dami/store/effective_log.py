"""Works out which events of the annotation log are in effect, and which of them is the last for each row.

An event is in effect unless an undo in effect names it, or names another event of its batch. An undo is newer than the
event that it names. So a new event switches only older events, along the chain of the undos that it takes back (an undo
of an undo is a redo).
"""

from bisect import bisect_right
from collections import defaultdict
from itertools import islice

from dami.store.records import Event

SERVER = "server"  # the client of answers that are given on pages; each pad is a client with its own name


class EffectiveLog:
    """The state of an annotation log, updated event by event.

    Attributes
    ----------
    events : all events, in order.
    current : row -> its last answer in effect.
    notes : row -> its last event in effect that sets the note.
    acks : client -> its highest number.
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
        """The id of the newest event, 0 if there is none."""
        return self.events[-1].id if self.events else 0

    def add(self, event: Event) -> None:
        """Add the next event. This costs O(1), and more only for an undo of an undo or of a batch."""
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
        """Return the events with a higher id than `after`, in order."""
        return self.events[bisect_right(self.events, after, key=lambda event: event.id) :]

    def history(self, limit: int | None = None) -> list[Event]:
        """Return the last `limit` events in effect, without the undos, oldest first."""
        kept = (event for event in reversed(self.events) if event.action != "undo" and event.id in self._in_effect)
        return list(islice(kept, limit))[::-1]

    def has_batch(self, batch: str) -> bool:
        """Return whether an event of a batch is in effect."""
        return any(event.id in self._in_effect for event in self._batches.get(batch, ()))

    def redoable(self, limit: int | None = None) -> list[tuple[Event, Event]]:
        """Return the undos in effect since the last other action, newest first, each with the action it took back."""
        found: list[tuple[Event, Event]] = []
        for event in reversed(self.events):
            if event.action != "undo" or (limit is not None and len(found) >= limit):
                break
            target = self._by_id[event.undoes] if event.undoes is not None else None
            if target is not None and target.action != "undo" and event.id in self._in_effect:
                found.append((event, target))
        return found

    def confirmed(self) -> set[int]:
        """Return the rows whose last two answers in effect are the same label."""
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
        """Return answers in effect that contradict an answer that their annotator had not seen, each with that answer.

        A tab that was offline sends answers from long ago, or two people answer one row at the same moment. The later
        answer in the log counts, but nobody chose between the two.
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
        """Whether `event` is an answer in effect from another client that the annotator of `last` had not seen."""
        assert last.saw is not None
        others = event.client != last.client or last.client == SERVER
        return last.saw < event.id < last.id and others and event.id in self._in_effect and not event.meaning.returns

    def _switch(self, event: Event, on: bool) -> None:
        """Switch an event on or off; for an undo, switch the events that it takes back too."""
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
                    return  # another undo takes it back, before and after
                event, on = target, target_on
                continue
            for one in targets:
                one_on = self._undone_by[one.id] == 0
                if one_on != (one.id in self._in_effect):
                    (self._in_effect.add if one_on else self._in_effect.discard)(one.id)
                    self._update_row(one, one_on)
            return

    def _before(self, batch: str, undo: Event) -> list[Event]:
        """Return the events of a batch that are older than the undo."""
        return [event for event in self._batches[batch] if event.id < undo.id]

    def _update_row(self, event: Event, on: bool) -> None:
        if event.meaning.answers:
            _update(self.current, self._answers[event.row], event, on, self._in_effect)
        if event.action == "note" or event.note:
            _update(self.notes, self._notes_of[event.row], event, on, self._in_effect)


def _update(last_of: dict[int, Event], events: list[Event], event: Event, on: bool, in_effect: set[int]) -> None:
    """Correct the last event in effect of a row after one of its `events` was switched."""
    last = last_of.get(event.row)
    if on and (last is None or last.id < event.id):
        last_of[event.row] = event
    elif not on and last is not None and last.id == event.id:
        found = next((e for e in reversed(events) if e.id in in_effect), None)
        if found is None:
            del last_of[event.row]
        else:
            last_of[event.row] = found

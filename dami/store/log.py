"""What an append-only log with undo amounts to: which events are in effect, and the last of them for each row.

An event is in effect unless an undo that is itself in effect names it. An undo is younger than what it names, so a new
event can only switch older ones, along the chain of what it takes back (an undo of an undo is a redo).
"""

from collections import defaultdict
from itertools import islice

from dami.store.records import Event


class EffectiveLog:
    """The state of a log, kept up to date event by event.

    Attributes
    ----------
    events : all events, in order.
    current : row -> its last event in effect.
    acks : client -> the highest number seen.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.current: dict[int, Event] = {}
        self.acks: dict[str, int] = {}
        self._by_id: dict[int, Event] = {}
        self._in_effect: set[int] = set()
        self._undone_by: dict[int, int] = defaultdict(int)  # event id -> undos in effect that name it
        self._of_row: dict[int, list[Event]] = defaultdict(list)

    @property
    def last_id(self) -> int:
        """The id of the newest event, 0 while there is none."""
        return self.events[-1].id if self.events else 0

    def add(self, event: Event) -> None:
        """Take in the next event; cost: what it switches, O(1) for all but chains of undos."""
        self.events.append(event)
        self._by_id[event.id] = event
        self.acks[event.client] = max(event.seq, self.acks.get(event.client, event.seq))
        if event.action != "undo":
            self._of_row[event.row].append(event)
        self._switch(event, True)

    def history(self, limit: int | None = None) -> list[Event]:
        """The last `limit` events in effect, undos left out, oldest first."""
        kept = (event for event in reversed(self.events) if event.action != "undo" and event.id in self._in_effect)
        return list(islice(kept, limit))[::-1]

    def _switch(self, event: Event, on: bool) -> None:
        while True:
            (self._in_effect.add if on else self._in_effect.discard)(event.id)
            if event.action != "undo" or event.undoes is None:
                self._update_row(event, on)
                return
            target = self._by_id[event.undoes]
            self._undone_by[target.id] += 1 if on else -1
            target_on = self._undone_by[target.id] == 0
            if target_on == (target.id in self._in_effect):
                return  # another undo holds it down, before and after
            event, on = target, target_on

    def _update_row(self, event: Event, on: bool) -> None:
        last = self.current.get(event.row)
        if on and (last is None or last.id < event.id):
            self.current[event.row] = event
        elif not on and last is not None and last.id == event.id:
            before = (e for e in reversed(self._of_row[event.row]) if e.id in self._in_effect)
            found = next(before, None)
            if found is None:
                del self.current[event.row]
            else:
                self.current[event.row] = found

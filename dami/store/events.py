"""Defines the events of the annotation log: what each action means, and the columns. No other module repeats them.

The table of the database, the writer, the check of items, the exported log, project files and the pad's history derive
from these definitions. A new action is a row of `ACTIONS`; a new column is a field of `Event`, and a migration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, get_args

Action = Literal["label", "unsure", "later", "discard", "note", "undo"]
Source = Literal["human", "oracle", "imported"]
SOURCES: tuple[str, ...] = get_args(Source)
BY_MODEL: Final = "model"  # exports write it as the source of a label that a network predicts


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an action means for its row.

    Attributes
    ----------
    done : what happened to the row, in words
    answers : the action answers the row; of several answers, the last counts
    returns : the row is asked again later, and a label that came with the table still counts
    covers : the row counts as a center though it has no label, so rows much like it are not asked
    excludes : the row leaves the pool, the map and the estimates
    """

    done: str
    answers: bool = True
    returns: bool = False
    covers: bool = False
    excludes: bool = False

    @property
    def decides(self) -> bool:
        """Whether the row is settled: it is not asked again, and a label that came with the table no longer counts."""
        return self.answers and not self.returns


ACTIONS: Mapping[Action, Meaning] = {
    "label": Meaning("labelled"),
    "unsure": Meaning("marked as unsure", covers=True),
    "later": Meaning("put off", returns=True),
    "discard": Meaning("discarded", excludes=True),
    "note": Meaning("given a note", answers=False),
    "undo": Meaning("taken back or brought back", answers=False),
}
MARKS: tuple[Action, ...] = tuple(
    action for action, meaning in ACTIONS.items() if meaning.decides and action != "label"
)
"""The answers that settle a row without a class."""


def _evidence() -> Any:
    """Make a field for evidence: why the row was asked for. The item or the server fills it; else it is None."""
    return field(default=None, metadata={"evidence": True})


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the annotation log; it never changes.

    Only a label has a `class_id`. An undo names in `undoes` the id of the event that it takes back; that event may be
    an undo itself (the new one is then a redo). The evidence says which network and strategy asked for the row, and
    why. Events of one `batch` were given together and are undone together. `saw` is the id of the newest event that the
    annotator had on screen, 0 before the first event, None if unknown.
    """

    id: int
    project: str
    client: str
    seq: int
    row: int
    action: Action
    class_id: int | None
    note: str
    undoes: int | None
    source: Source
    annotator: str
    pressed: float | None
    committed: float
    model: int | None = _evidence()
    round: int | None = _evidence()
    step: int | None = _evidence()
    strategy: str | None = _evidence()
    space: str | None = _evidence()
    distance: float | None = _evidence()
    nearest: int | None = _evidence()
    radius: float | None = _evidence()
    reason: str | None = _evidence()
    batch: str | None = None
    saw: int | None = None

    @property
    def meaning(self) -> Meaning:
        """What the event's action means for its row."""
        return ACTIONS[self.action]


COLUMNS: Final = {column.name: column for column in fields(Event)}
EVIDENCE: Final = tuple(name for name, column in COLUMNS.items() if column.metadata.get("evidence"))

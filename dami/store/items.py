"""Checks the items that a label pad sends, one by one: a bad item is refused with a sentence, the others are kept."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dami.store.events import ACTIONS, COLUMNS, EVIDENCE, SOURCES, Action, Source

LONGEST_BATCH = 100  # characters
LARGEST = 2**53  # a browser holds whole numbers below this exactly
MOST = 2**31  # a database holds numbers of networks, rounds and rows below this


class ItemError(ValueError):
    """An item that cannot be stored; the message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an outbox with checked types. `undoes` is an event's id, or the client and number of an event."""

    seq: int
    row: int | None
    action: Action
    class_id: int | None
    note: str
    undoes: int | tuple[str, int] | None
    source: Source
    pressed: float | None
    batch: str | None
    saw: int | None
    given: Mapping[str, Any]

    @classmethod
    def read(cls, given: Mapping[str, Any], seq: int | None = None) -> "Item":
        """Read an item; `seq`, if given, replaces the item's own number.

        Raises
        ------
        ItemError
            If a value is missing or of the wrong type.
        """
        number = whole(given.get("seq")) if seq is None else seq
        if number is None:
            raise ItemError("An answer came without its number.")
        action: Any = given.get("action")
        source: Any = given.get("source") or "human"
        if action not in tuple(ACTIONS):
            raise ItemError(f"There is no action {action!r}.")
        if source not in SOURCES:
            raise ItemError(f"Nobody is called {source!r} who could give labels.")
        row = whole(given.get("row"))
        if row is None and action != "undo":
            raise ItemError("An answer names no row.")
        class_id = None
        if action == "label":
            class_id = whole(given["class_id"] if given.get("class_id") is not None else given.get("class"))
            if class_id is None:
                raise ItemError("A label names no class.")
        return cls(
            seq=number,
            row=row,
            action=action,
            class_id=class_id,
            note=str(given.get("note") or ""),
            undoes=_reference(given.get("undoes")) if action == "undo" else None,
            source=source,
            pressed=measure(given.get("pressed")),
            batch=_batch(given.get("batch")),
            saw=whole(given.get("saw")),
            given=given,
        )


def evidence(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the evidence of an item as columns of the log, None for each one that is unknown."""
    return {name: READ[COLUMNS[name].type](given.get(name)) for name in EVIDENCE}


def whole(value: Any, below: int = LARGEST) -> int | None:
    """Return `value` as a whole number from 0 to `below` - 1, None if it is no such number."""
    if isinstance(value, bool):
        return None
    try:
        number = operator.index(value)
    except TypeError:
        return None
    return number if 0 <= number < below else None


def measure(value: Any) -> float | None:
    """Return `value` as a finite number, None if it is no such number."""
    if value is None or isinstance(value, bool | str):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


READ: dict[Any, Callable[[Any], Any]] = {
    int | None: lambda value: whole(value, MOST),
    float | None: measure,
    str | None: lambda value: None if value is None else str(value),
}
"""Type of a column -> function that reads a value for it, and returns None for a value of another type."""


def _batch(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and 0 < len(value) <= LONGEST_BATCH and value.isprintable():
        return value
    raise ItemError("An answer was given with others under no proper name.")


def _reference(value: Any) -> int | tuple[str, int]:
    number = whole(value)
    if number is not None:
        return number
    if isinstance(value, Mapping) and isinstance(value.get("client"), str):
        seq = whole(value.get("seq"))
        if seq is not None:
            return value["client"], seq
    raise ItemError("An undo does not say what it takes back.")

"""Declares the data that the server and the label pad send each other; the pad's script is checked against it.

The names are those in JSON. A browser can send anything, so the server checks each item of an outbox before it stores
the item.
"""

from typing import Literal, NotRequired, TypedDict

from dami.store.events import Action, Source
from dami.store.records import Mode

Unusual = Literal["rare", "low", "high"]

_OfClass = TypedDict("_OfClass", {"class": int | None})  # `class` is a keyword of Python

# ---- the server to the pad ------------------------------------------------------------------------------------------


class ClassEntry(TypedDict):
    """A class that a row can be given, and how many rows have it."""

    id: int
    name: str
    color: str
    guideline: str
    count: int


class Evidence(TypedDict):
    """Why a row is asked: its distance to the nearest center, and the row to compare it with.

    `facts`: a title and a value for each of the strategy's own numbers.
    """

    distance: float | None
    nearest: int | None
    nearest_class: int | None
    compare: int | None
    radius: float | None
    space: str | None
    reason: str
    facts: list[tuple[str, str]]
    strategy: str | None


class QueueEntry(Evidence):
    """A row to ask. `model` and `round` are those that asked for it first, if that was not the newest network."""

    row: int
    step: int
    audit: NotRequired[bool]
    model: NotRequired[int | None]
    round: NotRequired[int | None]


class HistoryEntry(_OfClass):
    """An answer in effect; `step` counts the answers in effect up to it."""

    event: int
    client: str
    seq: int
    row: int
    action: Action
    note: str
    batch: str | None
    step: int | None
    distance: float | None
    nearest: int | None
    radius: float | None
    space: str | None
    reason: str | None
    source: Source
    model: int | None
    pressed: float | None


class Reference(TypedDict):
    """Names an event by the client that numbered it and by that number."""

    client: str
    seq: int


class RedoEntry(Reference):
    """An undo that can be taken back, and the answer that it took back."""

    entry: HistoryEntry


class AuditProgress(TypedDict):
    size: int
    answered: int


class PadData(TypedDict):
    """All data that the pad shows, except addresses.

    `redo`: the next one comes first. `acks`: client -> the highest number that the client need not send again.
    `strategies`, `spaces`: name -> title. `seen`: id of the newest event that the history holds.
    """

    project: str
    mode: Mode
    classes: list[ClassEntry]
    goal: int | None
    labeled: int
    model: int | None
    round: int | None
    round_size: int
    round_done: int
    training: bool
    strategies: dict[str, str]
    spaces: dict[str, str]
    audit: AuditProgress | None
    queue: list[QueueEntry]
    history: list[HistoryEntry]
    redo: list[RedoEntry]
    acks: dict[str, int]
    seen: int
    conflicts: int


# ---- the pad to the server ------------------------------------------------------------------------------------------


class OutboxItem(_OfClass):
    """A decision. `model`, `round` and `step` say what asked for the row; `saw` is the `seen` of the data on screen."""

    seq: int
    action: Action
    row: int
    model: int | None
    round: int | None
    step: int | None
    pressed: float | None
    source: Source
    undoes: Reference | None
    note: str | None
    batch: str | None
    saw: int | None


class ClientItems(TypedDict):
    client: str
    items: list[OutboxItem]


class Outbox(ClientItems):
    """The decisions of a tab that the server has not acknowledged yet, and those of closed tabs (`orphans`).

    `sent` has no other use than to make each value differ from the one before.
    """

    orphans: list[ClientItems]
    sent: int


# ---- answers to what the pad asks -----------------------------------------------------------------------------------


class CardValue(TypedDict):
    """A value of a row; `contribution` is a share of the largest contribution in the row."""

    column: str
    value: str
    contribution: float | None
    unusual: Unusual | None
    left_out: bool


class Card(_OfClass):
    """A row as a person reads it, with the class and the note that it has."""

    row: int
    title: str | None
    note: str
    values: list[CardValue]


class Hit(TypedDict):
    """A row that a search found, and a line of its values."""

    row: int
    text: str


GuessedClass = TypedDict("GuessedClass", {"class": int, "probability": float})


class ModelGuess(TypedDict):
    """The network's likeliest classes, and each column's contribution to the first against the second, in logits."""

    row: int
    model: int
    classes: list[GuessedClass]
    favored: int
    other: int | None
    columns: dict[str, float]


class NearDuplicates(TypedDict):
    row: int
    rows: list[int]
    why: str

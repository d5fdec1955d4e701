"""What the server and the label pad tell each other, spelled once: the pad's script is checked against it too.

The names are those in JSON. A browser can send anything: what an outbox holds is read item by item where it is stored.
"""

from typing import Literal, NotRequired, TypedDict

from dami.store.events import Action, Source
from dami.store.records import Mode

Unusual = Literal["rare", "low", "high"]

_OfClass = TypedDict("_OfClass", {"class": int | None})  # `class` is a word of Python's own

# ---- the server to the pad ------------------------------------------------------------------------------------------


class ClassEntry(TypedDict):
    """A class that a row can be given, and how many rows have it."""

    id: int
    name: str
    color: str
    guideline: str
    count: int


class Evidence(TypedDict):
    """Why a row is asked: how far it is from its nearest center, and the row whose values stand beside its own.

    `facts` are a strategy's own numbers in words, titles and values.
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
    """A row to ask. `model` and `round` are of whoever asked for it first, where that was not the newest network."""

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
    """An event by who numbered it and the number."""

    client: str
    seq: int


class RedoEntry(Reference):
    """An undo that can be taken back, and the answer that it took back."""

    entry: HistoryEntry


class AuditProgress(TypedDict):
    size: int
    answered: int


class PadData(TypedDict):
    """All that the pad shows, but for addresses.

    `redo`: the next first. `acks`: client -> the highest number that it need not send again. `strategies`, `spaces`:
    name -> title. `seen`: the newest event that the history holds.
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
    """A decision; `model`, `round` and `step` say who asked for the row, `saw` is the `seen` of what was on screen."""

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
    """What a tab has decided and not seen acknowledged, and what it took over of closed tabs (`orphans`).

    `sent` only makes each value differ from the one before.
    """

    orphans: list[ClientItems]
    sent: int


# ---- answers to what the pad asks -----------------------------------------------------------------------------------


class CardValue(TypedDict):
    """A cell of a row; `contribution` as a share of the row's largest."""

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
    """A row that a search found, and a line that tells it apart."""

    row: int
    text: str


GuessedClass = TypedDict("GuessedClass", {"class": int, "probability": float})


class ModelGuess(TypedDict):
    """The network's likeliest classes, and what each column says for the first against the second, in logits."""

    row: int
    model: int
    classes: list[GuessedClass]
    favored: int
    other: int | None
    columns: dict[str, float]


class NearDuplicates(TypedDict):
    row: int
    twins: list[int]
    why: str

"""What the store hands out: frozen records, one for each kind of thing it keeps. Times are seconds since 1970 (UTC)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dami.store.events import Event as Event
from dami.store.model_records import StoredSelection, Summary, TrainingStep, read_history

Mode = Literal["label", "practise", "workshop"]
Sharing = Literal["own", "shared"]

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
ACTIVE: tuple[JobState, ...] = ("queued", "running")
WITHOUT_RESULT: tuple[JobState, ...] = ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Table:
    """A stored table: its id is the SHA-256 of its Parquet bytes."""

    id: str
    n_rows: int
    n_columns: int
    notes: list[str]
    created: float


@dataclass(frozen=True, slots=True)
class Project:
    """A table being labeled, practised on, or labeled by people in a room.

    `mode` is one of ``label``, ``practise`` (the known labels are hidden and answer when asked to) and ``workshop``
    (they are held back, and measure the people).
    """

    id: str
    name: str
    table_id: str
    filename: str
    target: str | None
    mode: Mode
    goal: int | None
    seed: int
    round_size: int
    annotator: str
    access_token: str
    strategy: str
    left_out: dict[str, str]
    created: float
    opened: float
    deleted: float | None
    revision: int

    @property
    def holds_back(self) -> bool:
        """Whether the labels that the table came with are kept from whoever labels."""
        return self.mode != "label"


@dataclass(frozen=True, slots=True)
class Class:
    """A class of a project. `id` never changes, `name` is shown, `value` is the text in the table's target column.

    A class with `merged_into` counts as that other one; its labels stay in the log as they were given.
    """

    id: int
    name: str
    value: str
    guideline: str
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """Rows drawn at random from the `n_remainder` that had no answer; held out of training until released."""

    project: str
    number: int
    rows: list[int]
    n_remainder: int
    created: float
    released: float | None


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that was not stored, and why in a sentence. `conflict`: its number was used for something else before."""

    seq: int | None
    reason: str
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Appended:
    """The answer to an outbox: what was new, what had come before (numbers), what was refused, what may be forgotten.

    `acks` gives for the client the highest number it need not send again, refused items included.
    """

    stored: list[Event]
    repeated: list[int]
    refused: list[Refused]
    acks: dict[str, int]


@dataclass(frozen=True, slots=True)
class Model:
    """A trained network of a project, by number; 0 is the cold start. Its arrays are files beside the database."""

    project: str
    number: int
    through_event: int
    n_labeled: int
    state: str
    summary: Summary
    selection: StoredSelection
    map_name: str | None
    created: float

    @property
    def is_trained(self) -> bool:
        """Whether this is a network: the cold start is none, and knows no classes."""
        return bool(self.summary.classes)

    def has_seen(self, table_id: str) -> bool:
        """Whether it was trained on this table, and not on what the table was before rows were appended."""
        return self.summary.table in (None, table_id)


@dataclass(frozen=True, slots=True)
class Job:
    """Work that a worker does outside the server.

    `payload` is what was asked for, which the module that does such jobs reads; `detail` what a running one shows.
    """

    id: int
    project: str
    lane: str
    kind: str
    payload: Mapping[str, Any]
    state: JobState
    progress: float
    message: str
    detail: Mapping[str, Any]
    pid: int | None
    heartbeat: float | None
    cancel: bool
    created: float
    started: float | None
    finished: float | None

    @property
    def is_active(self) -> bool:
        """Whether it waits or is under way."""
        return self.state in ACTIVE

    @property
    def ended_without_result(self) -> bool:
        """Whether it failed or was cancelled."""
        return self.state in WITHOUT_RESULT

    @property
    def history(self) -> tuple[TrainingStep, ...]:
        """Of a training: its steps so far."""
        return read_history(self.detail.get("history") or ())

    @property
    def steps(self) -> int | None:
        """Of a training: how many steps it has in all, None before its first."""
        return self.detail.get("steps")


@dataclass(frozen=True, slots=True)
class Room:
    """A workshop: `code` lets people in, `project` is what the teacher sees, and what all label if `sharing` says so.

    `sharing` is ``own`` (each participant labels a copy, with one of the `strategies` in turn) or ``shared`` (rows of
    one table are handed out, each to `overlap` people).
    """

    id: str
    code: str
    name: str
    project: str
    sharing: Sharing
    overlap: int
    strategies: list[str]
    created: float
    closed: float | None


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a room: `id` is the key that lets them in again, `project` what they label, `number` from 0 on."""

    id: str
    room: str
    number: int
    nickname: str
    project: str
    joined: float


@dataclass(frozen=True, slots=True)
class Handout:
    """A row that a participant has before them: `place` in their queue, `model` the network that asked for it."""

    participant: str
    nickname: str
    row: int
    place: int
    model: int
    given: float

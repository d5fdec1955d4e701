"""Defines the frozen records that the store returns, one for each kind of thing. Times are seconds since 1970 (UTC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dami.store.events import Event as Event
from dami.store.model_records import StoredSelection, Summary, TrainingStep, read_history

Mode = Literal["label", "practise", "workshop"]
Sharing = Literal["own", "shared"]

Lane = Literal["interactive", "map", "batch"]
JobKind = Literal["train", "map", "compare", "predict", "model file", "rivals", "kinds"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
ACTIVE: tuple[JobState, ...] = ("queued", "running")
WITHOUT_RESULT: tuple[JobState, ...] = ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Table:
    """A stored table: its id is the SHA-256 of its Parquet bytes."""

    id: str
    n_rows: int
    n_columns: int
    notes: Sequence[str]
    created: float


@dataclass(frozen=True, slots=True)
class Project:
    """A table that is being labeled, by one annotator or in a room, with its settings.

    `mode` is ``label``, ``practise`` (the known labels are hidden and are the oracle) or ``workshop`` (the known labels
    are hidden and measure the participants).
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
    left_out: Mapping[str, str]
    created: float
    opened: float
    deleted: float | None
    revision: int

    @property
    def holds_back(self) -> bool:
        """Whether the labels that came with the table are hidden from the annotator."""
        return self.mode != "label"


@dataclass(frozen=True, slots=True)
class Class:
    """A class of a project. `id` never changes, `name` is shown, `value` is the text in the table's target column.

    A class with `merged_into` counts as that other class; the log keeps its labels as they were given.
    """

    id: int
    name: str
    value: str
    guideline: str
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """Rows drawn at random from `n_remainder` rows without an answer; networks learn from them only after release."""

    project: str
    number: int
    rows: Sequence[int]
    n_remainder: int
    created: float
    released: float | None


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that was not stored, and the reason as a sentence. `conflict`: another item has its number."""

    seq: int | None
    reason: str
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Appended:
    """The answer to an outbox: the new events, the numbers of items that came before, and the refused items.

    `acks` maps the client to the highest number that it need not send again, refused items included.
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
    summary: Summary
    selection: StoredSelection
    map_name: str | None
    created: float

    @property
    def is_trained(self) -> bool:
        """Whether this is a trained network; the cold start is not, and knows no classes."""
        return bool(self.summary.classes)

    def has_seen(self, table_id: str) -> bool:
        """Whether the network was trained on this table, and not on the table before rows were appended to it."""
        return self.summary.table in (None, table_id)


@dataclass(frozen=True, slots=True)
class Job:
    """Work that a worker does outside the server.

    `payload` is the request, which the module that does such jobs reads; `detail` is what a page shows of the work.
    """

    id: int
    project: str
    lane: Lane
    kind: JobKind
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
        """Whether the job is queued or running."""
        return self.state in ACTIVE

    @property
    def ended_without_result(self) -> bool:
        """Whether the job failed or was cancelled."""
        return self.state in WITHOUT_RESULT

    @property
    def history(self) -> tuple[TrainingStep, ...]:
        """The steps of a training so far; empty for other jobs."""
        return read_history(self.detail.get("history") or ())

    @property
    def steps(self) -> int | None:
        """Of a training: how many steps it has in all, None before its first."""
        return self.detail.get("steps")


@dataclass(frozen=True, slots=True)
class Room:
    """A workshop. `code` lets participants in; `project` is the project that the teacher sees.

    `sharing` is ``own`` (each participant labels a copy of the project, with one of the `strategies` in turn) or
    ``shared`` (all label `project`; each row is handed out to `overlap` participants).
    """

    id: str
    code: str
    name: str
    project: str
    sharing: Sharing
    overlap: int
    strategies: Sequence[str]
    created: float
    closed: float | None


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a room: `id` lets them in again, `project` is the one that they label, `number` counts from 0."""

    id: str
    room: str
    number: int
    nickname: str
    project: str
    joined: float


@dataclass(frozen=True, slots=True)
class Handout:
    """A row that a participant was given: `place` in their queue, and number of the network (`model`) that asked."""

    participant: str
    nickname: str
    row: int
    place: int
    model: int
    given: float

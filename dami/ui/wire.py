"""Declares the data that pages and the scripts in the browser send each other; the scripts are checked against them.

Data that a use case makes are declared beside the use case. This module adds the addresses and the progress of jobs.
"""

from typing import NotRequired, TypedDict

from dami.store.model_records import TrainingStep
from dami.store.records import JobKind, JobState
from dami.workspace.annotating.pad_wire import Outbox, PadData
from dami.workspace.exploring.map_wire import MapClass, MapData, MapLabels


class PadProps(PadData):
    """The data of the label pad; `focus` is a row to show."""

    rows_url: str
    search_url: str
    truth_url: str
    guess_url: str
    near_duplicates_url: str
    focus: int | None


class PadSent(TypedDict):
    """What the label pad sends back to Python."""

    outbox: NotRequired[Outbox]


class MapOptions(TypedDict, total=False):
    """Options of a map, added to its data or put in place of them.

    `focus`: a row to mark. `greyed`: a bitset of rows. `forgotten`: a new number drops the selected rows. `height`: in
    pixels.
    """

    classes: list[MapClass]
    labels: MapLabels
    focus: int | None
    greyed: str | None
    forgotten: int
    height: int


class MapProps(MapData):
    """The data of a map: `positions` is the address of the rows' places, `select` tells if a lasso can be drawn."""

    positions: str | None
    hover_url: str
    select: bool
    focus: int | None
    greyed: NotRequired[str | None]
    forgotten: NotRequired[int]
    height: NotRequired[int]


class MapSent(TypedDict):
    """What the map sends back to Python: the rows in a lasso as a bitset, a row that was clicked."""

    selected: NotRequired[str]
    clicked: NotRequired[int]


class Seen(TypedDict):
    """Marks that change with what pages show; `acks` has each tab's highest stored number.

    While `urgent` stays the same, the page may wait before it is drawn again.
    """

    work: str
    acks: dict[str, int]
    urgent: NotRequired[str]


class PulseProps(TypedDict):
    """The data of the pulse: `seen` marks what Python has drawn, `active` lists job ids, `tab` is a token."""

    status_url: str
    tab: str
    seen: Seen
    active: list[int]
    cancel: bool


class PulseSent(TypedDict):
    """What the pulse sends back to Python: the newest marks, the id of a job to cancel."""

    changed: NotRequired[str]
    cancel: NotRequired[int]


class JobProgress(TypedDict):
    """A job that is shown; `history` and `steps`, how many there will be, are of a training."""

    id: int
    kind: JobKind
    state: JobState
    progress: float
    message: str
    history: tuple[TrainingStep, ...]
    steps: int | None


class Status(TypedDict):
    """The answer to a pulse; `pause` is the time in milliseconds until the next question during a job."""

    seen: Seen
    alive: bool
    pause: int
    jobs: list[JobProgress]


class CurveProps(TypedDict):
    """The data of a training's curve; `steps` is None while the training is under way."""

    history: tuple[TrainingStep, ...]
    steps: int | None
    title: str

"""What pages tell the scripts in the browser, spelled once: the scripts are checked against it too.

What a use case makes is spelled where it is made; here are the addresses that a page adds, and the progress of jobs.
"""

from typing import NotRequired, TypedDict

from dami.store.model_records import TrainingStep
from dami.store.records import JobState
from dami.workspace.annotating.pad_wire import PadData
from dami.workspace.exploring.map_wire import MapClass, MapData, MapLabels


class PadProps(PadData):
    """What the pad is mounted with; `focus` is a row to go to."""

    rows_url: str
    search_url: str
    truth_url: str
    guess_url: str
    twins_url: str
    focus: int | None


class MapOptions(TypedDict, total=False):
    """What a page may say of the map beside its data, or in place of it.

    `focus`: a row to mark. `greyed`: a bitset of rows. `forgotten`: another number than before drops what was selected.
    `height`: pixels.
    """

    classes: list[MapClass]
    labels: MapLabels
    focus: int | None
    greyed: str | None
    forgotten: int
    height: int


class MapProps(MapData):
    """What a page says of the map: `positions` is the address of the picture, `select` whether a lasso can be drawn."""

    positions: str | None
    hover_url: str
    select: bool
    focus: int | None
    greyed: NotRequired[str | None]
    forgotten: NotRequired[int]
    height: NotRequired[int]


class MountedMap(MapProps):
    """`plotly`: the address of the library that draws it."""

    plotly: str


class Seen(TypedDict):
    """What there is to show, in short. `acks` says how far each tab was heard; the same `urgent` can wait."""

    work: str
    acks: dict[str, int]
    urgent: NotRequired[str]


class PulseProps(TypedDict):
    """`seen` is what Python has drawn, `active` the jobs that it knows of; `tab` names the session."""

    status_url: str
    tab: str
    seen: Seen
    active: list[int]
    cancel: bool


class JobProgress(TypedDict):
    """A job that is shown; `history` and `steps`, how many there will be, are of a training."""

    id: int
    kind: str
    state: JobState
    progress: float
    message: str
    history: tuple[TrainingStep, ...]
    steps: int | None


class Status(TypedDict):
    """The answer to a pulse; `pause`: milliseconds until the next question while there is work."""

    seen: Seen
    alive: bool
    pause: int
    jobs: list[JobProgress]


class CurveProps(TypedDict):
    """What a page says of a training; `steps` is None while it is under way."""

    history: tuple[TrainingStep, ...]
    steps: int | None
    title: str


class MountedCurve(CurveProps):
    """`plotly`: the address of the library that draws it."""

    plotly: str

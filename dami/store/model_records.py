"""Defines the records of a model: the summary and the quality of its network, and the rows that it asks for.

The database keeps them as JSON. Records are made from the JSON once, when a model is read; nothing changes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from dami.store.json_records import read_optional, read_record

QualityKind = Literal["hidden", "cross-validated"]
Finding = Literal["none", "over", "under"]

PICK_KEYS = {
    **{"row": "rows", "distance": "distances", "nearest": "nearest", "radius": "radii", "space": "spaces"},
    **{"reason": "reasons", "sentence": "sentences", "named": "named", "numbers": "numbers"},
}
"""Field of a pick -> JSON key under which a selection lists the field for all its picks."""

MEASURED = ("quality", "doubts", "radii", "reliability")
"""Fields that a summary has only after its network has been measured, which takes longer than to select."""


class TrainingStep(NamedTuple):
    """One step of a training: the loss after it, and the accuracy on the labels that the network trains on."""

    step: int
    loss: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class DerivedSetting:
    """A setting of the network, its value, and the rule behind it in words."""

    name: str
    value: str | float
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """The number of rows, of `of` rows, whose predicted class differs from that of the network before, `since`."""

    rows: int
    of: int
    since: int | None = None

    @property
    def share(self) -> float:
        return self.rows / max(1, self.of)


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a network on `n` rows that it was not trained on.

    Attributes
    ----------
    kind : ``hidden`` (measured on rows whose labels are held back) or ``cross-validated``
    note : which rows these are, in words
    confusion : (C, C) counts, row: true class, column: predicted
    names : (C,) class values
    """

    kind: QualityKind
    note: str
    n: int
    accuracy: float
    balanced_accuracy: float
    confusion: tuple[tuple[int, ...], ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The rows of which a network is about equally sure, and on how many of them it was right.

    Attributes
    ----------
    lowest, highest, confidence : smallest, largest and mean probability of the predicted classes
    n, correct : number of rows, and of those that the network predicts rightly
    lower, upper : 95 % bounds of the share that it predicts rightly
    """

    lowest: float
    highest: float
    confidence: float
    n: int
    correct: int
    lower: float
    upper: float

    @property
    def share(self) -> float:
        return self.correct / self.n


@dataclass(frozen=True, slots=True)
class Reliability:
    """How sure a network is of rows that it was not trained on, against how often it is right.

    Attributes
    ----------
    whole : all these rows
    bins : the same rows in bins of about equally many, the least sure first
    finding : ``over`` (it is surer than it is right), ``under`` (it is right more often than it says), or ``none``
    at : position of the bin that the finding is about; None if it is about the whole
    """

    whole: ReliabilityBin
    bins: tuple[ReliabilityBin, ...]
    finding: Finding = "none"
    at: int | None = None

    @classmethod
    def from_json(cls, found: Mapping[str, Any] | None) -> "Reliability | None":
        """Read what JSON held; return None if it is not whole, as an earlier version stored nothing."""
        if not found:
            return None
        whole = read_optional(ReliabilityBin, found.get("whole"))
        bins = tuple(one for entry in found.get("bins") or () if (one := read_optional(ReliabilityBin, entry)))
        return read_record(cls, {**found, "whole": whole, "bins": bins}) if whole and bins else None


@dataclass(frozen=True, slots=True)
class StoredDoubt:
    """A doubtful label: a network, or the labels of the nearest local models, contradict it.

    Attributes
    ----------
    event : id of the event that gave the label; None if the label came with the table
    given, suggested : class values
    confidence : probability of `suggested` by networks that have not seen the label; None if no network gave one
    agreeing, neighbors : number of nearest labeled local models with this label, and number of all that were looked at
    """

    row: int
    given: str
    suggested: str
    event: int | None = None
    confidence: float | None = None
    agreeing: int = 0
    neighbors: int = 0
    by_prediction: bool = False
    by_neighbors: bool = False


@dataclass(frozen=True, slots=True)
class CoveringRadii:
    """The covering radius after each number of `labels`, all under one network; both tuples are equally long."""

    labels: tuple[int, ...]
    radii: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a network is, and how good it is. A cold start has no network: only `left_out` and `table` are filled.

    Attributes
    ----------
    classes, columns : class values in the order of the outputs; the table's columns that the network reads
    history : steps of the training
    left_out : column that the network does not see -> the reason
    table : id of the table that the network was trained on; None if it was not stored
    encoding : version of the encoding of that table
    layer_sizes : units of each layer, inputs first, logits last
    changed : None if there was no network before
    untested : the classes whose labels all members have learnt, so that none has tested how sure it may be of them
    is_measured : whether `quality`, `doubts`, `radii` and `reliability` are known
    quality : None also if there were too few labels to measure it
    doubts : the most doubtful label first
    reliability : None without a quality, and in networks of earlier versions
    """

    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    history: tuple[TrainingStep, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    table: str | None = None
    encoding: int = 1
    n_regions: int = 0
    rows_alone_in_region: int = 0
    largest_region: int = 0
    n_parameters: int = 0
    layer_sizes: tuple[int, ...] = ()
    derived: tuple[DerivedSetting, ...] = ()
    changed: Changed | None = None
    untested: tuple[str, ...] = ()
    is_measured: bool = False
    quality: Quality | None = None
    doubts: tuple[StoredDoubt, ...] = ()
    radii: CoveringRadii | None = None
    reliability: Reliability | None = None

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Summary":
        doubts = [read_optional(StoredDoubt, one) for one in found.get("doubts") or ()]
        records = {
            "history": read_history(found.get("history") or ()),
            "derived": tuple(read_record(DerivedSetting, one) for one in found.get("derived") or ()),
            "changed": read_optional(Changed, found.get("changed")),
            "is_measured": "quality" in found,
            "quality": read_optional(Quality, found.get("quality")),
            "doubts": tuple(doubt for doubt in doubts if doubt is not None),
            "radii": read_optional(CoveringRadii, found.get("radii")),
            "reliability": Reliability.from_json(found.get("reliability")),
        }
        return read_record(cls, {**found, **records})

    def to_json(self) -> dict[str, Any]:
        absent = ("is_measured", *(() if self.is_measured else MEASURED))
        return {name: value for name, value in asdict(self).items() if name not in absent}


@dataclass(frozen=True, slots=True)
class RoundResult:
    """The result of a training on `n_labeled` labels: the parts of the summary that trainings are compared by."""

    n_labeled: int
    changed: Changed | None
    quality: Quality | None
    radii: CoveringRadii | None


@dataclass(frozen=True, slots=True)
class Pick:
    """A row that a strategy asks for, and its evidence.

    Attributes
    ----------
    distance : distance to the nearest center when the row was picked; None if the strategy measures none, or there was
        no center
    nearest : the row of that center, negative if there is none
    radius : the covering radius after the pick; None as for `distance`
    space : the space in which the distances were measured
    reason, numbers : the strategy's own reason, in words and in numbers
    sentence, named : the reason with a place for the row that it names, and that row; None if they were not stored
    """

    row: int
    distance: float | None = None
    nearest: int | None = None
    radius: float | None = None
    space: str | None = None
    reason: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    sentence: str | None = None
    named: int | None = None


@dataclass(frozen=True)
class StoredSelection:
    """The picks of a model, best first; `row in selection` says whether a row is one of them."""

    strategy: str = ""
    picks: tuple[Pick, ...] = ()

    @cached_property
    def rows(self) -> tuple[int, ...]:
        return tuple(pick.row for pick in self.picks)

    @cached_property
    def _by_row(self) -> dict[int, Pick]:
        return {pick.row: pick for pick in self.picks}

    def pick(self, row: int) -> Pick | None:
        """Return the pick of a row, None if the row was not picked."""
        return self._by_row.get(row)

    def __contains__(self, row: object) -> bool:
        return row in self._by_row

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "StoredSelection":
        n = len(found.get("rows") or ())
        columns = {name: found.get(key) or [None] * n for name, key in PICK_KEYS.items()}
        each = zip(*columns.values(), strict=True)
        picks = tuple(read_record(Pick, dict(zip(columns, values, strict=True))) for values in each)
        return cls(found.get("strategy") or "", picks)

    def to_json(self) -> dict[str, Any]:
        listed = {key: [getattr(pick, name) for pick in self.picks] for name, key in PICK_KEYS.items()}
        return {"strategy": self.strategy, **listed}


def read_history(steps: Sequence[Sequence[Any]]) -> tuple[TrainingStep, ...]:
    """Read the steps of a training from JSON's lists."""
    return tuple(TrainingStep(*step) for step in steps)

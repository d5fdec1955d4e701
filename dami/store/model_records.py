"""What is kept of a network beside its arrays: what it is and how good, and the rows that it asks for.

The database keeps both as JSON. Records are made of it once, when a model is read; nothing changes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from dami.store.json_records import read_optional, read_record

PICK_KEYS = {
    **{"row": "rows", "distance": "distances", "nearest": "nearest", "radius": "radii", "space": "spaces"},
    **{"reason": "reasons", "sentence": "sentences", "named": "named", "numbers": "numbers"},
}
"""The fields of a pick, and the JSON keys under which a selection lists them for all its picks."""

MEASURED = ("quality", "doubts", "radii")
"""What a summary has only once its network has been measured, which takes longer than to select."""


class TrainingStep(NamedTuple):
    """How far the training was after a step: the loss, and the accuracy on the labels that it trains on."""

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
    """On how many rows, of how many, a network predicts another class than network `since`, the one before."""

    rows: int
    of: int
    since: int | None = None

    @property
    def share(self) -> float:
        return self.rows / max(1, self.of)


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a network is on `n` rows that it was not trained on.

    Attributes
    ----------
    kind : ``hidden`` (measured on rows whose labels are held back) or ``cross-validated``
    note : which rows these are, in words
    confusion : (C, C) counts, row: true class, column: predicted
    names : (C,) class values
    """

    kind: str
    note: str
    n: int
    accuracy: float
    balanced_accuracy: float
    confusion: tuple[tuple[int, ...], ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredDoubt:
    """A label that a network, or the labels of the nearest local models, disagree with.

    Attributes
    ----------
    event : id of the answer that gave the label; None where it came with the table
    given, suggested : class values
    confidence : probability of `suggested` by networks that have not seen the label; None where there is none
    agreeing, neighbors : how many of the nearest labeled local models bear the label, and of how many
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
    """The covering radius after so many `labels`, all under one network: equally long."""

    labels: tuple[int, ...]
    radii: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a network is, and how good. Of the cold start, which is none, only `left_out` and `table` say something.

    Attributes
    ----------
    classes, columns : class values in the order of the outputs; the table's columns that it reads
    history : of its training
    left_out : the columns that it does not see, and why
    table : id of the table that it was trained on; None where that was not kept
    layer_sizes : inputs first, logits last
    changed : None where there was no network before
    is_measured : whether `quality`, `doubts` and `radii` are known
    quality : None also where there were too few labels to measure it
    doubts : the most doubtful label first
    """

    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    history: tuple[TrainingStep, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    table: str | None = None
    n_regions: int = 0
    rows_alone_in_region: int = 0
    largest_region: int = 0
    n_parameters: int = 0
    layer_sizes: tuple[int, ...] = ()
    derived: tuple[DerivedSetting, ...] = ()
    changed: Changed | None = None
    is_measured: bool = False
    quality: Quality | None = None
    doubts: tuple[StoredDoubt, ...] = ()
    radii: CoveringRadii | None = None

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
        }
        return read_record(cls, {**found, **records})

    def to_json(self) -> dict[str, Any]:
        absent = ("is_measured", *(() if self.is_measured else MEASURED))
        return {name: value for name, value in asdict(self).items() if name not in absent}


@dataclass(frozen=True, slots=True)
class RoundResult:
    """What came of a training on so many labels, as far as it is compared with others."""

    n_labeled: int
    changed: Changed | None
    quality: Quality | None
    radii: CoveringRadii | None


@dataclass(frozen=True, slots=True)
class Pick:
    """A row that a strategy asks for, and its evidence.

    Attributes
    ----------
    distance : to the nearest center when it was picked; None where the strategy has no such notion, or without a center
    nearest : the row of that center, negative where there is none
    radius : the covering radius after the pick; None as `distance`
    space : where the distances were taken
    reason, numbers : the strategy's own reason, in words and in numbers
    sentence, named : the words with a place for the row that they name, and that row; None where that was not kept
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
    """The rows that a model asks for, best first; `row in selection` says whether a row is one of them."""

    strategy: str = ""
    picks: tuple[Pick, ...] = ()

    @cached_property
    def rows(self) -> tuple[int, ...]:
        return tuple(pick.row for pick in self.picks)

    @cached_property
    def _by_row(self) -> dict[int, Pick]:
        return {pick.row: pick for pick in self.picks}

    def pick(self, row: int) -> Pick | None:
        """The pick of a row, None where the row is none of them."""
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
    """The course of a training, of JSON's lists."""
    return tuple(TrainingStep(*step) for step in steps)

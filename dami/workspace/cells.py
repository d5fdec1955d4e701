"""Many rows at once, a cell or a lasso: their labels, where these disagree, and what the network is around them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dami.errors import ProjectError
from dami.selection.cells import cell_of, mean_local_model
from dami.store import annotations, models
from dami.store.records import Event, Model, Project
from dami.workspace.artifacts import artifacts
from dami.workspace.correcting import second_look
from dami.workspace.encoding import cached
from dami.workspace.labels import Predictions, audit_rows, class_list, known, predictions
from dami.workspace.rounds import require_trained
from dami.workspace.tables import table

MOST = 500  # rows that a mean local model is taken over


@dataclass(frozen=True)
class Cell:
    """The rows whose nearest centre, in the space of local models, is the same labelled row.

    Attributes
    ----------
    center : row
    members : (m,) rows, nearest to the centre first, the centre among them
    distances : (m,) to the centre
    same_region : other rows of the very linear region that the cell was asked for with, ascending
    """

    center: int
    members: np.ndarray
    distances: np.ndarray
    same_region: np.ndarray


def cell(project: Project, row: int) -> Cell:
    """The cell that a row lies in, under the newest network.

    Raises
    ------
    ProjectError
        While there is no network, or if it was trained before the row was appended to the table.
    """
    n = len(table(project.table_id))
    if not 0 <= row < n:
        raise ProjectError(f"There is no row {row}: the table has rows 0 to {n - 1:,}.")
    model = require_trained(models.latest(project.id))
    place = artifacts(project.id, model.number, n)
    nearest, distances, regions = place.nearest, place.distances, place.regions
    if nearest is None or distances is None:
        raise ProjectError("The cells of this network are gone: train it again on the Model page.")
    found = cell_of(row, nearest, distances)
    if found.center < 0:
        raise ProjectError(f"Row {row} came after this network was trained: the next one gives it a cell.")
    same = np.flatnonzero(regions == regions[row]) if regions is not None else np.zeros(0, int)
    return Cell(found.center, found.members, found.distances, same[same != row])


@dataclass(frozen=True)
class Disagreement:
    """A labelled row of a group whose label something speaks against.

    Attributes
    ----------
    label : class id that it has
    center : class id of the label of the cell's centre, None where that is the same or there is no centre
    predicted : class id that the newest network gives it, None where that is the same or not known
    doubted : whether it is among the labels worth a second look
    """

    row: int
    label: int
    center: int | None
    predicted: int | None
    doubted: bool


@dataclass(frozen=True)
class Group:
    """What is known of some rows.

    Attributes
    ----------
    rows : (m,) as they were given
    counts : class id -> rows labelled so, in the order of the classes; classes without a row are left out
    actions : "unsure", "discard", "later" -> rows of which this is the last answer
    labeled, unlabeled : rows with a label, and those that a label may be given to as many: neither discarded nor drawn
        for the open audit, whose rows are judged one by one
    audited : how many rows belong to the open audit
    predicted : class id -> rows that the network gives it, most first; rows of the audit left out
    disagreements : by row
    contributions : column -> mean part in the local models, largest first; empty without a network
    """

    rows: np.ndarray
    counts: dict[int, int]
    actions: dict[str, int]
    labeled: list[int]
    unlabeled: list[int]
    audited: int
    predicted: dict[int, int]
    disagreements: list[Disagreement]
    contributions: dict[str, float]


def group(project: Project, rows: Iterable[int], center: int | None = None) -> Group:
    """What is known of some rows, in one look.

    Parameters
    ----------
    center : the centre that the rows share, if they are a cell
    """
    members = np.fromiter(rows, dtype=int)
    current = annotations.current(project.id)
    labels = known(project, current)
    audited = audit_rows(project)
    model = models.latest(project.id)
    said = predictions(project, model) if model is not None and model.summary.get("classes") else None
    free = [row for row in members.tolist() if row not in audited]
    counts = Counter(labels[row] for row in members.tolist() if row in labels)
    order = [entry.id for entry in class_list(project.id).shown]
    answers = Counter(current[row].action for row in members.tolist() if row in current and row not in labels)
    return Group(
        members,
        {class_id: counts[class_id] for class_id in order if counts[class_id]},
        dict(answers),
        [row for row in free if row in labels],
        [row for row in free if row not in labels and not _is_discarded(current, row)],
        len(members) - len(free),
        _predicted(said, free),
        _disagreements(project, free, labels, said, center),
        _contributions(project, model, members),
    )


@dataclass(frozen=True)
class MeanModel:
    """The mean of local models, read as one class against another.

    Attributes
    ----------
    weights : feature -> how much more it speaks for `first` than for `second`, logits per unit, in the features' order
    first, second : class ids, the likeliest and the next by mean probability over the rows
    shares : their mean probabilities
    n_rows : how many rows it is the mean of
    """

    weights: dict[str, float]
    first: int
    second: int
    shares: tuple[float, float]
    n_rows: int


def mean_model(project: Project, rows: Iterable[int]) -> MeanModel:
    """The mean local model of some rows; of many, `MOST` of them at even steps.

    Raises
    ------
    ProjectError
        While there is no network, or all rows came after it, or but one class is left to compare.
    """
    model = require_trained(models.latest(project.id))
    said = predictions(project, model)
    layers, pool = artifacts(project.id, model.number).layers, cached(project)
    if layers is None or pool is None:
        raise ProjectError("The table is being read anew: look again in a moment.")
    members = np.fromiter(rows, dtype=int)
    members = members[said.codes[members] >= 0]
    if not len(members):
        raise ProjectError("These rows came after this network was trained: the next one knows them.")
    steps = np.linspace(0, len(members) - 1, min(MOST, len(members))).round().astype(int)
    used = members[steps]
    means = said.probabilities[used].mean(axis=0)  # (k,)
    if len(means) < 2:
        raise ProjectError("The network tells one class only: there is none to compare it with.")
    best = np.argsort(-means, kind="stable")[:2]
    first, second = (said.classes[place].id for place in best)
    weights = mean_local_model(layers, pool.X[used])  # (C, d)
    resolved = [class_list(project.id).by_value[value].id for value in model.summary["classes"]]
    of_class = [weights[np.equal(resolved, class_id)].mean(axis=0) for class_id in (first, second)]  # merged: the mean
    return MeanModel(
        dict(zip(pool.features, (of_class[0] - of_class[1]).tolist(), strict=True)),
        first,
        second,
        (float(means[best[0]]), float(means[best[1]])),
        len(used),
    )


def _is_discarded(current: Mapping[int, Event], row: int) -> bool:
    return row in current and current[row].action == "discard"


def _predicted(said: Predictions | None, rows: list[int]) -> dict[int, int]:
    if said is None or not rows:
        return {}
    codes = said.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(said.classes))
    return {said.classes[k].id: int(counts[k]) for k in np.argsort(-counts, kind="stable") if counts[k]}


def _disagreements(
    project: Project, rows: list[int], labels: Mapping[int, int], said: Predictions | None, center: int | None
) -> list[Disagreement]:
    doubted = {doubt.row for doubt in second_look(project)}
    given_center = labels.get(center) if center is not None else None
    found = []
    for row in sorted(row for row in rows if row in labels):
        label = labels[row]
        predicted = said.classes[said.codes[row]].id if said is not None and said.codes[row] >= 0 else None
        by_center = given_center if given_center not in (None, label) else None
        by_network = predicted if predicted not in (None, label) else None
        if by_center is not None or by_network is not None or row in doubted:
            found.append(Disagreement(row, label, by_center, by_network, row in doubted))
    return found


def _contributions(project: Project, model: Model | None, rows: np.ndarray) -> dict[str, float]:
    if model is None or not len(rows):
        return {}
    parts = artifacts(project.id, model.number, len(table(project.table_id))).contributions
    if parts is None:
        return {}
    chosen = parts[rows]  # (m, n_columns)
    chosen = chosen[~np.isnan(chosen).any(axis=1)]
    if not len(chosen):
        return {}
    means = dict(zip(model.summary["columns"], chosen.mean(axis=0, dtype=float).tolist(), strict=True))
    return dict(sorted(means.items(), key=lambda item: -item[1]))

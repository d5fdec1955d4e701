"""Groups rows: the cell around a center, or the rows in a lasso, with what is known of their members."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from dami.errors import ProjectError
from dami.selection.cells import cell_of, mean_local_model
from dami.store import annotations
from dami.store.records import Project
from dami.workspace.annotating.corrections import second_look
from dami.workspace.projects.labels import audit_rows, excluded, known, shown_predictions
from dami.workspace.projects.stored_tables import table
from dami.workspace.training.encoded_pool import cached
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.training.rounds import require_same_table, require_trained

MOST = 500  # rows that the mean of local models is taken over


@dataclass(frozen=True)
class Group:
    """Rows that are looked at together.

    Attributes
    ----------
    rows : (m,) positions; in a cell, the rows nearest to the center come first
    center, spread : of a cell, its center, and the median and largest distance of its members to the center
    labels : class id -> number of labelled members
    open : members that can be given a class together: unlabelled, not discarded, not in an open audit
    relabelable : the members of `open`, and labelled members that are not discarded and not in an open audit
    doubted : members with a doubtful label
    otherwise : in a cell with a labelled center, unlabelled members that the network predicts to be of another class
    """

    rows: np.ndarray
    center: int | None
    spread: tuple[float, float] | None
    labels: dict[int, int]
    open: list[int]
    relabelable: list[int]
    doubted: list[int]
    otherwise: list[int]


def cell(project: Project, row: int) -> Group:
    """Return the cell that a row lies in.

    Raises
    ------
    ProjectError
        If there is no network, its arrays are gone, or the row was appended after its training.
    """
    model = require_trained(project)
    place = artifacts(project.id, model.number, len(table(project.table_id)))
    nearest, distances = place.nearest, place.distances
    if nearest is None or distances is None:
        raise ProjectError("The local models of this network are gone: train it again.")
    if nearest[row] < 0:
        raise ProjectError("This row came after the network was trained: it is in no cell yet.")
    found = cell_of(row, nearest, distances)
    labels = known(project)
    otherwise: list[int] = []
    if found.center in labels:
        said = shown_predictions(project, model)
        ids = np.array([entry.id for entry in said.classes])
        differs = (said.codes[found.members] >= 0) & (ids[said.codes[found.members]] != labels[found.center])
        otherwise = [int(member) for member in found.members[differs] if int(member) not in labels]
    spread = (float(np.median(found.distances)), float(found.distances[-1]))
    return _group(project, labels, found.members, found.center, spread, otherwise)


def lasso(project: Project, rows: np.ndarray) -> Group:
    """Return the group of the rows that a person chose together."""
    return _group(project, known(project), np.asarray(rows, dtype=int), None, None, [])


def _group(
    project: Project,
    labels: dict[int, int],
    rows: np.ndarray,
    center: int | None,
    spread: tuple[float, float] | None,
    otherwise: list[int],
) -> Group:
    members = [int(row) for row in rows]
    inside = set(members)
    counts = Counter(labels[row] for row in members if row in labels)
    closed = audit_rows(project).union(excluded(annotations.current(project.id)))
    given = [row for row in members if row not in closed]
    doubted = [doubt.row for doubt in second_look(project) if doubt.row in inside]
    unlabeled = [row for row in given if row not in labels]
    return Group(rows, center, spread, dict(counts.most_common()), unlabeled, given, doubted, otherwise)


@dataclass(frozen=True)
class MeanModel:
    """The mean of the local models of a group.

    Attributes
    ----------
    features : (n_features,) names
    classes : names as the network knows them
    weights : (n_classes, n_features); their mean over the classes is subtracted
    n_rows : number of rows that the mean was taken over
    """

    features: list[str]
    classes: list[str]
    weights: np.ndarray
    n_rows: int


def mean_model(project: Project, rows: np.ndarray) -> MeanModel:
    """Return the mean local model of some rows; of more than `MOST` rows, only `MOST` at even steps are used.

    Raises
    ------
    ProjectError
        If there is no network, its file or the encoded pool is missing, or the table has grown since.
    """
    model = require_trained(project)
    layers, pool = artifacts(project.id, model.number).layers, cached(project)
    require_same_table(project, model)
    if layers is None or pool is None:
        raise ProjectError("The table is being read anew: look again in a moment.")
    taken = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST)).astype(int))]
    weights = mean_local_model(layers, np.array(pool.X[np.sort(taken)]))
    return MeanModel(pool.features, list(model.summary.classes), weights, len(taken))

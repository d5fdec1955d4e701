"""What is known of every row: the labels that came with the table, and over them what the annotation log says."""

from functools import lru_cache

import numpy as np
import pandas as pd

from dami.errors import ProjectError
from dami.store import annotations, classes
from dami.store.records import Event, Model, Project
from dami.tables.columns import class_names
from dami.workspace.artifacts import artifacts
from dami.workspace.tables import table


@lru_cache(maxsize=16)
def target_values(table_id: str, target: str) -> pd.Series:
    """The target column as class names (text), NA where the table has none; never change it in place."""
    return class_names(table(table_id)[target])


def imported(project: Project) -> dict[int, int]:
    """Rows that came with a label, and the class id of each; none in Practise, where the known labels are hidden."""
    if project.target is None or project.mode == "practise":
        return {}
    return _class_ids(project)


def oracle(project: Project, row: int) -> int:
    """The class id that the hidden label of a row names.

    Raises
    ------
    ProjectError
        Where the project is no practice, or the row has no known label.
    """
    if project.mode != "practise" or project.target is None:
        raise ProjectError("Only Practise knows the labels in advance; this project has to be labelled by a person.")
    ids = _class_ids(project)
    if row not in ids:
        raise ProjectError(f"Row {row} has no known label in column {project.target!r}.")
    return ids[row]


def truth(project: Project) -> np.ndarray | None:
    """In Practise, the class id of every row, -1 where unknown, shape (n_rows,); None otherwise."""
    if project.mode != "practise":
        return None
    ids = np.full(len(table(project.table_id)), -1)
    for row, class_id in _class_ids(project).items():
        ids[row] = class_id
    return ids


def known(project: Project, current: dict[int, Event] | None = None) -> dict[int, int]:
    """Every labelled row and its class id: imported labels, replaced by what the log says of the row."""
    current = annotations.current(project.id) if current is None else current
    decided = {row for row, event in current.items() if event.action != "later"}
    labels = {row: class_id for row, class_id in imported(project).items() if row not in decided}
    labels.update({r: e.class_id for r, e in current.items() if e.action == "label" and e.class_id is not None})
    return labels


def predicted(project: Project, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """The name of every row's most probable class, and its probability, each (n_rows,)."""
    probabilities = artifacts(project.id, model.number).probabilities
    if probabilities is None:
        raise ProjectError("The predictions of this network are gone: train it again.")
    names = {c.value: c.name for c in classes.list_classes(project.id)}
    shown = np.array([names[value] for value in model.summary["classes"]], dtype=object)
    return shown[probabilities.argmax(1)], probabilities.max(1)


def _class_ids(project: Project) -> dict[int, int]:
    if project.target is None:
        return {}
    ids = tuple((entry.value, entry.id) for entry in classes.list_classes(project.id))
    return _ids_of(project.table_id, project.target, ids)


@lru_cache(maxsize=16)
def _ids_of(table_id: str, target: str, ids: tuple[tuple[str, int], ...]) -> dict[int, int]:
    codes = target_values(table_id, target).map(dict(ids)).dropna()
    return {int(row): int(class_id) for row, class_id in codes.items()}

"""Finds what is known of every row: imported labels, replaced by the answers in the annotation log; predictions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
import pandas as pd

from dami.errors import ProjectError
from dami.store import annotations, audits, classes, projects
from dami.store.records import Class, Event, Model, Project
from dami.tables.class_names import composed
from dami.tables.columns import label_names
from dami.workspace.projects.stored_tables import table, written
from dami.workspace.training.model_arrays import artifacts

Answer = TypeVar("Answer")
WRITTEN_AS_FRACTION = re.compile(r"(-?[0-9]+)\.0+")


@dataclass(frozen=True)
class ClassList:
    """The classes of a project as they count now: a merged class counts as the class that it was merged into.

    Attributes
    ----------
    all : every class, merged ones too, in the order of their ids
    shown : the classes that a row can be given
    resolve : every class id -> the class id that it counts as
    by_value : a value in the table, or a class of a network -> the class that it counts as
    gone : ids of the classes that came with labels that were taken back, and that no other label names
    """

    all: list[Class]
    shown: list[Class]
    resolve: dict[int, int]
    by_value: dict[str, Class]
    gone: frozenset[int] = frozenset()

    @property
    def names(self) -> dict[int, str]:
        """Every class id -> the name of the class that it counts as."""
        by_id = {entry.id: entry.name for entry in self.all}
        return {class_id: by_id[shown] for class_id, shown in self.resolve.items()}


def class_list(project_id: str) -> ClassList:
    """Return the classes of a project as they count now.

    Raises
    ------
    ProjectError
        If the project has been deleted.
    """
    listed = classes.list_classes(project_id)
    if not listed:
        projects.get(project_id)  # who asks may have read its labels before somebody deleted it
    resolve = classes.resolve(listed)
    by_id = {entry.id: entry for entry in listed}
    gone = _gone(project_id, listed)
    return ClassList(
        listed,
        [entry for entry in listed if resolve[entry.id] == entry.id and entry.id not in gone],
        resolve,
        in_both_forms({entry.value: by_id[resolve[entry.id]] for entry in listed}),
        gone,
    )


def _gone(project_id: str, listed: list[Class]) -> frozenset[int]:
    taken_back = [e.id for e in listed if e.batch is not None and not annotations.in_effect(project_id, e.batch)]
    if not taken_back:
        return frozenset()
    project, named = projects.get(project_id), {*annotations.labels(project_id).values()}
    if project.target is not None:  # rows that were appended since may hold its value
        ids = in_both_forms({entry.value: entry.id for entry in listed})
        named |= {*_ids_of(project.table_id, project.target, tuple(ids.items())).values()}
    return frozenset(taken_back) - named - {entry.merged_into for entry in listed}


@lru_cache(maxsize=16)
def target_values(table_id: str, target: str) -> pd.Series:
    """Return the target column as class names (text), NA where the table has none; never change it in place."""
    return label_names(written(table_id), target)


def imported(project: Project) -> dict[int, int]:
    """Return the rows that came with a label, and the class id of each; none if the known labels are held back."""
    if project.target is None or project.holds_back:
        return {}
    return _class_ids(project)


def oracle(project: Project, row: int) -> int:
    """Return the class id of a row's hidden label.

    Raises
    ------
    ProjectError
        If the project is not in Practise, or the row has no known label.
    """
    if project.mode != "practise" or project.target is None:
        raise ProjectError("Only Practise knows the labels in advance; this project has to be labelled by a person.")
    ids = _class_ids(project)
    if row not in ids:
        raise ProjectError(f"Row {row} has no known label in column {project.target!r}.")
    return ids[row]


def truth(project: Project) -> np.ndarray | None:
    """Return the class id of every row if the known labels are held back, (n_rows,), -1 for unknown; else None."""
    if project.target is None or not project.holds_back:
        return None
    ids = np.full(len(table(project.table_id)), -1)
    for row, class_id in _class_ids(project).items():
        ids[row] = class_id
    return ids


def known(project: Project, current: Mapping[int, Event] | None = None) -> dict[int, int]:
    """Return every labelled row with its class id: imported labels, replaced by what the log says of the row.

    The class is the one that the label counts as now; the log keeps the class that was given.
    """
    current = annotations.current(project.id) if current is None else current
    decided = {row for row, event in current.items() if event.meaning.decides}
    labels = {row: class_id for row, class_id in imported(project).items() if row not in decided}
    given = {r: e.class_id for r, e in current.items() if e.class_id is not None}
    resolve = class_list(project.id).resolve if given else {}
    return labels | {row: resolve[class_id] for row, class_id in given.items()}


def of_two_classes(project: Project) -> bool:
    """Return whether labels of two classes are known; a network needs two."""
    return len(set(known(project).values())) >= 2


def excluded(current: Mapping[int, Event]) -> list[int]:
    """Return the rows that were taken out of the pool, the map and the estimates."""
    return [row for row, event in current.items() if event.meaning.excludes]


def audit_rows(project: Project) -> frozenset[int]:
    """Return the rows of an open audit, which measure the network: it neither learns from them nor asks for them."""
    audit = audits.open_audit(project.id)
    return frozenset(audit.rows) if audit is not None else frozenset()


def without(rows: Iterable[int], answers: Mapping[int, Answer]) -> dict[int, Answer]:
    """Return the answers (events or labels) to all rows except `rows`."""
    left_out = frozenset(rows)
    return {row: answer for row, answer in answers.items() if row not in left_out}


@dataclass(frozen=True)
class Predictions:
    """The predictions of a network for every row.

    Attributes
    ----------
    classes : the classes that it knows, as they count now, (k,)
    probabilities : (n_rows, k); NaN for rows without a prediction, such as rows appended after the training
    codes : (n_rows,) position of the likeliest class; -1 for rows without a prediction
    """

    classes: list[Class]
    probabilities: np.ndarray

    @cached_property
    def codes(self) -> np.ndarray:
        known_rows = ~np.isnan(self.probabilities[:, 0])
        return np.where(known_rows, np.nan_to_num(self.probabilities).argmax(1), -1)


def predictions(project: Project, model: Model, by_rival: bool = False) -> Predictions:
    """Return the predictions of a network for every row; probabilities of classes merged since are added up.

    Parameters
    ----------
    by_rival : whether to return those of the model that may predict in place of the network

    Raises
    ------
    ProjectError
        If the stored predictions are missing.
    """
    stored = artifacts(project.id, model.number, len(table(project.table_id)))
    shares = stored.rival_probabilities if by_rival else stored.probabilities
    if shares is None or not model.is_trained:
        raise ProjectError("The predictions of this network are gone: train it again.")
    by_value = class_list(project.id).by_value
    ids = [by_value[value].id for value in model.summary.classes]
    by_id = {entry.id: entry for entry in by_value.values()}
    distinct = list(dict.fromkeys(ids))
    if len(distinct) < len(ids):
        counted_as = np.array([distinct.index(class_id) for class_id in ids])
        shares = np.stack([shares[:, counted_as == k].sum(1) for k in range(len(distinct))], axis=1)  # (n_rows, k)
    return Predictions([by_id[class_id] for class_id in distinct], shares)


def shown_predictions(project: Project, model: Model) -> Predictions:
    """Return the predictions that a person may see: none for rows of an open audit, to not influence its annotator."""
    said, hidden = predictions(project, model), audit_rows(project)
    if not hidden:
        return said
    shares = np.array(said.probabilities)
    shares[list(hidden)] = np.nan
    return Predictions(said.classes, shares)


def predicted(said: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """Return every row's likeliest class by name (None without a prediction) and its probability, each (n_rows,)."""
    names = np.array([*(entry.name for entry in said.classes), None], dtype=object)
    return names[said.codes], said.probabilities.max(1)


def _class_ids(project: Project) -> dict[int, int]:
    if project.target is None:
        return {}
    ids = tuple((value, entry.id) for value, entry in class_list(project.id).by_value.items())
    return _ids_of(project.table_id, project.target, ids)


@lru_cache(maxsize=16)
def _ids_of(table_id: str, target: str, ids: tuple[tuple[str, int], ...]) -> dict[int, int]:
    known_ids = dict(ids)
    names = target_values(table_id, target)
    of_name = {name: class_of(name, known_ids) for name in names.dropna().unique()}
    codes = names.map(of_name).dropna()
    return {int(row): int(class_id) for row, class_id in codes.items()}


def class_of(name: str, known: Mapping[str, Answer]) -> Answer | None:
    """Return what is known of the class with this name; None if there is no such class.

    A whole number that a program has written as 1.0 is the class 1, unless 1.0 is a class of its own.
    """
    if name in known:
        return known[name]
    whole = WRITTEN_AS_FRACTION.fullmatch(name)
    return known.get(whole[1]) if whole else None


def in_both_forms(known: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return what is known of classes by name, also under their composed names: old classes may have another form."""
    return {composed(name): answer for name, answer in known.items()} | {**known}

"""Appends the rows of a newer file to a project's table, after a preview of the changes.

Old rows keep their positions, labels, notes and audits, and undo still works. Old networks stay too, but they say
nothing of the new rows: the next network does.
"""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from dami.errors import ProjectError
from dami.store import projects
from dami.store.records import Project
from dami.tables.appended_rows import Grown, append_rows, key_candidates
from dami.tables.class_names import class_names, spelled_otherwise
from dami.tables.column_names import respelled
from dami.tables.columns import (
    Answers,
    Target,
    class_order,
    describe_target,
    kept_answers,
    label_names,
    may_name_rows,
)
from dami.tables.table import Table
from dami.workspace.projects import edit_classes
from dami.workspace.projects.begin import MOST_CLASSES, check_target
from dami.workspace.projects.labels import class_list, class_of
from dami.workspace.projects.stored_tables import columns, store, table, written
from dami.workspace.training import rounds


@dataclass(frozen=True)
class AppendPreview:
    """What appending would change.

    Attributes
    ----------
    n_rows : number of rows that the table has now.
    n_added : rows of the newer file that the table does not have; they would be appended.
    n_changed : rows of the table that have other values in the newer file; the table keeps its values.
    n_absent : rows of the table that the newer file does not have; they stay.
    n_labeled : added rows that come with a label; in Practise, all of them, and the labels stay hidden.
    classes : values of the target column that would become new classes.
    notes : sentences about the columns of the newer file.
    """

    n_rows: int
    n_added: int
    n_changed: int
    n_absent: int
    n_labeled: int
    classes: list[str]
    notes: list[str]


@lru_cache(maxsize=8)
def _keys(old: str, new: str) -> tuple[str, ...]:
    """Return the possible keys, and identifiers of the table that have a gap or a repetition in the newer file.

    If no identifier can be the key, such a broken identifier comes first, and `preview` says what is wrong with it. A
    measurement that happens to differ from row to row would be a possible key too, but it would match the wrong rows.
    """
    found = key_candidates(written(old), written(new))
    n_rows = len(table(old))
    identifiers = [one.name for one in columns(old) if may_name_rows(one, n_rows) and one.name in table(new)]
    broken = [name for name in identifiers if name not in found and table(old)[name].is_unique]
    return (*found, *broken) if set(found) & set(identifiers) else (*broken, *found)


def keys(project: Project, table_id: str) -> list[str]:
    """Return the columns that may be the key of both tables, the likeliest first; never the target."""
    return [name for name in _keys(project.table_id, table_id) if name != project.target]


def questions(project: Project, table_id: str, key: str) -> tuple[list[tuple[str, int]], list[list[str]]]:
    """Return what only a person knows of the labels of the added rows.

    Returns
    -------
    (unread, alike): pairs of a text that counts as no label, and its number of rows; groups of new names that differ in
    capitals, accents or spaces alone, each behind the class of the project that is spelled alike, if there is one.
    """
    described = _appended(project, table_id, key).described
    if described is None:
        return [], []
    known = class_list(project.id).by_value
    new = [name for name, _ in described.classes if class_of(name, known) is None]
    return described.unread, spelled_otherwise(known, new) if len(new) <= MOST_CLASSES else []


def preview(project: Project, table_id: str, key: str, answers: Answers | None = None) -> AppendPreview:
    """Return what `append` would change.

    Parameters
    ----------
    answers : the class of some texts in the target column of the newer file, None for no label

    Raises
    ------
    DamiError
        If the key, the size or the labels of the newer file do not fit; the message is one sentence.
    """
    parts = _appended(project, table_id, key)
    grown, labels = parts.grown, _labels(project, parts.newcomers, answers)
    notes = list(grown.notes)
    if project.mode == "label" and project.target is not None and project.target in table(table_id):
        notes.append(f"Only new rows bring a label: what “{project.target}” says of the others is not taken over.")
    return AppendPreview(
        n_rows=len(grown.frame) - len(grown.added),
        n_added=len(grown.added),
        n_changed=grown.changed,
        n_absent=grown.absent,
        n_labeled=int(labels.notna().sum()),
        classes=_new_classes(project, labels),
        notes=notes,
    )


def append(project: Project, table_id: str, key: str, answers: Answers | None = None) -> Project:
    """Append the rows of a stored newer table that the project's table does not have, and start a training.

    Parameters
    ----------
    project : the project as it was when the preview was made.
    answers : as in `preview`; the project keeps them for the next file.

    Raises
    ------
    DamiError
        As `preview`; also if there is nothing to append, or the project's table has changed since the preview.
    """
    if projects.get(project.id).table_id != project.table_id:
        raise ProjectError("Rows were appended to this project a moment ago: look at the preview again.")
    parts = _appended(project, table_id, key)
    whole = parts.whole
    if len(parts.grown.added) == 0:
        raise ProjectError("The table has all rows of the newer file already: there is nothing to add.")
    new_classes = _new_classes(project, _labels(project, parts.newcomers, answers))
    if answers and project.target is not None:
        whole = whole.with_answers(project.target, answers)
    stored = store(whole)
    if project.target is not None:
        check_target(stored, project.target)
    for value in new_classes:  # first, so that no label of the new table is without its class
        edit_classes.add_found(project, value)
    changed = projects.replace_table(project.id, stored, project.table_id)
    rounds.start(project.id)
    return changed


@dataclass(frozen=True)
class _Appended:
    """The grown table as values and as written; and of its added rows the labels, and what they are."""

    grown: Grown
    whole: Table
    newcomers: Table
    described: Target | None


def _appended(project: Project, table_id: str, key: str) -> _Appended:
    if key == project.target:
        raise ProjectError(f"“{key}” holds the labels, so it cannot tell the rows apart: choose another key column.")
    return _put_together(project.table_id, table_id, key, project.target, tuple(class_list(project.id).by_value))


@lru_cache(maxsize=2)
def _put_together(old_id: str, new_id: str, key: str, target: str | None, classes: tuple[str, ...]) -> _Appended:
    old, new = written(old_id), written(new_id)
    grown = append_rows(old, new, key, target)
    whole = old.appended(grown.frame, new.renamed(respelled(old.frame.columns, new.frame.columns)), grown.taken)
    if target is None:
        return _Appended(grown, whole, whole.rows([], []), None)
    if target not in old.originals and whole.frame[target].dtype.kind in "bM":  # classes are named as in the table
        whole = whole.without_original(target)
    else:
        texts = class_names(whole.texts(target))[label_names(whole, target).isna()]
        known = set(texts[texts.isin(classes)]) - {*kept_answers(whole, target)}
        whole = whole.with_answers(target, {text: text for text in known}) if known else whole  # such as a class “n/a”
    newcomers = whole.rows(grown.added.tolist(), [target])
    return _Appended(grown, whole, newcomers, describe_target(newcomers, target))


def _labels(project: Project, newcomers: Table, answers: Answers | None) -> pd.Series:
    """Return the class names of the appended rows, NA for rows without a label."""
    if project.target is None:
        return pd.Series([], dtype="str")
    labels = label_names(newcomers, project.target, answers)
    missing = int(labels.isna().sum())
    if project.mode == "practise" and missing:
        raise ProjectError(
            f"Practise needs the known label of every row, and {missing:,} of the {len(labels):,} new rows have none "
            f"in “{project.target}”: fill them in, or take those rows out of the file."
        )
    return labels


def _new_classes(project: Project, labels: pd.Series) -> list[str]:
    listed = class_list(project.id)
    there = {value: entry for value, entry in listed.by_value.items() if entry.id not in listed.gone}
    found = sorted((name for name in labels.dropna().unique() if class_of(name, there) is None), key=class_order)
    places = edit_classes.free_places(project)
    if len(found) > places:
        raise ProjectError(
            f"With the new rows there would be {MOST_CLASSES - places + len(found):,} classes, more than the "
            f"{MOST_CLASSES} that DAMI tells apart: look at column “{project.target}” of the file."
        )
    return found

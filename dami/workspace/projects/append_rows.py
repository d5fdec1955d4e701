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
from dami.tables.appended_rows import Grown, append_rows, key_candidates, respelled
from dami.tables.columns import class_names, class_order, label_names, may_name_rows
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
    notes : sentences about repairs to the newer file, and about its columns.
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
    found = key_candidates(table(old), table(new))
    n_rows = len(table(old))
    identifiers = [one.name for one in columns(old) if may_name_rows(one, n_rows) and one.name in table(new)]
    broken = [name for name in identifiers if name not in found and table(old)[name].is_unique]
    return (*found, *broken) if set(found) & set(identifiers) else (*broken, *found)


@lru_cache(maxsize=2)
def _with_new_rows(old: str, new: str, key: str, target: str | None) -> Grown:
    return append_rows(table(old), table(new), key, target)


def keys(project: Project, table_id: str) -> list[str]:
    """Return the columns that may be the key of both tables, the likeliest first; never the target."""
    return [name for name in _keys(project.table_id, table_id) if name != project.target]


def preview(project: Project, table_id: str, key: str) -> AppendPreview:
    """Return what `append` would change.

    Raises
    ------
    DamiError
        If the key, the size or the labels of the newer file do not fit; the message is one sentence.
    """
    grown = _with_new_rows(project.table_id, table_id, key, project.target)
    labels = _labels(project, table_id, key, grown)
    notes = [*table(table_id).attrs.get("notes", []), *grown.notes]
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


def append(project: Project, table_id: str, key: str) -> Project:
    """Append the rows of a stored newer table that the project's table does not have, and start a training.

    Parameters
    ----------
    project : the project as it was when the preview was made.

    Raises
    ------
    DamiError
        As `preview`; also if there is nothing to append, or the project's table has changed since the preview.
    """
    if projects.get(project.id).table_id != project.table_id:
        raise ProjectError("Rows were appended to this project a moment ago: look at the preview again.")
    grown = _with_new_rows(project.table_id, table_id, key, project.target)
    if len(grown.added) == 0:
        raise ProjectError("The table has all rows of the newer file already: there is nothing to add.")
    new_classes = _new_classes(project, _labels(project, table_id, key, grown))
    whole = store(_whole(project, table_id, grown))
    if project.target is not None:
        check_target(whole, project.target)
    for value in new_classes:  # first, so that no label of the new table is without its class
        edit_classes.add_found(project, value)
    changed = projects.replace_table(project.id, whole, project.table_id)
    rounds.start(project.id)
    return changed


def _whole(project: Project, table_id: str, grown: Grown) -> Table:
    """Return the grown table, its cells as they were written in the two files."""
    old, new = written(project.table_id), written(table_id)
    whole = old.appended(grown.frame, new.renamed(respelled(old.frame, new.frame)), grown.taken)
    target = project.target
    if target is None:
        return whole
    values = whole.frame[target]
    if target not in old.originals and values.dtype.kind in "bM":  # classes are named as in the table of before
        return whole.without_original(target)
    if isinstance(values.dtype, pd.StringDtype):  # a text such as n/a is a label where the project has such a class
        texts = class_names(whole.texts(target))
        known = texts.isin(list(class_list(project.id).by_value)) & values.isna()
        return whole.with_meaning(target, values.where(~known, texts).astype("str"))
    return whole


def _labels(project: Project, table_id: str, key: str, grown: Grown) -> pd.Series:
    """Return the class names of the appended rows, NA for rows without a label."""
    if project.target is None:
        return pd.Series([], dtype="str")
    if key == project.target:
        raise ProjectError(f"“{key}” holds the labels, so it cannot tell the rows apart: choose another key column.")
    labels = label_names(_whole(project, table_id, grown), project.target).iloc[grown.added]
    missing = int(labels.isna().sum())
    if project.mode == "practise" and missing:
        raise ProjectError(
            f"Practise needs the known label of every row, and {missing:,} of the {len(labels):,} new rows have none "
            f"in “{project.target}”: fill them in, or take those rows out of the file."
        )
    return labels


def _new_classes(project: Project, labels: pd.Series) -> list[str]:
    listed = class_list(project.id)
    names = labels.dropna().unique()
    found = sorted((name for name in names if class_of(name, listed.by_value) is None), key=class_order)
    if len(listed.all) + len(found) > MOST_CLASSES:
        raise ProjectError(
            f"With the new rows there would be {len(listed.all) + len(found):,} classes, more than the {MOST_CLASSES} "
            f"that DAMI tells apart: look at column “{project.target}” of the file."
        )
    return found

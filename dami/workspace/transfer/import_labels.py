"""Imports labels from a file into a project, after a preview; `match_rows` finds the rows.

An import is one batch of the annotation log, so one undo takes it back, and the classes that it added; the log keeps
the file's name and the earlier labels. Predictions of a network are not labels: an import leaves them out of a table
that DAMI has exported.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dami.errors import ProjectError, TableError
from dami.store import annotations, models
from dami.store.events import BY_MODEL
from dami.store.records import Project
from dami.tables.appended_rows import respelled
from dami.tables.class_names import class_names, spelled_otherwise
from dami.tables.column_values import as_texts
from dami.tables.columns import Answers, class_order, kept_answers, label_names
from dami.workspace.projects import edit_classes
from dami.workspace.projects.begin import MOST_CLASSES
from dami.workspace.projects.labels import audit_rows, class_list, class_of, in_both_forms, known, without
from dami.workspace.projects.stored_tables import is_export, table, written
from dami.workspace.training import rounds
from dami.workspace.transfer.match_rows import Key, matched

STRATEGY = "import"
SOURCE = "label_source"  # the column in DAMI's files that says where a label came from
FIRST_LABELS = ("label", "prediction", "class", "target", "y")


@dataclass(frozen=True)
class ImportConflict:
    """A row that already has another answer: `ours` in the project, `theirs` in the file."""

    row: int
    ours: str
    theirs: str


@dataclass(frozen=True)
class ImportPreview:
    """What an import would change.

    Attributes
    ----------
    new : row -> class name, where the row has no label yet
    same : number of rows that already have the file's label
    conflicts : rows that have another label or are discarded
    ambiguous : rows that the file names more than once, with different labels; they are left out
    n_found : number of rows of the file that the table has
    not_found : keys of the file that the table does not have
    respelled : pairs of a key of the file and the key of the table that was found by its value
    unlabeled : number of rows of the file without a label
    padded : number of labels of the file with spaces around them, which are no part of the class
    predicted : number of rows left out because their label is a prediction
    unknown : class name that the project does not have -> number of its rows (in `new` and `conflicts`), in class order
    """

    new: dict[int, str]
    same: int
    conflicts: list[ImportConflict]
    ambiguous: list[int]
    n_found: int
    not_found: list[str]
    respelled: list[tuple[str, str]]
    unlabeled: int
    padded: int
    predicted: int
    unknown: dict[str, int]

    def n_imported(self, take_theirs: bool, add_classes: bool) -> int:
        """Return how many labels would be given with these choices."""
        return len(chosen(self, take_theirs, add_classes))


def label_columns(project: Project, table_id: str, key: Key) -> list[str]:
    """Return the columns that may hold the labels: first those with names of classes, then those with a usual name."""
    file = written(table_id)
    frame = file.frame
    names = {name.casefold() for name in _ids(project)}

    def rank(name: str) -> tuple[bool, bool, float]:
        values = class_names(file.texts(name, range(min(len(file), 2000)))).dropna()
        share = float(values.str.casefold().isin(names).mean()) if len(values) else 0.0
        return (name != project.target, name.casefold() not in FIRST_LABELS, -share)

    ours = respelled(table(project.table_id), frame)
    candidates = [str(name) for name in frame.columns if ours.get(name, name) != key.column and name != SOURCE]
    known_names = [name for name in candidates if rank(name)[2] < 0]
    if is_export(frame) and "label" in candidates:  # the table's column stands beside it
        known_names = ["label"]
    return sorted(candidates, key=lambda name: (name not in known_names, *rank(name)))


def questions(project: Project, table_id: str, key: Key, label: str) -> tuple[list[tuple[str, int]], list[list[str]]]:
    """Return what only a person knows of the labels of a file.

    In a file of DAMI's own, two names are two classes, whatever their spelling.

    Returns
    -------
    (unread, alike): pairs of a text that counts as no label, and its number of rows; groups of names of the file that
    differ in capitals, accents or spaces alone, each behind the class of the project that is spelled alike, if there is
    one.
    """
    texts, labels, kept = _read(project, table_id, label)
    unread = texts[labels.isna() & ~texts.isin(list(kept))].dropna().value_counts()
    rows, ids = matched(project.table_id, table_id, key).rows, _ids(project)
    names = labels[(rows >= 0) & ~_predicted(table_id)].value_counts().index
    strange = [str(name) for name in names if class_of(name, ids) is None]
    shown = [entry.name for entry in class_list(project.id).shown]
    groups = spelled_otherwise(shown, strange)
    if is_export(table(table_id)) or len(strange) > MOST_CLASSES:
        groups = [group for group in groups if group[0] in shown]
    return [(str(text), int(n)) for text, n in unread.items()], groups


def preview(project: Project, table_id: str, key: Key, label: str, answers: Answers | None = None) -> ImportPreview:
    """Return what `bring_in` would change now; labels that are given meanwhile may change it.

    Parameters
    ----------
    answers : the class of some texts in the column of labels, None for no label. Without an answer, a name is a class
        as it is written, and a text such as NA no label.

    Raises
    ------
    DamiError
        If the file has no such column, or its key does not fit; the message is one sentence.
    """
    found_rows = matched(project.table_id, table_id, key)
    rows = found_rows.rows
    texts, labels, _ = _read(project, table_id, label)
    labels = _answered(texts, labels, answers or {})
    by_model = _predicted(table_id)
    found = (rows >= 0) & ~by_model & labels.notna().to_numpy()
    ids, class_of_id = _ids(project), class_list(project.id).names
    meant = {name: class_of(name, ids) for name in labels[found].unique()}
    ours, current = known(project), annotations.current(project.id)
    new: dict[int, str] = {}
    conflicts: list[ImportConflict] = []
    unknown: dict[str, int] = {}
    same = 0
    said = pd.DataFrame({"row": rows[found], "name": labels[found].astype(str)}).drop_duplicates()
    twice = set(said["row"][said["row"].duplicated()].tolist())
    for row, name in said[~said["row"].isin(twice)].itertuples(index=False):
        theirs = meant[name]
        if row in ours and theirs == ours[row]:
            same += 1
            continue
        theirs_name = name if theirs is None else class_of_id[theirs]
        if theirs is None:
            unknown[name] = unknown.get(name, 0) + 1
        if row in ours:
            conflicts.append(ImportConflict(row, class_of_id[ours[row]], theirs_name))
        elif row in current and current[row].meaning.excludes:
            conflicts.append(ImportConflict(row, f"({current[row].meaning.done})", theirs_name))
        else:
            new[row] = theirs_name
    return ImportPreview(
        new=new,
        same=same,
        conflicts=sorted(conflicts, key=lambda conflict: conflict.row),
        ambiguous=sorted(twice),
        n_found=int((rows >= 0).sum()),
        not_found=[str(key) for key in found_rows.keys[found_rows.not_found]],
        respelled=found_rows.respelled,
        unlabeled=int(labels.isna().sum()),
        padded=int((labels.notna() & written(table_id).texts(label).str.contains(r"^\s|\s$")).sum()),
        predicted=int((by_model & labels.notna().to_numpy()).sum()),
        unknown=dict(sorted(unknown.items(), key=lambda pair: class_order(pair[0]))),
    )


def chosen(seen: ImportPreview, take_theirs: bool, add_classes: bool) -> dict[int, str]:
    """Return row -> class name of the labels that would be given."""
    wanted = dict(seen.new)
    if take_theirs:
        wanted |= {conflict.row: conflict.theirs for conflict in seen.conflicts}
    return {row: name for row, name in wanted.items() if add_classes or name not in seen.unknown}


def bring_in(
    project: Project,
    table_id: str,
    key: Key,
    label: str,
    filename: str,
    take_theirs: bool = False,
    add_classes: bool = False,
    answers: Answers | None = None,
    annotator: str | None = None,
) -> int:
    """Give rows of the table the labels of a stored file, in one batch of the log.

    Parameters
    ----------
    filename : name of the file, stored with each label
    take_theirs : whether the file's label replaces another label of the row
    add_classes : whether values that are no class yet become classes; otherwise their rows are left out
    answers : as in `preview`

    Returns
    -------
    int
        The number of labels given.

    Raises
    ------
    DamiError
        As `preview`; also if there is nothing to import, or the new classes are too many.
    """
    seen_event = annotations.last_event(project.id)
    seen = preview(project, table_id, key, label, answers)
    wanted = chosen(seen, take_theirs, add_classes)
    if not wanted:
        raise ProjectError("There is nothing to import: no label of the file would change one of the project.")
    added = [name for name in seen.unknown if name in set(wanted.values())]
    places = edit_classes.free_places(project)
    if len(added) > places:
        raise ProjectError(
            f"“{label}” would bring {len(added):,} new classes, and the project has room for {places:,}: "
            "leave their rows out, or choose another column."
        )
    batch = annotations.new_batch()
    ids = _ids(project) | {name: edit_classes.add_found(project, name, batch).id for name in added}
    model = models.latest(project.id)
    learnt = without(audit_rows(project), annotations.current(project.id))
    told = {
        "action": "label",
        "source": "imported",
        "strategy": STRATEGY,
        "reason": f"Imported from {filename[:200]}: column {label[:100]}, by {key.words[:100]}",
        "model": model.number if model else None,
        "round": rounds.round_number(project, learnt, model),
        "saw": seen_event,
        "batch": batch,
    }
    items = [{"row": row, "class": class_of(name, ids), **told} for row, name in sorted(wanted.items())]
    done = annotations.record(project.id, items, annotator=annotator or project.annotator)
    if done.refused:
        raise ProjectError(done.refused[0].reason)
    rounds.start_if_due(project)
    return len(done.stored)


def _read(project: Project, table_id: str, column: str) -> tuple[pd.Series, pd.Series, Answers]:
    """Return the file's texts, its labels (NA where a row has none), and what a person has said of some texts.

    A text such as NA is no label, unless the project has a class of this name, or the file is DAMI's own, in which
    only an empty cell is none. What was said of the project's table holds for the file, too.
    """
    file = written(table_id)
    if column not in file.frame:
        raise TableError(f"The file has no column “{column}”.")
    texts = class_names(file.texts(column))
    if is_export(file.frame):
        return texts, texts, {}
    kept = kept_answers(written(project.table_id), project.target) if project.target is not None else {}
    labels = texts.where(texts.isin(list(_ids(project))), label_names(file, column))
    return texts, _answered(texts, labels, kept), kept


def _predicted(table_id: str) -> np.ndarray:
    """Return, as (n,) bool, the rows of a file whose label is a prediction, also of a part of DAMI's file."""
    frame = table(table_id)
    if SOURCE not in frame:
        return np.zeros(len(frame), bool)
    return (as_texts(frame[SOURCE]).str.strip() == BY_MODEL).fillna(False).to_numpy(bool)


def _answered(texts: pd.Series, labels: pd.Series, answers: Answers) -> pd.Series:
    return labels.mask(texts.isin(list(answers)), texts.map(answers).astype("str")) if answers else labels


def _ids(project: Project) -> dict[str, int]:
    """Return every text that may stand for a class (its name, its value in the table) -> the class id it counts as."""
    listed = class_list(project.id)
    there = [entry for entry in listed.all if entry.id not in listed.gone]
    ids = {entry.value: listed.resolve[entry.id] for entry in there}
    return in_both_forms(ids | {entry.name: listed.resolve[entry.id] for entry in there})

"""Imports labels from a file into a project, after a preview; a row number, a key column or the order matches rows.

An import is one batch of the annotation log, so one undo takes it back; the log keeps the file's name and the earlier
labels. Predictions of a network are not labels: an import leaves them out of a table that DAMI has exported.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from dami.errors import ProjectError, TableError
from dami.store import annotations, models
from dami.store.events import BY_MODEL
from dami.store.records import Project
from dami.tables.appended_rows import key_candidates
from dami.tables.columns import class_names, class_order, label_names
from dami.tables.common_type import joined
from dami.tables.kinds import as_numbers, as_texts
from dami.workspace.projects import edit_classes
from dami.workspace.projects.begin import MOST_CLASSES
from dami.workspace.projects.labels import audit_rows, class_list, class_of, known, without
from dami.workspace.projects.stored_tables import table, written
from dami.workspace.training import rounds

STRATEGY = "import"
ROW = "row"  # the column of row numbers in DAMI's files
ORDER = ""  # the key where rows are matched by their order
SOURCE = "label_source"  # the column in DAMI's files that says where a label came from
FIRST_LABELS = ("label", "prediction", "class", "target", "y")


@dataclass(frozen=True)
class Key:
    """How rows of the file match rows of the table: by a column of both, by a column of row numbers, by their order."""

    column: str
    kind: str  # "column", "row number" or "order"

    @property
    def words(self) -> str:
        if self.kind == "order":
            return "The order of the rows, which are as many"
        if self.kind == "row number":
            return "row number" if self.column == ROW else f"{self.column} (row number)"
        return self.column


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
    not_found : keys of the file that the table does not have
    unlabeled : number of rows of the file without a label
    predicted : number of rows left out because their label is a prediction
    unknown : class name that the project does not have -> number of its rows (in `new` and `conflicts`), in class order
    """

    new: dict[int, str]
    same: int
    conflicts: list[ImportConflict]
    not_found: list[str]
    unlabeled: int
    predicted: int
    unknown: dict[str, int]

    def n_imported(self, take_theirs: bool, add_classes: bool) -> int:
        """Return how many labels would be given with these two choices."""
        return len(chosen(self, take_theirs, add_classes))


@lru_cache(maxsize=8)
def _keys(ours: str, theirs: str) -> tuple[Key, ...]:
    old, new = table(ours), table(theirs)
    shared = [Key(name, "column") for name in key_candidates(old, new) if name in new.columns]
    numbers = [str(name) for name in new.columns if name not in old and _are_rows(new[name], str(name), len(old))]
    numbered = [Key(name, "row number") for name in numbers]
    ours_first = [key for key in numbered if key.column == ROW]
    order = [Key(ORDER, "order")] if len(old) == len(new) else []
    return (*ours_first, *shared, *[key for key in numbered if key not in ours_first], *order)


def keys(project: Project, table_id: str) -> list[Key]:
    """Return the ways to match the file's rows, the likeliest first; the labels are never a key."""
    return [key for key in _keys(project.table_id, table_id) if key.column != project.target or key.kind == "order"]


def label_columns(project: Project, table_id: str, key: Key) -> list[str]:
    """Return the columns that may hold the labels: first those with names of classes, then those with a usual name."""
    file = written(table_id)
    frame = file.frame
    names = {name.casefold() for name in _ids(project)}

    def rank(name: str) -> tuple[bool, bool, float]:
        values = class_names(file.texts(name, range(min(len(file), 2000)))).dropna()
        share = float(values.str.casefold().isin(names).mean()) if len(values) else 0.0
        return (name != project.target, name.casefold() not in FIRST_LABELS, -share)

    candidates = [str(name) for name in frame.columns if name != key.column and name != SOURCE]
    known_names = [name for name in candidates if rank(name)[2] < 0]
    return sorted(candidates, key=lambda name: (name not in known_names, *rank(name)))


def preview(project: Project, table_id: str, key: Key, label: str) -> ImportPreview:
    """Return what `bring_in` would change now; labels that are given meanwhile may change it.

    Raises
    ------
    DamiError
        If the file has no such column, or its key does not fit; the message is one sentence.
    """
    rows, texts, not_found = _matched(project.table_id, table_id, key)
    frame = table(table_id)
    if label not in frame.columns:
        raise TableError(f"The file has no column “{label}”.")
    labels = _labels(project, table_id, label)
    by_model = np.zeros(len(frame), bool)
    if SOURCE in frame.columns:
        by_model = (as_texts(frame[SOURCE]).str.strip() == BY_MODEL).fillna(False).to_numpy(bool)
    found = (rows >= 0) & ~by_model & labels.notna().to_numpy()
    ids = _ids(project)
    listed = class_list(project.id)
    ours, current = known(project), annotations.current(project.id)
    new: dict[int, str] = {}
    conflicts: list[ImportConflict] = []
    unknown: dict[str, int] = {}
    same = 0
    for at in np.flatnonzero(found):
        row, name = int(rows[at]), str(labels.iloc[at])
        theirs = class_of(name, ids)
        if row in ours and theirs == ours[row]:
            same += 1
            continue
        theirs_name = name if theirs is None else listed.names[theirs]
        if theirs is None:
            unknown[name] = unknown.get(name, 0) + 1
        if row in ours:
            conflicts.append(ImportConflict(row, listed.names[ours[row]], theirs_name))
        elif row in current and current[row].meaning.excludes:
            conflicts.append(ImportConflict(row, f"({current[row].meaning.done})", theirs_name))
        else:
            new[row] = theirs_name
    return ImportPreview(
        new=new,
        same=same,
        conflicts=sorted(conflicts, key=lambda conflict: conflict.row),
        not_found=[str(texts[at]) for at in not_found],
        unlabeled=int(labels.isna().sum()),
        predicted=int((by_model & labels.notna().to_numpy()).sum()),
        unknown=dict(sorted(unknown.items(), key=lambda pair: class_order(pair[0]))),
    )


def free_places(project: Project) -> int:
    """Return how many classes can still be added."""
    return MOST_CLASSES - len(class_list(project.id).all)


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
    annotator: str | None = None,
) -> int:
    """Give rows of the table the labels of a stored file, in one batch of the log.

    Parameters
    ----------
    filename : name of the file, stored with each label
    take_theirs : whether the file's label replaces another label of the row
    add_classes : whether values that are no class yet become classes; otherwise their rows are left out

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
    seen = preview(project, table_id, key, label)
    wanted = chosen(seen, take_theirs, add_classes)
    if not wanted:
        raise ProjectError("There is nothing to import: no label of the file would change one of the project.")
    added = [name for name in seen.unknown if name in set(wanted.values())]
    if len(added) > free_places(project):
        raise ProjectError(
            f"“{label}” would bring {len(added):,} new classes, and the project has room for {free_places(project):,}: "
            "leave their rows out, or choose another column."
        )
    for name in added:
        edit_classes.add_found(project, name)
    ids = _ids(project)
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
    }
    items = [{"row": row, "class": class_of(name, ids), **told} for row, name in sorted(wanted.items())]
    done = annotations.record(project.id, items, annotator=annotator or project.annotator, batch=True)
    if done.refused:
        raise ProjectError(done.refused[0].reason)
    rounds.start_if_due(project)
    return len(done.stored)


def _labels(project: Project, table_id: str, column: str) -> pd.Series:
    """Return the file's labels as class names; NA where a row has none.

    A text such as NA is no label, unless the project has a class of this name, or the file is DAMI's own, in which
    only an empty cell is none.
    """
    file = written(table_id)
    named = class_names(file.texts(column))
    every = SOURCE in file.frame.columns
    return named if every else named.where(named.isin(list(_ids(project))), label_names(file, column))


def _ids(project: Project) -> dict[str, int]:
    """Return every text that may stand for a class (its name, its value in the table) -> the class id it counts as."""
    listed = class_list(project.id)
    by_value = {value: entry.id for value, entry in listed.by_value.items()}
    return by_value | {entry.name: listed.resolve[entry.id] for entry in listed.all}


@lru_cache(maxsize=4)
def _matched(ours: str, theirs: str, key: Key) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the table's row for each row of the file (-1: no match), the keys as texts, and the rows without match."""
    old, new = table(ours), table(theirs)
    if key.kind == "order":
        rows = np.arange(len(new))
        return rows, rows.astype(str), rows[:0]
    texts = as_texts(new[key.column]).str.strip()
    if key.kind == "row number":
        numbers = as_numbers(new[key.column]).to_numpy()
        rows = np.where((numbers >= 0) & (numbers < len(old)), np.nan_to_num(numbers, nan=-1), -1).astype(int)
    else:
        # As written, or as values where a program has spelled the keys anew (7 for 007): what finds more rows.
        as_written = written(ours).texts(key.column), written(theirs).texts(key.column)
        as_values = joined(old[key.column], new[key.column])[:2]
        rows = max((_places(*pair) for pair in (as_written, as_values)), key=lambda found: np.count_nonzero(found >= 0))
    return rows, texts.to_numpy(), np.flatnonzero(rows < 0)


def _places(ours: pd.Series, theirs: pd.Series) -> np.ndarray:
    """Return the place of each of their keys among ours, -1 for none."""
    left, right = (as_texts(keys).str.strip().str.normalize("NFC") for keys in (ours, theirs))
    return pd.Index(left).get_indexer(pd.Index(right)) if left.is_unique else np.full(len(right), -1)


def _are_rows(series: pd.Series, name: str, n_rows: int) -> bool:
    """Return whether a column holds row numbers: whole numbers from 0, each once, nearly all below `n_rows`."""
    if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series) or series.isna().any():
        return False
    numbers = as_numbers(series).to_numpy()
    whole = np.isfinite(numbers).all() and (numbers == np.trunc(numbers)).all() and series.is_unique
    return bool(whole and len(numbers) and numbers.min() >= 0 and (name == ROW or (numbers < n_rows).mean() > 0.9))

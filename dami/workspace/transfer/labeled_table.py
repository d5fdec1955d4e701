"""Makes the labelled table: the table as it was written, with given and predicted labels and their sources."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
import pandas as pd

from dami.store import annotations, models
from dami.store.events import BY_MODEL
from dami.store.records import Project
from dami.tables.table import Table
from dami.tables.writing import ARMED, write_csv
from dami.workspace.projects.labels import class_list, excluded, imported, predicted, predictions
from dami.workspace.projects.stored_tables import written

Found = TypeVar("Found")
KNOWN = "known_label"  # the target's column where its labels are held back


def labeled_table(project: Project, rival: str | None = None) -> pd.DataFrame:
    """Return the values of `exported_table`."""
    return exported_table(project, rival).frame


def exported_table(project: Project, rival: str | None = None) -> Table:
    """Return the table as it was written, with a label for every row that has one, and where the label came from.

    Parameters
    ----------
    rival : the model that predicts the rows without a label in place of the network; it must have done so

    Returns
    -------
    Table
        The table's columns (the target's is called ``known_label`` where its labels are held back), then ``label``,
        ``label_source`` (human, oracle, imported, model), ``predicted_by`` (which network, or what in its place),
        ``confidence`` (of the model in this label, 1 for given ones), ``labeled_by``, ``labeled_at`` (UTC), ``round``,
        ``strategy``, ``distance`` (to the nearest center when asked), ``answer`` (label, unsure, later or discard,
        where the row was asked) and ``note``. The rows are those of the table in their order. A discarded row has no
        label.
    """
    own = written(project.table_id)
    frame = own.frame
    names = class_list(project.id).names
    current = annotations.current(project.id)
    given = {row: event for row, event in current.items() if event.action == "label"}
    label, source, model_name, confidence = (np.full(len(frame), None, dtype=object) for _ in range(4))
    model = models.trained(project.id)
    if model is not None:
        label, shares = predicted(predictions(project, model, by_rival=rival is not None))
        source[:] = BY_MODEL
        model_name[:] = f"network {model.number}" if rival is None else rival
        confidence[:] = shares.astype(float)
    for row, class_id in imported(project).items():
        if row not in current or not current[row].meaning.decides:
            label[row], source[row], model_name[row], confidence[row] = names[class_id], "imported", None, 1.0
    for row, event in given.items():
        assert event.class_id is not None
        label[row], source[row], model_name[row], confidence[row] = names[event.class_id], event.source, None, 1.0
    for row in excluded(current):
        label[row] = source[row] = model_name[row] = confidence[row] = None
    added = {
        "label": pd.Series(label, dtype="string"),
        "label_source": pd.Series(source, dtype="string"),
        "predicted_by": pd.Series(model_name, dtype="string"),
        "confidence": pd.Series(confidence, dtype="Float64").round(4),
        "labeled_by": _column(frame, given, lambda event: event.annotator or None, "string"),
        "labeled_at": _column(frame, given, lambda event: moment(event.pressed) or moment(event.committed), "string"),
        "round": _column(frame, given, lambda event: event.round, "Int64"),
        "strategy": _column(frame, given, lambda event: event.strategy, "string"),
        "distance": _column(frame, given, lambda event: event.distance, "Float64"),
        "answer": _column(frame, current, lambda event: event.action, "string"),
        "note": _column(frame, annotations.notes(project.id), str, "string"),
    }
    renamed = clashes(frame, added)
    if project.target is not None and project.holds_back:
        renamed[project.target] = KNOWN
    return own.renamed(renamed).with_columns(added).without_notes()


def clashes(frame: pd.DataFrame, added: Iterable[str]) -> dict[str, str]:
    """Return new names for the table's own columns that have the names of added columns."""
    taken = {*frame.columns, *added}
    renamed = {}
    for name in added:
        if name in frame:
            new = f"{name}_in_table"
            while new in taken:
                new += "_"
            renamed[name] = new
            taken.add(new)
    return renamed


def _column(frame: pd.DataFrame, found: dict[int, Found], read: Callable[[Found], object], dtype: str) -> pd.Series:
    values = np.full(len(frame), None, dtype=object)
    for row, one in found.items():
        values[row] = read(one)
    return pd.Series(values, index=frame.index).astype(dtype)


def moment(seconds: float | None) -> str | None:
    """Return a time (seconds since 1970) as text; None if there is none, or a browser's clock gave nonsense."""
    try:
        moment = datetime.fromtimestamp(seconds or 0, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if seconds else None


def for_spreadsheets(table: Table | pd.DataFrame, header: bool = True) -> bytes:
    """Return CSV that a spreadsheet can open safely: UTF-8 with the byte-order mark that accents need, no formulas.

    A text that a spreadsheet would run as a formula (CWE-1236) gets an apostrophe before it; numbers stay. DAMI takes
    it away when it reads the file, see `Table.disarmed`.
    """
    whole = table if isinstance(table, Table) else Table(table)
    return write_csv(whole.renamed(clashes(whole.frame, [ARMED])), header=header, armed=True)

"""What leaves DAMI: the table with every label, given or predicted, and where it came from; the log; the model."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
import pandas as pd

from dami.store import annotations, classes, models
from dami.store.records import Project
from dami.workspace.projects.labels import class_list, imported, predicted, predictions
from dami.workspace.projects.stored_tables import table
from dami.workspace.transfer import model_files, project_replay, project_report
from dami.workspace.transfer.project_file import pack

Found = TypeVar("Found")
FORMULA = r"[=+\-@\t\r]"
LOG = (
    *("event", "row", "action", "label", "undoes", "source", "annotator", "pressed", "committed", "model", "round"),
    *("strategy", "space", "distance", "nearest", "radius", "reason", "note", "batch", "saw"),
)


@dataclass(frozen=True)
class Exporter:
    """One way out: what a person reads on the button, the file it makes, and how."""

    title: str
    suffix: str
    mime: str
    write: Callable[[Project], bytes]


def labeled_table(project: Project) -> pd.DataFrame:
    """The table with a label for every row that has one, and how it came by it.

    Returns
    -------
    DataFrame
        The table's columns, then ``label``, ``label_source`` (human, oracle, imported, model), ``confidence`` (of the
        model in this label, 1 for given ones), ``labeled_by``, ``labeled_at`` (UTC), ``round``, ``strategy``,
        ``distance`` (to the nearest centre when asked), ``answer`` (label, unsure, later or discard, where the row was
        asked) and ``note``; a row per row of the table, in its order. A discarded row has no label.
    """
    frame = table(project.table_id).copy()
    frame.attrs = {}
    names = class_list(project.id).names
    current = annotations.current(project.id)
    given = {row: event for row, event in current.items() if event.action == "label"}
    label, source, confidence = (np.full(len(frame), None, dtype=object) for _ in range(3))
    model = models.latest(project.id)
    if model is not None and model.is_trained:
        label, shares = predicted(predictions(project, model))
        source[:] = "model"
        confidence[:] = shares.astype(float)
    for row, class_id in imported(project).items():
        if row not in current or current[row].action == "later":
            label[row], source[row], confidence[row] = names[class_id], "imported", 1.0
    for row, event in given.items():
        assert event.class_id is not None
        label[row], source[row], confidence[row] = names[event.class_id], event.source, 1.0
    for row, event in current.items():
        if event.action == "discard":
            label[row] = source[row] = confidence[row] = None
    added = {
        "label": pd.Series(label, dtype="string"),
        "label_source": pd.Series(source, dtype="string"),
        "confidence": pd.Series(confidence, dtype="Float64").round(4),
        "labeled_by": _column(frame, given, lambda event: event.annotator or None, "string"),
        "labeled_at": _column(frame, given, lambda event: _moment(event.pressed) or _moment(event.committed), "string"),
        "round": _column(frame, given, lambda event: event.round, "Int64"),
        "strategy": _column(frame, given, lambda event: event.strategy, "string"),
        "distance": _column(frame, given, lambda event: event.distance, "Float64"),
        "answer": _column(frame, current, lambda event: event.action, "string"),
        "note": _column(frame, annotations.notes(project.id), str, "string"),
    }
    if project.target is not None:
        hidden = frame.pop(project.target)
        if project.holds_back:
            added["known_label"] = hidden
    return frame.rename(columns=clashes(frame, added)).assign(**added)


def clashes(frame: pd.DataFrame, added: Iterable[str]) -> dict[str, str]:
    """New names for the table's own columns that are called like ours."""
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


def _moment(seconds: float | None) -> str | None:
    """A time as text; None where there is none, or where a browser's clock said nonsense."""
    try:
        moment = datetime.fromtimestamp(seconds or 0, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if seconds else None


def csv(project: Project) -> bytes:
    return for_spreadsheets(labeled_table(project))


def for_spreadsheets(frame: pd.DataFrame, header: bool = True) -> bytes:
    """CSV that a spreadsheet can open: in UTF-8 with the byte-order mark that it needs to read accents, no formulas.

    A text that it would run (CWE-1236) gets an apostrophe before it, which makes it a text there; numbers stay.
    """
    safe = frame.rename(columns={name: _harmless(pd.Series([name]))[0] for name in frame.columns})
    for at, dtype in enumerate(frame.dtypes):
        if dtype.kind not in "biufcmM":
            safe.isetitem(at, _harmless(frame.iloc[:, at]))
    return safe.to_csv(index=False, header=header).encode("utf-8-sig" if header else "utf-8")


def _harmless(values: pd.Series) -> pd.Series:
    texts = values.astype("string")
    runs = texts.str.match(FORMULA) & pd.to_numeric(texts, errors="coerce").isna()
    return values.astype(object).where(~runs.fillna(False), "'" + texts)


def parquet(project: Project) -> bytes:
    buffer = io.BytesIO()
    labeled_table(project).to_parquet(buffer, index=False)
    return buffer.getvalue()


def log(project: Project) -> bytes:
    """Every event as it was appended, undone ones too, as CSV."""
    return for_spreadsheets(log_table(project))


def log_table(project: Project) -> pd.DataFrame:
    """Every event as it was appended, undone ones too: a row an event."""
    names = {entry.id: entry.name for entry in classes.list_classes(project.id)}
    rows = [
        {
            "event": e.id,
            "row": e.row,
            "action": e.action,
            "label": names.get(e.class_id) if e.class_id is not None else None,
            "undoes": e.undoes,
            "source": e.source,
            "annotator": e.annotator,
            "pressed": _moment(e.pressed),
            "committed": _moment(e.committed),
            "model": e.model,
            "round": e.round,
            "strategy": e.strategy,
            "space": e.space,
            "distance": e.distance,
            "nearest": e.nearest,
            "radius": e.radius,
            "reason": e.reason,
            "note": e.note,
            "batch": e.batch,
            "saw": e.saw,
        }
        for e in annotations.events(project.id)
    ]
    return pd.DataFrame(rows, columns=LOG)


EXPORTERS: dict[str, Exporter] = {
    "csv": Exporter("Table as CSV", "labeled.csv", "text/csv", csv),
    "parquet": Exporter("Table as Parquet", "labeled.parquet", "application/vnd.apache.parquet", parquet),
    "log": Exporter("Annotation log", "log.csv", "text/csv", log),
    "model": Exporter("Model file", "model.dami", "application/octet-stream", model_files.read),
    "onnx": Exporter("Network as ONNX", "network.onnx.zip", "application/zip", model_files.read_onnx),
    "report": Exporter("Report", "report.html", "text/html", project_report.page),
    "replay": Exporter("Replay", "replay.html", "text/html", project_replay.page),
    "project": Exporter("Project file", "project.dami.zip", "application/zip", pack),
}


def file_name(project: Project, exporter: Exporter) -> str:
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in project.name).strip("-")[:60] or "project"
    return f"{stem}.{exporter.suffix}"

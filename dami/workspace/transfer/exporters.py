"""What leaves DAMI: the table with every label, given or predicted, and where it came from; the log; the model."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, get_args

import numpy as np
import pandas as pd

from dami.registry import Registry
from dami.store import annotations, classes, models
from dami.store.events import BY_MODEL, COLUMNS
from dami.store.records import Project
from dami.workspace.projects.labels import class_list, excluded, imported, predicted, predictions
from dami.workspace.projects.stored_tables import table
from dami.workspace.transfer import model_files, project_replay, project_report
from dami.workspace.transfer.project_file import pack

Found = TypeVar("Found")
FORMULA = r"[=+\-@\t\r]"
NOT_LOGGED = ("project", "client", "seq", "step")  # of an event's columns
LOGGED = [name for name in COLUMNS if name not in (*NOT_LOGGED, "note")]
LOGGED.insert(LOGGED.index("batch"), "note")  # where it stands in the logs of all versions


Section = Literal["table", "send", "network", "project"]


def nothing(project: Project) -> str:
    return ""


@dataclass(frozen=True)
class Preparation:
    """What a worker does before a file can be written, once somebody asks for it."""

    title: str
    is_done: Callable[[Project], bool]
    start: Callable[[Project], None]


@dataclass(frozen=True)
class Exporter:
    """One way out: what a person reads on the button, the file it makes, and how.

    Attributes
    ----------
    title : on the button
    suffix : the end of the file's name
    mime : the type of the file
    write : callable(project), the bytes of the file
    section : the part of the Export page that has the button
    missing : callable(project), what is not there yet and has to be, in a sentence; "" if the file can be written
    preparation : what has to be done before, if anything
    """

    title: str
    suffix: str
    mime: str
    write: Callable[[Project], bytes]
    section: Section = "table"
    missing: Callable[[Project], str] = nothing
    preparation: Preparation | None = None


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
    if model is not None and model.summary.get("classes"):
        label, shares = predicted(predictions(project, model))
        source[:] = BY_MODEL
        confidence[:] = shares.astype(float)
    for row, class_id in imported(project).items():
        if row not in current or not current[row].meaning.decides:
            label[row], source[row], confidence[row] = names[class_id], "imported", 1.0
    for row, event in given.items():
        assert event.class_id is not None
        label[row], source[row], confidence[row] = names[event.class_id], event.source, 1.0
    for row in excluded(current):
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
    shown: dict[str, Callable[[Any], object]] = {"class_id": names.get, "pressed": _moment, "committed": _moment}
    columns = [(name, shown.get(name, lambda value: value)) for name in LOGGED]
    rows = [[show(getattr(event, name)) for name, show in columns] for event in annotations.events(project.id)]
    return pd.DataFrame(rows, columns=LOGGED).rename(columns={"id": "event", "class_id": "label"})


def _flaw(name: str, exporter: Any) -> str:
    """What is wrong with an exporter of another package."""
    if not isinstance(exporter, Exporter):
        return "is no dami.workspace.transfer.exporters.Exporter"
    sections = get_args(Section)
    return "" if exporter.section in sections else f"is in none of the sections {', '.join(sections)}"


_MODEL_FILES = Preparation("Prepare the model files", model_files.ready, model_files.prepare)
EXPORTERS: Registry[Exporter] = Registry(
    "exporter",
    "dami.exporters",
    {
        "csv": Exporter("Table as CSV", "labeled.csv", "text/csv", csv),
        "parquet": Exporter("Table as Parquet", "labeled.parquet", "application/vnd.apache.parquet", parquet),
        "report": Exporter("Report", "report.html", "text/html", project_report.page, "send"),
        "replay": Exporter(
            "Replay", "replay.html", "text/html", project_replay.page, "send", missing=project_replay.missing
        ),
        "model": Exporter(
            "Model file",
            "model.dami",
            "application/octet-stream",
            model_files.read,
            "network",
            preparation=_MODEL_FILES,
        ),
        "onnx": Exporter(
            "Network as ONNX",
            "network.onnx.zip",
            "application/zip",
            model_files.read_onnx,
            "network",
            preparation=_MODEL_FILES,
        ),
        "project": Exporter("Project file", "project.dami.zip", "application/zip", pack, "project"),
        "log": Exporter("Annotation log", "log.csv", "text/csv", log, "project"),
    },
    _flaw,
)


def of_section(section: Section) -> dict[str, Exporter]:
    """The exporters of a part of the Export page, by name."""
    return {name: exporter for name, exporter in EXPORTERS.items() if exporter.section == section}


def file_name(project: Project, exporter: Exporter) -> str:
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in project.name).strip("-")[:60] or "project"
    return f"{stem}.{exporter.suffix}"

"""Holds the exports by name: the labelled table, the log, the model, the report, the replay, the project file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import pandas as pd

from dami.errors import ProjectError
from dami.registry import Guard, Registry
from dami.store import annotations, classes
from dami.store.events import COLUMNS
from dami.store.records import Project
from dami.tables.writing import write_csv, write_excel, write_parquet
from dami.workspace.comparing import rivals_job
from dami.workspace.transfer import model_files, project_replay, project_report
from dami.workspace.transfer.labeled_table import exported_table, for_spreadsheets, moment
from dami.workspace.transfer.project_file import pack

NOT_LOGGED = ("project", "client", "seq", "step")  # of an event's columns
LOGGED = [name for name in COLUMNS if name not in (*NOT_LOGGED, "note")]
LOGGED.insert(LOGGED.index("batch"), "note")  # where it stands in the logs of all versions


Section = Literal["table", "rival", "send", "network", "project"]


def nothing(project: Project) -> str:
    return ""


@dataclass(frozen=True)
class Preparation:
    """The work of a worker before a file can be written; it starts when somebody asks for it."""

    title: str
    is_done: Callable[[Project], bool]
    start: Callable[[Project], None]


@dataclass(frozen=True)
class Exporter:
    """An export: the text of its button, the file that it makes, and the function that writes the file.

    Attributes
    ----------
    title : text of the button
    suffix : end of the file's name
    mime : type of the file
    write : callable(project), the bytes of the file
    section : the part of the Export page that has the button
    missing : callable(project), a sentence that says what the file still needs; "" if it can be written
    preparation : work that must be done before; None if there is none
    tells_rows : whether `write` takes a second argument, a function that it calls with the rows done and all rows
    """

    title: str
    suffix: str
    mime: str
    write: Callable[..., bytes]
    section: Section = "table"
    missing: Callable[[Project], str] = nothing
    preparation: Preparation | None = None
    tells_rows: bool = False


def csv(project: Project) -> bytes:
    return for_spreadsheets(exported_table(project))


def plain_csv(project: Project) -> bytes:
    """Return CSV without apostrophes: a spreadsheet may run some of its texts as formulas."""
    return write_csv(exported_table(project))


def excel(project: Project, on_rows: Callable[[int, int], None] | None = None) -> bytes:
    return write_excel(exported_table(project), on_rows)


def parquet(project: Project) -> bytes:
    return write_parquet(exported_table(project))


def csv_by_rival(project: Project) -> bytes:
    return for_spreadsheets(exported_table(project, _rival(project)))


def parquet_by_rival(project: Project) -> bytes:
    return write_parquet(exported_table(project, _rival(project)))


def _rival(project: Project) -> str:
    """Return what predicts in place of the newest network; never predict by the network itself then."""
    rival = rivals_job.instead(project)
    if rival is None:
        raise ProjectError(_no_rival(project))
    return rival


def _no_rival(project: Project) -> str:
    if rivals_job.instead(project) is not None:
        return ""
    return "No other model has predicted the rows: compare the newest network with its rivals on the Model page."


def log(project: Project) -> bytes:
    """Return every event as it was appended, undone ones too, as CSV."""
    return for_spreadsheets(log_table(project))


def log_table(project: Project) -> pd.DataFrame:
    """Return a table with a row for each event as it was appended, undone ones too."""
    names = {entry.id: entry.name for entry in classes.list_classes(project.id)}
    shown: dict[str, Callable[[Any], object]] = {"class_id": names.get, "pressed": moment, "committed": moment}
    columns = [(name, shown.get(name, lambda value: value)) for name in LOGGED]
    rows = [[show(getattr(event, name)) for name, show in columns] for event in annotations.events(project.id)]
    return pd.DataFrame(rows, columns=LOGGED).rename(columns={"id": "event", "class_id": "label"})


def _flaw(name: str, exporter: Any) -> str:
    """Return what is wrong with an exporter of another package; "" if nothing is."""
    if not isinstance(exporter, Exporter):
        return "is no dami.workspace.transfer.exporters.Exporter"
    sections = get_args(Section)
    return "" if exporter.section in sections else f"is in none of the sections {', '.join(sections)}"


def _guarded(exporter: Exporter, guard: Guard) -> Exporter:
    """Return an exporter of another package whose errors name the package."""
    made = exporter.preparation
    if made is not None:
        is_done = guard(made.is_done, "say whether its file is prepared")
        made = replace(made, is_done=is_done, start=guard(made.start, "prepare its file"))
    write, missing = guard(exporter.write, "write its file"), guard(exporter.missing, "say what its file needs")
    return replace(exporter, write=write, missing=missing, preparation=made)


_MODEL_FILES = Preparation("Prepare the model files", model_files.ready, model_files.prepare)
EXPORTERS: Registry[Exporter] = Registry(
    "exporter",
    "dami.exporters",
    {
        "csv": Exporter("Table as CSV", "labeled.csv", "text/csv", csv),
        "excel": Exporter(
            "Table as Excel",
            "labeled.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            excel,
            tells_rows=True,
        ),
        "parquet": Exporter("Table as Parquet", "labeled.parquet", "application/vnd.apache.parquet", parquet),
        "plain csv": Exporter("CSV exactly as written", "labeled-as-written.csv", "text/csv", plain_csv),
        "rival csv": Exporter(
            "With its predictions, as CSV", "labeled-by-rival.csv", "text/csv", csv_by_rival, "rival", _no_rival
        ),
        "rival parquet": Exporter(
            "With its predictions, as Parquet",
            "labeled-by-rival.parquet",
            "application/vnd.apache.parquet",
            parquet_by_rival,
            "rival",
            _no_rival,
        ),
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
    _guarded,
    ProjectError,
)


def of_section(section: Section) -> dict[str, Exporter]:
    """Return the exporters of a part of the Export page, by name."""
    return {name: exporter for name, exporter in EXPORTERS.items() if exporter.section == section}


def file_name(project: Project, exporter: Exporter) -> str:
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in project.name).strip("-")[:60] or "project"
    return f"{stem}.{exporter.suffix}"

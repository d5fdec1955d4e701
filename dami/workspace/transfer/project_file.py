"""Packs a project into one file that opens elsewhere: its table, its classes, its whole annotation log."""

import io
import json
import zipfile
from dataclasses import asdict
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dami.errors import DamiError, ProjectError, TableError
from dami.store import annotations, audits, classes, files, projects
from dami.store import tables as stored
from dami.store.records import Project
from dami.tables.kinds import check_choices
from dami.tables.read_options import ReadOptions
from dami.workspace.projects.begin import check_possible
from dami.workspace.training import rounds

FORMAT = "dami-project"
VERSION = 2
SUFFIX = ".dami.zip"
LARGEST = 2 * 1024**3  # bytes of the unpacked table: a small archive must not fill the disk
BYTES_PER_CELL = 8
KEPT = ("name", "filename", "target", "mode", "goal", "seed", "round_size", "annotator", "strategy", "left_out")
LONGEST_TEXT = 5000


def pack(project: Project) -> bytes:
    """Return the project as a zip of ``project.json`` and ``table.parquet``: no token, no model, nothing executable."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "project": {name: getattr(project, name) for name in KEPT},
        "notes": stored.get(project.table_id).notes,
        "classes": [asdict(entry) for entry in classes.list_classes(project.id)],
        "audits": [asdict(audit) for audit in audits.listing(project.id)],
        "events": [asdict(event) for event in annotations.events(project.id)],
    }
    for entry in (*content["events"], *content["audits"]):
        del entry["project"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.json", json.dumps(content, ensure_ascii=False, indent=1))
        archive.write(files.table_path(project.table_id), "table.parquet", zipfile.ZIP_STORED)
    return buffer.getvalue()


def unpack(data: bytes) -> Project:
    """Open a project file as a new project of this data folder.

    Raises
    ------
    ProjectError
        If the data is no project file, or contradicts itself. No project is created then. A table that was stored
        before the contradiction was found stays in the data folder, where the same table is never stored twice.
    """
    content, frame, originals = _read(data)
    facts, listed = _checked_facts(content, frame), _checked_classes(content)
    merges = _checked_merges(content)
    check_possible([entry["name"] for entry in listed], frame.columns, {*facts["left_out"], facts["target"]})
    try:
        table_id = stored.store_table(frame, originals).id
    except TableError as error:
        raise ProjectError(f"The table in the project file cannot be used: {error}") from error
    project = projects.create(**facts, table_id=table_id, classes=listed)
    try:
        annotations.copy_log(project.id, _entries(content, "events", "annotation log"))
        audits.copy(project.id, _entries(content, "audits", "list of audits"))
        for class_id, into in merges:
            classes.merge_class(project.id, class_id, into)
    except Exception as error:
        projects.delete(project.id)
        if isinstance(error, DamiError):
            raise
        raise ProjectError("The project file's annotation log is damaged: export it again.") from error
    rounds.start_if_due(project)
    return project


def _read(data: bytes) -> tuple[dict[str, Any], pd.DataFrame, dict[str, pa.ChunkedArray]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise ProjectError("This project file unpacks to more than 2 GB, which is more than DAMI opens.")
            content = json.loads(archive.read("project.json"))
            packed = archive.read("table.parquet")
            parquet = pq.ParquetFile(io.BytesIO(packed))
            if parquet.metadata.num_rows * parquet.metadata.num_columns * BYTES_PER_CELL > LARGEST:
                raise ProjectError("The table in this project file is larger than 2 GB, which is more than DAMI opens.")
            frame, originals = stored.from_parquet(packed)
            kinds = frame.attrs.get("kinds", {})
            check_choices(kinds, frame.columns)
            check_choices(frame.attrs.get("readings", {}))
            _check_answers(frame.attrs.get("labels", {}))
            if not all(map(_is_text, [name for pair in frame.attrs.get("names", {}).items() for name in pair])):
                raise ProjectError("The project file names columns by what is no text: export it again.")
            ReadOptions(**frame.attrs.get("options", {}))
            if not _is_text(frame.attrs.get("file", {}).get("delimiter", "")):
                raise ProjectError("The project file names a delimiter that is no text: export it again.")
    except ProjectError:
        raise
    except Exception as error:  # the readers of zip, JSON and Parquet each raise errors of their own on a damaged file
        raise ProjectError("This is no DAMI project file, or it was damaged on the way: export it again.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ProjectError("This is no DAMI project file: its description is of another kind.")
    if content.get("version") not in (1, VERSION):  # 1: from before tables held what was written
        raise ProjectError("This project file comes from another version of DAMI: open it with a newer one.")
    if frame.empty:
        raise ProjectError("The table in the project file is empty: export it again.")
    notes, known = content.get("notes"), {str(note): note for note in frame.attrs["notes"]}
    words = [note for note in notes if _is_text(note)] if isinstance(notes, list) else []
    frame.attrs["notes"] = [known.get(text, text) for text in words]
    return content, frame, originals


def _check_answers(answers: object) -> None:
    """Raise a ValueError unless these are classes of texts, or None, by column."""
    if not isinstance(answers, dict) or not all(isinstance(of_texts, dict) for of_texts in answers.values()):
        raise ValueError("The answers about labels are damaged.")
    if not all(name is None or _is_text(name) for of_texts in answers.values() for name in of_texts.values()):
        raise ValueError("The answers about labels name no proper classes.")


def _checked_facts(content: dict[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    """Return the description of the project; refuse one that contradicts itself or does not fit the table."""
    facts = content.get("project")
    if not isinstance(facts, dict) or any(name not in facts for name in KEPT):
        raise ProjectError("The project file lacks a part of its description: export it again.")
    facts = {name: facts[name] for name in KEPT}
    left_out, target = facts["left_out"], facts["target"]
    fits = (
        all(_is_text(facts[name]) for name in ("name", "filename", "mode", "annotator", "strategy"))
        and (facts["goal"] is None or _is_count(facts["goal"]))
        and _is_count(facts["seed"])
        and _is_count(facts["round_size"])
        and isinstance(left_out, dict)
        and all(_is_text(part) for pair in left_out.items() for part in pair)
    )
    if not fits:
        raise ProjectError("The project file's description holds values of the wrong kind: export it again.")
    if target is not None and not (_is_text(target) and target in frame):
        raise ProjectError(f"The project file names a target column {target!r} that its table does not have.")
    if facts["mode"] == "workshop":  # the file holds neither the participants nor the code of the room
        facts["mode"] = "label" if target is None else "practise"
    if facts["mode"] == "practise" and target is None:
        raise ProjectError("The project file is of a practice, but names no column with the known labels.")
    return facts


def _checked_classes(content: dict[str, Any]) -> list[dict[str, Any]]:
    listed = content.get("classes")
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ProjectError("The project file's list of classes is damaged: export it again.")
    if [entry.get("id") for entry in listed] != list(range(len(listed))):
        raise ProjectError("The project file's list of classes has gaps: export it again.")
    parts = ("name", "value", "guideline")
    if not all(_is_text(entry.get(part)) for entry in listed for part in parts):
        raise ProjectError("The project file has a class without a proper name: export it again.")
    if not all(entry.get("batch") is None or _is_text(entry["batch"]) for entry in listed):
        raise ProjectError("The project file has a class that came with no proper batch of labels: export it again.")
    return [{**{part: entry[part] for part in parts}, "batch": entry.get("batch")} for entry in listed]


def _checked_merges(content: dict[str, Any]) -> list[tuple[int, int]]:
    """Return which class counts as which other, in an order of merging: the classes with the longest chains first."""
    into = {entry["id"]: entry.get("merged_into") for entry in content["classes"]}
    merges: list[tuple[int, int, int]] = []
    for class_id, following in into.items():
        if following is None:
            continue
        steps, end = 0, following
        while end is not None:
            steps += 1
            if type(end) is not int or end not in into or steps > len(into):
                raise ProjectError("The project file has classes merged into none or in a circle: export it again.")
            end = into[end]
        merges.append((-steps, class_id, following))
    return [(class_id, following) for _, class_id, following in sorted(merges)]


def _entries(content: dict[str, Any], part: str, name: str) -> list[dict[str, Any]]:
    """Return a list of entries, empty if an older file has none; the store checks what the entries hold."""
    entries = content.get(part, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ProjectError(f"The project file's {name} is damaged: export it again.")
    return entries


def _is_text(value: object) -> bool:
    """Return whether a value is text that a database can hold."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return False
    try:
        return bool(value.encode()) or value == ""
    except UnicodeEncodeError:
        return False


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def is_project_file(filename: str) -> bool:
    return filename.lower().endswith(SUFFIX)

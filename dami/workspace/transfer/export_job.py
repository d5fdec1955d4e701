"""Makes the file of an export in a worker while a download waits for it: the server goes on answering, pages tell how
far it is, and what goes wrong is said there in a sentence."""

import time
from dataclasses import dataclass
from pathlib import Path

from dami.errors import ProjectError
from dami.store import files, jobs, projects
from dami.store.records import Job, JobKind, Lane
from dami.workspace.jobs.progress import Reporter
from dami.workspace.jobs.request import Request
from dami.workspace.transfer.exporters import EXPORTERS

LANE: Lane = "export"  # its own: nobody who downloads a table waits for a training or a map
KIND: JobKind = "export"
PAUSE = 0.05  # seconds between two looks at the job
KEPT = 3600.0  # seconds that a file is kept for a download under way


@dataclass(frozen=True, slots=True)
class ExportRequest(Request):
    """The request for a file, as its job stores it: the name of the exporter."""

    exporter: str


def made(project_id: str, name: str) -> bytes:
    """Ask a worker for the file of an exporter, wait for it, and return its bytes.

    Raises
    ------
    ProjectError
        If the file cannot be made, in the words that the pages show, or somebody stopped the work.
    """
    while True:
        asked = ExportRequest(name).submit(project_id, LANE, KIND)
        while (job := jobs.get(asked)).is_active:
            time.sleep(PAUSE)
        if ExportRequest.of(job).exporter != name:
            continue  # another file was asked for before a worker began with this one
        if job.ended_without_result:
            raise ProjectError(job.message or "The file was not made, because somebody stopped it: ask for it again.")
        try:
            return _path(project_id, job.id).read_bytes()
        except OSError:
            raise ProjectError("The file is gone: ask for it again.") from None


def run(job: Job) -> None:
    exporter = EXPORTERS.get(ExportRequest.of(job).exporter)
    if exporter is None:
        raise ProjectError("There is no such export any more: load the page again.")
    report = Reporter(job.id)
    stage = f"Writing {exporter.title}"
    report(0.0, stage)

    def on_rows(done: int, n: int) -> None:
        report(done / n, stage, f"row {done:,} of {n:,}")

    project = projects.get(job.project)
    data = exporter.write(project, on_rows) if exporter.tells_rows else exporter.write(project)
    path = _path(project.id, job.id)
    for old in path.parent.glob("*") if path.parent.is_dir() else ():
        if old.stat().st_mtime < time.time() - KEPT:
            old.unlink(missing_ok=True)
    files.write_atomic(path, data)


def _path(project_id: str, job: int) -> Path:
    return files.project_dir(project_id) / "exports" / str(job)

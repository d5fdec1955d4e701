"""Makes the file of an export in a worker while a download waits for it: the server goes on answering, pages tell how
far it is, and what goes wrong is said there in a sentence. The file is kept: as long as the project stays as it is, the
next download has it at once, also if the browser did not wait for the first."""

import hashlib
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from dami.errors import ProjectError
from dami.store import annotations, audits, classes, files, jobs, models, projects
from dami.store.records import Job, JobKind, Lane, Project
from dami.workspace.comparing import rivals_job
from dami.workspace.jobs.progress import Reporter
from dami.workspace.jobs.request import Request
from dami.workspace.transfer.exporters import EXPORTERS

LANE: Lane = "export"  # its own: nobody who downloads a table waits for a training or a map
KIND: JobKind = "export"
PAUSE = 0.05  # seconds between two looks at the job
KEPT = 3600.0  # seconds that a file is kept for a download under way, and handed out again
SLOW = 10.0  # seconds after which pages tell of a file: a browser gives up a download that waits for three minutes


@dataclass(frozen=True, slots=True)
class ExportRequest(Request):
    """The request for a file, as its job stores it: the name of the exporter, and a mark of what the file tells of."""

    exporter: str
    state: str = ""


def made(project_id: str, name: str) -> bytes:
    """Return the bytes of an exporter's file; ask a worker for it and wait, unless it is made already.

    Raises
    ------
    ProjectError
        If the file cannot be made, in the words that the pages show, or somebody stopped the work.
    """
    while True:
        request = ExportRequest(name, _state(projects.get(project_id)))
        if (data := _read(project_id, request)) is not None:
            return data
        asked = _under_way(project_id, request) or request.submit(project_id, LANE, KIND)
        while (job := jobs.get(asked)).is_active:
            time.sleep(PAUSE)
        if ExportRequest.of(job) != request:
            continue  # another file was asked for before a worker began with this one
        if job.ended_without_result:
            raise ProjectError(job.message or "The file was not made, because somebody stopped it: ask for it again.")
        return written(project_id, asked)


@dataclass(frozen=True, slots=True)
class SlowFile:
    """A file that takes long: the name of its exporter, its job, whether it is written, and whether it tells all."""

    exporter: str
    job: int
    is_written: bool
    is_current: bool


def slow(project: Project) -> SlowFile | None:
    """Return the file that was asked for last, if it takes long and is being written or still kept; else None."""
    job = jobs.latest(project.id, KIND)
    if job is None or job.started is None or (job.finished or time.time()) - job.started < SLOW:
        return None
    request = ExportRequest.of(job)
    if request.exporter not in EXPORTERS or not (job.is_active or _is_kept(_path(project.id, request))):
        return None
    return SlowFile(request.exporter, job.id, not job.is_active, request.state == _state(project))


def written(project_id: str, job: int) -> bytes:
    """Return the file that a job has written; raise ProjectError if it is not kept any more."""
    data = _read(project_id, ExportRequest.of(jobs.get(job)))
    if data is None:
        raise ProjectError("The file is gone: ask for it again.")
    return data


def _under_way(project_id: str, request: ExportRequest) -> int | None:
    active = (job.id for job in jobs.active(project_id) if job.kind == KIND and ExportRequest.of(job) == request)
    return next(active, None)


def _state(project: Project) -> str:
    """Return a mark that changes with all that a file may tell: project, classes, log, audits, what workers did."""
    record = {name: value for name, value in asdict(project).items() if name not in ("revision", "opened")}
    model, compared = models.latest(project.id), jobs.latest(project.id, rivals_job.KIND)
    work = (
        None if model is None else (model.number, model.map_name, model.summary.is_measured),
        None if compared is None else (compared.id, compared.state),
    )
    people = (classes.list_classes(project.id), annotations.last_event(project.id), audits.listing(project.id))
    return hashlib.sha256(repr((record, people, work)).encode()).hexdigest()


def run(job: Job) -> None:
    request = ExportRequest.of(job)
    exporter = EXPORTERS.get(request.exporter)
    if exporter is None:
        raise ProjectError("There is no such export any more: load the page again.")
    report = Reporter(job.id)
    stage = f"Writing {exporter.title}"
    report(0.0, stage)

    def on_rows(done: int, n: int) -> None:
        report(done / n, stage, f"row {done:,} of {n:,}")

    project = projects.get(job.project)
    data = exporter.write(project, on_rows) if exporter.tells_rows else exporter.write(project)
    path = _path(project.id, request)
    for old in path.parent.glob("*") if path.parent.is_dir() else ():
        if not _is_kept(old):
            old.unlink(missing_ok=True)
    files.write_atomic(path, data)


def _path(project_id: str, request: ExportRequest) -> Path:
    name = hashlib.sha256(f"{request.exporter} {request.state}".encode()).hexdigest()
    return files.project_dir(project_id) / "exports" / name


def _is_kept(path: Path) -> bool:
    return path.is_file() and path.stat().st_mtime > time.time() - KEPT


def _read(project_id: str, request: ExportRequest) -> bytes | None:
    path = _path(project_id, request)
    try:
        return path.read_bytes() if _is_kept(path) else None
    except OSError:
        return None

"""Jobs: what the workers are to do and how far they are. A job is a row here; workers claim it, pages read it.

``queued -> running -> done | failed | cancelled``. To cancel a running job is to ask: the worker learns of it when it
next reports. Whoever reports on a job that was given up (because its worker was silent too long) gets the same answer,
so that a late worker overwrites nothing.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.errors import Cancelled, ProjectError
from dami.store import schema
from dami.store.database import reading, transaction
from dami.store.records import ACTIVE, Job, JobState
from dami.store.revisions import bump, remembered

STALE_SECONDS = 30.0
"""Silence after which a worker is taken for dead although its process is there; `beat` keeps a long call from it."""

STOPPED = "The worker stopped; start it again."

_JOB = schema.job.c
_COLUMNS = [_JOB[field.name] for field in fields(Job)]
_OF_PROJECT = _JOB.project == sa.bindparam("project")
_LATEST = sa.select(*_COLUMNS).where(_OF_PROJECT).order_by(_JOB.id.desc()).limit(1)
_LATEST_OF = _LATEST.where(_JOB.kind == sa.bindparam("kind"))
_ACTIVE = sa.select(*_COLUMNS).where(_JOB.state.in_(ACTIVE)).order_by(_JOB.id)
_ACTIVE_OF = _ACTIVE.where(_OF_PROJECT)
_SHOWN = (
    sa.select(*_COLUMNS)
    .where(
        _OF_PROJECT,
        _JOB.state.in_(ACTIVE) | _JOB.id.in_(sa.select(sa.func.max(_JOB.id)).where(_OF_PROJECT).group_by(_JOB.kind)),
    )
    .order_by(_JOB.id)
)
_SHORT = _SHOWN.with_only_columns(*(sa.literal({}, sa.JSON) if c.name == "detail" else c for c in _COLUMNS))


def submit(project: str, lane: str, kind: str, payload: Mapping[str, Any] | None = None) -> int:
    """Ask for work and return the job's id.

    If a job of this project and kind is still waiting, that one gets the new payload and no second is made: only the
    last wish counts.
    """
    now = time.time()
    values: dict[str, Any] = {"lane": lane, "payload": dict(payload or {})}
    with transaction() as connection:
        bump(connection, project)
        waiting = sa.select(_JOB.id).where(_JOB.project == project, _JOB.kind == kind, _JOB.state == "queued")
        found = connection.execute(waiting.order_by(_JOB.id).limit(1).with_for_update()).scalar()
        if found is not None:
            connection.execute(sa.update(schema.job).where(_JOB.id == found).values(values))
            return found
        values |= {"project": project, "kind": kind, "state": "queued", "created": now}
        values |= {"progress": 0.0, "message": "", "detail": {}, "cancel": False}
        return connection.execute(sa.insert(schema.job).values(values).returning(_JOB.id)).scalar_one()


def claim(lane: str, pid: int | None = None) -> Job | None:
    """Take the oldest waiting job of a lane, None if there is none; as long as there is none, nothing is written."""
    waiting = (
        sa.select(_JOB.id, _JOB.project).where(_JOB.state == "queued", _JOB.lane == lane).order_by(_JOB.id).limit(1)
    )
    with reading() as connection:
        if connection.execute(waiting).first() is None:
            return None
    now = time.time()
    with transaction() as connection:
        found = connection.execute(waiting.with_for_update(skip_locked=True)).first()
        if found is None:
            return None  # another worker was quicker
        started = {"state": "running", "pid": os.getpid() if pid is None else pid, "heartbeat": now, "started": now}
        connection.execute(sa.update(schema.job).where(_JOB.id == found.id).values(started))
        bump(connection, found.project, must_exist=False)
        return _get(connection, found.id)


def progress(job: int, share: float, message: str = "", detail: Mapping[str, Any] | None = None) -> None:
    """Report from inside a running job. Each report is a commit: about ten a second are plenty.

    Parameters
    ----------
    share : how much is done, 0 to 1.
    detail : replaces the earlier one; when not given, that stays.

    Raises
    ------
    Cancelled
        If the job is to stop: somebody asked, or it was given up.
    """
    values: dict[str, Any] = {"progress": min(max(float(share), 0.0), 1.0), "message": message}
    if detail is not None:
        values["detail"] = dict(detail)
    _report(job, values)


def beat(job: int) -> None:
    """Say that the worker lives, without anything to report; meant for a thread beside a long call.

    Raises
    ------
    Cancelled
        As `progress`.
    """
    _report(job, {})


def finish(job: int, message: str = "", detail: Mapping[str, Any] | None = None) -> bool:
    """The job is done. False if it was no longer running: then it stays what it has become."""
    values: dict[str, Any] = {"progress": 1.0, "message": message}
    if detail is not None:
        values["detail"] = dict(detail)
    return _end(job, "done", values)


def fail(job: int, message: str) -> bool:
    """The job came to nothing, and the message says why to whoever started it. False as in `finish`."""
    return _end(job, "failed", {"message": message})


def cancelled(job: int) -> bool:
    """The job has stopped because somebody asked. False as in `finish`."""
    return _end(job, "cancelled", {})


def cancel(job: int) -> None:
    """Take a waiting job back, or ask a running one to stop; nothing happens to one that is over."""
    with transaction() as connection:
        found = _get(connection, job)
        if not found.is_active:
            return
        values: dict[str, Any] = {"cancel": True}
        if found.state == "queued":
            values |= {"state": "cancelled", "finished": time.time()}
        connection.execute(sa.update(schema.job).where(_JOB.id == job, _JOB.state == found.state).values(values))
        bump(connection, found.project, must_exist=False)


def reap(stale: float = STALE_SECONDS) -> list[Job]:
    """End the running jobs whose worker is dead or has been silent for `stale` seconds; writes only if there are any.

    Returns
    -------
    The jobs ended: failed, or cancelled where that had been asked for.
    """
    running = sa.select(_JOB.id, _JOB.pid, _JOB.heartbeat).where(_JOB.state == "running")
    with reading() as connection:
        lost = [row.id for row in connection.execute(running) if _is_lost(row.pid, row.heartbeat, stale)]
    ended = []
    for job in lost:
        with transaction() as connection:
            found = _get(connection, job)
            if found.state != "running" or not _is_lost(found.pid, found.heartbeat, stale):
                continue  # it has reported or ended meanwhile
            values: dict[str, Any] = {"finished": time.time()}
            values |= {"state": "cancelled"} if found.cancel else {"state": "failed", "message": STOPPED}
            connection.execute(sa.update(schema.job).where(_JOB.id == job, _JOB.state == "running").values(values))
            bump(connection, found.project, must_exist=False)
            ended.append(_get(connection, job))
    return ended


def active(project: str | None = None) -> list[Job]:
    """The waiting and running jobs (of a project), the oldest first."""
    if project is not None:
        return _active_of(project)
    with reading() as connection:
        return [Job(*row) for row in connection.execute(_ACTIVE).all()]


@remembered
def _active_of(project: str) -> list[Job]:
    with reading() as connection:
        return [Job(*row) for row in connection.execute(_ACTIVE_OF, {"project": project}).all()]


@remembered
def latest(project: str, kind: str | None = None) -> Job | None:
    """The youngest job of a project (and kind), whatever became of it; None if there was none."""
    query = _LATEST if kind is None else _LATEST_OF
    with reading() as connection:
        found = connection.execute(query, {"project": project, "kind": kind} if kind else {"project": project}).first()
    return None if found is None else Job(*found)


def shown(project: str, detail: bool = True) -> list[Job]:
    """What a page tells of a project's jobs, as they are now: those under way, and the youngest of each kind.

    Their details, which may be long, are left out where nobody looks at them.
    """
    with reading() as connection:
        return [Job(*row) for row in connection.execute(_SHOWN if detail else _SHORT, {"project": project}).all()]


def get(job: int) -> Job:
    """The job of this id.

    Raises
    ------
    ProjectError
        If there is none.
    """
    with reading() as connection:
        return _get(connection, job)


def _get(connection: Connection, job: int) -> Job:
    found = connection.execute(sa.select(schema.job).where(_JOB.id == job)).first()
    if found is None:
        raise ProjectError("This job does not exist any more.")
    return Job(**found._mapping)


def _report(job: int, values: Mapping[str, Any]) -> None:
    query = (
        sa.update(schema.job)
        .where(_JOB.id == job, _JOB.state == "running", _JOB.cancel.is_(False))
        .values(heartbeat=time.time(), **values)
        .returning(_JOB.project)
    )
    with transaction() as connection:
        project = connection.execute(query).scalar()
    if project is None:
        raise Cancelled("The work was stopped.")


def _end(job: int, state: JobState, values: Mapping[str, Any]) -> bool:
    query = (
        sa.update(schema.job)
        .where(_JOB.id == job, _JOB.state == "running")
        .values(state=state, finished=time.time(), **values)
        .returning(_JOB.project)
    )
    with transaction() as connection:
        project = connection.execute(query).scalar()
        if project is not None:
            bump(connection, project, must_exist=False)
    return project is not None


def _is_lost(pid: int | None, heartbeat: float | None, stale: float) -> bool:
    if heartbeat is None or time.time() - heartbeat > stale:
        return True
    if pid is None or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it is there, and somebody else's
    return False

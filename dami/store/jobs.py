"""Stores jobs: the work that workers do, and its progress. A worker claims a job from the database; pages read it.

``queued -> running -> done | failed | cancelled``. `cancel` only asks a running job to stop; its worker learns of this
at its next report. A job is given up when its worker is silent too long. If that worker reports after all, it gets the
same answer, so it overwrites nothing.
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
from dami.store.records import ACTIVE, Job, JobKind, JobState, Lane
from dami.store.revisions import bump, remembered

STALE_SECONDS = 30.0
"""After this silence a worker counts as dead although its process exists; `beat` prevents this during a long call."""

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


def submit(
    project: str, lane: Lane, kind: JobKind, payload: Mapping[str, Any] | None = None, busy: str | None = None
) -> int:
    """Ask for work and return the job's id.

    If a job of this project and kind is still queued, that job gets the new payload and no second one is made: only
    the last request counts.

    Parameters
    ----------
    busy : if every request counts, what to say while a job of this project and kind waits or runs

    Raises
    ------
    ProjectError
        If there is such a job.
    """
    now = time.time()
    values: dict[str, Any] = {"lane": lane, "payload": dict(payload or {})}
    with transaction() as connection:
        bump(connection, project)
        alike = sa.select(_JOB.id).where(_JOB.project == project, _JOB.kind == kind)
        if busy and connection.execute(alike.where(_JOB.state.in_(ACTIVE))).first() is not None:
            raise ProjectError(busy)
        waiting = alike.where(_JOB.state == "queued")
        found = connection.execute(waiting.order_by(_JOB.id).limit(1).with_for_update()).scalar()
        if found is not None:
            connection.execute(sa.update(schema.job).where(_JOB.id == found).values(values))
            return found
        values |= {"project": project, "kind": kind, "state": "queued", "created": now}
        values |= {"progress": 0.0, "message": "", "detail": {}, "cancel": False}
        return connection.execute(sa.insert(schema.job).values(values).returning(_JOB.id)).scalar_one()


def claim(lane: Lane, pid: int | None = None) -> Job | None:
    """Take the oldest queued job of a lane and return it; if there is none, return None and write nothing."""
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
    """Report progress from inside a running job. Each report is a commit: send at most about ten a second.

    Parameters
    ----------
    share : share of the work that is done, 0 to 1.
    detail : replaces the earlier detail; if not given, the earlier one stays.

    Raises
    ------
    Cancelled
        If the job is to stop: somebody asked for it, or the job was given up.
    """
    values: dict[str, Any] = {"progress": min(max(float(share), 0.0), 1.0), "message": message}
    if detail is not None:
        values["detail"] = dict(detail)
    _report(job, values)


def beat(job: int) -> None:
    """Say that the worker lives, without a report of progress; a thread calls it beside a long call.

    Raises
    ------
    Cancelled
        As in `progress`.
    """
    _report(job, {})


def finish(job: int, message: str = "", detail: Mapping[str, Any] | None = None) -> bool:
    """Mark the job as done. If it is no longer running, change nothing and return False."""
    values: dict[str, Any] = {"progress": 1.0, "message": message}
    if detail is not None:
        values["detail"] = dict(detail)
    return _end(job, "done", values)


def fail(job: int, message: str) -> bool:
    """Mark the job as failed; the message tells the person who started it why. Return False as in `finish`."""
    return _end(job, "failed", {"message": message})


def cancelled(job: int) -> bool:
    """Mark the job as stopped because somebody asked for it. Return False as in `finish`."""
    return _end(job, "cancelled", {})


def cancel(job: int) -> None:
    """Cancel a queued job, or ask a running job to stop; do nothing to a job that has ended."""
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
    """End the running jobs whose worker is dead or has been silent for `stale` seconds; write only if there are any.

    Returns
    -------
    The jobs that were ended: cancelled if somebody had asked for it, else failed.
    """
    running = sa.select(_JOB.id, _JOB.pid, _JOB.heartbeat).where(_JOB.state == "running")
    with reading() as connection:
        lost = [row.id for row in connection.execute(running) if _is_lost(row.pid, row.heartbeat, stale)]
    ended = []
    for job in lost:
        with transaction() as connection:
            found = _get(connection, job)
            if found.state != "running" or not _is_lost(found.pid, found.heartbeat, stale):
                continue  # the job has reported or ended meanwhile
            values: dict[str, Any] = {"finished": time.time()}
            values |= {"state": "cancelled"} if found.cancel else {"state": "failed", "message": STOPPED}
            connection.execute(sa.update(schema.job).where(_JOB.id == job, _JOB.state == "running").values(values))
            bump(connection, found.project, must_exist=False)
            ended.append(_get(connection, job))
    return ended


def active(project: str | None = None) -> list[Job]:
    """Return the queued and running jobs (of a project), the oldest first."""
    if project is not None:
        return _active_of(project)
    with reading() as connection:
        return [Job(*row) for row in connection.execute(_ACTIVE).all()]


@remembered
def _active_of(project: str) -> list[Job]:
    with reading() as connection:
        return [Job(*row) for row in connection.execute(_ACTIVE_OF, {"project": project}).all()]


@remembered
def latest(project: str, kind: JobKind | None = None) -> Job | None:
    """Return the newest job of a project (and kind) in any state, None if there is none."""
    query = _LATEST if kind is None else _LATEST_OF
    with reading() as connection:
        found = connection.execute(query, {"project": project, "kind": kind} if kind else {"project": project}).first()
    return None if found is None else Job(*found)


def shown(project: str, detail: bool = True) -> list[Job]:
    """Return the jobs that a page shows of a project, as they are now: the active ones, and the newest of each kind.

    Details may be long; without `detail` they are left empty.
    """
    with reading() as connection:
        return [Job(*row) for row in connection.execute(_SHOWN if detail else _SHORT, {"project": project}).all()]


def get(job: int) -> Job:
    """Return the job with this id.

    Raises
    ------
    ProjectError
        If there is no such job.
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
        pass  # the process exists, and belongs to another user
    return False

"""Keeps a worker alive in each lane as long as the server runs."""

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

from dami.errors import DamiError
from dami.store import database, jobs
from dami.store.records import Job, Lane

LANES: tuple[Lane, ...] = get_args(Lane)
PATIENCE = 3.0  # seconds that a cancelled job has to end by itself before its worker is replaced
log = logging.getLogger("dami.supervisor")


async def keep_workers() -> None:
    """Run a worker for each lane, replace a worker that dies, and end a worker that ignores a cancellation."""
    while not await asyncio.to_thread(_ready):
        await asyncio.sleep(PATIENCE)
    lanes = [asyncio.create_task(_keep(lane)) for lane in LANES]
    try:
        await asyncio.gather(*lanes)
    finally:
        await asyncio.wait(lanes)  # `gather` ends as soon as one of them fails


def _ready() -> bool:
    """Migrate the database once and resume the jobs of the last server; return False if that fails."""
    try:
        database.engine()
        _resume()
    except (DamiError, OSError) as error:
        log.error("nothing can be trained yet: %s", error)
        return False
    return True


async def _keep(lane: Lane) -> None:
    while True:
        try:
            worker = await _start(lane)
        except (DamiError, OSError) as error:
            log.error("the %s worker does not start: %s", lane, error)
            await asyncio.sleep(PATIENCE)
            continue
        ended = asyncio.create_task(worker.wait())
        watch = _Watch(worker.pid)
        try:
            while not ended.done():
                await asyncio.wait({ended}, timeout=PATIENCE)
                await asyncio.to_thread(_reap)
                if not ended.done() and await asyncio.to_thread(watch.is_stuck):
                    worker.kill()
        finally:
            if worker.stdin is not None:
                worker.stdin.close()
            await asyncio.wait({ended}, timeout=PATIENCE)  # only a running loop notices that the process ended
        log.warning("the %s worker ended with code %s; starting another", lane, worker.returncode)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(_reap)


async def _start(lane: Lane) -> asyncio.subprocess.Process:
    # Threads that wait for each other sleep: awake, a map beside a training takes five times as long.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dami.workspace.jobs.worker",
        lane,
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "DAMI_HOME": str(database.home()), **threads},
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C must reach only the server
    )


class _Watch:
    """Watches whether one worker heeds cancellations."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._cancelled: set[int] = set()

    def is_stuck(self) -> bool:
        """Return whether the worker still runs a job that was already cancelled at the last call."""
        try:
            running = [job for job in jobs.active() if job.pid == self.pid and job.state == "running"]
        except DamiError:
            return False
        before, self._cancelled = self._cancelled, {job.id for job in running if job.cancel}
        return bool(before & self._cancelled)


def _reap() -> list[Job]:
    """End the jobs whose worker is gone or silent; pages say so, and a person may start them again."""
    try:
        return jobs.reap()
    except DamiError as error:
        log.warning("%s", error)
        return []


def _resume() -> None:
    """Start once more the jobs that ran when the last server ended."""
    for job in _reap():
        if job.state == "failed":
            with contextlib.suppress(DamiError):  # its project was deleted
                jobs.submit(job.project, job.lane, job.kind, job.payload)

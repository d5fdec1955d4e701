"""Keeps a worker alive in each lane as long as the server runs.

The server starts one process for this, ``python -m dami.workspace.jobs.supervisor``. That process imports once what all
workers need, and then forks the workers: they start at once and share the memory of the imports.
"""

import asyncio
import contextlib
import gc
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path
from typing import cast, get_args

from dami.errors import DamiError
from dami.store import database, jobs
from dami.store.records import Job, Lane
from dami.workspace.jobs import worker

LANES: tuple[Lane, ...] = get_args(Lane)
PATIENCE = 3.0  # seconds that a cancelled job has to end by itself before its worker is replaced
PAUSE = 0.5  # seconds before a worker that ended is replaced, so that one that cannot run does not take a processor
# A fork copies only the thread that forks. Linux's libraries allow for that; those of macOS do not.
PROCESSES: ForkContext | SpawnContext = get_context("fork") if sys.platform == "linux" else get_context("spawn")
log = logging.getLogger("dami.supervisor")


async def keep_workers(*lanes: Lane) -> None:
    """Run the process that keeps the workers of these lanes (of all lanes if none is named), and replace it if it ends.

    The server calls this. When the call is cancelled or the server dies, that process and its workers end too.
    """
    while not await asyncio.to_thread(_ready):
        await asyncio.sleep(PATIENCE)
    while True:
        try:
            process = await _start(lanes)
        except (DamiError, OSError) as error:
            log.error("the workers do not start: %s", error)
            await asyncio.sleep(PATIENCE)
            continue
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.shield(ended)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await asyncio.wait({ended}, timeout=PATIENCE)  # only a running loop notices that the process ended
        log.warning("the process of the workers ended with code %s; starting another", process.returncode)
        await asyncio.sleep(PAUSE)
        await asyncio.to_thread(_reap)


def _ready() -> bool:
    """Migrate the database once and resume the jobs of the last server; return False if that fails."""
    try:
        database.engine()
        _resume()
    except (DamiError, OSError) as error:
        log.error("nothing can be trained yet: %s", error)
        return False
    return True


async def _start(lanes: Sequence[Lane]) -> asyncio.subprocess.Process:
    # Threads that wait for each other sleep: awake, a map beside a training takes five times as long.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dami.workspace.jobs.supervisor",
        *lanes,
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "DAMI_HOME": str(database.home()), **threads},
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C must reach only the server
    )


def main(lanes: Sequence[Lane]) -> None:
    """Keep a worker in each of these lanes until standard input ends, as it does when the server ends."""
    os.nice(min(worker.NICE.values()))  # the server has priority over the imports too
    gc.disable()  # imports leave next to no garbage, and to look for it takes a tenth of their time
    worker.read_ahead()
    gc.freeze()  # a collection would write to the memory that the workers share
    gc.enable()
    kept = [_Kept(lane) for lane in lanes]
    server = sys.stdin.fileno()
    while server not in (ended := wait([server, *(one.process.sentinel for one in kept)], PATIENCE)):
        for one in kept:
            if one.process.sentinel in ended:
                one.replace()
            elif not ended and one.watch.is_stuck():
                one.process.kill()
        _reap()
    os._exit(0)


class _Kept:
    """The worker of one lane, and the watch over it."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self._start()

    def replace(self) -> None:
        self.process.join()
        log.warning("the %s worker ended with code %s; starting another", self.lane, self.process.exitcode)
        time.sleep(PAUSE)
        self._start()

    def _start(self) -> None:
        database.reset()  # a connection must not be used on both sides of a fork
        self.process = PROCESSES.Process(target=worker.main, args=(self.lane,), name=f"dami {self.lane}")
        self.process.start()
        self.watch = _Watch(cast(int, self.process.pid))


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


if __name__ == "__main__":
    main(cast(tuple[Lane, ...], tuple(sys.argv[1:])) or LANES)

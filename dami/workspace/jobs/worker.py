"""Runs the jobs of a lane one by one until the server ends: ``python -m dami.workspace.jobs.worker LANE``.

There are three lanes. ``interactive`` trains and selects. ``map`` draws maps, so that a map of many rows never delays a
selection. ``batch`` compares strategies, and a network
with its rivals; the other two lanes have priority over it.
"""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import cast

from dami.errors import Cancelled, DamiError, ProjectError
from dami.store import jobs, projects
from dami.store.records import Job, JobKind, Lane
from dami.workspace.comparing import experiment_job, rivals_job
from dami.workspace.exploring import maps
from dami.workspace.training import rounds
from dami.workspace.transfer import model_files, predict_new_rows

IDLE_SECONDS = 0.1
BEAT_SECONDS = 3.0
NICE: dict[Lane, int] = {"interactive": 10, "map": 12, "batch": 15}  # the server has priority over all of them
KINDS: dict[JobKind, Callable[[Job], None]] = {
    rounds.KIND: rounds.run,
    maps.KIND: maps.run,
    experiment_job.KIND: experiment_job.run,
    predict_new_rows.KIND: predict_new_rows.run,
    model_files.KIND: model_files.run,
    rivals_job.KIND: rivals_job.run,
}
# Imports and compilations that the first job would wait for: the worker does them one by one while there is no job. The
# batch lane has none, because a server that never runs a comparison saves 250 MB in this way.
WARM_UPS: dict[Lane, tuple[Callable[[], None], ...]] = {
    "interactive": (rounds.warm_up_encoding, rounds.warm_up_training),
    "map": (maps.warm_up,),
    "batch": (),
}
log = logging.getLogger("dami.worker")


def work(job: Job) -> None:
    """Run one job and record how it ended; no error in the job ends the worker."""
    ended = threading.Event()
    threading.Thread(target=_beat, args=(job.id, ended), daemon=True).start()
    try:
        complete(job)
    except Cancelled:
        jobs.cancelled(job.id)
    except DamiError as error:
        jobs.fail(job.id, str(error))
    except MemoryError:
        jobs.fail(job.id, "The computer ran out of memory: try a smaller table, or close other programs.")
    except Exception as error:
        log.exception("job %s (%s) failed", job.id, job.kind)
        jobs.fail(
            job.id, f"DAMI failed here, which is a fault of its own ({type(error).__name__}). Your labels are safe."
        )
    finally:
        ended.set()


def complete(job: Job) -> None:
    """Run a job, record that it is done, and start the next round if it has become due meanwhile.

    The check comes last, because a label that arrives during a training starts no round itself: an earlier check would
    miss the labels that arrive after the check.
    """
    KINDS[job.kind](job)
    jobs.finish(job.id)
    if job.kind == rounds.KIND:
        with contextlib.suppress(ProjectError):  # the project was deleted
            rounds.start_if_due(projects.get(job.project))


def _beat(job: int, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            jobs.beat(job)
        except DamiError:
            return


def _end_with_server() -> None:
    sys.stdin.buffer.read()  # returns when the server closes the pipe, or dies
    os._exit(0)


def main(lane: Lane) -> None:
    os.nice(NICE[lane])
    threading.Thread(target=_end_with_server, daemon=True).start()
    cold = list(WARM_UPS[lane])
    while True:
        try:
            job = jobs.claim(lane, os.getpid())
            if job is not None:
                work(job)
                continue
        except DamiError as error:  # the database server restarts, say; the pages report it too
            log.warning("%s", error)
            time.sleep(BEAT_SECONDS)
            continue
        if cold:
            cold.pop(0)()
        else:
            time.sleep(IDLE_SECONDS)


if __name__ == "__main__":
    main(cast(Lane, sys.argv[1]))

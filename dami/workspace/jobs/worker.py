"""Runs the jobs of a lane one by one, in a process of its own, until the server ends.

There are four lanes. ``interactive`` trains and selects. ``map`` draws maps, so that a map of many rows never delays a
selection. ``batch`` compares strategies, and a network with its rivals; the other lanes have priority over it.
``export`` writes files while a download waits.
"""

import contextlib
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable

from dami.errors import Cancelled, DamiError, ProjectError
from dami.store import jobs, projects
from dami.store.records import Job, JobKind, Lane
from dami.workspace.comparing import experiment_job, rivals_job
from dami.workspace.exploring import maps
from dami.workspace.projects import change_kinds
from dami.workspace.training import rounds
from dami.workspace.transfer import export_job, model_files, predict_new_rows

IDLE_SECONDS: dict[Lane, float] = {"interactive": 0.1, "map": 0.3, "batch": 0.3, "export": 0.3}  # between two looks
BEAT_SECONDS = 3.0
NICE: dict[Lane, int] = {"interactive": 10, "map": 12, "batch": 15, "export": 10}  # the server has priority over all
KINDS: dict[JobKind, Callable[[Job], None]] = {
    rounds.KIND: rounds.run,
    maps.KIND: maps.run,
    experiment_job.KIND: experiment_job.run,
    predict_new_rows.KIND: predict_new_rows.run,
    model_files.KIND: model_files.run,
    rivals_job.KIND: rivals_job.run,
    export_job.KIND: export_job.run,
    change_kinds.KIND: change_kinds.run,
}
# What the first job of a lane would wait for: the worker does it while there is no job.
WARM_UPS: dict[Lane, Callable[[], None]] = {"interactive": rounds.warm_up, "map": maps.warm_up}
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


def _end_with_supervisor() -> None:
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        supervisor.join()
        os._exit(0)


def read_ahead() -> None:
    """Import what nearly every job needs, without running any of it."""
    import dami.networks.training
    import dami.selection.learner
    import dami.tables.encoding  # noqa: F401


def main(lane: Lane) -> None:
    """Run the jobs of this lane until the process that started this one ends."""
    os.nice(NICE[lane] - min(NICE.values()))  # below the process that started this one, which has the least
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    warm_up = WARM_UPS.get(lane)
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
        if warm_up is not None:
            warm_up()
            warm_up = None
        else:
            time.sleep(IDLE_SECONDS[lane])

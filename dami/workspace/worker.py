"""The worker of a lane: ``python -m dami.workspace.worker LANE``. It runs job after job, and ends with the server.

Two lanes: ``interactive`` trains and selects, ``map`` draws maps, so that a map of many rows never delays a selection.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

from dami.errors import Cancelled, DamiError
from dami.store import jobs
from dami.store.records import Job
from dami.workspace import maps, model_files, rounds

IDLE_SECONDS = 0.05
BEAT_SECONDS = 3.0
KINDS: dict[str, Callable[[Job], None]] = {rounds.KIND: rounds.run, model_files.KIND: model_files.run, "map": maps.run}
# Imports and compilations that a first job would wait for, done one by one while there is none.
WARM_UPS = {"interactive": (rounds.warm_up_encoding, rounds.warm_up_training), "map": (maps.warm_up,)}
log = logging.getLogger("dami.worker")


def work(job: Job) -> None:
    """Run one job and record how it ended; nothing that goes wrong in it ends the worker."""
    ended = threading.Event()
    threading.Thread(target=_beat, args=(job.id, ended), daemon=True).start()
    try:
        KINDS[job.kind](job)
        jobs.finish(job.id)
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


def _beat(job: int, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            jobs.beat(job)
        except DamiError:
            return


def _end_with_server() -> None:
    sys.stdin.buffer.read()  # returns when the server closes the pipe, or dies
    os._exit(0)


def main(lane: str) -> None:
    os.nice(10)
    threading.Thread(target=_end_with_server, daemon=True).start()
    cold = list(WARM_UPS[lane])
    while True:
        job = jobs.claim(lane, os.getpid())
        if job is not None:
            work(job)
        elif cold:
            cold.pop(0)()
        else:
            time.sleep(IDLE_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1])

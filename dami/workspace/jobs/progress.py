"""Progress from a worker to the database, no oftener than a page can show it."""

import time

from dami.store import jobs
from dami.store.model_records import TrainingStep


class Reporter:
    """Reports a job's progress; raises `Cancelled` inside the job once somebody has asked it to stop.

    Parameters
    ----------
    job : id of the job
    interval : least seconds between two reports of the same stage

    Attributes
    ----------
    history : of the training that the job is at, if any, to be filled by whoever trains
    steps : how many steps that training has in all
    """

    def __init__(self, job: int, interval: float = 0.1) -> None:
        self.job = job
        self.interval = interval
        self.history: list[TrainingStep] = []
        self.steps: int | None = None
        self._last = (-1.0, "")

    def __call__(self, share: float, message: str) -> None:
        last, stage = self._last
        now = time.monotonic()
        if now - last < self.interval and message.partition(":")[0] == stage:
            return
        self._last = (now, message.partition(":")[0])
        detail = {"history": self.history, "steps": self.steps} if self.history else None
        jobs.progress(self.job, share, message, detail=detail)

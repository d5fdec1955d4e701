"""Writes the progress of a worker to the database, no more often than a page can show it."""

import time

from dami.store import jobs
from dami.store.model_records import TrainingStep


class Reporter:
    """Reports a job's progress; raises `Cancelled` inside the job once somebody has asked it to stop.

    Parameters
    ----------
    job : id of the job
    interval : shortest time between two reports of the same stage, in seconds

    Attributes
    ----------
    history : the steps of a training so far; the code that trains adds them
    steps : the number of steps that the training has in all
    """

    def __init__(self, job: int, interval: float = 0.1) -> None:
        self.job = job
        self.interval = interval
        self.history: list[TrainingStep] = []
        self.steps: int | None = None
        self._last = (-1.0, "")

    def __call__(self, share: float, stage: str, place: str = "") -> None:
        """Report the share that is done, the stage of the work in words, and how far this stage has come in words."""
        last, before = self._last
        now = time.monotonic()
        if now - last < self.interval and stage == before:
            return
        self._last = (now, stage)
        detail = {"history": self.history, "steps": self.steps} if self.history else None
        jobs.progress(self.job, share, f"{stage}: {place}" if place else stage, detail=detail)

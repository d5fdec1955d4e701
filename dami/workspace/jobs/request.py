"""Holds what all requests for work have in common: how a job stores them, and how its worker reads them again."""

from dataclasses import asdict, dataclass
from typing import Self

from dami.store import jobs
from dami.store.json_records import read_record
from dami.store.records import Job, JobKind, Lane


@dataclass(frozen=True, slots=True)
class Request:
    """Base of the requests for work; their fields are what the job stores."""

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the request that a job stores."""
        return read_record(cls, job.payload)

    def submit(self, project: str, lane: Lane, kind: JobKind, busy: str | None = None) -> int:
        """Ask for the work and return the id of its job, as `jobs.submit` does."""
        return jobs.submit(project, lane, kind, asdict(self), busy)

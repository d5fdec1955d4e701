"""The reports of a job: how often, and in which words."""

import pytest

from dami.store import jobs
from dami.workspace.jobs.progress import Reporter


@pytest.fixture
def job(project) -> int:
    claimed = jobs.claim("interactive")
    return claimed.id


def test_a_stage_is_told_at_once_and_its_places_only_now_and_then(job):
    report = Reporter(job, interval=3600.0)

    def told(*words: str) -> str:
        report(0.5, *words)
        return jobs.get(job).message

    assert told("Reading: the table") == "Reading: the table"
    assert told("Reading: rows", "row 1") == "Reading: rows: row 1"
    assert told("Reading: rows", "row 2") == "Reading: rows: row 1"
    assert told("Training") == "Training"

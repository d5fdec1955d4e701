"""A worker makes the file of an export while the download waits, and says in words what went wrong."""

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import openpyxl
import pytest

from dami.errors import Cancelled, ProjectError
from dami.store import audits, classes, jobs
from dami.tables import writing
from dami.workspace.jobs import worker
from dami.workspace.transfer import export_job, exporters
from dami.workspace.transfer.exporters import EXPORTERS


@pytest.fixture
def ask(project):
    """Ask for files of a project as downloads do, each in a thread; let a worker work until they are there."""

    def asked(*names):
        with ThreadPoolExecutor() as downloads:
            waiting = [downloads.submit(export_job.made, project.id, name) for name in names]
            while not all(one.done() for one in waiting):
                job = jobs.claim("export", os.getpid())
                if job is None:
                    time.sleep(0.01)
                else:
                    worker.work(job)
        return [one.result() for one in waiting]

    return asked


def test_a_download_gets_the_file_that_a_worker_makes(project, ask):
    assert ask("plain csv", "parquet") == [EXPORTERS[name].write(project) for name in ("plain csv", "parquet")]
    [book] = ask("excel")
    assert openpyxl.load_workbook(io.BytesIO(book)).active.max_row == 61
    assert {job.state for job in jobs.shown(project.id) if job.kind == "export"} == {"done"}


def test_a_file_is_made_once_and_handed_out_until_the_project_changes(desk, project, ask):
    def newest():
        return jobs.latest(project.id, "export").id

    first = ask("plain csv", "plain csv")  # the second waits for the same job
    before = newest()
    assert ask("plain csv") == first[:1] == first[1:] and newest() == before
    classes.rename_class(project.id, classes.list_classes(project.id)[0].id, "lion")
    desk.press(project, [{"row": 0, "class": 1}])
    [anew] = ask("plain csv")
    assert anew == EXPORTERS["plain csv"].write(project) != first[0] and newest() > before
    before = newest()
    audits.draw(project.id, [5, 6], 10)  # the report tells of it
    ask("plain csv")
    assert newest() > before


def test_how_far_a_workbook_is_is_told_and_it_can_be_stopped(project, monkeypatch):
    told = []
    monkeypatch.setattr(writing, "EXCEL_BLOCK", 20)
    EXPORTERS["excel"].write(project, lambda done, n: told.append((done, n)))
    assert told == [(0, 60), (20, 60), (40, 60)]
    jobs.submit(project.id, export_job.LANE, export_job.KIND, {"exporter": "excel"})
    job = jobs.claim("export", os.getpid())
    jobs.cancel(job.id)
    with pytest.raises(Cancelled):
        export_job.run(job)


def test_what_fails_in_an_exporter_of_a_package_is_said_in_a_sentence(project, ask, monkeypatch):
    row = replace(EXPORTERS["csv"], write=lambda project: {}["x"])
    guard = partial(EXPORTERS._guard, "The exporter “odd” of the package theirs 1.0")
    monkeypatch.setitem(EXPORTERS, "odd", exporters._guarded(row, guard))
    said = "The exporter “odd” of the package theirs 1.0 failed to write its file (KeyError: 'x')"
    with pytest.raises(ProjectError, match=r"theirs 1\.0 failed to write its file"):
        ask("odd")
    [failed] = [job for job in jobs.shown(project.id) if job.state == "failed"]  # which the page shows
    assert failed.message.startswith(said)
    with pytest.raises(ProjectError, match="no such export any more"):
        ask("gone")

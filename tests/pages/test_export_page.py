"""Explore and Export list cells as their owner wrote them."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from app_client import fine, show, start, texts

from dami.store import jobs, projects
from dami.workspace.jobs import worker
from dami.workspace.projects import begin, stored_tables
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.transfer import export_job

TABLE = "year,price,id,part\n1950,2.50,0012,0.123456\n,3,7,0.5\n2024,3,7,0.25\n"


def test_lists_and_filters_show_cells_as_they_were_written():
    table = stored_tables.open_file(TABLE.encode(), "own.csv").table
    project = begin.begin(table, "Own", classes=[ClassDraft("a"), ClassDraft("b")])
    at = show(start(project.id), "explore")
    for shown in (at.dataframe[0], fine(show(at, "export").toggle[0].set_value(True).run()).dataframe[0]):
        listed = shown.value
        assert listed["price"].tolist() == ["2.50", "3", "3"] and listed["id"].tolist() == ["0012", "7", "7"]
        assert listed["year"].tolist()[::2] == [1950, 2024] and np.isnan(listed["year"][1])
        assert '"part"' in shown.proto.columns and "%g" in shown.proto.columns  # all digits of a fraction
    at = show(at, "explore")
    for column, choices in (("year", ["1950", "(missing)", "2024"]), ("price", ["3", "2.50"])):
        at = fine(at.selectbox[1].select(column).run())
        assert {*at.multiselect[0].options} == {*choices}
    at = fine(at.multiselect[0].select("2.50").run())
    assert not at.exception


def test_a_file_that_takes_long_is_told_of_and_then_offered_at_once(project, monkeypatch):
    monkeypatch.setattr(export_job, "SLOW", 0.0)

    def offered(at):
        return [one.proto.id for one in at.get("download_button") if "written_" in one.proto.id]

    with ThreadPoolExecutor() as downloads:
        waiting = downloads.submit(export_job.made, project, "excel")  # as the button does
        while (job := jobs.claim("export")) is None:
            time.sleep(0.01)
        at = show(start(project), "export")
        assert "“Table as Excel” is being written" in texts(at) and not offered(at)
        worker.work(job)
        made = waiting.result()
    at = show(at, "export")
    assert "“Table as Excel” is written" in at.success[0].value and len(offered(at)) == 1
    assert export_job.made(project, "excel") == made  # at once: no worker runs here
    projects.change(project, name="Other")
    at = show(at, "export")
    assert "changed since you asked for it is not in it" in at.success[0].value and len(offered(at)) == 1
    assert export_job.written(project, job.id) == made
    monkeypatch.setattr(export_job, "KEPT", 0.0)
    assert not offered(show(at, "export"))

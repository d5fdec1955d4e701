"""A clock that goes back, as it does when a computer learns the time, or in a person's hands."""

import time

from dami.store import annotations, jobs, models
from dami.workspace.jobs import supervisor
from dami.workspace.training import rounds

DAY = 86_400.0


def test_labels_keep_their_order_and_rounds_go_on(desk, project, frame, monkeypatch):
    desk.trained(project)
    first = desk.label_queue(project, frame["kind"], 10)
    desk.trained(project)
    assert models.latest(project.id).number == 1
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - DAY)
    desk.press(project, [{"row": first[0], "class": 2}])  # a correction, older than what it corrects by the clock
    assert annotations.labels(project.id)[first[0]] == 2
    desk.label_queue(project, frame["kind"], 10)
    desk.trained(project)
    assert models.latest(project.id).number == 2
    assert models.latest(project.id).through_event == annotations.last_event(project.id)


def test_a_job_of_tomorrow_is_not_taken_for_dead_nor_kept_for_ever(desk, project, monkeypatch):
    rounds.start_if_due(project)
    job = jobs.claim("interactive", None)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - DAY)
    assert supervisor._reap() == []
    assert jobs.get(job.id).state == "running"
    jobs.beat(job.id)  # its worker lives, and says so by the new clock
    monkeypatch.setattr(time, "time", lambda: now() - DAY + 3600)
    assert [dead.id for dead in supervisor._reap()] == [job.id]


def test_a_failed_training_is_tried_again_with_new_answers(desk, project, frame, monkeypatch):
    desk.trained(project)
    desk.label_queue(project, frame["kind"], 9)
    job = rounds.start(project.id)
    jobs.claim("interactive")
    jobs.fail(job, "It failed.")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - DAY)
    desk.label_queue(project, frame["kind"], 10)
    desk.trained(project)
    assert models.latest(project.id).number == 1

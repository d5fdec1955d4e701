import os
import time

import pytest
import sqlalchemy as sa

from dami.errors import Cancelled, ProjectError
from dami.store import database, jobs, projects, schema
from dami.store.model_records import TrainingStep


def running(project, kind="train", pid=None):
    jobs.submit(project, "interactive", kind)
    return jobs.claim("interactive", os.getpid() if pid is None else pid)


def age(job, seconds):
    with database.transaction() as connection:
        connection.execute(sa.update(schema.job).where(schema.job.c.id == job).values(heartbeat=time.time() - seconds))


def test_from_submitted_to_done(project):
    job = jobs.submit(project, "interactive", "train", {"model": 3})
    waiting = jobs.get(job)
    assert (waiting.state, waiting.payload, waiting.progress, waiting.pid, waiting.started) == (
        "queued",
        {"model": 3},
        0.0,
        None,
        None,
    )
    assert [one.id for one in jobs.active(project)] == [one.id for one in jobs.active()] == [job]

    claimed = jobs.claim("interactive", os.getpid())
    assert (claimed.id, claimed.state, claimed.pid) == (job, "running", os.getpid())
    assert claimed.created <= claimed.started <= claimed.heartbeat
    assert jobs.claim("interactive", os.getpid()) is None

    jobs.progress(job, 0.25, "Training", {"history": [[1, 0.7, float("nan")]]})
    jobs.progress(job, 0.5, "Still training")
    half = jobs.get(job)
    assert half.history == (TrainingStep(1, 0.7, None),) and half.is_active and claimed.history == ()
    assert (half.progress, half.message, half.detail) == (0.5, "Still training", {"history": [[1, 0.7, None]]})

    assert jobs.finish(job, "Trained on 20 labels") is True
    done = jobs.get(job)
    assert (done.state, done.progress, done.message, done.detail) == ("done", 1.0, "Trained on 20 labels", half.detail)
    assert done.finished >= done.started and not done.is_active and not done.ended_without_result
    assert jobs.active(project) == []
    assert jobs.latest(project) == jobs.latest(project, "train") == done
    assert jobs.latest(project, "map") is None


def test_a_job_s_beginning_and_end_move_the_revision_and_how_far_it_is_does_not(project):
    seen = [projects.revision(project)]

    def moved():
        seen.append(projects.revision(project))
        return seen[-1] > seen[-2]

    job = jobs.submit(project, "interactive", "train")
    assert moved()
    jobs.claim("interactive")
    assert moved()
    jobs.progress(job, 0.1)
    assert not moved()
    jobs.beat(job)
    assert not moved()
    jobs.cancel(job)
    assert moved()
    jobs.cancelled(job)
    assert moved()
    jobs.cancelled(job)
    assert not moved()


def test_what_is_shown_are_the_jobs_under_way_and_the_youngest_of_each_kind(project):
    first = jobs.submit(project, "interactive", "train")
    jobs.claim("interactive")
    second = jobs.submit(project, "map", "map")
    jobs.claim("map")
    jobs.finish(second)
    third = jobs.submit(project, "map", "map")
    jobs.progress(first, 0.5, "half")
    assert [(job.id, job.state, job.message) for job in jobs.shown(project)] == [
        (first, "running", "half"),
        (third, "queued", ""),
    ]
    jobs.claim("map")
    jobs.fail(third, "no room")
    fourth = jobs.submit(project, "map", "map")
    assert [job.id for job in jobs.shown(project)] == [first, fourth]


def test_a_waiting_job_takes_the_new_wish(project, table):
    other = projects.create("Other", table.id).id
    first = jobs.submit(project, "interactive", "train", {"n": 1})
    assert jobs.submit(project, "interactive", "train", {"n": 2}) == first
    assert jobs.get(first).payload == {"n": 2}
    assert jobs.submit(project, "interactive", "model file") != first
    assert jobs.submit(other, "interactive", "train") != first
    assert jobs.claim("interactive").id == first
    second = jobs.submit(project, "interactive", "train", {"n": 3})  # what runs is not changed any more
    assert second != first
    assert jobs.get(first).payload == {"n": 2}


def test_lanes_are_apart_and_the_oldest_comes_first(project):
    a = jobs.submit(project, "interactive", "a")
    b = jobs.submit(project, "map", "b")
    c = jobs.submit(project, "interactive", "c")
    assert [jobs.claim(lane).id for lane in ("map", "interactive", "interactive")] == [b, a, c]
    assert jobs.claim("map") is None


@pytest.mark.sqlite
def test_asking_an_empty_queue_writes_nothing(project, data_folder):
    running(project)
    jobs.submit(project, "map", "umap")
    with database.reading() as connection:
        before = connection.exec_driver_sql("PRAGMA data_version").scalar()
    log = data_folder / "dami.db-wal"
    size = log.stat().st_size
    for _ in range(20):
        assert jobs.claim("interactive") is None
        assert jobs.reap() == []
    assert log.stat().st_size == size
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA data_version").scalar() == before


def test_to_cancel_a_running_job_is_to_ask(project):
    job = running(project).id
    jobs.progress(job, 0.3, "Training")
    jobs.cancel(job)
    assert (jobs.get(job).state, jobs.get(job).cancel) == ("running", True)
    with pytest.raises(Cancelled):
        jobs.progress(job, 0.4)
    with pytest.raises(Cancelled):
        jobs.beat(job)
    assert jobs.get(job).progress == 0.3
    assert jobs.cancelled(job) is True
    assert jobs.get(job).state == "cancelled"


def test_a_waiting_job_is_cancelled_at_once(project):
    job = jobs.submit(project, "interactive", "train")
    jobs.cancel(job)
    assert jobs.get(job).state == "cancelled"
    assert jobs.claim("interactive") is None
    jobs.cancel(job)
    assert jobs.finish(job) is False


def test_a_job_that_is_over_stays_what_it_is(project):
    job = running(project).id
    assert jobs.fail(job, "No two classes are labeled yet.") is True
    assert jobs.finish(job) is False and jobs.cancelled(job) is False
    jobs.cancel(job)
    failed = jobs.get(job)
    assert (failed.state, failed.message, failed.cancel) == ("failed", "No two classes are labeled yet.", False)


def test_a_dead_worker_is_noticed_by_its_process(project, start):
    worker = start("")
    worker.wait()
    job = running(project, pid=worker.pid).id
    [ended] = jobs.reap()
    assert (ended.id, ended.state, ended.message) == (job, "failed", "The worker stopped; start it again.")
    assert jobs.reap() == []
    with pytest.raises(Cancelled):
        jobs.progress(job, 0.9)


def test_a_silent_worker_is_given_up(project):
    job = running(project).id
    age(job, 20)
    assert jobs.reap(stale=30) == []
    jobs.beat(job)
    age(job, 40)
    assert [ended.id for ended in jobs.reap(stale=30)] == [job]
    assert jobs.finish(job) is False
    assert jobs.get(job).state == "failed"


def test_a_heartbeat_keeps_a_silent_worker(project):
    job = running(project).id
    age(job, 40)
    jobs.beat(job)
    assert jobs.reap(stale=30) == []


def test_a_worker_that_died_while_stopping_has_stopped(project):
    job = running(project).id
    jobs.cancel(job)
    age(job, 40)
    [ended] = jobs.reap(stale=30)
    assert ended.state == "cancelled"


def test_two_workers_never_take_the_same_job(project, start):
    ids = {jobs.submit(project, "batch", f"kind {number}") for number in range(40)}
    code = """
import sys
from dami.store import jobs
jobs.active()
print("ready", flush=True)
sys.stdin.readline()
while job := jobs.claim("batch"):
    print(job.id, flush=True)
"""
    workers = [start(code) for _ in range(2)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    taken = [int(line) for worker in workers for line in worker.communicate(timeout=60)[0].split()]
    assert sorted(taken) == sorted(ids)


def test_a_deleted_project_stops_its_jobs(project):
    job = running(project).id
    waiting = jobs.submit(project, "interactive", "model file")
    projects.delete(project)
    assert jobs.get(waiting).state == "cancelled"
    with pytest.raises(Cancelled):
        jobs.progress(job, 0.5)
    assert jobs.cancelled(job) is True
    with pytest.raises(ProjectError):
        jobs.submit(project, "interactive", "train")


def test_a_missing_job_is_said_in_words():
    for ask in (jobs.get, jobs.cancel):
        with pytest.raises(ProjectError, match="does not exist"):
            ask(77)
    with pytest.raises(Cancelled):
        jobs.progress(77, 0.5)

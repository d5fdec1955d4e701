"""Workers as processes of their own: they end with the server, are replaced when they die, heed a cancel."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from loops import run

from dami.store import jobs, models, projects
from dami.store.records import JobKind, Lane
from dami.workspace.jobs import supervisor, worker
from dami.workspace.training import rounds

ROOT = Path(__file__).parents[3]


def wait_for(condition: Callable[[], object], seconds: float = 60.0) -> object:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


@pytest.fixture
def start_workers():
    """Workers of some lanes, as the server starts them."""
    started = []

    def start(*lanes: Lane) -> subprocess.Popen:
        command = [sys.executable, "-m", "dami.workspace.jobs.supervisor", *lanes]
        started.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def children(process: int) -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()}


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def gone(*processes: int) -> bool:
    return not any(Path(f"/proc/{process}").exists() for process in processes)


def test_a_worker_trains_is_cancelled_goes_on_and_ends_when_its_server_does(desk, project, frame, start_workers):
    process = start_workers("interactive")
    wait_for(lambda: models.latest(project.id))
    wait_for(lambda: rounds.running(project.id) is None)
    desk.press(project, [{"row": row, "class": row % 3} for row in range(6)])
    slow = rounds.start(project.id, pace=30.0)
    wait_for(lambda: jobs.get(slow).history)
    assert {jobs.get(slow).pid} == children(process.pid)
    assert jobs.get(slow).message.startswith("Training the network: step")
    jobs.cancel(slow)
    wait_for(lambda: jobs.get(slow).state == "cancelled", 10)
    assert models.latest(project.id).number == 0
    again = rounds.start(project.id)
    wait_for(lambda: jobs.get(again).state == "done")
    assert models.latest(project.id).number == 1
    [worker_pid] = children(process.pid)
    process.stdin.close()
    process.wait(10)
    wait_for(lambda: gone(worker_pid), 10)


def test_a_job_that_fails_says_so_in_words_and_does_not_end_the_worker(project, monkeypatch):
    def fail(job):
        raise problems.pop()

    problems = [RuntimeError("secret detail"), MemoryError(), rounds.ProjectError("A sentence.")]
    monkeypatch.setitem(worker.KINDS, "train", fail)
    messages = []
    while problems:
        rounds.start(project.id)
        job = jobs.claim("interactive")
        worker.work(job)
        assert jobs.get(job.id).state == "failed"
        messages.append(jobs.get(job.id).message)
    assert messages[0] == "A sentence."
    assert "memory" in messages[1]
    assert "RuntimeError" in messages[2] and "secret" not in messages[2]


def test_what_is_killed_is_replaced_and_its_job_reported_and_no_worker_outlives_what_forked_it(desk, project):
    async def scene() -> None:
        keeping = asyncio.create_task(supervisor.keep_workers("map", "batch", "interactive"))
        try:
            await asyncio.to_thread(wait_for, lambda: models.latest(project.id))
            desk.press(project, [{"row": row, "class": row % 3} for row in range(6)])
            job = rounds.start(project.id, pace=30.0)
            running = await asyncio.to_thread(wait_for, lambda: jobs.get(job).history and jobs.get(job))
            os.kill(running.pid, signal.SIGKILL)
            await asyncio.to_thread(wait_for, lambda: jobs.get(job).state == "failed", 10)
            assert jobs.get(job).message == "The worker stopped; start it again."
            again = rounds.start(project.id)
            await asyncio.to_thread(wait_for, lambda: jobs.get(again).state == "done")
            second = jobs.get(again).pid
            assert second != running.pid
            keeper = parent(second)
            lanes = children(keeper)
            assert second in lanes and len(lanes) == 3
            os.kill(keeper, signal.SIGKILL)  # what keeps the workers is itself replaced
            await asyncio.to_thread(wait_for, lambda: gone(*lanes), 10)
            third = rounds.start(project.id)
            await asyncio.to_thread(wait_for, lambda: jobs.get(third).state == "done")
            ended.append(jobs.get(third).pid)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    ended: list[int] = []
    run(scene())
    wait_for(lambda: gone(*ended), 10)  # the last one ends with its server


def test_what_a_killed_server_left_half_done_is_begun_again_once(project):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = jobs.claim("interactive", dead.pid)
    rounds.start_if_due(project)
    assert [job.id for job in jobs.active(project.id)] == [left.id]  # it looks as if it were running
    supervisor._resume()
    waiting = jobs.active(project.id)
    assert [(job.state, job.kind, job.payload) for job in waiting] == [("queued", "train", left.payload)]
    supervisor._resume()
    assert jobs.active(project.id) == waiting
    jobs.claim("interactive", dead.pid)
    projects.delete(project.id)
    supervisor._resume()
    assert jobs.active() == []


def test_a_job_that_does_not_heed_a_cancel_is_noticed(project):
    job = jobs.claim("interactive", os.getpid())
    watch = supervisor._Watch(os.getpid())
    assert not watch.is_stuck()
    jobs.cancel(job.id)
    assert not watch.is_stuck()  # it has one patience to end by itself
    assert watch.is_stuck()
    jobs.cancelled(job.id)
    assert not watch.is_stuck()


def test_every_lane_and_every_kind_of_job_has_its_worker():
    assert {*worker.NICE} == {*supervisor.LANES}
    assert {*worker.KINDS} == {*get_args(JobKind)}

"""Workers as processes of their own: they end with the server, are replaced when they die, heed a cancel."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from loops import run

from dami.store import jobs, models, projects
from dami.store.records import JobKind
from dami.workspace.jobs import supervisor, worker
from dami.workspace.training import rounds


def wait_for(condition: Callable[[], object], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def children(process: int) -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()}


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def gone(*processes: int) -> bool:
    return not any(Path(f"/proc/{process}").exists() for process in processes)


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


def test_workers_train_heed_a_cancel_are_replaced_when_they_die_and_end_with_their_server(desk, project):
    async def scene() -> None:
        keeping = asyncio.create_task(supervisor.keep_workers("map", "batch", "interactive"))
        try:
            await asyncio.to_thread(train_cancel_and_kill, desk, project, ended)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    ended: list[int] = []
    run(scene())
    wait_for(lambda: gone(*ended), 10)


def train_cancel_and_kill(desk, project, ended: list[int]) -> None:
    wait_for(lambda: models.latest(project.id))
    wait_for(lambda: rounds.running(project.id) is None)
    desk.press(project, [{"row": row, "class": row % 3} for row in range(6)])

    slow = rounds.start(project.id, pace=30.0)
    wait_for(lambda: jobs.get(slow).history)
    assert jobs.get(slow).message.startswith("Training the network: step")
    jobs.cancel(slow)
    wait_for(lambda: jobs.get(slow).state == "cancelled", 10)
    assert models.latest(project.id).number == 0

    slow = rounds.start(project.id, pace=30.0)
    running = wait_for(lambda: jobs.get(slow).history and jobs.get(slow))
    os.kill(running.pid, signal.SIGKILL)
    wait_for(lambda: jobs.get(slow).state == "failed", 10)
    assert jobs.get(slow).message == "The worker stopped; start it again."
    again = rounds.start(project.id)
    wait_for(lambda: jobs.get(again).state == "done")
    assert models.latest(project.id).number == 1
    second = jobs.get(again).pid
    assert second != running.pid
    keeper = parent(second)
    lanes = children(keeper)
    assert second in lanes and len(lanes) == 3

    os.kill(keeper, signal.SIGKILL)  # no worker outlives what forked it, which is itself replaced
    wait_for(lambda: gone(*lanes), 10)
    third = rounds.start(project.id)
    wait_for(lambda: jobs.get(third).state == "done")
    last = jobs.get(third).pid
    ended += [last, parent(last)]


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

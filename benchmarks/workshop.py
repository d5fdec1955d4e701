"""Simulates thirty participants in a room who each label every 3 s for a minute, with trainings in the background.

``python benchmarks/workshop.py [own|shared] [PEOPLE] [SECONDS]`` speaks Streamlit's websocket protocol for each
participant, and asks for the state of the work as a browser would. It prints how long the server took to store a label
and to hand out the next row, and checks at the end that every label is stored once, on its row. The limit is 150 ms for
19 labels of 20.
"""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from pad_client import PadClient  # noqa: E402
from servers import Server  # noqa: E402

from dami.store import annotations, jobs, models, projects, rooms  # noqa: E402
from dami.store.records import Participant, Room  # noqa: E402
from dami.workspace.projects import begin as workspace_projects  # noqa: E402
from dami.workspace.training import rounds  # noqa: E402
from dami.workspace.workshop.room_lifecycle import join, open_room  # noqa: E402

LIMIT_MS = 150.0
EVERY = 3.0  # seconds from a person's label to the next
CALM = 30.0  # seconds within which a page hears of news that is not urgent
SETTLE = 5.0  # seconds for the server to draw thirty pages at once, which no real class makes it do
IDLE = 2.0  # seconds between two questions for the state of the work, as browsers ask


class TimedServer(Server):
    """A server that records the time from a label's arrival to the end of the answer."""

    app = ROOT / "benchmarks" / "timed_app.py"


class Person:
    """A participant with a browser, which labels the row on screen and tells the page of news."""

    def __init__(self, server: Server, participant: Participant, seed: int) -> None:
        self.client = PadClient(server.port, participant.project, f"tab-{participant.id}", participant.id)
        self.address, self.rng = server.url, random.Random(seed)
        self.seconds: list[float] = []
        self.given: dict[int, int] = {}
        self.waited = 0  # times without a row
        self.asked = self.heard = 0  # how often the browser asked for the state of the work, and had news to tell
        self.lock = asyncio.Lock()  # a browser sends one message after the other
        self.asking = requests.Session()
        self.asking.mount("http://", requests.adapters.HTTPAdapter(max_retries=2))  # as a browser does

    async def label(self, until: float) -> None:
        await asyncio.sleep(self.rng.uniform(0, EVERY))
        while time.monotonic() < until:
            began = time.monotonic()
            async with self.lock:
                row = next((row for row in self.client.queue if row not in self.given), None)
                if row is None:
                    self.waited += 1
                else:
                    self.given[row] = self.rng.randrange(2)
                    self.client.press(row, self.given[row])
                    started = time.monotonic()
                    await self.client.flush()
                    self.seconds.append(time.monotonic() - started)
            await asyncio.sleep(max(0.0, began + EVERY - time.monotonic()))

    async def watch(self, until: float) -> None:
        tell: float | None = None
        while time.monotonic() < until:
            url = f"{self.address}{self.client.status_url}?tab={self.client.name}"
            status = (await asyncio.to_thread(self.asking.get, url, timeout=10)).json()
            self.asked += 1
            seen, now = status["seen"], time.monotonic()
            if seen["work"] != self.client.work:  # as pulse.js does
                if seen["urgent"] != self.client.urgent:
                    tell = now
                tell = now + self.rng.random() * CALM if tell is None else tell
                if now >= tell:
                    self.heard += 1
                    tell = None
                    async with self.lock:
                        await self.client.changed(seen["work"])
            busy = any(job["state"] in ("queued", "running") for job in status["jobs"])
            await asyncio.sleep(status["pause"] / 1000 if busy else IDLE)


async def work(busy: list[str], until: float) -> None:
    """Keep two other projects in training all the time."""
    while time.monotonic() < until:
        for project in busy:
            if rounds.running(project) is None:
                rounds.start(project)
        await asyncio.sleep(0.2)


async def lesson(people: list[Person], busy: list[str], seconds: float) -> None:
    for person in people:
        await person.client.open()
    while any(not person.client.queue for person in people):  # the first rows are being chosen
        await asyncio.sleep(1)
        for person in people:
            await person.client.changed("first")
    await asyncio.sleep(SETTLE)
    until = time.monotonic() + seconds
    tasks = [task for person in people for task in (person.label(until), person.watch(until))]
    await asyncio.gather(*tasks, work(busy, until))


def faults(room: Room, people: list[Person]) -> list[str]:
    """Return a sentence for each person whose stored labels are not the given ones, and each row given too often."""
    found = []
    for person in people:
        log = [e for e in annotations.events(person.client.project) if e.client == person.client.name]
        stored = [(event.row, event.class_id) for event in log]
        if sorted(stored) != sorted(person.given.items()):
            found.append(f"{person.client.name}: {len(person.given)} given, {len(stored)} stored")
    if room.sharing == "shared":
        rows = Counter(row for person in people for row in person.given)
        found += [f"row {row} was given to {n} people" for row, n in rows.items() if n > room.overlap]
    return found


def main() -> None:
    sharing = sys.argv[1] if len(sys.argv) > 1 else "own"
    n_people = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60.0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DAMI_HOME"] = folder
        clock = Path(folder) / "clock.txt"
        os.environ["DAMI_CLOCK"] = str(clock)
        server = TimedServer(Path(folder))
        try:
            demo = workspace_projects.begin_demo("titanic")
            room = open_room(demo, "A class", sharing)
            busy = [workspace_projects.begin_demo(name).id for name in ("german", "penguins")]
            for project in busy:  # so that their trainings train
                items = [{"row": row, "action": "label", "class": row % 2} for row in range(60)]
                annotations.record(project, items)
            people = [Person(server, join(room, f"person {k}"), k) for k in range(n_people)]
            asyncio.run(lesson(people, busy, seconds))
            seen = sorted(1000 * second for person in people for second in person.seconds)
            taken = sorted(map(float, clock.read_text().split()))
            p95 = taken[int(0.95 * len(taken))]
            trained = sum(len(models.listing(project.id)) for project in projects.listing(rooms=True))
            wrong = faults(room, people)
            print(
                f"{sharing}: {n_people} people, {len(seen):,} labels in {seconds:.0f} s. At the server, stored and "
                f"answered within {statistics.median(taken):.0f} ms (median), {p95:.0f} ms (19 of 20), "
                f"{taken[-1]:.0f} ms (all): {p95 / LIMIT_MS:.2f} of the limit. As seen by the clients beside it: "
                f"{statistics.median(seen):.0f}, {seen[int(0.95 * len(seen))]:.0f}, {seen[-1]:.0f} ms"
            )
            print(
                f"{trained} networks in {len(rooms.participants(room.id)) + 4} projects, "
                f"{len(jobs.active())} jobs still waiting; without a row {sum(p.waited for p in people)} times; "
                f"asked {sum(p.asked for p in people):,} times how the work is, {sum(p.heard for p in people):,} times "
                f"with news; "
                f"reconnected {sum(p.client.reconnects for p in people)} times; faults: {len(wrong)}"
            )
            for fault in wrong[:20]:
                print(fault)
        finally:
            server.stop()


if __name__ == "__main__":
    main()

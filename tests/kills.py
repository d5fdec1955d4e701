"""Kills a server again and again while people label, and compares the log with the labels that they gave."""

import asyncio
import random
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby

from pad_client import PadClient
from playwright.sync_api import Error, Page
from servers import Server
from steps import row_on_screen, wait_until_saved

from dami.store import annotations, database, doctor, projects
from dami.workspace.projects import stored_tables

# Presses a key if a row is on screen, and keeps what became of it where a page that is loaded anew leaves it. A pad
# below Streamlit's own "Connection error" takes no keys: its row stays on screen, as a person would see.
PRESS = """async key => {
    const pad = document.querySelector(".dami-pad"), row = pad?.dataset.row;
    if (!row) return;
    const attempts = JSON.parse(localStorage.attempts ?? "[]"), attempt = [Number(row), Number(key) - 1, false];
    const keep = () => (localStorage.attempts = JSON.stringify([...attempts, attempt]));
    keep();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    for (let frame = 0; frame < 3 && pad.dataset.row === row; frame++) await new Promise(requestAnimationFrame);
    attempt[2] = pad.isConnected && pad.dataset.row !== row;
    keep();
}"""


@dataclass
class Outcome:
    """The numbers of kills, of keys pressed and of labels sent; `wrong` lists each difference of the log from them."""

    kills: int
    pressed: int
    sent: int
    wrong: list[str] = field(default_factory=list)


def label_under_kills(page: Page, server: Server, kills: int, clients: int = 10, seed: int = 0) -> Outcome:
    """Label from a browser and from `clients` websocket clients while the server is killed (SIGKILL) and started.

    Parameters
    ----------
    page : shows the label pad of the only project, which has two classes
    """
    rng = random.Random(seed)
    [project] = projects.listing()
    n_rows = len(stored_tables.table(project.table_id))
    database.reset()
    over = threading.Event()
    pads = [PadClient(server.port, project.id, f"client-{k}") for k in range(clients)]
    people = threading.Thread(target=lambda: asyncio.run(_label_all(pads, n_rows, over, seed)))
    killer = threading.Thread(target=_kill, args=(server, kills, rng, over))
    people.start()
    killer.start()
    while not over.is_set():
        with suppress(Error):  # the page is being loaded
            page.evaluate(PRESS, str(rng.randrange(1, 3)))
        page.wait_for_timeout(rng.randrange(60, 600))
    killer.join()
    people.join()
    row_on_screen(page)
    wait_until_saved(page)
    return _judged(project.id, page.evaluate("JSON.parse(localStorage.attempts)"), pads, kills)


async def _label_all(pads: list[PadClient], n_rows: int, over: threading.Event, seed: int) -> None:
    async def person(number: int, pad: PadClient) -> None:
        rng = random.Random(1000 * seed + number)
        while not over.is_set():
            for _ in range(rng.choice([1, 1, 1, 4])):  # one by one; now and then a burst
                pad.press(rng.randrange(n_rows), rng.randrange(2))
            await pad.flush()
            await asyncio.sleep(rng.uniform(0, 0.6))
        await pad.close()

    await asyncio.gather(*(person(number, pad) for number, pad in enumerate(pads)))


def _kill(server: Server, kills: int, rng: random.Random, over: threading.Event) -> None:
    try:
        for _ in range(kills):
            time.sleep(rng.uniform(0.3, 3))
            server.kill()
            time.sleep(rng.uniform(0, 1))
            server.start()
        time.sleep(1)
    finally:
        over.set()


def _judged(project: str, attempts: list[tuple[int, int, bool]], pads: list[PadClient], kills: int) -> Outcome:
    stored: dict[str, list[tuple[int, int, int | None]]] = defaultdict(list)
    for event in annotations.events(project):
        stored[event.client].append((event.seq, event.row, event.class_id))
    whole, [examined] = doctor.examine()
    database.reset()
    taken = sum(took for *_, took in attempts)
    outcome = Outcome(kills, taken, sum(len(pad.pressed) for pad in pads), [*whole, *examined.faults])
    for pad in pads:
        if (found := stored.pop(pad.name, [])) != pad.pressed:
            outcome.wrong.append(f"{pad.name} gave {pad.pressed}, and the log has {found}")
    if len(stored) > 1:
        outcome.wrong.append(f"events of clients that nobody knows: {sorted(stored)}")
    found_here = [(row, class_id) for events in stored.values() for _, row, class_id in events]
    outcome.wrong += _differences(attempts, found_here)
    return outcome


def _differences(attempts: list[tuple[int, int, bool]], log: list[tuple[int, int | None]]) -> list[str]:
    """Return a sentence for each label that is lost, doubled or misplaced in the log.

    If a key press brought the next row, the log must hold its label, in order. If a key was pressed while the page went
    away, the log may hold its label, on its row and with its class.
    """
    wrong, at = [], 0
    for row, group in groupby(attempts, key=lambda attempt: attempt[0]):
        tries = list(group)
        classes = {tries[-1][1]} if tries[-1][2] else {class_id for _, class_id, _ in tries}
        if at < len(log) and log[at][0] == row and log[at][1] in classes:
            at += 1
        elif tries[-1][2]:
            wrong.append(f"lost: class {tries[-1][1]} of row {row}, where the log has {log[at : at + 3]}")
    return [*wrong, f"nobody gave {log[at:]}"] if at < len(log) else wrong

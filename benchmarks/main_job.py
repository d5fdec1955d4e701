"""Measures how long a person waits: upload to first query, key press to next row, last label of a round to new rows.

``python benchmarks/main_job.py`` drives the app in a real Chromium, at 344, 10,000 and 19,020 rows, and prints medians.
It presses the keys a second time while another process trains networks without a pause, as a simulation does. It needs
what the tests need. ``DAMI_TABLES`` may name a folder with ``magic.csv``; else a table of that size is made up.
"""

import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsers import launched  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from servers import Server  # noqa: E402
from steps import choose_file, row_on_screen, wait_for_model, wait_until_saved  # noqa: E402

RUNS = 3
PRESSES = 120  # under load; with fewer presses, a single one would be the 95th percentile
# Trains networks all the time, as a simulation does, with the low priority of a worker of DAMI.
BUSY = """
import os, numpy as np, torch
os.nice(10); torch.set_num_threads(1)
from dami.networks.mlp import MLP
X, y = np.random.default_rng(0).normal(size=(200, 20)).astype("f4"), np.arange(200) % 2
while True: MLP(random_state=0).fit(X, y)
"""
# The time from a key press to the first frame that shows another row, as the browser saw it.
PRESS = """async () => {
    const pad = document.querySelector(".dami-pad"), before = pad.dataset.row, began = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "1", bubbles: true, cancelable: true }));
    while (pad.dataset.row === before) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - began;
}"""


# Notes when the pad first shows what each network has chosen, in seconds since 1970.
WATCH = """() => {
    const pad = document.querySelector(".dami-pad");
    window.shown = {};
    const note = () => (window.shown[pad.dataset.model] ??= Date.now() / 1000);
    new MutationObserver(note).observe(pad, { attributes: true, attributeFilter: ["data-model"] });
}"""


def tables(folder: Path) -> dict[int, Path]:
    penguins = pd.read_csv(ROOT / "dami" / "tables" / "demos" / "penguins.csv")
    given = Path(os.environ.get("DAMI_TABLES", "")) / "magic.csv"
    if given.is_file():
        large = pd.read_csv(given)
    else:
        large = pd.DataFrame(np.random.default_rng(0).normal(size=(19_020, 10))).add_prefix("x").assign(label="g")
    found = {}
    middle = pd.DataFrame(np.random.default_rng(1).normal(size=(10_000, 20))).add_prefix("x").assign(label="g")
    for frame in (penguins, middle, large):
        found[len(frame)] = folder / f"rows-{len(frame)}.csv"
        frame.assign(label=None).to_csv(found[len(frame)], index=False)
    return found


def first_query(page: Page, path: Path) -> float:
    """Return seconds from the choice of a file to the first row on the pad, without the time that a person takes."""
    page.goto("/")
    page.get_by_role("tab", name="Upload").click()
    began = time.perf_counter()
    choose_file(page, path)
    read = time.perf_counter() - began
    box = page.get_by_role("textbox", name="Classes", exact=True)
    box.fill("one, two")
    box.press("Tab")
    page.get_by_text("Guidelines").wait_for()
    began = time.perf_counter()
    page.get_by_role("button", name="Start labelling").click()
    row_on_screen(page)
    return read + time.perf_counter() - began


def presses_under_load(page: Page) -> list[float]:
    """Return milliseconds a key press while the app trains after each tenth label, and another process all the time."""
    busy = subprocess.Popen([sys.executable, "-c", BUSY], cwd=ROOT)
    try:
        page.wait_for_timeout(4000)
        times = []
        for _ in range(PRESSES):
            row_on_screen(page)
            times.append(page.evaluate(PRESS))
            page.wait_for_timeout(60)
        return times
    finally:
        busy.kill()
        busy.wait()


def p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * len(times))]


def rounds(page: Page, home: Path) -> tuple[list[float], list[float], list[float]]:
    """Return milliseconds a key press; seconds from a round's last label, and from its stored model, to new rows."""
    presses, waits, delays = [], [], []
    page.evaluate(WATCH)
    project = re.search("p=([^&]+)", page.url)[1]
    for number in (1, 2, 3):
        for k in range(10):
            row_on_screen(page)
            if k == 4:  # two classes, so that there is something to train on
                page.keyboard.press("2")
                page.wait_for_timeout(200)
            else:
                presses.append(page.evaluate(PRESS))
        began = time.perf_counter()
        wait_for_model(page, number)
        waits.append(time.perf_counter() - began)
        wait_until_saved(page)
        with sqlite3.connect(home / "dami.db") as database:
            query = "select created from model where project = ? and number = ?"
            [created] = database.execute(query, (project, number)).fetchone()
        delays.append(page.evaluate("(number) => window.shown[number]", number) - created)
    return presses, waits, delays


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launched(playwright)
        for n, path in tables(Path(folder)).items():
            server = Server(Path(folder) / f"home-{n}")
            try:
                with browser.new_context(base_url=server.url, viewport={"width": 1400, "height": 900}) as context:
                    page = context.new_page()
                    cold = first_query(page, path)
                    page.wait_for_timeout(20_000)  # until the workers are warm
                    warm = [first_query(page, path) for _ in range(RUNS)]
                    presses, waits, delays = rounds(page, server.home)
                    loaded = presses_under_load(page)
            finally:
                server.stop()
            print(f"{n:,} rows")
            print(
                f"  upload to first query   cold {cold:.2f} s, warm {statistics.median(warm):.2f} s (median of {RUNS})"
            )
            print(
                f"  key press to next row   median {statistics.median(presses):.0f} ms, "
                f"p95 {p95(presses):.0f} ms (n = {len(presses)})"
            )
            print(
                f"  the same under load     median {statistics.median(loaded):.0f} ms, "
                f"p95 {p95(loaded):.0f} ms (n = {len(loaded)})"
            )
            print(f"  last label to new rows  median {statistics.median(waits):.2f} s, longest {max(waits):.2f} s")
            print(f"  database to page        median {1000 * statistics.median(delays):.0f} ms")
        browser.close()


if __name__ == "__main__":
    main()

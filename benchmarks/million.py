"""Measures DAMI with a million rows: from opening the file to the first picks, then to the picks by a trained network.

``python benchmarks/million.py [ROWS]`` makes a Parquet file of 30 columns, opens it from the server's folder in a real
Chromium, and labels a round. It prints seconds and memory beside their limits (120 s, 6 GB on two cores), and the time
that a key press takes. It needs what the tests need.
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from browsers import launched  # noqa: E402
from main_job import PRESS, p95  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from servers import Server  # noqa: E402
from steps import row_on_screen, wait_for_model  # noqa: E402

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
LIMIT_SECONDS, LIMIT_GB = 120, 6
PATIENCE = 300_000  # milliseconds


def table(n: int, seed: int = 0) -> pd.DataFrame:
    """Make measures, counts, codes, a date, yes or no, towns, and gaps, which tell four classes apart in part."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(4, size=n)
    columns: dict[str, object] = {}
    for k in range(18):
        values = rng.normal(size=n) + 1.5 * (kind == k % 4)
        values[rng.random(n) < (0.05 if k == 3 else 0)] = np.nan
        columns[f"measure {k}"] = values
    for k in range(4):
        columns[f"count {k}"] = rng.poisson(3 + kind, size=n)
    for k in range(4):
        codes = np.array([f"code {j}" for j in range(6 + k)])
        columns[f"code {k}"] = codes[(kind + rng.integers(4 + k, size=n)) % len(codes)]
    columns["day"] = np.datetime64("2020-01-01") + rng.integers(2000, size=n).astype("timedelta64[D]")
    columns["member"] = rng.random(n) < 0.3
    columns["town"] = np.array([f"Town {j:03d}" for j in range(300)])[rng.integers(300, size=n)]
    columns["label"] = np.array(["north", "east", "south", "west"])[kind]
    return pd.DataFrame(columns)


class Memory:
    """Measures the most memory that a process and its descendants take together, in GB; shared pages count once."""

    def __init__(self, process: int) -> None:
        self.process, self.most, self._over = process, 0.0, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def stop(self) -> float:
        self._over.set()
        self._watch.join()
        return self.most

    def _look(self) -> None:
        while not self._over.wait(0.5):
            self.most = max(self.most, sum(map(_gigabytes, [self.process, *_children(self.process)])))


def _children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_children(child)]
    return found


def _gigabytes(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e6


def job(page: Page, name: str) -> dict[str, float]:
    """Return seconds of each step, without the time that a person takes; for "key", milliseconds a press (p95)."""
    spent = {}
    page.goto("/")
    page.get_by_role("tab", name="On the server").click()
    page.get_by_role("combobox", name="A table that lies on the server").click()
    page.get_by_role("option", name=name).click()
    began = time.perf_counter()
    page.get_by_test_id("stBaseButton-secondary").filter(has_text="Open").click()
    start = page.get_by_role("button", name="Start practising")
    start.wait_for(timeout=PATIENCE)
    page.get_by_text("Distinct values").or_(page.get_by_test_id("stDataFrame")).first.wait_for(timeout=PATIENCE)
    spent["opened and described"] = time.perf_counter() - began
    began = time.perf_counter()
    start.click()
    row_on_screen(page, timeout=PATIENCE)
    spent["encoded, first rows asked for"] = time.perf_counter() - began
    times = []
    for number in range(1, 4):
        for k in range(10):
            row_on_screen(page)
            if number == 1:
                page.keyboard.press(str(k % 4 + 1))
                page.wait_for_timeout(150)
            else:
                times.append(page.evaluate(PRESS))
                page.wait_for_timeout(150)
        if number == 1:
            began = time.perf_counter()
            wait_for_model(page, 1, timeout=PATIENCE)
            spent["trained, next rows asked for"] = time.perf_counter() - began
    spent["key"] = p95(times)
    return spent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        offered = Path(folder) / "tables"
        offered.mkdir()
        table(ROWS).to_parquet(offered / "million.parquet")
        os.environ["DAMI_TABLES"] = str(offered)
        browser = launched(playwright)
        server = Server(Path(folder) / "home")
        memory = Memory(server.process.pid)
        try:
            with browser.new_context(base_url=server.url, viewport={"width": 1400, "height": 900}) as context:
                spent = job(context.new_page(), "million.parquet")
        finally:
            most = memory.stop()
            server.stop()
        key = spent.pop("key")
        print(f"{ROWS:,} rows, 30 columns")
        for step, seconds in spent.items():
            print(f"  {step}: {seconds:.1f} s")
        total = sum(spent.values())
        print(f"  together: {total:.1f} s, {total / LIMIT_SECONDS:.2f} of the limit ({LIMIT_SECONDS} s)")
        print(
            f"  memory of the server and its workers: {most:.2f} GB, {most / LIMIT_GB:.2f} of the limit ({LIMIT_GB} GB)"
        )
        print(f"  key press to next row, 95th percentile: {key:.0f} ms, {key / 100:.2f} of the limit (100 ms)")


if __name__ == "__main__":
    main()

"""Times the start of the server up to a usable page, against an empty Streamlit app; measures memory with ten projects.

``python benchmarks/startup.py`` starts each app seven times in turn, on the same theme, and loads the page. Limits:
1.5 times as long as the empty app; 200 MB for the server's process without its workers. Libraries that it shares with
the workers count in part (proportional set size); the resident set size is printed beside it. It needs what the tests
need.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import conftest  # noqa: E402
from browsers import launched  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from servers import Server  # noqa: E402
from steps import row_on_screen  # noqa: E402

RUNS = 7
PROJECTS = 10
EMPTY = 'import streamlit as st\n\nst.set_page_config(layout="wide")\nst.title("Data")\n'


def first_page(browser: Browser, root: Path, home: Path) -> float:
    """Return seconds from the start of the server to its title on the page."""
    conftest.ROOT = root
    began = time.perf_counter()
    server = Server(home)
    try:
        with browser.new_context(base_url=server.url) as context:
            page = context.new_page()
            page.goto("/")
            page.get_by_role("heading", name="Data", exact=True).wait_for()
            return time.perf_counter() - began
    finally:
        server.stop()


def megabytes(process: int) -> tuple[float, float]:
    """Return the megabytes of a process, with shared pages counted in part (PSS) and in full (RSS)."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1000 for line in lines[1:]}
    return sizes["Pss"], sizes["Rss"]


def memory(browser: Browser, home: Path) -> tuple[float, float]:
    conftest.ROOT = ROOT
    server = Server(home)
    try:
        contexts = [browser.new_context(base_url=server.url) for _ in range(PROJECTS)]
        for context in contexts:
            page = context.new_page()
            page.goto("/")
            page.get_by_role("button", name="Practise").first.click()
            row_on_screen(page)
        time.sleep(5)
        return megabytes(server.process.pid)
    finally:
        server.stop()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launched(playwright)
        empty = Path(folder) / "empty"
        shutil.copytree(ROOT / ".streamlit", empty / ".streamlit")
        (empty / "app.py").write_text(EMPTY)
        times: dict[str, list[float]] = {"empty": [], "dami": []}
        for run in range(RUNS):
            times["empty"].append(first_page(browser, empty, Path(folder) / f"e{run}"))
            times["dami"].append(first_page(browser, ROOT, Path(folder) / f"d{run}"))
        ours, theirs = statistics.median(times["dami"]), statistics.median(times["empty"])
        print(f"first page: {ours:.2f} s, an empty app {theirs:.2f} s: {ours / theirs:.2f} times (limit 1.5)")
        shared, resident = memory(browser, Path(folder) / "m")
        print(f"memory with {PROJECTS} projects open: {shared:.0f} MB (limit 200); resident {resident:.0f} MB")


if __name__ == "__main__":
    main()

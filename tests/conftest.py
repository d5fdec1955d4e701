"""A data folder of its own for every test; a server on a free port; pages of it in a real Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of torch: tests run side by side, and a second thread only waits

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright
from postgres import Postgres

ROOT = Path(__file__).resolve().parents[1]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("DAMI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DAMI_DATABASE_URL", raising=False)
    return tmp_path / "home"


SERVER_ON_BOTH = pytest.mark.parametrize("server", ["running", "on_postgresql"], indirect=True)  # both databases


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    running = Postgres()
    yield running
    running.close()


class Server:
    """The app as a person starts it, which can be killed and started again on the same port and data folder."""

    app = ROOT / "app.py"
    folder = ROOT

    def __init__(self, home: Path, *options: str) -> None:
        self.options = options
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home = home
        path = next((option.partition("=")[2] for option in options if option.startswith("--server.baseUrlPath=")), "")
        self.url = f"http://127.0.0.1:{self.port}" + (f"/{path}" if path else "")
        home.mkdir(parents=True, exist_ok=True)
        self.output = home / "server.log"
        self.start()

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "streamlit", "run", str(self.app), f"--server.port={self.port}"]
        return [*command, *self.options]

    def start(self) -> None:
        environment = {**os.environ, "DAMI_HOME": str(self.home)}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.command(), cwd=self.folder, env=environment, stdout=output, stderr=output
            )
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1)
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"The server did not start:\n{self.log()}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def log(self) -> str:
        return self.output.read_text(errors="replace")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of all tests that need no other options: its workers get warm once, unless a test kills it."""
    started = Server(tmp_path_factory.mktemp("running") / "home")
    yield started
    started.stop()


@pytest.fixture
def on_postgresql(home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of the test's own, on an empty PostgreSQL."""
    postgres.empty()
    monkeypatch.setenv("DAMI_DATABASE_URL", postgres.url)
    started = Server(home)
    yield started
    started.stop()


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server without any project, and its data folder as that of the test."""
    found: Server = request.getfixturevalue(getattr(request, "param", "running"))
    monkeypatch.setenv("DAMI_HOME", str(found.home))
    if found.process.poll() is not None:
        found.start()
    _empty()
    begins = len(found.log())
    yield found
    assert "Traceback" not in found.log()[begins:]


def _empty() -> None:
    """Take away what the test before has left, once no worker is at it any more."""
    from dami.store import database, jobs, projects

    for project in projects.listing(rooms=True):
        projects.delete(project.id)
    deadline = time.monotonic() + 60
    while jobs.active():
        assert time.monotonic() < deadline, jobs.active()
        time.sleep(0.05)
    projects.purge(0)
    database.reset()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    started = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield started
    started.close()


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    with browser.new_context(base_url=server.url, viewport={"width": 1400, "height": 900}) as context:
        yield context.new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Beside a failure in the browser, what was on the page then: elsewhere nobody can look at it."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and isinstance(page, Page):
        try:
            report.sections.append(("The page", page.locator("body").inner_text(timeout=2000)))
        except Error as error:
            report.sections.append(("The page", str(error)))
    return report

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

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright
from postgres import Postgres

ROOT = Path(__file__).resolve().parents[1]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
]


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder, and an empty PostgreSQL beside it where a test asks for one by parameter."""
    monkeypatch.setenv("DAMI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DAMI_DATABASE_URL", raising=False)
    if getattr(request, "param", "sqlite") == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres.empty()
        monkeypatch.setenv("DAMI_DATABASE_URL", postgres.url)
    yield tmp_path / "home"


BOTH_DATABASES = pytest.mark.parametrize("home", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    running = Postgres()
    yield running
    running.close()


class Server:
    """The app as a person starts it, which can be killed and started again on the same port and data folder."""

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
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), f"--server.port={self.port}"]
        return [*command, *self.options]

    def start(self) -> None:
        environment = {**os.environ, "DAMI_HOME": str(self.home)}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(self.command(), cwd=ROOT, env=environment, stdout=output, stderr=output)
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


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    running = Server(home)
    yield running
    running.stop()
    assert "Traceback" not in running.log()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
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

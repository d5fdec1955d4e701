"""Starts the app in its own process, as a person does, and removes what tests leave on it."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120  # seconds: machines that test are busy

_PORTS = iter(random.SystemRandom().sample(range(10_000, 32_000), 2_000))


def free_port() -> int:
    """A port that nobody listens on, below those that Linux gives to connections, so it stays free."""
    for port in _PORTS:
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("No port is free.")


class Server:
    """The app in its own process; a test can kill it and start it again on the same port and data folder."""

    app = ROOT / "app.py"
    folder = ROOT

    def __init__(self, home: Path, *options: str, waits: bool = False) -> None:
        self.options = options
        self.port = free_port()
        self.home = home
        path = next((option.partition("=")[2] for option in options if option.startswith("--server.baseUrlPath=")), "")
        self.url = f"http://127.0.0.1:{self.port}" + (f"/{path}" if path else "")
        home.mkdir(parents=True, exist_ok=True)
        self.output = home / "server.log"
        if not waits:  # for what has to know its address first
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
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5)
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"The server did not start:\n{self.log()}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def log(self) -> str:
        return self.output.read_text(errors="replace")


def empty() -> None:
    """Delete the projects of the test before, after its jobs have ended."""
    from dami.store import database, jobs, projects

    for project in projects.listing(rooms=True):
        projects.delete(project.id)
    deadline = time.monotonic() + PATIENCE
    while jobs.active():
        assert time.monotonic() < deadline, jobs.active()
        time.sleep(0.05)
    projects.purge(0)
    database.reset()

"""Gives tests a data folder, a server or a PostgreSQL of their own; decides in how many processes tests run.

.venv/bin/pytest                              all tests, side by side in several processes
.venv/bin/pytest -m quick                     tests without browser, server, database or another process, side by side
.venv/bin/pytest tests/networks/test_mlp.py   a file, a folder or one test: in this process, at once
"""

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each server and worker, many as they are, compiles the app anew
os.environ.setdefault("OMP_NUM_THREADS", "1")  # of torch: tests run side by side, and a second thread only waits
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # of UMAP's threads: waiting ones would take the others' time

import pytest
from hypothesis import settings
from servers import Server, empty

if TYPE_CHECKING:
    from postgres import Postgres

gc.disable()  # until the tests are collected: imports leave next to no garbage, and looking for it takes a fifth longer
pytest_plugins = ["browsers"]
CORES = os.cpu_count() or 1
PROCESSES = max(3, CORES)  # tests in a browser mostly wait: three keep two cores busy
EXAMPLES = {"whole": 25, "quick": 20}  # that hypothesis makes for a test, where the test says nothing of it
ALL_SLOW = {"browser", "cluster", "pages", "serving", "store", "ui", "workspace"}
ALL_SLOW |= {"test_docs.py", "test_package.py", "test_server.py", "test_tutorial.py"}
# Fixtures:
SLOW = {"home", "data_folder", "postgres", "running", "browser", "cluster", "apart", "wheel", "notebook", "python"}


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run all tests in several processes, but named tests in this one, which need not wait for others to start."""
    named = config.args_source is pytest.Config.ArgsSource.ARGS or config.option.keyword or config.option.usepdb
    if config.option.numprocesses is None and not named and not hasattr(config, "workerinput"):
        config.option.numprocesses = CORES if config.option.markexpr == "quick" else PROCESSES


def pytest_configure(config: pytest.Config) -> None:
    """Gives hypothesis its budget, unless somebody has chosen one by ``--hypothesis-profile``."""
    for name, n in EXAMPLES.items():
        settings.register_profile(name, max_examples=n, deadline=None)
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("quick" if config.option.markexpr == "quick" else "whole")


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is there for good: the tests and all that they import."""
    gc.freeze()
    gc.set_threshold(10_000)  # not 700: tests leave few circles, and looking for them took a sixtieth of the time
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests without slow fixtures as quick, and put them last, so that no long test runs alone at the end."""
    for item in items:
        if item.get_closest_marker("slow") is None and SLOW.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("quick")
    items.sort(key=lambda item: item.get_closest_marker("quick") is not None)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Rooms and files in which everything is slow cost the quick ones not even their imports."""
    if config.option.markexpr == "quick" and collection_path.parent == Path(__file__).parent:
        return collection_path.name in ALL_SLOW or None
    return None


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Put back `__main__`: Streamlit sets the page that it runs in its place, which a spawned process would run too."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def python() -> Callable[..., str]:
    """Return a function that runs Python in a process of its own with some arguments, and returns what it prints."""

    def run(*arguments: str) -> str:
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train networks briefly in this process, for tests that ask how they are used, not how good they are."""
    from dami.networks import batch, mlp

    for module in (mlp, batch):
        monkeypatch.setattr(module, "STEPS", 8)


@pytest.fixture
def small_rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the network's rivals few trees, for tests that ask how they are used, not how good they are."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    from dami.studies import rivals

    makers = (
        lambda seed: LogisticRegression(max_iter=500),
        lambda seed: RandomForestClassifier(10, random_state=seed % 2**32),
        lambda seed: HistGradientBoostingClassifier(max_iter=10, random_state=seed % 2**32),
    )
    monkeypatch.setattr(rivals, "RIVALS", dict(zip(rivals.RIVALS, makers, strict=True)))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database of the newest schema: to copy it takes a thirtieth of the time of its migrations."""
    from dami.store import database

    folder = tmp_path_factory.mktemp("migrated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAMI_HOME", str(folder))
        patch.delenv("DAMI_DATABASE_URL", raising=False)
        database.engine()
        database.reset()
    return folder / "dami.db"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: Path) -> Path:
    """Return the path of a data folder with an empty database, and set it for the test."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copyfile(migrated, folder / migrated.name)
    monkeypatch.setenv("DAMI_HOME", str(folder))
    monkeypatch.delenv("DAMI_DATABASE_URL", raising=False)
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator["Postgres"]:
    from postgres import Postgres

    running = Postgres()
    yield running
    running.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start one server for all tests that need no options of their own, so that its workers start once.

    It takes files of up to one megabyte: one test asks for a file too large, and no other has one as large.
    """
    started = Server(tmp_path_factory.mktemp("running") / "home", "--server.maxUploadSize=1")
    yield started
    started.stop()


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a server without projects, and set its data folder for the test."""
    monkeypatch.setenv("DAMI_HOME", str(running.home))
    if running.process.poll() is not None:
        running.start()
    empty()
    begins = len(running.log())
    yield running
    assert "Traceback" not in running.log()[begins:]

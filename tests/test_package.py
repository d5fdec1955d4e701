"""The package as somebody installs it: everything is in the wheel, and works in any folder, without the checkout."""

import asyncio
import csv
import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from loops import run as run_coroutine
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pad_client import PadClient
from servers import PATIENCE, ROOT, Server

from dami.store import annotations, database, models
from dami.store.records import Project
from dami.workspace.jobs.supervisor import LANES
from dami.workspace.projects.begin import begin_demo

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
LINK = "Open a table or resume a project"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of the checkout by what is installed: without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [*PIP, "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder)]
    subprocess.run(command, check=True, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment of its own that holds the wheel, and borrows the tests' packages."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    commands = folder / "bin"
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [*PIP, "--python", str(commands / "python"), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, cwd=folder)
    return commands


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a person happens to be: her script has the name of a module, and Streamlit is set up for an app of hers."""
    (tmp_path / "random.py").write_text("raise SystemExit('this is no module of Python')\n")
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[theme.light]\ntextColor = "#ff0000"\n')
    return tmp_path


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


def below(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in paths}


# ---- what is in it --------------------------------------------------------------------------------------------------


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel: Path):
    app = {"app.py", ".streamlit/config.toml", *below(ROOT / "pages")}
    expected = below(ROOT / "dami") | {f"dami/_app/{name}" for name in app}
    some = {"dami/py.typed", "dami/ui/icon.svg", "dami/tables/demos/NOTICE", "dami/_app/pages/label.py"}
    assert some | {"dami/store/migrations/script.py.mako", "dami/ui/components/base.js"} < expected
    with zipfile.ZipFile(wheel) as packed:
        held = {name for name in packed.namelist() if ".dist-info/" not in name}
        assert held == expected
        for name in held:
            inside = packed.read(name)
            assert inside == (ROOT / name.removeprefix("dami/_app/")).read_bytes(), name


def test_it_asks_for_what_requirements_txt_pins(installed: Path, tmp_path: Path):
    code = "from importlib.metadata import requires; print(*requires('dami'), sep='\\n')"
    asked = [Requirement(line) for line in run(tmp_path, installed / "python", "-c", code).splitlines()]
    needed = {pin(requirement) for requirement in asked if requirement.marker is None}
    assert needed == pins(ROOT / "requirements.txt") and len(needed) > 20
    extras = {(str(requirement.marker), pin(requirement)) for requirement in asked if requirement.marker is not None}
    assert {named for _, named in extras} <= pins(ROOT / "tests" / "requirements.txt")
    assert {(marker, name) for marker, (name, *_) in extras} == {
        ('extra == "skactiveml"', "scikit-activeml"),
        ('extra == "cluster"', "dask"),
        ('extra == "cluster"', "distributed"),
    }


def pin(requirement: Requirement) -> tuple[str, frozenset[str], str]:
    return canonicalize_name(requirement.name), frozenset(requirement.extras), str(requirement.specifier)


def pins(path: Path) -> set[tuple[str, frozenset[str], str]]:
    return {pin(Requirement(line)) for line in path.read_text().splitlines() if re.match(r"\w", line)}


# ---- the command line -----------------------------------------------------------------------------------------------


def test_the_command_works_in_any_folder(installed: Path, folder: Path):
    where = Path(run(folder, installed / "python", "-P", "-c", "import dami; print(dami.__file__)").strip())
    assert installed.parent in where.parents
    version = run(folder, installed / "dami", "--version")
    assert version == "dami, version 0.1.0\n"
    assert run(installed, installed / "python", "-m", "dami", "--version") == version
    demo = where.parent / "tables" / "demos" / "penguins.csv"
    header, *rows = csv.reader(run(folder, installed / "dami", "query", demo, "-n", "3").splitlines())
    assert header == ["row", "distance", "nearest", "radius"] and len(rows) == 3


# ---- the app --------------------------------------------------------------------------------------------------------


class Installed(Server):
    """The app as ``dami app`` starts it."""

    def __init__(self, home: Path, commands: Path, folder: Path) -> None:
        self.commands, self.folder = commands, folder
        super().__init__(home)

    def command(self) -> list[str]:
        return [str(self.commands / "dami"), "app", "--port", str(self.port), "--server.maxUploadSize", "7"]


@pytest.fixture
def started(home: Path, installed: Path, folder: Path) -> Iterator[Installed]:
    (home / "dami.db").unlink()  # the migrations are to be in the package
    running = Installed(home, installed, folder)
    yield running
    running.stop()
    assert "Traceback" not in running.log()


def children(process: int) -> list[int]:
    """Processes that this one has started, by what Linux says of them."""
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def network(project: Project, number: int) -> None:
    """Wait until a worker has trained so many networks."""
    async with asyncio.timeout(PATIENCE):
        while not (model := models.latest(project.id)) or model.number < number:
            await asyncio.sleep(0.05)


async def look(started: Installed) -> None:
    """Open pages as browsers do: they have our theme and not hers, and the limit that the command names."""
    tab = PadClient(started.port, "", "tab")
    await tab.open()
    assert [one.page_link.label for one in tab.drawn if one.page_link.label] == [LINK]
    assert tab.session.custom_theme.light.text_color == "#18222c"
    await tab.visit("data", "Data")
    assert {one.file_uploader.max_upload_size_mb for one in tab.drawn if one.file_uploader.id} == {7}
    await tab.close()
    project = begin_demo("penguins")
    await network(project, 0)
    pad = PadClient(started.port, project.id, "pad")
    await pad.open()
    scripts = [re.search(r"/dami/js/[^'\"]+", one.bidi_component.js_content) for one in pad.drawn]
    addresses = {found.group() for found in scripts if found}
    assert len(addresses) > 2
    for address in addresses:
        with urlopen(f"{started.url}{address}", timeout=60) as script:
            assert b"export" in gzip.decompress(script.read()), address
    for k, row in enumerate(pad.queue[:10]):
        pad.press(row, k % 2)
    await pad.flush()
    await pad.close()
    assert len(annotations.labels(project.id)) == 10
    await network(project, 1)


def test_the_app_runs_in_any_folder_with_its_workers_its_pages_and_its_settings(started: Installed):
    run_coroutine(look(started))
    database.reset()
    with pytest.raises(ConnectionRefusedError):  # our settings let in this machine alone, by one address
        socket.create_connection(("127.0.0.2", started.port), 5)
    [supervisor] = children(started.process.pid)
    lanes = children(supervisor)
    assert len(lanes) == len(LANES)
    started.process.send_signal(signal.SIGINT)  # Ctrl-C
    started.process.wait(PATIENCE)
    assert "handles pid" not in started.log()  # asyncio's complaint of a process whose end nobody awaited
    deadline = time.monotonic() + PATIENCE
    while any(is_running(pid) for pid in (supervisor, *lanes)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


# ---- its types ------------------------------------------------------------------------------------------------------

TYPED = """
import numpy as np
import dami

points = np.zeros((9, 2))
reveal_type(dami.k_center(points, 3))
reveal_type(dami.ActiveLearner("dami", random_state=0).query(10))
reveal_type(dami.STRATEGIES["dami"])
dami.read_table("penguins.csv")
dami.read_table()
dami.k_center(points, "three")
dami.nonsense
"""


def test_a_type_checker_sees_the_types(installed: Path, tmp_path: Path):
    (tmp_path / "typed.py").write_text(TYPED)
    (tmp_path / "mypy.ini").write_text("[mypy]\n[mypy-torch.*]\nfollow_imports = skip\n")  # takes ten seconds
    mypy = [sys.executable, "-m", "mypy", "--python-executable", str(installed / "python"), "typed.py"]
    told = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, timeout=240).stdout
    assert re.findall(r"Revealed type is \"([\w.]+)", told) == [
        "dami.selection.k_center.KCenter",
        "dami.selection.strategies.pool.Selection",
        "type",
    ]
    errors = re.findall(r"typed.py:(\d+): error: .* \[([a-z-]+)\]", told)
    assert errors == [("10", "call-arg"), ("11", "arg-type"), ("12", "attr-defined")], told

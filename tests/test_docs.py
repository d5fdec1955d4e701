"""The README and the guides: every block of code and every command runs, and what they name is there."""

import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from servers import free_port

from dami.__main__ import cli
from dami.selection.strategies import STRATEGIES
from dami.store import annotations, database
from dami.tables.reading import READERS, read_table
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects.stored_tables import stored
from dami.workspace.transfer.exporters import EXPORTERS

ROOT = Path(__file__).resolve().parents[1]
FILES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
COMMAND = ".venv/bin/python -m dami "
PORT = "8786"  # of a Dask scheduler
# Commands that start a server, set a machine up or take minutes: where they are run, or what stands in for them.
ELSEWHERE = {
    "bash .ci/setup && .venv/bin/streamlit run app.py": "tests/servers.py::Server",
    "bash .ci/setup tests && .venv/bin/pytest": ".ci/run",
    "bash .ci/setup tests": ".ci/run",
    "bash .ci/run": ".ci/run",
    ".venv/bin/pre-commit install": ".pre-commit-config.yaml",
    ".venv/bin/pytest": ".ci/run",
    ".venv/bin/pytest -m quick": "tests/conftest.py::quick",
    ".venv/bin/pytest tests/networks/test_mlp.py": ".ci/run",
    ".venv/bin/streamlit run app.py --server.address 0.0.0.0": "tests/servers.py::Server",
}
SHORTER = {  # not half an hour
    "benchmark": ["--seeds", "1", "--strategies", "random,dami-plus", "--only", "penguins"],
    "simulate": ["--seeds", "1"],
}
LOOKED_AT = ("README.md", "docs/extend.md")  # by tests of their own


def blocks(name: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall((ROOT / name).read_text()) if kind == language]


@pytest.fixture(autouse=True)
def elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which the examples' paths hold and what they write does no harm."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "dami").symlink_to(ROOT / "dami")
    monkeypatch.chdir(here)
    frame = pd.read_csv(ROOT / "dami" / "tables" / "demos" / "titanic.csv")
    frame["label"] = frame["label"].where(frame.index < 30)
    frame.to_csv("my-table.csv", index=False)
    Path("pool").mkdir()
    for k in range(2):
        frame.iloc[400 * k : 400 * k + 400].to_parquet(f"pool/part-{k}.parquet", index=False)
    for table in (STRATEGIES, READERS, EXPORTERS):
        for key in ("crowded-doubt", ".orc", "feather"):
            monkeypatch.setitem(table, key, None)  # what an example adds goes again
            del table[key]
    yield here
    database.reset()


def run(name: str) -> ModuleType:
    """All Python of a file, one block after the other."""
    module = ModuleType("example")
    sys.modules["example"] = module  # where classes look for their module
    for block in blocks(name, "python"):
        exec(compile(block, name, "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("name", [name for name in FILES if blocks(name, "python") and name not in LOOKED_AT])
def test_the_python_runs(name: str, few_steps: None):
    run(name)


def test_the_readmes_example_asks_a_network():
    selection = run("README.md").selection
    assert len(selection.indices) == 10
    assert set(selection.space) == {"representation"}
    assert "labelled" in selection.explain(0).text


@pytest.fixture
def dask() -> Iterator[Callable[[str, int], None]]:
    """Let Dask read its commands, and at the first have a scheduler at a port, with a worker that is a thread here."""
    from distributed import LocalCluster  # not for those who ask for other tests
    from distributed.cli import dask_scheduler, dask_worker

    started: list[LocalCluster] = []

    def run(command: str, port: int) -> None:
        _, name, *words = shlex.split(command)
        {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[name].make_context(name, words)
        if not started:
            at = {"host": "127.0.0.1", "protocol": "tcp://", "scheduler_port": port, "dashboard_address": None}
            started.append(LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **at))

    yield run
    for cluster in started:
        cluster.close()


@pytest.mark.parametrize("name", [name for name in FILES if blocks(name, "sh")])
def test_the_commands_run(name: str, dask: Callable[[str, int], None], few_steps: None, small_rivals: None):
    workspace_projects.begin_demo("penguins")  # something to look after
    free = free_port()
    for line in "".join(blocks(name, "sh")).splitlines():
        command = line.replace(PORT, str(free))
        if command in ELSEWHERE:
            path, _, inside = ELSEWHERE[command].partition("::")
            assert inside in (ROOT / path).read_text()
            continue
        if command.startswith("dask "):
            dask(command, free)
            continue
        assert command.startswith(COMMAND), f"{name} names a command that no test runs: {command}"
        said, _, file = command.removeprefix(COMMAND).partition(" > ")
        words = shlex.split(said)
        # In this process, which has loaded torch.
        done = CliRunner().invoke(cli, words + SHORTER.get(words[0], []), input="a password of the administrator's\n")
        assert done.exit_code == 0, (command, done.output)
        if file:
            Path(file).write_text(done.stdout)
    if "predict" in "".join(blocks(name, "sh")):
        assert len(pd.read_csv("predictions.csv")) == len(pd.read_csv("my-table.csv"))


def test_no_block_is_of_a_kind_that_nothing_looks_at():
    kinds = {kind for name in FILES for kind, _ in BLOCK.findall((ROOT / name).read_text())}
    assert kinds <= {"python", "sh", "text", "toml"}


def test_the_strategy_and_the_formats_of_the_guide_work(monkeypatch):
    assert all(len(block.splitlines()) <= 30 for block in blocks("docs/extend.md", "python"))
    strategy = run("docs/extend.md").CrowdedDoubt
    monkeypatch.setitem(STRATEGIES, strategy.name, strategy)
    import dami

    frame = dami.read_table("dami/tables/demos/titanic.csv")
    labels = frame.pop("label")
    learner = dami.ActiveLearner(strategy=strategy.name, random_state=0).fit(frame, labels.where(frame.index < 60))
    selection = learner.query(5)
    net_says = np.sort(learner.predict_proba(frame), axis=1)
    doubt = 1 - (net_says[:, -1] - net_says[:, -2])
    ids = dami.linear_regions(learner.network_, learner.encoder_.transform(frame)).region_ids
    score = doubt * np.bincount(ids)[ids]
    score[:60] = -1
    assert np.allclose(score[selection.indices], np.sort(score)[::-1][:5])
    reason = selection.explain(0)
    assert "share its linear region" in reason.text
    company = np.bincount(ids)[ids][selection.indices[0]]
    assert STRATEGIES[strategy.name].facts_of(reason.numbers) == [("Rows in its region", f"{company:,}")]

    ages = pd.DataFrame({"age": [1.5, 2.5], "kind": ["a", "b"]})
    ages.to_orc("ages.orc", index=False)
    assert read_table("ages.orc").to_dict("list") == ages.to_dict("list")
    project = workspace_projects.begin(stored.store_table(frame.assign(kind=labels)).id, "Titanic", target="kind")
    annotations.record(project.id, [{"action": "label", "row": 3, "class": 0, "source": "human"}])
    Path("out.feather").write_bytes(EXPORTERS["feather"].write(project))
    assert len(pd.read_feather("out.feather")) == len(frame)


def test_the_packages_entry_points_name_rows_of_the_guide_in_groups_that_there_are():
    [block] = blocks("docs/extend.md", "toml")
    found = tomllib.loads(block)["project"]["entry-points"]
    registries = {registry.group: registry for registry in (STRATEGIES, READERS, EXPORTERS)}
    assert found.keys() == registries.keys()
    module = run("docs/extend.md")
    STRATEGIES[module.CrowdedDoubt.name] = module.CrowdedDoubt
    for group, [(name, value)] in ((group, entries.items()) for group, entries in found.items()):
        assert name in registries[group] and value.startswith("my_plugins:")


@pytest.mark.parametrize("name", FILES)
def test_what_it_links_to_is_there(name: str):
    text = (ROOT / name).read_text()
    for path in re.findall(r"\]\(((?!http)[^)#]+)\)", text):
        assert ((ROOT / name).parent / path).exists(), path
    for path in re.findall(r"`((?:dami|docs|tests|benchmarks)/[\w./]+)`", text):
        assert (ROOT / path).exists(), path

"""Projects on small tables, and a worker that runs in the test's own process, one job at a time."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest

from dami.__main__ import cli
from dami.errors import DamiError
from dami.store import database, jobs, models, projects
from dami.store import tables as stored
from dami.store.records import Job, Project
from dami.workspace.annotating import pad
from dami.workspace.jobs.worker import complete
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects import stored_tables
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.training import encoded_pool
from dami.workspace.transfer import predict_new_rows

T = TypeVar("T")


@pytest.fixture(autouse=True)
def data_folder(home: Path) -> Iterator[Path]:
    import torch

    torch.set_num_threads(1)  # as workers and command line have it
    yield home
    database.reset()


def animals(n: int = 60) -> pd.DataFrame:
    """Three separate clouds, a column of words, one with gaps, one that names the rows."""
    rng = np.random.default_rng(7)
    kinds = np.arange(n) % 3
    frame = pd.DataFrame(
        {
            "name": [str(uuid.UUID(int=k * 10**9 + int(rng.integers(1e6)))) for k in range(n)],
            "weight": kinds * 4 + rng.normal(size=n),
            "legs": rng.integers(2, 6, size=n),
            "color": rng.choice(["grey", "brown", "white"], size=n),
            "age": np.where(rng.random(n) < 0.2, np.nan, rng.uniform(0, 9, size=n).round(1)),
            "kind": np.array(["cat", "dog", "owl"])[kinds],
        }
    )
    frame["color"] = frame["color"].astype("str")
    return frame


class Desk:
    """What a test does with a project."""

    def begin(self, frame: pd.DataFrame, target: str | None = "kind", mode: str = "practise", **more: Any) -> Project:
        classes = [ClassDraft(name) for name in more.pop("classes", ())]
        table_id = stored.store_table(frame).id
        return workspace_projects.begin(table_id, "A project", target=target, mode=mode, classes=classes, **more)

    def work(self, project: Project, lane: str = "interactive") -> list[Job]:
        """Run all jobs of a lane as the worker does, but let what goes wrong be seen."""
        done = []
        while (job := jobs.claim(lane)) is not None:
            try:
                complete(job)
            except DamiError as error:
                jobs.fail(job.id, str(error))
            done.append(jobs.get(job.id))
        return done

    def trained(self, project: Project) -> Project:
        """The project as the database has it after all training that is due."""
        self.work(project)
        return projects.get(project.id)

    def new_rows(self, project: Project, data: bytes, filename: str) -> str:
        """Open a file of new rows by what the Export page calls; the id of their table."""
        table = stored_tables.open_file_beside(data, filename, project.table_id).table
        predict_new_rows.require_columns(project, models.latest(project.id), table, filename)
        return table

    def press(self, project: Project, items: list[dict[str, Any]], client: str = "tab") -> dict[str, int]:
        """Send items as a pad does; those without a number get the next ones."""
        first = pad.pad(project.id)["acks"].get(client, 0) + 1
        numbered = [{"seq": first + k, "action": "label", "source": "human", **item} for k, item in enumerate(items)]
        return pad.commit(project, {"client": client, "items": numbered}).acks

    def label_queue(self, project: Project, truth: pd.Series, n: int) -> list[int]:
        """Label the next n rows of the queue rightly, one after the other; the rows."""
        names = [entry["name"] for entry in pad.pad(project.id)["classes"]]
        rows = []
        for _ in range(n):
            shown = pad.pad(project.id)
            entry = shown["queue"][0]
            item = {"row": entry["row"], "class": names.index(truth[entry["row"]]), "pressed": 1.7e9 + entry["row"]}
            self.press(project, [{**item, "model": shown["model"], "round": shown["round"], "step": entry["step"]}])
            rows.append(entry["row"])
        return rows


@pytest.fixture(scope="session")
def encoders() -> Callable[[Project], Any]:
    """Fits the encoder of a table as a worker does, but once in this process: the same table gives the same encoder."""
    kept: dict[tuple[object, ...], Any] = {}
    fit = encoded_pool.fitted_encoder

    def fitted_encoder(project: Project) -> Any:
        key = project.table_id, project.target, *sorted(project.left_out)
        if key not in kept:
            kept[key] = fit(project)
        return kept[key]

    return fitted_encoder


@pytest.fixture(autouse=True)
def fitted_once(encoders: Callable[[Project], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_pool, "fitted_encoder", encoders)


@pytest.fixture(autouse=True)
def trained_briefly(few_steps: None) -> None:
    """Networks are used here; a test that needs a good one has `parametrize("trained_briefly", ["no"])`."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def frame() -> pd.DataFrame:
    return animals()


@pytest.fixture
def project(desk: Desk, frame: pd.DataFrame) -> Project:
    """60 animals in Practise, nothing trained yet."""
    return desk.begin(frame)


@pytest.fixture
def trained(desk: Desk, frame: pd.DataFrame, once: Callable[[Callable[[], Project]], Project]) -> Project:
    """60 animals in Practise after a round of right labels."""

    def make() -> Project:
        project = desk.begin(frame)
        desk.work(project)
        desk.label_queue(project, frame["kind"], 10)
        return desk.trained(project)

    return once(make)


@pytest.fixture(scope="session")
def left() -> dict[Any, tuple[Path, Any]]:
    """Data folders to be copied, with what made them returned; by the function that made them."""
    return {}


@pytest.fixture
def once(
    data_folder: Path, left: dict[Any, tuple[Path, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Callable[[], T]], T]:
    """Return a function that lets another one fill the data folder, but after its first time copies what that left."""

    def begin(make: Callable[[], T]) -> T:
        made_by = make.__code__
        if made_by not in left:
            answer = make()
            database.reset()
            left[made_by] = shutil.copytree(data_folder, tmp_path_factory.mktemp("left") / "home"), answer
        else:
            database.reset()
            shutil.copytree(left[made_by][0], data_folder, dirs_exist_ok=True)
        return left[made_by][1]

    return begin


@pytest.fixture
def run_dami(capsys):
    """The command line in this process, which has its imports done: for tests of what it says, not of how it starts."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        cli.main(list(map(str, arguments)), standalone_mode=False)
        return capsys.readouterr().out

    return run

"""The main job on PostgreSQL: bursts of labels, a tab that connects again, a network, exports.

In a browser, on SQLite, `tests/browser/test_labelling.py` does it, and more.
"""

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from loops import run
from pad_client import PadClient
from postgres import Postgres
from servers import PATIENCE, Server

from dami.store import database, jobs, models
from dami.tables.demos import load_demo
from dami.workspace.projects.begin import ClassDraft, begin
from dami.workspace.projects.stored_tables import stored
from dami.workspace.transfer.exporters import EXPORTERS

NAMES = ["lost", "saved"]


@pytest.fixture
def server(home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    postgres.empty()
    monkeypatch.setenv("DAMI_DATABASE_URL", postgres.url)
    started = Server(home)
    yield started
    database.reset()
    started.stop()
    assert "Traceback" not in started.log()


def test_bursts_of_labels_on_titanic_reach_the_files_in_order_on_the_right_rows(server: Server):
    frame = load_demo("titanic")[:60].assign(label=None)
    classes = [ClassDraft(name) for name in NAMES]
    project = begin(stored.store_table(frame).id, "Titanic", target="label", classes=classes)
    given: dict[int, str] = {}

    async def label(burst: int) -> None:
        tab = PadClient(server.port, project.id, f"tab-{burst}")
        await tab.open()
        for row in [row for row in tab.queue if row not in given][:6]:
            class_id = len(given) % 2
            tab.press(row, class_id)
            given[row] = NAMES[class_id]
        await tab.flush()
        await tab.close()

    wait_for(lambda: models.latest(project.id))
    for burst in range(2):
        run(label(burst))
    assert len(given) == 12
    wait_for(lambda: models.trained(project.id) and not jobs.active(project.id))
    log = pd.read_csv(io.BytesIO(EXPORTERS["log"].write(project)))
    assert list(zip(log["row"], log["label"], strict=True)) == list(given.items())
    exported = pd.read_csv(io.BytesIO(EXPORTERS["csv"].write(project)))
    assert len(exported) == len(frame)
    by_hand = exported[exported["label_source"] == "human"]
    assert by_hand["label"].to_dict() == given
    rest = exported.drop(index=by_hand.index)
    assert set(rest["label_source"]) == {"model"}
    assert set(rest["label"]) <= {*NAMES}
    assert rest["confidence"].between(0.5, 1).all()
    assert (by_hand["strategy"] == "dami-plus").all()  # recommended
    pd.testing.assert_frame_equal(exported[["age", "fare"]], frame[["age", "fare"]], check_dtype=False)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)

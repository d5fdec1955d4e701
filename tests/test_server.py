"""The routes beside Streamlit's own, asked as a browser asks them."""

import gzip
import json
import posixpath
import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from loops import run
from starlette.applications import Starlette

from dami.store import annotations, database, jobs, models, projects
from dami.store import tables as stored
from dami.store.model_records import Summary
from dami.ui import addresses, server, sessions
from dami.ui.addresses import SCRIPTS_DIR, script_address
from dami.views.positions import pack_positions
from dami.workspace.exploring import maps
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.training.model_arrays import artifacts

APP = Starlette(routes=server.routes())


@pytest.fixture(autouse=True)
def data_folder(home: Path) -> Iterator[Path]:
    yield home
    database.reset()


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask the routes over ASGI, without a socket."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "server": ("testserver", 80),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    messages: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    run(APP(scope, receive, send))
    start = messages[0]
    received = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], received, b"".join(message.get("body", b"") for message in messages[1:]))


@pytest.fixture
def frame() -> pd.DataFrame:
    kinds = np.arange(30) % 2
    return pd.DataFrame({"size": kinds + np.linspace(0, 0.5, 30), "word": ["Ä", "b"] * 15, "kind": kinds})


@pytest.fixture
def project(frame: pd.DataFrame) -> str:
    table_id = stored.store_table(frame).id
    return workspace_projects.begin(table_id, "p", target="kind", mode="practise").id


def with_model(project: str) -> None:
    """A network as far as the routes know of it."""
    models.save_model(project, 0, summary=Summary(classes=("0", "1"), columns=("size", "word")))
    artifacts(project, 0).write(
        probabilities=np.tile(np.float32([0.3, 0.7]), (30, 1)),
        contributions=np.tile(np.float32([1, 4]), (30, 1)),
        distances=np.arange(30, dtype=np.float32),
    )


def test_status_says_whether_the_session_that_drew_a_page_is_there(project, monkeypatch):
    assert ask(f"/dami/p/{project}/status?tab=").json["alive"] is False

    class Runtime:
        def is_active_session(self, session: str) -> bool:
            return session == "there"

    monkeypatch.setattr(sessions.runtime, "exists", lambda: True)
    monkeypatch.setattr(sessions.runtime, "get_instance", Runtime)
    monkeypatch.setattr(sessions, "_sessions", OrderedDict(one="there", two="given up"))
    answers = {tab: ask(f"/dami/p/{project}/status?tab={tab}").json for tab in ("one", "two", "three", "there")}
    assert [answer["alive"] for answer in answers.values()] == [True, False, False, False]
    assert "given up" not in json.dumps(answers)


def test_only_tabs_with_a_session_make_the_others_ask_less_often(project, monkeypatch):
    monkeypatch.setattr(sessions, "_sessions", OrderedDict({f"tab {k}": "" for k in range(8)}))
    monkeypatch.setattr(sessions, "_asked", {})

    def pause(tab: str) -> int:
        return ask(f"/dami/p/{project}/status?tab={quote(tab)}").json["pause"]

    assert {pause(f"made up {k}") for k in range(20)} == {sessions.PAUSE_MS}
    assert not sessions._asked
    assert [pause(f"tab {k}") for k in range(8)][-1] == 4 * sessions.PAUSE_MS


def test_a_session_in_use_is_not_the_one_that_is_forgotten(project, monkeypatch):
    monkeypatch.setattr(sessions, "_sessions", OrderedDict())
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 3)
    drawn: dict[str, str] = {}
    monkeypatch.setattr(sessions.st, "session_state", drawn)
    monkeypatch.setattr(sessions, "get_script_run_ctx", lambda: SimpleNamespace(session_id="a session"))

    def draw(tab: str) -> None:
        drawn["tab"] = tab
        sessions.token()

    for tab in ("asks", "draws", "idle"):
        draw(tab)
    draw("draws")
    ask(f"/dami/p/{project}/status?tab=asks")
    draw("new")
    assert {*sessions._sessions} == {"asks", "draws", "new"}


def test_status_tells_of_jobs_until_they_are_over(project):
    answer = ask(f"/dami/p/{project}/status")
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
    assert [(job["kind"], job["state"]) for job in answer.json["jobs"]] == [("train", "queued")]
    job = jobs.claim("interactive")
    jobs.progress(job.id, 0.5, "Half", {"history": [[1, 0.5, 0.9]], "steps": 100})
    told = ask(f"/dami/p/{project}/status").json["jobs"][0]
    assert told == {
        **{"id": job.id, "kind": "train", "state": "running", "progress": 0.5, "message": "Half"},
        **{"history": [[1, 0.5, 0.9]], "steps": 100},
    }
    jobs.fail(job.id, "It broke.")
    assert [(j["state"], j["message"]) for j in ask(f"/dami/p/{project}/status").json["jobs"]] == [
        ("failed", "It broke.")
    ]


def test_what_pages_show_changes_its_mark(project):
    """A new network, a new map and a failure do; progress does not."""

    def mark():
        told = ask(f"/dami/p/{project}/status").json
        return {key: value for key, value in told.items() if key not in ("jobs", "revision")}

    marks = [mark()]
    job = jobs.claim("interactive")
    jobs.progress(job.id, 0.5, "Half")
    assert mark() == marks[-1]
    for change in (
        lambda: models.save_model(project, 0),
        lambda: models.set_map(project, 0, "preview-" + "0" * 24),
        lambda: models.set_map(project, 0, "umap-" + "1" * 24),
        lambda: models.save_model(project, 1),
        lambda: jobs.fail(job.id, "It broke."),
        lambda: annotations.append(project, "another tab", [{"seq": 1, "action": "label", "row": 1, "class": 0}]),
    ):
        change()
        assert mark() not in marks
        marks.append(mark())


def test_cards_of_rows(project, frame):
    answer = ask(f"/dami/p/{project}/rows?rows=3,5")
    assert [card["row"] for card in answer.json["rows"]] == [3, 5]
    values = {entry["column"]: entry["value"] for entry in answer.json["rows"][0]["values"]}
    assert values == {"size": str(frame["size"][3]), "word": "b"}
    with_model(project)
    first = ask(f"/dami/p/{project}/rows?rows=3&model=0").json["rows"][0]["values"]
    assert [(entry["column"], entry["contribution"]) for entry in first] == [("word", 1.0), ("size", 0.25)]
    assert ask(f"/dami/p/{project}/rows?rows=").json == {"rows": []}
    assert len(ask(f"/dami/p/{project}/rows?rows={','.join(['1'] * 500)}").json["rows"]) == server.MOST_ROWS


@pytest.mark.parametrize(
    "query", ["rows=30", "rows=-1", "rows=a", "rows=1,b", "rows=1.5", f"rows={'9' * 4999}", "rows=1&model=7"]
)
def test_rows_that_are_not_there(project, query):
    answer = ask(f"/dami/p/{project}/rows?{query}")
    assert answer.status == 404
    assert answer.json["error"].endswith(".") and "invalid literal" not in answer.json["error"]


@pytest.mark.parametrize("model", ["x", "-1", "9" * 30, "²"])
def test_a_model_that_is_no_number(project, model):
    assert ask(f"/dami/p/{project}/rows?rows=1&model={quote(model)}").status == 404


def test_search(project):
    assert [hit["row"] for hit in ask(f"/dami/p/{project}/search?q=17").json["rows"]] == [17]
    assert len(ask(f"/dami/p/{project}/search?q={quote('ä')}").json["rows"]) == 15
    assert ask(f"/dami/p/{project}/search").json == {"rows": []}
    assert ask(f"/dami/p/{project}/search?q={'9' * 9999}").status == 200


def test_the_hidden_label_is_told_in_practise_only(project, frame):
    for row in (0, 1, 29):
        assert ask(f"/dami/p/{project}/truth?row={row}").json == {"class": frame["kind"][row]}
    for wrong in ("30", "-1", "x", ""):
        assert ask(f"/dami/p/{project}/truth?row={wrong}").status == 404
    projects.change(project, mode="label")
    answer = ask(f"/dami/p/{project}/truth?row=0")
    assert answer.status == 404 and "Only Practise" in answer.json["error"] and "class" not in answer.json


def test_maps_and_colors(project):
    with_model(project)
    positions = np.random.default_rng(0).normal(size=(30, 2))
    maps._publish(project, 0, positions, "umap")
    name = maps.data(projects.get(project))["name"]
    answer = ask(f"/dami/p/{project}/map/{name}.bin")
    assert answer.body == pack_positions(positions) and "immutable" in answer.headers["cache-control"]
    assert ask(f"/dami/p/{project}/map/{'0' * 24}.bin").status == 404
    assert ask(f"/dami/p/{project}/map/..%2F..%2Fdami.bin").status == 404
    for by, kind in (("prediction", "category"), ("confidence", "number"), ("distance", "number")):
        assert ask(f"/dami/p/{project}/colors?by={by}&v=3").json["kind"] == kind
    assert ask(f"/dami/p/{project}/colors?by=column:word").json["names"] == ["Ä", "b"]
    for wrong in ("column:none", "nothing", ""):
        assert "error" in ask(f"/dami/p/{project}/colors?by={wrong}").json


def test_near_duplicates(project, monkeypatch):
    monkeypatch.setattr(
        server.near_duplicates, "find", lambda asked, row: {"row": row, "rows": [row + 1], "why": asked.id}
    )
    answer = ask(f"/dami/p/{project}/near-duplicates?row=2")
    assert (answer.status, answer.json) == (200, {"row": 2, "rows": [3], "why": project})
    assert "no-store" in answer.headers["cache-control"]


ROUTES = ["status", "rows?rows=1", "search?q=1", "truth?row=1", "map/" + "0" * 24 + ".bin", "colors?by=column:word"]
ROUTES += ["guess?row=1", "near-duplicates?row=1"]


@pytest.mark.parametrize("route", ROUTES)
def test_unknown_and_deleted_projects(project, route):
    assert ask(f"/dami/p/nothing/{route}").status == 404
    assert ask(f"/dami/p/{'x' * 3000}/{route}").status == 404
    projects.delete(project)
    assert ask(f"/dami/p/{project}/{route}").status == 404


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_other_sites_get_nothing(project, route, site):
    answer = ask(f"/dami/p/{project}/{route}", sec_fetch_site=site)
    assert answer.status == 403 and project.encode() not in answer.body
    assert ask(f"/dami/p/{project}/{route}", sec_fetch_site="same-origin").status != 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_routes_are_read_only(project, method):
    assert ask(f"/dami/p/{project}/status", method).status == 405


SCRIPTS = sorted(path.relative_to(SCRIPTS_DIR).as_posix() for path in SCRIPTS_DIR.rglob("*.js"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_components_scripts_are_served_compressed_for_ever_and_find_each_other(name):
    answer = ask(script_address(name))
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"] and answer.headers["content-encoding"] == "gzip"
    text = gzip.decompress(answer.body).decode()
    assert text == (SCRIPTS_DIR / name).read_text()
    for found in re.findall(r"""from "(\.[^"]+)";""", text):
        assert ask(posixpath.normpath(posixpath.join(script_address(name), "..", found))).status == 200, found


@pytest.mark.parametrize("name", ["nothing.js", "__init__.py", "..%2Fserver.py", "../server.py"])
def test_no_other_file_is_served(name):
    assert ask(script_address("x").replace("/x", f"/{name}")).status == 404


def test_names_that_visitors_make_up_are_not_kept_in_memory():
    ask(script_address(SCRIPTS[0]))
    kept = [cached.cache_info().currsize for cached in vars(addresses).values() if hasattr(cached, "cache_info")]
    for number in range(20):
        ask(script_address(f"made_up_{number}.js"))
    now = [cached.cache_info().currsize for cached in vars(addresses).values() if hasattr(cached, "cache_info")]
    assert now == kept

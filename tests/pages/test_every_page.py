"""Every page in every state of a project, as Streamlit's own test client sees it."""

from pathlib import Path

import pytest
from app_client import (
    PAGES,
    address,
    button,
    fine,
    sent,
    show,
    start,
    work,
)
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from dami.store import annotations, models
from dami.workspace.projects import begin as workspace_projects


@pytest.mark.parametrize("page", PAGES)
def test_without_a_project_a_page_says_what_to_do(page):
    at = show(start(), page)
    if page == "data":
        assert [tab.label.split()[-1] for tab in at.tabs] == ["demo", "Upload", "Paste"]
    elif page == "learn":
        assert at.subheader[0].value == "1. A unit folds the plane"  # the lesson needs none
    elif page == "workshop":
        assert button(at, "Open the room") and "Penguins (demo)" in at.selectbox(key="room_source").options
    else:
        assert "No project is open" in at.info[0].value


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", ["new", "cold start", "trained"])
def test_every_page_in_every_state_of_a_project(page, state, request):
    project = request.getfixturevalue({"new": "project", "cold start": "cold", "trained": "trained"}[state])
    if state == "cold start":
        work("map")
    at = show(start(project), page)
    assert not at.error and not at.warning
    assert at.title[0].value.lower() == page or page == "data"
    assert address(at) == project
    if state == "trained" and page == "model":
        assert {metric.label for metric in at.metric} >= {"Accuracy", "Linear regions", "Parameters"}
        quality = models.latest(project).summary.quality
        assert next(m.value for m in at.metric if m.label == "Accuracy") == f"{quality.accuracy:.1%}"
    if state == "trained" and page == "explore":
        listed = at.dataframe[0].value
        assert listed.columns.is_unique and len(listed) == 40
        assert listed["given label"].notna().sum() == 12
    if page == "label":
        pad = sent(at, "pad")
        assert len(pad["queue"]) == {"new": 0, "cold start": 30, "trained": 28}[state]
        assert pad["rows_url"].endswith(f"/dami/p/{project}/rows")
        assert (sent(at, "map")["positions"] is None) == (state == "new")


def test_the_project_stays_open_from_page_to_page_and_after_a_reload(trained):
    at = start(trained)
    for page in PAGES[::-1]:
        at = show(at, page)
        assert address(at) == trained
    assert start(address(at)).session_state.project == trained


@pytest.mark.parametrize("unknown", ["nothing", "../../x", "x" * 500, "\u2028"])
def test_an_unknown_project_in_the_address_is_said_and_forgotten(unknown):
    at = start(unknown)
    assert "does not exist" in at.warning[0].value
    assert "p" not in at.query_params
    assert not fine(at.run()).warning


@pytest.mark.parametrize("spoil", ["half", "gone"])
def test_no_page_breaks_on_a_spoilt_cache_and_the_next_round_mends_it(data_folder: Path, trained: str, spoil: str):
    kinds = (".npy", ".json", ".safetensors", ".bin")
    caches = [path for path in data_folder.rglob("*") if path.is_file() and path.suffix in kinds]
    assert len(caches) > 5
    labels = annotations.labels(trained)
    for path in caches:
        if spoil == "gone":
            path.unlink()
        else:
            data = path.read_bytes()
            path.write_bytes(bytes(255 - byte for byte in data[: len(data) // 2]))
    at = start(trained)
    for page in PAGES:
        show(at, page)
    workspace_projects.rounds.start(trained)
    work()
    work("map")
    assert annotations.labels(trained) == labels and models.latest(trained).number == 2
    at = start(trained)
    for page in PAGES:
        assert not [text.value for text in show(at, page).error]


def test_a_database_that_cannot_be_reached_is_said_in_words_on_every_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAMI_DATABASE_URL", "postgresql+psycopg://dami:hush@127.0.0.1:1/dami")
    at = start("any")
    for page in ("data", "label", "workshop"):
        at = show(at, page)
        said = [error.value for error in at.error]
        assert said and "cannot be reached" in said[0] and "hush" not in " ".join(said)


def test_nothing_follows_a_fragment_in_its_container(trained, monkeypatch):
    """Else a page goes blank if a fragment is drawn anew while the page is still on its way to the browser."""
    sent: list[tuple[tuple[int, ...], str]] = []
    enqueue = ScriptRunContext.enqueue

    def keep(self: ScriptRunContext, message: ForwardMsg) -> None:
        enqueue(self, message)  # which names the fragment
        if message.WhichOneof("type") == "delta":
            sent.append((tuple(message.metadata.delta_path), message.delta.fragment_id))

    monkeypatch.setattr(ScriptRunContext, "enqueue", keep)
    at, parts = start(trained), 0
    for page in ("label", "export", "compare", "model", "explore"):
        sent.clear()
        show(at, page)
        of_path = dict(sent)
        for path, part in sent:
            if part and of_path.get(path[:-1]) != part:  # the outermost block of a fragment
                parts += 1
                assert path[-1] == 0 and (*path[:-1], 1) not in of_path, (page, path)
    assert parts >= 10

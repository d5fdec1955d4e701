"""Every page as Streamlit's own test client sees it: what is on it, what its buttons do, what it says of bad input."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from dami.errors import ModelError, ProjectError
from dami.store import annotations, classes, database, jobs, models, projects, rooms
from dami.studies.rivals import JOINT, RIVALS, Difference, Score, Standings
from dami.tables.reading import READERS, Reader
from dami.ui import news
from dami.ui.access import rate_limits, rights
from dami.ui.elements import plain
from dami.ui.learn.steps import STEPS, score
from dami.views import projection
from dami.workspace.annotating import corrections
from dami.workspace.comparing import experiment_job, rivals_job
from dami.workspace.comparing.comparison_settings import DEFAULT, Settings
from dami.workspace.exploring import maps
from dami.workspace.jobs.worker import complete
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects import stored_tables
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.training import reliability, rounds
from dami.workspace.transfer import project_file
from dami.workspace.transfer.exporters import EXPORTERS, Exporter, Preparation
from dami.workspace.workshop import room_lifecycle
from dami.workspace.workshop.room_lifecycle import open_room

ROOT = Path(__file__).parents[1]
APP = ROOT / "dami" / "ui" / "main.py"
PAGES = ["data", "model", "label", "explore", "compare", "learn", "workshop", "export"]
ODD = "<script>alert(1)</script> **b** :material/home: $x$ a -> b [l](u) :red[r] `c`"


@pytest.fixture(autouse=True)
def data_folder(home: Path) -> Iterator[Path]:
    yield home
    database.reset()


@pytest.fixture(autouse=True, scope="module")
def scanned_once() -> Iterator[None]:
    """Every AppTest looks for components in all packages that are installed, which a server does once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


def start(project: str | None = None) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    if project is not None:
        at.query_params["p"] = project
    return fine(at.run())


def show(at: AppTest, page: str) -> AppTest:
    return fine(at.switch_page(f"../../pages/{page}.py").run())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [element.stack_trace for element in at.exception]
    return at


def address(at: AppTest) -> str:
    """The project that the address bar names."""
    value = at.query_params["p"]  # text, or a list once the client has set it
    return value if isinstance(value, str) else value[-1]


def component(at: AppTest, key: str) -> Any:
    return next(element.proto for element in at.get("bidi_component") if element.key == key)


def sent(at: AppTest, key: str) -> dict:
    return dict(json.loads(component(at, key).json)[0])


def send(at: AppTest, key: str, state: dict | None = None, **triggers: Any) -> AppTest:
    """Rerun with what the browser would send for a component (AppTest has no public way)."""
    proto, states = component(at, key), at._tree.get_widget_states()
    if state is not None:
        states.widgets.append(WidgetState(id=proto.id, json_value=json.dumps(state)))
    events = json.dumps([{"event": event, "value": value} for event, value in triggers.items()])
    states.widgets.append(WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{proto.id}__events", json_trigger_value=events))
    return fine(at._run(states))


def texts(at: AppTest) -> str:
    """All that is written on the page."""
    kinds = ("text", "caption", "markdown", "info", "warning", "error", "subheader", "title")
    return "\n".join(str(element.value) for kind in kinds for element in at.get(kind))


def button(at: AppTest, label: str) -> Any:
    return next(element for element in at.button if element.label == label)


def work(lane: str = "interactive") -> None:
    """Do what the workers would; the map by principal components, since pages show any alike."""
    import torch

    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "project_map", lambda points, previous=None, keep=None: projection.pca_map(points))
        while (job := jobs.claim(lane)) is not None:
            complete(job)


def table_of(frame: pd.DataFrame) -> str:
    return stored_tables.stored.store_table(frame).id


def things() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    kinds = np.arange(40) % 2
    return pd.DataFrame(
        {
            "size": kinds * 3 + rng.normal(size=40),
            "color": rng.choice(["red", "blue"], 40),
            "confidence": rng.integers(0, 50, 40),  # called like a column of ours
            "row number": rng.random(40),
            "kind": np.where(kinds, "big", "small"),
        }
    )


def begin(name: str = "Things") -> str:
    return workspace_projects.begin(table_of(things()), name, target="kind", mode="practise").id


def train(project: str) -> None:
    work()
    items = [{"action": "label", "row": row, "class": row % 2, "source": "human"} for row in range(12)]
    annotations.record(project, items)
    workspace_projects.rounds.start(project)
    work()


@pytest.fixture
def frame() -> pd.DataFrame:
    return things()


@pytest.fixture
def project() -> str:
    """A project in Practise of which nothing is trained yet."""
    return begin()


@pytest.fixture(scope="session")
def cold_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with one project of which the cold start is done."""
    folder = tmp_path_factory.mktemp("cold")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAMI_HOME", str(folder))
        project = begin()
        work()
        database.reset()
    return folder, project


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory, cold_home: tuple[Path, str]) -> tuple[Path, str]:
    """The same later: its network is trained on twelve labels, and it has a map."""
    folder = tmp_path_factory.mktemp("trained")
    shutil.copytree(cold_home[0], folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAMI_HOME", str(folder))
        train(cold_home[1])
        work("map")
        database.reset()
    return folder, cold_home[1]


@pytest.fixture
def cold(data_folder: Path, cold_home: tuple[Path, str]) -> str:
    """The project after its cold start, in a data folder of this test's own."""
    shutil.copytree(cold_home[0], data_folder, dirs_exist_ok=True)
    return cold_home[1]


@pytest.fixture
def trained(data_folder: Path, trained_home: tuple[Path, str]) -> str:
    """The project with a network and a map, in a data folder of this test's own."""
    shutil.copytree(trained_home[0], data_folder, dirs_exist_ok=True)
    return trained_home[1]


# ---- every page in every state --------------------------------------------------------------------------------------


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


# ---- labelling ------------------------------------------------------------------------------------------------------


def test_keys_are_committed_acknowledged_and_the_round_begins(cold):
    at = show(start(cold), "label")
    queue = [entry["row"] for entry in sent(at, "pad")["queue"]]
    items = [
        {"seq": k, "action": "label", "row": row, "class": 1, "model": 0, "source": "human"}
        for k, row in enumerate(queue[:10], 1)
    ]
    at = send(at, "pad", {"outbox": {"client": "tab", "items": items}})
    assert annotations.labels(cold) == dict.fromkeys(queue[:10], 1)
    pad = sent(at, "pad")
    assert pad["acks"] == {"tab": 10} and pad["queue"][0]["row"] == queue[10] and pad["training"]


def test_a_map_that_comes_while_the_page_is_drawn_is_news_to_it(cold, monkeypatch):
    at = show(start(cold), "label")
    before, drawn = sent(at, "map")["positions"], maps.data

    def data(*arguments):
        picture = drawn(*arguments)
        work("map")  # its worker ends just now
        return picture

    with monkeypatch.context() as patch:
        patch.setattr(maps, "data", data)
        at = send(at, "pulse", changed="news")
    assert sent(at, "map")["positions"] == before
    seen = news.marks(projects.get(cold))
    assert sent(at, "pulse")["seen"]["work"] != seen["work"]  # so that the browser, which hears of it, says so
    at = send(at, "pulse", changed="more news")
    assert sent(at, "pulse")["seen"] == seen
    assert sent(at, "map")["positions"].endswith(f"{models.latest(cold).map_name.partition('-')[2]}.bin")


def test_acknowledgements_of_one_project_are_none_of_another(project):
    other = begin("Other")
    at = show(start(project), "label")
    refused = [{"seq": 9, "action": "label", "row": 9999, "class": 1}]
    at = send(at, "pad", {"outbox": {"client": "tab", "items": refused}})
    assert sent(at, "pad")["acks"] == {"tab": 9}
    at = show(at, "data")
    at = fine(at.button(key=f"resume_{other}").click().run())
    assert sent(show(at, "label"), "pad")["acks"] == {}


def test_a_database_that_is_busy_costs_no_answer_and_no_traceback(project, monkeypatch):
    from dami.errors import DamiError
    from dami.workspace.annotating import pad

    def fail(*_):
        raise DamiError("The database is busy.")

    at = show(start(project), "label")
    monkeypatch.setattr(pad, "commit", fail)
    item = {"seq": 1, "action": "label", "row": 3, "class": 1}
    at = send(at, "pad", {"outbox": {"client": "tab", "items": [item]}})
    assert "busy" in at.error[0].value and sent(at, "pad")["acks"] == {}


def test_train_and_cancel(trained):
    at = show(start(trained), "model")
    at = fine(button(at, "Train").click().run())
    job = jobs.latest(trained, "train")
    assert job.state == "queued"
    at = send(at, "pulse", cancel=job.id)
    assert jobs.get(job.id).state == "cancelled"


def test_the_model_page_says_how_far_the_confidence_holds_and_an_older_network_asks_to_be_trained(trained):
    summary = models.trained(trained).summary
    found = summary.reliability
    said = texts(show(start(trained), "model"))
    assert found is not None and found.whole.n == 28
    assert plain(reliability.verdict(found)) in said and plain(reliability.surest(found)) in said
    models.set_summary(trained, 1, replace(summary, reliability=None))
    said = texts(show(start(trained), "model"))
    assert "An earlier version of DAMI has not measured this: Train does it." in said
    assert "it says" not in said


@pytest.mark.parametrize("page", ["model", "export"])
def test_classes_without_evidence_are_named_as_typed(page):
    drafts = [ClassDraft(name) for name in ("big", "small", ODD, f"never {ODD}")]
    project = workspace_projects.begin(table_of(things()), "Things", mode="label", classes=drafts).id
    items = [{"action": "label", "row": row, "class": row % 2, "source": "human"} for row in range(6)]
    annotations.record(project, [*items, {"action": "label", "row": 9, "class": 2, "source": "human"}])
    rounds.start(project)
    work()
    said = texts(show(start(project), page))
    assert models.trained(project).summary.untested == (ODD,)
    assert f"Nothing has tested how sure the network may be of “{plain(ODD)}”" in said
    assert f"The network cannot predict “{plain(f'never {ODD}')}”" in said


def test_a_row_chosen_on_the_map_or_by_lasso(trained):
    at = show(start(trained), "explore")
    at = send(at, "explore_map", clicked=17)
    assert "Row 17" in texts(at)
    at = send(at, "explore_map", selected="CQA=")  # bits 0 and 3
    assert "2 selected rows" in texts(at)
    assert at.dataframe[0].value.iloc[:, 0].tolist() == [0, 3]
    at = fine(button(at, "Show all rows").click().run())
    assert len(at.dataframe[0].value) == 40


def test_another_strategy_asks_from_the_next_selection_on(trained):
    at = show(start(trained), "label")
    before = sent(at, "pad")
    at.radio(key=f"strategy_{trained}").set_value("margin").run()
    fine(at)
    work()
    after = sent(show(at, "label"), "pad")
    assert after["model"] == before["model"] + 1
    assert {item["strategy"] for item in after["queue"]} == {"margin"} and after["strategies"]["margin"] == "Margin"
    assert "nan" not in json.dumps(after).lower().replace('"name', "")


@pytest.mark.parametrize("by", ["prediction", "confidence", "distance", "column:color", "column:size"])
def test_coloring_and_greying(trained, by):
    at = show(start(trained), "explore")
    guesses = next(toggle for toggle in at.toggle if "guesses" in toggle.label)
    assert "Prediction" not in at.selectbox[0].options
    at = fine(guesses.set_value(True).run())
    at = fine(at.selectbox[0].select(by).run())
    assert sent(at, "explore_map")["colors"]["url"].startswith("/dami/p/")
    at = fine(at.selectbox[1].select("size" if "size" in by else "color").run())
    if at.multiselect:
        at = fine(at.multiselect[0].select("red").run())
        assert sent(at, "explore_map")["greyed"]


# ---- opening tables -------------------------------------------------------------------------------------------------


def upload(at: AppTest, name: str, data: bytes) -> AppTest:
    return fine(at.file_uploader[0].upload(name, data, "application/octet-stream").run())


PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + bytes(range(256))
BAD = {
    "empty": ("empty.csv", b""),
    "only spaces": ("spaces.csv", b"  \n \n"),
    "one row": ("one.csv", b"a,b\n1,2\n"),
    "header only": ("header.csv", b"a,b\n"),
    "picture": ("picture.csv", PNG),
    "broken xlsx": ("broken.xlsx", b"PK\x03\x04" + bytes(200)),
    "no workbook": ("text.xlsx", b"a,b\n1,2\n"),
    "broken parquet": ("broken.parquet", b"PAR1" + bytes(50)),
    "a zip": ("some.zip", b"PK\x05\x06" + bytes(18)),
    "foreign project": ("else.dami.zip", b"PK\x05\x06" + bytes(18)),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_sentence_and_the_project_is_kept(project, case):
    at = upload(show(start(project), "data"), *BAD[case])
    assert len(at.error) == 1 and len(at.error[0].value) > 20
    assert "Traceback" not in at.error[0].value and "Error:" not in at.error[0].value
    assert at.session_state.project == project and address(at) == project
    assert "Things" in texts(at)  # the list of projects is there
    show(at, "label")


ODD_TABLES: dict[str, Callable[[], bytes]] = {
    "one column": lambda: b"a\n" + b"".join(b"%d\n" % k for k in range(20)),
    "one class": lambda: b"x,label\n" + b"".join(b"%d,same\n" % (k * k % 17) for k in range(20)),
    "duplicate and empty names": lambda: b"a,a,,label\n" + b"1,2,3,x\n2,1,5,y\n3,8,7,x\n" * 4,
    "200 columns": lambda: (
        pd.DataFrame(np.random.default_rng(0).normal(size=(30, 200)), columns=[f"column {k}" for k in range(200)])
        .assign(label=["x", "y"] * 15)
        .to_csv(index=False)
        .encode()
    ),
    "mixed types": lambda: b"a,label\n" + b"1,x\nred,y\n2020-01-01,x\n2.5,y\n,x\n" * 4,
}


@pytest.mark.parametrize("case", ODD_TABLES)
def test_an_odd_table_can_be_opened_or_says_what_it_lacks(project, case):
    at = upload(show(start(project), "data"), "table.csv", ODD_TABLES[case]())
    assert not at.error and at.session_state.project == project
    if case == "duplicate and empty names":
        assert at.info  # says what was renamed
    at = fine(button(at, "Start labelling" if case.startswith("one") else "Start practising").click().run())
    if case.startswith("one"):
        assert len(at.error) == 1 and "two classes" in at.error[0].value
        assert at.session_state.project == project
    else:
        assert at.session_state.project != project
        work()
        assert sent(show(at, "label"), "pad")["queue"]


def test_an_empty_target_with_named_classes(frame):
    frame["kind"] = None
    at = upload(start(), "things.csv", frame.rename(columns={"kind": "label"}).to_csv(index=False).encode())
    assert "The column is empty" in texts(at)
    assert "left out because" not in at.dataframe[0].value  # the target is not left out for being empty
    at = fine(button(at, "Start labelling").click().run())
    assert "two classes" in at.error[0].value
    typed = next(element for element in at.text_input if element.label == "Classes")
    at = fine(typed.input("good, bad").run())
    guideline = next(element for element in at.text_input if element.label == "bad")
    at = fine(guideline.input("When it is broken.").run())
    at = fine(button(at, "Start labelling").click().run())
    opened = projects.get(at.session_state.project)
    assert (opened.mode, opened.target, opened.name) == ("label", "label", "things")
    listed = classes.list_classes(opened.id)
    assert [(entry.name, entry.guideline) for entry in listed] == [("good", ""), ("bad", "When it is broken.")]
    assert at.title[0].value == "Label"


def test_a_partly_filled_target_keeps_its_labels(frame):
    frame.loc[frame.index >= 10, "kind"] = None
    at = upload(start(), "things.csv", frame.rename(columns={"kind": "label"}).to_csv(index=False).encode())
    assert "30 rows are without a label" in texts(at).replace("\\", "")
    at = fine(button(at, "Start labelling").click().run())
    work()
    pad = sent(show(at, "label"), "pad")
    assert [entry["count"] for entry in pad["classes"]] == [5, 5]
    assert {entry["row"] for entry in pad["queue"]} == {*range(10, 40)}


def test_a_numeric_target_is_offered_in_bins_and_works(frame):
    frame = frame.drop(columns="kind").assign(label=np.arange(40) * 1.5)
    at = upload(start(), "things.csv", frame.to_csv(index=False).encode())
    assert "Bin it into a few" in texts(at)
    at = fine(button(at, "Use these classes").click().run())
    assert not at.warning
    at = fine(button(at, "Start practising").click().run())
    work()
    assert len(classes.list_classes(at.session_state.project)) == 3
    assert len(sent(show(at, "label"), "pad")["classes"]) == 3


def test_a_target_of_very_many_classes_is_not_offered(frame):
    wide = pd.concat([frame] * 5, ignore_index=True)
    wide["label"] = [f"text number {k}" for k in range(200)]
    at = upload(start(), "things.csv", wide.to_csv(index=False).encode())
    assert "too many" in at.warning[0].value
    assert "Start practising" not in [element.label for element in at.button]


def test_paste_and_go_back():
    at = start()
    at = fine(button(at, "Read").click().run())
    assert "Nothing was pasted" in at.error[0].value
    at = fine(at.text_area(key="paste").input("a\tlabel\n1\tx\n2\ty\n3\tx\n").run())
    at = fine(button(at, "Read").click().run())
    assert "pasted table" in texts(at) and not at.error
    at = fine(button(at, "Another table").click().run())
    assert at.tabs and "What shall it learn" not in texts(at)


def test_a_demo_opens_in_practise():
    at = fine(start().button(key="demo_wine").click().run())
    opened = projects.get(at.session_state.project)
    assert (opened.mode, opened.name) == ("practise", "Wine")
    assert at.title[0].value == "Label" and address(at) == opened.id


def test_a_project_file_opens(trained):
    data = project_file.pack(projects.get(trained))
    at = upload(start(), "Things.project.dami.zip", data)
    assert at.session_state.project != trained
    assert annotations.labels(at.session_state.project) == annotations.labels(trained)
    assert at.title[0].value == "Label"


# ---- earlier projects -----------------------------------------------------------------------------------------------


def test_resume_rename_delete_and_undo(project):
    other = begin("Other")
    at = show(start(project), "data")
    at = fine(at.text_input(key=f"name_{project}").input("  New name ").run())
    assert projects.get(project).name == "New name" and "New name" in texts(at)
    at = fine(at.text_input(key=f"name_{project}").input("   ").run())
    assert projects.get(project).name == "New name"
    at = fine(at.button(key=f"delete_{project}").click().run())
    assert [entry.id for entry in projects.listing()] == [other]
    assert "project" not in at.session_state and "p" not in at.query_params
    assert "Deleted New name." in texts(at)
    at = fine(button(at, "Undo").click().run())
    assert {entry.id for entry in projects.listing()} == {project, other}
    at = fine(at.button(key=f"resume_{other}").click().run())
    assert at.title[0].value == "Label" and address(at) == other


def test_a_project_deleted_in_another_tab_is_said(trained):
    at = show(start(trained), "explore")
    projects.delete(trained)
    at = fine(at.run())
    assert "deleted" in at.warning[0].value
    for page in PAGES:
        show(at, page)


# ---- odd names ------------------------------------------------------------------------------------------------------


def test_plain_text_escapes_all_that_markdown_would_change():
    shown = plain(ODD)
    assert shown.replace("\\", "").replace("\u200b", "") == ODD
    assert ":material/" not in shown and ":red[" not in shown and "->" not in shown.replace("\\", "")
    for sign in "*`$[]<>_#":
        assert sign not in shown.replace(f"\\{sign}", "")


def test_names_with_markup_are_shown_as_they_were_typed(frame):
    frame = frame.rename(columns={"size": ODD, "kind": "label"})
    frame["label"] = frame["label"].map({"big": f"big {ODD}", "small": "small"})
    at = upload(start(), f"{ODD.replace('/', ' ')}.csv", frame.to_csv(index=False).encode())
    assert plain(f"big {ODD}") in texts(at)
    labels_of = [element.label for element in at.text_input]
    assert plain(f"big {ODD}") in labels_of
    name = next(element for element in at.text_input if element.label == "Project name")
    at = fine(name.input(ODD).run())
    at = fine(button(at, "Start practising").click().run())
    project = at.session_state.project
    assert projects.get(project).name == ODD
    train(project)
    for page in PAGES:
        at = show(at, page)
        if page not in ("learn", "workshop"):
            assert ODD in [element.value for element in at.get("text")]  # the project's name: text, no Markdown
        for kind in ("caption", "markdown", "info", "warning", "subheader", "title"):
            for element in at.get(kind):
                assert ODD not in str(element.value) and "<script>" not in str(element.value).replace("<style>", "")
    at = show(at, "explore")
    at = fine(at.selectbox[1].select(ODD).run())
    assert at.slider[0].label == plain(ODD)


# ---- comparing -------------------------------------------------------------------------------------------------------


def settle(project: str, **settings: int) -> None:
    """A small comparison, finished."""
    chosen = Settings(("dami", "random"), 4, 2, 2)
    experiment_job.start(projects.get(project), chosen, settings.get("seeds", 2))
    work("batch")


def test_one_press_asks_for_a_comparison_and_stop_takes_it_back(project):
    at = show(start(project), "compare")
    assert "all 40 rows" in texts(at).replace("\\", "") and "Press **Compare**" in texts(at)
    at = fine(button(at, "Compare").click().run())
    [job] = experiment_job.active(project)
    assert job.lane == "batch" and job.payload["seeds"] == 10
    assert tuple(job.payload["settings"]["strategies"]) == DEFAULT
    assert "first seed is under way" in texts(at)
    at = fine(button(at, "Stop").click().run())
    assert experiment_job.active(project) == [] and "Stopped before the first seed" in texts(at)
    assert button(at, "Compare")


def test_a_setting_that_was_changed_just_before_the_press_counts(project):
    at = show(start(project), "compare")
    for label, value in (("Seeds", 3), ("Rounds at most", 1), ("Initial labels", 4), ("Labels a round", 2)):
        next(element for element in at.number_input if element.label == label).set_value(value)
    fine(button(at, "Compare").click().run())  # one run: the page was not drawn in between
    [job] = experiment_job.active(project)
    assert job.payload["seeds"] == 3
    assert {name: job.payload["settings"][name] for name in ("n_initial", "batch_size", "rounds")} == {
        **{"n_initial": 4, "batch_size": 2, "rounds": 1}
    }


def test_too_few_labels_say_how_many_more_of_which_class(frame):
    frame["kind"] = frame["kind"].where(frame.index < 30)
    mine = workspace_projects.begin(table_of(frame), "Mine", target="kind", mode="label").id
    at = show(start(mine), "compare")
    said = at.info[0].value.replace("\\", "")
    assert "30 are labelled now, so label 170 more rows, at least 5 of big and 5 of small" in said
    assert not at.button or "Compare" not in [element.label for element in at.button]


def test_what_was_found_is_shown_and_advanced_goes_on(trained):
    settle(trained)
    at = show(start(trained), "compare")
    assert button(at, "Compared").disabled and "2 seeds" in texts(at)
    assert "too few to judge" in texts(at)
    assert at.dataframe[0].value["strategy"].tolist() in (["DAMI", "Random"], ["Random", "DAMI"])
    picture = sent(at, "compare_map")
    assert len(picture["labels"]["rows"]) == 6 and picture["classes"][0]["name"].startswith("at first")
    at = fine(at.slider[0].set_value(2).run())
    assert len(sent(at, "compare_map")["labels"]["rows"]) == 8
    seeds = next(element for element in at.number_input if element.label == "Seeds")
    at = fine(seeds.set_value(7).run())
    at = fine(button(at, "Go on").click().run())
    work("batch")
    at = show(start(trained), "compare")
    assert "7 seeds" in texts(at) and "95 % between" in texts(at)
    at = fine(next(g for g in at.button_group if g.key == "compare_measure").set_value("accuracy").run())
    assert "95 % between" in texts(at)


def test_settings_that_fit_no_round_are_said(project):
    at = show(start(project), "compare")
    initial = next(element for element in at.number_input if element.label == "Initial labels")
    at = fine(initial.set_value(30).run())
    assert "make these numbers smaller" in texts(at)
    at = fine(button(at, "Compare").click().run())
    assert "make them fewer" in at.error[0].value and experiment_job.active(project) == []


def test_labels_that_changed_since_are_said(project):
    settle(project)
    annotations.record(project, [{"action": "discard", "row": 3, "source": "human"}])
    at = show(start(project), "compare")
    assert "have changed since" in at.warning[0].value and "40" in at.warning[0].value
    assert button(at, "Compare")


# ---- the server stays light -----------------------------------------------------------------------------------------

LIGHT = """
import sys
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from dami.ui import server

at = AppTest.from_file(sys.argv[1], default_timeout=60)
at.query_params["p"] = sys.argv[2]
server.routes()
for page in ("data", "model", "label", "explore", "compare", "learn", "export"):
    at.switch_page(f"../../pages/{page}.py").run()
    assert not at.exception, at.exception
print(*sorted({"torch", "umap", "skrub", "numba"} & {*sys.modules}), "only these")
"""


def test_the_server_loads_no_heavy_library_for_any_page(trained):
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(APP), trained], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "only these"


def test_what_a_browser_says_late_of_a_field_that_has_left_the_page_ends_no_run(trained):
    at = show(start(trained), "label")
    hold = next(toggle for toggle in at.toggle if toggle.key == f"hold_{trained}")
    show(at, "explore")  # has a switch of the same name
    show(at, "export")
    states = at._tree.get_widget_states()
    states.widgets.append(WidgetState(id=hold.id, bool_value=True))
    fine(at._run(states))  # the switch's callback runs, and finds no value
    assert "held_maps" not in at.session_state


def test_two_answers_without_sight_of_each_other_are_offered_for_a_choice(trained):
    for client, class_id in (("ann", 0), ("bob", 1)):
        item = {"seq": 1, "action": "label", "row": 30, "class": class_id, "saw": 12}
        annotations.append(trained, client, [item], annotator=ODD if client == "ann" else "bob")
    names = [entry.name for entry in classes.list_classes(trained)]
    at = show(start(trained), "label")
    [link] = [link.proto for link in at.get("page_link")]
    assert link.label.startswith("1 row was answered twice")
    at = show(at, "explore")
    assert f"{names[1]} by bob, unaware of {names[0]} by {ODD}" in [text.value for text in at.text]
    at.selectbox(key="correct_30").select(0).run()
    assert annotations.labels(trained)[30] == 0 and annotations.conflicts(trained) == []
    assert "correct_30" not in {box.key for box in fine(at).selectbox}


def test_a_table_on_the_server_opens_where_its_owner_offers_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert not [tab for tab in start().tabs if "server" in tab.label]
    things().to_csv(tmp_path / "things.csv", index=False)
    monkeypatch.setenv("DAMI_TABLES", str(tmp_path))
    at = start()
    at.selectbox[0].select("things.csv").run()
    button(at, "Open").click().run()
    assert plain("things.csv") in [element.value for element in fine(at).subheader]


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


@pytest.mark.parametrize(("data", "steps"), [("moons", range(1, 10)), ("blobs", range(5, 7))])
def test_every_step_of_the_lesson_has_an_address(data: str, steps: range):
    for step in steps:
        title, _ = STEPS[step]
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.run()
        at.query_params["step"], at.query_params["data"] = str(step), data
        at.switch_page("../../pages/learn.py").run()
        assert [element.value for element in fine(at).subheader] == [f"{step}. {title}"]
        assert at.selectbox(key="lesson_data").value == data


def test_the_lesson_runs_on_two_columns_of_a_table_and_says_what_is_missing():
    project = begin()
    at = start(project)
    at.query_params["step"], at.query_params["data"] = "9", "own"
    at.switch_page("../../pages/learn.py").run()
    assert any("There are 0 now" in element.value for element in fine(at).info)
    items = [{"action": "label", "row": row, "class": row % 2, "source": "human"} for row in range(20)]
    annotations.record(project, items)
    assert fine(at.run()).metric[0].label.startswith("Right on the rows")
    at.selectbox(key="up").select("size").run()
    assert any("two different columns" in element.value for element in fine(at).info)


def test_a_guess_is_scored_by_the_rank_of_its_local_model():
    representation = np.array([[0.0, 0], [1, 0], [5, 0], [2, 0], [0, 3]])
    assert [score(representation, [0], row) for row in (1, 3, 4, 2)] == [0, 33, 67, 100]
    assert score(representation, [0, 2], 4) == 100  # 3 from the first; the point at 2 is 2, that at 1 is 1


# ---- rooms ----------------------------------------------------------------------------------------------------------


def room_of(**settings: Any) -> Any:
    source = projects.get(begin())
    return open_room(source, "A room", **settings)


def join_as(at: AppTest, code: str, name: str) -> AppTest:
    at.text_input(key="join_code").set_value(code)
    at.text_input(key="join_name").set_value(name)
    return fine(button(at, "Come in").click().run())


def test_a_database_that_cannot_be_reached_is_said_in_words_on_every_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAMI_DATABASE_URL", "postgresql+psycopg://dami:hush@127.0.0.1:1/dami")
    at = start("any")
    for page in ("data", "label", "workshop"):
        at = show(at, page)
        said = [error.value for error in at.error]
        assert said and "cannot be reached" in said[0] and "hush" not in " ".join(said)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the browser were on another machine; nobody has tried a code before."""
    monkeypatch.setattr(rights, "is_owner", lambda: False)
    rate_limits.forget()


def test_from_another_machine_only_rooms_and_the_lesson_are_open(elsewhere: None):
    project = begin()
    at = start(project)
    assert at.title[0].value == "Join a room" and "Things" not in texts(at)
    for page in ("data", "label", "explore", "export", "workshop"):
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            at.switch_page(f"../../pages/{page}.py")
    at = show(at, "learn")
    assert at.title[0].value == "Learn"
    assert not at.get("page_link")


def test_wrong_codes_are_counted_and_slow_a_guesser_down(elsewhere: None):
    room = room_of()
    at = start()
    for _ in range(10):
        at = join_as(at, "AAAAAA", "Eve")
        assert "No room has this code" in at.error[0].value
    at = join_as(at, room.code, "Eve")
    assert "Too many wrong codes" in at.error[0].value and rooms.participants(room.id) == []


def test_a_participant_labels_what_is_handed_out_and_hears_that_the_room_is_closed(elsewhere: None):
    room = room_of(sharing="shared")
    work()
    name = "<b>Ada</b> :red[x]"
    at = join_as(start(), f" {room.code.lower()} ", name)
    [ada] = rooms.participants(room.id)
    assert ada.nickname == name and plain(name) in texts(at)
    queue = sent(at, "pad")["queue"]
    outbox = {"client": "tab", "items": [{"seq": 1, "action": "label", "row": queue[0]["row"], "class": 1}]}
    at = send(at, "pad", {"outbox": outbox})
    [event] = annotations.events(room.project)
    assert (event.row, event.annotator) == (queue[0]["row"], name)
    rooms.close(room.id)
    at = fine(at.run())
    assert "The room is closed" in texts(at) and sent(at, "pad")["queue"] == []


def test_the_teacher_opens_a_room_and_sees_who_is_in_it():
    workspace_projects.begin(table_of(things()), "Things", target="kind", mode="practise")
    at = show(start(), "workshop")
    at = fine(at.radio(key="room_sharing").set_value("shared").run())
    at = fine(button(at, "Open the room").click().run())
    [room] = rooms.listing()
    assert room.code in texts(at) and "Nobody is here yet" in texts(at)
    work()
    ada, bo = (room_lifecycle.join(room, name) for name in ("Ada", "Bo"))
    for person, class_id in ((ada, 0), (bo, 1)):
        annotations.record(room.project, [{"row": 3, "action": "label", "class": class_id}], annotator=person.nickname)
    at = fine(at.run())
    assert [metric.value for metric in at.metric] == ["2", "2", "50%", "0.00"]
    assert "1 row in dispute." in texts(at) and "Row 3:" in texts(at)
    at = fine(at.button(key="settle_3_1").click().run())
    assert "No row that several people have labelled is in dispute. 1 settled." in texts(at)
    at = fine(button(at, "Close the room").click().run())
    assert rooms.get(room.id).closed is not None and "The room is closed" in texts(fine(at.run()))


# ---- labels and models that travel ----------------------------------------------------------------------------------


def test_labels_are_imported_with_a_look_at_what_contradicts(trained):
    at = start(trained)
    show(at, "data")
    before = annotations.labels(trained)
    said = pd.DataFrame({"row": [0, 1, 20, 21, 22, 99], "label": ["big", "big", "big", "small", ODD, "big"]})
    picker = next(one for one in at.file_uploader if one.label == "The file with labels")
    fine(picker.upload("Bo's labels.csv", said.to_csv(index=False).encode(), "text/csv").run())
    assert [one.value for one in at.metric] == ["3", "1", "1", "1"]  # new, the same, in conflict, not found
    assert [one.value.to_numpy().tolist() for one in at.dataframe] == [[[1, "small", "big"]]]
    assert "99" in texts(at)
    assert ODD in "".join(one.value for one in at.text)  # shown as typed
    for question, answer, count in (
        ("What shall become of them?", "Add them as classes", 3),
        ("Where they contradict", "Take the file's labels", 4),
        ("What shall become of them?", "Leave their rows out", 3),
    ):
        fine(next(one for one in at.radio if one.label == question).set_value(answer).run())
        assert button(at, f"Import {count} labels")
    fine(button(at, "Import 3 labels").click().run())
    assert "3 labels were imported into Things" in "".join(one.value for one in at.success)
    after = annotations.labels(trained)
    big, small = 0, 1
    assert {row: given for row, given in after.items() if before.get(row) != given} == {1: big, 20: big, 21: small}
    assert "Bo's labels.csv" in (annotations.current(trained)[20].reason or "")
    corrections.undo(projects.get(trained))
    assert annotations.labels(trained) == before


def test_new_rows_are_predicted_by_a_worker_and_bad_ones_refused(trained):
    at = start(trained)
    show(at, "export")
    rows = things().drop(columns="kind").head(5)
    [picker] = at.file_uploader
    fine(picker.upload("bad.csv", rows.drop(columns="size").to_csv(index=False).encode(), "text/csv").run())
    assert "bad.csv lacks the column" in "".join(one.value for one in at.error).replace("\\", "")
    fine(at.file_uploader[0].upload("rows.csv", rows.to_csv(index=False).encode(), "text/csv").run())
    assert "being predicted" in texts(at)
    work()
    fine(at.run())
    assert "5 rows predicted" in texts(at)
    assert {"Predictions", "Local weights", "Report", "Model file", "Network as ONNX"} <= {
        one.proto.label for one in at.get("download_button")
    }
    assert at.dataframe[0].value.columns[:2].tolist() == ["row", "size"]


def test_an_answer_that_a_browser_sends_twice_is_stored_once():
    """As a field does that commits its choice when it is left, and once more for the click that left it."""
    project = projects.get(begin())

    def page(project_id: str) -> None:
        from dami.store import annotations, projects
        from dami.ui.explore import answers

        there = projects.get(project_id)
        for _ in range(2):
            answers.label_rows(there, [3], 1, 0)
        answers.label_rows(there, [3], 1, annotations.last_event(project_id))  # once more, knowingly

    fine(AppTest.from_function(page, args=(project.id,)).run())
    assert [(e.row, e.class_id) for e in annotations.events(project.id)] == [(3, 1), (3, 1)]


def test_a_field_that_comes_back_with_what_it_showed_answers_nothing(trained):
    """A browser's message may cross the run in which its field has left the page: to the server, its value is new."""
    for class_id, saw in ((0, 10_000), (1, 0)):  # the second answer is given without sight of the first
        annotations.record(trained, [{"action": "label", "row": 30, "class": class_id, "saw": saw, "source": "human"}])
    at = show(start(trained), "explore")
    sent_before = WidgetStates(widgets=[at.selectbox(key="correct_30")._widget_state])
    corrections.confirm(projects.get(trained), 30)
    fine(at.run())
    assert "correct_30" not in {box.key for box in at.selectbox}
    fine(at._run(sent_before))
    assert [(e.action, e.class_id) for e in annotations.events(trained)[-2:]] == [("label", 1), ("label", 1)]
    assert sum(e.row == 30 for e in annotations.events(trained)) == 3


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


# ---- the network and its rivals -------------------------------------------------------------------------------------


def with_more_labels(project: str, n: int = 24) -> None:
    """Labels enough for a comparison, and a network trained on them."""
    items = [{"action": "label", "row": row, "class": row % 2, "source": "human"} for row in range(12, n)]
    annotations.record(project, items)
    rounds.start(project)
    work()


def with_better_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the random forest were better beyond doubt, and boosting too, but less."""
    gains = {"logistic regression": -0.05, "random forest": 0.06, "gradient boosting": 0.03}
    differences = tuple(Difference(name, gain, gain - 0.02, gain + 0.02) for name, gain in gains.items())
    scores = tuple(Score(name, 0.7, 0.65, 0.6) for name in ("network", *gains))
    monkeypatch.setattr(rivals_job, "compare", lambda *_: Standings(24, 24, scores, differences))


def rivals_table(at: AppTest) -> pd.DataFrame:
    return next(one.value for one in at.table if "log loss" in one.value.columns)


def test_the_model_page_says_how_many_labels_a_comparison_with_rivals_needs(trained):
    at = show(start(trained), "model")
    assert "Is this network the right model here?" in texts(at)
    assert "A comparison needs 20 labelled rows" in texts(at) and "12 rows are labelled now" in texts(at)
    assert not [one for one in at.button if one.key == "rivals_start"]


def test_a_network_is_compared_with_its_rivals_on_the_model_page(trained, small_rivals):
    with_more_labels(trained)
    at = show(start(trained), "model")
    seen = news.marks(projects.get(trained))
    at = fine(at.button(key="rivals_start").click().run())
    assert "Network 2 is being compared" in texts(at)
    [job] = [job for job in jobs.active(trained) if job.lane == "batch"]
    at = fine(at.button(key="rivals_stop").click().run())
    assert jobs.get(job.id).state == "cancelled" and "Stopped before it was finished." in texts(at)
    at = fine(at.button(key="rivals_start").click().run())
    work("batch")
    assert news.marks(projects.get(trained))["work"] != seen["work"]  # so that the page is drawn again
    at = fine(at.run())
    found = rivals_job.standings(projects.get(trained), 2)
    assert "24 labelled rows" in found.sentence
    assert plain(found.sentence) in texts(at).replace("\N{NO-BREAK SPACE}", " ")
    table = rivals_table(at)
    assert table["model"].tolist() == ["network", *RIVALS, JOINT]
    assert [one.replace("\\", "") for one in table["accuracy"]] == [f"{one.accuracy:.1%}" for one in found.scores]
    assert "no random sample" in texts(at)
    assert not [one for one in at.button if str(one.key).startswith("rivals")]
    assert found.instead == JOINT and f"the predictions of the {JOINT} instead" in texts(at)
    exported = texts(show(at, "export"))
    assert f"Other predictions: {JOINT}" in exported and "err on different rows" in exported


def test_standings_of_an_older_network_are_said_to_be_so(trained, monkeypatch):
    with_better_forest(monkeypatch)
    with_more_labels(trained)
    rivals_job.start(projects.get(trained))
    work("batch")
    rounds.start(trained)
    work()
    at = show(start(trained), "model")
    assert "of network 2, an older one: network 3 has not been compared" in "".join(one.value for one in at.warning)
    assert at.button(key="rivals_start") and "instead" not in texts(at)
    at = show(at, "export")
    assert "It was compared with network 2. Network 3 is newer and has not been compared" in texts(at)
    assert "With its predictions, as CSV" not in [one.proto.label for one in at.get("download_button")]


def test_a_comparison_with_rivals_that_fails_says_why(trained, monkeypatch):
    with_more_labels(trained)
    job = rivals_job.start(projects.get(trained))
    jobs.claim("batch")
    jobs.fail(job, "It was <b> dark.")
    at = show(start(trained), "model")
    assert plain("It was <b> dark.") in [one.value for one in at.error] and at.button(key="rivals_start")


def test_a_better_rival_is_offered_on_export_beside_the_network_and_never_in_its_place(trained, monkeypatch):
    with_better_forest(monkeypatch)
    with_more_labels(trained)
    at = show(start(trained), "export")
    assert "Other predictions" not in texts(at)
    rivals_job.start(projects.get(trained))
    work("batch")
    at = show(at, "model")
    assert "the random forest is 6.0 points better" in texts(at).replace("\\", "")
    assert "you may export the predictions of the random forest instead" in texts(at)
    at = show(at, "export")
    labels_of = [one.proto.label for one in at.get("download_button")]
    assert labels_of.index("Table as CSV") < labels_of.index("With its predictions, as CSV")
    assert "With its predictions, as Parquet" in labels_of
    assert "Other predictions: random forest" in texts(at) and "err on different rows" not in texts(at)
    assert "Local models, maps and model files remain the network's" in texts(at)


# ---- what the registries hold ---------------------------------------------------------------------------------------


def test_boxes_for_uploads_take_all_that_is_read(trained, monkeypatch):
    monkeypatch.setitem(READERS, ".bars", Reader("Bars", READERS[".csv"].read))
    at = start(trained)
    shown = show(at, "data").file_uploader
    assert ", Bars), or a project file" in shown[0].label
    assert [[*one.proto.type] for one in shown] == [[*READERS, ".zip"], [*READERS], [*READERS]]
    [new_rows] = show(at, "export").file_uploader
    assert {".tab", ".xlsm", ".pq", ".arrow", ".bars"} <= {*new_rows.proto.type} == {*READERS}
    assert len(upload(show(start(), "data"), "table.bars", b"a,b\n1,2\n2,x\n").error) == 0


def test_an_exporter_gets_its_button_by_itself(trained, monkeypatch):
    lacking = "There is nothing <b> yet."
    made = Preparation("Prepare the list", lambda project: False, lambda project: None)
    rows = Exporter("Number of rows", "rows.txt", "text/plain", lambda project: b"40", section="send")
    monkeypatch.setitem(EXPORTERS, "rows", rows)
    monkeypatch.setitem(EXPORTERS, "lacks", replace(rows, title="Lacks", section="project", missing=lambda _: lacking))
    monkeypatch.setitem(EXPORTERS, "waits", replace(rows, title="Waits", section="network", preparation=made))
    at = show(start(trained), "export")
    downloads = [one.proto.label for one in at.get("download_button")]
    assert downloads.index("Report") < downloads.index("Number of rows") < downloads.index("Project file")
    assert not {"Lacks", "Waits"} & {*downloads} and button(at, "Prepare the list")
    assert button(at, "Lacks").disabled and button(at, "Lacks").help == plain(lacking)


def test_an_exporter_that_fails_says_so_on_its_button_and_the_others_stay(project, monkeypatch):
    def fail(project):
        raise ProjectError("The exporter “fails” of the package <b> failed.")

    rows = Exporter("Fails", "rows.txt", "text/plain", lambda project: b"40", section="project", missing=fail)
    monkeypatch.setitem(EXPORTERS, "fails", rows)
    made = Preparation("Prepare", fail, fail)
    monkeypatch.setitem(EXPORTERS, "too", replace(rows, title="Too", preparation=made))
    at = show(start(project), "export")
    assert {button(at, title).help for title in ("Fails", "Too")} == {
        plain("The exporter “fails” of the package <b> failed.")
    }
    assert button(at, "Fails").disabled and button(at, "Too").disabled
    assert {"Project file", "Annotation log"} <= {one.proto.label for one in at.get("download_button")}


def test_the_export_page_before_anything_is_trained_offers_what_there_is(project):
    at = show(start(project), "export")
    downloads = [one.proto.label for one in at.get("download_button")]
    assert {"Table as CSV", "Table as Parquet", "Report", "Project file", "Annotation log"} <= {*downloads}
    assert not {"Replay", "Model file", "Network as ONNX"} & {*downloads}
    assert button(at, "Replay").disabled and button(at, "Replay").help == plain("There is no label or no map yet.")
    assert "Not trained yet." in texts(at) and not [one for one in at.button if "Prepare" in one.label]


def test_what_is_wrong_with_a_package_is_said_on_data(project, monkeypatch):
    sentence = (
        "The reader “.bad” of the package <b>bad</b> 1.2 is left out: it is broken. Update or remove the package."
    )
    monkeypatch.setitem(READERS.broken, ".bad", sentence)
    assert [one.value for one in show(start(project), "data").warning] == [plain(sentence)]


def test_a_project_whose_strategy_is_gone_can_be_opened_and_takes_another_one(trained, monkeypatch):
    projects.change(trained, strategy="of-a-package")
    at = show(start(trained), "label")
    assert "no strategy 'of\\-a\\-package'" in at.warning[0].value and sent(at, "pad")["queue"]
    for page in PAGES:
        show(at, page)
    rounds.start(trained)
    with pytest.raises(ModelError, match="no strategy 'of-a-package'; there are dami, "):
        work()
    at = show(at, "label")
    fine(at.radio(key=f"strategy_{trained}").set_value("random").run())
    assert projects.get(trained).strategy == "random"


def test_a_project_file_whose_strategy_is_not_here_is_labelled_once_another_one_is_chosen(trained):
    projects.change(trained, strategy="of-a-package")
    opened = project_file.unpack(project_file.pack(projects.get(trained)))
    with pytest.raises(ModelError, match="no strategy 'of-a-package'; there are dami, "):
        work()
    at = show(start(opened.id), "label")
    assert "no strategy 'of\\-a\\-package'" in at.warning[0].value
    fine(at.radio(key=f"strategy_{opened.id}").set_value("random").run())
    work()
    assert sent(show(at, "label"), "pad")["queue"] and projects.get(opened.id).strategy == "random"

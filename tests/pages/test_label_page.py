"""The Label page and the Model page: keys, maps, training, strategies."""

import base64
import json
import re
from dataclasses import replace
from urllib.parse import quote

import numpy as np
import pytest
from app_client import (
    ODD,
    begin,
    button,
    fine,
    send,
    sent,
    show,
    start,
    table_of,
    texts,
    things,
    unfold,
    work,
)

from dami.store import annotations, classes, jobs, models, projects
from dami.ui import news
from dami.ui.elements import plain
from dami.workspace.exploring import maps
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects import edit_classes
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.training import reliability, rounds


def test_keys_are_committed_acknowledged_and_the_round_begins(cold):
    at = show(start(cold), "label")
    pad = sent(at, "pad")
    for route in ("rows", "search", "truth", "guess", "near-duplicates"):  # of tests/test_server.py
        assert pad[route.replace("-", "_") + "_url"] == f"/dami/p/{cold}/{route}"
    queue = [entry["row"] for entry in pad["queue"]]
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


def test_the_curves_of_the_advice_are_sent_to_who_opens_them(trained):
    at = show(start(trained), "label")
    assert "What would make the advice better" not in texts(at) and not at.get("plotly_chart")
    at = unfold(at, "stopping_why")
    assert "What would make the advice better" in texts(at) and at.get("plotly_chart")


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


def test_a_cell_is_labelled_and_taken_back_as_one(trained):
    before = annotations.labels(trained)
    row = next(row for row in range(40) if row not in before)
    at = show(start(trained), "explore")
    at = fine(at.number_input(key="explore_row").set_value(row).run())
    at = fine(next(group for group in at.button_group if group.key == "explore_view").set_value("Cell").run())
    assert "rows nearest to row" in texts(at)
    at = fine(next(box for box in at.selectbox if box.label.startswith("Class for all")).select(1).run())
    at = fine(next(one for one in at.button if re.match(r"Label \d+ rows?$", one.label)).click().run())
    after = annotations.labels(trained)
    assert after[row] == 1 and before.items() <= after.items()
    at = fine(button(at, "Undo").click().run())
    assert annotations.labels(trained) == before
    fine(button(at, "Redo").click().run())
    assert annotations.labels(trained) == after


def another_round(project):
    items = [{"action": "label", "row": row, "class": row % 2, "source": "human"} for row in range(12, 22)]
    annotations.record(project, items)
    rounds.start(project)
    work()


def test_a_held_map_stays_until_it_is_let_go_and_shows_what_a_round_changed(trained):
    at = show(start(trained), "label")
    before = sent(at, "map")["positions"]
    fine(next(toggle for toggle in at.toggle if toggle.key == f"hold_{trained}").set_value(True).run())
    another_round(trained)
    work("map")
    at = show(at, "label")
    changed = models.latest(trained).summary.changed
    assert f"The last round changed {changed.rows} of 40 predictions" in texts(at)
    held = sent(at, "map")
    assert held["positions"] == before and held["caption"].startswith("Held")
    for by in ("changed", "confidence"):
        at = fine(next(group for group in at.button_group if group.key == "label_color").set_value(by).run())
        assert f"by={by}" in sent(at, "map")["colors"]["url"]
    at = fine(next(toggle for toggle in at.toggle if toggle.key == f"hold_{trained}").set_value(False).run())
    now = sent(at, "map")
    assert now["positions"] != before and "Held" not in now["caption"]


def test_an_audit_is_drawn_asked_first_judged_and_released(trained):
    another_round(trained)
    at = unfold(show(start(trained), "label"), "stopping_why")
    at = fine(at.number_input(key="audit_size").set_value(3).run())
    at = fine(button(at, "Draw an audit").click().run())
    assert "Audit: 0 of 3 rows judged" in texts(at)
    asked = sent(at, "pad")["queue"][:4]
    assert [bool(entry.get("audit")) for entry in asked] == [True, True, True, False]
    items = [
        {"seq": k, "action": "label", "row": entry["row"], "class": entry["row"] % 2, "source": "human"}
        for k, entry in enumerate(asked[:3], 1)
    ]
    at = send(at, "pad", {"outbox": {"client": "tab", "items": items}})
    assert "Audit: the network is right on" in texts(show(at, "label"))
    at = fine(button(at, "Release the rows").click().run())
    assert "Audit: the network" not in texts(at) and button(at, "Draw an audit")


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
    before = at.selectbox[0].id
    at = fine(guesses.set_value(True).run())
    assert at.selectbox[0].id == before  # a browser closes an open list that becomes another one
    at = fine(at.selectbox[0].select(by).run())
    assert f"/colors?by={quote(by)}&" in sent(at, "explore_map")["colors"]["url"]
    frame = things()
    if "size" in by:
        at = fine(at.selectbox[1].select("size").run())
        at = fine(at.slider[0].set_range(0.5, 2.5).run())
        kept = frame["size"].between(0.5, 2.5)
    else:
        at = fine(at.selectbox[1].select("color").run())
        assert not sent(at, "explore_map")["greyed"]
        at = fine(at.multiselect[0].select("red").run())
        kept = frame["color"] == "red"
    greyed = np.frombuffer(base64.b64decode(sent(at, "explore_map")["greyed"]), np.uint8)
    assert np.unpackbits(greyed, bitorder="little")[:40].tolist() == (~kept).astype(int).tolist() and kept.any()
    at = fine(next(toggle for toggle in at.toggle if "guesses" in toggle.label).set_value(False).run())
    assert at.selectbox[0].value == (by if by[0] in "dc" and by != "confidence" else "label")


def test_a_class_that_is_spelled_like_another_is_asked_about(cold):
    at = show(start(cold), "label")

    def add(name):
        fine(button(at, "Edit classes").click().run())
        at.text_input(key="class_new").input(name)
        fine(button(at, "Add").click().run())
        fine(button(at, "Edit classes").click().run())
        return [entry.name for entry in classes.list_classes(cold)]

    assert add("Big") == ["big", "small"] and any("“Big” and “big”" in one.value for one in at.warning)
    fine(button(at, "Two: Big as well").click().run())
    assert [entry.name for entry in classes.list_classes(cold)] == ["big", "small", "Big"]
    assert add(" SMALL ")[3:] == []
    fine(button(at, "One class: small").click().run())
    assert add("caf\u00e9")[3:] == ["caf\u00e9"] and not at.warning
    assert add("cafe\u0301")[4:] == [] and "already" in at.error[0].value


def test_a_class_is_explained_merged_and_parted_again(cold):
    edit_classes.add(projects.get(cold), "owl")
    annotations.record(cold, [{"row": row, "action": "label", "class": row} for row in range(3)])
    at = show(start(cold), "label")

    def edit():
        return fine(button(at, "Edit classes").click().run())

    edit()
    fine(at.text_input(key="class_guideline_2").input("It hoots.").run())
    edit()
    assert [one.value for one in at.text if "label" in one.value] == ["1 label", "1 label", "1 label"]
    fine(at.selectbox(key="class_into_2").select("small").run())
    assert [one["name"] for one in sent(at, "pad")["classes"]] == ["big", "small"]
    edit()
    assert "owl counts as small" in texts(at)
    assert [one.value for one in at.text if "label" in one.value] == ["1 label", "2 labels"]
    fine(button(at, "Part owl again").click().run())
    assert [one["name"] for one in sent(at, "pad")["classes"]] == ["big", "small", "owl"]
    edit()
    assert at.text_input(key="class_guideline_2").value == "It hoots."

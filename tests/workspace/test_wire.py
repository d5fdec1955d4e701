"""What the browser gets is what its scripts' types say: names and kinds, of real answers."""

import pytest
from wire_types import misfits

from dami.workspace.annotating import audit_sample, model_guess, near_duplicates, pad, row_cards
from dami.workspace.annotating.pad_wire import Card, Hit, ModelGuess, NearDuplicates, PadData
from dami.workspace.exploring import maps
from dami.workspace.exploring.map_wire import MapData


def check(value, hint):
    assert list(misfits(value, hint)) == []


@pytest.fixture
def labeled(desk, frame, once):
    """A project with a network, a note, a row put off, one discarded, one taken back, and an audit."""
    return once(lambda: make(desk, frame))


def make(desk, frame):
    project = desk.begin(frame)
    desk.work(project)
    rows = desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    asked = [entry["row"] for entry in pad.pad(project.id)["queue"]]
    desk.press(project, [{"row": rows[0], "action": "note", "note": "odd"}])
    desk.press(
        project, [{"row": row, "action": action} for row, action in zip(asked, ("later", "discard"), strict=False)]
    )
    desk.press(project, [{"row": asked[2], "class": 0, "model": 1, "step": 13}])
    return project, rows, asked


def test_the_pads_data(labeled):
    project, _, _ = labeled
    check(pad.pad(project.id), PadData)
    audit_sample.draw(project, 3)
    shown = pad.pad(project.id)
    check(shown, PadData)
    assert shown["audit"] and shown["queue"][0]["audit"] and shown["history"]


def test_the_pads_data_before_there_is_a_network(project):
    check(pad.pad(project.id), PadData)


def test_the_answers_to_the_pad(labeled):
    project, rows, asked = labeled
    check(row_cards.cards(project, [rows[0], asked[3]]), list[Card])
    check(row_cards.search(project, str(rows[0])), list[Hit])
    check(model_guess.guess(project, asked[3]), ModelGuess)
    check(near_duplicates.find(project, asked[3]), NearDuplicates)


def test_the_maps_data(labeled):
    project, _, _ = labeled
    shown = maps.data(project, {"url": "/colors", "title": "Age"})
    assert shown["name"] and shown["gone"] and shown["labels"]["rows"]
    check(shown, MapData)


def test_a_misfit_is_found():
    good = {"row": 1, "rows": [2], "why": ""}
    check(good, NearDuplicates)
    for bad in ({**good, "row": None}, {**good, "rows": ["2"]}, {**good, "more": 1}, {"row": 1, "why": ""}):
        assert len(list(misfits(bad, NearDuplicates))) == 1

"""Rooms: who may come in, what a guest sees, what the teacher does."""

import json
from typing import Any

import pytest
from app_client import begin, button, fine, send, sent, show, start, table_of, texts, things, train, work
from streamlit.testing.v1 import AppTest

from dami.store import annotations, projects, rooms
from dami.ui.access import rate_limits, rights
from dami.ui.elements import plain
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.workshop import room_lifecycle
from dami.workspace.workshop.room_lifecycle import open_room


def room_of(**settings: Any) -> Any:
    source = projects.get(begin())
    return open_room(source, "A room", **settings)


def join_as(at: AppTest, code: str, name: str) -> AppTest:
    at.text_input(key="join_code").set_value(code)
    at.text_input(key="join_name").set_value(name)
    return fine(button(at, "Come in").click().run())


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


def test_a_taken_name_is_refused_in_words(elsewhere: None):
    room = room_of()
    join_as(start(), room.code, "<b>Ada</b>")
    at = join_as(start(), room.code, "<b>ADA</b>")
    assert "is called <b>ADA</b> already" in at.error[0].value.replace("\\", "")
    assert [one.nickname for one in rooms.participants(room.id)] == ["<b>Ada</b>"]


def test_own_copies_show_dami_against_random():
    workspace_projects.begin(table_of(things()), "Things", target="kind", mode="practise")
    at = show(start(), "workshop")
    at = fine(at.radio(key="room_sharing").set_value("own").run())
    at = fine(button(at, "Open the room").click().run())
    [room] = rooms.listing()
    for name in ("Ada", "Bo"):
        train(room_lifecycle.join(room, name).project)
    [chart] = fine(at.run()).get("plotly_chart")
    traces = json.loads(chart.proto.spec)["data"]
    assert [trace["name"] for trace in traces if trace.get("showlegend", True)] == ["DAMI", "Random"]


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

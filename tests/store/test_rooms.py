"""Rooms, who is in them, and the rows that they are handed."""

import threading
from contextlib import suppress

import pytest

from dami.errors import ProjectError
from dami.store import annotations, classes, projects, rooms


@pytest.fixture
def common(table):
    return projects.create("A room", table.id, mode="workshop", classes=["a", "b"])


@pytest.fixture
def room(common):
    return rooms.create("A room", common.id, "shared")


def test_a_code_is_short_unmistakable_and_finds_its_room_however_it_is_typed(room, common):
    assert len(room.code) == 6 and set(room.code) <= set(rooms.LETTERS)
    assert not set("O0I1L") & set(rooms.LETTERS)
    assert rooms.by_code(f" {room.code[:3]} {room.code[3:].lower()} ") == room == rooms.get(room.id)
    assert rooms.of_project(common.id) == room
    for code in ("", "XXXXXX", room.id, "%", "' OR 1=1"):
        with pytest.raises(ProjectError, match="No room has this code"):
            rooms.by_code(code)


def test_names_are_taken_whatever_their_case_and_keys_are_not_to_be_guessed(room, common):
    ada = rooms.join(room.id, "Ada", common.id)
    with pytest.raises(ProjectError, match="Somebody here is called ADA already"):
        rooms.join(room.id, "ADA", common.id)
    bo = rooms.join(room.id, "Bo", common.id)
    assert [one.number for one in rooms.participants(room.id)] == [0, 1]
    assert rooms.participant(ada.id) == ada and len(ada.id) >= 20 and ada.id != bo.id
    with pytest.raises(ProjectError, match="belongs to nobody"):
        rooms.participant("nobody")


def test_thirty_people_at_once_come_in_once_each(room, common):
    def come_in(k: int) -> None:
        rooms.join(room.id, f"person {k % 30}", common.id)

    threads = [threading.Thread(target=lambda k=k: _quietly(come_in, k)) for k in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    present = rooms.participants(room.id)
    assert sorted(one.nickname for one in present) == sorted(f"person {k}" for k in range(30))
    assert [one.number for one in present] == list(range(30))


def _quietly(function, *arguments) -> None:
    with suppress(ProjectError):
        function(*arguments)


def test_nobody_comes_into_a_closed_or_full_room(room, common, monkeypatch):
    rooms.close(room.id)
    with pytest.raises(ProjectError, match="closed"):
        rooms.join(room.id, "Ada", common.id)
    rooms.close(room.id, closed=False)
    rooms.join(room.id, "Ada", common.id)
    monkeypatch.setattr(rooms, "MOST_PARTICIPANTS", 1)
    with pytest.raises(ProjectError, match="full"):
        rooms.join(room.id, "Bo", common.id)


def test_rows_stay_with_their_holder_and_are_seen_by_the_next(room, common):
    ada, bo = rooms.join(room.id, "Ada", common.id), rooms.join(room.id, "Bo", common.id)
    assert rooms.hand_out(ada, 1, lambda held: [5, 3], now=10.0) == [5, 3]
    seen = []
    assert rooms.hand_out(bo, 2, lambda held: seen.append(held) or [4], now=20.0) == [4]
    assert [(one.participant, one.row, one.place, one.model, one.given) for one in seen[-1]] == [
        (ada.id, 5, 0, 1, 10.0),
        (ada.id, 3, 1, 1, 10.0),
    ]
    rooms.hand_out(ada, 2, lambda held: [3, 9], now=30.0)
    kept = []
    cy = rooms.join(room.id, "Cy", common.id)
    rooms.hand_out(cy, 2, lambda held: kept.append(held) or [7], now=40.0)
    assert {(one.row, one.model, one.given) for one in kept[-1]} == {(3, 1, 10.0), (9, 2, 30.0), (4, 2, 20.0)}


def test_projects_of_rooms_are_in_no_list_but_the_examiner_s(room, common):
    assert projects.listing() == [] and [one.id for one in projects.listing(rooms=True)] == [common.id]
    assert rooms.listing() == [room]
    assert not rooms.is_copy(common)


def test_a_deleted_room_is_found_no_more_and_purged_with_all_that_hangs_on_it(room, common):
    copy = projects.create("copy", common.table_id, mode="workshop", classes=["a", "b"])
    other = rooms.create("Another", copy.id, "own")
    ada = rooms.join(room.id, "Ada", common.id)
    rooms.hand_out(ada, 0, lambda held: [1, 2])
    annotations.append(common.id, "tab", [{"seq": 1, "row": 1, "action": "label", "class": 0}])
    projects.delete(common.id)
    assert rooms.listing() == [other]
    with pytest.raises(ProjectError):
        rooms.by_code(room.code)
    assert projects.purge(older_than_days=0) == [common.id]
    with pytest.raises(ProjectError):
        rooms.participant(ada.id)
    assert rooms.listing() == [other] and classes.list_classes(copy.id)


@pytest.mark.parametrize("settings", [("ours", 1, ["dami"]), ("own", 0, ["dami"]), ("own", 1, [])])
def test_rooms_that_cannot_be_are_refused(common, settings):
    with pytest.raises(ProjectError, match="A room is for"):
        rooms.create("A room", common.id, *settings)

"""The one table of actions and the one list of columns: what derives from them follows when they grow."""

from dataclasses import asdict
from typing import get_args

import pytest

from dami.store import annotations, projects, schema
from dami.store.events import ACTIONS, COLUMNS, EVIDENCE, MARKS, Action, Meaning

GIVEN = {int | None: 7, float | None: 0.5, str | None: "why"}


@pytest.mark.sqlite
def test_every_action_has_a_meaning():
    assert set(ACTIONS) == set(get_args(Action))
    assert set(MARKS) == {"unsure", "discard"}
    assert [action for action, meaning in ACTIONS.items() if meaning.returns] == ["later"]


@pytest.mark.parametrize("returns", [False, True])
def test_a_new_answer_is_a_row_of_the_table(project, monkeypatch, returns):
    monkeypatch.setitem(ACTIONS, "skip", Meaning("skipped", returns=returns))
    items = [{"seq": 0, "action": "label", "row": 3, "class": 1}, {"seq": 1, "action": "skip", "row": 3}]
    done = annotations.append(project, "tab", items)
    assert not done.refused
    event = annotations.current(project)[3]
    assert event.action == "skip" and event.meaning.decides is not returns
    assert annotations.labels(project) == {}
    annotations.record(project, [{"action": "undo", "undoes": event.id}])
    assert annotations.labels(project) == {3: 1}


def test_evidence_of_every_type_is_kept_also_in_a_copy(project, table):
    other = projects.create("Copy", table.id).id
    told = {name: GIVEN[COLUMNS[name].type] for name in EVIDENCE}
    [event] = annotations.append(project, "tab", [{"seq": 0, "action": "unsure", "row": 3, **told}]).stored
    assert {name: getattr(event, name) for name in EVIDENCE} == told
    assert annotations.events(project) == [event]
    annotations.copy_log(other, annotations.events(project))
    [copied] = annotations.events(other)
    assert asdict(copied) == {**asdict(event), "id": copied.id, "project": other}


@pytest.mark.parametrize("strange", [[], {}, "three", float("nan"), -1.5])
def test_evidence_of_a_wrong_type_is_left_empty(project, strange):
    numbers = [name for name in EVIDENCE if COLUMNS[name].type != str | None]
    told = dict.fromkeys(numbers, strange)
    [event] = annotations.append(project, "tab", [{"seq": 0, "action": "unsure", "row": 3, **told}]).stored
    fits = {name for name in numbers if COLUMNS[name].type == float | None and strange == -1.5}
    assert {name: getattr(event, name) for name in numbers} == {n: -1.5 if n in fits else None for n in numbers}


@pytest.mark.sqlite
def test_a_column_may_be_empty_where_its_type_says_so():
    assert [column.name for column in schema.event.columns] == list(COLUMNS)
    empty = {column.name for column in schema.event.columns if column.nullable}
    assert empty == {*EVIDENCE, "class_id", "undoes", "pressed", "batch", "saw"}

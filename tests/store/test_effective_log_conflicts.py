"""Answers given in ignorance of each other, as the log tells them by what each had seen."""

import pytest

from dami.store import annotations, projects


def answer(project, client, seq, row, saw, **what):
    items = [{"seq": seq, "action": "label", "row": row, "saw": saw, **what}]
    [event] = annotations.append(project, client, items, annotator=client).stored
    return event


def test_a_stale_answer_counts_but_not_in_silence(project):
    ann = answer(project, "ann", 1, 5, 0, **{"class": 0})
    bob = answer(project, "bob", 1, 5, 0, **{"class": 1})  # his tab was asleep when ann answered
    assert annotations.labels(project) == {5: 1}
    assert annotations.conflicts(project) == [(bob, ann)]


def test_who_has_seen_the_answer_corrects_it(project):
    ann = answer(project, "ann", 1, 5, 0, **{"class": 0})
    answer(project, "bob", 1, 5, ann.id, **{"class": 1})
    assert annotations.conflicts(project) == []


def test_an_answer_after_both_settles_it(project):
    answer(project, "ann", 1, 5, 0, **{"class": 0})
    bob = answer(project, "bob", 1, 5, 0, **{"class": 1})
    answer(project, "ann", 2, 5, bob.id, **{"class": 1})
    assert annotations.conflicts(project) == []


def test_taking_either_back_settles_it_and_a_redo_brings_it_again(project):
    ann = answer(project, "ann", 1, 5, 0, **{"class": 0})
    bob = answer(project, "bob", 1, 5, 0, **{"class": 1})
    [undo] = annotations.record(project, [{"action": "undo", "undoes": ann.id}]).stored
    assert annotations.conflicts(project) == []
    annotations.record(project, [{"action": "undo", "undoes": undo.id}])
    assert annotations.conflicts(project) == [(bob, ann)]


@pytest.mark.parametrize(
    "second",
    [
        {"client": "bob", "class": 0},  # the same answer: they agree
        {"client": "ann", "class": 1},  # the same tab, whose own last answer the server had not told it yet
        {"client": "bob", "class": 1, "row": 6},
        {"client": "bob", "class": 1, "saw": None},  # an outbox from before tabs told what they saw
    ],
)
def test_no_conflict(project, second):
    answer(project, "ann", 1, 5, 0, **{"class": 0})
    told = {"row": 5, "saw": 0} | second
    answer(project, told.pop("client"), 2, **told)
    assert annotations.conflicts(project) == []


def test_a_row_put_off_is_no_answer_to_lose_but_a_label_put_off_is(project):
    answer(project, "ann", 1, 5, 0, action="later")
    answer(project, "bob", 1, 5, 0, **{"class": 1})
    assert annotations.conflicts(project) == []
    label = answer(project, "ann", 2, 6, 0, **{"class": 1})
    later = answer(project, "bob", 2, 6, 0, action="later")
    assert annotations.conflicts(project) == [(later, label)]


def test_two_people_on_pages_of_the_server(project):
    [first] = annotations.record(project, [{"row": 5, "action": "label", "class": 0, "saw": 0}]).stored
    [second] = annotations.record(project, [{"row": 5, "action": "label", "class": 1, "saw": 0}]).stored
    assert annotations.conflicts(project) == [(second, first)]


def test_a_copied_log_knows_what_was_seen_by_the_ids_that_it_has_there(project, table):
    answer(project, "ann", 1, 1, 0, **{"class": 0})
    known = answer(project, "ann", 2, 5, 0, **{"class": 0})
    answer(project, "bob", 1, 5, known.id, **{"class": 1})
    answer(project, "ann", 3, 7, known.id, **{"class": 0})
    answer(project, "bob", 2, 7, known.id, **{"class": 1})
    log = annotations.events(project)
    copy = projects.create("Copy", table.id, classes=["cat", "dog", "owl"]).id
    other = projects.create("Other", table.id, classes=["cat"]).id  # ids of the copy are not those of the log
    annotations.record(other, [{"row": row, "action": "label", "class": 0} for row in range(9)])
    annotations.copy_log(copy, log)
    assert annotations.labels(copy) == annotations.labels(project)
    [(stands, unseen)] = annotations.conflicts(copy)
    assert (stands.client, unseen.client, stands.row) == ("bob", "ann", 7)
    copied = annotations.events(copy)
    place = {event.id: at for at, event in enumerate(copied)}
    there = {event.id: at for at, event in enumerate(log)}
    assert [place.get(e.saw, -1) for e in copied] == [there.get(e.saw, -1) for e in log]

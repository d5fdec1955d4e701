"""Rows of a shared table are handed out so that nobody labels what another does, unless that is wanted."""

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.store.records import Event, Handout
from dami.workspace.workshop.handouts import AHEAD, KEPT, PATIENCE, Answers, answers, deal
from dami.workspace.workshop.room_lifecycle import TEACHER

NOW = 1000.0


def said(by_row=None, mine=(), back=(), heard=None) -> Answers:
    return Answers(by_row or {}, set(mine), list(back), heard or {})


def handout(who: str, row: int, place: int = 0, model: int = 1, given: float = NOW) -> Handout:
    return Handout(who, who, row, place, model, given)


def dealt(held, me="ada", by=None, picks=range(100), model=1, overlap=1, now=NOW) -> list[int]:
    return deal(held, me, by or said(), list(picks), model, overlap, now)


def test_the_network_s_picks_come_in_its_order_without_what_others_have():
    assert dealt([], picks=[7, 3, 9, 1, 5]) == [7, 3, 9, 1, 5]
    held = [handout("bo", 7), handout("bo", 9)]
    assert dealt(held, picks=[7, 3, 9, 1, 5]) == [3, 1, 5]
    assert dealt(held, picks=[7, 3, 9, 1, 5], by=said({3: {"bo"}})) == [1, 5]


def test_rows_stay_with_their_holder_two_of_them_when_another_network_asks():
    held = [handout("ada", row, place) for place, row in enumerate([4, 8, 2, 6])]
    assert dealt(held, picks=[1, 3]) == [4, 8, 2, 6]
    assert dealt(held, picks=[1, 3, 5], model=2) == [4, 8, 1, 3, 5]
    assert KEPT == 2


def test_with_overlap_begun_rows_come_first_and_nobody_gets_one_twice():
    by = said({5: {"bo"}, 6: {"bo", "cy"}, 7: {"ada"}}, mine={7})
    assert dealt([], by=by, picks=[0, 1, 2, 3], overlap=2) == [5, 0, 1, 2, 3]
    assert dealt([handout("cy", 5)], by=by, picks=[0, 1, 2, 3], overlap=2) == [0, 1, 2, 3]
    assert dealt([handout("cy", 5)], by=by, picks=[0, 1], overlap=3) == [5, 6, 0, 1]


def test_the_rows_of_who_is_silent_go_to_others_but_not_of_who_still_answers():
    held = [handout("bo", 0, given=NOW - PATIENCE - 1), handout("cy", 1, given=NOW - PATIENCE - 1)]
    assert dealt(held, by=said(heard={"cy": NOW - 5}), picks=[0, 1, 2]) == [0, 2]


def test_what_was_settled_is_asked_no_more():
    held = [handout("ada", 4, 0), handout("ada", 5, 1)]
    assert dealt(held, by=said({4: {TEACHER}, 6: {"bo", TEACHER}}), picks=[6, 7], overlap=5) == [5, 7]


def event(number, row, action, who, undoes=None) -> Event:
    fields = dict.fromkeys(Event.__slots__)
    given = {"id": number, "project": "p", "client": who, "seq": number, "row": row, "action": action, "annotator": who}
    return Event(
        **{**fields, **given, "class_id": 0, "note": "", "undoes": undoes, "source": "human", "committed": number}
    )


def test_answers_tell_who_has_said_what_and_what_comes_back():
    log = [
        event(1, 10, "label", "ada"),
        event(2, 10, "unsure", "bo"),
        event(3, 11, "later", "ada"),
        event(4, 12, "later", "ada"),
        event(5, 13, "note", "ada"),
        event(6, 14, "discard", "cy"),
    ]
    taken_back = [event(7, 20, "undo", "ada"), event(8, 10, "undo", "ada"), event(9, 21, "undo", "ada")]
    found = answers(log, "ada", through_event=3, undos=taken_back)
    assert found.by_row == {10: {"ada", "bo"}, 14: {"cy"}}
    assert found.mine == {10, 12}  # put off in this round: not before the next
    assert found.back == [21, 20, 11]  # row 10 was answered again
    assert found.heard == {"ada": 5, "bo": 2, "cy": 6}


def test_more_rows_come_when_few_are_left_and_what_comes_back_is_first():
    held = [handout("ada", row, place) for place, row in enumerate([4, 8, 2, 6])]
    assert dealt(held, by=said({4: {"ada"}}, mine={4})) == [8, 2, 6]
    assert dealt(held, by=said({4: {"ada"}, 8: {"ada"}}, mine={4, 8})) == [2, 6, 0, 1, 3, 5]
    assert dealt(held, by=said(back=[9])) == [9, 4, 8, 2, 6]
    assert dealt(held, by=said({9: {"bo"}}, back=[9])) == [4, 8, 2, 6]


@given(n_people=st.integers(1, 8), overlap=st.integers(1, 4), n_rows=st.integers(1, 60), seed=st.integers(0, 10**6))
def test_a_whole_workshop_gives_no_row_to_more_people_than_wanted_and_leaves_none(n_people, overlap, n_rows, seed):
    """People answer in any order, and put off or take back now and then; networks change; nobody is silent."""
    rng = random.Random(seed)
    people = [f"p{k}" for k in range(n_people)]
    held: dict[str, list[Handout]] = {who: [] for who in people}
    done: dict[int, list[str]] = defaultdict(list)
    model, wanted = 1, min(overlap, n_people)
    for _ in range(40 * n_people * n_rows):
        who = rng.choice(people)
        if rng.random() < 0.05:
            model += 1
        by = said({row: set(ones) for row, ones in done.items()}, {row for row, ones in done.items() if who in ones})
        picks = [row for row in rng.sample(range(n_rows), n_rows) if not done[row]]  # as a network: none with a label
        rows = deal([one for ones in held.values() for one in ones], who, by, picks, model, overlap, NOW)
        assert len(rows) <= AHEAD and len(set(rows)) == len(rows)
        before = {one.row: one for one in held[who]}
        held[who] = [before.get(row) or handout(who, row, model=model) for row in rows]
        held[who] = [Handout(who, who, one.row, k, one.model, one.given) for k, one in enumerate(held[who])]
        about = Counter(one.row for ones in held.values() for one in ones if one.participant not in done[one.row])
        for row, ones in done.items():
            about[row] += len(ones)
        assert all(count <= overlap for count in about.values())
        if rows:
            assert who not in done[rows[0]]
            done[rows[0]].append(who)
        elif sum(map(len, done.values())) == wanted * n_rows:
            break
    assert all(len(done[row]) == wanted for row in range(n_rows))
    for who in people:
        by = said({row: set(ones) for row, ones in done.items()}, {row for row, ones in done.items() if who in ones})
        assert deal([one for ones in held.values() for one in ones], who, by, [], model, overlap, NOW) == []


@pytest.mark.parametrize("overlap", [1, 2])
def test_no_network_no_rows_left_or_nobody_else_are_fine(overlap):
    assert dealt([], picks=[], overlap=overlap) == []
    assert dealt([], picks=[3], overlap=overlap) == [3]

"""Batches, redo and notes, against a replay of the log that is slow and plain."""

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.errors import ProjectError
from dami.store import annotations, audits, classes, projects, tables
from dami.store.effective_log import EffectiveLog
from dami.store.records import Event


def item(row, class_id=0, **more):
    return {"row": row, "action": "label", "class": class_id, **more}


def undo(event):
    return {"row": None, "action": "undo", "undoes": event.id}


def test_a_batch_is_undone_and_redone_as_one(project):
    [first] = annotations.record(project, [item(3, 1)]).stored
    batch = annotations.record(project, [item(row, 2) for row in (3, 4, 5)], batch=True).stored
    assert len({event.batch for event in batch}) == 1 and batch[0].batch and first.batch is None
    assert annotations.labels(project) == {3: 2, 4: 2, 5: 2}
    [back] = annotations.record(project, [undo(batch[1])]).stored
    assert annotations.labels(project) == {3: 1}
    assert annotations.redoable(project) == [(back, batch[1])]
    assert annotations.history(project) == [first]
    annotations.record(project, [undo(back)])
    assert annotations.labels(project) == {3: 2, 4: 2, 5: 2}
    assert annotations.redoable(project) == []


def test_two_batches_at_once_are_two(project):
    one, two = (annotations.record(project, [item(1), item(2)], batch=True).stored[0].batch for _ in range(2))
    assert one != two


def test_a_pad_names_its_own_batches_and_repeats_them(project):
    sent = [{**item(row), "seq": row, "batch": "tab:1"} for row in (1, 2)]
    assert len(annotations.append(project, "tab", sent).stored) == 2
    assert annotations.append(project, "tab", sent).repeated == [1, 2]
    other = [{**sent[0], "batch": "tab:9"}]
    assert annotations.append(project, "tab", other).refused[0].conflict
    [refused] = annotations.append(project, "tab", [{**item(1), "seq": 8, "batch": "a\nb"}]).refused
    assert "no proper name" in refused.reason


def test_ten_thousand_rows_are_one_batch_and_one_undo(project):
    stored = annotations.record(project, [item(row % 1000) for row in range(10_000)], batch=True).stored
    assert len(annotations.labels(project)) == 1000
    annotations.record(project, [undo(stored[-1])])
    assert annotations.labels(project) == {}


def test_undos_can_be_redone_back_to_the_first_until_something_new_comes(project):
    stored = [annotations.record(project, [item(row)]).stored[0] for row in range(4)]
    undos = [annotations.record(project, [undo(event)]).stored[0] for event in reversed(stored)]
    assert annotations.labels(project) == {}
    assert annotations.redoable(project) == list(zip(reversed(undos), stored, strict=True))
    assert annotations.redoable(project, 2) == list(zip(reversed(undos), stored, strict=True))[:2]
    annotations.record(project, [undo(undos[-1])])
    assert annotations.labels(project) == {0: 0}
    assert [event for _, event in annotations.redoable(project)] == stored[1:]
    annotations.record(project, [item(9)])
    assert annotations.redoable(project) == []


def test_notes_stay_beside_the_answers(project):
    annotations.record(project, [item(4, note="with a label"), {"row": 5, "action": "note", "note": "odd"}])
    assert annotations.notes(project) == {4: "with a label", 5: "odd"}
    assert annotations.labels(project) == {4: 0} and set(annotations.current(project)) == {4}
    [second] = annotations.record(project, [{"row": 4, "action": "note", "note": "better"}]).stored
    annotations.record(project, [item(4, 1)])
    assert annotations.notes(project)[4] == "better"
    annotations.record(project, [undo(second)])
    assert annotations.notes(project)[4] == "with a label"
    annotations.record(project, [{"row": 5, "action": "note", "note": ""}])
    assert 5 not in annotations.notes(project)
    assert len(annotations.history(project)) == 4


def test_a_label_given_twice_in_a_row_is_confirmed(project):
    annotations.record(project, [item(1, 0), item(2, 0), item(2, 1), item(3, 0)])
    annotations.record(project, [{"row": 1, "action": "note", "note": "sure"}, item(1, 0), item(2, 1)])
    assert annotations.confirmed(project) == {1, 2}
    [last] = annotations.record(project, [item(2, 0)]).stored
    assert annotations.confirmed(project) == {1}
    annotations.record(project, [undo(last)])
    assert annotations.confirmed(project) == {1, 2}


def naive(events):
    """Effective answers and notes, by looking at the whole log from its end: youngest undos decide first."""
    off = set()
    for event in reversed(events):
        if event.action == "undo" and event.id not in off:
            target = next(e for e in events if e.id == event.undoes)
            same = [e for e in events if e.id < event.id and target.batch is not None and e.batch == target.batch]
            off |= {e.id for e in same or [target]}
    kept = [e for e in events if e.id not in off and e.action != "undo"]
    current = {e.row: e for e in kept if e.action != "note"}
    notes = {e.row: e for e in kept if e.action == "note" or e.note}
    redo = []
    for event in reversed(events):
        if event.action != "undo":
            break
        target = next(e for e in events if e.id == event.undoes)
        if event.id not in off and target.action != "undo":
            redo.append((event, target))
    return kept, current, notes, redo


@given(st.lists(st.tuples(st.sampled_from("lnbu"), st.integers(0, 3), st.integers(0, 2**16)), max_size=30))
def test_any_log_is_what_a_plain_replay_makes_of_it(steps):
    log, events = EffectiveLog(), []
    for number, (kind, row, choice) in enumerate(steps, 1):
        values = dict.fromkeys(Event.__slots__)
        values |= {"id": number, "client": "c", "seq": number, "row": row, "note": "", "class_id": None}
        if kind == "u":
            if not events:
                continue
            target = events[choice % len(events)]
            values |= {"action": "undo", "undoes": target.id, "row": target.row}
        elif kind == "n":
            values |= {"action": "note", "note": str(choice)}
        else:
            values |= {"action": "label", "class_id": choice % 3, "batch": f"b{choice % 2}" if kind == "b" else None}
        event = Event(**values)
        events.append(event)
        log.add(event)
        kept, current, notes, redo = naive(events)
        assert log.history() == kept and log.current == current and log.notes == notes
        assert log.redoable() == redo


def test_classes_are_merged_and_parted_again(project):
    annotations.record(project, [item(1, 0), item(2, 1), item(3, 2)])
    classes.merge_class(project, 2, 1)
    assert classes.resolve(classes.list_classes(project)) == {0: 0, 1: 1, 2: 1}
    assert annotations.labels(project) == {1: 0, 2: 1, 3: 2}  # the log is as it was
    for class_id, into in ((0, 1), (1, 1), (2, 0), (0, 2), (7, 0), (0, 7)):
        with pytest.raises(ProjectError):
            classes.merge_class(project, class_id, into)
    classes.add_class(project, "fox")
    classes.merge_class(project, 1, 0)
    assert classes.resolve(classes.list_classes(project)) == {0: 0, 1: 0, 2: 0, 3: 3}
    classes.part_class(project, 2)
    assert classes.resolve(classes.list_classes(project)) == {0: 0, 1: 0, 2: 2, 3: 3}


def test_one_audit_at_a_time(project):
    before = projects.revision(project)
    drawn = audits.draw(project, [5, 900, 7], 950)
    assert (drawn.number, drawn.rows, drawn.n_remainder, drawn.released) == (1, [5, 900, 7], 950, None)
    assert audits.open_audit(project) == drawn and projects.revision(project) > before
    with pytest.raises(ProjectError, match="open already"):
        audits.draw(project, [1], 10)
    released = audits.release(project)
    assert released.released is not None and released.released <= time.time()
    assert audits.open_audit(project) is None and audits.listing(project) == [released]
    with pytest.raises(ProjectError):
        audits.release(project)
    for rows in ([], [3, 3], [1000], [-1]):
        with pytest.raises(ProjectError):
            audits.draw(project, rows, 10)
    assert audits.draw(project, [1], 10).number == 2
    projects.delete(project)
    assert projects.purge(older_than_days=0) == [project]


def test_a_table_is_replaced_by_one_with_more_rows_only(project, table):
    small = tables.store_table(pd.DataFrame({"a": range(999)})).id
    large = tables.store_table(pd.DataFrame({"a": range(1001)})).id
    for other in (small, "0" * 64):
        with pytest.raises(ProjectError, match="nothing was changed"):
            projects.replace_table(project, other, table.id)
    annotations.record(project, [item(999)])
    assert projects.replace_table(project, large, table.id).table_id == large
    with pytest.raises(ProjectError, match="changed a moment ago, perhaps in another tab"):
        projects.replace_table(project, large, table.id)  # made of the table of before
    assert annotations.record(project, [item(1000)]).stored
    assert set(annotations.labels(project)) == {999, 1000}

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dami.errors import DamiError
from dami.store import annotations, classes, models, projects
from dami.store.model_records import Pick, StoredSelection, Summary, TrainingStep
from dami.workspace.annotating import pad
from dami.workspace.projects.labels import known, oracle
from dami.workspace.training import rounds
from dami.workspace.transfer.labeled_table import labeled_table


def queue_of(project):
    return [entry["row"] for entry in pad.pad(project.id)["queue"]]


def test_the_queue_is_the_selection_with_its_evidence(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    shown, chosen = pad.pad(project.id), models.latest(project.id).selection
    assert queue_of(project) == list(chosen.rows[:30])
    for at, entry in enumerate(shown["queue"]):
        assert entry["step"] == 11 + at
        assert entry["distance"] == chosen.picks[at].distance and entry["radius"] == chosen.picks[at].radius
        assert entry["space"] == "representation"
        assert entry["nearest_class"] == annotations.labels(project.id).get(entry["nearest"])
        asked = entry["nearest"] in annotations.labels(project.id)  # else it is an earlier pick of the same traversal
        assert entry["compare"] == (entry["nearest"] if asked else chosen.picks[at].numbers["nearest_labeled"])
    assert {entry["compare"] for entry in shown["queue"]} <= annotations.labels(project.id).keys()
    assert any(entry["nearest"] != entry["compare"] for entry in shown["queue"])
    names = [c.name for c in classes.list_classes(project.id)]
    farther = shown["queue"][0]["facts"][0]
    assert farther[0] == "Farther than" and farther[1].endswith(" % of the rows")
    near = chosen.picks[0].numbers["nearest_labeled"]
    assert f"row {near}, “{names[annotations.labels(project.id)[near]]}”." in shown["queue"][0]["reason"]


def test_a_selection_that_was_stored_as_words_alone_reads_the_same(desk, project, frame):
    desk.work(project)
    for labeled in (0, 10):  # a first selection names rows that were picked before, a later one labelled rows
        desk.label_queue(project, frame["kind"], labeled)
        desk.work(project)
        model, shown = models.latest(project.id), pad.pad(project.id)["queue"]
        assert any("{row}" in pick.sentence for pick in model.selection.picks)
        listed = model.selection.to_json()
        del listed["sentences"], listed["named"]
        old = StoredSelection.from_json(listed)
        kept = {name: getattr(model, name) for name in ("through_event", "n_labeled", "summary")}
        models.save_model(project.id, model.number, **kept, selection=old)
        assert pad.pad(project.id)["queue"] == shown


def test_a_stored_sentence_gets_the_class_of_the_row_that_it_names_and_of_no_other(desk, project, frame):
    desk.work(project)
    desk.press(project, [{"row": 1, "class": 0}])
    old = Pick(5, 1.0, 1, 1.0, "input", "Not as row 12 is; far from row 1.", {"nearest": 1, "nearest_labeled": 1})
    models.save_model(project.id, 0, selection=StoredSelection("dami", (old,)))
    [asked] = [entry for entry in pad.pad(project.id)["queue"] if entry["row"] == 5]
    name = classes.list_classes(project.id)[0].name
    assert asked["compare"] == 1 and asked["reason"] == f"Not as row 12 is; far from row 1, “{name}”."


def test_a_row_that_comes_back_tells_its_reason_with_the_class_of_the_row_that_it_names(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    asked = pad.pad(project.id)["queue"][0]
    desk.press(project, [{"row": asked["row"], "action": "later", "model": 1, "round": 2, "step": 11}])
    chosen = models.latest(project.id).selection
    models.save_model(
        project.id, 2, through_event=annotations.last_event(project.id), selection=without_row(chosen, asked["row"])
    )
    back = next(entry for entry in pad.pad(project.id)["queue"] if entry["row"] == asked["row"])
    assert "“" in asked["reason"] and back["reason"] == asked["reason"] and back["compare"] == asked["compare"]
    [event] = [event for event in annotations.events(project.id) if event.row == asked["row"]]
    assert "“" not in event.reason and f"row {asked['compare']}." in event.reason
    # Without the selection of that time, the log's own words.
    models.save_model(project.id, 1, selection=without_row(chosen, asked["row"]))
    back = next(entry for entry in pad.pad(project.id)["queue"] if entry["row"] == asked["row"])
    assert back["reason"] == event.reason and back["compare"] == event.nearest


def without_row(selection, row):
    return replace(selection, picks=tuple(pick for pick in selection.picks if pick.row != row))


def test_what_was_asked_and_why_is_kept_beside_the_label(desk, project):
    desk.work(project)
    pick = models.latest(project.id).selection.picks[4]
    item = {"row": pick.row, "class": 1, "model": 0, "round": 1, "step": 5, "pressed": 12.5}
    desk.press(project, [item])
    event = annotations.current(project.id)[item["row"]]
    assert (event.strategy, event.model, event.round, event.step, event.pressed) == ("dami", 0, 1, 5, 12.5)
    for name in ("distance", "nearest", "radius", "space", "reason"):
        assert getattr(event, name) == getattr(pick, name)


def test_evidence_is_that_of_the_model_that_asked_not_of_the_newest(desk, project, frame):
    desk.work(project)
    asked = models.latest(project.id).selection
    late = asked.rows[20]
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    desk.press(project, [{"row": late, "class": 0, "model": 0, "step": 21}])
    event = annotations.current(project.id)[late]
    assert (event.space, event.distance) == ("input", asked.pick(late).distance)
    picked = {*models.latest(project.id).selection.rows} | {*annotations.current(project.id)}
    assert picked == {*range(60)}


def test_a_row_found_by_search_is_said_to_be_chosen_by_hand(desk, frame):
    project = desk.begin(pd.concat([frame] * 4, ignore_index=True))
    desk.work(project)
    row = next(row for row in range(240) if row not in models.latest(project.id).selection.rows)
    desk.press(project, [{"row": row, "class": 0, "model": 0}])
    event = annotations.current(project.id)[row]
    assert (event.strategy, event.distance, event.reason) == ("chosen by hand", None, None)


def test_the_oracle_fills_in_the_hidden_label_and_nothing_tells_it_before(desk, frame):
    secret = {"cat": "Xq-secret-1", "dog": "Xq-secret-2", "owl": "Xq-secret-3"}
    frame["kind"] = frame["kind"].map(secret)
    project = desk.begin(frame)
    desk.work(project)
    shown = pad.pad(project.id)
    without_classes = json.dumps({key: value for key, value in shown.items() if key != "classes"})
    assert "Xq-secret" not in without_classes
    assert all(entry["nearest_class"] is None for entry in shown["queue"])
    assert all(entry["count"] == 0 for entry in shown["classes"])
    rows = queue_of(project)[:12]
    desk.press(project, [{"row": row, "source": "oracle", "class": None, "model": 0} for row in rows])
    names = {c.id: c.name for c in classes.list_classes(project.id)}
    current = annotations.current(project.id)
    assert {row: names[event.class_id] for row, event in current.items()} == {row: frame["kind"][row] for row in rows}
    assert {event.source for event in current.values()} == {"oracle"}
    desk.work(project)
    shown = pad.pad(project.id)
    for entry in shown["queue"]:
        assert entry["nearest_class"] is None or entry["nearest"] in rows
        for k, name in names.items():
            assert name not in entry["reason"] or k in {current[row].class_id for row in rows}


def test_no_oracle_outside_practise(desk, frame):
    project = desk.begin(frame, mode="label")
    desk.press(project, [{"row": 3, "source": "oracle", "class": None}])
    assert annotations.labels(project.id) == {}
    with pytest.raises(DamiError, match="Only Practise"):
        oracle(project, 3)


def test_orphans_keep_their_client_and_number(desk, project):
    items = [{"seq": k, "action": "label", "row": k, "class": 0, "source": "human"} for k in (1, 2, 3)]
    box = {"client": "new", "items": items[:1], "orphans": [{"client": "old", "items": [{**items[1], "seq": 7}]}]}
    assert pad.commit(project, box).acks == {"new": 1, "old": 7}
    assert [(e.client, e.seq, e.row) for e in annotations.events(project.id)] == [("old", 7, 2), ("new", 1, 1)]
    assert pad.commit(project, box).acks == {"new": 1, "old": 7}
    assert len(annotations.events(project.id)) == 2
    assert pad.pad(project.id)["acks"] == {"new": 1, "old": 7}
    assert pad.pad(project.id, {"new": 5, "else": 2})["acks"] == {"new": 5, "old": 7, "else": 2}


def test_what_a_closed_tab_left_is_older_than_what_its_heir_decides(desk, project):
    left = {"client": "old", "items": [{"seq": k, "action": "label", "row": 4 + k, "class": 0} for k in (1, 2)]}
    undo = {"seq": 1, "action": "undo", "row": 5, "undoes": {"client": "old", "seq": 1}}
    correction = {"seq": 2, "action": "label", "row": 6, "class": 1}
    assert pad.commit(project, {"client": "heir", "items": [undo, correction], "orphans": [left]}).refused == []
    assert annotations.labels(project.id) == {6: 1}


def test_what_cannot_be_stored_is_reported_with_its_row(desk, project):
    items = [{"seq": 1, "action": "label", "row": 3, "class": 99}, {"seq": 2, "action": "label", "row": 4, "class": 0}]
    done = pad.commit(project, {"client": "c", "items": items})
    assert done.acks == {"c": 2} and annotations.labels(project.id) == {4: 0}
    assert len(done.refused) == 1 and done.refused[0].startswith("Row 3: ")


def test_a_row_chosen_by_hand_is_no_pick_of_the_strategy(desk, project):
    desk.work(project)
    first, second = queue_of(project)[:2]
    desk.press(project, [{"row": first, "class": 0, "model": 0, "step": None}])
    desk.press(project, [{"row": second, "class": 0, "model": 0, "step": 1}])
    current = annotations.current(project.id)
    assert (current[first].strategy, current[first].distance) == (pad.BY_HAND, None)
    assert current[second].strategy == "dami" and current[second].distance is not None


def test_a_label_that_was_imported_outlives_later(desk, frame):
    known_rows = frame.assign(kind=frame["kind"].where(frame.index < 12))
    project = desk.begin(known_rows, mode="label")
    desk.press(project, [{"row": 7, "action": "later"}])
    names = {entry.id: entry.name for entry in classes.list_classes(project.id)}
    assert names[known(project)[7]] == frame["kind"][7]
    assert labeled_table(project).loc[7, "label_source"] == "imported"


def test_when_all_picks_were_skipped_others_are_chosen(desk, project, monkeypatch):
    monkeypatch.setattr(rounds, "PICKS", 15)
    monkeypatch.setattr(rounds, "ROUNDS_AHEAD", 1)
    desk.work(project)
    skipped = queue_of(project)
    assert len(skipped) == 15
    desk.press(project, [{"row": row, "action": "unsure", "model": 0, "step": 1} for row in skipped])
    desk.work(project)
    assert queue_of(project) and not {*queue_of(project)} & {*skipped}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["seq", "row", "class", "action", "source", "model", "round", "step", "pressed", "undoes", "note", "reason"]
odd_item = st.dictionaries(st.sampled_from(KEYS), anything) | anything
almost = st.fixed_dictionaries(
    {"seq": st.integers(0, 9), "row": st.integers(0, 99), "action": st.sampled_from(["label", "undo", "later"])},
    optional={key: anything for key in KEYS if key not in ("seq", "row", "action")},
)
odd_box = st.fixed_dictionaries({}, optional={"client": anything, "items": st.lists(odd_item | almost) | anything})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(odd_item | almost, max_size=4), orphans=st.lists(odd_box | anything, max_size=3) | anything)
def test_whatever_comes_with_it_a_good_answer_is_stored(desk, frame, before, orphans):
    """Odd items may be stored as far as they can be read; the good one always is, and nothing but a sentence comes."""
    if not hasattr(desk, "opened"):
        desk.opened = desk.begin(frame)
        desk.count = 0
        desk.work(desk.opened)
    project = desk.opened
    desk.count += 1
    client, row = f"client {desk.count}", desk.count % 60
    good = {"seq": 50, "action": "label", "row": row, "class": 2, "source": "human"}
    acks = pad.commit(project, {"client": client, "items": [*before, good], "orphans": orphans}).acks
    assert any((e.client, e.row, e.class_id) == (client, row, 2) for e in annotations.events(project.id))
    assert acks[client] >= 50
    json.dumps(pad.pad(project.id))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outbox=anything | odd_box)
def test_an_outbox_of_any_kind_raises_nothing(desk, frame, outbox):
    if not hasattr(desk, "opened"):
        desk.opened = desk.begin(frame)
    pad.commit(desk.opened, outbox)


def test_a_huge_outbox_is_stored(desk, project):
    items = [{"seq": k, "action": "label", "row": k % 60, "class": k % 3, "note": "x" * 99_999} for k in range(1, 3001)]
    assert pad.commit(project, {"client": "c", "items": items}).acks == {"c": 3000}
    assert len(annotations.events(project.id)) == 3000


def test_unknown_rows_and_classes_are_refused_and_acknowledged(desk, project):
    box = {
        "client": "c",
        "items": [
            {"seq": 1, "action": "label", "row": 60, "class": 0},
            {"seq": 2, "action": "label", "row": 5, "class": 3},
            {"seq": 3, "action": "label", "row": 5, "class": 1},
            {"seq": 4, "action": "label", "row": -1, "class": 1},
        ],
    }
    assert pad.commit(project, box).acks == {"c": 4}
    assert annotations.labels(project.id) == {5: 1}


def test_answered_rows_leave_the_queue_and_undone_ones_come_back_to_its_front(desk, project, frame):
    desk.work(project)
    first = queue_of(project)
    rows = desk.label_queue(project, frame["kind"], 3)
    assert rows == first[:3] and queue_of(project)[0] == first[3]
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 2}}])
    assert queue_of(project)[:2] == [first[1], first[3]]
    entry = pad.pad(project.id)["queue"][0]
    assert entry["distance"] == models.latest(project.id).selection.picks[1].distance
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 1}}])
    assert queue_of(project)[:3] == [first[0], first[1], first[3]]


def test_a_row_undone_after_the_next_selection_comes_back_to_the_front(desk, project, frame):
    desk.work(project)
    rows = desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    chosen = list(models.latest(project.id).selection.rows)
    assert rows[4] not in chosen
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 5}}])
    assert queue_of(project) == [rows[4], *chosen[:29]]
    entry = pad.pad(project.id)["queue"][0]
    assert entry["distance"] is None and entry["nearest"] is None  # the old distance is of another network
    assert "took your answer" in entry["reason"]
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 11}}])  # redo
    assert queue_of(project) == chosen[:30]
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 12}}, {"row": rows[4], "class": 0}])
    assert queue_of(project) == chosen[:30]


def test_an_undone_correction_leaves_the_first_label(desk, project, frame):
    desk.work(project)
    rows = desk.label_queue(project, frame["kind"], 1)
    before = annotations.labels(project.id)
    desk.press(project, [{"row": rows[0], "class": 2}])
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 2}}])
    assert annotations.labels(project.id) == before
    assert rows[0] not in queue_of(project)


def test_rows_put_off_come_back_at_the_end_of_their_round(desk, project, frame):
    desk.work(project)
    order = queue_of(project)
    later = order[0]
    desk.press(project, [{"row": later, "action": "later"}])
    assert queue_of(project) == [*order[1:11], later, *order[11:]][:30]
    desk.label_queue(project, frame["kind"], 9)
    assert queue_of(project)[:2] == [order[10], later]
    desk.label_queue(project, frame["kind"], 1)
    assert queue_of(project)[0] == later
    desk.work(project)
    assert queue_of(project)[0] == later  # its round is over: it is due
    desk.press(project, [{"row": later, "action": "later"}])
    assert queue_of(project).index(later) == 10


def test_unsure_and_discarded_rows_are_not_asked_again(desk, project, frame):
    desk.work(project)
    order = queue_of(project)
    desk.press(project, [{"row": order[0], "action": "unsure"}, {"row": order[1], "action": "discard"}])
    assert queue_of(project)[0] == order[2]
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    assert not {*order[:2]} & {*queue_of(project)}


def test_the_history_is_what_holds_and_the_counts_fit_it(desk, frame):
    half = frame.copy()
    half.loc[half.index >= 30, "kind"] = None
    project = desk.begin(half, mode="label")
    desk.press(project, [{"row": row, "class": 0} for row in (40, 41, 3)])
    desk.press(project, [{"action": "undo", "undoes": {"client": "tab", "seq": 2}}])
    shown = pad.pad(project.id)
    assert [(entry["row"], entry["step"]) for entry in shown["history"]] == [(40, 1), (3, 2)]
    # 30 imported, ten of each; row 3 was a cat and stays one, row 40 is new.
    assert [entry["count"] for entry in shown["classes"]] == [11, 10, 10]
    assert (shown["labeled"], shown["round_done"]) == (2, 2)
    assert len(known(project)) == 31


def test_an_answer_that_comes_while_the_pad_is_put_together_is_not_acknowledged_before_it_is_shown(
    desk, project, monkeypatch
):
    read = annotations.history

    def interrupted(project_id):
        found = read(project_id)
        monkeypatch.setattr(annotations, "history", read)
        desk.press(project, [{"row": 7, "class": 1}])
        return found

    desk.press(project, [{"row": 3, "class": 0}])
    monkeypatch.setattr(annotations, "history", interrupted)
    shown = pad.pad(project.id)
    assert [entry["row"] for entry in shown["history"]] == [3] and shown["acks"] == {"tab": 1}
    shown = pad.pad(project.id)
    assert [entry["row"] for entry in shown["history"]] == [3, 7] and shown["acks"] == {"tab": 2}


def test_the_pad_is_sent_a_part_of_many_rows_and_events(desk):
    n = 19_020
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n), "kind": rng.choice(["g", "h"], n)})
    frame.loc[frame.index % 2 == 1, "kind"] = None
    project = desk.begin(frame, mode="label")
    reason = ("the nearest labelled one is row 0.", {"nearest_labeled": 0})
    picks = tuple(Pick(row, 1.0, 0, 1.0, "representation", *reason) for row in range(1, 401, 4))
    items = [{"seq": k, "action": "label", "row": 2 * k + 5001, "class": 0} for k in range(1, 2001)]
    projects.change(project.id, round_size=10**6)
    pad.commit(projects.get(project.id), {"client": "c", "items": items})
    models.save_model(
        project.id, 0, through_event=1900, summary=Summary(history=tuple(TrainingStep(k, 0.1, 0.9) for k in range(300)))
    )
    models.save_model(project.id, 0, through_event=1900, selection=StoredSelection("dami", picks))
    shown = pad.pad(project.id)
    assert len(shown["queue"]) == 30 and len(shown["history"]) == 300


def test_a_burst_and_a_round_in_one_outbox_start_one_training(desk, project):
    desk.work(project)
    rows = queue_of(project)[:20]
    desk.press(project, [{"row": row, "class": 0} for row in rows])
    assert rounds.running(project.id) is not None
    assert len(desk.work(project)) == 1

import numpy as np
import pandas as pd
import pytest

from dami.errors import DamiError
from dami.store import annotations, audits, classes, jobs, models, projects
from dami.store import tables as stored
from dami.tables.table import Table
from dami.workspace.annotating import audit_sample, model_guess, pad, row_cards, stopping_advice
from dami.workspace.exploring import map_colors, maps, row_groups
from dami.workspace.projects import append_rows, edit_classes, stored_tables
from dami.workspace.projects.labels import known, predictions
from dami.workspace.training import encoded_pool, rounds
from dami.workspace.transfer import model_files
from dami.workspace.transfer.labeled_table import labeled_table
from tests.workspace.conftest import animals


def more_animals(n=75):
    """The first 60 in another order, and 15 that are new, one of a class not seen before."""
    frame = animals(n)
    frame.loc[:59] = animals(60)
    frame.loc[n - 1, "kind"] = "fox"
    return frame.sample(frac=1, random_state=3).reset_index(drop=True)


@pytest.fixture
def labeled(desk, frame, once):
    """A project of a person's, 20 labels, a note, an open audit with two answers."""

    def make():
        project = desk.begin(frame.drop(columns="kind"), target=None, mode="label", classes=["cat", "dog", "owl"])
        for _ in range(2):
            desk.work(project)
            desk.label_queue(project, frame["kind"], 10)
        desk.work(project)
        desk.press(project, [{"row": 8, "action": "note", "note": "old"}])
        audit_sample.draw(projects.get(project.id), 5)
        desk.label_queue(project, frame["kind"], 2)
        return projects.get(project.id)

    return once(make)


def test_every_label_stays_on_its_row(desk, labeled, frame):
    before = known(labeled), annotations.notes(labeled.id), audits.open_audit(labeled.id)
    newer = stored.store_table(more_animals().drop(columns="kind")).id
    assert "name" in append_rows.keys(labeled, newer)
    assert append_rows.preview(labeled, newer, "name").n_added == 15
    grown = append_rows.append(labeled, newer, "name")
    assert (known(grown), annotations.notes(grown.id), audits.open_audit(grown.id)) == before
    table = labeled_table(grown)
    assert len(table) == 75 and table["name"][:60].tolist() == frame["name"].tolist()
    for row, class_id in before[0].items():
        assert table["label"][row] == ["cat", "dog", "owl"][class_id] == frame["kind"][row]
    # The network of before knows nothing of the new rows, and says so; every page's view of it works.
    model = models.latest(grown.id)
    assert (predictions(grown, model).codes[60:] == -1).all() and table["label"][60:].isna().all()
    assert row_cards.cards(grown, [70])[0]["values"][0]["contribution"] is None
    for by in ("distance", "confidence", "prediction", "changed", "column:age"):
        map_colors.colors(grown, by)
    assert maps.data(grown)["n"] == 75 and pad.pad(grown.id)["queue"] and stopping_advice.status(grown)
    desk.work(grown)
    desk.work(grown, "map")
    after = models.latest(grown.id)
    assert after.number == model.number + 1 and (predictions(grown, after).codes >= 0).all()
    assert labeled_table(grown)["label"].notna().all()
    packed = np.frombuffer(maps.positions(grown.id, maps.data(grown)["name"]), "<u2").reshape(75, 2)
    assert packed.any(axis=1).all()


def test_new_rows_may_bring_labels_and_classes(desk, frame):
    project = desk.begin(frame, mode="label")
    newer = stored.store_table(more_animals()).id
    grown = append_rows.append(project, newer, "name")
    names = [entry.name for entry in classes.list_classes(project.id)]
    assert names == ["cat", "dog", "owl", "fox"]
    labels = known(grown)
    assert len(labels) == 75 and sum(class_id == 3 for class_id in labels.values()) == 1
    assert [names[labels[row]] for row in range(60)] == frame["kind"].tolist()


def test_what_cannot_be_added_changes_nothing(desk, project, frame):
    for newer, words in (
        (frame, "nothing to add"),
        (more_animals().assign(kind=None), "known label of every row"),
    ):
        with pytest.raises(DamiError, match=words):
            append_rows.append(project, stored.store_table(newer).id, "name")
    assert projects.get(project.id).table_id == project.table_id


def test_classes_are_edited_midway_without_losing_a_label(desk, labeled):
    before = known(labeled)
    fox = edit_classes.add(labeled, "  fox ", "red")
    assert (fox.name, fox.guideline) == ("fox", "red")
    edit_classes.rename(labeled, 0, "lynx")
    edit_classes.set_guideline(labeled, 1, "barks")
    assert known(labeled) == before
    assert [c["name"] for c in pad.pad(labeled.id)["classes"]] == ["lynx", "dog", "owl", "fox"]
    den = next(row for row in range(60) if row not in before and row not in audits.open_audit(labeled.id).rows)
    desk.press(labeled, [{"row": den, "class": fox.id}])
    assert known(labeled)[den] == fox.id
    for name in ("", "dog"):
        with pytest.raises(DamiError):
            edit_classes.add(labeled, name)
    desk.work(labeled)
    edit_classes.merge(labeled, 2, 1)
    assert jobs.latest(labeled.id, "train").state == "queued"
    assert set(known(labeled).values()) == {0, 1, fox.id}
    desk.work(labeled)
    assert models.latest(labeled.id).summary.classes == ("cat", "dog", "fox")
    edit_classes.part(labeled, 2)
    assert known(labeled) == {**before, den: fox.id}


def test_a_target_column_that_is_gone_in_the_newer_file(desk, frame):
    project = desk.begin(frame.assign(kind=frame["kind"].where(frame.index < 30)), mode="label")
    grown = append_rows.append(project, stored.store_table(more_animals().drop(columns="kind")).id, "name")
    assert len(known(grown)) == 30 and pd.isna(labeled_table(grown)["label"][74])


def test_the_preview_says_what_growing_does(desk, frame):
    partly = frame.assign(kind=frame["kind"].where(frame.index < 20))
    project = desk.begin(partly, mode="label")
    newer = more_animals()
    newer.loc[newer["name"] == frame["name"][3], "weight"] += 1
    newer = newer[newer["name"] != frame["name"][5]].drop(columns="age").assign(owner="Ann")
    newer.loc[newer.index[newer["name"].isin(frame["name"])][:1], "kind"] = "wolf"  # of a known row: not taken over
    table_id = stored.store_table(newer).id
    seen = append_rows.preview(project, table_id, "name")
    assert (seen.n_rows, seen.n_added, seen.n_changed, seen.n_absent, seen.n_labeled) == (60, 15, 1, 1, 15)
    assert seen.classes == ["fox"]
    assert any("“age”" in note for note in seen.notes) and any("“owner”" in note for note in seen.notes)
    assert any("not taken over" in note for note in seen.notes)
    assert projects.get(project.id).table_id == project.table_id
    grown = append_rows.append(project, table_id, "name")
    whole = stored.load_table(grown.table_id)
    pd.testing.assert_frame_equal(whole[:60], stored.load_table(project.table_id), check_dtype=False)
    assert len(whole) == 75 and len(known(grown)) == 35
    assert [entry.name for entry in classes.list_classes(project.id)] == ["cat", "dog", "owl", "fox"]


def test_a_class_that_turns_up_gets_another_name_where_its_own_is_taken(desk, frame):
    project = desk.begin(frame, mode="label")
    edit_classes.rename(project, 0, "fox")
    edit_classes.merge(project, 1, 2)
    grown = append_rows.append(project, stored.store_table(more_animals()).id, "name")
    listed = classes.list_classes(project.id)
    assert [(entry.name, entry.value) for entry in listed[3:]] == [("fox (2)", "fox")]
    labels = known(grown)
    row = int(stored.load_table(grown.table_id)["kind"].eq("fox").to_numpy().nonzero()[0][0])
    assert labels[row] == 3 and set(labels.values()) == {0, 2, 3}  # dogs count as owls, new ones too


def test_a_newer_file_is_put_together_once_however_often_it_is_looked_at(desk, frame, monkeypatch):
    project = desk.begin(frame, mode="label")
    table_id, calls, whole = stored_tables.store(Table(more_animals(77))), [], Table.appended
    monkeypatch.setattr(Table, "appended", lambda *given: calls.append(1) or whole(*given))
    for answers in (None, {}, {"cat": "dog"}):
        append_rows.questions(project, table_id, "name")
        append_rows.preview(project, table_id, "name", answers)
    append_rows.append(project, table_id, "name")
    assert len(calls) == 1


def test_growing_twice_and_from_two_tabs(desk, labeled, frame):
    first = stored.store_table(more_animals(70).drop(columns="kind")).id
    second = stored.store_table(more_animals(80).drop(columns="kind")).id
    before = known(labeled)
    once = append_rows.append(labeled, first, "name")
    with pytest.raises(DamiError, match="a moment ago"):
        append_rows.append(labeled, second, "name")  # a tab that still shows the preview of before
    twice = append_rows.append(once, second, "name")
    whole = stored.load_table(twice.table_id)
    assert len(whole) == 80 and whole["name"].is_unique
    assert whole["name"][:70].tolist() == stored.load_table(once.table_id)["name"].tolist()
    assert known(twice) == before


def test_undo_goes_back_beyond_the_growing(desk, labeled):
    history = annotations.history(labeled.id)
    grown = append_rows.append(labeled, stored.store_table(more_animals().drop(columns="kind")).id, "name")
    desk.press(grown, [{"row": 74, "class": 1}])
    for event in reversed([*history, annotations.history(labeled.id)[-1]]):
        desk.press(grown, [{"action": "undo", "undoes": event.id, "class": None}])
    assert known(grown) == {} and annotations.notes(grown.id) == {}


def test_a_file_of_one_new_row_is_read(desk, labeled):
    newer = stored_tables.open_file_beside(b"name;weight;legs;color;age\nzebra-1;3,5;4;striped;\n", "one.csv").table
    assert append_rows.keys(labeled, newer)[0] == "name"
    grown = append_rows.append(labeled, newer, "name")
    last = stored.load_table(grown.table_id).iloc[-1]
    assert (last["name"], last["weight"], last["color"]) == ("zebra-1", 3.5, "striped") and pd.isna(last["age"])
    desk.work(grown)
    assert (predictions(grown, models.latest(grown.id)).codes >= 0).all()


def test_an_identifier_that_is_broken_in_the_newer_file_is_offered_to_say_why(desk, labeled):
    newer = more_animals().drop(columns="kind")
    newer.loc[4, "name"] = newer.loc[9, "name"]
    table_id = stored.store_table(newer).id
    assert append_rows.keys(labeled, table_id)[0] == "name"
    with pytest.raises(DamiError, match="twice, in rows 4 and 9"):
        append_rows.preview(labeled, table_id, "name")


def test_the_target_is_no_key(desk, frame):
    codes = frame.assign(kind=[f"k{k % 50}" for k in range(60)])
    project = desk.begin(codes, mode="label")
    newer = stored.store_table(more_animals()).id
    assert "kind" not in append_rows.keys(project, newer)
    with pytest.raises(DamiError):
        append_rows.preview(project, newer, "kind")


def test_too_many_classes_change_nothing(desk, frame):
    project = desk.begin(frame, mode="label")
    newer = more_animals(180)
    newer["kind"] = [f"kind {k}" for k in range(180)]
    table_id = stored.store_table(newer).id
    for act in (append_rows.preview, append_rows.append):
        with pytest.raises(DamiError, match="classes, more than the 100"):
            act(project, table_id, "name")
    assert projects.get(project.id).table_id == project.table_id and len(classes.list_classes(project.id)) == 3


def test_practise_goes_on_with_the_hidden_labels_of_new_rows(desk, project):
    grown = append_rows.append(project, stored.store_table(more_animals()).id, "name")
    truth = stored.load_table(grown.table_id)["kind"]
    assert known(grown) == {}
    desk.press(grown, [{"row": row, "source": "oracle"} for row in range(60, 75)])
    names = [entry.name for entry in classes.list_classes(project.id)]
    assert {row: names[class_id] for row, class_id in known(grown).items()} == truth[60:].to_dict()


def test_a_network_of_before_is_not_read_with_rows_encoded_anew(desk, labeled):
    newer = stored.store_table(more_animals().drop(columns="kind")).id
    jobs.submit(labeled.id, "packing", model_files.KIND)
    grown = append_rows.append(labeled, newer, "name")
    encoded_pool.encoded(grown)  # a worker has read the table; the network is still that of before
    for look in (
        lambda: model_guess.guess(grown, 3),
        lambda: row_cards.local_model(grown, 3),
        lambda: row_groups.mean_model(grown, np.arange(5)),
    ):
        with pytest.raises(DamiError, match="changed since"):
            look()
    [packing] = desk.work(grown, "packing")
    assert packing.state == "failed" and "changed since" in packing.message
    desk.work(grown)
    held = audits.open_audit(grown.id).rows
    assert model_guess.guess(grown, next(row for row in range(75) if row not in held))["classes"]


def test_rows_appended_while_a_training_reads_the_table(desk, labeled, monkeypatch):
    newer = stored.store_table(more_animals().drop(columns="kind")).id
    encoded = rounds.encoded

    def slowly(project, on_rows):
        pool = encoded(project, on_rows)
        if project.table_id == labeled.table_id:
            grown = append_rows.append(labeled, newer, "name")
            desk.press(grown, [{"row": 74, "class": 1}])
        return pool

    monkeypatch.setattr(rounds, "encoded", slowly)
    rounds.start(labeled.id)
    assert {job.state for job in desk.work(labeled)} == {"done"}
    now = projects.get(labeled.id)
    assert known(now)[74] == 1 and (predictions(now, models.latest(now.id)).codes >= 0).all()

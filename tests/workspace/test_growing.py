import numpy as np
import pandas as pd
import pytest

from dami.errors import DamiError
from dami.store import annotations, audits, classes, jobs, models, projects
from dami.store import tables as stored
from dami.workspace import advising, auditing, class_editing, coloring, exporting, growing, labeling, maps, rows
from dami.workspace.labels import known, predictions
from tests.workspace.conftest import animals


def more_animals(n=75):
    """The first 60 in another order, and 15 that are new, one of a class not seen before."""
    frame = animals(n)
    frame.loc[:59] = animals(60)
    frame.loc[n - 1, "kind"] = "fox"
    return frame.sample(frac=1, random_state=3).reset_index(drop=True)


@pytest.fixture
def labeled(desk, frame):
    """A project of a person's, 20 labels, a note, an open audit with two answers."""
    project = desk.begin(frame.drop(columns="kind"), target=None, mode="label", classes=["cat", "dog", "owl"])
    for _ in range(2):
        desk.work(project)
        desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    desk.press(project, [{"row": 8, "action": "note", "note": "old"}])
    auditing.draw(projects.get(project.id), 5)
    desk.label_queue(project, frame["kind"], 2)
    return projects.get(project.id)


def test_every_label_stays_on_its_row(desk, labeled, frame):
    before = known(labeled), annotations.notes(labeled.id), audits.open_audit(labeled.id)
    newer = stored.store_table(more_animals().drop(columns="kind")).id
    assert "name" in growing.keys(labeled, newer)
    assert growing.preview(labeled, newer, "name").n_added == 15
    grown = growing.grow(labeled, newer, "name")
    assert (known(grown), annotations.notes(grown.id), audits.open_audit(grown.id)) == before
    table = exporting.labeled_table(grown)
    assert len(table) == 75 and table["name"][:60].tolist() == frame["name"].tolist()
    for row, class_id in before[0].items():
        assert table["label"][row] == ["cat", "dog", "owl"][class_id] == frame["kind"][row]
    # The network of before knows nothing of the new rows, and says so; every page's view of it works.
    model = models.latest(grown.id)
    assert (predictions(grown, model).codes[60:] == -1).all() and table["label"][60:].isna().all()
    assert rows.cards(grown, [70])[0]["values"][0]["contribution"] is None
    for by in ("distance", "confidence", "prediction", "changed", "column:age"):
        coloring.colors(grown, by)
    assert maps.data(grown)["n"] == 75 and labeling.pad(grown.id)["queue"] and advising.standing(grown)
    desk.work(grown)
    desk.work(grown, "map")
    after = models.latest(grown.id)
    assert after.number == model.number + 1 and (predictions(grown, after).codes >= 0).all()
    assert exporting.labeled_table(grown)["label"].notna().all()
    packed = np.frombuffer(maps.positions(grown.id, maps.data(grown)["name"]), "<u2").reshape(75, 2)
    assert packed.any(axis=1).all()


def test_new_rows_may_bring_labels_and_classes(desk, frame):
    project = desk.begin(frame, mode="label")
    newer = stored.store_table(more_animals()).id
    grown = growing.grow(project, newer, "name")
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
            growing.grow(project, stored.store_table(newer).id, "name")
    assert projects.get(project.id).table_id == project.table_id


def test_classes_are_edited_midway_without_losing_a_label(desk, labeled):
    before = known(labeled)
    fox = class_editing.add(labeled, "  fox ", "red")
    assert (fox.name, fox.guideline) == ("fox", "red")
    class_editing.rename(labeled, 0, "lynx")
    class_editing.set_guideline(labeled, 1, "barks")
    assert known(labeled) == before
    assert [c["name"] for c in labeling.pad(labeled.id)["classes"]] == ["lynx", "dog", "owl", "fox"]
    den = next(row for row in range(60) if row not in before and row not in audits.open_audit(labeled.id).rows)
    desk.press(labeled, [{"row": den, "class": fox.id}])
    assert known(labeled)[den] == fox.id
    for name in ("", "dog"):
        with pytest.raises(DamiError):
            class_editing.add(labeled, name)
    desk.work(labeled)
    class_editing.merge(labeled, 2, 1)
    assert jobs.latest(labeled.id, "train").state == "queued"
    assert set(known(labeled).values()) == {0, 1, fox.id}
    desk.work(labeled)
    assert models.latest(labeled.id).summary["classes"] == ["cat", "dog", "fox"]
    class_editing.part(labeled, 2)
    assert known(labeled) == {**before, den: fox.id}


def test_a_target_column_that_is_gone_in_the_newer_file(desk, frame):
    project = desk.begin(frame.assign(kind=frame["kind"].where(frame.index < 30)), mode="label")
    grown = growing.grow(project, stored.store_table(more_animals().drop(columns="kind")).id, "name")
    assert len(known(grown)) == 30 and pd.isna(exporting.labeled_table(grown)["label"][74])

"""The kind of a column is changed before and after labelling began: labels stay, the network is trained anew."""

import re

import numpy as np
import pandas as pd
import pytest

from dami.errors import ProjectError
from dami.store import jobs, models, projects
from dami.workspace.jobs.worker import complete
from dami.workspace.projects import append_rows, begin, labels, stored_tables
from dami.workspace.projects import change_kinds as module
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.training import encoded_pool
from dami.workspace.transfer import exporters, predict_new_rows, project_file


def csv(n: int = 40) -> bytes:
    rng = np.random.default_rng(3)
    zips = rng.choice(["10115", "20095", "80331"], n)
    sizes = [f"{size:.2f}" if k % 9 else "<0.05" for k, size in enumerate(rng.normal(size=n))]
    return pd.DataFrame({"key": [f"k{k}" for k in range(n)], "zip": zips, "size": sizes}).to_csv(index=False).encode()


@pytest.fixture
def begun(desk, once):
    def make():
        table_id = stored_tables.open_file(csv(), "own.csv").table
        project = begin.begin(table_id, "Own", classes=[ClassDraft("a"), ClassDraft("b")])
        desk.press(project, [{"row": row, "class": row % 2} for row in range(20)])
        return desk.trained(project)

    return once(make)


def change_kinds(desk, project, kinds):
    """The project after a worker has changed kinds, and the job; no training has run yet."""
    module.start(project, kinds)
    job = jobs.claim("interactive")
    complete(job)
    return projects.get(project.id)


def features(project) -> list[str]:
    return encoded_pool.encoded(project).features


def test_a_change_keeps_labels_and_cells_and_trains_anew(desk, begun):
    known, before = labels.known(begun), models.latest(begun.id).number
    written = stored_tables.written(begun.table_id).written
    assert "zip" in features(begun)
    change_kinds(desk, begun, {"zip": "category"})
    changed = desk.trained(begun)
    assert models.latest(changed.id).number > before and models.latest(changed.id).has_seen(changed.table_id)
    assert "zip = 10115" in features(changed) and "zip" not in features(changed)
    assert labels.known(changed) == known
    assert stored_tables.written(changed.table_id).written.equals(written)
    change_kinds(desk, changed, {"zip": None})
    assert "zip" in features(projects.get(changed.id))


@pytest.mark.parametrize("kind", ["category", None])
def test_a_kind_lets_in_a_column_that_was_left_out_of_the_project(desk, kind):
    table_id = stored_tables.open_file(csv(), "own.csv").table
    names = {"classes": [ClassDraft("a"), ClassDraft("b")], "left_out": ["zip", "key"]}
    project = desk.trained(begin.begin(table_id, "Own", **names))
    assert not any(name.startswith("zip") for name in features(project))
    changed = change_kinds(desk, project, {"zip": kind})
    assert [*changed.left_out] == ["key"]
    assert ("zip" if kind is None else "zip = 10115") in features(changed)
    assert "train" in [job.kind for job in jobs.active(project.id)]


def test_the_choice_goes_along_in_files_and_to_new_rows(desk, begun):
    project = change_kinds(desk, begun, {"zip": "category", "size": "number"})
    assert stored_tables.written(project_file.unpack(project_file.pack(project)).table_id).kinds == {
        "zip": "category", "size": "number",
    }  # fmt: skip
    newer = stored_tables.open_file_beside(csv(45), "newer.csv", project.table_id).table
    grown = append_rows.append(project, newer, "key")
    found = stored_tables.written(grown.table_id)
    assert found.kinds == {"zip": "category", "size": "number"} and found.frame["size"].dtype.kind == "f"
    assert len(found) == 45 and found.texts("size").iloc[0] == "<0.05"
    trained = desk.trained(grown)
    rows = desk.new_rows(trained, b"key,zip,size\nx,10115,<0.05\ny,80331,1.5\n", "rows.csv")
    predict_new_rows.start(trained, rows)
    assert [job.state for job in desk.work(trained)][-1] == "done"
    assert b"10115,<0.05," in predict_new_rows.stored_prediction(trained, rows).rows()
    assert re.search(rb"\nk0,\d{5},<0\.05,", exporters.csv(trained))


def test_what_cannot_be_changed_is_said_and_changes_nothing(desk):
    text = b"x,y,kind\n" + b"".join(b"%d,%d,%s\n" % (k * k % 7, k % 3, b"ab"[k % 2 : k % 2 + 1]) for k in range(20))
    project = begin.begin(stored_tables.open_file(text, "t.csv").table, "P", target="kind")
    jobs.cancel(jobs.latest(project.id).id)  # its first selection
    with pytest.raises(ProjectError, match="holds the labels"):
        change_kinds(desk, project, {"kind": "number"})
    with pytest.raises(ProjectError, match="no column to learn from"):
        change_kinds(desk, project, {"x": "out", "y": "out"})
    assert projects.get(project.id).table_id == project.table_id


def test_two_tabs_that_change_kinds_undo_nothing_of_each_other(desk, begun):
    module.start(begun, {"zip": "category"})
    with pytest.raises(ProjectError, match="Another column is being read anew"):
        module.start(begun, {"size": "category"})
    desk.work(begun)
    module.start(begun, {"size": "category"})  # of a tab that shows the table of before
    [job, *_] = desk.work(begun)
    assert job.state == "failed" and "changed a moment ago, perhaps in another tab" in job.message
    changed = projects.get(begun.id)
    assert stored_tables.written(changed.table_id).kinds == {"zip": "category"}
    both = change_kinds(desk, changed, {"size": "category"})
    assert stored_tables.written(both.table_id).kinds == {"zip": "category", "size": "category"}


def test_new_rows_are_read_as_the_network_was_trained(desk, begun):
    rows = b"key,zip,size\nx,10115,<0.05\ny,80331,1.5\n"
    before = desk.new_rows(begun, rows, "rows.csv")
    predict_new_rows.start(begun, before)
    desk.work(begun)
    said = predict_new_rows.stored_prediction(begun, before).rows()
    changed = change_kinds(desk, begun, {"zip": "category", "size": "out"})  # the next network is not trained yet
    after = desk.new_rows(changed, rows, "rows.csv")
    assert after != before
    jobs.cancel(jobs.latest(changed.id).id)  # the next training
    predict_new_rows.start(changed, after)
    desk.work(changed)
    assert predict_new_rows.stored_prediction(changed, after).rows() == said

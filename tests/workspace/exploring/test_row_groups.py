import numpy as np
import pytest

from dami.errors import ProjectError
from dami.networks.regions import linear_regions
from dami.store import annotations, models
from dami.workspace.annotating import audit_sample, corrections
from dami.workspace.exploring import row_groups
from dami.workspace.projects.labels import known, oracle, predictions
from dami.workspace.training import rounds
from dami.workspace.training.encoded_pool import cached
from dami.workspace.training.model_arrays import artifacts


def test_a_cell_is_what_lies_nearest_to_its_centre(trained):
    model = models.latest(trained.id)
    layers = artifacts(trained.id, model.number).layers
    points = linear_regions(layers, cached(trained).X).representation.astype(float)
    labels = known(trained)
    centers = sorted(labels)
    gaps = np.linalg.norm(points[:, None] - points[centers], axis=2)  # (60, centres)
    said = predictions(trained, model)
    for row in range(0, 60, 7):
        found = row_groups.cell(trained, row)
        members = [k for k in range(60) if np.isclose(gaps[k].min(), gaps[k, centers.index(found.center)], rtol=1e-5)]
        assert set(found.rows) <= set(members) and row in found.rows
        assert found.labels == {labels[found.center]: 1}
        assert found.spread[1] == pytest.approx(max(gaps[k].min() for k in found.rows), rel=1e-4)
        expected = [k for k in found.rows if k not in labels and said.classes[said.codes[k]].id != labels[found.center]]
        assert found.otherwise == expected


def test_the_mean_model_is_over_all_or_many(trained, monkeypatch):
    layers, X = artifacts(trained.id, 1).layers, cached(trained).X
    weights = linear_regions(layers, X).weights.astype(float)
    weights -= weights.mean(axis=1, keepdims=True)
    mean = row_groups.mean_model(trained, np.arange(60))
    assert mean.n_rows == 60 and np.allclose(mean.weights, weights.mean(axis=0), atol=1e-5)
    monkeypatch.setattr(row_groups, "MOST", 3)
    mean = row_groups.mean_model(trained, np.arange(60))
    assert mean.n_rows == 3 and np.allclose(mean.weights, weights[[0, 29, 59]].mean(axis=0), atol=1e-5)


def test_no_cells_before_a_network(desk, frame):
    project = desk.begin(frame)
    desk.work(project)
    with pytest.raises(ProjectError, match="No network"):
        row_groups.cell(project, 0)


def test_a_lasso_counts_what_can_be_given_a_class(desk, trained):
    labels = known(trained)
    gone = next(row for row in range(60) if row not in labels)
    desk.press(trained, [{"row": gone, "action": "discard"}])
    held = audit_sample.draw(trained, 3).rows
    found = row_groups.lasso(trained, np.arange(30))
    free = [row for row in range(30) if row != gone and row not in held]
    assert found.relabelable == free and found.open == [row for row in free if row not in labels]
    assert sum(found.labels.values()) == sum(row < 30 for row in labels) and found.center is None


def test_many_rows_are_labelled_and_undone_as_one(desk, trained):
    before = known(trained)
    rows = [row for row in range(60) if row not in before][:12]
    corrections.label_rows(trained, rows, 1, "bea")
    assert known(trained) == {**before, **dict.fromkeys(rows, 1)}
    stored = annotations.history(trained.id, 12)
    assert len({event.batch for event in stored}) == 1 and {event.annotator for event in stored} == {"bea"}
    assert desk.work(trained)[0].kind == "train"  # a round's worth of labels
    step = corrections.undo_step(trained)
    assert (step.n_rows, step.class_id) == (12, 1)
    corrections.undo(trained, step.event)
    assert known(trained) == before
    desk.work(trained)
    assert models.latest(trained.id).n_labeled == 10
    with pytest.raises(ProjectError, match="meanwhile"):
        corrections.undo(trained, step.event)
    corrections.redo(trained, corrections.redo_step(trained).event)
    assert len(known(trained)) == len(before) + 12
    corrections.mark_rows(trained, rows[:2], "discard")
    assert not set(rows[:2]) & set(known(trained))


@pytest.mark.parametrize(("rows", "class_id"), [([], 0), ([60], 0), ([-1], 0), ([1], 9)])
def test_what_cannot_be_given_stores_nothing(trained, rows, class_id):
    last = annotations.last_event(trained.id)
    with pytest.raises(ProjectError):
        corrections.label_rows(trained, rows, class_id)
    assert annotations.last_event(trained.id) == last


def test_a_second_look_ends_with_a_correction_or_a_confirmation(desk, trained, frame):
    clear = (frame["weight"] - 4 * (frame.index % 3)).abs().sort_values().index  # the surest of their kind first
    row, other = [int(row) for row in clear if row not in known(trained)][:2]
    wrong = {r: (oracle(trained, r) + 1) % 3 for r in (row, other)}
    desk.label_queue(trained, frame["kind"], 20)
    for r, class_id in wrong.items():
        corrections.correct(trained, r, class_id)
    desk.work(trained)
    rounds.start(trained.id)
    desk.work(trained)
    listed = {doubt.row: doubt for doubt in corrections.second_look(trained)}
    assert set(wrong) <= set(listed)
    assert listed[row].given.id == wrong[row] and listed[row].suggested.id == oracle(trained, row)
    corrections.correct(trained, row, oracle(trained, row))
    corrections.confirm(trained, other)
    assert not set(wrong) & {doubt.row for doubt in corrections.second_look(trained)}
    assert [e.class_id for e in annotations.events(trained.id) if e.row == row][-2:] == [
        wrong[row],
        oracle(trained, row),
    ]
    rounds.start(trained.id)
    desk.work(trained)
    assert other not in {doubt.row for doubt in corrections.second_look(trained)}

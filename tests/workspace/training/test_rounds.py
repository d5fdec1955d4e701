import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix

from dami.errors import Cancelled, ProjectError
from dami.networks.mlp import MLP
from dami.store import annotations, jobs, models, projects
from dami.tables.demos import load_demo
from dami.workspace.annotating import corrections, pad, row_cards
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects.labels import truth
from dami.workspace.training import encoded_pool, round_summary, rounds
from dami.workspace.training.encoded_pool import encoded
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.training.quality import can_be_tested, obstacle


def from_command_line(run_dami, path, frame, target, labels, n=20):
    """Picks of ``python -m dami query`` on a CSV whose label column is empty but for these labels."""
    given = frame.drop(columns=[target]).assign(**{target: pd.Series(labels, index=frame.index, dtype=object)})
    given.to_csv(path, index=False)
    return pd.read_csv(io.StringIO(run_dami("query", path, "--target", target, "-n", n)))


def assert_same_picks(model, picks):
    chosen = model.selection.picks[: len(picks)]
    assert [pick.row for pick in chosen] == picks["row"].tolist()
    assert [pick.nearest for pick in chosen] == picks["nearest"].tolist()
    for name in ("distance", "radius"):
        values = [np.inf if getattr(pick, name) is None else getattr(pick, name) for pick in chosen]
        np.testing.assert_allclose(values, picks[name], rtol=1e-6)


@pytest.mark.parametrize("n_labels", [0, 20])
def test_the_app_asks_for_the_rows_that_the_command_line_asks_for(desk, run_dami, tmp_path, n_labels):
    project = workspace_projects.begin_demo("penguins")
    frame = load_demo("penguins")
    desk.work(project)
    for _ in range(n_labels // 10):
        desk.label_queue(project, frame["label"], 10)
        desk.work(project)
    labels = [None] * len(frame)
    for row, class_id in annotations.labels(project.id).items():
        labels[row] = sorted(frame["label"].unique())[class_id]
    assert sum(label is not None for label in labels) == n_labels
    picks = from_command_line(run_dami, tmp_path / "given.csv", frame, "label", labels)
    assert_same_picks(models.latest(project.id), picks)


def test_numeric_classes_stand_in_the_order_of_the_command_line(desk, run_dami, tmp_path, frame):
    frame["kind"] = frame["kind"].map({"cat": 10, "dog": 9, "owl": -1})
    project = desk.begin(frame)
    desk.work(project)
    desk.label_queue(project, frame["kind"].astype(str), 10)
    desk.work(project)
    model = models.latest(project.id)
    assert model.summary.classes == ("-1", "9", "10")
    labels = [None] * len(frame)
    for row in annotations.labels(project.id):
        labels[row] = frame["kind"][row]
    assert_same_picks(model, from_command_line(run_dami, tmp_path / "given.csv", frame, "kind", labels))


def test_the_first_selection_needs_no_labels_and_the_next_ones_start_after_a_whole_round(desk, project, frame):
    desk.work(project)
    model = models.latest(project.id)
    assert (model.number, model.summary.classes) == (0, ())
    first = jobs.latest(project.id, "train").id
    desk.label_queue(project, frame["kind"], 9)
    assert jobs.latest(project.id, "train").id == first
    desk.label_queue(project, frame["kind"], 1)
    second = jobs.latest(project.id, "train")
    assert second.id > first and second.state == "queued"
    desk.label_queue(project, frame["kind"], 3)  # while it waits
    assert jobs.latest(project.id, "train").id == second.id
    assert len(desk.work(project)) == 1
    assert models.latest(project.id).number == 1
    assert models.latest(project.id).n_labeled == 13
    desk.label_queue(project, frame["kind"], 9)
    assert rounds.running(project.id) is None
    desk.label_queue(project, frame["kind"], 1)
    assert rounds.running(project.id) is not None


def test_labels_given_while_a_network_trains_count_for_the_next_round(desk, project, frame, monkeypatch):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    describe = round_summary.describe_network
    burst = []

    def label_meanwhile(*args):
        if not burst:
            burst.extend(desk.label_queue(project, frame["kind"], 12))
        return describe(*args)

    monkeypatch.setattr(round_summary, "describe_network", label_meanwhile)
    last = annotations.last_event(project.id)
    assert len(desk.work(project)) == 2  # the second without another key press
    assert models.get(project.id, 1).through_event == last
    assert models.get(project.id, 2).through_event == annotations.last_event(project.id)
    assert (models.get(project.id, 1).n_labeled, models.get(project.id, 2).n_labeled) == (10, 22)
    assert rounds.running(project.id) is None


def test_one_class_alone_still_asks(desk, project):
    desk.work(project)
    rows = [entry["row"] for entry in pad.pad(project.id)["queue"][:10]]
    desk.press(project, [{"row": row, "class": 0} for row in rows])
    desk.work(project)
    model = models.latest(project.id)
    assert (model.number, model.summary.classes) == (1, ())
    assert {pick.space for pick in model.selection.picks} == {"input"}
    assert not {*rows} & {*model.selection.rows}
    assert len(model.selection.rows) == 50


def test_unsure_rows_stay_centres_and_discarded_ones_leave(desk, project, frame):
    desk.work(project)
    queue = [entry["row"] for entry in pad.pad(project.id)["queue"]]
    unsure, discarded = queue[0], queue[1]
    desk.press(project, [{"row": unsure, "action": "unsure"}, {"row": discarded, "action": "discard"}])
    labeled = desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    chosen = models.latest(project.id).selection
    assert not {unsure, discarded, *labeled} & {*chosen.rows}
    assert len(chosen.rows) == 60 - 12
    assert discarded not in [pick.nearest for pick in chosen.picks]
    # An independent look: the first pick is the farthest row from labelled and unsure ones, the discarded one aside.
    layers = artifacts(project.id, 1).layers
    X = encoded(project).X.astype(np.float64)
    local = []
    for x in X:
        weights, hidden = np.eye(X.shape[1]), x
        for k, (W, b) in enumerate(layers):
            on = (W @ hidden + b > 0) if k < len(layers) - 1 else np.ones(len(b), bool)
            weights, hidden = on[:, None] * (W @ weights), on * (W @ hidden + b)
        local.append((weights - weights.mean(0)).ravel())
    local = np.array(local)
    centers = [*labeled, unsure]
    distance = np.linalg.norm(local[:, None] - local[centers], axis=2).min(1)
    distance[[*centers, discarded]] = -1
    assert chosen.rows[0] == distance.argmax()
    assert chosen.picks[0].distance == pytest.approx(distance.max(), rel=1e-4)


def test_a_failed_training_is_not_repeated_for_ever(desk, project, frame):
    desk.work(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "encoded", lambda *given: (_ for _ in ()).throw(ProjectError("No.")))
        desk.label_queue(project, frame["kind"], 10)
        assert [job.state for job in desk.work(project)] == ["failed"]
        for _ in range(3):
            rounds.start_if_outdated(project)
            rounds.start_if_due(project)
        assert desk.work(project) == []
        desk.label_queue(project, frame["kind"], 3)
        assert desk.work(project) == []
        desk.label_queue(project, frame["kind"], 7)
        assert [job.state for job in desk.work(project)] == ["failed"]
    rounds.start(project.id)
    assert [job.state for job in desk.work(project)] == ["done"]
    assert rounds.is_current(project, models.latest(project.id))


def test_a_round_that_is_labelled_in_the_last_moment_of_a_training_begins_the_next(desk, project, frame, monkeypatch):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    finish, late = jobs.finish, [1]

    def label_first(job, *more):
        if late and jobs.get(job).kind == "train":
            late.pop()
            desk.label_queue(project, frame["kind"], 10)
        return finish(job, *more)

    monkeypatch.setattr(jobs, "finish", label_first)
    assert len(desk.work(project)) == 2
    assert models.latest(project.id).n_labeled == 20


def test_a_failed_first_selection_is_not_repeated_by_itself(desk, project, monkeypatch):
    monkeypatch.setattr(rounds, "encoded", lambda *given: (_ for _ in ()).throw(ProjectError("No.")))
    assert [job.state for job in desk.work(project)] == ["failed"]
    rounds.start_if_due(project)
    assert desk.work(project) == []


def test_accuracy_in_practise_is_that_of_the_predictions_on_the_hidden_rows(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    model = models.latest(project.id)
    quality = model.summary.quality
    hidden = ~np.isin(np.arange(60), list(annotations.labels(project.id)))
    predicted = np.array(model.summary.classes)[artifacts(project.id, 1).probabilities.argmax(1)][hidden]
    actual = frame["kind"].to_numpy()[hidden]
    assert quality.kind == "hidden" and quality.n == 50
    assert quality.accuracy == pytest.approx(accuracy_score(actual, predicted))
    assert quality.balanced_accuracy == pytest.approx(balanced_accuracy_score(actual, predicted))
    assert [*map(list, quality.confusion)] == confusion_matrix(actual, predicted, labels=list(quality.names)).tolist()


def test_accuracy_in_practise_counts_classes_that_no_label_has_named_yet(desk, project, frame):
    desk.work(project)
    rows = [row for row in range(60) if frame["kind"][row] != "owl"][:10]
    desk.press(project, [{"row": row, "class": ["cat", "dog", "owl"].index(frame["kind"][row])} for row in rows])
    desk.work(project)
    quality = models.latest(project.id).summary.quality
    assert quality.names == ("cat", "dog", "owl")
    assert sum(quality.confusion[2]) == 20 and quality.confusion[2][2] == 0
    assert quality.accuracy <= 30 / 50


def test_accuracy_of_own_labels_is_out_of_fold(desk, frame):
    project = desk.begin(frame.drop(columns="kind"), None, "label", classes=["cat", "dog", "owl"])
    rows = list(range(24))
    noisy = ["cat" if row % 7 == 0 else frame["kind"][row] for row in rows]
    desk.press(project, [{"row": row, "class": ["cat", "dog", "owl"].index(noisy[row])} for row in rows])
    desk.work(project)
    quality = models.latest(project.id).summary.quality
    X, y = encoded(project).X[rows], np.array(noisy)
    network = MLP(random_state=project.seed).fit(X, y)
    predicted = network.classes_[network.out_of_fold_.argmax(axis=1)]
    assert quality.kind == "cross-validated" and quality.n == 24
    assert quality.accuracy == pytest.approx(accuracy_score(y, predicted.astype(str)))
    assert [*map(list, quality.confusion)] == confusion_matrix(y, predicted.astype(str)).tolist()
    assert quality.accuracy < network.score(X, y)  # on its own training rows it looks better than it is


def test_a_network_from_before_the_encoding_changed_is_not_read_together_with_it(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    model = models.latest(project.id)
    rounds.require_same_table(project, model)
    old = replace(model, summary=replace(model.summary, encoding=1))  # of a version that did not say it
    with pytest.raises(ProjectError, match="earlier version of DAMI: train again"):
        rounds.require_same_table(project, old)
    rounds.start_if_due(project)
    assert rounds.running(project.id) is None
    models.set_summary(project.id, model.number, old.summary)
    with pytest.raises(ProjectError, match="earlier version of DAMI: train again"):
        row_cards.local_model(project, 0)
    rounds.start_if_due(project)  # as Label does when it is opened
    assert rounds.running(project.id) is not None
    desk.work(project)
    assert row_cards.local_model(project, 0).classes and rounds.running(project.id) is None


def test_no_accuracy_from_too_few_labels(desk, frame):
    project = desk.begin(frame.drop(columns="kind"), None, "label", classes=["cat", "dog"])
    desk.press(project, [{"row": row, "class": row % 2} for row in range(6)])
    rounds.start(project.id)
    desk.work(project)
    model = models.latest(project.id)
    assert model.summary.classes == ("cat", "dog") and model.summary.quality is None and model.summary.is_measured
    assert obstacle(project).startswith("is shown once there are ten labelled rows")


def test_what_the_page_says_of_a_missing_accuracy_is_what_the_training_does(desk, frame):
    project = desk.begin(frame.drop(columns="kind"), None, "label", classes=["cat", "dog", "owl", "fox"])
    given = [0] * 4 + [1] * 4 + [2, 3]  # ten labels, but eight that can be tested
    desk.press(project, [{"row": row, "class": class_id} for row, class_id in enumerate(given)])
    desk.work(project)
    assert models.latest(project.id).summary.quality is None and obstacle(project) is not None
    desk.press(project, [{"row": 10, "class": 2}])
    assert obstacle(project) is None
    rounds.start(project.id)
    desk.work(project)
    assert models.latest(project.id).summary.quality.n == 10


def test_without_a_hidden_label_left_nothing_can_be_measured_in_practise(desk, project, frame):
    kinds = ["cat", "dog", "owl"]
    answers = [{"row": row, "class": kinds.index(kind)} for row, kind in enumerate(frame["kind"])]
    desk.press(project, answers[:59])
    assert obstacle(project) is None
    desk.press(project, answers[59:])
    assert "hidden any more" in obstacle(project)


@pytest.mark.parametrize(
    ("given", "tested"),
    [
        ([], 0),
        ([0] * 10, 0),
        ([0] * 9 + [1], 0),
        ([0] * 7 + [1] * 2, 0),
        ([0] * 7 + [1] * 2 + [2], 0),
        ([0] * 8 + [1] * 2, 10),
        ([0] * 5 + [1] * 5 + [2], 10),
    ],
)
def test_labels_can_be_tested_from_ten_of_two_classes_on(given, tested):
    found = can_be_tested(np.array(given, dtype=int))
    assert found.sum() == tested and not found[tested:].any()


def test_labels_that_came_with_the_table_are_learnt_from(desk, frame):
    known = frame.copy()
    known.loc[known.index % 2 == 1, "kind"] = None
    project = desk.begin(known, mode="label")
    desk.work(project)
    model = models.latest(project.id)
    assert model.number == 1 and model.n_labeled == 30  # 0 is the cold start, which it had none of
    assert model.summary.classes == ("cat", "dog", "owl")
    assert {*model.selection.rows} == {*range(1, 60, 2)}
    assert truth(project) is None


def test_progress_tells_the_history_and_a_cancel_ends_the_training(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    job = jobs.claim("interactive")
    seen = []
    report = rounds.Reporter.__call__

    def cancel_in_the_middle(self, share, stage, place=""):
        report(self, share, stage, place)
        seen.append(stage)
        if place.startswith("step") and len(self.history) == 4:
            self._last = (-1.0, "")
            jobs.cancel(job.id)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Cancelled):
        patch.setattr(rounds.Reporter, "__call__", cancel_in_the_middle)
        rounds.run(job)
    assert len(seen) < 40
    assert jobs.cancelled(job.id) and jobs.get(job.id).state == "cancelled"
    assert models.latest(project.id).number == 0
    rounds.start_if_due(projects.get(project.id))
    assert rounds.running(project.id) is None


def test_labels_taken_and_brought_back_are_learnt_anew(desk, project, frame):
    for _ in range(2):
        desk.work(project)
        desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    assert models.latest(project.id).n_labeled == 20
    for _ in range(20):
        corrections.undo(project)
    desk.work(project)
    assert models.latest(project.id).n_labeled == 0
    for _ in range(20):
        corrections.redo(project)
    desk.work(project)
    assert models.latest(project.id).n_labeled == 20
    before = models.latest(project.id).number
    desk.work(project)
    assert models.latest(project.id).number == before  # and no more than once


def test_a_table_is_encoded_block_by_block_as_it_would_be_whole(project, frame, monkeypatch):
    monkeypatch.setattr(encoded_pool, "BLOCK_ROWS", 7)
    told = []
    pool = encoded(project, lambda done, n: told.append((done, n)))
    whole = encoded_pool.fitted_encoder(project).transform(frame.drop(columns="kind"))
    assert pool.X.tobytes() == whole.tobytes()
    assert told == [(start, 60) for start in range(0, 60, 7)]

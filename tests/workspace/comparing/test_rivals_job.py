"""The comparison of a network with its rivals, as a worker makes it and pages read it."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dami.errors import ProjectError
from dami.networks.members import plan
from dami.networks.mlp import MLP, seed_of
from dami.store import classes, jobs, models
from dami.studies import rivals
from dami.studies.rivals import Difference, Score, Standings
from dami.workspace.comparing import rivals_job
from dami.workspace.jobs import progress
from dami.workspace.training import rounds
from dami.workspace.training.encoded_pool import encoded
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.transfer import exporters

NAMES = ("logistic regression", "random forest", "gradient boosting")
pytestmark = pytest.mark.usefixtures("small_rivals")


def standings(*values: float, half: float = 0.02) -> Standings:
    found = zip(NAMES, values, strict=True)
    differences = tuple(Difference(name, value, value - half, value + half) for name, value in found)
    return Standings(30, 30, tuple(Score(name, 0.7, 0.7, 0.6) for name in ("network", *NAMES)), differences)


@pytest.fixture
def labeled(desk, frame, once):
    """30 labels that came with the table, and a network trained on them."""
    frame.loc[frame.index >= 30, "kind"] = None
    return once(lambda: desk.trained(desk.begin(frame, mode="label")))


@pytest.fixture
def with_better_forest(desk, labeled, monkeypatch):
    monkeypatch.setattr(rivals_job, "compare", lambda *_: standings(-0.05, 0.06, 0.03))
    rivals_job.start(labeled)
    [job] = desk.work(labeled, "batch")
    assert (job.state, job.message) == ("done", "")
    return labeled


def test_the_standings_are_of_the_network_its_labels_and_its_folds(desk, labeled):
    rivals_job.start(labeled)
    [job] = desk.work(labeled, "batch")
    assert (job.kind, job.lane, job.state) == ("rivals", "batch", "done")
    found = rivals_job.standings(labeled, 1)
    assert rivals_job.newest(labeled) == (1, found)
    X, y = encoded(labeled).X[:30], np.arange(30) % 3
    without = plan(y, 5, seed_of(labeled.seed)).without
    ranks = np.array([name.endswith("(rank)") for name in encoded(labeled).features])
    assert encoded(labeled).ranks.tolist() == ranks.tolist() and ranks.sum() == 3
    right = {"network": np.zeros(30, bool), "random forest": np.zeros(30, bool)}
    for fold in range(5):
        kept = without == fold
        network = MLP(random_state=labeled.seed).fit(X[~kept], y[~kept])
        right["network"][kept] = network.predict(X[kept]) == y[kept]
        forest = rivals.RIVALS["random forest"](labeled.seed).fit(X[~kept][:, ~ranks], y[~kept])
        right["random forest"][kept] = forest.predict(X[kept][:, ~ranks]) == y[kept]
    scores = {score.model: score.accuracy for score in found.scores}
    assert {name: scores[name] for name in right} == {name: pytest.approx(one.mean()) for name, one in right.items()}
    assert (found.n_rows, found.n_tested) == (30, 30)


def test_labels_that_came_after_the_network_are_not_compared_and_newer_networks_have_none(desk, labeled):
    desk.press(labeled, [{"row": row, "class": row % 3} for row in range(30, 35)])
    rivals_job.start(labeled)
    desk.work(labeled, "batch")
    assert rivals_job.standings(labeled, 1).n_rows == 30
    rounds.start(labeled.id)
    desk.work(labeled)
    assert models.latest(labeled.id).number == 2
    assert rivals_job.standings(labeled, 2) is None and rivals_job.newest(labeled)[0] == 1
    rivals_job.start(labeled)
    desk.work(labeled, "batch")
    assert rivals_job.newest(labeled)[0] == 2 and rivals_job.standings(labeled, 2).n_rows == 35


def test_a_label_corrected_after_the_network_counts_as_it_was(desk, labeled, monkeypatch):
    desk.press(labeled, [{"row": 0, "class": 2}])
    seen = []
    monkeypatch.setattr(rivals_job, "compare", lambda X, labels, *_: seen.append(labels) or standings(0, 0, 0))
    rivals_job.start(labeled)
    desk.work(labeled, "batch")
    assert seen[0].tolist() == (np.arange(30) % 3).tolist()


def test_too_few_labels_are_stored_as_a_sentence(desk, frame):
    frame.loc[frame.index >= 12, "kind"] = None
    project = desk.begin(frame, mode="label")
    desk.work(project)
    rivals_job.start(project)
    desk.work(project, "batch")
    found = rivals_job.standings(project, 1)
    assert found.sentence.endswith("12 rows are labelled now.") and found.better is None
    assert rivals_job.instead(project) is None


def test_a_merged_class_is_said_and_labels_again(desk, labeled):
    classes.merge_class(labeled.id, 1, 0)
    rivals_job.start(labeled)
    [job] = desk.work(labeled, "batch")
    assert job.state == "failed" and "train again and compare that network" in job.message
    assert rivals_job.ended_without_result(labeled, models.latest(labeled.id)).id == job.id


def test_without_a_network_there_is_nothing_to_compare(desk, project):
    desk.work(project)
    with pytest.raises(ProjectError, match="No network"):
        rivals_job.start(project)
    assert rivals_job.newest(project) is None and rivals_job.instead(project) is None


def test_a_comparison_that_is_stopped_leaves_nothing(desk, labeled, monkeypatch):
    from dami.workspace.jobs.worker import work

    job = rivals_job.start(labeled)
    reported = progress.Reporter.__call__

    def stop_in_the_forest(self, share, stage, place=""):
        if place == "random forest":
            jobs.cancel(job)
        self._last = (-1.0, "")
        reported(self, share, stage, place)

    monkeypatch.setattr(progress.Reporter, "__call__", stop_in_the_forest)
    assert rivals_job.running(labeled).id == job
    work(jobs.claim("batch"))
    assert jobs.get(job).state == "cancelled" and jobs.get(job).message == "Comparing with rivals: logistic regression"
    assert rivals_job.standings(labeled, 1) is None and rivals_job.running(labeled) is None


def test_damaged_standings_count_as_none(desk, labeled):
    rivals_job.start(labeled)
    desk.work(labeled, "batch")
    path = artifacts(labeled.id, 1).folder / "rivals.json"
    for broken in ("{", "{}", "[]", '{"n_rows": 3}'):
        path.write_text(broken)
        assert rivals_job.standings(labeled, 1) is None and rivals_job.newest(labeled) is None


# ---- what is exported -----------------------------------------------------------------------------------------------


def test_a_better_rival_predicts_the_rows_without_labels_only_where_it_is_asked_for(with_better_forest):
    project = with_better_forest
    assert rivals_job.instead(project) == "random forest"
    pool = encoded(project)
    forest = rivals.RIVALS["random forest"](project.seed)
    forest.fit(pool.X[:30][:, ~pool.ranks], np.arange(30) % 3)
    shares = forest.predict_proba(pool.X[30:][:, ~pool.ranks])
    expected = np.array(["cat", "dog", "owl"])[shares.argmax(1)]
    by_rival = pd.read_csv(io.BytesIO(exporters.EXPORTERS["rival csv"].write(project)))
    by_network = pd.read_csv(io.BytesIO(exporters.EXPORTERS["csv"].write(project)))
    assert by_rival["label"][30:].tolist() == expected.tolist()
    np.testing.assert_allclose(by_rival["confidence"][30:], shares.max(1), atol=1e-4)
    for found, name in ((by_rival, "random forest"), (by_network, "network 1")):
        assert set(found["predicted_by"][30:]) == {name} and found["predicted_by"][:30].isna().all()
        assert set(found["label_source"][30:]) == {"model"} and set(found["label_source"][:30]) == {"imported"}
    network = artifacts(project.id, 1).probabilities
    assert by_network["label"][30:].tolist() == np.array(["cat", "dog", "owl"])[network.argmax(1)][30:].tolist()
    again = pd.read_parquet(io.BytesIO(exporters.EXPORTERS["rival parquet"].write(project)))
    assert again["label"].tolist() == by_rival["label"].tolist()


def test_where_no_rival_is_better_the_mean_of_network_and_forest_predicts_and_is_named(desk, labeled, monkeypatch):
    monkeypatch.setattr(rivals_job, "compare", lambda *_: replace(standings(0, 0, 0), joint_temperature=0.6))
    rivals_job.start(labeled)
    desk.work(labeled, "batch")
    assert rivals_job.instead(labeled) == "mean of network and random forest"
    pool = encoded(labeled)
    forest = rivals.RIVALS["random forest"](labeled.seed)
    forest.fit(pool.X[:30][:, ~pool.ranks], np.arange(30) % 3)
    mean = (artifacts(labeled.id, 1).probabilities[30:] + forest.predict_proba(pool.X[30:][:, ~pool.ranks])) / 2
    shares = mean ** (1 / 0.6)
    shares /= shares.sum(axis=1, keepdims=True)
    found = pd.read_csv(io.BytesIO(exporters.EXPORTERS["rival csv"].write(labeled)))[30:]
    assert found["label"].tolist() == np.array(["cat", "dog", "owl"])[shares.argmax(axis=1)].tolist()
    np.testing.assert_allclose(found["confidence"], shares.max(axis=1), atol=1e-4)
    assert set(found["predicted_by"]) == {"mean of network and random forest"}


@pytest.mark.parametrize("values", [(0.0, 0.01, 0.0), (-0.1, -0.2, -0.1)])
def test_a_rival_that_is_not_better_beyond_doubt_is_not_exported(desk, labeled, monkeypatch, values):
    monkeypatch.setattr(rivals_job, "compare", lambda *_: standings(*values))
    rivals_job.start(labeled)
    desk.work(labeled, "batch")
    refused(labeled)


def test_a_rival_of_an_older_network_is_not_exported(desk, with_better_forest):
    rounds.start(with_better_forest.id)
    desk.work(with_better_forest)
    assert rivals_job.newest(with_better_forest)[0] == 1
    refused(with_better_forest)


def test_lost_predictions_of_a_rival_are_refused_and_not_those_of_the_network_given(with_better_forest):
    (artifacts(with_better_forest.id, 1).folder / "rival_probabilities.npy").unlink()
    refused(with_better_forest)


def refused(project) -> None:
    assert rivals_job.instead(project) is None
    for name, exporter in exporters.of_section("rival").items():
        assert "compare the newest network with its rivals on the Model page" in exporter.missing(project), name
        with pytest.raises(ProjectError, match="No other model has predicted the rows"):
            exporter.write(project)


def test_the_report_says_how_the_network_stands(desk, labeled, with_better_forest):
    said = "Beside three rivals, trained on the same labels: On the 30 labelled rows, the random forest is 6.0 points"
    assert said in exporters.EXPORTERS["report"].write(with_better_forest).decode()
    rounds.start(labeled.id)
    desk.work(labeled)
    assert "Beside three rivals" not in exporters.EXPORTERS["report"].write(labeled).decode()


def test_the_best_of_several_better_rivals_is_the_one(labeled):
    assert standings(0.09, 0.06, 0.03).better == "logistic regression"
    wide = standings(0.09, 0.06, 0.03).differences
    doubtful = replace(standings(0.09, 0.06, 0.03), differences=(replace(wide[0], low=-0.01), *wide[1:]))
    assert doubtful.better == "random forest"

"""Simulation against the loop that it stands for: a learner that asks and is taught, round by round."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from dami import simulate
from dami.errors import TableError
from dami.networks.mlp import MLP
from dami.selection.learner import ActiveLearner
from dami.selection.strategies import STRATEGIES, Pool
from dami.studies.experiment import COLUMNS, Experiment
from dami.studies.simulation import auroc, run
from dami.tables.demos import load_demo


@pytest.fixture(scope="module")
def penguins():
    frame = load_demo("penguins")
    return frame.drop(columns="label"), frame["label"]


def test_records_have_a_row_for_every_strategy_seed_and_round(penguins, few_steps):
    records = simulate(*penguins, strategies=list(STRATEGIES), seeds=2, n_initial=10, batch_size=5, rounds=2)
    assert list(records.columns) == COLUMNS
    assert len(records) == len(STRATEGIES) * 2 * 3
    assert set(records["n_labeled"]) == {10, 15, 20}
    assert (records["n_labeled"] == 10 + 5 * records["round"]).all()
    first = records[records["round"] == 0]
    for measure in ("accuracy", "balanced_accuracy", "auroc"):
        assert records[measure].between(0, 1).all()
        assert (first.groupby("seed")[measure].nunique() == 1).all()  # all begin with the same labels and weights


@pytest.mark.parametrize("name", ["random", "margin", "dami"])
def test_a_run_is_the_loop_of_a_learner(penguins, name):
    frame, labels = penguins
    experiment = Experiment.of(frame, labels, [name], 12, 6, 3)
    (finished,) = run(experiment, [4])
    records = finished.records
    pool, test, initial = experiment.split(4)
    assert not set(pool) & set(test) and len(test) == len(frame) // 3
    X, y = experiment.X, experiment.y
    given = np.full(len(pool), None, dtype=object)
    given[initial] = y[pool][initial]
    learner = ActiveLearner(name, random_state=4).fit_encoded(X[pool], given)
    for number, record in enumerate(records.to_dict("records")):
        assert record["round"] == number
        probabilities = np.zeros((len(test), experiment.n_classes))
        probabilities[:, learner.classes_.astype(int)] = learner.network_.predict_proba(X[test])
        said = probabilities.argmax(axis=1)
        assert record["accuracy"] == pytest.approx((said == y[test]).mean())
        assert record["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(y[test], said))
        expected = roc_auc_score(y[test], probabilities, multi_class="ovr")
        assert record["auroc"] == pytest.approx(expected)
        picks = learner.query(6).indices
        if number < 3:  # no round comes after the last
            assert pool[picks].tolist() == finished.picks[4][0][record["n_labeled"] :][:6].tolist()
        learner.teach(picks, y[pool][picks])


def test_picks_are_the_rows_labeled_in_their_order(penguins, few_steps):
    names = ["random", "margin", "dami-plus", "bald"]
    experiment = Experiment.of(*penguins, names, 12, 6, 3)
    finished = list(run(experiment, [4, 2], one_seed_first=True))
    assert [list(part.picks) for part in finished] == [[4], [2]]
    for part in finished:
        [(seed, picks)] = part.picks.items()
        pool, _, initial = experiment.split(seed)
        assert picks.shape == (4, part.records["n_labeled"].max()) == (4, 12 + 3 * 6)
        assert (picks[:, :12] == pool[initial]).all()  # shared by all strategies
        for rows in picks:
            assert len(set(rows)) == len(rows) and set(rows) <= set(pool)
        # Whoever labels these rows and no others gets the networks that were measured.
        for name, rows in zip(names, picks, strict=True):
            of_name = part.records[part.records["strategy"] == name].set_index("round")
            for number in (0, 2):
                labeled = pool[np.isin(pool, rows[: of_name.loc[number, "n_labeled"]])]
                alone = MLP(random_state=seed).fit(experiment.X[labeled], experiment.y[labeled])
                test = experiment.split(seed)[1]
                right = (alone.predict(experiment.X[test]) == experiment.y[test]).mean()
                assert of_name.loc[number, "accuracy"] == pytest.approx(right)


def test_random_picks_are_those_of_the_strategy(penguins, few_steps):
    experiment = Experiment.of(*penguins, ["margin", "random"], 12, 6, 3)
    (finished,) = run(experiment, [7])
    pool, _, labeled = experiment.split(7)
    for _ in range(3):
        asked = STRATEGIES["random"]().query(Pool(experiment.X[pool], labeled, seed=7), 6)
        labeled = np.concatenate([labeled, asked.indices])
    assert finished.picks[7][1].tolist() == pool[labeled].tolist()


def test_a_growing_run_begins_with_one_seed_and_says_the_same(penguins, few_steps):
    experiment = Experiment.of(*penguins, ["random", "margin"], 10, 5, 2)
    shares: list[float] = []
    parts = list(run(experiment, range(8), shares.append, one_seed_first=True))
    assert [part.records["seed"].nunique() for part in parts] == [1, 2, 3, 2]
    assert shares == sorted(shares) and shares[-1] == 1
    whole = next(run(experiment, range(8))).records
    same = [column for column in COLUMNS if not column.endswith("seconds")]
    grown = pd.concat([part.records for part in parts], ignore_index=True)
    pd.testing.assert_frame_equal(grown[same[:4]], whole[same[:4]])
    first = grown["round"] == 0
    assert np.allclose(grown[first]["accuracy"], whole[first]["accuracy"], atol=0.02)


def test_auroc_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=200)
    probabilities = np.round(rng.dirichlet(np.ones(3), size=200), 1)  # with ties
    each = [roc_auc_score(truth == k, probabilities[:, k]) for k in range(3)]
    assert auroc(truth, probabilities) == pytest.approx(np.mean(each))
    assert auroc(truth[:100] % 2, probabilities[:100, :2]) == pytest.approx(
        np.mean([roc_auc_score(truth[:100] % 2 == k, probabilities[:100, k]) for k in range(2)])
    )
    assert np.isnan(auroc(np.zeros(5, int), np.full((5, 1), 1.0)))


def test_one_class_at_first_starts_cold_and_still_ends_warm():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)).astype(np.float32)
    y = np.where(X[:, 0] > 1.6, "rare", "common")
    experiment = Experiment.encoded(X, y, ["dami", "dami-plus", "bald"], 2, 10, 4)

    def n_classes_at_first(seed):
        pool, _, initial = experiment.split(seed)
        return len(set(y[pool[initial]]))

    alike = (seed for seed in range(100) if n_classes_at_first(seed) == 1)
    (finished,) = run(experiment, [next(alike)])
    records = finished.records
    first = records[records["round"] == 0]
    assert (first["auroc"] == 0.5).all() and (first["train_seconds"] == 0).all()
    last = records[records["round"] == 4]
    assert (last["train_seconds"] > 0).all() and (last["auroc"] > 0.5).all()


def test_half_of_the_pool_ends_a_run(penguins):
    experiment = Experiment.of(*penguins, ["random"], 30, 10, 100)
    assert experiment.n_pool == 344 - 344 // 3
    assert experiment.n_rounds == (experiment.n_pool // 2 - 30) // 10


def test_rows_without_a_label_are_left_out(penguins):
    frame, labels = penguins
    some = labels.astype(object).mask(np.arange(len(labels)) % 2 == 0)
    experiment = Experiment.of(frame, some, ["random"], 10, 5, 2)
    assert len(experiment.X) == len(experiment.y) == some.notna().sum()


def test_what_cannot_be_compared_is_refused_in_words(penguins):
    frame, labels = penguins
    with pytest.raises(TableError, match="two classes"):
        simulate(frame, pd.Series("same", index=frame.index))
    with pytest.raises(TableError, match="too few for 150 labels"):
        simulate(frame, labels, n_initial=150)
    with pytest.raises(ValueError, match="no strategy 'magic'"):
        simulate(frame, labels, strategies=["magic"])
    with pytest.raises(ValueError, match="once"):
        simulate(frame, labels, strategies=["dami", "dami"])
    with pytest.raises(ValueError, match="Seeds"):
        simulate(frame, labels, seeds=0)
    with pytest.raises(ValueError, match="rounds"):
        simulate(frame, labels, rounds=0)
    with pytest.raises(ValueError, match="344"):
        simulate(frame, labels[:-1])


def test_an_interrupt_keeps_the_seeds_that_are_done(penguins, few_steps):
    def stop(share):
        if share > 0.7:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="Interrupted"):
        records = simulate(*penguins, ["random", "bald"], 12, 10, 5, 2, on_progress=stop)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = simulate(*penguins, ["random", "bald"], 12, 10, 5, 2)
    done = records["seed"].nunique()
    assert 0 < done < 12 and len(records) == 2 * 3 * done
    same = [column for column in COLUMNS if not column.endswith("seconds")]
    pd.testing.assert_frame_equal(records[same], whole[whole["seed"] < done][same].reset_index(drop=True))


def test_a_network_of_an_ensemble_is_the_strategy_of_one_more_seed(penguins, few_steps):
    experiment = Experiment.of(*penguins, ["margin", "bald"], 20, 5, 1)
    (finished,) = run(experiment, [3])
    records = finished.records
    at_first = records[records["round"] == 0].set_index("strategy")
    assert at_first.loc["margin", "accuracy"] == at_first.loc["bald", "accuracy"]
    pool, test, initial = experiment.split(3)
    alone = MLP(random_state=3).fit(experiment.X[pool][initial], experiment.y[pool][initial])
    right = (alone.predict(experiment.X[test]) == experiment.y[test]).mean()
    assert at_first.loc["margin", "accuracy"] == pytest.approx(right, abs=0.02)

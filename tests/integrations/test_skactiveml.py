"""DAMI's strategies by the conventions of scikit-activeml, and against DAMI asked directly."""

import builtins
import inspect
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from skactiveml.base import SingleAnnotatorPoolQueryStrategy
from skactiveml.pool import CoreSet
from skactiveml.utils import check_random_state, is_labeled
from sklearn.base import clone

import dami
from dami.integrations.skactiveml import DAMI

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "skactiveml_beside_core_set_and_badge.py"
FARTHEST_FIRST = ["dami", "core-set", "input-k-center", "dami-affine", "dami-unit", "dami-predicted"]
RANKING = ["margin", "entropy", "least-confidence", "bald"]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def samples(n=40, n_labeled=8, seed=0):
    """Samples, and labels with gaps in no order."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    y = np.full(n, np.nan)
    labeled = np.sort(rng.permutation(n)[:n_labeled])
    y[labeled] = np.arange(n_labeled) % 2
    return X, y, labeled


@pytest.mark.parametrize("strategy", dami.STRATEGIES)
def test_every_strategy_keeps_the_conventions(strategy, few_steps):
    X, y, labeled = samples()
    unlabeled = np.flatnonzero(np.isnan(y))
    asked = DAMI(strategy, random_state=np.random.RandomState(0))
    assert isinstance(asked, SingleAnnotatorPoolQueryStrategy)
    picks, utilities = asked.query(X, y, batch_size=5, return_utilities=True)
    assert utilities.shape == (5, 40) and len(set(picks.tolist())) == 5 and not np.isin(picks, labeled).any()
    for k in range(5):  # not a number: what has a label, and what was picked before
        assert np.flatnonzero(np.isnan(utilities[k])).tolist() == sorted([*labeled, *picks[:k]])
    assert np.nanargmax(utilities, axis=1).tolist() == picks.tolist()
    again, same = asked.query(X, y, batch_size=5, return_utilities=True)  # a RandomState is not used up
    assert again.tolist() == picks.tolist() and np.array_equal(same, utilities, equal_nan=True)
    assert asked.query(X, y, batch_size=5).tolist() == picks.tolist()

    by_place, of_places = asked.query(X, y, unlabeled, 5, return_utilities=True)
    assert by_place.tolist() == picks.tolist() and np.array_equal(of_places, utilities, equal_nan=True)
    by_value, of_values = asked.query(X, y, X[unlabeled], 5, return_utilities=True)
    assert unlabeled[by_value].tolist() == picks.tolist()
    assert np.array_equal(of_values, utilities[:, unlabeled], equal_nan=True)
    [only], alone = asked.query(X, y, unlabeled[3:4], return_utilities=True)
    assert only == unlabeled[3] and np.flatnonzero(~np.isnan(alone[0])).tolist() == [only]
    with pytest.warns(UserWarning, match="batch_size"):
        assert sorted(asked.query(X, y, batch_size=99)) == unlabeled.tolist()


@pytest.mark.parametrize("strategy", ["dami", "dami-plus", "badge", "bald"])
def test_it_is_dami_itself(strategy):
    X, y, labeled = samples()
    asked = DAMI(strategy, random_state=3)
    picks = asked.query(X, y, batch_size=6)
    order = np.concatenate([labeled, np.setdiff1d(np.arange(40), labeled)])
    labels = [int(y[row]) if row in labeled else None for row in order]
    selection = dami.ActiveLearner(strategy, _seed(3, y)).fit_encoded(X[order], labels).query(6)
    assert picks.tolist() == order[selection.indices].tolist()


def _seed(random_state, y):
    """What their library makes of a seed, and DAMI of that."""
    return int(check_random_state(random_state, int((~is_labeled(y)).sum()) + 1).randint(2**31 - 1))


@pytest.mark.parametrize("strategy", FARTHEST_FIRST)
def test_utilities_of_farthest_first_are_distances(strategy):
    X, y, _ = samples()
    picks, utilities = DAMI(strategy, random_state=0).query(X, y, batch_size=5, return_utilities=True)
    assert (np.diff(np.nanmax(utilities, axis=1)) <= 1e-9).all()  # covering, the farthest comes nearer
    if strategy == "input-k-center":
        theirs, distances = CoreSet(random_state=0).query(X, y, batch_size=5, return_utilities=True)
        assert picks.tolist() == theirs.tolist()
        np.testing.assert_allclose(utilities, distances, rtol=1e-5)


@pytest.mark.parametrize("strategy", RANKING)
def test_utilities_of_a_ranking_stay(strategy):
    X, y, _ = samples()
    picks, utilities = DAMI(strategy, random_state=0).query(X, y, batch_size=5, return_utilities=True)
    assert np.argsort(-utilities[0], kind="stable")[:5].tolist() == picks.tolist()  # nan comes last
    left = ~np.isnan(utilities[4])
    assert np.array_equal(utilities[4][left], utilities[0][left])


@pytest.mark.parametrize("n_labeled", [0, 1, 39])
def test_from_no_label_to_the_last(n_labeled):
    X, y, _ = samples(n_labeled=n_labeled)
    [pick], utilities = DAMI(random_state=0).query(X, y, return_utilities=True)
    assert np.isnan(y[pick]) and np.nanargmax(utilities[0]) == pick
    if n_labeled == 0:  # the most typical
        assert pick == np.linalg.norm(X - X.mean(axis=0), axis=1).argmin()


@pytest.mark.parametrize(
    ("missing", "classes", "dtype"),
    [(np.nan, [1.0, 2.0], float), (0, [1, 2], int), (None, ["A", "B"], object), ("", ["A", "B"], str)],
)
def test_missing_labels_of_every_kind(missing, classes, dtype):
    X, y, _ = samples()
    labels = np.array([missing if np.isnan(label) else classes[int(label)] for label in y], dtype=dtype)
    picks = DAMI(missing_label=missing, random_state=0).query(X, labels, batch_size=4)
    assert picks.tolist() == DAMI(random_state=0).query(X, y, batch_size=4).tolist()


@pytest.mark.parametrize(
    ("settings", "arguments", "error"),
    [
        ({"strategy": "magic"}, {}, ValueError),
        ({"random_state": "state"}, {}, ValueError),
        ({"missing_label": object}, {}, TypeError),
        ({}, {"X": "text"}, ValueError),
        ({}, {"X": np.full((40, 3), np.inf)}, ValueError),
        ({}, {"y": [0, 1]}, ValueError),
        ({}, {"batch_size": 0}, ValueError),
        ({}, {"batch_size": 1.5}, TypeError),
        ({}, {"return_utilities": "yes"}, TypeError),
        ({}, {"candidates": [99]}, ValueError),
    ],
)
def test_what_is_wrong_is_refused(settings, arguments, error):
    X, y, _ = samples()
    with pytest.raises(error):
        DAMI(**settings).query(**({"X": X, "y": y} | arguments))


def test_a_sample_with_a_label_is_no_candidate():
    X, y, labeled = samples()
    with pytest.raises(ValueError, match="labeled"):
        DAMI().query(X, y, candidates=labeled[:1])


def test_it_is_an_estimator_of_theirs():
    ours, theirs = (inspect.signature(cls.query).parameters for cls in (DAMI, CoreSet))
    assert list(ours) == list(theirs)
    assert clone(DAMI("margin", random_state=1)).get_params() == {
        "strategy": "margin",
        "missing_label": pytest.approx(np.nan, nan_ok=True),
        "random_state": 1,
    }


def test_the_example_runs(capsys):
    runpy.run_path(str(EXAMPLE))
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["labels", "DAMI-plus", "CoreSet", "Badge"]
    table = np.array([line.split() for line in lines], dtype=float)  # (cycles, 1 + strategies)
    assert table[:, 0].tolist() == [4, 8, 12, 16, 20, 24]
    assert len(set(table[0, 1:])) == 1 and (table[-1, 1:] > 0.9).all()


def test_without_their_library_it_says_what_to_install(monkeypatch):
    def missing(name, *more):
        if name.partition(".")[0] == "skactiveml":
            raise ModuleNotFoundError("No module named 'skactiveml'", name="skactiveml")
        return imported(name, *more)

    imported = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-activeml") as raised:
        runpy.run_module("dami.integrations.skactiveml")
    assert raised.value.__suppress_context__  # no “During handling of the above exception” above the sentence

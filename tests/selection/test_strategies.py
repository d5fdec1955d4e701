"""What every strategy in STUDIED keeps, on every kind of pool; and what each of the three does."""

import functools

import numpy as np
import pytest

from dami.networks.mlp import MLP
from dami.networks.regions import linear_regions
from dami.selection.k_center import k_center
from dami.selection.strategies import STRATEGIES, STUDIED, VARIANTS, Pool


def rows(n=60, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def trained(X, labeled, n_classes=2):
    y = np.arange(len(labeled)) % n_classes
    return MLP(hidden=(8, 8), steps=50, random_state=0).fit(X[labeled], y)


def pools():
    X = rows(42)
    doubled = np.repeat(rows(10), 4, axis=0)
    equal = np.ones((20, 3), np.float32)
    labeled = [3, 7, 11, 20, 33, 41]
    few = [0, 5, 9, 14]

    @functools.cache  # once for all tests: a query changes no network
    def net(rows, n_classes=2):
        return trained(*{"labeled": (X, labeled), "doubled": (doubled, few), "equal": (equal, few)}[rows], n_classes)

    return {
        "no labels": lambda: Pool(X, seed=1),
        "no labels, one looked at": lambda: Pool(X, (), [5], seed=1),
        "no labels, some excluded": lambda: Pool(X, (), [5], [0, 1, 2], seed=1),
        "one class": lambda: Pool(X, [4], (), (), None, seed=1),
        "two classes": lambda: Pool(X, labeled, (), (), net("labeled"), seed=1),
        "three classes, all kinds of rows": lambda: Pool(
            X, labeled, [1, 2, 3], [11, 35, 36, 2], net("labeled", 3), seed=1
        ),
        "all labeled are excluded": lambda: Pool(X, labeled, (), labeled, net("labeled"), seed=1),
        "duplicates": lambda: Pool(doubled, few, (), (), net("doubled"), seed=1),
        "all rows equal": lambda: Pool(equal, few, (), (), net("equal"), seed=1),
        "all rows equal, no labels": lambda: Pool(equal, seed=1),
        "one row": lambda: Pool(X[:1], seed=1),
        "nothing left": lambda: Pool(X[:4], [0, 1], [2], [3], net("labeled"), seed=1),
        "everything excluded": lambda: Pool(X[:3], (), (), [0, 1, 2], seed=1),
    }


@pytest.fixture(scope="module")
def pool_of():
    return pools()


@pytest.mark.parametrize("name", STUDIED)
def test_every_strategy_tells_a_person_what_it_is(name):
    title, summary = STUDIED[name].title, STUDIED[name].summary
    assert title and len(title) <= 24 and [s.title for s in STUDIED.values()].count(title) == 1
    assert summary.endswith(".") and len(summary) <= 100


def test_nobody_is_offered_a_strategy_that_only_studies_compare():
    assert set(VARIANTS) == set(STUDIED) - set(STRATEGIES) and len(VARIANTS) == 3
    assert all(strategy.name == name for name, strategy in STUDIED.items())


@pytest.mark.parametrize("pool", pools())
@pytest.mark.parametrize("name", STUDIED)
def test_contract(name, pool, pool_of):
    for n in (0, 1, 7, 1000):
        assert_contract(name, pool_of[pool], n)


def assert_contract(name, pool, n):
    made = pool()
    selection = STUDIED[name]().query(made, n)
    picks = selection.indices.tolist()
    assert selection.strategy == name
    assert len(picks) == min(n, len(made.candidates))
    assert len(set(picks)) == len(picks)
    assert not set(picks) & {*made.labeled.tolist(), *made.centers.tolist(), *made.excluded.tolist()}
    assert set(picks) <= set(range(len(made.X)))
    assert selection.indices.dtype.kind == selection.nearest.dtype.kind == "i"
    for values in (selection.distances, selection.nearest, selection.radii, selection.space):
        assert values.shape == (len(picks),)
    known = selection.nearest >= 0
    centers = made.centers.tolist()
    for step in np.flatnonzero(known):
        assert selection.nearest[step] in centers + picks[:step]
    assert all(np.isnan(selection.distances[k]) or selection.distances[k] == np.inf for k in np.flatnonzero(~known))

    again = STUDIED[name]().query(pool(), n)
    assert again.indices.tolist() == picks
    np.testing.assert_array_equal(again.distances, selection.distances)
    strategy, batch = STUDIED[name](), 20 if n > 20 else 3  # several batches, the last of them not full
    first = strategy.query(pool(), batch).indices.tolist() if n > batch else picks
    if strategy.nested or len(picks) <= batch:
        assert first == picks[:batch]
    ahead = strategy.ahead(pool(), n, batch)
    assert ahead.indices[:batch].tolist() == first
    assert len(set(ahead.indices.tolist())) == len(ahead) == len(picks)
    assert all(ahead.explain(i).text for i in range(len(ahead)))

    explanations = [selection.explain(i) for i in range(len(picks))]
    assert all(e.text.endswith(".") and "nan" not in e.text and isinstance(e.numbers, dict) for e in explanations)
    for wrong in (-1, len(picks)):
        with pytest.raises(ValueError, match="There is no pick"):
            selection.explain(wrong)


@pytest.mark.parametrize("name", STUDIED)
def test_impossible_numbers_are_refused(name):
    for n in (-1, 2.5, True, "3"):
        with pytest.raises(ValueError, match="whole number"):
            STUDIED[name]().query(Pool(rows()), n)


def test_a_pool_takes_positions_of_its_rows_only():
    for wrong in ({"labeled": [60]}, {"looked_at": [-1]}, {"excluded": [0.5]}):
        with pytest.raises(ValueError, match="position"):
            Pool(rows(), **wrong)


# --- dami ---


def test_dami_is_farthest_first_over_local_models():
    X, labeled = rows(), [3, 7, 11, 20]
    net = trained(X, labeled, 3)
    selection = STRATEGIES["dami"]().query(Pool(X, labeled, network=net), 10)
    expected = k_center(linear_regions(net, X).representation, 10, labeled)
    assert np.array_equal(selection.indices, expected.indices)
    assert np.array_equal(selection.distances, expected.distances)
    assert np.array_equal(selection.nearest, expected.nearest)
    assert np.array_equal(selection.radii, expected.radii)
    assert set(selection.space) == {"representation"}


def test_dami_ignores_excluded_rows_altogether():
    X, labeled, excluded = rows(), [3, 7, 11, 20], [0, 11, 30, 59]
    net = trained(X, labeled)
    selection = STRATEGIES["dami"]().query(Pool(X, labeled, [5], excluded, net), 10)
    kept = np.setdiff1d(np.arange(60), excluded)
    centers = [kept.tolist().index(row) for row in (3, 7, 20, 5)]
    expected = k_center(linear_regions(net, X).representation[kept], 10, centers)
    assert np.array_equal(selection.indices, kept[expected.indices])
    assert np.array_equal(selection.nearest, kept[expected.nearest])
    assert np.array_equal(selection.radii, expected.radii)


def linear_net(X, labeled):
    """A network with one region: all local models are equal."""
    return MLP(hidden=(), steps=20, random_state=0).fit(X[labeled], np.arange(len(labeled)) % 2)


def test_dami_goes_on_in_the_input_space_once_all_models_are_covered():
    X, labeled = rows(), [3, 7, 11, 20]
    selection = STRATEGIES["dami"]().query(Pool(X, labeled, [9], network=linear_net(X, labeled)), 8)
    expected = k_center(X, 8, [*labeled, 9])
    assert np.array_equal(selection.indices, expected.indices)
    assert np.array_equal(selection.distances, expected.distances)
    assert set(selection.space) == {"input"}
    assert selection.explain(0).text.startswith("Every local model is covered")


def test_dami_changes_space_in_the_middle_of_a_selection():
    base = rows(12)
    X = np.concatenate([base, base + np.float32(1e-6)]).astype(np.float32)  # neighbors that share a region
    labeled = [0, 1, 2, 3]
    net = trained(X, labeled)
    n_regions = linear_regions(net, X).n_regions
    assert n_regions < 20
    selection = STRATEGIES["dami"]().query(Pool(X, labeled, network=net), 20)
    spaces = selection.space.tolist()
    turn = spaces.index("input")
    assert spaces == ["representation"] * turn + ["input"] * (20 - turn) and turn > 0
    assert (selection.distances[:turn] > 0).all() and selection.radii[turn - 1] == 0
    expected = k_center(X, 20 - turn, [*labeled, *selection.indices[:turn]])
    assert np.array_equal(selection.indices[turn:], expected.indices)
    assert np.array_equal(selection.distances[turn:], expected.distances)


@pytest.mark.parametrize("name", ["dami", "margin"])
def test_cold_start_begins_with_the_most_typical_row(name):
    X = rows(50, 3)
    selection = STRATEGIES[name]().query(Pool(X), 6)
    typical = int(np.linalg.norm(X - X.astype(float).mean(axis=0), axis=1).argmin())
    assert selection.indices[0] == typical and selection.distances[0] == np.inf and selection.nearest[0] == -1
    rest = k_center(X, 5, [typical])
    assert np.array_equal(selection.indices[1:], rest.indices)
    assert selection.radii[0] == rest.distances[0]
    assert set(selection.space) == {"input"}
    assert "typical" in selection.explain(0).text
    assert f"row {selection.nearest[3]}." in selection.explain(3).text
    without = STRATEGIES[name]().query(Pool(X, (), (), [typical]), 1)
    kept = np.delete(np.arange(50), typical)
    assert without.indices[0] == kept[np.linalg.norm(X[kept] - X[kept].astype(float).mean(axis=0), axis=1).argmin()]


def test_dami_explains_by_exact_numbers():
    X, labeled, looked_at = rows(200), [3, 7, 11, 20], [30, 31]
    net = trained(X, labeled)
    pool = Pool(X, labeled, looked_at, [40], net)
    selection = STRATEGIES["dami"]().query(pool, 12)
    points = linear_regions(net, X).representation.astype(float)

    def distances_to(rows):
        return np.array([np.linalg.norm(points - points[row], axis=1) for row in rows])

    from_labeled, from_centers = distances_to(labeled), distances_to(labeled + looked_at).min(axis=0)
    for i, row in enumerate(selection.indices):
        text, numbers = selection.explain(i).text, selection.explain(i).numbers
        smaller = np.count_nonzero(from_centers[pool.candidates] < from_centers[row] - 1e-9)
        share = 100 if smaller == len(pool.candidates) - 1 else 100 * smaller / len(pool.candidates)
        assert numbers["percent"] == pytest.approx(share)
        assert numbers["nearest_labeled"] == labeled[from_labeled[:, row].argmin()]
        assert numbers["distance_labeled"] == pytest.approx(from_labeled[:, row].min(), rel=1e-6)
        assert numbers["nearest"] == selection.nearest[i] and numbers["distance"] == selection.distances[i]
        assert numbers["radius"] == selection.radii[i] and numbers["step"] == i + 1
        assert f"row {numbers['nearest_labeled']}." in text
        assert ("every other row" if share == 100 else f"{int(share)} % of the rows") in text
    assert selection.explain(0).numbers["percent"] == 100


def test_one_class_so_far_is_explained_by_the_labeled_row():
    X = rows()
    text = STRATEGIES["dami"]().query(Pool(X, [4]), 3).explain(0).text
    assert (
        text == "Unlike everything you have labelled: farther than every other row; the nearest labelled one is row 4."
    )
    text = STRATEGIES["dami"]().query(Pool(X, (), [4]), 3).explain(0).text
    assert "looked at" in text and "labelled" not in text


def test_a_pick_that_equals_a_labeled_row_says_so():
    X = np.ones((4, 2), np.float32)
    assert "equals row 1" in STRATEGIES["dami"]().query(Pool(X, [1]), 3).explain(0).text


# --- random ---


def test_random_is_uniform_over_the_candidates():
    X = rows(12)
    counts = np.zeros(12)
    for seed in range(1500):
        counts[STRATEGIES["random"]().query(Pool(X, [0, 1], (), [2], seed=seed), 3).indices] += 1
    assert not counts[:3].any()
    expected = 1500 * 3 / 9
    assert (abs(counts[3:] - expected) < 5 * np.sqrt(expected)).all()


def test_random_does_not_reshuffle_what_is_left():
    X = rows(40)
    before = STRATEGIES["random"]().query(Pool(X, [0, 1], seed=3), 10).indices.tolist()
    after = STRATEGIES["random"]().query(Pool(X, [0, 1], before[:4], seed=3), 6).indices.tolist()
    assert after == before[4:]
    assert STRATEGIES["random"]().query(Pool(X, [0, 1], seed=4), 10).indices.tolist() != before
    assert STRATEGIES["random"]().query(Pool(X, [0, 1], seed=3), 1).explain(0).text.startswith("Drawn at random")


# --- margin ---


class Fixed:
    """A network with the given probabilities."""

    def __init__(self, probabilities):
        self.probabilities = np.array(probabilities)

    def predict_proba(self, X):
        return self.probabilities


def test_margin_takes_the_smallest_difference_of_the_two_largest():
    net = Fixed([[0.5, 0.3, 0.2], [0.4, 0.35, 0.25], [0.45, 0.1, 0.45], [0.2, 0.4, 0.4], [0.9, 0.1, 0.0], [0.34] * 3])
    selection = STRATEGIES["margin"]().query(Pool(rows(6), [5], (), (), net), 10)
    assert selection.indices.tolist() == [2, 3, 1, 0, 4]  # ties to the lowest position
    assert np.isnan(selection.distances).all() and (selection.nearest == -1).all() and np.isnan(selection.radii).all()
    assert set(selection.space) == {"probabilities"}
    why = selection.explain(2)
    assert why.numbers["first"] == 0.4 and why.numbers["second"] == 0.35
    assert why.numbers["difference"] == pytest.approx(0.05)
    assert "40.0 % against 35.0 %" in why.text and "3rd" in why.text


def test_regions_are_computed_once_a_pool(monkeypatch):
    from dami.selection.strategies import pool as module

    X, labeled = rows(), [3, 7]
    calls = []
    monkeypatch.setattr(module, "linear_regions", lambda *args: calls.append(1) or linear_regions(*args))
    pool = Pool(X, labeled, network=trained(X, labeled))
    selection = STRATEGIES["dami"]().query(pool, 5)
    assert selection.explain(0) and STRATEGIES["dami"]().query(pool, 3) and len(calls) == 1

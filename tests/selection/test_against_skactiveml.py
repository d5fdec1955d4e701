"""Core-Set, BADGE and TypiClust against scikit-activeml 1.0.1, and the three places where that release is wrong.

Both get the same embeddings: the activations of our network's last hidden layer, its probabilities, or the rows.
"""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare
from skactiveml.base import SkactivemlClassifier
from skactiveml.pool import Badge, CoreSet, TypiClust
from skactiveml.pool import _badge as their_badge

from dami.networks.mlp import MLP
from dami.selection.strategies import STRATEGIES, Pool, typiclust
from dami.selection.strategies.typiclust import NEIGHBORS

THEIRS = 600  # draws of theirs, which take three times as long
DRAWS, LEVEL, CERTAIN = 1500, 0.01, 1e-4  # a right rule has a p above the level, a wrong one is told for certain


def their_labels(n, labeled):
    """What marks labeled rows for them: a number, nan elsewhere."""
    y = np.full(n, np.nan)
    y[list(labeled)] = 0
    return y


def table(n=120, d=5, n_classes=3, seed=0):
    """Rows without duplicates, and a network trained on some of them."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    X = (rng.normal(size=(n, d)) + rng.normal(size=(n_classes, d))[y]).astype(np.float32)
    labeled = np.sort(rng.permutation(n)[:12])
    return X, labeled, MLP(hidden=(16, 16), steps=60, random_state=seed).fit(X[labeled], np.arange(12) % n_classes)


# --- core-set ---


@pytest.mark.parametrize("seed", range(5))
def test_core_set_picks_the_same_rows(seed):
    X, labeled, net = table(seed=seed)
    looked_at, excluded = np.setdiff1d([3, 50, 51], labeled), np.setdiff1d([7, 20, 100], labeled)
    pool = Pool(X, labeled, looked_at, excluded, net)
    ours = STRATEGIES["core-set"]().query(pool, 40)
    rows = pool.rows
    hidden = net.hidden_layer(X)[rows].astype(np.float64)
    y = their_labels(len(X), pool.centers)[rows]
    picks, distances = CoreSet(random_state=seed).query(hidden, y, batch_size=40, return_utilities=True)
    assert set(ours.space) == {"hidden"}
    assert ours.indices.tolist() == rows[picks].tolist()
    np.testing.assert_allclose(ours.distances, np.nanmax(distances, axis=1), rtol=1e-6)


def test_input_k_center_picks_the_same_rows():
    X, labeled, _ = table(seed=7)
    ours = STRATEGIES["input-k-center"]().query(Pool(X, labeled), 60)
    theirs = CoreSet(random_state=0).query(X.astype(np.float64), their_labels(len(X), labeled), batch_size=60)
    assert ours.indices.tolist() == theirs.tolist()


def test_core_set_goes_on_where_theirs_starts_anew():
    """Once every row is covered they take "all distances are 0" for "no center yet", and forget all centers but one.

    Here every row twice, one of them labeled: after the other two places are covered, nothing is farther than 0 from a
    center, and a covering radius never rises. Theirs says that rows at 0 are at a distance again, and so on in turns.
    """
    X = np.repeat(np.array([[0.0], [1.0], [3.0]], np.float32), 2, axis=0)
    ours = STRATEGIES["input-k-center"]().query(Pool(X, [0]), 5)
    picks, distances = CoreSet(random_state=0).query(X, their_labels(6, [0]), batch_size=5, return_utilities=True)
    assert ours.indices.tolist() == [4, 2, 1, 3, 5]
    assert ours.distances.tolist() == [3, 1, 0, 0, 0] and ours.radii.tolist() == [1, 0, 0, 0, 0]
    theirs = np.nanmax(distances, axis=1)
    assert theirs[:3].tolist() == [3, 1, 0] and theirs[3:].max() > 0
    centers = [0, *picks[:3]]
    assert abs(X - X[centers].T).min(axis=1).max() == 0  # every row equals a center when they say so


# --- badge ---


class Ours(SkactivemlClassifier):
    """A network of ours where their strategies expect a classifier: its probabilities and its last hidden layer."""

    def __init__(self, network=None, classes=None, missing_label=np.nan, cost_matrix=None, random_state=None):
        super().__init__(classes, missing_label, cost_matrix, random_state)
        self.network = network

    def fit(self, X, y, sample_weight=None):
        return self

    def predict_proba(self, X):
        return self.network.predict_proba(X), self.network.hidden_layer(X).astype(np.float64)


class Fixed:
    """A network with the given probabilities and last hidden layer; its rows are their numbers."""

    def __init__(self, probabilities, hidden):
        self.probabilities, self.hidden = probabilities, hidden

    def predict_proba(self, X):
        return self.probabilities[np.asarray(X)[:, 0].astype(int)]

    def hidden_layer(self, X):
        return self.hidden[np.asarray(X)[:, 0].astype(int)]


def numbered(n):
    return np.arange(n, dtype=np.float32)[:, None]


def their_query(X, labeled, net, n, seed=0):
    """Their picks, and the chances that each was drawn with. (n, N)"""
    return Badge(random_state=seed).query(
        X, their_labels(len(X), labeled), Ours(net), fit_clf=False, batch_size=n, return_utilities=True
    )


def our_picks(X, labeled, net, n, seeds):
    return np.array([STRATEGIES["badge"]().query(Pool(X, labeled, network=net, seed=s), n).indices for s in seeds])


def counts(picks, n):
    return np.bincount(picks, minlength=n).astype(float)


def p_of_chances(found, chances):
    """The chance of counts as far from their expectation as these (Pearson), rare rows taken together."""
    expected = chances * found.sum()
    rare = expected < 5
    assert not found[chances == 0].any() and (~rare).sum() > 5
    found, expected = (np.append(v[~rare], v[rare].sum()) for v in (found, expected))
    kept = expected > 0
    return chisquare(found[kept], expected[kept]).pvalue


def p_of_two(found, other):
    """The chance of two such samples of one distribution, rare rows taken together."""
    rare = found + other < 10
    both = np.array([np.append(v[~rare], v[rare].sum()) for v in (found, other)])
    return chi2_contingency(both[:, both.sum(axis=0) > 0]).pvalue


def outer(a, b):
    return (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)


def gradients(net, X):
    """Of the loss by the last layer's weights, at the class that the network predicts, as the paper has it. (n, C h)"""
    probabilities, hidden = net.predict_proba(X), net.hidden_layer(X).astype(np.float64)
    errors = probabilities - np.eye(probabilities.shape[1])[probabilities.argmax(axis=1)]
    return outer(errors, hidden)


@pytest.fixture
def from_picks_alone(monkeypatch):
    """Their BADGE without its ghost center.

    In 1.0.1 the squared distances that the second draw starts from are the lengths of the gradients, as if the origin
    had been picked (their issue 588, mended after that release); the authors' code starts from the first pick.
    """
    original = their_badge._d_2

    def mended(points, picks, latest=None):
        begins = latest is not None and np.array_equal(latest, (points**2).sum(axis=1))
        return original(points, picks, np.full(len(points), np.inf) if begins else latest)

    monkeypatch.setattr(their_badge, "_d_2", mended)


@pytest.mark.parametrize("seed", range(8))
def test_badge_begins_with_the_same_row(seed):
    X, labeled, net = table(n_classes=2 + seed % 3, seed=seed)
    picks, _ = their_query(X, labeled, net, 1)
    assert our_picks(X, labeled, net, 1, [seed])[0, 0] == picks[0]


@pytest.fixture(scope="module")
def drawn_pool():
    """A pool whose network is asked once: what it says of its rows is the same for every draw."""
    X, labeled, net = table(n=40, seed=9)
    return numbered(40), labeled, Fixed(net.predict_proba(X), net.hidden_layer(X))


@pytest.fixture(scope="module")
def our_draws(drawn_pool):
    return our_picks(*drawn_pool, 3, range(DRAWS))


def test_badge_draws_the_second_row_with_their_chances(from_picks_alone, drawn_pool, our_draws):
    _, chances = their_query(*drawn_pool, 2)
    assert p_of_chances(counts(our_draws[:, 1], 40), np.nan_to_num(chances[1])) > LEVEL


def test_badge_draws_the_next_rows_as_often_as_they_do(from_picks_alone, drawn_pool, our_draws):
    theirs = np.array([their_query(*drawn_pool, 3, seed)[0] for seed in range(THEIRS)])
    for step in (1, 2):
        assert p_of_two(counts(our_draws[:, step], 40), counts(theirs[:, step], 40)) > LEVEL


@pytest.mark.parametrize("rule", ["distances not squared", "hidden layer", "probabilities", "another class", "uniform"])
def test_so_many_draws_tell_a_wrong_rule(rule, from_picks_alone, drawn_pool):
    """What the two tests above would say of the second row, were it drawn by another rule."""
    X, _, net = drawn_pool
    right, probabilities, hidden = gradients(net, X), net.predict_proba(X), net.hidden_layer(X).astype(np.float64)
    points, power = {
        "distances not squared": (right, 1),
        "hidden layer": (hidden, 2),
        "probabilities": (probabilities, 2),
        "another class": (outer(probabilities - np.eye(3)[probabilities.argmin(axis=1)], hidden), 2),
        "uniform": (right, 0),
    }[rule]
    (first, _), chances = their_query(*drawn_pool, 2)
    right = np.nan_to_num(chances[1])
    wrong = np.where(right > 0, np.linalg.norm(points - points[first], axis=1) ** power, 0)
    rng = np.random.default_rng(0)
    drawn = counts(rng.choice(40, DRAWS, p=wrong / wrong.sum()), 40)
    truth = counts(rng.choice(40, THEIRS, p=right), 40)
    assert p_of_chances(drawn, right) < CERTAIN and p_of_two(drawn, truth) < CERTAIN
    assert p_of_chances(truth, right) > LEVEL


def lopsided(n=20):
    """Gradients that all lie nearer the longest of them than the origin: theirs needs no mending there."""
    rng = np.random.default_rng(3)
    likeliest = rng.uniform(0.4, 0.55, n)
    share = rng.uniform(0.35, 0.65, n)
    probabilities = np.stack([likeliest, (1 - likeliest) * share, (1 - likeliest) * (1 - share)], axis=1)
    return Fixed(probabilities, np.array([3.0, 1.0, 0.0, 0.0]) + rng.normal(size=(n, 4)) * 0.4)


def test_badge_draws_with_their_chances_as_they_come():
    net, X = lopsided(), numbered(20)
    points = gradients(net, X)[2:]
    first = points[(points**2).sum(axis=1).argmax()]
    assert (((points - first) ** 2).sum(axis=1) < (points**2).sum(axis=1)).all()
    _, chances = their_query(X, [0, 1], net, 2)
    ours = our_picks(X, [0, 1], net, 3, range(DRAWS))
    assert p_of_chances(counts(ours[:, 1], 20), np.nan_to_num(chances[1])) > LEVEL
    theirs = np.array([their_query(X, [0, 1], net, 3, seed)[0] for seed in range(THEIRS)])
    assert p_of_two(counts(ours[:, 2], 20), counts(theirs[:, 2], 20)) > LEVEL


def test_badge_has_no_ghost_at_the_origin():
    """Two groups of rows, one of them with short gradients: far from the first pick, near the origin.

    D2 sampling takes the short group for what it is, as far as its distance to the one pick; theirs all but never.
    """
    long, short = np.tile([4.0, 0.0], (6, 1)), np.tile([0.0, 0.4], (6, 1))
    hidden = np.concatenate([long, short]) + np.random.default_rng(0).normal(size=(12, 2)) * 0.3
    net, X = Fixed(np.tile([0.6, 0.4], (12, 1)), hidden), numbered(12)
    points = gradients(net, X)
    first = (points**2).sum(axis=1).argmax()
    squares = ((points - points[first]) ** 2).sum(axis=1)
    exact = squares / squares.sum()
    _, chances = their_query(X, [], net, 2)
    ours = counts(our_picks(X, [], net, 2, range(2000))[:, 1], 12)
    assert ours[6:].sum() / 2000 == pytest.approx(exact[6:].sum(), abs=0.02) and exact[6:].sum() > 0.9
    assert p_of_chances(ours, exact) > LEVEL
    assert np.nansum(chances[1][6:]) < 0.7


# --- typiclust ---

SIZES = (45, 34, 27, 21, 12, 6, 3)  # from more members than neighbors to fewer


def blobs(seed):
    rng = np.random.default_rng(seed)
    blob = np.repeat(np.arange(len(SIZES)), SIZES)
    blob = blob[rng.permutation(len(blob))]
    centers = 100 * np.eye(len(SIZES))
    return (centers[blob] + rng.normal(size=(len(blob), len(SIZES)))).astype(np.float32), blob


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("known", [(), (0, 3), (1, 4, 5, 6)])
def test_typiclust_picks_the_same_rows(seed, known):
    """In as many blobs, far apart, as there are clusters: k-means finds them whatever its seed."""
    X, blob = blobs(seed)
    labeled = [int(np.flatnonzero(blob == b)[seed % 3]) for b in known]
    n = len(SIZES) - len(known)
    ours = STRATEGIES["typiclust"]().query(Pool(X, labeled, seed=seed), n)
    strategy = TypiClust(random_state=seed, k=NEIGHBORS)
    picks = strategy.query(X.astype(np.float64), their_labels(len(X), labeled), batch_size=n)
    assert ours.indices.tolist() == picks.tolist()
    assert blob[ours.indices].tolist() == [b for b in range(len(SIZES)) if b not in known]


def test_typicality_is_theirs():
    """Of every row, not of the most typical alone; they add 1e-7 to the sum of distances."""
    X, blob = blobs(11)
    query = TypiClust(random_state=0, k=NEIGHBORS).query
    _, theirs = query(X.astype(np.float64), their_labels(len(X), []), batch_size=len(SIZES), return_utilities=True)
    ours = typiclust._typicality(X.astype(np.float64), blob)
    for b, row in enumerate(theirs):  # a cluster a step, the largest first
        np.testing.assert_allclose(ours[blob == b], row[blob == b], rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_typiclust_never_asks_twice():
    """With fewer places than clusters theirs runs out of them, and draws among all rows, those just picked too."""
    X = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    ours = STRATEGIES["typiclust"]().query(Pool(X, [0]), 8).indices
    assert len(set(ours.tolist())) == 8
    repeats = 0
    for seed in range(5):
        picks = TypiClust(random_state=seed, k=NEIGHBORS).query(X, their_labels(12, [0]), batch_size=8)
        repeats += 8 - len(set(picks.tolist()))
    assert repeats > 0

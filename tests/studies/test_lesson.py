"""The lesson's points, network and strategies, against what the library proper says."""

import numpy as np
import pytest
from scipy.special import log_softmax

from dami import k_center, linear_regions
from dami.studies import lesson


@pytest.mark.parametrize("name", lesson.DATA)
def test_points_follow_from_name_and_seed(name):
    data = lesson.points(name, 3)
    assert data.X.shape == (lesson.N_POINTS, 2) and np.abs(data.X).max() <= 2.5
    assert set(data.y.tolist()) == set(range(len(data.classes)))
    assert np.abs(data.X.mean(axis=0)).max() < 0.1
    again, other = lesson.points(name, 3), lesson.points(name, 4)
    assert again.X.tobytes() == data.X.tobytes() and other.X.tobytes() != data.X.tobytes()


def test_unknown_names_are_said():
    with pytest.raises(ValueError, match="no data 'stars'; there are moons"):
        lesson.points("stars", 0)
    with pytest.raises(ValueError, match="no strategy 'bald' in the lesson"):
        lesson.ask("bald", lesson.untrained([3], 2, 0), np.eye(2), [0], 1)


def test_points_drawn_by_hand_are_where_they_were_put_and_outlive_an_address():
    text = ""
    for class_id, column, row in [(0, 0, 0), (1, 35, 35), (0, 17, 3), (1, 0, 0)]:  # the last place is taken
        text = lesson.put(text, class_id, column, row)
    data = lesson.drawn(text)
    assert len(text) == 9 and text.isalnum()
    assert data.classes == ["A", "B"] and data.y.tolist() == [0, 1, 0]
    step = 5.2 / 36
    expected = [[-2.6 + step / 2] * 2, [2.6 - step / 2] * 2, [-2.6 + 17.5 * step, -2.6 + 3.5 * step]]
    assert np.allclose(data.X, expected)


@pytest.mark.parametrize("text", ["", "0", "00", "é!?", "9aa", "0a", "<scr"])
def test_an_address_that_was_cut_or_changed_is_read_as_far_as_it_goes(text):
    whole = "0ab1cd"
    assert lesson.drawn(whole + text).y.tolist() == [0, 1] and len(lesson.drawn(text).X) == 0


def test_no_more_points_are_drawn_than_an_address_holds():
    text = ""
    for k in range(lesson.MOST_DRAWN + 5):
        text = lesson.put(text, k % 3, k % 36, k // 36)
    assert len(lesson.drawn(text).X) == lesson.MOST_DRAWN
    assert len(lesson.drawn("".join(f"0{a}{b}" for a in lesson.DIGITS for b in lesson.DIGITS)).X) == lesson.MOST_DRAWN


def test_two_columns_of_a_table_are_standardised_and_sampled():
    rng = np.random.default_rng(0)
    X, y = rng.normal(50, 9, size=(5000, 2)), rng.integers(2, size=5000)
    X[:, 1] = 7.0
    data = lesson.of_columns(X, y, ["a", "b"], ("age", "one value"))
    assert data.X.shape == (400, 2) and np.abs(data.X[:, 0].std() - 1) < 0.1 and (data.X[:, 1] == 0).all()


@pytest.mark.parametrize("widths", [[5], [4, 3]])
def test_the_gradient_is_that_of_the_cross_entropy(widths):
    data = lesson.points("blobs", 0, n=30)
    weights = [part for layer in lesson.untrained(widths, 3, 1) for part in layer]
    target = np.eye(3)[data.y]

    def loss():
        network = list(zip(weights[::2], weights[1::2], strict=True))
        return float(-(target * log_softmax(lesson.logits(network, data.X), axis=1)).sum(axis=1).mean())

    for part, slope in zip(weights, lesson._gradient(weights, data.X, target), strict=True):
        for place in np.ndindex(*part.shape):
            kept = part[place]
            part[place] = kept + 1e-6
            above = loss()
            part[place] = kept - 1e-6
            below = loss()
            part[place] = kept
            assert slope[place] == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_training_learns_and_keeps_the_steps_that_are_asked_for():
    data = lesson.points("moons", 1)
    start = lesson.untrained([8, 8], 2, 1)
    networks = lesson.trained(data.X, data.y, start, lesson.SNAPSHOTS)
    assert len(networks) == len(lesson.SNAPSHOTS) and lesson.SNAPSHOTS[0] == 0
    assert all(
        (a == b).all() for one, two in zip(networks[0], start, strict=True) for a, b in zip(one, two, strict=True)
    )
    assert lesson.accuracy(networks[-1], data) > 0.97
    [alone] = lesson.trained(data.X, data.y, start)
    assert alone[0][0].tobytes() == networks[-1][0][0].tobytes()


def test_what_is_asked_for():
    data = lesson.points("moons", 1)
    labeled = lesson.first_labels(data, 1)
    assert sorted(data.y[labeled].tolist()) == [0, 0, 1, 1]
    [network] = lesson.trained(data.X[labeled], data.y[labeled], lesson.untrained([8, 8], 2, 1))
    asked = lesson.ask("dami", network, data.X, labeled, 5)
    expected = k_center(linear_regions(network, data.X).representation, 5, centers=labeled)
    assert asked.rows == expected.indices.tolist() and asked.radii == expected.radii.tolist()
    z = np.sort(lesson.logits(network, data.X), axis=1)
    gap = z[:, 1] - z[:, 0]  # of two classes, the smallest margin of shares is the smallest of logits
    left = [row for row in np.argsort(gap, kind="stable").tolist() if row not in labeled]
    assert lesson.ask("margin", network, data.X, labeled, 5).rows == left[:5]
    random = lesson.ask("random", network, data.X, labeled, 5, seed=2).rows
    assert random == lesson.ask("random", network, data.X, labeled, 5, seed=2).rows
    assert not {*random} & {*labeled} and len({*random}) == 5


def test_a_race_begins_level_and_improves():
    curves = lesson.mean_race([lesson.race(lesson.by_name("moons")(seed), [6], seed, rounds=6) for seed in range(2)])
    assert set(curves) == set(lesson.RACE_STRATEGIES)
    assert len({float(curve[0]) for curve in curves.values()}) == 1
    assert all(len(curve) == 7 and curve[-1] > curve[0] for curve in curves.values())

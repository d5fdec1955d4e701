"""Comparison against numbers worked out by hand, and against data whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wilcoxon

from dami.studies.comparison import areas, curves, difference, holm, mean_ranks, sentence


def records(values, n_seeds=10, noise=0.0, tables=("one",), seed=0):
    """Runs of five rounds that rise by .01 a round from each strategy's level."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        [
            {
                "table": table,
                "strategy": name,
                "seed": k,
                "round": r,
                "n_labeled": 30 + 10 * r,
                "balanced_accuracy": level + 0.01 * r + luck,
            }
            for table in tables
            for name, level in values.items()
            for k in range(n_seeds)
            for luck in [noise * rng.normal()]
            for r in range(5)
        ]
    )


def test_an_area_is_the_mean_height_of_the_curve():
    uneven = pd.DataFrame(
        {
            "strategy": "a",
            "seed": 0,
            "round": [0, 1, 2],
            "n_labeled": [10, 20, 50],
            "balanced_accuracy": [0.5, 0.7, 0.9],
        }
    )
    assert areas(uneven.sample(frac=1, random_state=1))["", "a", 0] == pytest.approx((10 * 0.6 + 30 * 0.8) / 40)
    assert areas(uneven[:1])["", "a", 0] == 0.5
    assert len(areas(uneven[:0])) == 0


def test_ranks_count_from_the_best_and_share_ties():
    found = records({"a": 0.5, "b": 0.7, "c": 0.5, "d": 0.4}, tables=("one", "two"))
    assert mean_ranks(areas(found)).to_dict() == {"b": 1.0, "a": 2.5, "c": 2.5, "d": 4.0}


def test_curves_are_means_with_bounds_of_what_a_strategy_has_of_its_own():
    rng = np.random.default_rng(3)
    found = records({"a": 0.62, "b": 0.6, "c": 0.5}, n_seeds=60)
    own = rng.normal(0, 0.03, size=len(found))
    shared = found["seed"].map(dict(enumerate(rng.normal(0, 0.2, size=60))))  # a hard split is hard for all
    for noise, error in ((0 * own, 0.0), (own, 0.03 / np.sqrt(60))):
        bands = curves(found.assign(balanced_accuracy=found["balanced_accuracy"] + shared + noise))
        assert bands.groupby("strategy")["n_labeled"].apply(list).map(tuple).nunique() == 1
        of_a = bands[bands["strategy"] == "a"]
        expected = (found["balanced_accuracy"] + shared + noise)[found["strategy"] == "a"]
        means = expected.groupby(found["n_labeled"]).mean()
        np.testing.assert_allclose(of_a["mean"], means)
        np.testing.assert_allclose(bands["upper"] - bands["mean"], 1.96 * error, atol=0.35 * error + 1e-9)
        np.testing.assert_allclose(bands["mean"] - bands["lower"], 1.96 * error, atol=0.35 * error + 1e-9)


def test_curves_of_one_seed_one_strategy_or_none():
    one = curves(records({"a": 0.6, "b": 0.5}, n_seeds=1))
    assert one["lower"].isna().all() and one["mean"].notna().all()
    noisy = records({"a": 0.6}, n_seeds=60, noise=0.05)
    alone = curves(noisy)
    spread = noisy[noisy["round"] == 0]["balanced_accuracy"].std(ddof=0) / np.sqrt(60)
    assert alone["upper"][0] - alone["mean"][0] == pytest.approx(1.96 * spread, rel=0.1)
    assert len(curves(noisy[:0])) == 0


def test_a_difference_has_its_mean_bounds_and_counts():
    found = areas(records({"a": 0.62, "b": 0.6}, n_seeds=50, noise=0.05))
    against = difference(found, "a", "b")
    pairs = found.unstack("strategy")["a"] - found.unstack("strategy")["b"]
    assert against.mean == pytest.approx(pairs.mean())
    assert (against.wins, against.ties, against.losses) == ((pairs > 0).sum(), 0, (pairs < 0).sum())
    error = pairs.std() / np.sqrt(50)
    assert against.lower == pytest.approx(pairs.mean() - 1.96 * error, abs=0.2 * error)
    assert against.upper == pytest.approx(pairs.mean() + 1.96 * error, abs=0.2 * error)
    assert np.isnan(against.p) and against.n_tables == 1


def test_bounds_widen_when_tables_differ():
    one = records({"a": 0.7, "b": 0.6}, tables=("one",), noise=0.001)
    two = records({"a": 0.5, "b": 0.6}, tables=("two",), noise=0.001)
    against = difference(areas(pd.concat([one, two])), "a", "b")
    assert abs(against.mean) < 0.01 and against.lower < -0.09 and against.upper > 0.09
    assert (against.wins, against.losses) == (10, 10)


def test_bounds_hold_the_truth_nineteen_times_in_twenty():
    inside = 0
    runs = pd.MultiIndex.from_product([["one"], ["a", "b"], range(20)], names=["table", "strategy", "seed"])
    for trial in range(100):
        found = np.repeat([0.61, 0.6], 20) + pd.Series(0.02 * np.random.default_rng(trial).normal(size=40), runs)
        against = difference(found, "a", "b")
        inside += against.lower <= 0.01 <= against.upper
    assert 86 <= inside <= 100


def test_the_signed_rank_test_is_over_tables():
    levels = {f"t{k}": 0.6 + 0.01 * (k + 1) for k in range(6)}
    found = pd.concat([records({"a": level, "b": 0.6}, n_seeds=3, tables=(name,)) for name, level in levels.items()])
    against = difference(areas(found), "a", "b")
    assert against.p == pytest.approx(wilcoxon([0.01, 0.02, 0.03, 0.04, 0.05, 0.06]).pvalue) == against.smallest_p
    assert against.smallest_p == 2 / 2**6


def test_holm_by_its_definition():
    assert holm([0.01, 0.04, 0.03, float("nan")])[:3] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(holm([0.01, float("nan")])[1]) and holm([0.9, 0.8]) == [1.0, 1.0] and holm([]) == []


def test_the_sentence_says_what_is_known_and_no_more():
    clear = sentence(records({"dami": 0.7, "random": 0.6, "margin": 0.75}, noise=0.001))
    assert clear.startswith("dami is better than random: ahead on 10 of 10 seeds, +10.")
    assert "margin is better still, by 5.0 points" in clear
    assert "cannot be told from random" in sentence(records({"dami": 0.6, "random": 0.6}, noise=0.05))
    assert "dami is worse than random" in sentence(records({"dami": 0.5, "random": 0.6}, noise=0.001))
    assert "margin is about as good" in sentence(records({"dami": 0.6, "margin": 0.6}, noise=0.05))
    assert "none of the others is better" in sentence(records({"dami": 0.6, "margin": 0.5}, noise=0.001))
    assert sentence(records({"dami": 0.6})) == "There is nothing to compare yet."


def test_what_was_not_run_cannot_be_compared():
    found = areas(records({"a": 0.5}))
    with pytest.raises(ValueError, match="no runs of b"):
        difference(found, "a", "b")

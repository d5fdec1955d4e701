"""The mean of network and forest: against the mean by hand, scipy's minimum, and draws by known chances."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from dami.studies.joint import PRIOR, joined, joint_temperature
from dami.studies.rivals import ABOUT_JOINT

DOCS = Path(__file__).parents[2] / "docs"


def shares(n: int, seed: int, sharp: float = 1.0) -> np.ndarray:
    return softmax(sharp * np.random.default_rng(seed).normal(size=(n, 3)), axis=1)


def drawn(chances: np.ndarray, seed: int = 9) -> np.ndarray:
    return (np.log(chances) + np.random.default_rng(seed).gumbel(size=chances.shape)).argmax(axis=1)


def test_without_a_temperature_it_is_the_mean():
    network, forest = shares(50, 0), shares(50, 1)
    np.testing.assert_allclose(joined(network, forest), (network + forest) / 2)


def test_a_temperature_raises_the_mean_to_its_inverse_and_keeps_who_is_first():
    network, forest = shares(50, 0), shares(50, 1)
    mean = (network + forest) / 2
    found = joined(network, forest, 0.5)
    np.testing.assert_allclose(found, mean**2 / (mean**2).sum(axis=1, keepdims=True))
    assert np.array_equal(found.argmax(axis=1), mean.argmax(axis=1))


def test_what_one_of_the_two_does_not_say_the_mean_does_not_say():
    network = shares(3, 0)
    network[1] = np.nan
    found = joined(network, shares(3, 1))
    assert np.isnan(found[1]).all() and np.isfinite(found[[0, 2]]).all()


def test_classes_that_both_rule_out_are_all_but_impossible():
    sure = np.array([[1.0, 0.0, 0.0]])
    np.testing.assert_allclose(joined(sure, sure, 0.7), sure, atol=1e-5)


@pytest.mark.parametrize("sharpened", [0.4, 1.0, 1.5])
def test_many_labels_give_the_temperature_by_which_they_were_drawn(sharpened):
    network, forest = shares(20_000, 0, 2), shares(20_000, 1, 2)
    labels = drawn(joined(network, forest, sharpened))
    assert joint_temperature(network, forest, labels) == pytest.approx(sharpened, rel=0.05)


@pytest.mark.parametrize("n", [20, 60, 300])
def test_it_is_the_minimum_of_the_loss_and_the_prior(n):
    network, forest = shares(n, 2), shares(n, 3)
    labels = drawn(joined(network, forest, 0.6))
    mean = (network + forest) / 2

    def cost(log: float) -> float:
        said = softmax(np.log(mean) / np.exp(log), axis=1)[np.arange(n), labels]
        expected = PRIOR.log + PRIOR.slope * np.log(n / 100)
        return float(-np.log(said).sum() + (log - expected) ** 2 / (2 * PRIOR.deviation**2))

    best = minimize_scalar(cost, bounds=(-3, 3), method="bounded", options={"xatol": 1e-6}).x
    assert np.log(joint_temperature(network, forest, labels)) == pytest.approx(best, abs=2e-3)


def test_no_label_leaves_what_was_known_before():
    none = np.empty((0, 3))
    expected = np.exp(PRIOR.log + PRIOR.slope * np.log(1 / 100))
    assert joint_temperature(none, none, np.empty(0, int)) == pytest.approx(expected, abs=1e-3)


def test_the_app_says_of_it_what_the_benchmark_has_printed():
    page = (DOCS / "network.md").read_text(encoding="utf-8").partition("## Against scikit-learn's classifiers")[2]
    printed = {}
    for name in ("mean of network and forest", "network", "random forest"):
        cells = re.search(rf"^\| (?:\*\*)?{name}(?:\*\*)? \| (.*) \|$", page, re.MULTILINE)[1].split(" | ")
        printed[name] = dict(zip(("accuracy", "balanced", "AUROC"), cells, strict=False))
    areas = re.findall(r"\.\d{3}", ABOUT_JOINT)
    assert areas == [one["AUROC"] for one in printed.values()] and areas[0] == max(areas)
    assert printed["mean of network and forest"]["accuracy"] >= printed["network"]["accuracy"]

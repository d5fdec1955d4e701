"""How sure a network is against how often it is right: simulated networks whose confidence is right, and off."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binom

from dami.networks.calibration import temperature_of
from dami.store import models
from dami.workspace.projects import edit_classes
from dami.workspace.training import class_evidence, reliability, rounds
from dami.workspace.training.reliability import compare, n_bins
from dami.workspace.transfer.labeled_table import labeled_table

RUNS = 200
NOISE = 0.031  # two standard errors of a share of 5 % in 200 runs


def drawn(n, rng, spread=2.0):
    """Logits of three classes, and classes drawn by them."""
    logits = spread * rng.normal(size=(n, 3))
    return logits, (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


def found(logits, labels):
    shares = softmax(logits, axis=1)
    return compare(shares.max(axis=1), shares.argmax(axis=1) == labels)


def findings(n, factor, seed=0, spread=2.0):
    """The shares of findings on networks whose logits are `factor` times the right ones."""
    rng = np.random.default_rng(seed)
    counts = Counter()
    for _ in range(RUNS):
        logits, labels = drawn(n, rng, spread)
        counts[found(factor * logits, labels).finding] += 1 / RUNS
    return counts


@pytest.mark.parametrize("n", [10, 40, 200])
@pytest.mark.parametrize("spread", [1.0, 6.0])
def test_at_most_five_in_a_hundred_calibrated_networks_are_called_off(n, spread):
    assert findings(n, 1.0, spread=spread)["none"] >= 0.95 - NOISE


@pytest.mark.parametrize(("factor", "finding"), [(2.0, "over"), (0.5, "under")])
def test_what_is_off_is_called_off_in_the_right_direction_and_more_often_with_more_rows(factor, finding):
    few, many = findings(40, factor), findings(400, factor)
    assert many[finding] > 0.95 and many[finding] > few[finding] > 0.1
    assert few.total() - few["none"] - few[finding] < NOISE


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_the_temperature_found_on_the_same_rows_does_not_make_it_wrong_more_often(scale):
    rng, off = np.random.default_rng(1), 0
    for _ in range(RUNS):
        logits, labels = drawn(100, rng, 4.0)
        off += found(logits * scale / temperature_of(logits * scale, labels), labels).finding != "none"
    assert off / RUNS <= 0.05 + NOISE


def test_one_part_that_is_off_is_found_and_named_although_the_whole_is_not():
    rng = np.random.default_rng(0)
    confidence = np.r_[rng.uniform(0.5, 0.6, 200), rng.uniform(0.9, 0.99, 200)]
    right = np.r_[rng.random(200) < 0.75, rng.random(200) < 0.75]  # in the mean as right as it says
    result = compare(confidence, right)
    assert result.finding in ("over", "under") and result.at is not None
    said = reliability.verdict(result)
    assert "where it says" in said and f"right on {result.bins[result.at].share:.0%}".replace("%", " %") in said


def test_bins_have_equally_many_rows_in_order_and_bounds_that_hold():
    rng, missed, of = np.random.default_rng(2), 0, 0
    for _ in range(RUNS):
        chances = rng.uniform(0.4, 1.0, 100)
        result = compare(chances, rng.random(100) < chances)
        assert {one.n for one in result.bins} == {20} and result.whole.n == 100
        for before, after in zip(result.bins, result.bins[1:], strict=False):
            assert before.lowest <= before.confidence <= before.highest <= after.lowest
        missed += sum(not one.lower <= one.confidence <= one.upper for one in result.bins)
        of += len(result.bins)
    assert missed / of <= 0.05
    exact = compare(np.full(20, 0.9), np.arange(20) < 17).bins[0]
    assert (exact.n, exact.correct) == (5, 5) and exact.upper == 1
    whole = compare(np.full(20, 0.9), np.arange(20) < 17).whole
    assert binom.sf(16, 20, whole.lower) == pytest.approx(0.025) and binom.cdf(17, 20, whole.upper) == pytest.approx(
        0.025
    )


def test_the_number_of_bins_grows_with_the_rows():
    assert [n_bins(n) for n in (1, 4, 10, 25, 100, 140, 200, 10_000)] == [1, 1, 2, 5, 5, 7, 10, 10]


@pytest.mark.parametrize("n", [1500, 6000])
def test_tails_are_those_of_the_binomial_where_all_rows_are_equally_sure(n):
    fewer, more = reliability._tails(np.full(n, 0.8), int(0.79 * n))
    assert fewer == pytest.approx(binom.cdf(int(0.79 * n), n, 0.8), rel=0.02)
    assert more == pytest.approx(binom.sf(int(0.79 * n) - 1, n, 0.8), rel=0.02)


def test_the_words_hold_the_figures():
    calm = compare(np.linspace(0.8, 0.9, 100), np.arange(100) % 20 > 2)
    assert reliability.verdict(calm) == (
        "No sign that its confidence is off: on all 100 rows, it says 85 % on average, and was right on 85 % "
        "(76 to 91 %)."
    )
    few = compare(np.full(10, 0.5), np.arange(10) < 2)
    assert reliability.verdict(few).startswith("Too few rows to tell whether its confidence is off: on all 10 rows")
    sure = compare(np.full(200, 0.997), np.arange(200) % 4 > 0)
    assert reliability.verdict(sure).startswith("It is surer than it is right: on all 200 rows, it says 99.7 %")
    assert reliability.surest(sure).startswith("Where it says 99 to 100 %, it was right 75 % of the time (")
    shy = compare(np.full(200, 0.6), np.arange(200) % 4 > 0)
    assert reliability.verdict(shy).startswith("It is right more often than it says: on all 200 rows, it says 60 %")
    assert reliability.point(shy.bins[0]) == "It says 60 to 60 %: right on 15 of 20 rows (51 to 91 %)"


def test_a_training_compares_the_rows_that_its_accuracy_is_measured_on(desk, frame):
    project = desk.begin(frame, mode="label")
    desk.work(project)
    summary = models.latest(project.id).summary
    result = summary.reliability
    assert summary.quality.kind == "cross-validated" and result.whole.n == summary.quality.n == 60
    assert result.whole.share == pytest.approx(summary.quality.accuracy)
    assert sum(one.n for one in result.bins) == 60 and summary.untested == ()


def test_in_practise_the_whole_network_is_compared_with_the_hidden_labels(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    model = models.latest(project.id)
    exported = labeled_table(project)
    hidden = exported[exported["label_source"] == "model"]
    result = model.summary.reliability
    assert result.whole.n == len(hidden) == 50
    assert result.whole.confidence == pytest.approx(float(hidden["confidence"].mean()), abs=1e-3)
    assert result.whole.correct == int((hidden["label"].astype(str) == hidden["known_label"].astype(str)).sum())


def test_classes_with_one_label_or_none_are_named_until_they_have_evidence(desk, frame):
    project = desk.begin(frame, target=None, mode="label", classes=("cat", "dog", "owl", "*ox*"))
    desk.work(project)
    kinds = frame["kind"].map({"cat": 0, "dog": 1}).dropna().astype(int)
    desk.press(project, [{"row": int(row), "class": int(kinds[row])} for row in kinds.index[:14]])
    desk.press(project, [{"row": 2, "class": 2}])
    rounds.start(project.id)
    desk.work(project)
    model = models.trained(project.id)
    assert model.summary.untested == ("owl",)
    assert class_evidence.untested(project, model) == ["owl"] and class_evidence.unknown(project, model) == ["*ox*"]
    first, second = class_evidence.sentences(project, model)
    assert "“owl”" in first and "“*ox*”" in second and "this label" in second
    edit_classes.merge(project, 2, into=0)
    assert class_evidence.untested(project, model) == [] and class_evidence.unknown(project, model) == ["*ox*"]
    edit_classes.part(project, 2)
    desk.press(project, [{"row": 5, "class": 2}, {"row": 0, "class": 3}, {"row": 1, "class": 3}])
    rounds.start(project.id)
    desk.work(project)
    assert class_evidence.sentences(project, models.trained(project.id)) == []
    old = replace(model, summary=replace(model.summary, untested=(), reliability=None))
    assert class_evidence.untested(project, old) == []

import numpy as np
import pytest
from scipy.stats import binomtest

from dami.selection.stopping import (
    AuditResult,
    advise,
    audit_size,
    prefix_radii,
    share_changed,
    wilson_interval,
)


def test_share_changed_counts_rows():
    assert share_changed(["a", "b", "b", "c"], ["a", "b", "c", "a"]) == 0.5
    assert np.isnan(share_changed([], []))
    with pytest.raises(ValueError):
        share_changed([1, 2], [1])


@pytest.mark.parametrize("rows", [None, [0, 3, 4, 8, 8, 29]])
@pytest.mark.parametrize("chunk", [64 * 2**20, 100])
def test_radii_of_prefixes_as_they_are_defined(rows, chunk, monkeypatch):
    monkeypatch.setattr("dami.selection.stopping.CHUNK_BYTES", chunk)
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 4)).astype(np.float32)
    points[8] = points[3]  # a duplicate
    order = [5, 3, 8, 29, 0]
    expected = [
        max(
            min(np.linalg.norm(points[row].astype(float) - points[c]) for c in order[: k + 1])
            for row in (range(30) if rows is None else rows)
        )
        for k in range(len(order))
    ]
    found = prefix_radii(points, order, rows)
    assert np.allclose(found, expected, rtol=1e-9)
    assert (np.diff(found) <= 0).all()


def test_radii_at_the_edges():
    points = np.zeros((3, 2), np.float32)
    assert prefix_radii(points, [1, 2]).tolist() == [0, 0]
    assert prefix_radii(points, []).tolist() == []
    assert prefix_radii(points, [0], []).tolist() == [0]
    with pytest.raises(ValueError):
        prefix_radii(points, [3])


@pytest.mark.parametrize(("correct", "n"), [(0, 10), (10, 10), (7, 10), (83, 97), (1, 1), (500, 1000)])
def test_bounds_are_wilsons(correct, n):
    expected = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    found = wilson_interval(correct, n)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found[0] <= correct / n <= found[1]


def test_no_rows_tell_nothing():
    assert wilson_interval(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError):
        wilson_interval(3, 2)


def test_the_bounds_hold_what_they_promise():
    rng = np.random.default_rng(1)
    for n_remainder, truth in ((150, 0.8), (5000, 0.6), (40, 0.95)):
        right = np.zeros(n_remainder, bool)
        right[: round(truth * n_remainder)] = True
        size = audit_size(n_remainder)
        inside = 0
        for _ in range(400):
            drawn = rng.choice(right, size, replace=False)
            low, high = AuditResult(size, size, 0, int(drawn.sum()), n_remainder).bounds
            inside += low - 1e-9 <= right.mean() <= high + 1e-9
            assert high - low <= 0.2
        assert inside >= 0.92 * 400  # Wilson's coverage swings around 95 % with the share


def test_the_size_of_an_audit():
    assert audit_size(10**9) == 97
    assert audit_size(1) == 1 and audit_size(0) == 0
    sizes = [audit_size(n) for n in range(1, 3000)]
    assert all(0 < size <= n for n, size in enumerate(sizes, 1)) and sizes == sorted(sizes)


def test_unsure_rows_widen_the_bounds_to_both_sides():
    sure, torn = AuditResult(50, 50, 0, 40), AuditResult(50, 40, 10, 35)
    assert sure.complete and torn.complete and not AuditResult(50, 39, 10, 35).complete
    assert not AuditResult(0, 0, 0, 0).complete
    assert torn.bounds == (wilson_interval(35, 50)[0], wilson_interval(45, 50)[1])
    assert AuditResult(50, 50, 0, 40, 50).bounds == (0.8, 0.8)  # all rows there were
    assert AuditResult(50, 40, 10, 35, 10**9).bounds == pytest.approx(torn.bounds)
    assert torn.accuracy == 35 / 40 and AuditResult(5, 0, 5, 0).accuracy is None


FEW, MANY = [0.01, 0.02, 0.0], [0.01, 0.05, 0.01]


@pytest.mark.parametrize(
    ("changes", "unlabeled", "audit", "verdict"),
    [
        ([], 100, None, "unknown"),
        ([0.0, 0.0], 100, None, "unknown"),
        (MANY, 100, None, "go on"),
        ([0.3, *FEW], 100, None, "settled"),
        ([*FEW, 0.03], 100, None, "go on"),
        (FEW, 100, AuditResult(50, 20, 0, 20), "settled"),
        (FEW, 100, AuditResult(50, 50, 0, 45), "stop"),
        (MANY, 100, AuditResult(50, 50, 0, 50), "go on"),
        (MANY, 0, None, "stop"),
    ],
)
def test_the_advice(changes, unlabeled, audit, verdict):
    advice = advise(changes, unlabeled, radii=[4.0, 2.0, 1.0], audit=audit)
    assert advice.verdict == verdict
    assert advice.sentence.endswith(".") and all(text.endswith(".") for text in [*advice.reasons, *advice.missing])
    assert "nan" not in " ".join([advice.sentence, *advice.reasons, *advice.missing])
    assert bool(advice.missing) == (verdict in ("unknown", "go on", "settled") and not (audit and audit.complete))
    if audit is not None and audit.complete and verdict == "stop":
        assert "79 %" in advice.sentence and "96 %" in advice.sentence


def test_what_is_missing_is_named():
    assert "2 more rounds" in advise([0.1], 500).missing[0]
    assert f"audit of {audit_size(500)} rows" in advise(FEW, 500).missing[0]
    assert "lacks 30 of its 50" in advise(FEW, 500, audit=AuditResult(50, 15, 5, 9)).missing[0]
    assert "75 %" in " ".join(advise(FEW, 500, radii=[4.0, 2.0, 1.0]).reasons)


def test_the_verdict_agrees_with_the_figures_as_shown():
    for n in range(40, 60):
        for k in range(4):
            advice = advise([k / n] * 3, 100)
            shown = float(advice.reasons[0].split("changed ")[1].split(" %")[0])
            assert (advice.verdict == "settled") == (shown <= 2)
            assert shown == pytest.approx(100 * k / n, abs=0.051)


@pytest.mark.parametrize(
    ("radii", "nearer", "later"),
    [([4.0, 2.0, 1.0], "75 %", "33 %"), ([4.0, 4.0, 1.0], "75 %", "100 %"), ([8.0, 2.0, 2.0], "75 %", "0 %")],
)
def test_what_the_second_half_of_the_labels_gained(radii, nearer, later):
    reason = advise(FEW, 100, radii=radii).reasons[1]
    assert f"{nearer} nearer" in reason and f"{later} of that gain" in reason


def test_labels_that_brought_no_row_nearer():
    assert "no nearer" in advise(FEW, 100, radii=[4.0, 4.0, 4.0]).reasons[1]
    assert len(advise(FEW, 100, radii=[0.0, 0.0]).reasons) == 1  # nothing was far to begin with

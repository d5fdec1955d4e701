"""Compares how sure a network is with how often it is right, and says in words what that comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dami.store.model_records import Finding, Reliability, ReliabilityBin

if TYPE_CHECKING:
    from dami.workspace.training.quality import TestedRows

MOST_BINS, ROWS_OF_A_BIN, FEWEST_ROWS = 10, 20, 5
LEVEL = 0.05  # the largest share of calibrated networks whose confidence is called off
OUTSIDE = 0.05  # the largest share of intervals that miss
VAGUE = 0.3  # with wider bounds, a test that finds nothing says nothing
EXACT_ROWS = 2000  # with more, the normal distribution is as good

WORDS: dict[Finding, str] = {
    "none": "No sign that its confidence is off",
    "over": "It is surer than it is right",
    "under": "It is right more often than it says",
}


def reliability_of(rows: TestedRows) -> Reliability:
    """Return the reliability of a network on rows that it was not trained on."""
    return compare(rows.probabilities.max(axis=1), rows.predicted == rows.actual)


def compare(confidence: np.ndarray, correct: np.ndarray) -> Reliability:
    """Return bins of equally many rows, and whether a test finds the confidence off.

    Parameters
    ----------
    confidence : (n,) probabilities of the predicted classes, n at least 1
    correct : (n,) bool, whether these were right

    Notes
    -----
    Up to 10 bins have 20 rows or more; where that makes fewer than 5 bins, up to 5 have 5 rows or more. The bins depend
    on the confidence alone. Bounds are those of Clopper and Pearson (Biometrika 26, 1934), which hold for any number of
    rows.

    If a network is calibrated, the number of its right predictions is a sum of independent draws, one for each row with
    the row's confidence as its chance. The finding is the whole's if this number has a two-sided p-value of at most
    2.5 % over all rows; otherwise it is that of the bin with the smallest p-value, if this is at most 2.5 % divided by
    the number of bins. So at most 5 % of calibrated networks are called off (Bonferroni).
    """
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, n_bins(len(order)))
    finding = _finding(confidence, correct, LEVEL / 2)
    at = None
    if finding == "none":
        of_bins = [_finding(confidence[part], correct[part], LEVEL / 2 / len(parts)) for part in parts]
        off = [k for k, found in enumerate(of_bins) if found != "none"]
        if off:
            at = min(off, key=lambda k: min(_tails(confidence[parts[k]], int(correct[parts[k]].sum()))))
            finding = of_bins[at]
    bins = tuple(_bin(confidence[part], correct[part]) for part in parts)
    return Reliability(_bin(confidence, correct), bins, finding, at)


def n_bins(n: int) -> int:
    """Return the number of bins for n rows."""
    return min(MOST_BINS, max(n // ROWS_OF_A_BIN, min(5, n // FEWEST_ROWS), 1))


def verdict(found: Reliability) -> str:
    """Return a sentence on whether the confidence is off, with the figures that it rests on."""
    one = found.whole if found.at is None else found.bins[found.at]
    words = WORDS[found.finding]
    if found.finding == "none" and one.upper - one.lower > VAGUE:
        words = "Too few rows to tell whether its confidence is off"
    where = f"on all {one.n:,} rows" if found.at is None else f"where it says {_range(one)}"
    return (
        f"{words}: {where}, it says {_percent(one.confidence)} % on average, and was right on "
        f"{_percent(one.share)} % ({_bounds(one)})."
    )


def surest(found: Reliability) -> str:
    """Return a sentence on the rows that the network was surest of."""
    one = found.bins[-1]
    return f"Where it says {_range(one)}, it was right {_percent(one.share)} % of the time ({_bounds(one)})."


def point(one: ReliabilityBin) -> str:
    """Return what the reliability diagram says of a point."""
    return f"It says {_range(one)}: right on {one.correct:,} of {one.n:,} rows ({_bounds(one)})"


def _finding(confidence: np.ndarray, correct: np.ndarray, level: float) -> Finding:
    fewer, more = _tails(confidence, int(correct.sum()))
    if min(fewer, more) > level / 2:
        return "none"
    return "over" if fewer < more else "under"


def _tails(chances: np.ndarray, count: int) -> tuple[float, float]:
    """Return the chance that at most, and that at least, `count` draws come true; each has a chance of its own."""
    from scipy.stats import norm

    if len(chances) > EXACT_ROWS:
        mean, deviation = chances.sum(), max(1e-9, np.sqrt((chances * (1 - chances)).sum()))
        return float(norm.cdf((count + 0.5 - mean) / deviation)), float(norm.sf((count - 0.5 - mean) / deviation))
    shares = np.zeros(len(chances) + 1)  # chance of each number of draws that come true, after the draws so far
    shares[0] = 1
    for chance in chances:
        shares[1:] = shares[1:] * (1 - chance) + shares[:-1] * chance
        shares[0] *= 1 - chance
    return float(shares[: count + 1].sum()), float(shares[count:].sum())


def _bin(confidence: np.ndarray, correct: np.ndarray) -> ReliabilityBin:
    from scipy.stats import beta

    n, right = len(correct), int(correct.sum())
    return ReliabilityBin(
        lowest=float(confidence.min()),
        highest=float(confidence.max()),
        confidence=float(confidence.mean()),
        n=n,
        correct=right,
        lower=float(beta.ppf(OUTSIDE / 2, right, n - right + 1)) if right else 0.0,
        upper=float(beta.ppf(1 - OUTSIDE / 2, right + 1, n - right)) if right < n else 1.0,
    )


def _percent(share: float) -> str:
    """Return a share in percent; what is not all is not called 100, and what is not none not 0."""
    whole = f"{100 * share:.0f}"
    return f"{100 * share:.1f}" if whole in ("0", "100") and 0 < share < 1 else whole


def _range(one: ReliabilityBin) -> str:
    low, high = np.floor(100 * one.lowest), np.ceil(100 * one.highest)  # so that 99.7 % is not called 100 %
    return f"{low:.0f} to {high:.0f} %"


def _bounds(one: ReliabilityBin) -> str:
    return f"{_percent(one.lower)} to {_percent(one.upper)} %"

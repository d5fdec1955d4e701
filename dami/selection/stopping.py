"""When to stop labeling, and how good the network is by then: three signs, and the advice that they amount to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from dami.selection.nearest import check_positions

ROUND = 10  # labels between two trainings, in the app and in the study of this advice
SETTLED = 0.02  # share of predictions that a settled network changes at most
ROUNDS = 3  # rounds in a row that have to be settled
CHUNK_BYTES = 64 * 2**20


def share_changed(before: npt.ArrayLike, after: npt.ArrayLike) -> float:
    """Share of rows whose predicted class differs between two networks, both (n,); nan without rows."""
    a, b = np.asarray(before), np.asarray(after)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"Predictions of two networks must have one length, got {a.shape} and {b.shape}.")
    return float(np.mean(a != b)) if len(a) else float("nan")


def prefix_radii(points: npt.ArrayLike, order: npt.ArrayLike, rows: npt.ArrayLike | None = None) -> np.ndarray:
    """The covering radius after each label, were all labels given under the present network.

    Radii of different networks do not compare: each network has a space of its own. Recomputed for every prefix of the
    order of labels in one space they fall, and show how fast.

    Parameters
    ----------
    points : (N, p) representations of all rows
    order : (L,) positions of the labeled rows, the first labeled first
    rows : positions that have to be covered; all by default

    Returns
    -------
    (L,) float64, never rising; 0 where there is nothing to cover

    Notes
    -----
    O(L N p) time; O(N) memory beside one block of the points in double precision.
    """
    P = np.asarray(points)
    centers = check_positions(np.asarray(order), len(P), "order")
    covered = np.arange(len(P)) if rows is None else np.unique(check_positions(np.asarray(rows), len(P), "rows"))
    radii = np.zeros(len(centers))
    step = max(1, CHUNK_BYTES // (8 * max(1, P.shape[1])))
    for start in range(0, len(covered), step):
        block = P[covered[start : start + step]].astype(np.float64)  # (m, p)
        nearest = np.full(len(block), np.inf)
        for k, center in enumerate(centers):
            difference = block - P[center]
            np.minimum(nearest, np.einsum("ij,ij->i", difference, difference), out=nearest)
            radii[k] = max(radii[k], float(nearest.max()))
    return np.sqrt(radii)


def wilson_interval(correct: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Bounds for a share of which `correct` of n drawn rows were counted (Wilson, JASA 22, 1927); (0, 1) for n = 0."""
    if not 0 <= correct <= n:  # fractions where rows are worth more or less than one; scipy.stats takes none
        raise ValueError(f"{correct} of {n} rows cannot be correct.")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = correct / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def audit_size(n_remainder: int, half_width: float = 0.1, confidence: float = 0.95) -> int:
    """Rows to draw so that the accuracy is known to within `half_width`, whatever it is.

    `n0 = (z / (2 h))²`, which is 97 for ten points, and for few rows `n0 / (1 + (n0 - 1) / N)` (Cochran, Sampling
    Techniques, 1977, 4.2): drawing without replacement says more of a small remainder.
    """
    if n_remainder < 1:
        return 0
    n0 = (NormalDist().inv_cdf(0.5 + confidence / 2) / (2 * half_width)) ** 2
    return min(n_remainder, ceil(n0 / (1 + (n0 - 1) / n_remainder)))


@dataclass(frozen=True)
class AuditResult:
    """What an audit says so far.

    Attributes
    ----------
    size : rows drawn
    labeled, unsure : rows that were given a label, or none for good
    correct : labeled rows that the network predicts so
    remainder : rows that they were drawn from; None counts as very many
    """

    size: int
    labeled: int
    unsure: int
    correct: int
    remainder: int | None = None

    @property
    def complete(self) -> bool:
        return self.size > 0 and self.labeled + self.unsure >= self.size

    @property
    def accuracy(self) -> float | None:
        """Share of the labeled rows that the network predicts correctly."""
        return self.correct / self.labeled if self.labeled else None

    @property
    def bounds(self) -> tuple[float, float]:
        """95 % bounds for the accuracy on what the rows were drawn from; unsure rows count as wrong below, right above.

        Good for one look at a complete audit: who looks until he likes what he sees is too sure. Drawn without
        replacement, n of N rows tell as much as n (N - 1) / (N - n) with it (Cochran, 1977, 2.5).
        """
        n = self.labeled + self.unsure
        if n == 0:
            return 0.0, 1.0
        if self.remainder is not None and n >= self.remainder:
            return self.correct / n, (self.correct + self.unsure) / n
        worth = 1.0 if self.remainder is None else (self.remainder - 1) / (self.remainder - n)
        low, _ = wilson_interval(worth * self.correct, worth * n)
        return low, wilson_interval(worth * (self.correct + self.unsure), worth * n)[1]


@dataclass(frozen=True)
class Advice:
    """What to do, in a sentence; why; and what would make the advice better. Verdict: unknown, go on, settled, stop."""

    verdict: str
    sentence: str
    reasons: list[str]
    missing: list[str]


def advise(
    changes: Sequence[float],
    n_labeled: int,
    n_unlabeled: int,
    radii: npt.ArrayLike | None = None,
    audit: AuditResult | None = None,
) -> Advice:
    """Whether to go on labeling.

    The network has *settled* once each of the last three rounds changed at most 2 % of its predictions (stabilizing
    predictions: Bloodgood and Vijay-Shanker, CoNLL 2009). Settled is not good: how good it is, only an audit says. So
    the advice to *stop* takes both, or that nothing is left to label.

    Parameters
    ----------
    changes : share of predictions that each network changed against the one before, oldest first
    radii : covering radii of growing prefixes of the labels under the newest network, as `prefix_radii` gives
    audit : the open audit, if there is one

    Notes
    -----
    What it leaves behind was measured by replaying it on ten tables: docs/stopping.md. In short, where it says stop,
    going on to 400 labels was worth one or two points of accuracy in the mean and nine at most; on restless tables it
    never does.
    """
    reasons = [*_of_changes(changes), *_of_radii(radii), *_of_audit(audit)]
    missing = []
    if len(changes) < ROUNDS:
        more = ROUNDS - len(changes)
        missing.append(f"{more} more round{'s' if more > 1 else ''}, to see whether the predictions settle.")
    if audit is None and n_unlabeled:
        size = audit_size(n_unlabeled)
        missing.append(f"An audit of {size} rows would say how accurate the network is on the rest, to ten points.")
    elif audit is not None and not audit.complete:
        missing.append(f"The audit lacks {audit.size - audit.labeled - audit.unsure} of its {audit.size} rows.")
    last = list(changes[-ROUNDS:])
    # Judged as shown: nobody is told to go on by a 2 % that is 2.04 %.
    settled = len(last) == ROUNDS and max(map(_shown, last)) <= _shown(SETTLED)
    if not n_unlabeled:
        return Advice("stop", "You can stop: no row is left without an answer.", reasons, [])
    if len(last) < ROUNDS:
        return Advice("unknown", "Too early to say when to stop: go on for now.", reasons, missing)
    if not settled:
        return Advice(
            "go on", f"Go on: the last rounds changed up to {_percent(max(last))} of the predictions.", reasons, missing
        )
    if audit is not None and audit.complete:
        low, high = audit.bounds
        return Advice(
            "stop",
            f"You can stop if an accuracy between {_percent(low)} and {_percent(high)} on the remaining rows is "
            "enough: further labels hardly change the predictions.",
            reasons,
            missing,
        )
    return Advice(
        "settled",
        "Further labels hardly change the predictions now. Before you stop, find out by an audit how good they are.",
        reasons,
        missing,
    )


def _of_changes(changes: Sequence[float]) -> list[str]:
    if not len(changes):
        return []
    last = list(changes[-ROUNDS:])
    if len(last) == 1:
        return [f"The last round changed {_percent(last[0])} of the predictions."]
    shares = ", ".join(_percent(share) for share in last)
    return [f"The last {len(last)} rounds changed {shares} of the predictions; {_percent(SETTLED)} or less is settled."]


def _of_radii(radii: npt.ArrayLike | None) -> list[str]:
    values = np.asarray([] if radii is None else radii, dtype=float)
    if len(values) < 2 or not values[0] > 0:
        return []
    first, half, last = values[0], values[len(values) // 2], values[-1]
    if not last < first:
        return ["The farthest row is no nearer to a labelled one than at the beginning."]
    return [
        f"The farthest row is {_percent(1 - last / first)} nearer to a labelled one than at the beginning; "
        f"{_percent((half - last) / (first - last))} of that gain came with the second half of the labels."
    ]


def _of_audit(audit: AuditResult | None) -> list[str]:
    if audit is None or not audit.complete or audit.accuracy is None:
        return []
    low, high = audit.bounds
    unsure = f", {audit.unsure} unsure" if audit.unsure else ""
    return [
        f"In the audit the network was right on {audit.correct} of {audit.labeled} rows{unsure}: between "
        f"{_percent(low)} and {_percent(high)} of what they were drawn from (95 %)."
    ]


def _shown(share: float) -> float:
    """In percent, to the digit that a person gets to see."""
    percent = round(100 * share, 1)
    return percent if percent < 10 else round(100 * share)


def _percent(share: float) -> str:
    return f"{_shown(share):g} %"

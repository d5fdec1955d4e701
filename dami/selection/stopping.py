"""Advises when to stop labeling, from three signs: changed predictions, covering radii, and the audit sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from dami.selection.nearest import check_positions
from dami.wording import count

ROUND = 10  # labels between two trainings, in the app and in the study of this advice
SETTLED = 0.02  # the largest share of predictions that a settled network changes
ROUNDS = 3  # so many rounds in a row have to be settled
CHUNK_BYTES = 64 * 2**20


def share_changed(before: npt.ArrayLike, after: npt.ArrayLike) -> float:
    """Return the share of rows whose predicted class differs between two networks, both (n,); nan without rows.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    a, b = np.asarray(before), np.asarray(after)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"Predictions of two networks must have one length, got {a.shape} and {b.shape}.")
    return float(np.mean(a != b)) if len(a) else float("nan")


def prefix_radii(points: npt.ArrayLike, order: npt.ArrayLike, rows: npt.ArrayLike | None = None) -> np.ndarray:
    """Return the covering radius after each label, all in the space of one network.

    Radii of different networks cannot be compared, since each network has its own space. In one space the radii fall as
    labels are added, and show how fast.

    Parameters
    ----------
    points : (N, p) representations of all rows
    order : (L,) positions of the labeled rows, the first labeled first
    rows : positions of the rows that have to be covered; all rows by default

    Returns
    -------
    (L,) float64, never rising; 0 if no row has to be covered

    Raises
    ------
    ValueError
        If a position is not in the points.

    Notes
    -----
    Time: O(L N p). Memory: O(N), and one block of the points in double precision.
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
    """Return bounds for a share if `correct` of n drawn rows count (Wilson, JASA 22, 1927); (0, 1) for n = 0.

    Raises
    ------
    ValueError
        If `correct` is below 0 or above n.
    """
    if not 0 <= correct <= n:  # both may be fractions, which scipy.stats does not accept
        raise ValueError(f"{correct} of {n} rows cannot be correct.")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = correct / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends the bound is 0 or 1 exactly, which rounding would miss by a last digit.
    return (0.0 if correct == 0 else max(0.0, middle - half)), (1.0 if correct == n else min(1.0, middle + half))


def audit_size(n_remainder: int, half_width: float = 0.1, confidence: float = 0.95) -> int:
    """Return how many rows to draw so that the error of the measured accuracy is at most `half_width`.

    `n0 = (z / (2 h))²` holds for any accuracy; it is 97 for ten points. A small remainder of N rows needs fewer, since
    rows are drawn without replacement: `n0 / (1 + (n0 - 1) / N)` (Cochran, Sampling Techniques, 1977, 4.2).
    """
    if n_remainder < 1:
        return 0
    n0 = (NormalDist().inv_cdf(0.5 + confidence / 2) / (2 * half_width)) ** 2
    return min(n_remainder, ceil(n0 / (1 + (n0 - 1) / n_remainder)))


@dataclass(frozen=True)
class AuditResult:
    """The result of an audit so far.

    Attributes
    ----------
    size : number of rows in the audit sample
    labeled, unsure : number of these rows that have a label, and that were answered with *unsure*
    correct : number of labeled rows whose label the network predicts
    remainder : number of rows that the sample was drawn from; None means very many
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
        """Share of the labeled rows that the network predicts correctly; None without labeled rows."""
        return self.correct / self.labeled if self.labeled else None

    @property
    def bounds(self) -> tuple[float, float]:
        """95 % bounds for the accuracy on the rows that the sample was drawn from.

        An unsure row counts as wrong for the lower bound and as right for the upper bound. The bounds hold for one look
        at a complete audit; a person who looks until the result is good gets bounds that are too narrow. n of N rows
        drawn without replacement tell as much as n (N - 1) / (N - n) rows drawn with replacement (Cochran, 1977, 2.5).
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
    """Advice whether to go on labeling.

    Attributes
    ----------
    verdict : "unknown", "go on", "settled" or "stop"
    sentence : what to do
    reasons : sentences that say why
    missing : sentences that say what would make the advice better
    """

    verdict: str
    sentence: str
    reasons: list[str]
    missing: list[str]


def advise(
    changes: Sequence[float],
    n_unlabeled: int,
    radii: npt.ArrayLike | None = None,
    audit: AuditResult | None = None,
) -> Advice:
    """Return advice whether to go on labeling.

    The network has *settled* if each of the last three rounds changed at most 2 % of the predictions (stabilizing
    predictions: Bloodgood and Vijay-Shanker, CoNLL 2009). A settled network may still be bad: only an audit shows how
    good it is. So the advice is to *stop* if the network has settled and the audit is complete, or if no row is left to
    label.

    Parameters
    ----------
    changes : share of predictions that each network changed against the network before, oldest first
    n_unlabeled : number of rows that are left to label
    radii : covering radii after each label in the space of the newest network, as `prefix_radii` gives
    audit : the open audit, if there is one

    Notes
    -----
    The advice was replayed on ten tables: see docs/stopping.md. After the advice to stop, labels up to 400 added one or
    two points of accuracy in the mean, and nine at most. On tables whose predictions keep changing, the advice never
    was to stop.
    """
    reasons = [*_of_changes(changes), *_of_radii(radii), *_of_audit(audit)]
    missing = []
    if len(changes) < ROUNDS:
        more = ROUNDS - len(changes)
        missing.append(f"{count(more, 'more round')}, to see whether the predictions settle.")
    if audit is None and n_unlabeled:
        size = audit_size(n_unlabeled)
        missing.append(f"An audit of {size} rows would say how accurate the network is on the rest, to ten points.")
    elif audit is not None and not audit.complete:
        missing.append(f"The audit lacks {audit.size - audit.labeled - audit.unsure} of its {audit.size} rows.")
    last = list(changes[-ROUNDS:])
    # Shares are judged as they are shown, so a share shown as 2 % counts as settled even if it is 2.04 %.
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
    """Return a share in percent, rounded as a person sees it."""
    percent = round(100 * share, 1)
    return percent if percent < 10 else round(100 * share)


def _percent(share: float) -> str:
    return f"{_shown(share):g} %"

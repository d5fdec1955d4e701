"""Picks the rows with the lowest scores and gives the reasons, for all strategies that rank rows by uncertainty."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dami.selection.strategies.explanation import Explanation
from dami.selection.strategies.pool import Pool, Selection, without_distances


def lowest(
    pool: Pool, n: int, strategy: str, scores: np.ndarray, words: Callable[[int, str], str], **numbers: np.ndarray
) -> Selection:
    """Pick the n candidates with the lowest scores; of equal candidates, the lowest position.

    Parameters
    ----------
    scores : (N,) scores of all rows
    words : callable(row, place) that returns the reason for a row; place is "1st", "2nd", ...
    numbers : (N,) arrays of the numbers in the reasons
    """
    picks = pool.candidates[np.argsort(scores[pool.candidates], kind="stable")[:n]]

    def reason(i: int) -> Explanation:
        row = int(picks[i])
        facts = {name: float(values[row]) for name, values in numbers.items()}
        return Explanation(words(row, _ordinal(i + 1)), {"step": i + 1, "space": "probabilities", **facts})

    return without_distances(picks, "probabilities", strategy, reason, lambda i: -scores)


def _ordinal(k: int) -> str:
    ending = "th" if k % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(k % 10, "th")
    return f"{k}{ending}"

"""Margin: the rows where the network hesitates most between its two likeliest classes (Scheffer et al., 2001)."""

from __future__ import annotations

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.pool import Explanation, Pool, Selection, without_distances


class Margin(QueryStrategy):
    """The smallest difference between the two largest probabilities first; ties go to the lowest position."""

    name = "margin"

    def choose(self, pool: Pool, n: int) -> Selection:
        two = np.sort(pool.probabilities[pool.candidates], axis=1)[:, -2:]  # (candidates, 2): second, first
        chosen = np.argsort(two[:, 1] - two[:, 0], kind="stable")[:n]

        def reason(i: int) -> Explanation:
            second, first = (float(p) for p in two[chosen[i]])
            text = (
                f"The model hesitates between its two likeliest classes here: {100 * first:.1f} % against "
                f"{100 * second:.1f} %, the {_ordinal(i + 1)} smallest difference of all unlabelled rows."
            )
            numbers = {
                "step": i + 1,
                "space": "probabilities",
                "first": first,
                "second": second,
                "difference": first - second,
            }
            return Explanation(text, numbers)

        return without_distances(pool.candidates[chosen], "probabilities", self.name, reason)


def _ordinal(k: int) -> str:
    ending = "th" if k % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(k % 10, "th")
    return f"{k}{ending}"

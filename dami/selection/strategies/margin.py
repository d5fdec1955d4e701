"""Holds Margin, which picks rows whose two likeliest classes are about equally likely (Scheffer et al., 2001)."""

from __future__ import annotations

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Fact, share
from dami.selection.strategies.pool import Pool, Selection
from dami.selection.strategies.ranking import lowest


class Margin(QueryStrategy):
    """Picks the rows with the smallest difference between the two largest probabilities; of equal rows, the lowest."""

    name = "margin"
    title = "Margin"
    summary = "Rows where the two likeliest classes are nearly even."
    facts = (
        Fact("first", "Likeliest class has", share),
        Fact("second", "The next one has", share),
        Fact("difference", "Difference", share),
    )

    def choose(self, pool: Pool, n: int) -> Selection:
        second, first = np.sort(pool.probabilities, axis=1)[:, -2:].T

        def words(row: int, place: str) -> str:
            return (
                f"The model hesitates between its two likeliest classes here: {100 * first[row]:.1f} % against "
                f"{100 * second[row]:.1f} %, the {place} smallest difference of all unlabelled rows."
            )

        return lowest(pool, n, self.name, pool.margins, words, first=first, second=second, difference=pool.margins)

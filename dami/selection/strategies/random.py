"""Random: every unlabeled row has the same chance. What any strategy has to beat."""

from __future__ import annotations

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Explanation
from dami.selection.strategies.pool import Pool, Selection, without_distances


class Random(QueryStrategy):
    """A uniform draw without replacement; fixed by the seed and the number of labels."""

    name = "random"
    title = "Random"
    summary = "Rows drawn at random: what every other strategy has to beat."
    needs_network = False

    def choose(self, pool: Pool, n: int) -> Selection:
        # All rows are shuffled and the candidates taken in that order, so rows looked at or excluded do not reshuffle
        # the others.
        order = pool.rng.permutation(len(pool.X))
        picks = order[np.isin(order, pool.candidates)][:n]
        count = len(pool.candidates)

        def reason(i: int) -> Explanation:
            text = f"Drawn at random: each of the {count} rows without a label had the same chance."
            return Explanation(text, {"step": i + 1, "space": "none", "candidates": count})

        return without_distances(picks, "none", self.name, reason)

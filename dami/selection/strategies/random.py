"""Holds Random, which gives every unlabeled row the same chance. Every other strategy has to be better."""

from __future__ import annotations

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Explanation
from dami.selection.strategies.pool import Pool, Selection, without_distances


class Random(QueryStrategy):
    """Draws rows uniformly, without replacement. The seed and the number of labels decide the draw."""

    name = "random"
    title = "Random"
    summary = "Rows drawn at random: what every other strategy has to beat."
    needs_network = False

    def choose(self, pool: Pool, n: int) -> Selection:
        # All rows are shuffled, not only the candidates, so a row that is looked at or excluded does not change the
        # order of the others.
        order = pool.rng.permutation(len(pool.X))
        picks = order[np.isin(order, pool.candidates)][:n]
        count = len(pool.candidates)

        def reason(i: int) -> Explanation:
            text = f"Drawn at random: each of the {count} rows without a label had the same chance."
            return Explanation(text, {"step": i + 1, "space": "none", "candidates": count})

        return without_distances(picks, "none", self.name, reason)

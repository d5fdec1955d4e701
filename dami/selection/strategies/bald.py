"""Holds BALD, which picks rows that networks with different initial weights disagree about (arXiv 1112.5745)."""

from __future__ import annotations

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.entropy import entropy
from dami.selection.strategies.explanation import Fact, bits
from dami.selection.strategies.pool import Pool, Selection
from dami.selection.strategies.ranking import lowest


class Bald(QueryStrategy):
    """Picks the rows with the largest mutual information between class and network (Houlsby et al., 2011).

    It is the entropy of the mean prediction of five networks minus the mean of their entropies. The networks differ in
    their initial weights (Beluch et al., CVPR 2018).
    """

    name = "bald"
    title = "BALD"
    summary = "Rows that five networks disagree about."
    n_networks = 5
    facts = (Fact("information", "The networks disagree by", bits),)

    def choose(self, pool: Pool, n: int) -> Selection:
        members = np.stack([network.predict_proba(pool.X) for network in pool.ensemble or [pool.network]])  # (M, N, C)
        information = entropy(members.mean(axis=0)) - entropy(members).mean(axis=0)

        def words(row: int, place: str) -> str:
            return (
                f"{len(members)} networks trained from different beginnings disagree here: its label would tell them "
                f"apart by {information[row]:.2f} bits, the {place} most of all unlabelled rows."
            )

        return lowest(pool, n, self.name, -information, words, information=information)

"""BALD: the rows that networks of different beginnings disagree about (Houlsby et al., arXiv 1112.5745)."""

from __future__ import annotations

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.entropy import entropy
from dami.selection.strategies.pool import Pool, Selection
from dami.selection.strategies.ranking import lowest


class Bald(QueryStrategy):
    """The largest mutual information between a row's class and the network, over the network's five members.

    They differ in their initial weights (Beluch et al., CVPR 2018) and in the fifth of the labels that each is trained
    without: the entropy of their mean prediction less the mean of their entropies.
    """

    name = "bald"
    title = "BALD"
    summary = "Rows that five networks disagree about."

    def choose(self, pool: Pool, n: int) -> Selection:
        networks = [part for whole in pool.ensemble or [pool.network] for part in getattr(whole, "members_", [whole])]
        members = np.stack([network.predict_proba(pool.X) for network in networks])  # (M, N, C)
        information = entropy(members.mean(axis=0)) - entropy(members).mean(axis=0)

        def words(row: int, place: str) -> str:
            return (
                f"{len(members)} networks trained from different beginnings disagree here: its label would tell them "
                f"apart by {information[row]:.2f} bits, the {place} most of all unlabelled rows."
            )

        return lowest(pool, n, self.name, -information, words, information=information)

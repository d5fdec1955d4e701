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

    It is the entropy of the mean prediction of the network's five members minus the mean of their entropies. The
    members differ in their initial weights (Beluch et al., CVPR 2018) and in the fifth of the labels that each is
    trained without.
    """

    name = "bald"
    title = "BALD"
    summary = "Rows that five networks disagree about."
    facts = (Fact("information", "The networks disagree by", bits),)

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

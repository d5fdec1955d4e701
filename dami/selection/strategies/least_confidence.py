"""Holds Least confidence, which picks rows whose predicted class has a low probability (Lewis & Gale, 1994)."""

from __future__ import annotations

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Fact, share
from dami.selection.strategies.pool import Pool, Selection
from dami.selection.strategies.ranking import lowest


class LeastConfidence(QueryStrategy):
    """Picks the rows whose largest probability is smallest; of equal rows, the lowest position."""

    name = "least-confidence"
    title = "Least confidence"
    summary = "Rows whose likeliest class is least likely."
    facts = (Fact("confidence", "Likeliest class has", share),)

    def choose(self, pool: Pool, n: int) -> Selection:
        confidence = pool.probabilities.max(axis=1)

        def words(row: int, place: str) -> str:
            return (
                f"The model is unsure here: it gives its likeliest class {100 * confidence[row]:.1f} %, the {place} "
                "lowest of all unlabelled rows."
            )

        return lowest(pool, n, self.name, confidence, words, confidence=confidence)

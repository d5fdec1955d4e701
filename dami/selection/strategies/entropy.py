"""Holds Entropy, which picks rows whose probabilities are spread most evenly over the classes (Shannon, 1948)."""

from __future__ import annotations

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Fact, bits
from dami.selection.strategies.pool import Pool, Selection
from dami.selection.strategies.ranking import lowest


class Entropy(QueryStrategy):
    """Picks the rows with the largest entropy of the probabilities; of equal rows, the lowest position."""

    name = "entropy"
    title = "Entropy"
    summary = "Rows where the probabilities of all classes are most even."
    facts = (Fact("entropy", "Entropy", bits),)

    def choose(self, pool: Pool, n: int) -> Selection:
        bits = entropy(pool.probabilities)

        def words(row: int, place: str) -> str:
            most = np.log2(pool.probabilities.shape[1])
            return (
                f"The model's probabilities are spread over the classes here: {bits[row]:.2f} of at most {most:.2f} "
                f"bits, the {place} most of all unlabelled rows."
            )

        return lowest(pool, n, self.name, -bits, words, entropy=bits)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy, in bits, of probabilities (..., C) over the last axis: (...,); 0 log 0 is 0."""
    logarithms = np.log2(np.where(probabilities > 0, probabilities, 1))
    return np.asarray(-(probabilities * logarithms).sum(axis=-1))

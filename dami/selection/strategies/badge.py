"""Holds BADGE, which picks diverse rows with large gradients (Ash et al., arXiv 1906.03671)."""

from __future__ import annotations

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Explanation, Fact
from dami.selection.strategies.pool import Pool, Selection, without_distances


class Badge(QueryStrategy):
    """Picks by k-means++ seeding over the gradients of the last layer; the predicted class stands for the label.

    The gradient of the loss by the weights of the last layer is `(p - onehot) outer h`. It is never formed, since
    squared distances follow from the products of its two factors.
    """

    name = "badge"
    title = "BADGE"
    summary = "Rows, unlike each other, whose labels would move the network's last layer most."
    facts = (Fact("length", "Length of its gradient"),)

    def choose(self, pool: Pool, n: int) -> Selection:
        rows = pool.candidates
        errors = pool.probabilities[rows].copy()  # (m, C)
        errors[np.arange(len(rows)), errors.argmax(axis=1)] -= 1
        hidden = pool.points("hidden")[rows].astype(np.float64)  # (m, h)
        squares = (errors * errors).sum(axis=1) * (hidden * hidden).sum(axis=1)  # (m,) squared lengths
        picks: list[int] = []
        nearest = np.full(len(rows), np.inf)
        while len(picks) < n:
            pick = int(squares.argmax()) if not picks else _draw(nearest, picks, pool.rng)
            picks.append(pick)
            products = (errors @ errors[pick]) * (hidden @ hidden[pick])
            nearest = np.minimum(nearest, np.maximum(squares + squares[pick] - 2 * products, 0))
            nearest[pick] = 0
        chosen, lengths = rows[picks], np.sqrt(squares[picks])
        share = [100 * float((squares <= squares[pick]).mean()) for pick in picks]

        def reason(i: int) -> Explanation:
            text = (
                f"Its label would move the network: a gradient at least as long as that of {share[i]:.0f} % of the "
                "unlabelled rows, and unlike those of the other rows asked for."
            )
            return Explanation(text, {"step": i + 1, "space": "gradient", "length": float(lengths[i])})

        return without_distances(chosen, "gradient", self.name, reason)


def _draw(squares: np.ndarray, picks: list[int], rng: np.random.Generator) -> int:
    """Draw a position with a chance in proportion to its square; if all squares are 0, any position but the picks."""
    total = squares.sum()
    if total > 0:
        return int(rng.choice(len(squares), p=squares / total))
    others = np.setdiff1d(np.arange(len(squares)), picks)
    return int(rng.choice(others))

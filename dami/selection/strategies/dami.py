"""Holds DAMI as the abstract of the paper describes it: it covers the local models (Liu et al., arXiv 2007.12100)."""

from __future__ import annotations

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.covering import cover
from dami.selection.strategies.pool import Pool, Selection


class Dami(QueryStrategy):
    """Picks farthest-first over the local models of the rows; the labeled rows are centers from the start.

    Once every row has the same local model as a center (covering radius 0), it goes on in the input space. It has no
    randomness and no settings.
    """

    name = "dami"
    title = "DAMI"
    summary = "Rows whose local linear model is farthest from those of all labelled rows."
    spaces = ("representation", "input")

    def choose(self, pool: Pool, n: int) -> Selection:
        return cover(pool, n, self.name, self.spaces)

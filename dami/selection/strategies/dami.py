"""DAMI, from the paper's abstract: cover the local models of all rows (Liu et al., arXiv 2007.12100)."""

from __future__ import annotations

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.covering import cover
from dami.selection.strategies.pool import Pool, Selection


class Dami(QueryStrategy):
    """Farthest-first over the rows' local linear models, every labeled row a center already.

    Once each row's local model is a center's (covering radius 0), it goes on in the input space. There is no randomness
    and no setting.
    """

    name = "dami"
    title = "DAMI"
    summary = "Rows whose local linear model is farthest from those of all labelled rows."
    spaces = ("representation", "input")

    def choose(self, pool: Pool, n: int) -> Selection:
        return cover(pool, n, self.name, self.spaces)

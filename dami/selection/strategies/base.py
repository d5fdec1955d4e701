"""Defines QueryStrategy, the base class of all strategies, which pick rows of a Pool."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from dami.selection.strategies.covering import FACTS, LABELED, cover
from dami.selection.strategies.explanation import Fact
from dami.selection.strategies.pool import Pool, Selection, joined

SHOWN_APART = ("step", "space", "distance", "nearest", "radius")  # every pick has this evidence


class QueryStrategy(ABC):
    """A rule that picks the rows to label next. A subclass is one file and one row in STRATEGIES.

    A subclass states a `name`, and a `title` and a `summary` (one sentence) for people, and writes `choose`.

    Attributes
    ----------
    needs_network : whether `choose` needs a fitted network. If it does and there is no network yet (no labels, or of
        one class only), `query` picks farthest-first in the input space.
    n_networks : number of networks in `pool.ensemble`, if above 1
    nested : whether a query for few rows gives the first picks of a query for more; if not, use `ahead` for more rounds
    spaces : the spaces that a strategy covers farthest-first, one after the other, if it does nothing else
    facts : how people read the numbers of the strategy's reasons
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    needs_network: ClassVar[bool] = True
    n_networks: ClassVar[int] = 1
    nested: ClassVar[bool] = True
    spaces: ClassVar[tuple[str, ...]] = ()
    facts: ClassVar[tuple[Fact, ...]] = ()

    def query(self, pool: Pool, n: int) -> Selection:
        """Pick n candidates of the pool, in order, or all candidates if there are fewer.

        Raises
        ------
        ValueError
            If n is not a whole number from 0.
        """
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
            raise ValueError(f"The number of rows to ask for must be a whole number from 0, got {n!r}.")
        n = min(int(n), len(pool.candidates))
        if self.needs_network and pool.network is None:
            found = cover(pool, n, self.name, ("input",))
        else:
            found = self.choose(pool, n)
        return replace(found, contributions=pool.contributions)

    def ahead(self, pool: Pool, n: int, batch: int) -> Selection:
        """Pick n candidates, or all if there are fewer, for several rounds of `batch` rows.

        The first `batch` picks are those of a query for one round. The picks of a round are centers in the next round,
        as if a person had looked at them.
        """
        if self.nested or n <= batch:
            return self.query(pool, n)
        parts: list[Selection] = []
        while n > 0:
            parts.append(self.query(pool, min(n, batch)))
            if len(parts[-1]) < batch:
                break
            n -= batch
            pool = pool.after(parts[-1].indices)
        return joined(parts)

    @classmethod
    def facts_of(cls, numbers: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the numbers of a reason as pairs of title and value for people, without the evidence of every pick."""
        known = {fact.name: fact for fact in (*FACTS, *cls.facts)}  # any strategy may begin in the input space
        # The nearest center usually is the nearest labeled row, which is then shown only once.
        is_center = numbers.get("nearest_labeled") == numbers.get("nearest")
        apart = {*SHOWN_APART, *(fact.name for fact in LABELED if is_center)}
        shown = [
            (known.get(name, Fact(name, name.replace("_", " "))), value)
            for name, value in numbers.items()
            if name not in apart and value is not None
        ]
        return [(fact.title, fact.write(value)) for fact, value in shown]

    @abstractmethod
    def choose(self, pool: Pool, n: int) -> Selection:
        """Pick n candidates of the pool, in order; n is at most the number of candidates."""

"""What every strategy is: a QueryStrategy, which picks from a Pool."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from dami.selection.strategies.covering import FACTS, LABELED, cover
from dami.selection.strategies.explanation import Fact
from dami.selection.strategies.pool import Pool, Selection, joined

SHOWN_APART = ("step", "space", "distance", "nearest", "radius")  # the evidence of every pick


class QueryStrategy(ABC):
    """A rule that picks the rows to label next; a subclass is one file and one row in STRATEGIES.

    Subclasses give a `name`, a `title` and a `summary` (one sentence) for people, and write `choose`; it is called with
    a fitted network, unless `needs_network` is False. While there is none (no labels, or of one class only) every other
    strategy starts with farthest-first in the input space. `spaces` are those that it covers farthest-first, one after
    the other, where it does nothing else. With `n_networks` above 1 it finds that many in `pool.ensemble`. `nested`
    says that the picks of a small query begin those of a larger one; where they do not, ask for a round at a time
    (`ahead`). `facts` says how people read the numbers of its reasons.
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
        """Up to n candidates of the pool, in pick order; all that are left, if there are fewer."""
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
            raise ValueError(f"The number of rows to ask for must be a whole number from 0, got {n!r}.")
        n = min(int(n), len(pool.candidates))
        if self.needs_network and pool.network is None:
            found = cover(pool, n, self.name, ("input",))
        else:
            found = self.choose(pool, n)
        return replace(found, contributions=pool.contributions)

    def ahead(self, pool: Pool, n: int, batch: int) -> Selection:
        """Up to n candidates for rounds to come, the first `batch` of them what a query for one round gives.

        Rows asked in one round are centers in the next, as if they had been looked at.
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
        """The numbers of a reason as people read them, titles and values, but for the evidence that every pick has."""
        known = {fact.name: fact for fact in (*FACTS, *cls.facts)}  # any strategy may begin in the input space
        # The centre is a labelled row, most often: said once.
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
        """n candidates of the pool, in pick order; n is at most their number."""

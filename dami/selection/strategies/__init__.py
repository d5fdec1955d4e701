"""Lists the query strategies by name. A new strategy is a file in this folder and a row in the table STRATEGIES."""

from collections import ChainMap
from collections.abc import Mapping
from inspect import isabstract
from typing import Any

from dami.errors import ModelError
from dami.registry import Guard, Registry
from dami.selection.strategies.ablations import CoreSet, DamiAffine, DamiPredicted, DamiUnit, InputKCenter
from dami.selection.strategies.badge import Badge
from dami.selection.strategies.bald import Bald
from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.dami import Dami
from dami.selection.strategies.dami_kmedoids import DamiKMedoids
from dami.selection.strategies.dami_plus import DamiPlus
from dami.selection.strategies.dami_plus_variants import DamiPlusFree, DamiPlusHidden, DamiPlusInput
from dami.selection.strategies.entropy import Entropy
from dami.selection.strategies.explanation import Explanation
from dami.selection.strategies.least_confidence import LeastConfidence
from dami.selection.strategies.margin import Margin
from dami.selection.strategies.pool import Pool, Selection
from dami.selection.strategies.random import Random
from dami.selection.strategies.typiclust import TypiClust

__all__ = [
    "RECOMMENDED",
    "STRATEGIES",
    "STUDIED",
    "VARIANTS",
    "Explanation",
    "Pool",
    "QueryStrategy",
    "Selection",
    "facts_of",
    "strategy_of",
    "title_of",
]


def _flaw(name: str, strategy: Any) -> str:
    """Return what is wrong with a strategy from another package, "" if nothing is."""
    if not (isinstance(strategy, type) and issubclass(strategy, QueryStrategy)):
        return "is no subclass of dami.QueryStrategy"
    if lacks := [name for name in ("name", "title", "summary") if not isinstance(getattr(strategy, name, None), str)]:
        return f"has no {' and no '.join(lacks)}"
    if isabstract(strategy):
        return "does not write the method choose"
    return "" if strategy.name == name else f"calls itself {strategy.name!r}"


def _guarded(strategy: type[QueryStrategy], guard: Guard) -> type[QueryStrategy]:
    """Give a strategy of another package a method `choose` whose errors name the package."""
    strategy.choose = guard(strategy.choose, "choose rows")  # type: ignore[method-assign]  # a subclass could not be pickled
    return strategy


STRATEGIES: Registry[type[QueryStrategy]] = Registry(
    "strategy",
    "dami.strategies",
    {
        strategy.name: strategy
        for strategy in (
            Dami,
            DamiPlus,
            DamiKMedoids,
            Random,
            Margin,
            Entropy,
            LeastConfidence,
            CoreSet,
            InputKCenter,
            Badge,
            TypiClust,
            Bald,
            DamiAffine,
            DamiUnit,
            DamiPredicted,
        )
    },
    _flaw,
    _guarded,
    ModelError,
)

RECOMMENDED = DamiPlus.name

VARIANTS: dict[str, type[QueryStrategy]] = {
    strategy.name: strategy for strategy in (DamiPlusHidden, DamiPlusInput, DamiPlusFree)
}
"""Strategies for studies alone: they differ from one of STRATEGIES in one part, so nobody is offered them."""

STUDIED: ChainMap[str, type[QueryStrategy]] = ChainMap(STRATEGIES, VARIANTS)
"""All strategies that a study may compare by name."""


def strategy_of(strategy: str | QueryStrategy | type[QueryStrategy]) -> QueryStrategy:
    """Return a strategy, given as its name, its class or an instance.

    Raises
    ------
    ModelError
        If there is no such strategy; the message names the strategies that exist.
    """
    if isinstance(strategy, QueryStrategy):
        return strategy
    if isinstance(strategy, type) and issubclass(strategy, QueryStrategy):
        return strategy()
    if isinstance(strategy, str) and strategy in STRATEGIES:
        return STRATEGIES[strategy]()
    raise ModelError(STRATEGIES.lacks(strategy))


def title_of(strategy: str) -> str:
    """Return the title of a strategy for people. A name that no strategy has any more is returned as it was stored."""
    return STRATEGIES[strategy].title if strategy in STRATEGIES else strategy


def facts_of(strategy: str, numbers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the numbers of a reason as pairs of title and value for people, as its strategy words them.

    They are in plain words if the strategy is gone, or if a strategy that is not DAMI's own fails to word them.
    """
    try:
        return STRATEGIES.get(strategy, QueryStrategy).facts_of(numbers)
    except Exception:
        if strategy not in STRATEGIES or STRATEGIES.is_own(strategy):
            raise
        return QueryStrategy.facts_of(numbers)

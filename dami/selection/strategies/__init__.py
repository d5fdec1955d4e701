"""The strategies by name: a new one is a file beside these and a row in this table."""

from inspect import isabstract
from typing import Any

from dami.errors import ModelError
from dami.registry import Registry
from dami.selection.strategies.ablations import CoreSet, DamiAffine, DamiPredicted, DamiUnit, InputKCenter
from dami.selection.strategies.badge import Badge
from dami.selection.strategies.bald import Bald
from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.dami import Dami
from dami.selection.strategies.dami_kmedoids import DamiKMedoids
from dami.selection.strategies.dami_plus import DamiPlus
from dami.selection.strategies.entropy import Entropy
from dami.selection.strategies.explanation import Explanation
from dami.selection.strategies.least_confidence import LeastConfidence
from dami.selection.strategies.margin import Margin
from dami.selection.strategies.pool import Pool, Selection
from dami.selection.strategies.random import Random
from dami.selection.strategies.typiclust import TypiClust

__all__ = ["RECOMMENDED", "STRATEGIES", "Explanation", "Pool", "QueryStrategy", "Selection", "strategy_of", "title_of"]


def _flaw(name: str, strategy: Any) -> str:
    """What is wrong with a strategy of another package."""
    if not (isinstance(strategy, type) and issubclass(strategy, QueryStrategy)):
        return "is no subclass of dami.QueryStrategy"
    if lacks := [name for name in ("name", "title", "summary") if not isinstance(getattr(strategy, name, None), str)]:
        return f"has no {' and no '.join(lacks)}"
    if isabstract(strategy):
        return "does not write the method choose"
    return "" if strategy.name == name else f"calls itself {strategy.name!r}"


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
)

RECOMMENDED = DamiPlus.name


def strategy_of(strategy: str | QueryStrategy | type[QueryStrategy]) -> QueryStrategy:
    """A strategy from its name, its class or itself.

    Raises
    ------
    ModelError
        If there is none such; it says what there is.
    """
    if isinstance(strategy, QueryStrategy):
        return strategy
    if isinstance(strategy, type) and issubclass(strategy, QueryStrategy):
        return strategy()
    if isinstance(strategy, str) and strategy in STRATEGIES:
        return STRATEGIES[strategy]()
    raise ModelError(STRATEGIES.lacks(strategy))


def title_of(strategy: str) -> str:
    """A strategy's name as people read it; that of one which is gone as it was stored."""
    return STRATEGIES[strategy].title if strategy in STRATEGIES else strategy

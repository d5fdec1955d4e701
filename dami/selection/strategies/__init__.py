"""The strategies by name: a new one is a file beside these and a row in this table."""

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

__all__ = ["RECOMMENDED", "STRATEGIES", "Explanation", "Pool", "QueryStrategy", "Selection", "strategy_of"]

STRATEGIES: dict[str, type[QueryStrategy]] = {
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
}

RECOMMENDED = DamiPlus.name


def strategy_of(strategy: str | QueryStrategy | type[QueryStrategy]) -> QueryStrategy:
    """A strategy from its name, its class or itself; ValueError where there is none such."""
    if isinstance(strategy, QueryStrategy):
        return strategy
    if isinstance(strategy, type) and issubclass(strategy, QueryStrategy):
        return strategy()
    if isinstance(strategy, str) and strategy in STRATEGIES:
        return STRATEGIES[strategy]()
    raise ValueError(f"There is no strategy {strategy!r}; there are {', '.join(STRATEGIES)}.")

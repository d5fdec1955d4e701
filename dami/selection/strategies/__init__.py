"""The strategies by name: a new one is a file beside these and a row in this table."""

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.dami import Dami
from dami.selection.strategies.margin import Margin
from dami.selection.strategies.pool import Explanation, Pool, Selection
from dami.selection.strategies.random import Random

__all__ = ["STRATEGIES", "Explanation", "Pool", "QueryStrategy", "Selection"]

STRATEGIES: dict[str, type[QueryStrategy]] = {strategy.name: strategy for strategy in (Dami, Random, Margin)}

"""Defines an experiment: a table with known labels that is labeled again. It imports little, since pages use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dami.errors import TableError
from dami.networks import version
from dami.selection.label_arrays import as_labels, distinct, missing
from dami.selection.strategies import STRATEGIES, STUDIED

COLUMNS = [
    *("strategy", "seed", "round", "n_labeled"),
    *("accuracy", "balanced_accuracy", "auroc", "select_seconds", "train_seconds"),
]
COMPARISON = 3  # raised whenever the same experiment with the same network would give other records
VERSION = f"{COMPARISON}.{version.VERSION}"  # of records: those of two versions must not be compared
MOST_ROWS = 3000  # rows of a pool, and of a test set
TEST_SHARE = 3  # one row in so many is for testing


def pool_size(n_rows: int) -> int:
    """Return the size of a table's pool: all rows but those for testing, at most `MOST_ROWS`."""
    return min(MOST_ROWS, n_rows - n_rows // TEST_SHARE)


def possible_rounds(n_rows: int, n_initial: int, batch_size: int, rounds: int) -> int:
    """Return the number of rounds until half of the pool is labeled, at most `rounds`; below 1 if no round fits."""
    return min(rounds, (pool_size(n_rows) // 2 - n_initial) // batch_size)


def split(n_rows: int, seed: int, n_initial: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the positions of the pool, of the test rows and, in the pool, of the initial labels. The seed decides."""
    rng = np.random.default_rng([seed, n_rows])
    order = rng.permutation(n_rows)
    n_test = n_rows // TEST_SHARE
    test, pool = order[:n_test][:MOST_ROWS], order[n_test:][:MOST_ROWS]
    return pool, test, np.sort(rng.permutation(len(pool))[:n_initial])


@dataclass(frozen=True)
class Experiment:
    """A table with known labels, and how it is labeled again.

    Attributes
    ----------
    X : (n, d) float32, the encoded rows that have a label
    y : (n,) int, class numbers
    n_classes : int
    strategies : names in STUDIED
    n_initial, batch_size, rounds : number of initial labels, of labels in each round, and the largest number of rounds
    """

    X: np.ndarray
    y: np.ndarray
    n_classes: int
    strategies: tuple[str, ...]
    n_initial: int = 30
    batch_size: int = 10
    rounds: int = 20

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        labels: Any,
        strategies: Sequence[str],
        n_initial: int = 30,
        batch_size: int = 10,
        rounds: int = 20,
    ) -> Experiment:
        """Encode a table for an experiment. Rows without a label are left out.

        Raises
        ------
        TableError
            If fewer than two classes have a label, or half of the pool is too small for the initial labels and a round.
        ValueError
            If a strategy is unknown or given twice, a number is not positive, or lengths differ.
        """
        from dami.tables.encoding import Encoder  # skrub takes seconds to import

        given = as_labels(labels, len(frame))
        kept = ~missing(given)
        classes = distinct(given[kept])
        if len(classes) < 2:
            raise TableError(
                f"A comparison needs labels of at least two classes, but the table has {len(classes)}: "
                "choose another target column."
            )
        X = Encoder().fit_transform(frame[kept].reset_index(drop=True))
        return cls.encoded(X, given[kept], strategies, n_initial, batch_size, rounds)

    @classmethod
    def encoded(
        cls, X: np.ndarray, labels: Any, strategies: Sequence[str], n_initial: int, batch_size: int, rounds: int
    ) -> Experiment:
        """Make an experiment of rows (n, d) that are encoded already and all have a label. For errors see `of`."""
        for name in strategies:
            if name not in STUDIED:
                raise ValueError(STRATEGIES.lacks(name))
        if not strategies or len(set(strategies)) < len(strategies):
            raise ValueError("Name each strategy once, and at least one.")
        for what, number in (("n_initial", n_initial), ("batch_size", batch_size), ("rounds", rounds)):
            if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
                raise ValueError(f"{what} must be a whole number from 1, got {number!r}.")
        given = as_labels(labels, len(X))
        classes = distinct(given)
        y = pd.Index(classes, dtype=object).get_indexer(pd.Index(given, dtype=object))
        made = cls(X, y, len(classes), tuple(strategies), int(n_initial), int(batch_size), int(rounds))
        if made.n_rounds < 1:
            raise TableError(
                f"The table has {len(X)} labelled rows, too few for {n_initial} labels to begin with and {batch_size} "
                f"a round: half of its pool is {made.n_pool // 2}."
            )
        return made

    @property
    def n_pool(self) -> int:
        return pool_size(len(self.X))

    @property
    def n_rounds(self) -> int:
        """The number of rounds until half of the pool is labeled, at most `rounds`."""
        return possible_rounds(len(self.X), self.n_initial, self.batch_size, self.rounds)

    def split(self, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw the positions of the pool, of the test rows and, in the pool, of the initial labels; see `split`."""
        return split(len(self.X), seed, self.n_initial)

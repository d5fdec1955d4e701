"""Experiments on a table whose labels are known: what each strategy would have reached, round by round."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dami.errors import TableError
from dami.networks.batch import fit_many, tasks
from dami.networks.mlp import MLP
from dami.selection.labels import as_labels, distinct, missing
from dami.selection.strategies import STRATEGIES, Pool, QueryStrategy

COLUMNS = [
    *("strategy", "seed", "round", "n_labeled"),
    *("accuracy", "balanced_accuracy", "auroc", "select_seconds", "train_seconds"),
]
MOST_ROWS = 3000  # of a pool, and of a test set
TEST_SHARE = 3  # one row of so many is for testing
BATCH = 40  # networks at a time: beyond it a product is no cheaper


@dataclass(frozen=True)
class Experiment:
    """A table with known labels, and how it is to be labeled again.

    Attributes
    ----------
    X : (n, d) float32, the rows that have a label, encoded
    y : (n,) int, class numbers
    n_classes : int
    strategies : names in STRATEGIES
    n_initial, batch_size, rounds : labels to begin with, labels a round, and rounds at most
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
        """Encode a table; rows without a label are left out.

        Raises
        ------
        TableError
            If fewer than two classes have a label, or half of the pool is no more than the initial labels.
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
        """The same on rows that are encoded already, each with a label."""
        for name in strategies:
            if name not in STRATEGIES:
                raise ValueError(f"There is no strategy {name!r}; there are {', '.join(STRATEGIES)}.")
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
        return min(MOST_ROWS, len(self.X) - len(self.X) // TEST_SHARE)

    @property
    def n_rounds(self) -> int:
        """Rounds until half of the pool is labeled, at most those wanted."""
        return min(self.rounds, (self.n_pool // 2 - self.n_initial) // self.batch_size)

    def split(self, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions of the pool, of the test rows, and within the pool of the initial labels: equal for a seed."""
        rng = np.random.default_rng([seed, len(self.X)])
        order = rng.permutation(len(self.X))
        n_test = len(self.X) // TEST_SHARE
        test, pool = order[:n_test][:MOST_ROWS], order[n_test:][:MOST_ROWS]
        return pool, test, np.sort(rng.permutation(len(pool))[: self.n_initial])


@dataclass
class _Run:
    """One strategy on one split, as far as it has come."""

    strategy: QueryStrategy
    seed: int
    X: np.ndarray
    rows: np.ndarray  # of the pool, in the table
    test: np.ndarray
    labeled: np.ndarray  # in the pool, in the order of their labels
    networks: list[MLP] = field(default_factory=list)


def simulate(
    frame: pd.DataFrame,
    labels: Any,
    strategies: Sequence[str] = ("dami", "random"),
    seeds: int | Sequence[int] = 5,
    n_initial: int = 30,
    batch_size: int = 10,
    rounds: int = 20,
    on_progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Label a table again and again from its known labels, once for every strategy and seed.

    Strategies share, for each seed, the split (a third of the rows for testing), the initial labels and the initial
    weights. A pool has at most 3,000 rows; a run ends when half of it is labeled. Networks are trained from scratch
    in every round.

    Parameters
    ----------
    frame : (n, columns) the table, without its target column
    labels : (n,) rows without a label are left out
    strategies : names in STRATEGIES
    seeds : how many (0, 1, ...), or which
    n_initial, batch_size, rounds : int
    on_progress : callable(share), optional

    Returns
    -------
    DataFrame with a row for each strategy, seed and round (0: the initial labels) and the columns strategy, seed,
    round, n_labeled, accuracy, balanced_accuracy, auroc (macro average of one class against the rest), select_seconds
    and train_seconds (a network's share of its batch). Interrupted from the keyboard, what is done, with a warning.

    Raises
    ------
    TableError, ValueError
        See `Experiment.of`.
    """
    experiment = Experiment.of(frame, labels, strategies, n_initial, batch_size, rounds)
    chosen = _seeds(seeds)
    parts: list[pd.DataFrame] = []
    try:
        parts.extend(run(experiment, chosen, on_progress))
    except KeyboardInterrupt:
        warnings.warn("Interrupted: the records hold the seeds that were finished.", stacklevel=2)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def run(
    experiment: Experiment, seeds: Sequence[int], on_progress: Callable[[float], None] | None = None
) -> Iterator[pd.DataFrame]:
    """Records of one or a few seeds at a time, all strategies and rounds of them: what is yielded is finished.

    As many seeds are run together as fill a batch of networks.
    """
    n_networks = sum(STRATEGIES[name].n_networks for name in experiment.strategies)
    together = max(1, BATCH // n_networks)
    n_steps = experiment.n_rounds + 1
    for start in range(0, len(seeds), together):
        group = list(seeds[start : start + together])

        def report(step: int, start: int = start, size: int = len(group)) -> None:
            if on_progress is not None:
                on_progress((start + size * step / n_steps) / len(seeds))

        yield pd.DataFrame(_run_together(experiment, group, report), columns=COLUMNS)


def _run_together(experiment: Experiment, seeds: list[int], report: Callable[[int], None]) -> list[dict[str, Any]]:
    runs = [run for seed in seeds for run in _begin(experiment, seed)]
    records: list[dict[str, Any]] = []
    choosing = [0.0] * len(runs)
    for number in range(experiment.n_rounds + 1):
        training = _train(experiment, runs)
        for run, seconds in zip(runs, choosing, strict=True):
            measured = _measure(experiment, run)
            records.append(
                {"strategy": run.strategy.name, "seed": run.seed, "round": number, "n_labeled": len(run.labeled)}
                | measured
                | {"select_seconds": seconds, "train_seconds": training * len(run.networks)}
            )
        report(number + 1)
        if number < experiment.n_rounds:
            choosing = [_choose(experiment, run) for run in runs]
    order = {name: k for k, name in enumerate(experiment.strategies)}
    return sorted(records, key=lambda entry: (entry["seed"], order[entry["strategy"]], entry["round"]))


def _begin(experiment: Experiment, seed: int) -> Iterator[_Run]:
    pool, test, initial = experiment.split(seed)
    X = experiment.X[pool]
    for name in experiment.strategies:
        yield _Run(STRATEGIES[name](), seed, X, pool, test, initial)


def _train(experiment: Experiment, runs: list[_Run]) -> float:
    """Give every run its networks, none while all its labels are of one class; seconds for one of them."""
    began = time.perf_counter()
    wanted, owners = [], []
    for run in runs:
        rows = run.rows[run.labeled]
        y = experiment.y[rows]
        run.networks = []
        if (y != y[0]).any():
            mine = tasks(rows, y, run.seed, run.strategy.n_networks)
            wanted += mine
            owners += [run] * len(mine)
    for run, network in zip(owners, fit_many(experiment.X, wanted), strict=True):
        run.networks.append(network)
    return (time.perf_counter() - began) / max(1, len(wanted))


def _choose(experiment: Experiment, run: _Run) -> float:
    began = time.perf_counter()
    network = run.networks[0] if run.networks else None
    pool = Pool(run.X, run.labeled, network=network, seed=run.seed, ensemble=run.networks)
    run.labeled = np.concatenate([run.labeled, run.strategy.query(pool, experiment.batch_size).indices])
    return time.perf_counter() - began


def _measure(experiment: Experiment, run: _Run) -> dict[str, float]:
    truth = experiment.y[run.test]
    probabilities = np.zeros((len(run.test), experiment.n_classes))
    if run.networks:
        probabilities[:, run.networks[0].classes_] = run.networks[0].predict_proba(experiment.X[run.test])
    else:
        probabilities[:, experiment.y[run.rows[run.labeled[0]]]] = 1
    right = probabilities.argmax(axis=1) == truth
    sizes = np.bincount(truth, minlength=experiment.n_classes)
    present = sizes > 0
    recall = np.bincount(truth, right, experiment.n_classes)[present] / sizes[present]
    return {
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(recall.mean()),
        "auroc": auroc(truth, probabilities),
    }


def auroc(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Area under the ROC curve, the mean over classes of one against the rest; nan where one class is all there is.

    Parameters
    ----------
    truth : (n,) int
    probabilities : (n, C)
    """
    from scipy.stats import rankdata

    areas = []
    for number in np.unique(truth):
        of_class = truth == number
        n, m = int(of_class.sum()), int((~of_class).sum())
        if m:
            ranks = rankdata(probabilities[:, number])  # Mann and Whitney's statistic, ties in the middle
            areas.append((ranks[of_class].sum() - n * (n + 1) / 2) / (n * m))
    return float(np.mean(areas)) if areas else float("nan")


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    chosen = list(range(seeds)) if isinstance(seeds, int | np.integer) else [int(seed) for seed in seeds]
    if not chosen or min(chosen) < 0 or len(set(chosen)) < len(chosen):
        raise ValueError(f"Seeds must be at least one, distinct and not negative, got {seeds!r}.")
    return chosen

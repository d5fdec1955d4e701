"""Runs experiments on a table with known labels: what each strategy would have reached in each round."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from dami.networks.batch import Task, fit_many, tasks
from dami.selection.strategies import STUDIED, Pool, QueryStrategy
from dami.studies.experiment import COLUMNS, Experiment
from dami.studies.record_frame import Records

BATCH = 16  # networks that are trained together: more of them would not be faster
Fit: TypeAlias = Callable[[np.ndarray, Sequence[Task]], Sequence[Any]]
"""Fits a classifier for each task on rows of X, with `classes_` and `predict_proba` as scikit-learn has them."""


@dataclass
class _Run:
    """The state of one strategy on one split."""

    strategy: QueryStrategy
    seed: int
    X: np.ndarray
    rows: np.ndarray  # positions of the pool in the table
    test: np.ndarray
    labeled: np.ndarray  # positions in the pool, in the order of their labels
    networks: list[Any] = field(default_factory=list)


def simulate(
    frame: pd.DataFrame,
    labels: Any,
    strategies: Sequence[str] = ("dami", "random"),
    seeds: int | Sequence[int] = 5,
    n_initial: int = 30,
    batch_size: int = 10,
    rounds: int = 20,
    on_progress: Callable[[float], None] | None = None,
) -> Records:
    """Label a table anew with its known labels, once for every strategy and seed.

    For each seed, all strategies have the same split (a third of the rows is for testing), initial labels and initial
    weights. A pool has at most 3,000 rows, and a run ends when half of it is labeled. Networks are trained from scratch
    in every round.

    Parameters
    ----------
    frame : (n, columns) the table, without its target column
    labels : (n,) rows without a label are left out
    strategies : names in STRATEGIES, or in VARIANTS beside it
    seeds : the number of seeds (0, 1, ...), or a list of seeds
    n_initial, batch_size, rounds : see `Experiment`
    on_progress : callable(share), optional

    Returns
    -------
    Records, a DataFrame with a row for each strategy, seed and round (0: the initial labels) and the columns strategy,
    seed, round, n_labeled, accuracy, balanced_accuracy, auroc (mean over classes of one class against the rest),
    select_seconds and train_seconds (a network's share of its batch). The method `plot` draws the curves. After a
    keyboard interrupt, the finished seeds are returned, with a warning.

    Raises
    ------
    TableError, ValueError
        See `Experiment.of`.
    """
    experiment = Experiment.of(frame, labels, strategies, n_initial, batch_size, rounds)
    chosen = _seeds(seeds)
    parts: list[pd.DataFrame] = []
    try:
        parts.extend(finished.records for finished in run(experiment, chosen, on_progress))
    except KeyboardInterrupt:
        warnings.warn("Interrupted: the records hold the seeds that were finished.", stacklevel=2)
    return Records(pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS))


@dataclass(frozen=True)
class Finished:
    """The results of a group of seeds whose runs are finished.

    Attributes
    ----------
    records : as `simulate` gives them
    picks : seed -> (n_strategies, n_labeled) int, for each strategy the positions of the labeled rows in the
        experiment's `X`, in the order of their labels, the initial labels first. The labels of round r are the first
        `n_initial + r * batch_size`.
    """

    records: pd.DataFrame
    picks: dict[int, np.ndarray]


def run(
    experiment: Experiment,
    seeds: Sequence[int],
    on_progress: Callable[[float], None] | None = None,
    one_seed_first: bool = False,
    fit: Fit = fit_many,
) -> Iterator[Finished]:
    """Run all strategies and rounds for groups of seeds, and yield the results of each group when it is finished.

    A group has as many seeds as fill a batch of networks.

    Parameters
    ----------
    on_progress : callable(share), optional
        Called after every training and every query. An exception from it ends the run; unfinished seeds are lost.
    one_seed_first : bool
        The first group has one seed, and each later group one more, so that a person soon sees the first results.
    fit : callable, optional
        Trains the classifiers of a round, by default DAMI's networks.
    """
    start = 0
    for group in groups(experiment, seeds, one_seed_first):

        def report(share: float, start: int = start, size: int = len(group)) -> None:
            if on_progress is not None:
                on_progress((start + size * share) / len(seeds))

        yield run_together(experiment, group, report, fit)
        start += len(group)


def groups(experiment: Experiment, seeds: Sequence[int], one_seed_first: bool = False) -> Iterator[list[int]]:
    """Yield groups of seeds that are run together, as `run` describes them."""
    n_networks = sum(STUDIED[name].n_networks for name in experiment.strategies)
    most = max(1, BATCH // n_networks)
    together = 1 if one_seed_first else most
    start = 0
    while start < len(seeds):
        yield list(seeds[start : start + together])
        start += together
        together = min(most, together + 1)


def run_together(
    experiment: Experiment,
    seeds: list[int],
    report: Callable[[float], None] = lambda share: None,
    fit: Fit = fit_many,
) -> Finished:
    """Run all strategies and rounds for a group of seeds, whose networks are trained as one batch; see `run`."""
    runs = [run for seed in seeds for run in _begin(experiment, seed)]
    records: list[dict[str, Any]] = []
    choosing = [0.0] * len(runs)
    n_steps = experiment.n_rounds + 1
    for number in range(n_steps):
        training = _train(experiment, runs, fit)
        for run, seconds in zip(runs, choosing, strict=True):
            measured = _measure(experiment, run)
            records.append(
                {"strategy": run.strategy.name, "seed": run.seed, "round": number, "n_labeled": len(run.labeled)}
                | measured
                | {"select_seconds": seconds, "train_seconds": training * len(run.networks)}
            )
        report((number + 1) / n_steps)
        if number < experiment.n_rounds:
            for k, run in enumerate(runs):
                choosing[k] = _choose(experiment, run)
                report((number + 1) / n_steps)
    order = {name: k for k, name in enumerate(experiment.strategies)}
    records.sort(key=lambda entry: (entry["seed"], order[entry["strategy"]], entry["round"]))
    picks = {seed: np.stack([run.rows[run.labeled] for run in runs if run.seed == seed]) for seed in seeds}
    return Finished(pd.DataFrame(records, columns=COLUMNS), picks)


def _begin(experiment: Experiment, seed: int) -> Iterator[_Run]:
    pool, test, initial = experiment.split(seed)
    X = experiment.X[pool]
    for name in experiment.strategies:
        yield _Run(STUDIED[name](), seed, X, pool, test, initial)


def _train(experiment: Experiment, runs: list[_Run], fit: Fit) -> float:
    """Train the networks of every run and return the seconds for one. Labels of one class give no network."""
    began = time.perf_counter()
    wanted, owners = [], []
    for run in runs:
        rows = run.rows[np.sort(run.labeled)]  # as a learner has them: members are dealt rows in their order
        y = experiment.y[rows]
        run.networks = []
        if (y != y[0]).any():
            mine = tasks(rows, y, run.seed, run.strategy.n_networks)
            wanted += mine
            owners += [run] * len(mine)
    for run, network in zip(owners, fit(experiment.X, wanted), strict=True):
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
    return measures(truth, probabilities)


def measures(truth: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Return accuracy, balanced accuracy and `auroc` of predictions.

    Parameters
    ----------
    truth : (n,) int, class numbers
    probabilities : (n, C)
    """
    # scikit-learn gives the same figures, but its checks of arguments take 10 to 100 times as long.
    right = probabilities.argmax(axis=1) == truth
    return {
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(np.mean([right[truth == k].mean() for k in np.unique(truth)])),
        "auroc": auroc(truth, probabilities),
    }


def auroc(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the area under the ROC curve, the mean over classes of one class against the rest; nan for one class.

    Parameters
    ----------
    truth : (n,) int
    probabilities : (n, C)
    """
    classes, sizes = np.unique(truth, return_counts=True)
    if len(classes) < 2:
        return float("nan")
    ordered = np.sort(probabilities[:, classes].T)  # (C, n)
    sums = []  # of the ranks of a class's rows, for the Mann-Whitney statistic; equal values share a rank
    for k, values in zip(classes, ordered, strict=True):
        own = probabilities[truth == k, k]
        sums.append((np.searchsorted(values, own) + np.searchsorted(values, own, side="right") + 1).sum() / 2)
    return float(np.mean((sums - sizes * (sizes + 1) / 2) / (sizes * (len(truth) - sizes))))


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    chosen = list(range(seeds)) if isinstance(seeds, int | np.integer) else [int(seed) for seed in seeds]
    if not chosen or min(chosen) < 0 or len(set(chosen)) < len(chosen):
        raise ValueError(f"Seeds must be at least one, distinct and not negative, got {seeds!r}.")
    return chosen

"""Replays the advice when to stop on a table with known labels: when it says stop, and what accuracy is lost by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dami.networks.batch import fit_many, tasks
from dami.networks.mlp import MLP
from dami.selection.stopping import ROUND, AuditResult, advise, audit_size, share_changed
from dami.selection.strategies import STRATEGIES, Pool, QueryStrategy
from dami.studies.experiment import Experiment

COLUMNS = [
    *("strategy", "seed", "round", "n_labeled", "changed", "verdict", "audit", "low", "high", "remainder_accuracy"),
    *("accuracy", "balanced_accuracy"),
]
OUTCOMES = [
    *("strategy", "seed", "stopped", "n_labeled", "audit", "saved", "accuracy", "end", "best", "left_behind"),
    *("low", "high", "remainder_accuracy"),
]


@dataclass
class _Run:
    """The state of one strategy on one split, labeled by a simulated person."""

    strategy: QueryStrategy
    seed: int
    pool: np.ndarray  # positions in the table
    test: np.ndarray
    X: np.ndarray  # encoded rows of the pool
    labeled: np.ndarray = field(default_factory=lambda: np.zeros(0, int))  # positions in the pool, ascending
    networks: list[MLP] = field(default_factory=list)
    said: np.ndarray | None = None  # predictions of the newest network for the pool
    changes: list[float] = field(default_factory=list)


def study(
    X: np.ndarray,
    labels: Any,
    strategies: Sequence[str] = ("dami", "margin", "random"),
    seeds: int = 10,
    most_labels: int = 400,
    on_progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Return the records of `replay` on the splits of an experiment: a third for testing, a pool of at most 3,000 rows.

    Parameters
    ----------
    X : (n, d) float32, encoded
    labels : (n,) none missing
    seeds : number of seeds
    most_labels : a run ends at this number of labels, or when half of its pool is labeled

    Raises
    ------
    TableError, ValueError
        See `Experiment.encoded`.
    """
    experiment = Experiment.encoded(X, labels, strategies, ROUND, ROUND, max(1, most_labels // ROUND - 1))
    splits = {seed: experiment.split(seed)[:2] for seed in range(seeds)}
    return replay(experiment.X, experiment.y, strategies, splits, experiment.n_rounds + 1, on_progress)


def replay(
    X: np.ndarray,
    y: npt.ArrayLike,
    strategies: Sequence[str],
    splits: Mapping[int, tuple[np.ndarray, np.ndarray]],
    rounds: int,
    on_progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Return the advice after every round of ten to a person who begins without labels and makes no errors.

    The verdict of a round is that of `advise` on the changes so far. If it is *settled*, the person follows the advice:
    an audit sample of the proposed size is drawn from the rest and labeled, and the verdict is that with the audit. The
    run itself goes on as if there had been no audit.

    Parameters
    ----------
    X : (n, d) float32
    y : (n,) int, class numbers
    strategies : names in STRATEGIES
    splits : seed -> positions of the pool, and of the test rows
    rounds : number of rounds

    Returns
    -------
    DataFrame with a row for each strategy, seed and round (from 1). Its columns are strategy, seed, round, n_labeled
    and

    - changed: the share of the pool's predictions that the network of the round changed; nan for the first network;
    - verdict: that of `Advice`;
    - audit: the number of rows in the audit sample, 0 without an audit;
    - low, high: the bounds of the audit for remainder_accuracy, nan without an audit;
    - remainder_accuracy: the share of the pool's unlabeled rows whose class the network predicts (a person would not
      know it);
    - accuracy, balanced_accuracy: on the test rows. While all labels are of one class, this class is the prediction.
    """
    truth = np.asarray(y)
    runs = [
        _Run(STRATEGIES[name](), seed, pool, test, X[pool])
        for name in strategies
        for seed, (pool, test) in splits.items()
    ]
    records: list[dict[str, Any]] = []
    for number in range(1, rounds + 1):
        for run in runs:
            network = run.networks[0] if run.networks else None
            asked = Pool(run.X, run.labeled, network=network, seed=run.seed, ensemble=run.networks)
            run.labeled = np.union1d(run.labeled, run.strategy.query(asked, ROUND).indices)
        _train(X, truth, runs)
        records += [_record(run, number, X, truth) for run in runs]
        if on_progress is not None:
            on_progress(number / rounds)
    found = pd.DataFrame(records, columns=COLUMNS)
    return found.sort_values(["strategy", "seed", "round"], key=_in_order(strategies), ignore_index=True)


def outcomes(records: pd.DataFrame) -> pd.DataFrame:
    """Return, for each run, the result of following the advice.

    Parameters
    ----------
    records : as `replay` gives them

    Returns
    -------
    DataFrame with a row for each strategy and seed. The stop is the first round with the verdict *stop*, or the last
    round if there is none. The columns are strategy, seed and

    - stopped: whether a round had the verdict *stop*;
    - n_labeled, audit, accuracy, low, high, remainder_accuracy: those of the stop;
    - saved: the number of labels after the stop, minus the size of the audit sample;
    - end: the accuracy of the last round;
    - best: the highest accuracy from the stop on;
    - left_behind: the accuracy of the last round minus that of the stop.
    """
    rows = []
    for (strategy, seed), run in records.groupby(["strategy", "seed"], sort=False):
        ordered = run.sort_values("round")
        stops = np.flatnonzero(ordered["verdict"] == "stop")
        stop = int(stops[0]) if len(stops) else len(ordered) - 1
        at, last = ordered.iloc[stop], ordered.iloc[-1]
        rows.append(
            {
                "strategy": strategy,
                "seed": seed,
                "stopped": len(stops) > 0,
                "saved": last["n_labeled"] - at["n_labeled"] - at["audit"],
                "end": last["accuracy"],
                "best": ordered["accuracy"].iloc[stop:].max(),
                "left_behind": last["accuracy"] - at["accuracy"],
            }
            | {name: at[name] for name in ("n_labeled", "audit", "accuracy", "low", "high", "remainder_accuracy")}
        )
    return pd.DataFrame(rows, columns=OUTCOMES)


def _train(X: np.ndarray, y: np.ndarray, runs: list[_Run]) -> None:
    """Train the networks of all runs in one batch. A run whose labels are of one class gets no network."""
    wanted, owners = [], []
    for run in runs:
        rows = run.pool[run.labeled]
        run.networks = []
        if len(np.unique(y[rows])) > 1:
            mine = tasks(rows, y[rows], run.seed, run.strategy.n_networks)
            wanted += mine
            owners += [run] * len(mine)
    for run, network in zip(owners, fit_many(X, wanted), strict=True):
        run.networks.append(network)


def _record(run: _Run, number: int, X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    before, run.said = run.said, _predictions(run, run.X, y) if run.networks else None
    changed = float("nan")
    if before is not None and run.said is not None:
        changed = share_changed(before, run.said)
        run.changes.append(changed)
    rest = np.setdiff1d(np.arange(len(run.pool)), run.labeled)
    correct = _predictions(run, run.X[rest], y) == y[run.pool[rest]]
    truth = y[run.test]
    right = _predictions(run, X[run.test], y) == truth
    audit, advice = None, advise(run.changes, len(rest))
    if advice.verdict == "settled":
        size = audit_size(len(rest))
        drawn = np.random.default_rng([run.seed, 0, len(rest)]).permutation(len(rest))[:size]  # as in a project
        audit = AuditResult(size, size, 0, int(correct[drawn].sum()), len(rest))
        advice = advise(run.changes, len(rest) - size, audit=audit)
    low, high = audit.bounds if audit else (float("nan"), float("nan"))
    return {
        "strategy": run.strategy.name,
        "seed": run.seed,
        "round": number,
        "n_labeled": len(run.labeled),
        "changed": changed,
        "verdict": advice.verdict,
        "audit": audit.size if audit else 0,
        "low": low,
        "high": high,
        "remainder_accuracy": float(correct.mean()) if len(correct) else float("nan"),
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(np.mean([right[truth == k].mean() for k in np.unique(truth)])),
    }


def _predictions(run: _Run, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return predicted class numbers (n,); while there is no network, the class of the first label."""
    if not run.networks:
        return np.full(len(rows), y[run.pool[run.labeled[0]]])
    network = run.networks[0]
    # A project keeps probabilities as float32, so ties are broken as in a project.
    return np.asarray(network.classes_)[network.predict_proba(rows).astype(np.float32).argmax(axis=1)]


def _in_order(strategies: Sequence[str]) -> Callable[[pd.Series], pd.Series]:
    places = {name: k for k, name in enumerate(strategies)}
    return lambda column: column.map(places) if column.name == "strategy" else column

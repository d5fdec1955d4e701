"""Runs experiments on a cluster. Each task is one of the groups of seeds that a single process would run in turn.

A group is trained as one batch, as in a single process, and a task runs on one thread. So the records are the same to
the bit, except for the seconds. The process of the command reads and encodes tables, and writes files of records.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dami.studies import record_file
from dami.studies.benchmark import Unit, labeled, prepared
from dami.studies.experiment import Experiment

if TYPE_CHECKING:
    from distributed import Client, Future


def record_all(
    client: Client,
    experiments: Iterable[tuple[Experiment, Path]],
    n_experiments: int,
    seeds: Sequence[int],
    on_progress: Callable[[float], None] | None = None,
) -> list[pd.DataFrame]:
    """Do what `dami.studies.record_file.record` does, for several experiments at once.

    The records of a group are appended to their file when the group is finished, so an interrupted experiment goes on.

    Parameters
    ----------
    experiments : pairs of an experiment and the file of its records; the next pair is made when the tasks of the last
        one have been sent
    n_experiments : number of pairs
    on_progress : callable(share of the work that is done, 0 to 1)

    Returns
    -------
    For each experiment, the records of its file that are of these seeds, sorted by seed.

    Raises
    ------
    TableError
        See `record`.
    """
    from distributed import as_completed

    from dami.studies.simulation import groups

    parts: list[list[pd.DataFrame]] = []
    paths: list[Path] = []
    pending: dict[Future, tuple[int, float]] = {}  # the number of the experiment, and the task's share of it
    tasks = as_completed()
    done, sent, arrays = 0.0, None, []

    def take(future: Future) -> None:
        nonlocal done
        number, share = pending[future]
        records = future.result()
        record_file.append(paths[number], records)
        parts[number].append(records)
        del pending[future]
        done += share
        if on_progress is not None:
            on_progress(done / n_experiments)

    try:
        for number, (experiment, path) in enumerate(experiments):
            known = record_file.begin(experiment, path)
            held = set(known["seed"])
            parts.append([known])
            paths.append(path)
            todo = list(groups(experiment, [seed for seed in seeds if seed not in held]))
            done += not todo
            if todo and experiment.X is not sent:  # one table for many strategies
                arrays = client.scatter([experiment.X, experiment.y])
                sent = experiment.X
            settings = (experiment.n_initial, experiment.batch_size, experiment.rounds)
            for group in todo:
                future = client.submit(
                    run_group, *arrays, experiment.n_classes, experiment.strategies, *settings, group, pure=False
                )
                pending[future] = number, 1 / len(todo)
                tasks.add(future)
            while tasks.has_ready():
                take(next(tasks))
        for future in tasks:
            take(future)
    except BaseException:
        client.cancel(list(pending))
        raise
    return [record_file.joined(found, seeds).sort_values("seed", kind="stable", ignore_index=True) for found in parts]


def run_units(
    client: Client, units: Sequence[Unit], seeds: Sequence[int], on_progress: Callable[[float], None] | None = None
) -> pd.DataFrame:
    """Do what `dami.studies.benchmark.run_units` does, on a cluster."""
    experiments = ((prepared(unit), unit.path) for unit in units)
    found = record_all(client, experiments, len(units), seeds, on_progress)
    return pd.concat(map(labeled, units, found), ignore_index=True)


def run_group(
    X: np.ndarray,
    y: np.ndarray,
    n_classes: int,
    strategies: tuple[str, ...],
    n_initial: int,
    batch_size: int,
    rounds: int,
    seeds: list[int],
) -> pd.DataFrame:
    """Return the records of some seeds; a worker runs this function."""
    from threadpoolctl import threadpool_limits

    from dami.networks import training  # noqa: F401 (loads torch, whose threads are to be set)
    from dami.studies.simulation import run_together

    threadpool_limits(1)
    torch: Any = sys.modules["torch"]
    torch.set_num_threads(1)
    return run_together(Experiment(X, y, n_classes, strategies, n_initial, batch_size, rounds), seeds).records

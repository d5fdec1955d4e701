"""The protocol for claims: every strategy of a fixed field and one candidate, on many tables, in two regimes.

Records are kept a file a table, regime and strategy, so that a benchmark that was interrupted goes on where it was, and
a strategy that is added later is compared with runs that are known. The seeds of a strategy are trained as one batch,
which no other strategy is part of: its records do not depend on the rest of the field.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from dami.errors import TableError
from dami.studies.experiment import Experiment
from dami.studies.record_file import record
from dami.tables.columns import class_names, describe_target
from dami.tables.demos import DEMOS, load_demo
from dami.tables.reading import READERS, read_table

FIELD = ("random", "margin", "entropy", "least-confidence", "core-set", "badge", "typiclust", "bald", "dami")
REGIMES = {"A": (30, 10, 20), "B": (100, 50, 20)}  # labels to begin with, labels a round, rounds at most


@dataclass(frozen=True)
class Unit:
    """One strategy on one table in one regime: what is run, recorded and resumed as a whole.

    Attributes
    ----------
    table : the table's name
    source : its file; None for a table that the project ships
    target : the column of its labels
    regime : key of REGIMES
    strategy : name in STRATEGIES
    path : the file of its records
    """

    table: str
    source: Path | None
    target: str
    regime: str
    strategy: str
    path: Path


def find_tables(folder: Path | None) -> dict[str, Path | None]:
    """Names of the tables in a folder with their files; without a folder, those that the project ships.

    Raises
    ------
    TableError
        If the folder is none, holds no table, or two of one name.
    """
    if folder is None:
        return dict.fromkeys(DEMOS)
    if not folder.is_dir():
        raise TableError(f"There is no folder {folder}: name one that holds tables.")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in READERS)
    if not files:
        raise TableError(f"The folder {folder} holds no table: put files like {', '.join(list(READERS)[:3])} there.")
    found: dict[str, Path | None] = {}
    for path in files:
        if path.stem in found:
            raise TableError(f"The folder {folder} holds two tables named {path.stem}: rename one of them.")
        found[path.stem] = path
    return found


def plan(
    tables: dict[str, Path | None],
    target: str,
    strategies: Sequence[str],
    regimes: Iterable[str],
    folder: Path,
    on_left_out: Callable[[str], None] = lambda note: None,
) -> list[Unit]:
    """What there is to run: a unit for every strategy on every table that allows the regime.

    Parameters
    ----------
    folder : where the records go
    on_left_out : called with a sentence for each table and regime that is left out

    Raises
    ------
    TableError
        If nothing is left.
    """
    units: list[Unit] = []
    for name, source in tables.items():
        for regime in regimes:
            try:
                _, labels = _read(name, source, target)
                # Whether there are rows enough does not depend on what is in them: nothing is encoded yet.
                Experiment.encoded(np.zeros((len(labels), 1), np.float32), labels, [FIELD[0]], *REGIMES[regime])
            except TableError as error:
                on_left_out(f"{name}, regime {regime}, is left out: {error}")
                continue
            units += [
                Unit(name, source, target, regime, strategy, folder / regime / name / f"{strategy}.csv")
                for strategy in strategies
            ]
    if not units:
        raise TableError("No table allows the benchmark: see the reasons above.")
    return units


@lru_cache(maxsize=2)
def experiment(name: str, source: Path | None, target: str, regime: str) -> Experiment:
    """A table, read and encoded, in a regime; the strategy is a placeholder."""
    frame, labels = _read(name, source, target)
    return Experiment.of(frame, labels, [FIELD[0]], *REGIMES[regime])


@lru_cache(maxsize=1)
def _read(name: str, source: Path | None, target: str) -> tuple[pd.DataFrame, pd.Series]:
    """The rows that have a label, without it, and their labels."""
    frame = load_demo(name) if source is None else read_table(source)
    described = describe_target(frame, target)
    if described.numeric_many:
        raise TableError(str(described.advice))
    labels = class_names(frame[target])
    kept = labels.notna()
    return frame.loc[kept].drop(columns=[target]).reset_index(drop=True), labels[kept].reset_index(drop=True)


def run_units(
    units: Sequence[Unit], seeds: Sequence[int], jobs: int = 1, on_progress: Callable[[float], None] | None = None
) -> pd.DataFrame:
    """Run what is not on file yet, several units at a time, and read the records of all.

    Parameters
    ----------
    jobs : processes, each with one thread
    on_progress : callable(share of the units that are done)

    Returns
    -------
    DataFrame of `simulate`'s columns, behind ``table`` and ``regime``

    Raises
    ------
    TableError
        If a file of records is of another experiment.
    """
    parts: dict[int, pd.DataFrame] = {}

    def done(number: int, records: pd.DataFrame) -> None:
        parts[number] = records
        if on_progress is not None:
            on_progress(len(parts) / len(units))

    if jobs == 1:
        for number, unit in enumerate(units):
            done(number, run_unit(unit, seeds))
    else:
        # Spawned: a forked torch or OpenMP can hang. The main module is not run again by its children.
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_one_thread) as pool:
            pending = {pool.submit(run_unit, unit, seeds): number for number, unit in enumerate(units)}
            try:
                for finished in as_completed(pending):
                    done(pending[finished], finished.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return pd.concat([parts[number] for number in range(len(units))], ignore_index=True)


def run_unit(unit: Unit, seeds: Sequence[int]) -> pd.DataFrame:
    """Run one unit, or what is missing of it, and read its records."""
    return labeled(unit, record(prepared(unit), seeds, unit.path))


def prepared(unit: Unit) -> Experiment:
    """The experiment of a unit; the folder of its records is there."""
    unit.path.parent.mkdir(parents=True, exist_ok=True)
    return replace(experiment(unit.table, unit.source, unit.target, unit.regime), strategies=(unit.strategy,))


def labeled(unit: Unit, records: pd.DataFrame) -> pd.DataFrame:
    """The records of a unit behind its table and regime."""
    return records.assign(table=unit.table, regime=unit.regime)[["table", "regime", *records.columns]]


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)

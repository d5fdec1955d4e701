"""Runs the benchmark: a fixed list of strategies and one candidate, on many tables, in two regimes.

Each table, regime and strategy has its own file of records. So an interrupted benchmark goes on where it stopped, and a
strategy that is added later is compared with records that exist already. All seeds of one strategy are trained as one
batch without other strategies, so its records do not depend on the other strategies.
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
from dami.tables.columns import describe_target, label_names
from dami.tables.demos import DEMOS, load_demo
from dami.tables.reading import READERS, open_table
from dami.tables.table import Table

FIELD = (
    *("random", "margin", "entropy", "least-confidence", "core-set", "badge", "typiclust", "bald", "dami"),
    *("dami-plus-hidden", "dami-plus-input", "dami-plus-free"),
)
REGIMES = {"A": (30, 10, 20), "B": (100, 50, 20)}  # initial labels, labels in each round, most rounds


@dataclass(frozen=True)
class Unit:
    """One strategy on one table in one regime. It has its own file of records.

    Attributes
    ----------
    table : name of the table
    source : file of the table; None for a demo table
    target : the column of the labels
    regime : key of REGIMES
    strategy : name in STUDIED
    path : the file of its records
    """

    table: str
    source: Path | None
    target: str
    regime: str
    strategy: str
    path: Path


def find_tables(folder: Path | None) -> dict[str, Path | None]:
    """Return the names and files of the tables in a folder; without a folder, those of the demo tables.

    Raises
    ------
    TableError
        If there is no such folder, or it holds no table or two tables of one name.
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
    """Return a unit for every strategy, table and regime, except for tables that are too small for a regime.

    Parameters
    ----------
    folder : the folder of the records
    on_left_out : called with a sentence for each table and regime that is left out

    Raises
    ------
    TableError
        If no unit is left.
    """
    units: list[Unit] = []
    for name, source in tables.items():
        for regime in regimes:
            try:
                _, labels = read_rows(name, source, target)
                # This checks only the number of rows, so nothing is encoded yet.
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
    """Read and encode a table for a regime. The strategy of the experiment is a placeholder."""
    frame, labels = read_rows(name, source, target)
    return Experiment.of(frame, labels, [FIELD[0]], *REGIMES[regime])


@lru_cache(maxsize=1)
def read_rows(name: str, source: Path | None, target: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return the rows that have a label, without the target column, and their labels."""
    table = Table(load_demo(name)) if source is None else open_table(source)
    described = describe_target(table, target)
    if described.numeric_many:
        raise TableError(str(described.advice))
    labels = label_names(table, target)
    kept = labels.notna()
    return table.frame.loc[kept].drop(columns=[target]).reset_index(drop=True), labels[kept].reset_index(drop=True)


def run_units(
    units: Sequence[Unit], seeds: Sequence[int], jobs: int = 1, on_progress: Callable[[float], None] | None = None
) -> pd.DataFrame:
    """Run what the files of records do not hold yet, several units at a time, and return all records.

    Parameters
    ----------
    jobs : number of processes, each with one thread
    on_progress : callable(share of the units that are done)

    Returns
    -------
    DataFrame with the columns ``table``, ``regime`` and those of `simulate`

    Raises
    ------
    TableError
        If a file of records belongs to another experiment.
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
        # "spawn", since a forked process can hang in torch or OpenMP.
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
    """Run the seeds of a unit that its file does not hold yet, and return the records of all."""
    return labeled(unit, record(prepared(unit), seeds, unit.path))


def prepared(unit: Unit) -> Experiment:
    """Make the folder of a unit's records and return the unit's experiment."""
    unit.path.parent.mkdir(parents=True, exist_ok=True)
    return replace(experiment(unit.table, unit.source, unit.target, unit.regime), strategies=(unit.strategy,))


def labeled(unit: Unit, records: pd.DataFrame) -> pd.DataFrame:
    """Return the records of a unit with the columns ``table`` and ``regime`` in front."""
    return records.assign(table=unit.table, regime=unit.regime)[["table", "regime", *records.columns]]


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)

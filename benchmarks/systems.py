"""What a user would do instead of DAMI, as whole systems: a query strategy and the model that it asks and trains.

``DAMI_TABLES=... python benchmarks/systems.py --seeds 20 --jobs 2`` labels each table again with every system: 30
labels to begin with, then rounds of 10 up to 200 labels or half of the pool, and in each round a model trained anew.
Splits, initial labels, encoding and measures are those of ``python -m dami benchmark`` in regime A; only DAMI's own
network sees the ranks beside the values. The picks of `dami-plus` with the network are measured twice: as the network
predicts, and as the mean of network and random forest does, which a comparison exports (`dami/studies/joint.py`). Its
temperature is found on the rows that a member was trained without and on the forest's out-of-bag rows, so that it costs
a forest and no more; accuracy does not depend on it. The command appends a line to ``--out`` for every table, system
and seed that is finished, and prints ranks, paired differences with bounds, what network and strategy gain alone and
together, and curves. Stopped, the same command goes on; ``--report`` only prints.

*margin, forest* is the usual loop of modAL. While all labels are of one class there is no model, and strategies that
need one pick farthest-first in the table. Boosting puts twenty rows in a leaf, so it learns nothing from 30 labels.
Tables are those of `networks.py`.
"""

from __future__ import annotations

import networks  # isort: skip  (sets the threads before numpy is imported)

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from sklearn import datasets

from dami.commands.output import time_left
from dami.networks.batch import Task, fit_many
from dami.networks.mlp import MLP
from dami.studies import benchmark, rivals
from dami.studies.comparison import difference, mean_ranks, signed_points
from dami.studies.experiment import VERSION, Experiment
from dami.studies.joint import FOREST, joined, joint_temperature
from dami.studies.simulation import Fit, groups, measures, run_together
from dami.tables.demos import DEMOS
from dami.tables.encoding import Encoder
from dami.wording import count

N_INITIAL, ROUND, _ = benchmark.REGIMES["A"]
SIZES = (50, 100, 200)
SHOWN = (30, 50, 70, 100, 130, 160, 200)  # labels at which curves are printed
KEPT = ("accuracy", "balanced_accuracy", "auroc")
MEASURES = {"accuracy": "accuracy", "auroc": "AUROC"}  # those that the goal is for
Key: TypeAlias = tuple[int, str]  # the number of labels and the measure


def one_by_one(train: Callable[[np.ndarray, np.ndarray, int], Any]) -> Fit:
    """Return the `fit` of a simulation that trains a classifier for each task on its own."""

    def fit(X: np.ndarray, wanted: Sequence[Task]) -> list[Any]:
        return [train(X[task.rows], task.labels, task.seed) for task in wanted]

    return fit


@dataclass(frozen=True)
class System:
    """A strategy, how its model is trained, and whether the model sees the ranks beside the values."""

    strategy: str
    fit: Fit
    ranks: bool = False


plain = one_by_one(lambda X, y, seed: MLP(members=1, random_state=seed).fit(X, y))
forest = one_by_one(partial(rivals.fitted, "random forest"))
boosting = one_by_one(partial(rivals.fitted, "gradient boosting"))
DAMI, RANDOM_NETWORK = "dami-plus, network", "random, network"
WITH_FOREST = "dami-plus, mean of network and forest"
DAMI_PLAIN, RANDOM_PLAIN = "dami-plus, plain network", "random, plain network"
SYSTEMS = {
    DAMI: System("dami-plus", fit_many, ranks=True),
    RANDOM_NETWORK: System("random", fit_many, ranks=True),
    DAMI_PLAIN: System("dami-plus", plain),
    RANDOM_PLAIN: System("random", plain),
    "margin, forest": System("margin", forest),
    "random, forest": System("random", forest),
    "margin, boosting": System("margin", boosting),
}
PREDICTORS = (DAMI, WITH_FOREST)  # of the same picks, which are made once
ALL = (*PREDICTORS, *(name for name in SYSTEMS if name != DAMI))


# ---- running --------------------------------------------------------------------------------------------------------


@cache
def table(name: str) -> tuple[Experiment, np.ndarray]:
    """Return the experiment of a table, as of regime A but for its last round, and which features are ranks (d,)."""
    path = Path(os.environ.get("DAMI_TABLES", "")) / f"{name}.csv"
    if path.is_file() or name in DEMOS:
        frame, labels = benchmark.read_rows(name, path if path.is_file() else None, "label")
    else:
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        frame, labels = pd.DataFrame(X).add_prefix("x"), pd.Series(y).astype(str)
    encoder = Encoder()
    X = encoder.fit_transform(frame)
    ranks = np.isin(np.arange(X.shape[1]), encoder.ranked_)
    return Experiment.encoded(X, labels, ["random"], N_INITIAL, ROUND, (max(SIZES) - N_INITIAL) // ROUND), ranks


def experiment_of(name: str, system: str) -> Experiment:
    """Return the experiment of a table with the strategy of a system and the features that its model sees."""
    experiment, ranks = table(name)
    of = SYSTEMS[system]
    X = experiment.X if of.ranks else np.ascontiguousarray(experiment.X[:, ~ranks])
    return replace(experiment, X=X, strategies=(of.strategy,))


def work(name: str, system: str, seeds: list[int]) -> list[dict[str, Any]]:
    """Run a system on a table with some seeds, and return a line of the file for each.

    The run of DAMI's system gives as many lines more: of the same picks with the mean of network and forest.
    """
    experiment, began = experiment_of(name, system), time.perf_counter()
    trained: list[tuple[Task, Any]] = []

    def fit(X: np.ndarray, wanted: Sequence[Task]) -> Sequence[Any]:
        models = SYSTEMS[system].fit(X, wanted)
        trained.extend(zip(wanted, models, strict=True))
        return models

    records = run_together(experiment, seeds, fit=fit).records
    found = lines_of(name, system, records, time.perf_counter() - began)
    if system == DAMI:
        began = time.perf_counter()
        with_forest = measured_with_forest(name, experiment, records, trained)
        found += lines_of(name, WITH_FOREST, with_forest, time.perf_counter() - began)
    return found


def lines_of(name: str, system: str, records: pd.DataFrame, seconds: float) -> list[dict[str, Any]]:
    """Return a line of the file for each seed."""
    lines = []
    for seed, of_seed in records.groupby("seed"):
        key = {"version": VERSION, "table": name, "system": system, "seed": int(seed)}
        values = {at: of_seed[at].tolist() for at in ("n_labeled", *KEPT)}
        lines.append(key | values | {"seconds": round(seconds / records["seed"].nunique(), 2)})
    return lines


def measured_with_forest(
    name: str, experiment: Experiment, records: pd.DataFrame, trained: Sequence[tuple[Task, MLP]]
) -> pd.DataFrame:
    """Measure each round again with a forest beside its network; a round without a network stays as it is."""
    X, ranks = experiment.X, table(name)[1]
    measured = records.set_index(["seed", "n_labeled"])
    for task, network in trained:
        test = experiment.split(task.seed)[1]
        shares = np.zeros((len(test), experiment.n_classes))
        shares[:, network.classes_] = beside_forest(network, X[task.rows], task.labels, X[test], ~ranks, task.seed)
        of_round = measures(experiment.y[test], shares)
        measured.loc[(task.seed, len(task.rows)), list(KEPT)] = [of_round[at] for at in KEPT]
    return measured.reset_index()


def beside_forest(
    network: MLP, rows: np.ndarray, labels: np.ndarray, asked: np.ndarray, seen: np.ndarray, seed: int
) -> np.ndarray:
    """Return the probabilities (n, C) for the rows asked by the mean of a network and a forest on the same labels.

    Parameters
    ----------
    seen : (d,) bool, the features that the forest sees
    """
    trees = rivals.RIVALS[FOREST](seed).set_params(oob_score=True).fit(rows[:, seen], labels)
    unseen = softmax(network.out_of_fold_, axis=1)
    numbers = np.searchsorted(network.classes_, labels)
    temperature = joint_temperature(unseen, trees.oob_decision_function_, numbers)
    return joined(network.predict_proba(asked), trees.predict_proba(asked[:, seen]), temperature)


def tasks_left(names: Sequence[str], seeds: int, done: set[tuple[str, str, int]]) -> list[tuple[str, str, list[int]]]:
    """Return what is still to be run, the first seeds first: the networks of several seeds are trained together."""
    found = []
    for name in names:
        for system, of in SYSTEMS.items():
            wanted = PREDICTORS if system == DAMI else (system,)
            left = [seed for seed in range(seeds) if any((name, which, seed) not in done for which in wanted)]
            together = groups(experiment_of(name, system), left) if of.fit is fit_many else ([seed] for seed in left)
            found += [(name, system, group) for group in together]
    return sorted(found, key=lambda task: task[2][0])


def results(tasks: Sequence[tuple[str, str, list[int]]], jobs: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the lines of each task when it is finished."""
    if jobs == 1:
        yield from (work(*task) for task in tasks)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        pending = [pool.submit(work, *task) for task in tasks]
        try:
            yield from (finished.result() for finished in as_completed(pending))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


# ---- the file -------------------------------------------------------------------------------------------------------


def read(path: Path) -> list[dict[str, Any]]:
    """Return the lines of the file without one that was cut off; another version's file ends the program."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    others = {str(line.get("version")) for line in lines} - {VERSION}
    if others:
        sys.exit(f"{path} holds results of version {', '.join(sorted(others))}, not {VERSION}: name another file.")
    return lines


def append(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    """Append lines to the file, after the end of one that was cut off."""
    cut_off = path.is_file() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(cut_off * "\n" + "".join(json.dumps(line) + "\n" for line in lines))


def frame_of(lines: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return a row for each table, strategy (here a system), seed and n_labeled, where all systems are finished."""
    kept = ["table", "system", "seed", "n_labeled", *KEPT]
    whole = pd.DataFrame(list(lines), columns=kept).explode(["n_labeled", *KEPT]).rename(columns={"system": "strategy"})
    whole = whole.astype({"n_labeled": int} | dict.fromkeys(KEPT, float))
    whole = whole.drop_duplicates(["table", "strategy", "seed", "n_labeled"])
    finished = whole.groupby(["table", "seed"])["strategy"].transform("nunique") == len(ALL)
    return whole[finished & whole["strategy"].isin(ALL)].reset_index(drop=True)


# ---- the report -----------------------------------------------------------------------------------------------------


def at(records: pd.DataFrame, n: int, measure: str) -> pd.Series:
    """Return a measure with n labels, indexed by table, strategy and seed as `dami.studies.comparison` takes it."""
    of_size = records[records["n_labeled"] == n]
    return of_size.set_index(["table", "strategy", "seed"])[measure].sort_index()


def told(of_runs: pd.Series, one: str, other: str) -> str:
    """Return the mean difference of two systems in points, with its bounds."""
    found = difference(of_runs, one, other)
    return f"{signed_points(found.mean)} ({signed_points(found.lower)} to {signed_points(found.upper)})"


def with_sum(of_runs: pd.Series) -> pd.Series:
    """Add what strategy and network would give together if their gains over random and a plain network added."""
    wide = of_runs.unstack("strategy")
    wide["sum"] = wide[DAMI_PLAIN] + wide[RANDOM_NETWORK] - wide[RANDOM_PLAIN]
    return wide.stack().reorder_levels(["table", "strategy", "seed"]).sort_index()


GAINS = (
    ("the network alone", RANDOM_NETWORK, RANDOM_PLAIN),
    ("dami-plus alone", DAMI_PLAIN, RANDOM_PLAIN),
    ("both", DAMI, RANDOM_PLAIN),
    ("both, beyond the sum of the two", DAMI, "sum"),
    ("the network with random rows, against dami-plus with the plain one", RANDOM_NETWORK, DAMI_PLAIN),
)


def markdown(records: pd.DataFrame) -> str:
    """Write the page: ranks and differences at each size, gains, the goal, and curves."""
    sizes = [n for n in SIZES if (records["n_labeled"] == n).any()]
    values = {(n, measure): at(records, n, measure) for n in sizes for measure in KEPT}
    aimed = {key: of_runs for key, of_runs in values.items() if key[1] in MEASURES}
    lines = [line for n in sizes for line in standings(n, values)]
    return "\n".join([*lines, *gains(aimed), *goal(aimed), *curves(records)]) + "\n"


def standings(n: int, values: dict[Key, pd.Series]) -> list[str]:
    """Return the lines on one size: means over tables and mean ranks, and what DAMI's two predictors are ahead."""
    ranks = {measure: mean_ranks(values[n, measure]) for measure in MEASURES}
    of_runs = values[n, "accuracy"]
    n_tables, n_seeds = (len(of_runs.index.unique(level)) for level in ("table", "seed"))
    lines = ["", f"### {n} labels: {count(n_tables, 'table')}, {count(n_seeds, 'seed')}", ""]
    lines += row("system", "accuracy", "mean rank", "AUROC", "mean rank", "balanced accuracy", head=True)
    means = {
        measure: values[n, measure].groupby(["strategy", "table"]).mean().groupby("strategy").mean() for measure in KEPT
    }
    for system in ranks["accuracy"].index:
        aimed = ((f"{means[of][system]:.3f}", f"{ranks[of][system]:.2f}") for of in MEASURES)
        lines += row(system, *(cell for pair in aimed for cell in pair), f"{means['balanced_accuracy'][system]:.3f}")
    for mine in PREDICTORS:
        bounded = (f"{name} (95 % bounds)" for name in MEASURES.values())
        lines += ["", *row(f"{mine} against, points", *bounded, head=True)]
        for system in ALL:
            if system != mine:
                lines += row(system, *(told(values[n, measure], mine, system) for measure in MEASURES))
    return lines


def gains(values: dict[Key, pd.Series]) -> list[str]:
    """Return the lines on what the network and the strategy gain, alone and together."""
    lines = ["", "### What the network and the strategy gain, points with 95 % bounds", ""]
    lines += row("gain", *(f"{MEASURES[measure]}, {n} labels" for n, measure in values), head=True)
    summed = [with_sum(of_runs) for of_runs in values.values()]
    return lines + [line for what, one, other in GAINS for line in row(what, *(told(of, one, other) for of in summed))]


def goal(values: dict[Key, pd.Series]) -> list[str]:
    """Return the lines that say where each of DAMI's predictors is first among the other systems, and where not."""
    lines = ["", "### First in mean rank, each of DAMI's predictors in a field without the other", ""]
    for mine in PREDICTORS:
        for (n, measure), of_runs in values.items():
            strategies = of_runs.index.get_level_values("strategy")
            ranks = mean_ranks(of_runs[(strategies == mine) | ~strategies.isin(PREDICTORS)])
            rank, others = ranks[mine], ranks.drop(mine)
            best = others.min()
            verdict = "first" if rank < best else "level with the first" if rank == best else "NOT first"
            lines.append(
                f"- {MEASURES[measure]}, {n} labels: {mine} is {verdict} ({rank:.2f}; of the others, "
                f"{others.idxmin()} is best with {best:.2f})"
            )
    return lines


def curves(records: pd.DataFrame) -> list[str]:
    """Return the lines of the curves, over the tables that reach the last number of labels."""
    reach = records[records.groupby("table")["n_labeled"].transform("max") >= max(SHOWN)]
    if not len(reach):
        return []
    lines, n_tables = [], count(reach["table"].nunique(), "table")
    for measure, name in MEASURES.items():
        lines += ["", f"### Curves of {name}: {n_tables} with {max(SHOWN)} labels or more, means", ""]
        lines += row("system", *map(str, SHOWN), head=True)
        of_tables = reach.groupby(["strategy", "n_labeled", "table"])[measure].mean()
        means = of_tables.groupby(["strategy", "n_labeled"]).mean()
        for system in ALL:
            lines += row(system, *(f"{means[system, n]:.3f}" for n in SHOWN))
    return lines


def row(*cells: str, head: bool = False) -> list[str]:
    line = f"| {' | '.join(cells)} |"
    return [line, "|" + " --- |" * len(cells)] if head else [line]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("systems.jsonl"), help="the file of results")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tables", nargs="*", default=None, metavar="NAME", help="by default all")
    parser.add_argument("--jobs", type=int, default=1, help="processes, a thread each")
    parser.add_argument("--report", action="store_true", help="only print what the file holds")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    known = networks.tables()
    if unknown := set(given.tables or ()) - set(known):
        sys.exit(f"There is no table {', '.join(sorted(unknown))}; there are {', '.join(known)}.")
    lines = read(given.out)
    if not given.report:
        done = {(line["table"], line["system"], line["seed"]) for line in lines}
        tasks = tasks_left(given.tables or known, given.seeds, done)
        progress, finished = time_left(), 0
        for found in results(tasks, given.jobs):
            finished += len({line["seed"] for line in found})
            new = [line for line in found if (line["table"], line["system"], line["seed"]) not in done]
            append(given.out, new)
            lines += new
            progress(finished / sum(len(seeds) for _, _, seeds in tasks))
    records = frame_of(lines)
    if not len(records):
        sys.exit(f"{given.out} holds no table and seed that all systems have finished.")
    print("## All tables")
    print(markdown(records))
    kept = records[~records["table"].isin(networks.DEVELOPMENT)]
    if 0 < len(kept) < len(records):
        print("## The tables that no development saw, alone")
        print(markdown(kept))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped: the same command goes on.")

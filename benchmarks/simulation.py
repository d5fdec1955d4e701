"""Compares an experiment in DAMI with the same experiment in scikit-activeml with scikit-learn's networks.

``python benchmarks/simulation.py`` labels the table `segment` again from its known labels: four strategies, ten seeds,
30 labels to begin with and 15 rounds of 10. Both sides get the same encoded rows, splits and initial labels, train a
network with two hidden layers of 64 units from scratch in every round, and use one thread. scikit-activeml is used as
its documentation shows: its strategies with their defaults, scikit-learn's classifier in its wrapper, one fit a round.

The claim: DAMI is at least four times faster than `MLPClassifier` with its defaults, and the final accuracies (the mean
over strategies and seeds) differ by at most 0.01. A user may try the other settings next; nothing is claimed of them.

Seconds are the process's own, so they hold no waiting for other processes. ``DAMI_TABLES`` may name a folder with
``segment.csv``; else a table of that size is made up.
"""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # before numpy

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

import torch  # noqa: E402
from skactiveml.classifier import SklearnClassifier  # noqa: E402
from skactiveml.pool import Badge, CoreSet, RandomSampling, UncertaintySampling  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402

from dami.networks.mlp import HIDDEN_ALONE as HIDDEN  # noqa: E402
from dami.studies.experiment import Experiment  # noqa: E402
from dami.studies.simulation import run  # noqa: E402

STRATEGIES = ("random", "margin", "core-set", "badge")
SEEDS, INITIAL, BATCH, ROUNDS = 10, 30, 10, 15
SETTINGS: dict[str, dict] = {
    "as it comes": {},
    "max_iter=1000": {"max_iter": 1000},
    "learning_rate_init=0.01": {"learning_rate_init": 0.01},
    "solver='lbfgs'": {"solver": "lbfgs"},
}


def table() -> tuple[pd.DataFrame, pd.Series]:
    given = Path(os.environ.get("DAMI_TABLES", "")) / "segment.csv"
    if given.is_file():
        frame = pd.read_csv(given)
        print(f"{given.name}: {len(frame):,} rows")
        return frame.drop(columns="label"), frame["label"]
    rng = np.random.default_rng(0)
    y = rng.integers(0, 7, 2310)
    X = rng.normal(size=(2310, 19)) + 1.5 * rng.normal(size=(7, 19))[y]
    print(f"a made-up table of {len(X):,} rows (DAMI_TABLES names no folder with segment.csv)")
    return pd.DataFrame(X).add_prefix("x"), pd.Series(y)


class Network(SklearnClassifier):
    """scikit-learn's network in scikit-activeml's wrapper; on request it returns its last hidden layer."""

    def predict_proba(self, X: np.ndarray, return_embeddings: bool = False):
        probabilities = super().predict_proba(X)
        return (probabilities, self.hidden_layer(X)) if return_embeddings else probabilities

    def hidden_layer(self, X: np.ndarray) -> np.ndarray:
        for weights, biases in zip(self.estimator_.coefs_[:-1], self.estimator_.intercepts_[:-1], strict=True):
            X = np.maximum(X @ weights + biases, 0)
        return X


# One function a strategy: (seed, X, y, network) -> positions of the next rows.
THEIRS: dict[str, Callable] = {
    "random": lambda seed, X, y, net: RandomSampling(random_state=seed).query(X, y, batch_size=BATCH),
    "margin": lambda seed, X, y, net: UncertaintySampling("margin_sampling", random_state=seed).query(
        X, y, net, fit_clf=False, batch_size=BATCH
    ),
    "core-set": lambda seed, X, y, net: CoreSet(random_state=seed).query(net.hidden_layer(X), y, batch_size=BATCH),
    "badge": lambda seed, X, y, net: Badge("return_embeddings", random_state=seed).query(
        X, y, net, fit_clf=False, batch_size=BATCH
    ),
}


def ours(experiment: Experiment) -> dict:
    """Return seconds in all by processor and by clock, seconds to train and to select by clock, final accuracies."""
    began, clock = time.process_time(), time.perf_counter()
    records = pd.concat(finished.records for finished in run(experiment, range(SEEDS)))
    seconds, clock = time.process_time() - began, time.perf_counter() - clock
    final = records[records["round"] == ROUNDS].groupby("strategy")["accuracy"].mean()
    return {
        "seconds": seconds,
        "clock": clock,
        "train": records["train_seconds"].sum(),
        "select": records["select_seconds"].sum(),
        "accuracy": final[list(STRATEGIES)].to_dict(),
    }


def theirs(experiment: Experiment, settings: dict) -> dict:
    """Return what `ours` returns, for scikit-activeml with `MLPClassifier(**settings)`."""
    began, clock = time.process_time(), time.perf_counter()
    train = select = 0.0
    accuracy = dict.fromkeys(STRATEGIES, 0.0)
    for name in STRATEGIES:
        for seed in range(SEEDS):
            pool, test, labeled = experiment.split(seed)
            X, truth = experiment.X[pool], experiment.y[pool]
            y = np.full(len(pool), np.nan)
            y[labeled] = truth[labeled]
            for number in range(ROUNDS + 1):
                start = time.perf_counter()
                net = Network(
                    MLPClassifier(hidden_layer_sizes=HIDDEN, random_state=seed, **settings),
                    classes=range(experiment.n_classes),
                ).fit(X, y)
                train += time.perf_counter() - start
                right = (net.predict(experiment.X[test]) == experiment.y[test]).mean()
                if number < ROUNDS:
                    start = time.perf_counter()
                    rows = THEIRS[name](seed, X, y, net)
                    select += time.perf_counter() - start
                    y[rows] = truth[rows]
            accuracy[name] += float(right) / SEEDS
    seconds, clock = time.process_time() - began, time.perf_counter() - clock
    return {"seconds": seconds, "clock": clock, "train": train, "select": select, "accuracy": accuracy}


def show(name: str, found: dict) -> float:
    mean = float(np.mean(list(found["accuracy"].values())))
    each = ", ".join(f"{strategy} {value:.3f}" for strategy, value in found["accuracy"].items())
    train, select = (found[part] / found["clock"] for part in ("train", "select"))
    print(f"{name}")
    print(f"  seconds         {found['seconds']:6.1f} of the processor, {found['clock']:.1f} by the clock")
    print(f"                  {train:6.1%} of it to train, {select:.1%} to select")
    print(f"  final accuracy  {mean:6.4f} ({each})", flush=True)
    return mean


def main() -> None:
    warnings.simplefilter("ignore")  # MLPClassifier says that 200 steps are few
    torch.set_num_threads(1)
    frame, labels = table()
    experiment = Experiment.of(frame, labels, STRATEGIES, INITIAL, BATCH, ROUNDS)
    next(iter(run(Experiment.of(frame, labels, STRATEGIES, INITIAL, BATCH, 1), [0])))  # loads all modules
    found = ours(experiment)
    mean = show("DAMI", found)
    for name, settings in SETTINGS.items():
        other = theirs(experiment, settings)
        gap = mean - show(f"scikit-activeml, MLPClassifier {name}", other)
        limits = ("", "") if settings else (" (limit 4)", " (limit 0.01)")
        print(f"  DAMI is         {other['seconds'] / found['seconds']:6.1f} times faster{limits[0]}")
        print(f"                 {gap:+7.4f} in accuracy{limits[1]}", flush=True)


if __name__ == "__main__":
    main()

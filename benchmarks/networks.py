"""The network against what scikit-learn gives in a line, on the same labels, the same rows and the same encoding.

``python benchmarks/networks.py`` goes through all tables, 50 to 400 labels, five seeds, with random labels and with
those that `dami-plus` picked, appends a line a fit to ``--out`` and prints the means over tables, with bounds. What is
in the file already is not done again; ``--report`` only prints; ``--quick`` is one seed and two sizes.

Tables are scikit-learn's wine, breast_cancer and digits, the demos, and what CSV files with a column ``label`` stand in
the folder that ``DAMI_TABLES`` names. `DEVELOPMENT` are those that the network was chosen on. Pools, test rows and the
largest number of labels (half of the pool) are those of `dami.simulate`. A class without a label has probability 0, for
the log loss 1e-6. `ece_if_calibrated` is the calibration error that the same confidences would have on as many test
rows if each were right as often as it says: with few rows no error is 0, and no network can be expected to do better.
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # before numpy

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import torch  # noqa: E402

from dami.networks.mlp import MLP  # noqa: E402
from dami.studies import rivals  # noqa: E402
from dami.studies.experiment import Experiment  # noqa: E402
from dami.studies.joint import FOREST, JOINT, joined, joint_temperature  # noqa: E402
from dami.studies.simulation import auroc, run  # noqa: E402
from dami.tables.demos import DEMOS, load_demo  # noqa: E402
from dami.tables.encoding import Encoder  # noqa: E402

DEVELOPMENT = {
    *("wine", "german", "vehicle", "titanic", "segment", "spambase", "breast_cancer", "satimage", "magic", "splice")
}
SIZES, INITIAL, ROUND = (50, 100, 200, 400), 30, 10
MEASURES = ("accuracy", "balanced", "auroc", "log_loss", "ece", "ece_if_calibrated")
BINS = 15
DRAWS = 2000
CALIBRATED_DRAWS = 200
NETWORK, PLAIN = rivals.NETWORK, "plain network"


# name -> the trained classifier for rows, class numbers and a seed, and whether it sees the ranks beside the values
METHODS: dict[str, tuple[Callable[[np.ndarray, np.ndarray, int], Any], bool]] = {
    FOREST: (partial(rivals.fitted, FOREST), False),
    "logistic regression": (partial(rivals.fitted, "logistic regression"), False),
    "gradient boosting": (partial(rivals.fitted, "gradient boosting"), False),
    PLAIN: (lambda X, y, seed: MLP(members=1, random_state=seed).fit(X, y), False),
    NETWORK: (partial(rivals.fitted, NETWORK), True),
}


def tables() -> list[str]:
    folder = os.environ.get("DAMI_TABLES")
    given = [path.stem for path in Path(folder).glob("*.csv")] if folder else []
    return sorted({"wine", "breast_cancer", "digits", *DEMOS, *given})


@cache
def encoded(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows with a label (n, d), their class numbers (n,), and which features are ranks (d,)."""
    path = Path(os.environ.get("DAMI_TABLES", "")) / f"{name}.csv"
    if path.is_file():
        frame, target = pd.read_csv(path), "label"
    elif name in DEMOS:
        frame, target = load_demo(name), DEMOS[name].target
    else:
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        frame, target = pd.DataFrame(X).add_prefix("x").assign(label=y), "label"
    frame = frame[frame[target].notna()].reset_index(drop=True)
    encoder = Encoder()
    X = encoder.fit_transform(frame.drop(columns=target))
    y = np.unique(frame[target].astype(str), return_inverse=True)[1]
    ranks = np.zeros(X.shape[1], bool)
    ranks[encoder.ranked_] = True
    return X, y, ranks


def orders(name: str, seed: int, most: int, picked: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows in the order in which they get labels, and the rows for testing."""
    X, y, _ = encoded(name)
    experiment = Experiment.encoded(X, y, ["dami-plus"], INITIAL, ROUND, max(1, (most - INITIAL) // ROUND))
    pool, test, initial = experiment.split(seed)
    if picked:
        (finished,) = run(experiment, [seed])
        return finished.picks[seed][0], test
    rest = np.random.default_rng([seed, 1]).permutation(np.setdiff1d(np.arange(len(pool)), initial))
    return pool[np.r_[initial, rest]], test


def measured(shares: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    said = shares.argmax(axis=1)
    right = said == truth
    sizes = np.bincount(truth, minlength=shares.shape[1])
    present = sizes > 0
    recall = np.bincount(truth, right, shares.shape[1])[present] / sizes[present]
    sure = shares.max(axis=1)
    as_sure = np.random.default_rng(0).random((CALIBRATED_DRAWS, len(sure))) < sure
    return {
        "accuracy": float(right.mean()),
        "balanced": float(recall.mean()),
        "auroc": auroc(truth, shares),
        "log_loss": float(-np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-6)).mean()),
        "ece": ece(sure, right),
        "ece_if_calibrated": float(np.mean([ece(sure, drawn) for drawn in as_sure])),
    }


def ece(sure: np.ndarray, right: np.ndarray) -> float:
    """The expected calibration error of confidences (n,) and of whether they were right (n,)."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, sure, BINS) - np.bincount(bins, right, BINS)
    return float(np.abs(gaps).sum() / len(sure))


def cells(name: str, seed: int, sizes: tuple[int, ...], picked: bool, done: set[tuple]) -> Iterator[dict[str, Any]]:
    """A record for every number of labels and method that is not done."""
    X, y, ranks = encoded(name)
    half = len(Experiment.encoded(X, y, ["random"], 1, 1, 1).split(seed)[0]) // 2
    possible = [n for n in sizes if n <= half and (name, picked, n, seed) not in done]
    if not possible:
        return
    order, test = orders(name, seed, max(possible), picked)
    for n in possible:
        rows = order[:n]
        seen = np.unique(y[rows])
        if len(seen) < 2:
            continue
        of_methods = {}
        for method, (_, with_ranks) in METHODS.items():
            features = X if with_ranks else X[:, ~ranks]
            began = time.process_time()
            model = METHODS[method][0](features[rows], y[rows], seed)
            seconds = time.process_time() - began
            shares = np.zeros((len(test), y.max() + 1))
            shares[:, seen] = model.predict_proba(features[test])
            of_methods[method] = shares, seconds
        joint = joined(of_methods[NETWORK][0][:, seen], of_methods[FOREST][0][:, seen], temperature(rows, name, seed))
        shares = np.zeros((len(test), y.max() + 1))
        shares[:, seen] = joint
        of_methods[JOINT] = shares, 0.0
        for method, (shares, seconds) in of_methods.items():
            key = {"table": name, "picked": picked, "labels": n, "seed": seed, "method": method}
            yield key | measured(shares, y[test]) | {"seconds": round(seconds, 4)}


def temperature(rows: np.ndarray, name: str, seed: int) -> float:
    """That of the mean of network and forest, as a comparison with rivals finds it on the labelled rows."""
    X, y, ranks = encoded(name)
    labels = np.unique(y[rows], return_inverse=True)[1]
    without = rivals.folds(labels, seed)
    network = rivals.out_of_fold(NETWORK, X[rows], labels, without, seed)
    forest = rivals.out_of_fold(FOREST, X[rows][:, ~ranks], labels, without, seed)
    return joint_temperature(network, forest, labels)


def bounds(differences: pd.DataFrame) -> tuple[float, float, float]:
    """The mean over tables of a difference (index: table, seed) and its 95 % bounds: tables are drawn, then seeds."""
    rng = np.random.default_rng(0)
    values = [group.to_numpy() for _, group in differences.groupby("table")]
    drawn = [
        np.mean([rng.choice(values[k], len(values[k])).mean() for k in rng.integers(len(values), size=len(values))])
        for _ in range(DRAWS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(np.mean([v.mean() for v in values])), float(low), float(high)


def report(records: pd.DataFrame) -> None:
    def show(part: pd.DataFrame, title: str) -> None:
        of_tables = part.groupby(["method", "table"])[list(MEASURES)].mean()
        means = of_tables.groupby("method").mean().loc[[*METHODS, JOINT]]
        print(f"\n### {title}: {part['table'].nunique()} tables, {part['seed'].nunique()} seeds\n")
        print("| | " + " | ".join(MEASURES) + " |\n| --- |" + " --- |" * len(MEASURES))
        for method, row in means.iterrows():
            print(f"| {method} | " + " | ".join(f"{value:.3f}" for value in row) + " |")
        wide = part.set_index(["table", "seed", "labels", "method"])[list(MEASURES)].unstack("method")
        for one, other in ((NETWORK, PLAIN), (NETWORK, FOREST), (JOINT, FOREST), (JOINT, NETWORK)):
            said = []
            for measure in MEASURES:
                apart = (wide[measure][one] - wide[measure][other]).groupby(["table", "seed"]).mean()
                mean, low, high = bounds(apart)
                said.append(f"{measure} {100 * mean:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})")
            print(f"\n{one} against {other}, points with 95 % bounds over tables, then seeds: " + ", ".join(said))
        behind = (wide["accuracy"][NETWORK] - wide["accuracy"][FOREST]).groupby("table").mean()
        lost = ", ".join(f"{name} {100 * value:+.1f}" for name, value in behind[behind < 0].sort_values().items())
        print(f"\nbehind the forest in accuracy on: {lost or 'none'}")

    for picked, of_kind in records.groupby("picked"):
        kind = "picked by dami-plus" if picked else "random labels"
        show(of_kind, f"{kind}, all sizes")
        for which, kept in (("development", True), ("kept from it", False)):
            some = of_kind[of_kind["table"].isin(DEVELOPMENT) == kept]
            if len(some):
                show(some, f"{kind}, tables of {which}" if kept else f"{kind}, tables {which}")
        for n, of_size in of_kind.groupby("labels"):
            show(of_size, f"{kind}, {n} labels")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("networks.jsonl"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tables", nargs="*", default=None)
    parser.add_argument("--kind", choices=["random", "picked", "both"], default="both")
    parser.add_argument("--quick", action="store_true", help="one seed, 50 and 200 labels")
    parser.add_argument("--report", action="store_true", help="only print what the file holds")
    given = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    sizes, seeds = ((50, 200), 1) if given.quick else (SIZES, given.seeds)
    known = [json.loads(line) for line in given.out.read_text().splitlines()] if given.out.is_file() else []
    done = {(r["table"], r["picked"], r["labels"], r["seed"]) for r in known if r["method"] == JOINT}
    if not given.report:
        kinds = {"random": [False], "picked": [True], "both": [False, True]}[given.kind]
        with given.out.open("a") as file:
            for seed in range(seeds):
                for picked in kinds:
                    for name in given.tables or tables():
                        for record in cells(name, seed, sizes, picked, done):
                            file.write(json.dumps(record) + "\n")
                            file.flush()
                        print(f"seed {seed}, {'picked' if picked else 'random'}: {name}", file=sys.stderr)
    lines = given.out.read_text().splitlines()
    key = ["table", "picked", "labels", "seed", "method"]
    report(pd.DataFrame(map(json.loads, lines)).drop_duplicates(key, keep="last"))


if __name__ == "__main__":
    main()

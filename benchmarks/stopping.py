"""Finds where the advice when to stop would have stopped people, and how much accuracy more labels would have brought.

``python benchmarks/stopping.py`` prints a Markdown table for the tables in the folder ``DAMI_TABLES`` (target
``label``), else for the demos that DAMI ships. It leaves out the tables that are kept to confirm a strategy. With
``--out``, it writes the records of every round to a CSV file.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # sums in the same order, so the same picks

import pandas as pd  # noqa: E402

from dami.studies.stopping_replay import outcomes, study  # noqa: E402
from dami.tables.class_names import class_names  # noqa: E402
from dami.tables.encoding import Encoder  # noqa: E402
from dami.tables.reading import read_table  # noqa: E402

CONFIRMATION = {"adult", "credit_score", "hypothyroid", "penguins", "digits"}
STRATEGIES = ("dami", "margin", "random")
HEADER = (
    *("table", "budget", "strategy", "stopped", "labels at the stop", "audit", "accuracy there", "left behind: mean"),
    *("worst", "best", "bounds held"),
)


def points(share: float) -> str:
    return f"{100 * share:+.1f}"


def line(name: str, strategy: str, runs: pd.DataFrame, budget: int) -> tuple[object, ...]:
    stopped = runs[runs["stopped"]]
    start = (name, budget, strategy, f"{len(stopped)} of {len(runs)}")
    if stopped.empty:
        return (*start, "–", "–", "–", "–", "–", "–", "–")
    labels = stopped["n_labeled"]
    held = stopped["remainder_accuracy"].between(stopped["low"], stopped["high"]).sum()
    return (
        *start,
        f"{labels.median():.0f} ({labels.min()}–{labels.max()})",
        f"{stopped['audit'].median():.0f}",
        f"{stopped['accuracy'].mean():.3f}",
        points(stopped["left_behind"].mean()),
        points(stopped["left_behind"].max()),
        points((stopped["best"] - stopped["accuracy"]).mean()),
        f"{held} of {len(stopped)}",
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--labels", type=int, default=400)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    folder = Path(os.environ.get("DAMI_TABLES") or ROOT / "dami" / "tables" / "demos")
    parts, lines = [], []
    for path in sorted(folder.glob("*.csv")):
        if path.stem in CONFIRMATION:
            continue
        began = time.perf_counter()
        frame = read_table(path)
        labels = class_names(frame.pop("label"))
        kept = labels.notna().to_numpy()
        X = Encoder().fit_transform(frame[kept].reset_index(drop=True))
        records = study(X, labels[kept], STRATEGIES, given.seeds, given.labels)
        parts.append(records.assign(table=path.stem))
        if given.out:
            pd.concat(parts).to_csv(given.out, index=False)
        found = outcomes(records)
        budget = int(records["n_labeled"].max())
        lines += [line(path.stem, name, found[found["strategy"] == name], budget) for name in STRATEGIES]
        print(f"{path.stem}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    for cells in (HEADER, ["---"] * len(HEADER), *lines):
        print("| " + " | ".join(map(str, cells)) + " |")


if __name__ == "__main__":
    main()

"""Compares a query over a Dask cluster with the same query in memory, on one machine: the cost of an unneeded cluster.

``python benchmarks/cluster.py`` writes a table in Parquet files, asks for rows with and without a cluster of two worker
processes on the loopback interface, and prints both times, their ratio, and whether the picks are the same. It measures
seconds by the clock, because workers are processes of their own. Before that, the workers import what they need.
"""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # before numpy

import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]
os.environ["PYTHONPATH"] = str(ROOT)  # for the workers

from distributed import Client, LocalCluster  # noqa: E402

from dami.cluster import distributed_pool  # noqa: E402
from dami.selection.label_arrays import as_labels  # noqa: E402
from dami.selection.learner import ActiveLearner  # noqa: E402
from dami.tables.parquet_parts import Parts  # noqa: E402

ROWS, COLUMNS, PARTS = 400_000, 30, 8
FEW, MANY = 10, 2010


def table(folder: Path) -> Parts:
    rng = np.random.default_rng(0)
    for part in range(PARTS):
        X = rng.normal(size=(ROWS // PARTS, COLUMNS))
        frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(COLUMNS)])
        frame["label"] = np.where(rng.random(len(X)) < 5e-4, np.where(X[:, 0] * X[:, 1] > 0, "a", "b"), None)
        frame.to_parquet(folder / f"part-{part}.parquet", index=False)
    return Parts.of(str(folder / "*.parquet"))


def in_memory(parts: Parts, n: int) -> tuple[np.ndarray, float]:
    began = time.perf_counter()
    frame = parts.read()
    labels = frame.pop("label")
    found = ActiveLearner("dami", 0).fit(frame, labels).query(n)
    return found.indices, time.perf_counter() - began


def on_cluster(client: Client, parts: Parts, n: int) -> tuple[np.ndarray, float]:
    began = time.perf_counter()
    labels = as_labels(parts.column("label"), parts.n_rows)
    found = distributed_pool.query(client, parts, "label", labels, None, n)
    return found.picks.indices, time.perf_counter() - began


def main() -> None:
    warnings.simplefilter("ignore")
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        parts = table(Path(folder))
        small = Parts(parts.pattern, parts.paths[:1], parts.lengths[:1], parts.schema)
        on_cluster(client, small, 1), in_memory(small, 1)  # imports
        took: dict[tuple[str, int], float] = {}
        for n in (FEW, MANY):
            here, took["memory", n] = in_memory(parts, n)
            there, took["cluster", n] = on_cluster(client, parts, n)
            print(
                f"{ROWS:,} x {COLUMNS}, {n} picks: cluster {took['cluster', n]:.1f} s, in memory "
                f"{took['memory', n]:.1f} s: {took['cluster', n] / took['memory', n]:.2f} times as long"
            )
            print(f"  the same picks: {'yes' if np.array_equal(here, there) else 'no'}")
        for where in ("cluster", "memory"):
            each = (took[where, MANY] - took[where, FEW]) / (MANY - FEW)
            rate = ROWS / took[where, FEW]
            print(f"  {where}: {1000 * each:.1f} ms a pick, {rate:,.0f} rows a second up to the first {FEW}")


if __name__ == "__main__":
    main()

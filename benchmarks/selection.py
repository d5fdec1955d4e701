"""Compares selection and the search for linear regions with a peer, and with the least time that the machine needs.

``python benchmarks/selection.py`` prints ratios, with one thread. Seconds are the process's own, so they hold no
waiting for other processes (but these take memory bandwidth from both sides).

- `k_center`, 100,000 x 60, 100 picks, against scikit-activeml's CoreSet: at least 10 times faster.
- `k_center`, 1,000,000 x 60, 100 picks, against 100 products of the points with a vector: at most 2 times as long, and
  shorter on points in clusters.
- `linear_regions`, a network of 60 inputs, 2 x 64 units, 2 classes: at most 3 times the cheapest chain of matrix
  products, or the writing of its output, whichever takes longer.
"""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # before numpy

import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from skactiveml.pool import CoreSet  # noqa: E402

from dami.networks.regions import linear_regions  # noqa: E402
from dami.selection.k_center import k_center  # noqa: E402

P, PICKS = 60, 100
RNG = np.random.default_rng(0)


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """Return the median over several runs."""
    found = []
    for _ in range(times):
        began = time.process_time()
        run()
        found.append(time.process_time() - began)
    return statistics.median(found)


def clustered(n: int, clusters: int) -> np.ndarray:
    means = 8 * RNG.normal(size=(clusters, P)).astype(np.float32)
    return means[RNG.integers(0, clusters, n)] + RNG.normal(size=(n, P)).astype(np.float32)


def against_a_peer() -> None:
    points = RNG.normal(size=(100_000, P)).astype(np.float32)
    labels = np.full(len(points), np.nan)
    labels[0] = 0
    ours = seconds(lambda: k_center(points, PICKS, [0]))
    began = time.process_time()
    picks = CoreSet(random_state=0).query(points, labels, batch_size=PICKS)
    peer = time.process_time() - began
    same = np.array_equal(picks, k_center(points, PICKS, [0]).indices)
    print(f"100,000 x {P}, {PICKS} picks: {ours:.2f} s, CoreSet {peer:.2f} s: {peer / ours:.0f} times (limit 10)")
    print(f"  the same picks: {'yes' if same else 'no'}")


def against_products() -> None:
    for clusters in (1, 10, 30):
        points = clustered(1_000_000, clusters)
        vector = points[0].copy()
        product = seconds(lambda points=points, vector=vector: points @ vector, 7)
        ours = seconds(lambda points=points: k_center(points, PICKS, [0]))
        share = ours / (PICKS * product)
        print(
            f"1,000,000 x {P}, {PICKS} picks, clusters: {clusters}: {ours:.2f} s, {share:.2f} products a pick (limit 2)"
        )
    tracemalloc.start()
    k_center(points, 3, [0])
    print(
        f"  memory beyond the points: {tracemalloc.get_traced_memory()[1] / len(points):.1f} bytes a point (limit 16)"
    )
    tracemalloc.stop()


def regions() -> None:
    for n in (100_000, 1_000_000):
        widths = [P, 64, 64, 2]
        layers = [
            ((RNG.normal(size=(o, i)) * np.sqrt(2 / i)).astype(np.float32), RNG.normal(size=o).astype(np.float32))
            for i, o in pairwise(widths)
        ]
        X = RNG.normal(size=(n, P)).astype(np.float32)

        def products(X: np.ndarray = X, layers: list = layers) -> None:
            """Compute forward to the patterns, then back from the logits: (n, 2, 64) by (64, 64), and by (64, d)."""
            for part in (slice(k, k + 4096) for k in range(0, len(X), 4096)):
                h1 = X[part] @ layers[0][0].T + layers[0][1]
                h2 = np.maximum(h1, 0) @ layers[1][0].T + layers[1][1]
                back = (layers[2][0][None] * (h2 > 0)[:, None]).reshape(-1, 64)  # (2 rows, 64)
                back = (back @ layers[1][0]).reshape(-1, 2, 64) * (h1 > 0)[:, None]
                back.reshape(-1, 64) @ layers[0][0]  # (2 rows, d)

        output = np.empty((n, 2, P), np.float32)
        chain, write = seconds(products), seconds(lambda output=output: output.fill(1.0))
        del output
        ours = seconds(lambda X=X, layers=layers: linear_regions(layers, X), 1)
        least = max(chain, write)
        print(f"linear_regions, {n:,} x {P}: {ours:.2f} s; products {chain:.2f} s, writing {write:.2f} s")
        print(f"  {ours / least:.1f} times the longer (limit 3)")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    against_a_peer()
    against_products()
    regions()

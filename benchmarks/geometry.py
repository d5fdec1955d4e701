"""Times linear regions as polygons: 2 x 16 and 2 x 64 units, on one core, beside the limits (50 ms, 2 s).

``python benchmarks/geometry.py`` prints the median of seven runs on random networks.
"""

import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dami.networks.geometry import decision_boundary, region_polygons

RUNS = 7
LIMITS = {16: 0.05, 64: 2.0}  # units of each of two layers -> seconds


def network(width: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    shapes = [(width, 2), (width, width), (3, width)]
    return [(rng.normal(size=shape) * np.sqrt(2 / shape[1]), 0.5 * rng.normal(size=shape[0])) for shape in shapes]


def main() -> None:
    for width, limit in LIMITS.items():
        times, counts = [], []
        for seed in range(RUNS):
            began = time.perf_counter()
            polygons = region_polygons(network(width, seed), (-2, 2, -2, 2))
            decision_boundary(polygons)
            times.append(time.perf_counter() - began)
            counts.append(len(polygons))
        median = statistics.median(times)
        print(
            f"2 x {width} units, {statistics.median(counts):,.0f} regions with their decision boundary: "
            f"{1000 * median:.0f} ms, {median / limit:.2f} of the limit"
        )


if __name__ == "__main__":
    main()

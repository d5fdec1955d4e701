"""Whether what the Model page says of the network's rivals holds on the rows that nobody labelled.

``python benchmarks/rivals.py`` compares on 100 labels (``--labels``) of each table of `networks.py`, drawn at random
and picked by `dami-plus`, seed by seed. Then network and rivals learn all of them and predict all other rows. It prints
how often the bounds of all three rivals hold their difference there, how often a rival was called better beyond doubt,
and how often one was that is no better there. The other rows are a sample, too: where the bounds are said to hold, they
are as wide as those of the difference between the two samples.
"""

from __future__ import annotations

import argparse
import sys

import networks  # sets the threads before numpy is imported
import numpy as np

from dami.studies import rivals


def agree(one: rivals.Difference, other: rivals.Difference) -> bool:
    """Whether two samples tell of one difference: their bounds are of the same confidence."""
    return abs(one.value - other.value) <= np.hypot(one.high - one.low, other.high - other.low) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--tables", nargs="*", default=None)
    given = parser.parse_args()
    print("labels | comparisons | bounds held | called better | wrongly")
    for picked in (False, True):
        held, called, wrong = [], [], []
        for name in given.tables or networks.tables():
            X, y, ranks = networks.encoded(name)
            for seed in range(given.seeds):
                order, _ = networks.orders(name, seed, given.labels, picked)
                rows = order[: given.labels]
                seen, labels = np.unique(y[rows], return_inverse=True)
                found = rivals.compare(X[rows], labels, seed, ranks)
                if len(rows) < given.labels or found.obstacle:
                    continue
                others, right = np.setdiff1d(np.arange(len(y)), rows), {}
                for model in (rivals.NETWORK, *rivals.RIVALS):
                    features = X if model == rivals.NETWORK else X[:, ~ranks]
                    trained = rivals.fitted(model, features[rows], labels, seed)
                    right[model] = seen[trained.predict(features[others])] == y[others]
                there = {name: rivals.difference(name, right[name], right[rivals.NETWORK]) for name in rivals.RIVALS}
                held.append(all(agree(one, there[one.rival]) for one in found.differences))
                called.append(found.better is not None)
                wrong.append(found.better is not None and there[found.better].value <= 0)
            print(f"{'picked' if picked else 'random'}: {name}", file=sys.stderr)
        kind = "picked by dami-plus" if picked else "at random"
        print(f"{kind} | {len(held)} | {np.mean(held):.1%} | {np.sum(called)} | {np.sum(wrong)}", flush=True)


if __name__ == "__main__":
    main()

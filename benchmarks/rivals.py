"""Whether what the Model page says of the network's rivals holds on the rows that nobody labelled.

``python benchmarks/rivals.py`` compares on 100 labels (``--labels``) of each table of `networks.py`, drawn at random and picked by
`dami-plus`, seed by seed. Then network and rivals learn all of them and predict the rows for testing. It prints how
often the bounds of all three rivals hold their difference there, how often a rival was called better beyond doubt, and
how often one was that is no better there. The rows for testing are a sample too, so the first is no more than a guide.
"""

from __future__ import annotations

from networks import encoded, orders, tables  # first: it sets the threads before numpy is imported

import argparse  # isort: skip
import sys  # isort: skip

import numpy as np  # isort: skip

from dami.studies import rivals  # isort: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--tables", nargs="*", default=None)
    given = parser.parse_args()
    print("labels | comparisons | bounds held | called better | wrongly")
    for picked in (False, True):
        held, called, wrong = [], [], []
        for name in given.tables or tables():
            X, y, ranks = encoded(name)
            for seed in range(given.seeds):
                order, test = orders(name, seed, given.labels, picked)
                rows = order[: given.labels]
                seen, labels = np.unique(y[rows], return_inverse=True)
                found = rivals.compare(X[rows], labels, seed, ranks)
                if len(rows) < given.labels or found.obstacle:
                    continue
                right = {}
                for model in (rivals.NETWORK, *rivals.RIVALS):
                    features = X if model == rivals.NETWORK else X[:, ~ranks]
                    trained = rivals.fitted(model, features[rows], labels, seed)
                    right[model] = (seen[trained.predict(features[test])] == y[test]).mean()
                gains = {name: right[name] - right[rivals.NETWORK] for name in rivals.RIVALS}
                held.append(all(one.low <= gains[one.rival] <= one.high for one in found.differences))
                called.append(found.better is not None)
                wrong.append(found.better is not None and gains[found.better] <= 0)
            print(f"{'picked' if picked else 'random'}: {name}", file=sys.stderr)
        kind = "picked by dami-plus" if picked else "at random"
        print(f"{kind} | {len(held)} | {np.mean(held):.1%} | {np.sum(called)} | {np.sum(wrong)}", flush=True)


if __name__ == "__main__":
    main()

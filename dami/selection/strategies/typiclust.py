"""Holds TypiClust, which picks a typical row of each cluster without a label (Hacohen et al., arXiv 2202.02794)."""

from __future__ import annotations

import warnings

import numpy as np

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Explanation, Fact
from dami.selection.strategies.pool import Pool, Selection, without_distances

NEIGHBORS = 20  # as in the paper, if the cluster is large enough
MOST_CLUSTERS = 500  # as in the paper


class TypiClust(QueryStrategy):
    """Puts the encoded rows into as many clusters as there are centers and picks, and picks a typical row of each.

    The clusters come from K-means. Clusters with the fewest centers come first, and of these the largest. The most
    typical row of a cluster is picked: typicality is the inverse of the mean distance to the 20 nearest members. The
    paper clusters pictures by the features of a self-supervised network. For a table, the encoding takes the place of
    these features, since it needs no labels either.

    Notes
    -----
    The authors' code (github.com/avihu111/TypiClust) differs from this in five points:

    - It passes over clusters of at most five rows. Here every cluster is asked for.
    - It looks for neighbors among the rows of the cluster without a label, in at most half of them. Here all rows of
      the cluster may be neighbors, all of them if they are fewer than 20.
    - It takes the mean of squared distances. Here, as in the paper, it is that of distances.
    - It orders the clusters once for a batch and goes through them again and again. Here a pick counts at once, which
      differs only if a batch has more rows than there are clusters without a label.
    - It clusters in mini-batches from 51 clusters on. Here K-means sees all rows, from one start.

    docs/trials.md compares the two.
    """

    name = "typiclust"
    title = "TypiClust"
    summary = "A typical row of each cluster of the table that has no label yet."
    needs_network = False
    nested = False
    facts = (Fact("cluster_size", "Rows that it stands for"), Fact("cluster_known", "Of these asked for before"))

    def choose(self, pool: Pool, n: int) -> Selection:
        from sklearn.cluster import KMeans

        if n == 0:
            return without_distances(np.zeros(0, int), "input", self.name)
        rows = pool.rows
        X = pool.X[rows].astype(np.float64)
        k = min(len(pool.centers) + n, MOST_CLUSTERS, len(rows))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fewer distinct rows than clusters
            seed = int(pool.rng.integers(2**31))
            cluster = KMeans(k, random_state=seed, n_init=1).fit_predict(X)
        sizes = np.bincount(cluster, minlength=k)
        counts = np.bincount(cluster[np.isin(rows, pool.centers)], minlength=k)  # centers in each cluster
        free = np.isin(rows, pool.candidates)
        typicality = _typicality(X, cluster)
        picks: list[int] = []
        why: list[tuple[int, int]] = []
        while len(picks) < n:
            left = np.bincount(cluster[free], minlength=k) > 0
            best = min(np.flatnonzero(left), key=lambda c: (counts[c], -sizes[c], c))
            members = np.flatnonzero(free & (cluster == best))
            pick = int(members[np.argmax(typicality[members])])
            picks.append(pick)
            why.append((int(sizes[best]), int(counts[best])))
            counts[best] += 1
            free[pick] = False

        def reason(i: int) -> Explanation:
            size, known = why[i]
            text = f"Typical of a cluster of {size} rows alike, of which {known} have been asked for."
            return Explanation(text, {"step": i + 1, "space": "input", "cluster_size": size, "cluster_known": known})

        return without_distances(rows[picks], "input", self.name, reason)


def _typicality(X: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return the inverse mean distance (m,) of each row to the nearest members of its cluster; inf for duplicates."""
    from sklearn.neighbors import NearestNeighbors

    result = np.full(len(X), np.inf)
    for c in np.unique(cluster):
        members = np.flatnonzero(cluster == c)
        k = min(NEIGHBORS, len(members) - 1)
        if k == 0:
            continue
        distances, _ = NearestNeighbors(n_neighbors=k).fit(X[members]).kneighbors()  # (members, k)
        mean = distances.mean(axis=1)
        result[members] = np.where(mean > 0, 1 / np.where(mean > 0, mean, 1), np.inf)
    return result

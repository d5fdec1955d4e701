"""Holds DAMI as in the first version of the paper: K-medoids over the local models (Liu et al., arXiv 2007.12100v1)."""

from __future__ import annotations

import numpy as np

from dami.selection.k_center import measure_picks
from dami.selection.medoids import weighted_medoids
from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Explanation, Fact
from dami.selection.strategies.pool import Pool, Selection


class DamiKMedoids(QueryStrategy):
    """Puts the local models of the unlabeled rows into n clusters and picks the central row of each, largest first."""

    name = "dami-kmedoids"
    title = "DAMI, K-medoids"
    summary = "The central row of each cluster of local models: the paper's first version."
    nested = False
    facts = (Fact("cluster_size", "Rows that it stands for"),)

    def choose(self, pool: Pool, n: int) -> Selection:
        points, rows = pool.points("representation"), pool.candidates
        none = np.zeros((0, points.shape[1]), np.float32)
        found = weighted_medoids(points[rows], np.ones(len(rows)), n, none, pool.rng)
        measured = measure_picks(points, rows[found.indices], pool.centers)

        def reason(i: int) -> Explanation:
            size = int(found.sizes[i])
            text = f"Central among {size} unlabelled rows with like local models."
            numbers = {"step": i + 1, "space": "representation", "cluster_size": size}
            return Explanation(text, numbers)

        space = np.full(n, "representation")
        return Selection(
            measured.indices, measured.distances, measured.nearest, measured.radii, space, self.name, reason
        )

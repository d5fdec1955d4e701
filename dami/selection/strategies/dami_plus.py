"""DAMI-plus: K-medoids over affine local models, weighted by the network's doubt, around the labeled rows."""

from __future__ import annotations

import numpy as np

from dami.selection.k_center import evidence, nearest_centers
from dami.selection.medoids import weighted_medoids
from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.pool import Explanation, Pool, Selection


class DamiPlus(QueryStrategy):
    """The row nearest each free center, among centers that the labeled rows hold already.

    A row is its whole affine map `[W, b]` and weighs one minus its margin. While labels are few, free centers lie where
    many doubtful rows have like models; what labels cover is taken, so later ones turn to the gaps. There is no
    setting.
    """

    name = "dami-plus"
    nested = False

    def choose(self, pool: Pool, n: int) -> Selection:
        points, rows = pool.points("affine"), pool.candidates
        doubt = 1 - pool.margins
        found = weighted_medoids(points[rows], doubt[rows], n, points[pool.centers], pool.rng)
        proof = evidence(points, rows[found.indices], pool.centers)

        def reason(i: int) -> Explanation:
            row, size = int(proof.indices[i]), int(found.sizes[i])
            numbers: dict[str, object] = {
                "step": i + 1,
                "space": "affine",
                "distance": float(proof.distances[i]),
                "nearest": int(proof.nearest[i]),
                "radius": float(proof.radii[i]),
                "cluster_size": size,
                "cluster_doubt": float(found.weights[i]),
                "doubt": float(doubt[row]),
                "nearest_labeled": None,
                "distance_labeled": None,
            }
            alike = f"{size} rows whose local models are alike" if size > 1 else "a local model of its own"
            mean = 100 * float(found.weights[i]) / size if size else 0.0
            text = f"It stands for {alike}; the model's doubt there is {mean:.0f} % of what it can be."
            if len(pool.labeled_rows):
                own_last = points[np.append(pool.labeled_rows, row)]
                distances, nearest = nearest_centers(own_last, np.arange(len(pool.labeled_rows)))
                near = int(pool.labeled_rows[nearest[-1]])
                numbers |= {"nearest_labeled": near, "distance_labeled": float(distances[-1])}
                text += f" The nearest labelled row is row {near}."
            return Explanation(text, numbers)

        space = np.full(n, "affine")
        return Selection(proof.indices, proof.distances, proof.nearest, proof.radii, space, self.name, reason)

"""Holds DAMI-plus: K-medoids over the contributions, weighted by doubt, with the labeled rows as fixed centers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dami.selection.k_center import measure_picks
from dami.selection.medoids import weighted_medoids
from dami.selection.nearest import nearest_centers
from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.explanation import Explanation, Fact
from dami.selection.strategies.pool import Pool, Selection


class DamiPlus(QueryStrategy):
    """Places n free centers beside the labeled rows, which are fixed centers, and picks the row nearest to each.

    The point of a row consists of the contributions of its features to the logits, `H W_x * x`, and the intercepts
    `H b_x` of its local model. The weight of a row is its doubt: one minus its margin. While there are few labels, the
    free centers lie where many doubtful rows have similar contributions. Rows near a labeled row do not move a free
    center, so later picks fill the gaps between the labeled rows. There are no settings.

    The nearest method is that of Zhdanov (2019, arXiv 1901.05954): weighted K-means over the most uncertain rows, whose
    weights come from the margin, too. There, a factor says how many rows are left out beforehand, and labeled rows are
    no centers.

    Attributes
    ----------
    space : the space of the points, in `SPACES`
    keeps_centers : whether the labeled rows are fixed centers
    alike : how the rows of a cluster are alike, in words

    Notes
    -----
    `dami_plus_variants` changes one of these at a time, for comparisons.

    In the space of the maps `[W, b]`, a weight counts the same whether its feature is near zero or decides the
    prediction. On the tables of docs/trials.md, K-medoids in that space picked worse rows.
    """

    name = "dami-plus"
    title = "DAMI-plus"
    summary = "Rows that stand for many doubtful rows whose columns contribute alike, far from the labelled ones."
    nested = False
    facts = (
        Fact("cluster_size", "Rows that it stands for"),
        Fact("cluster_doubt", "Their doubt in sum"),
        Fact("doubt", "The model's doubt here"),
    )

    space: ClassVar[str] = "contributions"
    keeps_centers: ClassVar[bool] = True
    alike: ClassVar[str] = "in which the same columns count alike"

    def choose(self, pool: Pool, n: int) -> Selection:
        points, rows = pool.points(self.space), pool.candidates
        doubt = 1 - pool.margins
        fixed = points[pool.centers if self.keeps_centers else []]
        found = weighted_medoids(points[rows], doubt[rows], n, fixed, pool.rng)
        measured = measure_picks(points, rows[found.indices], pool.centers)

        def reason(i: int) -> Explanation:
            row, size = int(measured.indices[i]), int(found.sizes[i])
            numbers: dict[str, object] = {
                "step": i + 1,
                "space": self.space,
                "distance": float(measured.distances[i]),
                "nearest": int(measured.nearest[i]),
                "radius": float(measured.radii[i]),
                "cluster_size": size,
                "cluster_doubt": float(found.weights[i]),
                "doubt": float(doubt[row]),
                "nearest_labeled": None,
                "distance_labeled": None,
            }
            alike = f"{size} rows {self.alike}" if size > 1 else "itself alone"
            mean = 100 * float(found.weights[i]) / size if size else 0.0
            near = None
            sentence = f"It stands for {alike}; the model's doubt there is {mean:.0f} % of what it can be."
            if len(pool.labeled_rows):
                own_last = points[np.append(pool.labeled_rows, row)]
                distances, nearest = nearest_centers(own_last, np.arange(len(pool.labeled_rows)))
                near = int(pool.labeled_rows[nearest[-1]])
                numbers |= {"nearest_labeled": near, "distance_labeled": float(distances[-1])}
                sentence += " The nearest labelled row is {row}."
            return Explanation(sentence, numbers, near)

        space = np.full(n, self.space)
        return Selection(
            measured.indices, measured.distances, measured.nearest, measured.radii, space, self.name, reason
        )

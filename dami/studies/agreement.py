"""How far people agree on the labels of the same rows, beyond what chance would give.

Reference: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20,
1960. Counted here because the server shows it, for which scikit-learn would take a second and 70 MB to import.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import numpy as np

Answers = Mapping[int, int]  # row -> class


def cohen_kappa(first: Answers, second: Answers) -> tuple[float, int]:
    """Agreement of two people on the rows that both have labelled.

    Returns
    -------
    kappa : 1 where they agree on every row, 0 where no oftener than by chance, below where more seldom; NaN where there
        is no such row, or both gave one and the same class throughout, so that nothing is beyond chance
    n : how many rows both have labelled
    """
    rows = first.keys() & second.keys()
    n = len(rows)
    if not rows:
        return np.nan, 0
    observed = sum(first[row] == second[row] for row in rows) / n
    by_first, by_second = (Counter(answers[row] for row in rows) for answers in (first, second))
    expected = sum(count * by_second[class_id] for class_id, count in by_first.items()) / n**2
    return ((observed - expected) / (1 - expected) if expected < 1 else np.nan), n


def mean_kappa(answers: Mapping[str, Answers], of: str | None = None) -> float:
    """The mean of all pairs' kappa, weighted by the rows that a pair has in common; NaN where no pair has one.

    Parameters
    ----------
    answers : person -> row -> class
    of : only the pairs that this person is in
    """
    pairs = [pair for pair in combinations(answers, 2) if of is None or of in pair]
    found = [cohen_kappa(answers[a], answers[b]) for a, b in pairs]
    defined = [(kappa, n) for kappa, n in found if not np.isnan(kappa)]
    if not defined:
        return np.nan
    kappas, weights = zip(*defined, strict=True)
    return float(np.average(kappas, weights=weights))

"""Measures how much annotators agree on the labels of the same rows beyond chance.

Reference: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20,
1960. The server shows kappa; it does not import scikit-learn for it, which takes a second and 70 MB.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import numpy as np

Answers = Mapping[int, int]  # row -> class


def cohen_kappa(first: Answers, second: Answers) -> tuple[float, int]:
    """Return the agreement of two annotators on the rows that both have labeled.

    Returns
    -------
    kappa : 1 if they agree on every row, 0 if they agree as often as by chance, below 0 if they agree less often; NaN
        if there is no such row, or if both gave every row the same class, so that chance explains everything
    n : number of rows that both have labeled
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
    """Return the mean kappa of all pairs, weighted by the number of rows that a pair shares; NaN if no pair has one.

    Parameters
    ----------
    answers : annotator -> row -> class
    of : an annotator; only pairs with this annotator count
    """
    pairs = [pair for pair in combinations(answers, 2) if of is None or of in pair]
    found = [cohen_kappa(answers[a], answers[b]) for a, b in pairs]
    defined = [(kappa, n) for kappa, n in found if not np.isnan(kappa)]
    if not defined:
        return np.nan
    kappas, weights = zip(*defined, strict=True)
    return float(np.average(kappas, weights=weights))

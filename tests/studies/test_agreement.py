"""Agreement between people, against scikit-learn's kappa."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from dami.studies.agreement import cohen_kappa, mean_kappa

answers = st.dictionaries(st.integers(0, 12), st.integers(0, 3), max_size=12)


@given(answers, answers)
def test_kappa_of_two_is_that_of_scikit_learn(first, second):
    rows = sorted(first.keys() & second.keys())
    kappa, n = cohen_kappa(first, second)
    assert n == len(rows)
    said = [first[row] for row in rows], [second[row] for row in rows]
    if not rows or len({*said[0], *said[1]}) == 1:
        assert np.isnan(kappa)
    else:
        assert kappa == pytest.approx(cohen_kappa_score(*said))


@given(answers, answers)
def test_kappa_does_not_depend_on_who_is_first(first, second):
    assert cohen_kappa(first, second) == pytest.approx(cohen_kappa(second, first), nan_ok=True)


def test_the_mean_weighs_pairs_by_their_rows_and_leaves_out_those_without():
    people = {
        "ada": {row: row % 2 for row in range(8)},
        "bo": {row: row % 2 for row in range(8)},  # agrees with ada on 8
        "cy": {0: 1, 1: 0},  # contradicts both, on two rows each: kappa -1
        "di": {50: 0},  # alone
    }
    assert mean_kappa(people) == pytest.approx((8 * 1 - 2 - 2) / 12)
    assert mean_kappa(people, of="cy") == pytest.approx(-1)
    assert np.isnan(mean_kappa(people, of="di")) and np.isnan(mean_kappa({}))

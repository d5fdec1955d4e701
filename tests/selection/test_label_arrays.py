import warnings

import numpy as np
import pandas as pd
import pytest

from dami.selection.label_arrays import array_of, as_classes, as_labels, distinct, missing, warn_of_spellings
from dami.selection.learner import ActiveLearner


@pytest.mark.parametrize(
    "labels",
    [
        ["a", None, "b"],
        np.array(["a", None, "b"], dtype=object),
        pd.Series(["a", None, "b"]),
        pd.Series(["a", pd.NA, "b"], dtype="string"),
        pd.Series(["a", np.nan, "b"], dtype="category"),
        pd.Series(["a", None, "b"], index=[7, 7, 2]),
    ],
)
def test_gaps_of_every_kind_are_none(labels):
    found = as_labels(labels, 3)
    assert found.tolist() == ["a", None, "b"] and missing(found).tolist() == [False, True, False]


@pytest.mark.parametrize("dtype", ["float64", "Int64", object])
def test_whole_numbers_with_gaps_stay_whole(dtype):
    found = as_labels(pd.Series([0, None, 1], dtype=dtype), 3)
    assert found.tolist() == [0, None, 1] and {type(found[0]), type(found[2])} == {int}


def test_yes_and_no_stay_booleans_and_dates_become_text():
    assert as_labels(pd.Series([True, None, False], dtype="boolean"), 3).tolist() == [True, None, False]
    assert as_labels(np.array([True, False]), 2)[0] is True
    assert as_labels(pd.Series(pd.to_datetime(["2020-01-02", None])), 2).tolist() == ["2020-01-02 00:00:00", None]


def test_accents_in_either_form_of_unicode_are_one_class_and_other_spellings_a_warning():
    given = as_labels(["caf\u00e9", "cafe\u0301", "tea"], 3)
    assert distinct(given) == ["caf\u00e9", "tea"]
    assert as_classes(["cafe\u0301", "tea"]) == ["caf\u00e9", "tea"]
    X, labels = np.arange(8.0)[:, None], ["Yes", "yes", "no", "no"] + [None] * 4
    with pytest.warns(UserWarning, match="spelling alone: “Yes”, “yes”"):
        ActiveLearner(random_state=0).fit_encoded(X, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ActiveLearner(random_state=0).fit_encoded(X, labels, ["Yes", "yes", "no"])
        warn_of_spellings(["cat", "dog", 1, True])


def test_no_labels_at_all():
    assert missing(as_labels(None, 4)).all()
    assert missing(as_labels([None] * 4, 4)).all()


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["a"], "1 labels, but the table has 2 rows"),
        ([0.5, 1.0], "row 0 has 0.5"),
        ("ab", "column or a list"),
        (np.zeros((2, 2)), "one column"),
        (pd.DataFrame({"a": [1, 2]}), "one column"),
    ],
)
def test_unusable_labels_are_refused_in_words(labels, words):
    with pytest.raises(ValueError, match=words):
        as_labels(labels, 2)


def test_classes():
    assert distinct(np.array(["b", "a", "b"], dtype=object)) == ["a", "b"]
    assert distinct(np.array([1, "a", 0], dtype=object)) == [0, 1, "a"]
    assert as_classes(["b", "a"]) == ["b", "a"]
    assert array_of([1, 2]).dtype.kind == "i" and array_of([1, "a"]).tolist() == [1, "a"]
    for wrong, words in ((["a", "a"], "named twice"), ([], "at least one"), (["a", None], "at least one")):
        with pytest.raises(ValueError, match=words):
            as_classes(wrong)

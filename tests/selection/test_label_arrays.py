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


DAYS = [pd.Timestamp("2024-01-31"), pd.Timestamp("2024-02-29 12:30")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (pd.Series([0, None, 1], dtype="float64"), [0.0, None, 1.0]),
        (pd.Series([0, None, 1], dtype="Int64"), [0, None, 1]),
        ([0, None, 1.0], [0, None, 1.0]),
        (np.array([2, 3], dtype=np.uint8), [2, 3]),
        (pd.Series([True, None, False], dtype="boolean"), [True, None, False]),
        (np.array([True, False]), [True, False]),
        (pd.Series([*DAYS, None]), [*DAYS, None]),
        (np.array([*DAYS, None], dtype="datetime64[ns]"), [*DAYS, None]),
        ([DAYS[0].to_pydatetime(), np.datetime64(DAYS[1]), None], [*DAYS, None]),
        ([day.date() for day in DAYS], [day.date() for day in DAYS]),
    ],
)
def test_labels_keep_the_type_in_which_they_were_given(given, expected):
    found = as_labels(given, len(given)).tolist()
    assert found == expected and [type(label) for label in found] == [type(label) for label in expected]


@pytest.mark.parametrize("classes", [[0.0, 1.0], DAYS, [False, True], [7, 9]])
def test_predictions_have_the_type_of_the_labels(classes):
    frame = pd.DataFrame({"x": [*range(10), *range(100, 110)]})
    labels = pd.Series([classes[0]] * 10 + [classes[1]] * 10)
    found = pd.Series(ActiveLearner(random_state=0).fit(frame, labels).predict(frame))
    assert found.astype(labels.dtype).eq(labels).all() and [*map(type, found)] == [*map(type, labels)]


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


def test_an_empty_cell_is_no_label():
    assert as_labels(["a", "", " ", "\u00a0", "b"], 5).tolist() == ["a", None, None, None, "b"]


@pytest.mark.parametrize("label", ["a\0", "\ud800x"])
def test_characters_that_files_do_not_hold_are_refused_in_words(label):
    with pytest.raises(ValueError, match="of row 1 has a character that files do not hold"):
        as_labels(["a", label], 2)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([1, "1", 1, "1"], "The classes 1 and '1' are shown alike"),
        ([True, "True", True, "True"], "The classes True and 'True' are shown alike"),
        ([DAYS[0], DAYS[1].tz_localize("UTC")] * 2, "with a time zone, and some have none"),
    ],
)
def test_classes_that_cannot_be_told_apart_are_refused_in_words(labels, words):
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4]})
    with pytest.raises(ValueError, match=words):
        ActiveLearner(random_state=0).fit(frame, labels)
    learner = ActiveLearner(random_state=0).fit(frame, [labels[0], None, None, None])
    with pytest.raises(ValueError, match=words):
        learner.teach([1], [labels[1]])
    assert learner.labels_.tolist() == [labels[0], None, None, None]


def test_teach_warns_of_spellings_as_fit_does():
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4, 5]})
    with pytest.warns(UserWarning, match="“Tea”, “tea”") as told:
        learner = ActiveLearner(random_state=0).fit(frame, ["Tea", "tea", None, None, None])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner.teach([2], ["tea"])
    with pytest.warns(UserWarning, match="“TEA”, “Tea”, “tea”") as again:
        learner.teach([3], ["TEA"])
    assert told[0].filename == again[0].filename == __file__
    with pytest.raises(ValueError, match="The label 1 is none of the classes: '1', '2'"):
        ActiveLearner(random_state=0).fit(frame, [1, 2, None, None, None], classes=["1", "2"])

import numpy as np
import pandas as pd
import pytest

from dami.errors import TableError
from dami.tables.appending import append_rows, key_candidates
from dami.tables.reading import read_table


def read(text, name="t.csv"):
    return read_table(text.encode(), filename=name)


OLD = "id,name,size,kind,when\n7,ann,1.5,a,2020-01-02\n3,bob,,b,\n12,çelik,4,a,2021-05-06\n"


def test_new_rows_come_after_the_old_ones_which_stay_as_they_are():
    old = read(OLD)
    new = read("when;kind;id;size;name;more\n2022-01-01;c;9;2,5;dan;x\n2020-01-02;a;7;1,5;ann;x\n;a;1;;eve;x\n")
    grown = append_rows(old, new, "id")
    assert (grown.n_added, grown.n_changed, grown.n_absent, grown.ignored) == (2, 0, 2, ["more"])
    pd.testing.assert_frame_equal(grown.frame.iloc[:3].reset_index(drop=True), old, check_dtype=False)
    assert grown.frame["id"].tolist() == [7, 3, 12, 9, 1]
    assert grown.frame["size"][3] == 2.5 and np.isnan(grown.frame["size"][4])
    assert grown.frame["kind"].tolist() == ["a", "b", "a", "c", "a"]
    assert list(grown.frame.columns) == list(old.columns)


def test_keys_are_compared_as_text():
    old = pd.DataFrame({"id": [1.0, 2.0], "x": [1, 2]})
    new = pd.DataFrame({"id": ["2", "3 ", "x1"], "x": [2, 3, 4]})
    grown = append_rows(old, new, "id")
    assert grown.n_added == 2 and grown.n_changed == 0
    assert grown.frame["id"].tolist() == ["1", "2", "3", "x1"]
    assert grown.frame["x"].tolist() == [1, 2, 3, 4]


def test_changed_values_are_counted_and_the_old_ones_stay():
    old = pd.DataFrame({"id": ["a", "b", "c"], "x": [1, 2, 3], "y": ["p", None, "q"]})
    new = pd.DataFrame({"id": ["c", "b", "a", "d"], "x": [3.0, 9.0, 1.0, 5.0], "y": ["q", None, "other", "r"]})
    grown = append_rows(old, new, "id")
    assert grown.n_changed == 2 and grown.n_added == 1
    assert grown.frame["x"].tolist() == [1, 2, 3, 5] and grown.frame["y"].dropna().tolist() == ["p", "q", "r"]


@pytest.mark.parametrize(
    "old",
    [
        pd.Series([1, 2]),
        pd.Series([True, False]),
        pd.Series(["a", "b"]),
        pd.Series([1.5, None]),
        pd.Series(pd.to_datetime(["2020-01-01", "2021-01-01"])),
        pd.Series([None, None], dtype=object),
    ],
)
@pytest.mark.parametrize(
    "new", [pd.Series([3.5]), pd.Series(["word"]), pd.Series([None], dtype=object), pd.Series([True])]
)
def test_any_kinds_meet_without_losing_a_value(old, new):
    frames = [pd.DataFrame({"id": range(n, n + len(part)), "v": part}) for n, part in ((0, old), (10, new))]
    joined = append_rows(frames[0], frames[1], "id").frame["v"]
    assert len(joined) == 3
    expected = [*old, *new]
    for value, found in zip(expected, joined, strict=True):
        if pd.isna(value):
            assert pd.isna(found)
        else:
            assert found == value or str(found) == str(value) or str(found) in str(value)


def test_a_column_that_the_newer_file_lacks_is_empty_there():
    old = pd.DataFrame({"id": ["a"], "n": [1], "b": [True], "s": pd.Series(["x"], dtype="str")})
    frame = append_rows(old, pd.DataFrame({"id": ["b"]}), "id").frame
    assert frame.loc[1, ["n", "b", "s"]].isna().all() and frame.loc[0, ["n", "b", "s"]].tolist() == [1, True, "x"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"id": [1, 2]}, {"x": [1]}, "newer file has no column 'id'"),
        ({"id": [1, None]}, {"id": [1]}, "of the table is empty in row 1"),
        ({"id": [1, 2]}, {"id": ["5", None]}, "of the newer file is empty in row 1"),
        ({"id": [1, 1]}, {"id": [1]}, "'1' stands twice"),
        ({"id": [1]}, {"id": ["k", "k"]}, "'k' stands twice"),
    ],
)
def test_keys_that_are_none_are_refused(old, new, words):
    with pytest.raises(TableError, match=words):
        append_rows(pd.DataFrame(old), pd.DataFrame(new), "id")


def test_candidates_are_complete_and_unique_in_both():
    old, new = read(OLD), read("id,name,size,kind\n7,x,1,1\n8,x,2,2\n")
    assert key_candidates(old, new) == ["id"]

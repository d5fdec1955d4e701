"""append_rows keeps the old rows where and as they are, whatever the newer file looks like."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.errors import TableError
from dami.tables import appended_rows, size_limits
from dami.tables.appended_rows import Grown
from dami.tables.columns import bin_target, describe_target
from dami.tables.common_type import range_edges
from dami.tables.encoding import Encoder
from dami.tables.kinds import kind_of
from dami.tables.reading import open_table, read_table
from dami.tables.table import Table
from dami.tables.text_values import as_text

OLD = """id,weight,legs,colour,born,tame,kind
7,3.5,4,grey,2021-03-01,true,cat
3,12.25,4,brown,2020-11-30,false,dog
9,0.4,2,white,2022-01-15,true,owl
4,2.75,4,white,2019-07-04,true,cat
"""
NEW = """id,weight,legs,colour,born,tame,kind
11,5.5,4,red,2023-02-02,false,dog
9,0.4,2,white,2022-01-15,true,owl
3,13.5,4,brown,2020-11-30,false,dog
2,,8,grey,,,spider
7,3.5,4,grey,2021-03-01,true,cat
"""


def read(text: str, encoding: str = "utf-8", name: str = "table.csv") -> pd.DataFrame:
    return read_table(text.encode(encoding), filename=name)


def append_rows(old: pd.DataFrame, new: pd.DataFrame, key: str, target: str | None = None) -> Grown:
    return appended_rows.append_rows(Table(old), Table(new), key, target)


def key_candidates(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    return appended_rows.key_candidates(Table(old), Table(new))


def excel(text: str) -> bytes:
    frame = pd.read_csv(io.StringIO(text), parse_dates=["born"])
    frame["id"] = frame["id"].astype(float)
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False)
    return buffer.getvalue()


def same_values(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other, check_dtype=False)


def test_new_rows_follow_in_their_order_and_old_rows_stay_as_they_are():
    old = read(OLD)
    before = old.copy(deep=True)
    grown = append_rows(old, read(NEW), "id")
    pd.testing.assert_frame_equal(old, before)
    same_values(grown.frame.iloc[:4], old)
    assert grown.frame["id"].tolist() == [7, 3, 9, 4, 11, 2]
    assert grown.added.tolist() == [4, 5]
    assert grown.frame["kind"].tolist()[4:] == ["dog", "spider"]
    assert (grown.changed, grown.absent) == (1, 1)  # row 3 has another weight; row 4 is not in the newer file
    assert grown.notes == []
    dtypes = {name: str(dtype) for name, dtype in grown.frame.dtypes.items()}
    assert dtypes["id"] == "int64" and dtypes["weight"] == "float64" and dtypes["tame"] == "boolean"
    assert dtypes["born"].startswith("datetime64") and dtypes["colour"] == dtypes["kind"] == "str"
    assert grown.frame.index.equals(pd.RangeIndex(6))


@pytest.mark.parametrize(
    "newer",
    [
        read(NEW.replace(",", ";").replace(".", ",")),
        read(NEW, "utf-16"),
        read("\ufeff" + NEW.replace("\n", "\r\n")),
        read_table(excel(NEW), filename="newer.xlsx"),
        read(pd.read_csv(io.StringIO(NEW)).to_json(orient="records", lines=True), name="newer.jsonl"),
        read(NEW)[["kind", "tame", "id", "born", "colour", "legs", "weight"]].sample(frac=1, random_state=1),
        read(NEW).astype("str"),  # Parquet whose columns are all texts
        read(NEW.replace("id,weight", " ID ,Weight")),
    ],
    ids=["semicolons", "utf-16", "byte order mark", "excel", "json lines", "shuffled", "all texts", "capitals"],
)
def test_format_and_order_do_not_matter(newer: pd.DataFrame):
    expected = append_rows(read(OLD), read(NEW), "id")
    grown = append_rows(read(OLD), newer, "id")
    assert (grown.changed, grown.absent, grown.notes) == (expected.changed, expected.absent, expected.notes)
    by_id = grown.frame.set_index("id").loc[expected.frame["id"]].reset_index()
    same_values(by_id, expected.frame)
    same_values(grown.frame.iloc[:4], read(OLD))


def test_accents_in_names_and_keys_are_the_same_composed_or_not():
    old = read("naïve,größe\nMüller,1\nØrsted,2\n", "latin-1")
    new = read("nai\u0308ve,gro\u0308ße\nMu\u0308ller,1\nÅse,3\n")
    grown = append_rows(old, new, "naïve")
    assert grown.frame["naïve"].tolist() == ["Müller", "Ørsted", "Åse"]
    assert (grown.changed, grown.absent, grown.notes) == (0, 1, [])


KEYS = {
    "number and number as text": ([5, 12, 3], ["12", "5", "40"], [5, 12, 3, 40]),
    "number and float": ([5, 12, 3], [12.0, 5.0, 40.0], [5, 12, 3, 40]),
    "zeros lost in a spreadsheet": (["005", "012", "003"], [12, 5, 40], ["005", "012", "003", "040"]),
    "zeros added": ([5, 12, 3], ["012", "005", "040"], [5, 12, 3, 40]),
    "codes and numbers": (["5", "A12", "3"], [5, 40], ["5", "A12", "3", "40"]),
    "numbers and codes": ([5, 12, 3], ["5", "A40"], ["5", "12", "3", "A40"]),
    "spaces around": (["a", "b ", "c"], [" a", "b", "d"], ["a", "b ", "c", "d"]),
    "long numbers": (
        [2**60, 2**60 + 1],
        [str(2**60 + 1), str(2**60 + 2)],
        [str(2**60), str(2**60 + 1), str(2**60 + 2)],
    ),
    "capitals tell apart": (["a", "b"], ["A", "b"], ["a", "b", "A"]),
}


@pytest.mark.parametrize("old, new, expected", KEYS.values(), ids=KEYS)
def test_keys_are_known_whatever_a_spreadsheet_made_of_them(old: list, new: list, expected: list):
    def frame(values: list) -> pd.DataFrame:
        made = pd.DataFrame({"key": values, "x": range(len(values))})
        return made.astype({"key": "str"}) if isinstance(values[0], str) else made

    grown = append_rows(frame(old), frame(new), "key")
    assert grown.frame["key"].tolist() == expected
    assert len(grown.added) == len(expected) - len(old)


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("id,x\n1,a\n1,b\n", "id,x\n1,a\n2,b\n", "In the table, “id” has the value “1” twice, in rows 0 and 1."),
        (
            "id,x\n1,a\n2,b\n",
            "id,x\n3,a\n4,b\n4,c\n",
            "In the newer file, “id” has the value “4” twice, in rows 1 and 2.",
        ),
        ("id,x\n1,a\n2,b\n", "id,x\n3,a\n,b\n,c\n", "In the newer file, “id” has no value in row 1 and 1 more"),
        ("id,x\nA,a\nB,b\n", "id,x\nA,a\nA ,b\n", "In the newer file, “id” has the value “A” twice"),
        ("id,x\n1,a\n2,b\n", "no,x\n3,a\n", "The newer file has no column “id”"),
        ("no,x\n1,a\n2,b\n", "id,x\n3,a\n", "The table has no column “id”"),
        ("id,x\n1,a\n2,b\n", "id,y\n3,a\n", "shares only the column “id”"),
    ],
)
def test_what_cannot_tell_rows_apart_is_refused_in_a_sentence(old: str, new: str, words: str):
    with pytest.raises(TableError) as refused:
        append_rows(read(old), read(new), "id")
    assert words in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_column_that_is_missing_has_no_value_and_one_that_is_new_is_left_out_and_both_are_named():
    new = read(NEW).drop(columns=["legs", "tame", "born", "colour"]).assign(owner="Ann", street="Mill Lane")
    grown = append_rows(read(OLD), new, "id")
    assert list(grown.frame.columns) == list(read(OLD).columns)
    assert grown.frame[["legs", "tame", "born", "colour"]].iloc[4:].isna().all(axis=None)
    same_values(grown.frame.iloc[:4], read(OLD))
    assert grown.changed == 1  # what is missing is no change
    assert grown.notes == [
        "The newer file lacks “legs”, “colour”, “born”, “tame”: the new rows have no value there.",
        "Left out, since the table does not have them: “owner”, “street”.",
    ]


def test_another_label_does_not_make_a_row_changed():
    newer = read(NEW.replace("white,2022-01-15,true,owl", "white,2022-01-15,true,eagle"))
    assert append_rows(read(OLD), newer, "id").changed == 2
    grown = append_rows(read(OLD), newer, "id", target="kind")
    assert grown.changed == 1 and grown.frame["kind"].tolist()[:4] == ["cat", "dog", "owl", "cat"]


def test_a_file_of_new_rows_alone_and_one_without_any():
    alone = append_rows(read(OLD), read(NEW).iloc[[0, 3]], "id")
    assert (len(alone.added), alone.changed, alone.absent) == (2, 0, 4)
    none = append_rows(read(OLD), read(OLD).iloc[::-1], "id")
    assert (len(none.added), none.changed, none.absent) == (0, 0, 0)
    pd.testing.assert_frame_equal(none.frame, read(OLD))


TYPES = {
    "a number that is no number": ([1.5, 2.0], ["3.5", "n.k."], "numbers and texts", ["1.5", "2", "3.5", "n.k."]),
    "a date that is none": (
        pd.to_datetime(["2024-01-31", "2024-02-01"]),
        ["2024-03-01", "soon"],
        "dates and texts",
        ["2024-01-31", "2024-02-01", "2024-03-01", "soon"],
    ),
    "yes/no and more": (
        [True, False],
        ["true", "maybe"],
        "yes/no values and texts",
        ["True", "False", "true", "maybe"],
    ),
    "numbers and dates": ([1, 2], pd.to_datetime(["2024-03-01"]), "numbers and dates", ["1", "2", "2024-03-01"]),
    "texts and yes/no": (["true", "false", "maybe"], [True, False], None, ["true", "false", "maybe", "true", "false"]),
    "yes/no and words": ([True, False], ["yes", "no"], None, [True, False, True, False]),
    "yes/no and 0/1": ([True, False], [1, 0], None, [True, False, True, False]),
    "0/1 and yes/no": ([0, 1, 1], [True, False], None, [0, 1, 1, 1, 0]),
    "numbers and yes/no": ([0, 3], [True], "numbers and yes/no values", ["0", "3", "True"]),
    "postcodes": (["01067", "80331"], [4109, 10115], None, ["01067", "80331", "04109", "10115"]),
    "whole and fractions": ([1, 2], [2.5], None, [1, 2, 2.5]),
    "empty so far": ([None, None], [4, 5], None, [np.nan, np.nan, 4, 5]),
    "empty from now on": ([4, 5], [None, None], None, [4, 5, np.nan, np.nan]),
    "long numbers with a gap": (
        [2**60, 2**60 + 1],
        [1.0, np.nan],
        "numbers and missing values",
        [str(2**60), str(2**60 + 1), "1", None],
    ),
}


@pytest.mark.parametrize("old, new, mixed, expected", TYPES.values(), ids=TYPES)
def test_types_are_brought_together(old, new, mixed, expected):
    def column(values):
        plain = isinstance(values, list) and all(isinstance(value, str | None) for value in values)
        return pd.Series(values, dtype="str" if plain else None)

    first, second = column(old), column(new)
    table = pd.DataFrame({"key": [f"a{k}" for k in range(len(first))], "x": first, "y": 1})
    newer = pd.DataFrame({"key": [f"b{k}" for k in range(len(second))], "x": second, "y": 1})
    grown = append_rows(table, newer, "key")
    values = grown.frame["x"]
    assert [None if pd.isna(value) else value for value in values] == [None if pd.isna(v) else v for v in expected]
    assert len(grown.notes) == bool(mixed)
    if mixed:
        told = f"“x” holds {mixed} now and is kept as text ({second.count()} new cell"
        assert grown.notes[0].startswith(told) and ", such as “" in grown.notes[0]
    assert grown.frame.attrs["notes"] == grown.notes


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
def test_any_kinds_meet_without_losing_a_value(old: pd.Series, new: pd.Series):
    frames = [pd.DataFrame({"id": range(n, n + len(part)), "v": part, "y": 1}) for n, part in ((0, old), (10, new))]
    grown = append_rows(frames[0], frames[1], "id").frame["v"]
    for value, found in zip([*old, *new], grown, strict=True):
        assert pd.isna(found) if pd.isna(value) else found == value or as_text(found) == as_text(value)


def test_time_zones_keep_the_moment():
    zoned = pd.Series(pd.to_datetime(["2024-06-01 10:00+02:00"])).dt.tz_convert("Europe/Berlin")
    utc = pd.Series(pd.to_datetime(["2024-06-01 08:00"]))
    for old, new in ((zoned, utc), (utc, zoned)):
        table = pd.DataFrame({"key": ["a"], "x": old, "y": 1})
        newer = pd.DataFrame({"key": ["a"], "x": new, "y": 1})
        assert append_rows(table, newer, "key").changed == 0
        grown = append_rows(table, newer.assign(key="b"), "key").frame["x"]
        assert grown.nunique() == 1 and grown.dtype == old.dtype


def test_a_text_column_with_one_odd_new_value_is_still_numbers_to_the_model():
    rng = np.random.default_rng(0)
    old = pd.DataFrame({"key": [f"k{k}" for k in range(100)], "x": rng.normal(size=100), "y": rng.normal(size=100)})
    new = old.assign(key=[f"n{k}" for k in range(100)]).astype({"x": "str"})
    new.loc[3, "x"] = "broken"
    grown = append_rows(old, new, "key").frame
    assert kind_of(grown["x"], "x")[0] == "number"
    assert np.isfinite(Encoder().fit(grown).transform(grown)).all()


def test_a_category_not_seen_before_and_a_binned_target():
    amounts = pd.Series(np.arange(1.0, 31.0), name="price")
    binned = bin_target(amounts, 3)
    old = pd.DataFrame({"key": np.arange(30), "price": binned, "colour": "grey"})
    edges = range_edges(list(binned.unique()))
    new = pd.DataFrame({"key": [30, 31, 32, 33], "price": [-5.0, edges[0], 1e6, np.nan], "colour": "mauve"})
    grown = append_rows(old, new, "key").frame
    names = [name for name, _ in describe_target(old, "price").classes]
    assert [name for name, _ in describe_target(grown, "price").classes] == names
    assert grown["price"].tolist()[30:33] == [f"up to {edges[0]:g}"] * 2 + [f"over {edges[1]:g}"]
    assert pd.isna(grown["price"][33])
    assert grown["colour"].tolist()[30:] == ["mauve"] * 4


@pytest.mark.parametrize(
    "names", [["up to 3"], ["up to 3", "over 4"], ["a", "up to 3", "over 3"], ["up to x", "over x"], []]
)
def test_what_are_no_ranges(names: list[str]):
    assert range_edges(names) is None


def test_ranges_are_those_that_binning_made():
    values = pd.Series(np.random.default_rng(1).lognormal(3, 2, size=500))
    for bins in (2, 3, 6):
        binned = bin_target(values, bins)
        old = pd.DataFrame({"key": [f"a{k}" for k in range(500)], "x": binned, "y": 1})
        new = pd.DataFrame({"key": [f"b{k}" for k in range(500)], "x": values, "y": 1})
        assert append_rows(old, new, "key").frame["x"].tolist() == binned.tolist() * 2


def test_key_candidates_are_complete_and_without_repetition_in_both():
    old, new = read(OLD), read(NEW)
    assert key_candidates(old, new)[0] == "id"
    assert "legs" not in key_candidates(old, new) and "kind" not in key_candidates(old, new)
    assert "weight" not in key_candidates(old, new)  # a gap in the newer file
    assert key_candidates(old, pd.concat([new, new])) == []


def test_a_row_number_that_begins_anew_is_the_last_candidate():
    rng = np.random.default_rng(2)
    columns = {"size": rng.normal(size=80), "colour": rng.choice(["a", "b", "c", "d", "e"], 80)}
    whole = pd.DataFrame({"number": np.arange(80), "code": [f"C{k:03d}" for k in range(80)], **columns})
    old, new = whole[:60], whole[60:].assign(number=np.arange(20))
    assert key_candidates(old, new) == ["code", "number"]
    assert key_candidates(old[["size", "colour"]], new) == ["size"]  # for want of a better one
    reordered = whole.sample(frac=1, random_state=0).assign(number=np.arange(80))
    assert key_candidates(old, reordered)[0] == "code"
    assert key_candidates(old, reordered)[-1] == "number"


def test_a_key_is_compared_as_it_is_written_and_by_its_value_only_where_that_finds_nothing():
    def opened(*keys: str) -> Table:
        return open_table(("v,x\n" + "".join(f"{key},{k % 3}\n" for k, key in enumerate(keys))).encode(), "t.csv")

    old = opened(*(f"3.{k}" for k in range(1, 10)))
    for new, fresh in ((opened("3.10", "3.20"), [0, 1]), (opened("3.9", "3.10", "3.1"), [1])):  # versions, not numbers
        assert appended_rows.key_candidates(old, new) == ["v"]
        grown = appended_rows.append_rows(old, new, "v")
        assert grown.taken.tolist() == fresh and grown.notes == []
    grown = appended_rows.append_rows(opened("3.10", "3.20"), opened("3.1", "3.3"), "v")  # a spreadsheet drops the 0
    assert grown.taken.tolist() == [1]
    assert grown.notes == [
        "1 row was found by the value of “v”, which is written otherwise in the table: 3.10 for 3.1."
    ]


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(size_limits, "MAX_ROWS", 5)
    with pytest.raises(TableError, match="would have 6; DAMI takes up to 5"):
        append_rows(read(OLD), read(NEW), "id")


CELLS = st.one_of(st.none(), st.integers(-3, 12), st.floats(-2, 2), st.text("ab0 1,é", max_size=3), st.booleans())


@given(st.lists(CELLS, min_size=1, max_size=6), st.lists(CELLS, max_size=6), st.randoms(use_true_random=False))
def test_any_columns_grow_like_the_plain_reference(first: list, second: list, random):
    """Row by row, in plain Python: the known keys keep their row, the others follow."""
    old_keys = [f"k{k}" for k in range(len(first))]
    new_keys = random.sample([*old_keys, *(f"n{k}" for k in range(6))], len(second))
    if not second:
        return
    old = table_of(old_keys, first)
    new = table_of(new_keys, second)
    grown = append_rows(old, new, "key")
    fresh = [key for key in new_keys if key not in old_keys]
    assert grown.frame["key"].tolist() == old_keys + fresh
    expected = [old["x"].iloc[k] for k in range(len(old))] + [new["x"].iloc[new_keys.index(key)] for key in fresh]
    missing = [bool(pd.isna(value)) for value in expected]
    assert grown.frame["x"].isna().tolist() == missing
    assert grown.absent == len(set(old_keys) - set(new_keys))
    again = append_rows(grown.frame, new, "key")
    assert len(again.added) == 0


def table_of(keys: list[str], values: list) -> pd.DataFrame:
    lines = "".join(
        f"{key}\t{'' if value is None else str(value)}\t1\n" for key, value in zip(keys, values, strict=True)
    )
    return read(f"key\tx\ty\n{lines}", name="table.tsv")


def test_words_below_ones_and_zeros_are_ones_and_zeros_and_a_strange_one_makes_texts():
    old = pd.DataFrame({"key": ["a", "b", "c"], "q": [1.0, 0.0, None]})
    new = pd.DataFrame({"key": ["d", "e", "f"], "q": ["Ja", "NO", None]}).astype({"q": "str"})
    grown = append_rows(old, new, "key")
    assert grown.notes == [] and grown.frame["q"].tolist()[3:5] == [1, 0] and grown.frame["q"].isna().iloc[5]
    strange = append_rows(old, new.assign(q=["yes", "maybe", None]).astype({"q": "str"}), "key")
    assert strange.frame["q"].tolist()[3:5] == ["yes", "maybe"] and "is kept as text" in strange.notes[0]
    booleans = append_rows(old.assign(q=[True, False, True]), new, "key")
    assert booleans.frame["q"].tolist()[:5] == [True, False, True, True, False]

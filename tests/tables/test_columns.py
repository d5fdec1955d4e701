"""describe_columns says what a person would say; targets and their ranges."""

import uuid

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.errors import TableError
from dami.tables.class_names import class_names
from dami.tables.columns import (
    bin_target,
    class_order,
    describe_columns,
    describe_target,
)
from dami.tables.encoding import Encoder
from dami.tables.identifier_names import names_rows
from dami.tables.kinds import choose_columns, glance, kind_of
from dami.tables.reading import open_table, read_table
from dami.tables.text_values import as_text

RNG = np.random.default_rng(0)
N = 200


def text(values: object) -> pd.Series:
    return pd.Series(values, dtype="str")


NAMES = [
    f"{first}, Mr. {second} {i}" for i, (first, second) in enumerate([("Braund", "Owen"), ("Heikkinen", "Laina")] * 100)
]
SENTENCES = [f"the delivery of parcel {i} came late and was damaged" for i in range(N)]

KINDS = {
    "measurement, all different": (pd.Series(RNG.normal(size=N)), "number"),
    "sorted measurement": (pd.Series(np.sort(RNG.normal(size=N))), "number"),
    "counts": (pd.Series(RNG.integers(0, 9, N)), "number"),
    "large whole numbers, all different": (pd.Series(RNG.choice(10**6, N, replace=False)), "number"),
    "whole numbers as floats with gaps": (
        pd.Series(np.where(RNG.random(N) < 0.2, np.nan, RNG.integers(20, 60, N))),
        "number",
    ),
    "row number": (pd.Series(np.arange(N)), "identifier"),
    "row number from 1": (pd.Series(np.arange(1.0, 1.0 + N)), "identifier"),
    "row number as text": (text([str(i) for i in range(N)]), "identifier"),
    "years from 1800": (pd.Series(np.arange(1800.0, 1800.0 + N)), "number"),
    "ranks in another order": (pd.Series(RNG.permutation(N) + 1), "number"),
    "growing in steps": (pd.Series(np.cumsum(RNG.integers(1, 9, N))), "number"),
    "from 1 with a gap": (pd.Series([*range(1, 100), None, *range(101, N + 1)]), "number"),
    "customer_id": (pd.Series(RNG.choice(10**6, N, replace=False)), "identifier"),
    "id_client": (text([f"A{i:05d}" for i in range(N)]), "identifier"),
    "ID#": (text([f"{i:05d}" for i in range(N)]), "identifier"),
    "PassengerId": (text([f"A{i % (N - 2)}" for i in range(N)]), "identifier"),
    "Nr.": (pd.Series(np.cumsum(RNG.integers(1, 9, N))), "identifier"),
    "id of groups": (pd.Series(RNG.integers(0, 20, N)), "number"),
    "codes": (text([f"A{i:05d}" for i in range(N)]), "text"),
    "zero codes": (text([f"{i:05d}" for i in range(N)]), "text"),
    "links": (text([f"https://example.org/{i}" for i in range(N)]), "text"),
    "uuids": (text([str(uuid.UUID(int=i * 7919)) for i in range(N)]), "identifier"),
    "people": (text(NAMES), "text"),
    "free text": (text(SENTENCES), "text"),
    "few codes, many gaps": (text([f"C{i}" if i % 4 == 0 else None for i in range(N)]), "category"),
    "colors": (text(["red", "green", "blue", "red"] * 50), "category"),
    "yes and no": (text(["yes", "no"] * 100), "yes/no"),
    "true and missing": (pd.Series([True, pd.NA] * 100, dtype="boolean"), "yes/no"),
    "0 and 1": (pd.Series([0, 1] * 100), "yes/no"),
    "constant": (pd.Series([5] * N), "constant"),
    "constant text": (text(["x"] * N), "constant"),
    "one value or none": (text(["x", None] * 100), "category"),
    "nothing": (pd.Series([None] * N), "empty"),
    "dates": (pd.Series(pd.date_range("2024-01-01", periods=N)), "date"),
    "dates as text": (text(pd.date_range("2024-01-01", periods=N).strftime("%Y-%m-%d")), "date"),
    "numbers as text": (text([f"{i % 37}.5" for i in range(N)]), "number"),
    "nearly all numbers": (text([f"{i % 37}.5" if i % 40 else "broken" for i in range(N)]), "number"),
    "half numbers": (text([f"{i % 37}" if i % 2 else "many" for i in range(N)]), "category"),
    "objects of several types": (pd.Series([1, "a", 2.5, None] * 50, dtype=object), "category"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kind(name: str) -> None:
    series, expected = KINDS[name]
    kind, reason = kind_of(series, name)
    assert kind == expected
    assert (reason is not None) == (expected in ("identifier", "constant", "empty"))


def left_out(frame: pd.DataFrame) -> list[str]:
    """The columns that a model does not get."""
    return [column.name for column in describe_columns(frame) if column.left_out]


def test_small_tables_have_no_identifiers() -> None:
    frame = pd.DataFrame({"n": range(5), "t": [f"x{i}" for i in range(5)]})
    assert left_out(frame) == []


IDENTIFIER_NAMES = """id; ID; ids; id_client; ID#; Nr.; nr; No.; №; #; customer_id; customerId; PassengerId; uuid; pk;
index; row; key; Unnamed: 0; Unnamed: 0.1; column 1; Order No.; order number; customer_key; InvoiceNumber; Kunden-Nr.;
Kundennummer; Rechnungsnr; Rechnungs-Nr; lfd. Nr.; primary key; sample no; Patient number; Serial number; row number"""
FEATURE_NAMES = """paid; grid; body_mass_index; price; year; humid; idea; node; title; column_2; keys_pressed; number;
number_of_rooms; ; body mass index; column 2; Total number; Public key; house number; Hausnummer; atomic number; num;
max no; row_of_seats; page number; phone number; Telefonnummer; song key; answer key; number of customers; lucky number;
model number; number of ids; pk value; Zimmernummer; casino; Startnummer; Anzahl Nr. je Kunde; mean num; any no; uno"""


@pytest.mark.parametrize("name", [name.strip() for name in IDENTIFIER_NAMES.split(";")])
def test_names_of_identifiers(name: str) -> None:
    assert names_rows(name)


@pytest.mark.parametrize("name", [name.strip() for name in FEATURE_NAMES.split(";")])
def test_names_of_features(name: str) -> None:
    assert not names_rows(name)


def _features(frame: pd.DataFrame) -> dict[str, str]:
    """How each column is encoded, for the columns that are."""
    seen = {name: glance(frame[name], name) for name in frame.columns}
    return dict(choose_columns(seen, None)[1])


def test_the_order_of_the_rows_decides_about_no_feature() -> None:
    prices = pd.Series(RNG.choice(60_000, 40, replace=False))
    frame = pd.DataFrame({"price": prices, "doors": np.arange(40) % 4 + 2})
    in_order = frame.sort_values("price", ignore_index=True)
    assert _features(in_order) == _features(frame) == {"price": "number", "doors": "number"}


PRICES = """5545 6182 6236 6518 8341 8824 9790 12080 13549 14681 16551 17189 18397 18414 24155 24690 29800 29908 30842
32000 34073 34130 38583 42195 44069 44275 46339 47298 47825 48384 50632 50962 53973 54709 55041 55452 56531 57555
57915 58169"""


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_sorted_prices_in_a_file_are_a_feature(seed: int | None) -> None:
    """10_sorted.csv and 10_shuffled.csv: the model gets the same numbers for the same rows."""
    lines = [f"{price},{i % 4 + 2},{'dear' if i > 17 else 'cheap'}" for i, price in enumerate(PRICES.split())]
    in_order = read_table("\n".join(["price,doors,label", *lines]).encode(), "10_sorted.csv")
    order = np.arange(40) if seed is None else np.random.default_rng(seed).permutation(40)
    shuffled = read_table("\n".join(["price,doors,label", *[lines[i] for i in order]]).encode(), "10_shuffled.csv")
    first, second = (Encoder().fit(frame.drop(columns="label")) for frame in (in_order, shuffled))
    assert list(first.feature_names_out_) == list(second.feature_names_out_)
    assert "price" in second.feature_names_out_ and left_out(shuffled) == []
    np.testing.assert_allclose(first.transform(in_order)[order], second.transform(shuffled), atol=1e-5)


def test_titles_in_a_file_are_features() -> None:
    """11_titles.csv: a title of its own for every row, and nothing else to learn from."""
    words = ["Blue Lamp", "Wireless Chair", "Compact Kettle", "Vintage Speaker", "Foldable Blanket"]
    sizes = ["Large", "Small", "XL"]
    lines = [f"{words[i % 5]} {sizes[i % 3]} {100 + i},{['home', 'sport', ''][i % 3]}" for i in range(40)]
    frame = read_table("\n".join(["title,label", *lines]).encode(), "11_titles.csv")
    assert left_out(frame) == []
    encoder = Encoder().fit(frame[["title"]])
    X = encoder.transform(frame)
    assert set(encoder.columns_of_) == {"title"} and X.shape[1] >= 4 and len(np.unique(X, axis=0)) == 40


def test_a_table_keeps_its_only_column() -> None:
    titles = text([f"Blue Lamp Large {i}" for i in range(40)])
    assert _features(pd.DataFrame({"title": titles})) == {"title": "text"}
    ids = pd.DataFrame({"id": range(40)})
    assert _features(ids) == {"id": "number"}
    assert _features(ids.assign(nr=[f"A{i}" for i in range(40)])) == {"id": "number", "nr": "text"}
    assert _features(ids.assign(title=titles)) == {"title": "text"}
    with pytest.raises(TableError, match="constant"):
        _features(pd.DataFrame({"x": [1] * 40}))


def test_a_year_with_a_gap_is_a_feature() -> None:
    years = "".join(f"H{i:03},{'' if i == 5 else 1950 + 3 * i},{i % 4 + 1},{100 + 7.5 * i}\n" for i in range(24))
    frame = read_table(f"id,year,rooms,price\n{years}".encode(), "01_int_gaps.csv")
    assert _features(frame) == {"year": "number", "rooms": "number", "price": "number"}
    assert left_out(frame) == ["id"]


def test_nothing_useful_is_left_out(any_table: pd.DataFrame) -> None:
    constant = [name for name in any_table.columns if any_table[name].nunique(dropna=False) == 1]
    assert left_out(any_table) == constant


def test_description(any_table: pd.DataFrame) -> None:
    described = describe_columns(any_table, target="label")
    assert [column.name for column in described] == [name for name in any_table.columns if name != "label"]
    for column in described:
        series = any_table[column.name]
        assert column.missing == pytest.approx(series.isna().mean())
        assert column.n_unique == series.nunique()
        assert 1 <= len(column.examples) <= 3
        if column.kind == "number":
            values = series.dropna().to_numpy(dtype=float)
            if column.n_unique > 1:
                # NumPy's edges differ in the last bit, so that a value on an edge may fall on its other side.
                assert np.abs(np.cumsum(column.histogram) - np.cumsum(np.histogram(values, 12)[0])).max() <= 0.1 * len(
                    values
                )
            assert sum(column.histogram) == len(values)
        else:
            assert column.histogram == sorted(series.value_counts().tolist(), reverse=True)[:12]


@given(st.lists(st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.dates(), min_size=1, max_size=30))
def test_any_column_is_described(values: list) -> None:
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    (column,) = describe_columns(frame)
    assert 0 <= column.missing <= 1
    assert all(isinstance(example, str) for example in column.examples)


def test_text_of_values() -> None:
    cells = [3.0, 3.5, True, "x", pd.Timestamp("2024-01-31"), pd.Timestamp("2024-01-31 12:00"), np.float64(1e300), 7]
    assert [as_text(cell) for cell in cells] == [
        "3",
        "3.5",
        "True",
        "x",
        "2024-01-31",
        "2024-01-31 12:00:00",
        "1e+300",
        "7",
    ]


def test_target_of_classes() -> None:
    frame = pd.DataFrame({"y": text(["b", "a", None, " a ", ""]), "code": [10.0, 9.0, np.nan, 9.0, 10.0]})
    target = describe_target(frame, "y")
    assert target.classes == [("a", 2), ("b", 1)]
    assert (target.missing, target.complete, target.numeric_many, target.advice) == (2, False, False, None)
    assert describe_target(frame, "code").classes == [("9", 2), ("10", 2)]
    assert class_names(frame["code"]).tolist()[:2] == ["10", "9"]
    with pytest.raises(TableError, match="“z”"):
        describe_target(frame, "z")


def test_target_of_amounts() -> None:
    frame = pd.DataFrame(
        {"amount": RNG.normal(size=50), "grade": RNG.integers(1, 6, 50), "half": RNG.integers(2, 9, 50) / 2}
    )
    assert describe_target(frame, "amount").numeric_many
    assert "ranges" in (describe_target(frame, "amount").advice or "")
    assert not describe_target(frame, "grade").numeric_many
    assert not describe_target(frame, "half").numeric_many
    assert "one class" in (describe_target(pd.DataFrame({"y": [1, 1]}), "y").advice or "")
    names = pd.DataFrame({"y": text([f"x{i}" for i in range(150)])})
    assert "too many" in (describe_target(names, "y").advice or "")


def test_empty_target_waits_for_classes() -> None:
    target = describe_target(pd.DataFrame({"y": [None, None]}), "y")
    assert (target.classes, target.missing, target.complete, target.advice) == ([], 2, False, None)


def test_ranges_have_readable_edges() -> None:
    binned = bin_target(pd.Series(np.arange(1000) / 7, name="y"), 4)
    assert binned.value_counts().between(230, 270).all()
    assert all(len(name) <= 14 for name in binned.unique())


@given(
    values=st.lists(st.none() | st.integers(-5, 5) | st.floats(-1e9, 1e9), min_size=2, max_size=40),
    bins=st.integers(2, 6),
)
def test_ranges_hold_what_they_say(values: list, bins: int) -> None:
    series = pd.Series(values, dtype=float, index=np.arange(len(values)) * 3, name="y")
    if series.nunique() < 2:
        with pytest.raises(TableError):
            bin_target(series, bins)
        return
    binned = bin_target(series, bins)
    assert binned.index.equals(series.index)
    assert (binned.isna() == series.isna()).all()
    assert 2 <= binned.nunique() <= bins
    for value, name in zip(series.dropna(), binned.dropna(), strict=True):
        if name.startswith("up to "):
            assert value <= float(name[6:]) or value == pytest.approx(float(name[6:]), rel=1e-14)
        elif name.startswith("over "):
            assert value >= float(name[5:])
        else:
            low, high = (float(edge) for edge in name.split(" to "))
            assert low * (1 - 1e-14 * np.sign(low)) <= value <= high or value == pytest.approx(high, rel=1e-14)


def test_ranges_refused() -> None:
    with pytest.raises(TableError, match="two"):
        bin_target(pd.Series([1, 2, 3]), 1)


def test_classes_have_one_order_from_whatever_order_they_come() -> None:
    ordered = ["-1", "0.5", "01", "1", "1.0", "1e16", "A", "a", "B", "b", "nan"]
    backwards = ordered[::-1]
    for start in range(len(ordered)):
        assert sorted(ordered[start:] + ordered[:start], key=class_order) == ordered
        assert sorted(backwards[start:] + backwards[:start], key=class_order) == ordered


def test_a_choice_that_understands_nothing_is_shown_as_the_choice():
    text = "k,n\n" + "".join(f"k{i},{i * i % 7}\n" for i in range(20))
    [found, _] = open_table(text.encode(), "own.csv", kinds={"k": "number"}).columns
    assert (found.kind, found.n_understood, found.n_filled) == ("number", 0, 20)
    assert found.reason == "you chose it, but not one of its cells is understood so"
    assert found.left_out == "not one of its cells is understood so" and found.not_understood == ["k0", "k1", "k2"]


def test_a_constant_is_named_as_it_was_written():
    text = "at,n\n" + "".join(f"12:30,{i * i % 7}\n" for i in range(20))
    [found, _] = open_table(text.encode(), "own.csv").columns
    assert found.reason == found.left_out == "it is constant: every row has the same value"


def test_one_value_is_said_as_one():
    [x, y] = describe_columns(pd.DataFrame({"x": ["a", None] * 10, "y": ["a", "b"] * 10}))
    assert (x.reason, y.reason) == ("1 different value", "2 different values")

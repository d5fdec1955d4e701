"""A newer file of a few rows is read with the signs that the table shows, and not by what its rows show alone."""

import numpy as np
import pandas as pd
import pytest

from dami.tables.appended_rows import append_rows
from dami.tables.coded import coded
from dami.tables.encoding import Encoder
from dami.tables.kinds import glance
from dami.tables.newer_files import read_alike
from dami.tables.reading import open_table
from dami.tables.table import Table


def csv(kinds: dict | None = None, **columns: list[str]) -> Table:
    return open_table(pd.DataFrame(columns).to_csv(index=False, sep="|").encode(), "own.csv", kinds=kinds)


DAYS = pd.date_range("2024-01-01", periods=40)


@pytest.mark.parametrize("form, day", [("%d/%m/%Y", "2024-04-03"), ("%m/%d/%Y", "2024-03-04")])
def test_dates(form: str, day: str) -> None:
    table = csv(when=DAYS.strftime(form).tolist(), y=["a", "b"] * 20)
    newer = csv(when=["03/04/2024", "05/06/2024", "soon"], y=["a", "b", "a"])
    found = read_alike(newer, table)
    assert found.frame["when"][0] == pd.Timestamp(day) and found.frame["when"].isna().tolist() == [False, False, True]
    assert found.texts("when").tolist() == ["03/04/2024", "05/06/2024", "soon"] and found.kinds == {}
    assert found.notes == ["In “when”, what is no date counts as missing (1 cell, such as “soon”)."]


@pytest.mark.parametrize(
    "cells, newer, expected",
    [
        (["1,5", "20,25", "7,125"] * 10, ["1,234", "n.d."], [1.234, np.nan]),
        (["1.234,5", "2.500", "7.125"] * 10, ["1.234", "2.500"], [1234, 2500]),
        (["1,234.5", "2,500", "7,125"] * 10, ["1,234", "9,999"], [1234, 9999]),
        (["1", "2", "3"] * 10, ["7", "n.d."], [7, np.nan]),
    ],
)
def test_numbers(cells: list[str], newer: list[str], expected: list[float]) -> None:
    found = read_alike(csv(x=newer, y=["a", "b"]), csv(x=cells, y=["a", "b"] * 15))
    np.testing.assert_equal(found.frame["x"].tolist(), expected)
    assert found.texts("x").tolist() == newer


def test_what_is_another_column_of_the_same_name_stays_as_it_is() -> None:
    table = csv(x=["1,5", "20,25", "7,125"] * 10, y=["a", "b"] * 15)
    for newer in (csv(x=["red", "blue", "7"], y=["a"] * 3), csv(z=["1,234", "2"], y=["a", "b"])):
        pd.testing.assert_frame_equal(read_alike(newer, table).frame, newer.frame)


def test_what_a_person_has_said_goes_along() -> None:
    table = csv({"x": "date, month first", "y": "out"}, x=["01/02/2024", "03/04/2024"], y=["1", "2"])
    found = read_alike(csv(x=["05/06/2024"], z=["1"]), table)
    assert found.frame["x"].tolist() == [pd.Timestamp(2024, 5, 6)] and found.kinds == {"x": "date, month first"}


@pytest.mark.parametrize(
    "agree", [["always", "never", "", "5", "2", "rarely"], ["5.0", "1", "", "always", "2", "rarely"]]
)
def test_labels_and_codes_of_another_format_are_those_of_the_table(agree: list[str]) -> None:
    codes = [1.0, 5.0, 3.0, None, 5.0]
    written = coded(codes, {1: "never", 3: "at times", 5: "always"})
    table = Table(pd.DataFrame({"agree": [None] * 5, "key": range(5)})).with_cells("agree", written)
    found = read_alike(csv(agree=agree, key=list("56789a")), table)
    assert found.texts("agree").tolist() == ["always", "never", "", "always", "2", "rarely"]
    grown = append_rows(table, found, "key")
    whole = table.appended(grown.frame, found, grown.taken)
    assert whole.exact("agree").type == written.type
    assert whole.texts("agree").tolist()[:5] == ["never", "always", "at times", "", "always"]
    numbers = whole.with_kinds({"agree": "number"}).frame["agree"]
    np.testing.assert_equal(numbers.tolist(), [1, 5, 3, np.nan, 5, 5, 1, np.nan, 5, 2, np.nan])
    assert table.with_kinds({"agree": "number"}).frame["agree"].equals(numbers[:5])
    as_number = read_alike(csv(agree=agree, key=list("56789a")), table.with_kinds({"agree": "number"}))
    np.testing.assert_equal(as_number.frame["agree"].tolist(), numbers[5:].tolist())


def test_an_order_that_the_newer_cells_contradict_is_said() -> None:
    table = csv(when=["02/13/2024", "01/02/2024", "03/14/2024"], y=["a", "b", "a"])
    found = read_alike(csv(when=["13/02/2024", "14/03/2024", "01/02/2024"], y=["a", "b", "a"]), table)
    assert found.frame["when"][2] == pd.Timestamp(2024, 2, 1)
    assert found.notes == [
        "In “when”, the dates were read by another rule than before (day first, not month first), which these cells "
        "need (2 cells, such as “13/02/2024”)."
    ]


def test_an_encoder_reads_new_rows_as_its_table_was_read() -> None:
    months = [f"0{k % 6 + 1}/{k % 20 + 9:02}/2024" for k in range(30)]
    sums = [f"1.{k},50" for k in range(100, 130)]
    table = csv(when=months, sum=sums, y=["a", "b"] * 15)
    encoder = Encoder.from_bytes(Encoder().fit(table).to_bytes())
    assert encoder.readings_ == {"when": "date, month first", "sum": "number, decimal comma"}
    new = csv(when=["01/02/2024", "03/04/2024"], sum=["1.234", "2.500"], y=["a", "b"])
    found = encoder.read(new)
    np.testing.assert_array_equal(encoder.transform(new), encoder.transform(found.frame))
    assert found.frame["when"].tolist() == [pd.Timestamp(2024, 1, 2), pd.Timestamp(2024, 3, 4)]
    assert found.frame["sum"].tolist() == [1234, 2500]
    texts = pd.DataFrame({"x": ["1,5", "1,234", "20,25", "7"] * 5})  # a frame of texts shows its sign itself
    own = Encoder().fit(texts)
    mixed = pd.DataFrame({"x": ["1,5", "7", "8", "9"] * 5})
    of_all, of_sample = Encoder().fit(mixed), Encoder().fit_sample({"x": glance(mixed["x"], "x")}, mixed)
    assert of_all.readings_ == of_sample.readings_ == {"x": "number, decimal comma"}
    np.testing.assert_array_equal(own.transform(texts.iloc[[1]]), own.transform(texts)[1:2])

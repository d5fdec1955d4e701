"""A newer file of a few rows is read with the signs that the table shows, and not by what its rows show alone."""

import numpy as np
import pandas as pd
import pytest

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

"""The cells of a column that were understood, counted by hand."""

import pandas as pd
import pytest

from dami.tables import understood as module
from dami.tables.kinds import glance
from dami.tables.reading import open_table
from dami.tables.table import Table


def understood(table, name):
    seen = glance(table.frame[name], name, table.kinds.get(name))
    return module.understood(table.frame[name], table.originals.get(name), seen)


NUMBERS = [f"{i / 4:.2f}".replace(".", ",") for i in range(195)]


def table(**columns: list[str]) -> Table:
    return open_table(pd.DataFrame(columns).to_csv(index=False, sep=";").encode(), "own.csv")


def test_what_is_no_number_is_counted_once_and_shown_as_it_was_written() -> None:
    cells = [*NUMBERS[:100], "<0,05", "n.d.", "<0,05", *NUMBERS[100:], "", "NA", "?"]
    assert understood(table(x=cells, y=["a", "b"] * 100 + ["c"]), "x") == (195, 198, ["<0,05", "n.d."])


def test_three_examples_at_most() -> None:
    cells = [*NUMBERS, "ask", "ask me", "ask him", "ask her"]
    assert understood(table(x=cells), "x") == (195, 199, ["ask", "ask me", "ask him"])


def test_few_numbers_with_a_word_stay_text_to_the_model_too() -> None:
    cells = ["1", "2", "3"] * 20 + [">3"]
    found = table(x=cells, y=cells)
    assert found.frame["x"].tolist() == cells
    assert understood(found, "x") == (61, 61, [])


@pytest.mark.parametrize(
    "cells",
    [
        ["red", "blue", "NA", ""] * 5,
        ["unknown", "red", "blue"] * 5,
        ["31.01.2024", "", "-"] * 5,
        ["yes", "no", ""] * 5,
        ["12:30", "9:05", "?"] * 5,
        ["$5", "$6.50", "n/a"] * 5,
        ["True", "False", "None"] * 5,
        ["", "NA", ""] * 5,
        ["5", "5", "5"] * 5,
    ],
)
def test_what_means_missing_is_no_fault(cells: list[str]) -> None:
    found = table(x=cells, y=[str(i) for i in range(len(cells))])
    n_read, n_filled, examples = understood(found, "x")
    assert n_read == n_filled == found.frame["x"].notna().sum() and examples == []


def test_a_kind_that_a_person_chose() -> None:
    found = table(x=["12", "13", "soon", "never"] * 5, y=["a", "b", "c", "d"] * 5)
    assert understood(found, "x") == (20, 20, [])
    assert understood(found.with_kinds({"x": "number"}), "x") == (10, 20, ["soon", "never"])


def test_values_without_cells_of_their_own() -> None:
    assert understood(Table(pd.DataFrame({"x": [1.5, None, 3.0]})), "x") == (2, 2, [])

"""A column of texts that is nearly all numbers or dates is told so, once; codes, names and free text are not."""

import pandas as pd
import pytest

from dami.tables.columns import describe_columns
from dami.tables.reading import open_table
from dami.tables.table import Table

MANY = [f"{k * 1.25:.2f}" for k in range(27)]


def table(cells: list[str]) -> Table:
    frame = pd.DataFrame({"x": cells, "y": ["a", "b"] * (len(cells) // 2) + ["a"] * (len(cells) % 2)})
    return open_table(frame.to_csv(index=False, sep="|").encode(), "own.csv")


TOLD = {
    "three words of thirty": (
        [*MANY, "a", "b", "c"],
        "27 of 30 cells are numbers; not: “a”, “b”, “c”. Call it a number if these are to count as missing.",
    ),
    "four of thirty": (
        [*MANY[1:], "a", "b", "c", "d"],
        "26 of 30 cells are numbers; not: “a”, “b”, “c”, …. Call it a number if these are to count as missing.",
    ),
    "a word among grades": (
        [*"12345"] * 6 + ["other"],
        "30 of 31 cells are numbers; not: “other”. Call it a number if this is to count as missing.",
    ),
    "beside what means missing": (
        [*MANY, "soon", "NA", "?", "later"],
        "27 of 29 cells are numbers; not: “soon”, “later”. Call it a number if these are to count as missing.",
    ),
    "days and months first": (
        ["13.02.2024", "02/25/2024"] * 10,
        "20 of 20 cells are dates, written in several ways, such as “13.02.2024” and “02/25/2024”. Call it a date.",
    ),
    "days and months first in one form": (
        [f"{day}/02/2024" for day in range(1, 29)] + ["02/25/2024", "03/30/2024"],
        "28 of 30 cells are dates; others are written in another way, such as “1/02/2024” and “02/25/2024”. Call it a "
        "date if these are to count as missing.",
    ),
    "dates and words": (
        [f"{day}.02.2024" for day in range(1, 28)] + ["soon", "later", "never"],
        "27 of 30 cells are dates; not: “soon”, “later”, “never”. Call it a date if these are to count as missing.",
    ),
    "percents beside shares": (
        ["3%", "5 %", "7%", "8%"] * 5 + ["0.09", "0.2", "0.11"] * 3,
        "20 of 29 cells are numbers; others are written in another way, such as “3%” and “0.09”. Call it a number if "
        "these are to count as missing.",
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_nearly_a_number_or_a_date_is_told_and_the_choice_does_what_is_said(name: str) -> None:
    cells, sentence = TOLD[name]
    found = table(cells)
    assert found.columns[0].nearly == sentence
    assert describe_columns(found.frame)[0].nearly == sentence  # and so in a bare frame
    chosen = found.with_kinds({"x": "date" if "dates" in sentence else "number"})
    read, _, filled, *_ = sentence.split()
    [x, _] = chosen.columns
    assert (x.n_understood, x.n_filled, x.nearly) == (int(read), int(filled), None)
    assert chosen.texts("x").tolist() == cells


@pytest.mark.parametrize(
    "cells",
    [
        [*MANY[:22], *"abcdefgh"],  # fewer than four fifths
        [*"01"] * 9 + ["maybe"],  # two numbers are classes
        [*MANY, "<0.05"],  # a number already
        ["007", "012", "113", "x"] * 8,
        ["85123", "22423", "85123A", "21212", "POST", "20725"] * 6,
        ["12", "13", "14", "15", "12a"] * 8,
        ["+4930555000", "+4930555037", "12", "13", "14", "x"] * 4,
        ["1E1", "2310000E10", "12E2", "5E3", "x"] * 5,
        [f"{10**18 + k}" for k in range(25)] + ["x"],
        ["Room 12", "Room 13", "Hall"] * 8,
        [f"took {k} pills on day {k + 1}" for k in range(30)],
        ["5-10", "10-15", "15-20", "over 20"] * 8,
        ["1.2.3", "1.2.4", "2.0.1"] * 8,
        ["red", "green", "blue"] * 9,
        ["01/02/2024", "03/04/2024"] * 8,  # asked about in another way
    ],
)
def test_nothing_is_told_of_codes_names_and_texts(cells: list[str]) -> None:
    assert table(cells).columns[0].nearly is None

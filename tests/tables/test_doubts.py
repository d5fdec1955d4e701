"""What a newer file leaves open beside its table is asked; what its cells or a plain number tell is not."""

import io

import pandas as pd
import pytest

from dami.tables.appended_rows import append_rows
from dami.tables.doubts import doubts
from dami.tables.newer_files import read_alike
from dami.tables.reading import open_table
from dami.tables.table import Table

DAYS = pd.date_range("2024-01-01", periods=20)
DATE, NUMBER = ("date, day first", "date, month first"), ("number, decimal comma", "number, decimal point")
OWN = {
    "ISO": DAYS.strftime("%Y-%m-%d").tolist(),
    "day first": DAYS.strftime("%d/%m/%Y").tolist(),
    "whole": [f"{k}" for k in range(20)],
    "comma": [f"{k},5" for k in range(20)],
    "point": [f"{k}.5" for k in range(20)],
    "texts": [f"0{k % 9 + 1}/0{k % 7 + 1}/2024" for k in range(20)],
}


def csv(x: list[str], kinds: dict | None = None) -> Table:
    cells = pd.DataFrame({"key": [f"{x[0]} {k}" for k in range(len(x))], "x": x})
    return open_table(cells.to_csv(index=False, sep="|").encode(), "own.csv", kinds=kinds)


ASKED = {  # of which table, cells of a newer file, what they mean by the table (None: they are missing), the choices
    "dates": ("ISO", ["03/04/2024", "", "05/06/2024"], None, DATE),
    "dates as in the table": ("day first", ["03/04/2024"], DATE[0], DATE),
    "a comma": ("whole", ["1,234", "n.d."], None, NUMBER),
    "a comma as in the table": ("comma", ["1,234"], NUMBER[0], NUMBER),
    "a point as in the table": ("comma", ["1.234", "2.345"], NUMBER[0], NUMBER),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_doubt_is_asked_and_the_answer_holds(name: str) -> None:
    own, cells, holds, choices = ASKED[name]
    table = csv(OWN[own])
    [doubt] = doubts(read_alike(csv(cells), table), table)
    assert (doubt.column, doubt.question.example) == ("x", cells[0])
    assert (doubt.holds, tuple(doubt.question.meanings)) == (holds, choices)
    means = {
        DATE: (pd.Timestamp("2024-04-03"), pd.Timestamp("2024-03-04")),
        NUMBER: (1234, 1.234) if "." in cells[0] else (1.234, 1234),
    }
    for choice, value in zip(choices, means[choices], strict=True):
        newer = read_alike(csv(cells, {"x": choice}), table)
        assert newer.frame["x"][0] == value
        assert not [note for note in newer.notes if "Say that it is" in note]
        [doubt] = doubts(newer, table)
        assert doubt.holds == choice


@pytest.mark.parametrize(
    "own, cells",
    [
        *[("ISO", ["03/04/2024", "25/06/2024"]), ("day first", ["03/04/2024", "05/25/2024"]), ("ISO", ["2024-03-04"])],
        *[("whole", ["1.234"]), ("point", ["1.234", "2.345"]), ("comma", ["1.234", "2,5"]), ("whole", ["12", "soon"])],
        ("whole", ["what", "a", "surprise", "1,234"]),
        *[("texts", ["03/04/2024"]), ("whole", [""])],
    ],
)
def test_nothing_is_asked_that_is_not_open(own: str, cells: list[str]) -> None:
    table = csv(OWN[own])
    newer = read_alike(csv([*cells, "" if len(cells) > 1 else cells[0]]), table)
    assert doubts(newer, table) == []
    assert not [note for note in newer.notes if "Say that it is" in note]  # it could not be answered


def test_what_another_column_of_the_file_shows_may_be_said_otherwise() -> None:
    table = csv(OWN["whole"])
    newer = open_table(b"key;x\nn1;1,234\nn2;2,345\n", "new.csv")  # no comma between values, so it is decimal
    [doubt] = doubts(read_alike(newer, table), table)
    assert doubt.holds == NUMBER[0]


def test_typed_cells_mean_themselves() -> None:
    book = io.BytesIO()
    pd.DataFrame({"key": ["n"], "x": [1.234]}).to_excel(book, index=False)
    table = csv(OWN["comma"])
    assert doubts(read_alike(open_table(book.getvalue(), "new.xlsx"), table), table) == []


def test_what_a_newer_file_writes_is_appended_as_it_stands_there() -> None:
    table = csv(OWN["comma"])
    newer = read_alike(csv(["1.234", "2.345"]), table)
    grown = append_rows(table, newer, "key")
    whole = table.appended(grown.frame, newer, grown.taken)
    assert whole.texts("x").tolist()[-3:] == ["19,5", "1.234", "2.345"]
    assert whole.frame["x"].tolist()[-3:] == [19.5, 1234, 2345]

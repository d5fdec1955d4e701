"""Rows around a table are recognised where the signs are clear, said, and come back; a row of data is never lost."""

import itertools

import pandas as pd
import pytest
from corpus import workbook
from hypothesis import given
from hypothesis import strategies as st

from dami.errors import TableError
from dami.tables.read_options import KINDS, ReadOptions
from dami.tables.reading import open_table
from dami.tables.table import Table

pytestmark = pytest.mark.usefixtures("workbooks_here")
SALES = "".join(f"I{k},{k % 4},{k * 1.5},{'ba'[k % 2]}\n" for k in range(12))
NAMES = "item,qty,price,label\n"
SHEET = [[f"P{k}", 100.5 + k, "ab"[k % 2]] for k in range(12)]
MEASURED = [[f"A{k}", 20 + k / 10, 1000 + k, "ok"] for k in range(12)]
UNITS = "temp,pressure,label\n°C,hPa,\n" + "".join(f"{20 + k / 10},{1000 + k},ok\n" for k in range(30))


def texts(rows: list[list[object]]) -> str:
    return "".join(",".join("" if value is None else str(value) for value in row) + "\n" for row in rows)


TITLED = [["Survey 2024", None, None], [None, None, None], ["plot", "height", "label"], [None, "cm", None], *SHEET]
TITLED += [[None, None, None], ["Mean", 106.0, None]]
DOUBLE = [["id", "Measured", None, "label"], [None, "temp", "press", None], *MEASURED]
FOUND = {  # file -> names, number of rows, and for each kind of row left out: first row, how many, a part of it
    "empty rows": (NAMES + SALES + ",,,\n" * 30, ["item", "qty", "price", "label"], 12, {"empty": (14, 30, "")}),
    "blanks in empty rows": (NAMES + SALES + " ,,\t,\n", ["item", "qty", "price", "label"], 12, {"empty": (14, 1, "")}),
    "a padded title": (
        "Sales report 2024,,,\n,,,\n" + NAMES + SALES,
        ["item", "qty", "price", "label"],
        12,
        {"title": (1, 2, "Sales report 2024")},
    ),
    "a title above numbers": (
        "Sales,,,\n" + NAMES + SALES,
        ["item", "qty", "price", "label"],
        12,
        {"title": (1, 1, "Sales")},
    ),
    "a short title": (
        "Report of May\n" + NAMES + SALES,
        ["item", "qty", "price", "label"],
        12,
        {"title": (1, 1, "May")},
    ),
    "a bank statement": (
        "Konto;DE12 3456\nZeitraum;01.01.2024 - 31.01.2024\n\nTag;Zweck;Betrag;Art\n"
        + "".join(f"{k:02}.01.2024;Miete {k};-{k},50;a\n" for k in range(1, 9)),
        ["Tag", "Zweck", "Betrag", "Art"],
        8,
        {"title": (1, 2, "Konto | DE12 3456")},
    ),
    "units": (UNITS, ["temp", "pressure", "label"], 30, {"units": (2, 1, "°C | hPa")}),
    "units in brackets": (
        UNITS.replace("°C,hPa,", "[µg/L],(m s-1),-"),
        ["temp", "pressure", "label"],
        30,
        {"units": (2, 1, "[µg/L] | (m s-1) | -")},
    ),
    "units above numbers that are not all known": (
        UNITS.replace("20.5", "<20").replace("20.7", "n.d."),
        ["temp", "pressure", "label"],
        30,
        {"units": (2, 1, "°C")},
    ),
    "units above numbers of which many could not be measured": (
        "temp,pressure,label\n°C,hPa,\n" + "".join(f"{'<LOD' if k % 3 else 20 + k},{1000 + k},ok\n" for k in range(20)),
        ["temp", "pressure", "label"],
        20,
        {"units": (2, 1, "°C | hPa")},
    ),
    "totals": (
        NAMES + SALES + "Total,18,99.0,\n",
        ["item", "qty", "price", "label"],
        12,
        {"totals": (14, 1, "Total | 18 | 99.0")},
    ),
    "totals and means": (
        NAMES + SALES + "Sum:,18,99.0,\nMean,1.50,8.25,\nMax,3,16.5,\n",
        ["item", "qty", "price", "label"],
        12,
        {"totals": (14, 3, "Sum: | 18 | 99.0 | Mean")},
    ),
    "totals with decimal commas": (
        "item;price;label\n" + "".join(f"I{k};1.{k}00,50;a\n" for k in range(6)) + "Summe;7.503,00;\n",
        ["item", "price", "label"],
        6,
        {"totals": (8, 1, "Summe | 7.503,00")},
    ),
    "a title, units, a total apart": (
        texts(TITLED),
        ["plot", "height", "label"],
        12,
        {"title": (1, 2, "Survey"), "units": (4, 1, "cm"), "totals": (18, 1, "Mean | 106.0"), "empty": (17, 1, "")},
    ),
    "units of counted germs": (
        UNITS.replace("°C,hPa,", "CFU/100mL,NTU,"),
        ["temp", "pressure", "label"],
        30,
        {"units": (2, 1, "CFU/100mL | NTU")},
    ),
    "a note below an empty row": (
        NAMES + SALES + ",,,\n* prices without VAT,,,\nSource: the shop,,,\n",
        ["item", "qty", "price", "label"],
        12,
        {"notes": (15, 2, "* prices without VAT"), "empty": (14, 1, "")},
    ),
    "two rows of names": (
        texts(DOUBLE),
        ["id", "Measured temp", "Measured press", "label"],
        12,
        {"header": (2, 1, "temp | press")},
    ),
    "two rows of names, then units": (
        texts([*DOUBLE[:2], [None, "°C", "hPa", None], *DOUBLE[2:]]),
        ["id", "Measured temp", "Measured press", "label"],
        12,
        {"header": (2, 1, "temp | press"), "units": (3, 1, "°C | hPa")},
    ),
}


def test_totals_above_a_note_are_left_out_and_a_choice_brings_the_note_back():
    text = (NAMES + SALES + "Total,18,99.0,\n,,,\n* prices without VAT,,,\n").encode()
    read = open_table(text, "own.csv")
    assert len(read) == 12
    assert [(rows.kind, rows.first) for rows in read.how.skipped] == [("notes", 16), ("empty", 15), ("totals", 14)]
    kept = open_table(text, "own.csv", options=ReadOptions(skip=[kind for kind in KINDS if kind != "notes"]))
    assert len(kept) == 15 and kept.written["item"].tolist()[-1] == "* prices without VAT"


def check(read: Table, names: list[str], n_rows: int, found: dict[str, tuple[int, int, str]]) -> None:
    assert list(read.frame.columns) == names and len(read) == n_rows
    assert {rows.kind: (rows.first, rows.n) for rows in read.how.skipped} == {
        kind: (first, n) for kind, (first, n, _) in found.items()
    }
    for rows in read.how.skipped:
        assert found[rows.kind][2] in " | ".join(filter(None, itertools.chain(*rows.cells)))
        assert rows.note in read.notes and str(rows.n + (rows.kind == "header")) in rows.note


@pytest.mark.parametrize("name", FOUND)
def test_rows_around_a_table_are_left_out_and_said(name):
    text, names, n_rows, found = FOUND[name]
    check(open_table(text.encode(), "own.csv"), names, n_rows, found)


@pytest.mark.parametrize(
    ("rows", "of"), [(TITLED, "a title, units, a total apart"), (DOUBLE, "two rows of names")], ids=["titled", "double"]
)
def test_a_sheet_is_read_as_the_same_text(rows, of):
    _, names, n_rows, found = FOUND[of]
    found = {kind: (first, n, part.replace("106.0", "106")) for kind, (first, n, part) in found.items()}
    read = open_table(workbook({"Sheet": rows}), "own.xlsx")
    check(read, names, n_rows, found)
    assert pd.api.types.is_numeric_dtype(read.frame.iloc[:, 1])


def test_rows_of_a_sheet_are_counted_from_its_first():
    rows = [[None] * 4, [None] * 4, *[[None, *row] for row in TITLED]]
    read = open_table(workbook({"Sheet": rows}), "own.xlsx")
    assert [(rows.kind, rows.first) for rows in read.how.skipped][:2] == [("title", 3), ("units", 6)]


@pytest.mark.parametrize("name", [name for name in FOUND if name not in ("a short title", "a bank statement")])
def test_every_row_comes_back_without_skipping(name):
    text = FOUND[name][0]
    read = open_table(text.encode(), "own.csv", options=ReadOptions(skip=()))
    assert read.how.skipped == ()
    lines = [line for line in text.replace("\t", " ").splitlines() if line]
    assert len(read) == len(lines) - 1
    sign = read.how.delimiter
    assert [[text.strip() for text in row] for row in read.written.to_numpy().tolist()] == [
        [text.strip() for text in line.split(sign)] for line in lines[1:]
    ]


def test_each_kind_is_skipped_by_itself():
    text = texts(TITLED)
    whole = len(open_table(text.encode(), "own.csv", options=ReadOptions(skip=())))
    for kind in KINDS:
        read = open_table(text.encode(), "own.csv", options=ReadOptions(skip=[kind]))
        assert {rows.kind for rows in read.how.skipped} <= {kind}
        assert len(read) == whole - sum(rows.n for rows in read.how.skipped)
    read = open_table(text.encode(), "own.csv", options=ReadOptions(skip=["title", "totals"]))
    assert read.written["height"].tolist()[0] == "cm" and read.written["height"].tolist()[-1] == ""


def test_a_title_that_no_choice_leaves_in_is_refused_in_words():
    with pytest.raises(TableError, match="line 1: the first line holds one value"):
        open_table(FOUND["a short title"][0].encode(), "own.csv", options=ReadOptions(skip=()))
    with pytest.raises(TableError, match="skip is a list of kinds of rows, of title"):
        ReadOptions(skip=["footer"])
    with pytest.raises(TableError, match="skip is a list"):
        ReadOptions(skip="title")


DATA = {  # tables of which each row below the first is data
    "a brand called Total": NAMES + SALES + "Total,3,1.5,a\n",
    "a brand called Total without a label": NAMES + SALES + "Total,3,1.5,\n",
    "a total of nothing": "brand,sold,label\n" + "".join(f"B{k},0,a\n" for k in range(8)) + "Total,0,\n",
    "a person called Max": "name,age,label\n" + "".join(f"N{k},{30 + k},a\n" for k in range(8)) + "Max,37,\n",
    "the letter n": "letter,place\n" + "".join(f"{chr(97 + k)},{k}\n" for k in range(14)),
    "a grade called average": "grade,points\nbad,1\ngood,3\naverage,2\n",
    "a word that begins like total": NAMES + SALES + "Totally,18,99.0,\n",
    "totals with words": NAMES + SALES + "Total,18,many,a\n",
    "a first row of missing values": "temp,pressure,label\nn.d.,n.d.,\n" + UNITS.split("\n", 2)[2],
    "a first row of one word": "temp,pressure,label\nbroken,,\n" + UNITS.split("\n", 2)[2],
    "a first row of one missing value": "temp,pressure,label\n-,,\n" + UNITS.split("\n", 2)[2],
    "a unit as a category": "sex,age,label\nm,,\n" + "".join(f"{'mf'[k % 2]},{20 + k},a\n" for k in range(9)),
    "a unit among words": "word,n,label\ncm,,\n" + "".join(f"w{k},{k},a\n" for k in range(9)),
    "a unit beside a number": "temp,pressure,label\n°C,1000,\n" + UNITS.split("\n", 2)[2],
    "a unit that comes again": UNITS + "°C,1,ok\n",
    "units of three rows": "temp,label\n°C,\n20,a\n21,b\n",
    "row names of pandas": ",a,b\n" + "".join(f"r{k},{k},{k}\n" for k in range(9)),
    "words under a missing name": ",name,city\n" + "".join(f"r{k},ann,rome\n" for k in range(9)),
    "a missing name above words and numbers": "id,,label\n" + "".join(f"r{k},{k},a\n" for k in range(9)),
    "a missing name above a first missing value": "id,,label\nr,n.d.,a\n" + "".join(f"r{k},n.d.,a\n" for k in range(9)),
    "one name and no others": "id,,,\n" + "".join(f"r{k},x{k},y,{k}\n" for k in range(9)),
    "one name above words": "id,,,\n" + "".join(f"r{k},x{k},y,z{k}\n" for k in range(9)),
    "a first row of one value": "name,score,label\nann,,\n" + "".join(f"n{k},{k},a\n" for k in range(9)),
    "empty rows inside": NAMES + SALES + ",,,\n" + SALES,
    "nothing but empty rows": "a,b\n,\n,\n",
    "gaps in one column": 'a\n1\n""\n3\n""\n',
    "an item of two words alone": NAMES + SALES + "Pear juice,,,\n",
    "one word apart": NAMES + SALES + ",,,\nPear,,,\n",
    "a number apart": NAMES + SALES + ",,,\n1 234,,,\n",
    "a row apart": NAMES + SALES + ",,,\nPear juice,3,,\n",
    "a text apart where rows hold two values": "text,label\n" + "a b,x\n" * 9 + ",\nc d,\n",
    "R's row names": "x,y\n" + "".join(f"r{k},{k},{k}\n" for k in range(9)),
    "a sentence in each row": "text\n" + "".join(f"One {k} two three.\n" for k in range(9)),
}


@pytest.mark.parametrize("name", DATA)
def test_a_row_that_may_be_data_stays(name):
    text = DATA[name]
    read = open_table(text.encode(), "own.csv")
    assert read.how.skipped == () and len(read) == text.count("\n") - 1


@pytest.mark.parametrize("name", [name for name in DATA if name != "R's row names" and name != "gaps in one column"])
def test_a_row_of_a_sheet_that_may_be_data_stays(name):
    def cell(text: str) -> object:
        try:
            return float(text)
        except ValueError:
            return text or None

    lines = DATA[name].splitlines()
    rows = [lines[0].split(","), *([cell(text) for text in line.split(",")] for line in lines[1:])]
    if name == "nothing but empty rows":
        return
    read = open_table(workbook({"Sheet": rows}), "own.xlsx")
    assert read.how.skipped == () and len(read) == len(rows) - 1


def test_sentences_with_commas_are_no_table_below_a_title():
    text = "text\n" + "Well, yes, fine.\n" * 4
    with pytest.raises(TableError, match="line 1"):
        open_table(text.encode(), "own.csv")
    assert len(open_table(text.encode(), "own.csv", options=ReadOptions(delimiter=""))) == 4


NUMBERS = st.integers(-50, 50).map(str) | st.sampled_from(["1.5", "2,25", "2024-01-31", "<0.05", "5 €", "n.d.", ""])
WORDS = st.sampled_from(["", "Total", "mean", "Max", "m", "°C", "cm", "n.d.", "-", "Report", "kg", "x"])


@given(st.lists(st.tuples(st.integers(0, 99), NUMBERS, WORDS, WORDS), min_size=1, max_size=12))
def test_no_row_that_has_a_name_of_its_own_is_ever_skipped(rows):
    cells = [["code", "amount", "kind", "label"], *[[f"r{n}", *rest] for n, *rest in rows]]
    data = pd.DataFrame(cells[1:], columns=cells[0]).to_csv(index=False).encode()
    read = open_table(data, "own.csv")
    assert read.how.skipped == () and read.written.to_numpy().tolist() == cells[1:]

"""Numbers are read as people write them; codes, phones and words stay as they are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.tables.column_values import as_numbers
from dami.tables.columns import describe_target
from dami.tables.encoding import Encoder
from dami.tables.kinds import glance, holds_numbers, kind_of
from dami.tables.new_rows import check_rows
from dami.tables.reading import open_table
from dami.tables.table import Table


def table(cells: list[str], others: list[str] | None = None) -> Table:
    """Cells as a file holds them in the column "x", beside a column of words."""
    frame = pd.DataFrame({"x": cells, "y": others or ["a", "b"] * (len(cells) // 2) + ["a"] * (len(cells) % 2)})
    return open_table(frame.to_csv(index=False, sep="|").encode(), "own.csv")


def read(cells: list[str]) -> list:
    values = table(cells).frame["x"]
    return [None if pd.isna(value) else value for value in values.tolist()]


MANY = [f"{value / 4:.2f}" for value in range(38)]

READ = {
    "a currency before": (["€5", "€ 1,000.50", "€-7.25"], [5, 1000.5, -7.25]),
    "a currency behind": (["5 €", "1.000,50 €", "-7,25€"], [5, 1000.5, -7.25]),
    "dollars": (["$5", "-$1,000.50", "$0.99"], [5, -1000.5, 0.99]),
    "letters": (["CHF 5.50", "CHF 1'000.75", "CHF 1’250.00"], [5.5, 1000.75, 1250]),
    "letters behind": (["5,50 zł", "1 000,75 zł", "12 zł"], [5.5, 1000.75, 12]),
    "crowns": (["5 kr.", "1 000 kr", "12 Kr"], [5, 1000, 12]),
    "a currency on some": (["5", "€6", "7.5"], [5, 6, 7.5]),
    "percent": (["5%", "7.5 %", "-100 %"], [5, 7.5, -100]),
    "brackets": (["(1,234.50)", "12.25", "(€ 3.00)"], [-1234.5, 12.25, -3]),
    "brackets and a currency": (["($1,234.50)", "$12.25", "$ (3.00)"], [-1234.5, 12.25, -3]),
    "the minus of typographers": (["−20", "17", "− 3"], [-20, 17, -3]),
    "an en dash": (["–20", "17", "€ –3"], [-20, 17, -3]),
    "no-break and thin spaces": (["1\u00a0234,5", "1\u202f234\u2009567,25", "7"], [1234.5, 1234567.25, 7]),
    "minus and missing": (["–", "17", "–3"], [None, 17, -3]),
    "a plus that is no phone": (["+1.2345678", "-3.5", "+12"], [1.2345678, -3.5, 12]),
    "powers of ten with a point": (["1.0E3", "2E1", "5"], [1000, 20, 5]),
}


@pytest.mark.parametrize("name", READ)
def test_numbers_as_people_write_them(name: str) -> None:
    cells, expected = READ[name]
    given_table = table(cells)
    assert read(cells) == expected
    assert given_table.texts("x").tolist() == cells  # and each cell stays as it was written


TEXTS = {
    "two currencies": ["$5", "€6", "$7"],
    "percent beside plain": ["5%", "0.05", "7%"],
    "phones with a plus": ["+4930555000", "+4930555037", "12"],
    "phones in parts": ["+49 30 555000", "+49 (30) 555-037", "+1 555 0100"],
    "phones in threes": ["601 100 200", "602 107 203", "603 114 206"],
    "codes with an E": ["1E1", "2310000E10", "12E2"],
    "leading zeros": ["007", "12", "013"],
    "leading zeros behind a currency": ["€007", "€12", "€13"],
    "numbering": ["(1)", "(2)", "(3)"],
    "ranges": ["5–10", "10–15", "15–20"],
    "another unit": ["5 kg", "6 kg", "7 kg"],
    "a word among few numbers": ["1", "2", "3", "on request"],
    "a limit among few numbers": [*"0123" * 9, ">3"],
    "a word among classes": [*"0123456789" * 9, "other"],
    "a word among codes": [*(str(100 + i) for i in range(60)), "other"],
    "many words among numbers": [*MANY, "ask", "ask me", "none of them"],
    "addresses": ["192.168.0.1", "10.0.0.1", "127.0.0.1"],
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_number_stays_text(name: str) -> None:
    assert read(TEXTS[name]) == TEXTS[name]


@pytest.mark.parametrize("cells", [cells for cells, _ in READ.values()] + list(TEXTS.values()))
def test_texts_of_a_frame_are_numbers_where_those_of_a_file_are(cells: list[str]) -> None:
    cells = cells * 5 if len(cells) < 30 else cells
    in_file = table(cells).frame["x"]
    is_number = in_file.dtype.kind in "if"
    bare = pd.Series(cells, dtype="str", name="x")
    assert holds_numbers(bare) == holds_numbers(in_file) == is_number
    assert (glance(bare, "x").kind == "number") == is_number
    if is_number:
        np.testing.assert_array_equal(as_numbers(bare), in_file)


def test_codes_of_a_target_are_classes_however_many_they_are() -> None:
    codes = [f"{k:03}" for k in range(30)] * 2
    grades = [*map(str, range(30)), "other"] * 2
    amounts = [f"{k / 4:.2f}" for k in range(60)]
    frame = pd.DataFrame({"codes": codes, "grades": grades[:60], "amounts": amounts})
    for given_table in (frame, open_table(frame.to_csv(index=False).encode(), "own.csv")):
        many = [describe_target(given_table, name).numeric_many for name in frame]
        assert many == [False, False, True]


@pytest.mark.parametrize("cells", [TEXTS["phones with a plus"], TEXTS["codes with an E"], TEXTS["leading zeros"]])
def test_codes_and_phones_are_no_numbers_to_the_model(cells: list[str]) -> None:
    assert kind_of(pd.Series(cells * 20, dtype="str"), "x") == ("category", None)


@pytest.mark.parametrize(
    "strange",
    [["<0,05"], [">100"], ["n.d."], ["<LOD"], ["on request"], ["<LOD", "n. d.", "> 12 mg/l"] * 8, ["n.b."] * 9],
)
@pytest.mark.parametrize("comma", [False, True])
def test_cells_that_are_no_number_are_missing_and_said(strange: list[str], comma: bool) -> None:
    cells = [cell.replace(".", ",") if comma else cell for cell in MANY]
    mixed = table([*cells[:20], *strange, *cells[20:]])
    values = mixed.frame["x"]
    assert values.isna().tolist() == [False] * 20 + [True] * len(strange) + [False] * 18
    assert values.dropna().tolist() == [value / 4 for value in range(38)]
    count = "1 cell" if len(strange) == 1 else f"{len(strange)} cells"
    assert any(f"“x”, what is no number counts as missing ({count}, such as “{strange[0]}”)" in n for n in mixed.notes)
    assert mixed.texts("x").tolist() == [*cells[:20], *strange, *cells[20:]]


@pytest.mark.parametrize("strange", [["<5"], ["n.d.", "<5"] * 4])
def test_whole_numbers_beside_what_could_not_be_measured(strange: list[str]) -> None:
    cells = [str(5 + k % 12) for k in range(48)]
    mixed = table([*cells, *strange])
    assert mixed.frame["x"].dropna().tolist() == [5 + k % 12 for k in range(48)]
    assert mixed.texts("x").tolist() == [*cells, *strange]


def test_a_row_of_a_column_whose_brackets_are_a_minus_needs_no_other() -> None:
    found = table([f"({k}.5)" if k % 2 else f"{k}.5" for k in range(40)]).frame
    encoder = Encoder().fit(found)
    one = pd.DataFrame({"x": ["(7.5)"], "y": "a"})
    np.testing.assert_array_equal(encoder.transform(one), encoder.transform(one.assign(x=-7.5)))


def test_every_change_is_said_with_a_count_and_an_example() -> None:
    notes = table(["(€ 1,234.50)", "€ 12.25", "3.5"]).notes
    assert any("“€” was read as a unit (2 cells, such as “(€ 1,234.50)”)" in note for note in notes)
    shown = [f"{k},5 €" for k in range(20)]
    assert all("such as “0,5 €”" in note for note in table(shown).notes) and len(table(shown).notes) == 2
    assert any("brackets were read as a minus (1 cell, such as “(€ 1,234.50)”)" in note for note in notes)


def test_a_unit_that_stands_alone_is_no_number() -> None:
    found = table([*MANY, "€"])
    assert found.frame["x"].isna().tolist() == [False] * 38 + [True]
    assert len(found.notes) == 1 and "(1 cell, such as “€”)" in found.notes[0]


STYLES = [("", ",", "."), ("", ".", ","), ("€ ", ",", "."), ("", "\u202f", ","), ("$", ",", "."), ("CHF ", "'", ".")]


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=20),
    st.sampled_from(STYLES),
    st.sampled_from(["-", "−", "–", "()"]),
    st.sampled_from(["", " %", " EUR"]),
)
def test_any_amount_in_any_style(cents: list[int], style: tuple[str, str, str], minus: str, behind: str) -> None:
    before, thousands, decimal = style
    behind = "" if before else behind

    def spelled(value: int) -> str:
        whole = f"{abs(value) / 100:,.2f}".translate({ord(","): thousands, ord("."): decimal})
        text = f"{before}{whole}{behind}"
        return text if value >= 0 else f"({text})" if minus == "()" else f"{minus}{text}"

    cells = [spelled(value) for value in [*cents, 12345]]
    assert table(cells).frame["x"].tolist() == pytest.approx([value / 100 for value in [*cents, 12345]], rel=1e-12)


def test_a_few_new_rows_are_read_as_the_column_they_belong_to() -> None:
    frame = table([f"{i / 4:.2f}".replace(".", ",") for i in range(40)]).frame
    newer = table(["5,25", "<0,05", "1,5"]).frame
    encoder = Encoder().fit(frame)
    expected = encoder.transform(newer.assign(x=[5.25, None, 1.5]))
    np.testing.assert_array_equal(encoder.transform(newer), expected)
    assert check_rows(encoder, newer) == ["In “x”, what is no number counts as missing (1 cell, such as “<0,05”)."]


# --- small files that people sent ------------------------------------------------------------------------------------


def csv(*lines: str, delimiter: str = ",") -> Table:
    return open_table("\n".join(line.replace("|", delimiter) for line in lines).encode(), "given.csv")


@pytest.mark.parametrize("decimal, delimiter", [(",", ";"), (".", ",")])
def test_a_value_below_the_limit_of_detection(decimal: str, delimiter: str) -> None:
    nitrate = [(i * 529) % 1314 / 100 for i in range(40)]
    cells = [f"{value:.2f}" if i != 11 else "<0.05" for i, value in enumerate(nitrate)]
    lines = [f"P{i:02}|{cell}|{6 + i % 17 / 10:.1f}|ok".replace(".", decimal) for i, cell in enumerate(cells)]
    given_table = csv("probe|nitrate|ph|class", *lines, delimiter=delimiter)
    values = given_table.frame["nitrate"]
    assert np.flatnonzero(values.isna()).tolist() == [11]
    assert values.drop(11).tolist() == [value for i, value in enumerate(nitrate) if i != 11]
    assert given_table.texts("nitrate")[11] == f"<0{decimal}05"
    assert (
        kind_of(values, "nitrate") == ("number", None)
        and "nitrate is missing" in Encoder().fit(given_table.frame).feature_names_out_.tolist()
    )


def test_amounts_with_thousands() -> None:
    prices = [1000.5 + 731 * i for i in range(40)]
    cells = [f'"{price:,.2f}"' if i != 4 else "on request" for i, price in enumerate(prices)]
    given_table = csv("item,price,class", *[f"I{i % 6},{cell},lo" for i, cell in enumerate(cells)])
    assert given_table.frame["price"].drop(4).tolist() == [price for i, price in enumerate(prices) if i != 4]
    assert np.isnan(given_table.frame["price"][4]) and given_table.texts("price")[4] == "on request"
    assert given_table.texts("price")[0] == "1,000.50"


def test_the_minus_of_typographers_in_a_file() -> None:
    degrees = [-20 + (37 * i) % 90 for i in range(40)]
    given_table = csv("place,temp,class", *[f"S{i % 6},{d},lo".replace("-", "−") for i, d in enumerate(degrees)])
    assert given_table.frame["temp"].tolist() == degrees and given_table.texts("temp")[0] == "−20"


def test_phones_and_codes_in_a_file() -> None:
    lines = [
        f"+{4930555000 + 37 * i},{601 + i} {100 + 7 * i} {200 + 3 * i},{i % 12 + 1}E{i // 12 + 1}" for i in range(24)
    ]
    lines = [f"{line},{2310000 + 11 * i}E{10 + i % 4},{i % 4}" for i, line in enumerate(lines)]
    given_table = csv("phone,mobile,well,sku,dose", *lines)
    assert [str(given_table.frame[name].dtype) for name in given_table.frame] == ["str"] * 4 + ["int64"]
    assert given_table.texts("phone")[0] == "+4930555000" and given_table.texts("mobile")[0] == "601 100 200"
    assert [kind_of(given_table.frame[name], name)[0] for name in given_table.frame] == ["text"] * 4 + ["number"]
    assert not any(column.left_out for column in given_table.columns)


@pytest.mark.parametrize("zero, sign", [("0", "."), ("0", ","), ("", ".")])
def test_three_decimals_behind_a_zero_are_a_fraction(zero, sign):
    cells = [f"{zero}{sign}{k * 7 + 101}" for k in range(100)] + ["<0.05"] * 3 + ["n.d."] * 2 + ["abc"]
    found = open_table(pd.DataFrame({"x": cells, "y": cells[::-1]}).to_csv(index=False, sep="|").encode(), "own.csv")
    assert found.frame["x"].isna().sum() == 6 and found.frame["x"][0] == 0.101
    [x, _] = found.columns
    assert (x.kind, x.n_understood, x.n_filled) == ("number", 100, 106)

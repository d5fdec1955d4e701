"""A person says what a column is: its meaning changes, what was written stays, and the encoder follows."""

import numpy as np
import pandas as pd
import pytest

from dami.errors import TableError
from dami.tables import standalone_encoder
from dami.tables.encoding import Encoder
from dami.tables.encoding_json import describe_encoder
from dami.tables.new_rows import check_rows
from dami.tables.newer_files import read_alike
from dami.tables.reading import open_table, read_table
from dami.tables.table import Table

TEXT = b"""zip,price,day,code,when
10115,12,31.01.2024,1,1/2/2024
20095,<0.05,01.02.2024,2,2/3/2024
10115,n.d.,soon,1,3/4/2024
80331,7.5,28.02.2024,3,4/5/2024
50667,8,,2,5/6/2024
"""


def test_the_meaning_changes_and_what_was_written_stays():
    read = open_table(TEXT, "own.csv")
    chosen = {"zip": "category", "price": "number", "day": "date", "code": "out", "when": "date"}
    other = read.with_kinds(chosen)
    pd.testing.assert_frame_equal(other.written, read.written)
    assert other.frame["zip"].tolist() == ["10115", "20095", "10115", "80331", "50667"]
    np.testing.assert_equal(other.frame["price"].tolist(), [12, np.nan, np.nan, 7.5, 8])
    assert other.frame["day"].dropna().tolist() == [
        pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 1), pd.Timestamp(2024, 2, 28),
    ]  # fmt: skip
    assert other.frame["when"].tolist()[0] == pd.Timestamp(2024, 2, 1)  # the day first, where nothing tells
    assert other.kinds == {**chosen, "when": "date, day first"}  # so that newer files are read alike
    assert open_table(TEXT, "own.csv", kinds=chosen).frame.equals(other.frame)
    by_name = {column.name: column for column in other.columns}
    assert by_name["price"].kind == "number" and by_name["price"].reason == "you chose it"
    assert by_name["price"].understood == 0.6 and by_name["price"].n_filled == 5
    assert by_name["price"].not_understood == ["<0.05", "n.d."] and by_name["day"].not_understood == ["soon"]
    assert by_name["code"].kind == "out" and by_name["code"].left_out
    assert by_name["zip"].understood == 1 and by_name["zip"].not_understood == []


def test_choices_are_taken_back():
    read = open_table(TEXT, "own.csv")
    back = read.with_kinds({"zip": "category", "price": "number"}).with_kinds({"zip": None, "price": None})
    pd.testing.assert_frame_equal(back.frame, read.frame)
    assert back.kinds == {} and back.written.equals(read.written)
    assert [column.kind for column in back.columns] == [column.kind for column in read.columns]


def test_the_encoder_follows():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"zip": rng.choice([10, 20, 30], 60), "size": rng.normal(size=60), "note": rng.random(60)})
    by_rule = Encoder().fit(frame)
    assert list(by_rule.feature_names_out_) == ["zip", "zip (rank)", "size", "size (rank)", "note", "note (rank)"]
    chosen = Encoder(kinds={"zip": "category", "note": "out"}).fit(frame)
    assert list(chosen.feature_names_out_) == ["zip = 10", "zip = 20", "zip = 30", "size", "size (rank)"]
    assert chosen.left_out_ == {"note": "left out by you"} and chosen.kinds_ == {"zip": "category", "note": "out"}
    carried = frame.copy()
    carried.attrs["kinds"] = {"zip": "category", "note": "out"}
    np.testing.assert_array_equal(Encoder().fit(carried).transform(frame), chosen.transform(frame))
    again = Encoder.from_bytes(chosen.to_bytes())
    assert again.kinds_ == chosen.kinds_
    np.testing.assert_array_equal(again.transform(frame), chosen.transform(frame))


def test_a_sorted_column_of_numbers_is_let_in():
    frame = pd.DataFrame({"row": range(30), "x": np.random.default_rng(0).normal(size=30)})
    assert "row" not in Encoder().fit(frame).columns_of_
    assert "row" in Encoder(kinds={"row": "number"}).fit(frame).columns_of_


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ({"nope": "number"}, "no column “nope” to choose a kind for. The table has “zip”, “price”"),
        ({"zip": "colour"}, "cannot be read as 'colour'. The kinds are number"),
        ({"zip": "number, day first"}, "cannot be read as 'number, day first'.*“date, day first”"),
        ({"zip": "text, day first"}, "cannot be read as 'text, day first'"),
    ],
)
def test_what_cannot_be_chosen_is_said(kinds, message):
    with pytest.raises(TableError, match=message):
        open_table(TEXT, "own.csv", kinds=kinds)
    with pytest.raises(TableError, match=message):
        Encoder(kinds=kinds).fit(read_table(TEXT, "own.csv"))


def test_columns_of_typed_files_are_chosen_too(tmp_path):
    pd.DataFrame(
        {"zip": [10115, 20095, 10115], "day": pd.to_datetime(["2024-01-01"] * 3), "n": [1.5, 2, 3]}
    ).to_parquet(tmp_path / "own.parquet")
    read = open_table(tmp_path / "own.parquet")
    other = read.with_kinds({"zip": "category", "n": "category"})
    assert other.frame["zip"].tolist() == ["10115", "20095", "10115"] and str(other.exact("zip").type) == "int64"
    assert other.with_kinds({"zip": None, "n": None}).frame.equals(read.frame)


def test_lists_moments_with_zones_and_what_becomes_empty_end_in_no_traceback(tmp_path):
    pd.DataFrame({"tags": [["a"], ["b", "c"], None], "x": [1, 2, 3]}).to_parquet(tmp_path / "lists.parquet")
    read = open_table(tmp_path / "lists.parquet").with_kinds({"tags": "text"})
    assert read.frame["tags"].tolist()[:2] == ['["a"]', '["b", "c"]']
    text = b"at,word,x\n01/02/2024 10:00 +01:00,red,1\n03/04/2024 11:00 +02:00,blue,2\n"
    read = open_table(text, "own.csv").with_kinds({"at": "date", "word": "number"})
    assert read.frame["at"].tolist() == [pd.Timestamp(2024, 2, 1, 9), pd.Timestamp(2024, 4, 3, 9)]
    [word] = [column for column in read.columns if column.name == "word"]
    assert word.chosen and word.not_understood == ["red", "blue"]  # so that the choice can be taken back


# --- two readings ----------------------------------------------------------------------------------------------------

SLASHES = ["03/04/2024", "05/06/2024", "07/08/2024"] * 10


def column(cells, others=None, delimiter=";", **kinds):
    frame = pd.DataFrame({"x": cells, "y": others or [f"w{k % 4}" for k in range(len(cells))]})
    return open_table(frame.to_csv(index=False, sep=delimiter).encode(), "own.csv", kinds=kinds)


def test_a_person_says_whether_the_day_comes_first():
    for choice, day in (("date, day first", "2024-04-03"), ("date, month first", "2024-03-04")):
        found = column(SLASHES, x=choice)
        assert found.frame["x"][0] == pd.Timestamp(day) and found.kinds == {"x": choice}
        assert found.texts("x").tolist() == SLASHES
        frame = pd.DataFrame({"x": SLASHES})
        encoder = Encoder(kinds={"x": choice}).fit(frame)
        np.testing.assert_array_equal(encoder.transform(frame), Encoder().fit_transform(found.frame[["x"]]))


def test_what_the_cells_leave_open_is_asked_with_what_each_answer_means():
    [x, y] = column(SLASHES).columns
    assert x.question.example == "03/04/2024" and y.question is None
    assert x.question.meanings == {
        "date, day first": "3 April 2024 (day first)", "date, month first": "4 March 2024 (month first)",
    }  # fmt: skip
    [x, _] = column(["1,234", "2,500"], delimiter="|").columns
    assert x.question.meanings == {
        "number, decimal comma": "1.234 (decimal comma)", "number, decimal point": "1234 (decimal point)",
    }  # fmt: skip
    for told in (
        ["13/04/2024", *SLASHES],
        ["04/04/2024", "05/05/2024"],
        ["w1", "w2"],
        ["1.5", "2,5"],
        ["007", "1,234"],
    ):
        assert column(told).columns[0].question is None
    answered = column(SLASHES, x="date, month first")
    assert "cannot be told apart" in column(SLASHES).notes[0] and answered.notes == []
    [x, _] = answered.columns  # an answer can be changed
    assert x.chosen == "date, month first" and x.question.example == "03/04/2024"


@pytest.mark.parametrize("decimal, delimiter, expected", [(",", ";", 1.234), (".", ",", 1234)])
def test_a_chosen_number_is_read_as_the_rest_of_the_table(decimal, delimiter, expected):
    cells = ["1,234", "2,500", "17,125", "ask me"]
    others = [f"{k / 4:.2f}".replace(".", decimal) for k in range(4)]
    found = column(cells, others, delimiter, x="number")
    np.testing.assert_equal(found.frame["x"].tolist()[::3], [expected, np.nan])
    sign = "decimal comma" if decimal == "," else "decimal point"
    assert found.kinds == {"x": f"number, {sign}"}
    other = "decimal point" if decimal == "," else "decimal comma"
    assert found.with_kinds({"x": f"number, {other}"}).frame["x"][0] == (1234 if decimal == "," else 1.234)


@pytest.mark.parametrize("decimal, delimiter", [(",", ";"), (".", ",")])
def test_a_choice_that_is_taken_back_leaves_the_column_as_it_was_first_read(decimal, delimiter):
    read = column(["1,234", "2,500", "17,125"], [f"{k}{decimal}5" for k in range(3)], delimiter)
    back = read.with_kinds({"x": "category"}).with_kinds({"x": None})
    assert read.frame["x"].dtype.kind in "if" and back.frame.equals(read.frame)


@pytest.mark.parametrize("delimiter, cells, value", [(",", ["1,100", "2,250"], 1100), (";", ["1,100", "2,250"], 1.1)])
def test_a_stored_table_reads_its_numbers_again_though_the_delimiter_alone_told_how(delimiter, cells, value):
    read = column(cells * 10, delimiter=delimiter)
    stored = Table(read.frame, read.originals)  # the app's tables do not know how their file was read
    assert read.frame["x"][0] == value
    words = stored.with_kinds({"x": "category"})
    for again in (None, "number"):
        assert (
            Table(words.frame, words.originals).with_kinds({"x": again}).frame["x"].tolist() == read.frame["x"].tolist()
        )
    binned = stored.with_meaning("x", pd.Series(["low", "high"] * 10))
    assert binned.with_kinds({"x": "number"}).frame["x"].tolist() == read.frame["x"].tolist()


FORMS = ["%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%d.%m.%y %H:%M", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"]


DAYS = pd.DataFrame({"d": pd.date_range("2024-01-01", periods=60, freq="7D")})


@pytest.fixture(scope="module")
def of_days() -> np.ndarray:
    """The features of typed dates."""
    return Encoder().fit_transform(DAYS)


@pytest.mark.parametrize("form", FORMS)
def test_the_encoder_reads_dates_as_people_write_them(form, of_days):
    written = pd.DataFrame({"d": DAYS["d"].dt.strftime(form)})
    encoder = Encoder(kinds={"d": "date"}).fit(written)
    np.testing.assert_array_equal(encoder.transform(written), of_days)
    if form in FORMS[-3:-1]:  # a single row does not show its order; the encoder has learnt it
        np.testing.assert_array_equal(Encoder.from_bytes(encoder.to_bytes()).transform(written.iloc[[1]]), of_days[1:2])


def test_the_encoder_reads_numbers_by_the_sign_that_it_was_fitted_on():
    frame = pd.DataFrame({"x": ["1,5", "1,234", "20,25", "7"] * 5})
    encoder = Encoder(kinds={"x": "number"}).fit(frame)
    assert encoder.kinds_ == {"x": "number, decimal comma"}
    np.testing.assert_array_equal(encoder.transform(frame.iloc[[1]]), encoder.transform(frame)[1:2])
    crowns = pd.DataFrame({"x": ["5,50 kr.", "1.000 kr.", "7 kr."] * 5})
    assert Encoder(kinds={"x": "number"}).fit(crowns).kinds_ == {"x": "number, decimal comma"}
    points = pd.DataFrame({"x": ["1,234.5", "20,250", "7"] * 5})
    assert Encoder(kinds={"x": "number"}).fit(points).kinds_ == {"x": "number, decimal point"}
    assert Encoder(kinds={"x": "number"}).fit(points.replace({"x": {"1,234.5": "2.5", "20,250": "1.234"}})).kinds_ == {
        "x": "number"
    }


@pytest.mark.parametrize(
    "sign, cells, expected",
    [
        ("decimal point", ["3,5", "4.5", "1,234.5", "2,000", "1,23"], [np.nan, 4.5, 1234.5, 2000, np.nan]),
        ("decimal point", ["3,5", "4,25", "5,75", "6,5", "7,5"], [np.nan] * 5),
        ("decimal comma", ["3,5", "4.5", "1.234,5", "2.000", "0.143"], [3.5, np.nan, 1234.5, 2000, np.nan]),
        ("decimal comma", ["3,50 €", "2.000 €", "12.34 €", "€ 7", "-1.000,5"], [3.5, 2000, np.nan, 7, -1000.5]),
    ],
)
def test_a_sign_that_a_person_chose_is_obeyed(sign, cells, expected):
    found = column(cells, delimiter="|", x=f"number, {sign}")
    np.testing.assert_equal(found.frame["x"].tolist(), expected)
    assert found.texts("x").tolist() == cells and found.kinds == {"x": f"number, {sign}"}


def test_what_says_neither_yes_nor_no_is_missing():
    found = column(["yes", "no", "maybe", "YES"] * 5, x="yes/no")
    [x, _] = found.columns
    assert found.frame["x"].isna().tolist() == [False, False, True, False] * 5
    assert (x.kind, x.n_understood, x.n_filled, x.not_understood) == ("yes/no", 15, 20, ["maybe"])
    [x, _] = column(["ja", "nein", ""] * 5, x="yes/no").columns
    assert (x.n_understood, x.n_filled) == (10, 10)


def test_a_bare_frame_says_yes_and_no_as_a_table_does():
    cells = ["yes", "no", "maybe", "YES", None, "NA"] * 5
    frame, found = pd.DataFrame({"x": cells, "y": range(30)}), column(cells, list(range(30)), x="yes/no")
    encoder = Encoder(kinds={"x": "yes/no"}).fit(frame)
    assert encoder.feature_names_out_[encoder.columns_of_ == "x"].tolist() == ["x = no", "x = yes", "x is missing"]
    np.testing.assert_array_equal(encoder.transform(frame), Encoder().fit_transform(found.to_learn()))
    assert encoder.notes_ == ["In “x”, what says neither yes nor no counts as missing (5 cells, such as “maybe”)."]
    new = pd.DataFrame({"x": ["no", "perhaps", None], "y": [1, 2, 2]})  # two words, of which one is not the column's
    X = Encoder.from_bytes(encoder.to_bytes()).transform(new)
    np.testing.assert_array_equal(X[1], X[2])
    assert not np.array_equal(X[0], X[1])
    assert check_rows(encoder, new) == [
        "In “x”, what says neither yes nor no counts as missing (1 cell, such as “perhaps”)."
    ]
    np.testing.assert_allclose(standalone_encoder.encode(new, describe_encoder(encoder)), X, atol=2e-5)
    words = pd.DataFrame({"x": ["ja", "nein"] * 5})  # two words say one of them each
    alone = Encoder(kinds={"x": "yes/no"}).fit(words)
    assert alone.notes_ == [] and alone.feature_names_out_.tolist() == ["x = nein"]
    assert alone.transform(pd.DataFrame({"x": ["jein"]})).tolist() == [[0.0]]


@pytest.mark.parametrize(
    "yes, no",
    [
        *(("yes", "no"), ("ja", "nein"), ("j", "n"), ("oui", "non"), ("si", "no"), ("sí", "no"), ("sim", "não")),
        *(
            ("да", "нет"),
            ("on", "off"),
            ("true", "false"),
            ("wahr", "falsch"),
            ("vrai", "faux"),
            ("1", "0"),
            ("Y", "N"),
        ),
    ],
)
def test_yes_and_no_are_told_from_a_third_word_in_many_languages(yes, no):
    cells = [yes, no.upper(), f" {yes.title()} ", "hm", "unknown", "-"] * 5
    frame = pd.DataFrame({"x": cells, "y": range(30)})
    encoder = Encoder(kinds={"x": "yes/no"}).fit(frame)
    assert encoder.notes_ == ["In “x”, what says neither yes nor no counts as missing (5 cells, such as “hm”)."]
    X = encoder.transform(pd.DataFrame({"x": [yes, "TRUE", "Yes", no, "no ", "hm", None, "-"], "y": 1}))
    np.testing.assert_array_equal(X[:3], X[[0, 0, 0]])
    np.testing.assert_array_equal(X[3:5], X[[3, 3]])
    np.testing.assert_array_equal(X[5:], X[[5, 5, 5]])
    assert len(np.unique(X, axis=0)) == 3
    read = column(cells, list(range(30)), delimiter="|", x="yes/no")
    assert read.frame["x"].isna().tolist() == [False, False, False, True, True, True] * 5
    assert read.notes[-1] == encoder.notes_[0]
    [x, _] = read.columns
    assert (x.n_understood, x.n_filled, x.not_understood) == (15, 20, ["hm"])


@pytest.mark.parametrize("words", [("WAHR", "FALSCH"), ("VRAI", "FAUX"), ("ИСТИНА", "ЛОЖЬ"), ("true", "false")])
def test_true_and_false_of_a_sheet_in_another_language_are_those_of_a_typed_file(words: tuple[str, str]) -> None:
    typed = pd.DataFrame({"x": [True, False, True, False] * 3, "y": range(12)})
    text = typed.assign(x=typed["x"].map({True: words[0], False: words[1]}))
    for known, new in [(typed, text), (text, typed)]:
        encoder = Encoder().fit(known)
        np.testing.assert_array_equal(encoder.transform(new), encoder.transform(known))
        described = standalone_encoder.encode(new, describe_encoder(encoder))
        np.testing.assert_allclose(described, encoder.transform(known), atol=2e-5)


def test_texts_of_which_none_says_yes_or_no_stay_a_category_which_is_said():
    cells = ["red", "green", "blue"] * 10
    frame = pd.DataFrame({"x": cells, "y": range(30)})
    read = column(cells, list(range(30)), x="yes/no")
    said = ["In “x”, its texts do not say both yes and no, so the column stays a category (30 cells, such as “red”)."]
    encoder = Encoder(kinds={"x": "yes/no"}).fit(frame)
    assert read.notes == encoder.notes_ == said and "x" not in encoder.left_out_
    for one in (encoder, Encoder().fit(read)):
        assert [name for name in one.feature_names_out_ if "x" in name] == ["x = blue", "x = green", "x = red"]


def test_words_are_known_from_the_whole_column_and_not_from_the_sample(monkeypatch):
    frame = pd.DataFrame({"x": ["yes", "no"] * 20, "y": np.arange(40) * 1.5})
    frame.loc[39, "x"] = "maybe"
    monkeypatch.setattr("dami.tables.encoding.FIT_ROWS", 10)
    for seed in range(3):
        encoder = Encoder(kinds={"x": "yes/no"}, random_state=seed).fit(frame)
        assert encoder.words_ == {"x": ["no", "yes"]}
        assert encoder.notes_[0].startswith("In “x”, what says neither yes nor no counts as missing (1 cell")


def test_two_words_are_told_apart_whatever_they_are():
    for one, other in (("+", "-"), ("x", ""), ("yes", "true"), ("red", "blue")):
        frame = pd.DataFrame({"x": [one, other] * 10, "y": range(20)})
        encoder = Encoder(kinds={"x": "yes/no"}).fit(frame)
        X = encoder.transform(frame)[:, encoder.columns_of_ == "x"]
        assert encoder.notes_ == [] and not np.array_equal(X[0], X[1])


def test_the_notes_are_those_of_the_choice():
    read = column(["1,5", "2,25", "soon", "NA"] * 5 + ["7,5 €"], delimiter="|", x="number")
    assert read.notes[-1] == "In “x”, what is no number counts as missing (5 cells, such as “soon”)."
    commas = column([f"{k},5" for k in range(20)], delimiter="|")
    [note] = commas.notes
    assert "the comma was read as the decimal sign" in note
    words = commas.with_kinds({"x": "text"})
    assert words.notes == [] and words.with_kinds({"x": None}).notes == [note]
    mixed = open_table(b'[{"x": 1, "y": 2}, {"x": "a", "y": 3}, {"x": 2, "y": 4}]', "own.json")
    assert "“x” mixes numbers" in mixed.notes[0] and mixed.with_kinds({"y": "category"}).notes == mixed.notes
    numbers = mixed.with_kinds({"x": "number"})  # what the cells are is true of any kind
    lost = "In “x”, what is no number counts as missing (1 cell, such as “a”)."
    assert numbers.notes == [*mixed.notes, lost] and numbers.with_kinds({"x": None}).notes == mixed.notes
    unnamed = open_table(b"a,\n1,x\n2,y\n", "own.csv")  # its name is not what its cells were read as
    assert unnamed.with_kinds({"column 2": "text"}).notes == unnamed.notes != []
    maybe = column(["yes", "no", "maybe", ""] * 5, x="yes/no")
    assert maybe.notes == ["In “x”, what says neither yes nor no counts as missing (5 cells, such as “maybe”)."]


def test_numbers_that_are_called_dates() -> None:
    serials = [45000 + k for k in range(20)]  # as a spreadsheet counts days
    for table in (Table(pd.DataFrame({"q": serials})), open_table("\n".join(["q", *map(str, serials)]).encode())):
        said = table.with_kinds({"q": "date"})
        assert said.frame["q"].isna().all() and said.texts("q").tolist() == table.texts("q").tolist()
        assert said.notes == ["In “q”, what is no date counts as missing (20 cells, such as “45000”)."]
        assert said.columns[0].reason == "you chose it, but not one of its cells is understood so"
        assert said.with_kinds({"q": None}).frame["q"].tolist() == serials
    days = Table(pd.DataFrame({"q": [20240131.0, None, 20240201.0]})).with_kinds({"q": "date"})
    assert (
        days.frame["q"].tolist()[::2] == [pd.Timestamp("2024-01-31"), pd.Timestamp("2024-02-01")] and days.notes == []
    )


@pytest.mark.parametrize(
    "yes, no, other",
    [
        ("ja", "nee", "weet niet"),
        ("Ja", "Nej", "vet ej"),
        ("sì", "no", "non so"),
        ("tak", "nie", "nie wiem"),
        ("EVET", "HAYIR", "bilmiyorum"),
        ("ano", "ne", "nevím"),
        ("igen", "nem", "nem tudom"),
        ("ΝΑΙ", "όχι", "δεν ξέρω"),
        ("1.0", "0.0", "9"),
        ("+", "-", "?"),
    ],
)
def test_each_language_says_yes_and_no(yes: str, no: str, other: str) -> None:
    found = column([yes, no, other, yes] * 5, x="yes/no")
    assert found.frame["x"].isna().tolist() == [False, False, True, False] * 5
    what = "a sign" if other == "?" else "what says neither yes nor no"
    assert found.notes == [f"In “x”, {what} counts as missing (5 cells, such as “{other}”)."]


@pytest.mark.parametrize("cells", [["ja", "nix", "weiß nicht"], ["1", "2", "9"], ["nein", "hm", "später"]])
def test_words_that_say_only_yes_or_only_no_tell_nothing_of_others(cells: list[str]) -> None:
    found = column(cells * 5, x="yes/no")
    assert found.frame["x"].tolist() == cells * 5
    [note] = found.notes
    assert "its texts do not say both yes and no, so the column stays a category (15 cells" in note


def test_signs_beside_words_are_said_and_ones_with_a_point_are_ones() -> None:
    found = column(["yes", "no", "-", "?"] * 5, x="yes/no")
    assert found.frame["x"].isna().tolist() == [False, False, True, True] * 5
    assert found.notes == ["In “x”, a sign counts as missing (10 cells, such as “-”)."]
    for own, new in ((["1", "0"], ["1.0", "0.0", "yes"]), (["1.0", "0.0", ""], ["1", "0", "true"])):
        table = column(own * 5, x="yes/no")
        newer = read_alike(column(new), table)
        assert newer.frame["x"].notna().all() and newer.notes == []
        encoder = Encoder().fit(table)
        X = encoder.transform(column(new))[:, encoder.columns_of_ == "x"][:, 0]
        assert X[0] == X[2] != X[1]

"""A newer file of a few rows is read with the signs that the table shows, and not by what its rows show alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dami.errors import TableError
from dami.selection.learner import ActiveLearner
from dami.tables.appended_rows import append_rows
from dami.tables.coded import Codes, coded
from dami.tables.encoding import Encoder
from dami.tables.kinds import glance
from dami.tables.new_rows import check_rows
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
    assert found.frame["agree"].fillna("").tolist() == ["always", "never", "", "always", "2", "rarely"]
    assert found.texts("agree").tolist() == agree
    grown = append_rows(table, found, "key")
    whole = table.appended(grown.frame, found, grown.taken)
    assert whole.exact("agree").type == written.type
    assert whole.texts("agree").tolist()[:5] == ["never", "always", "at times", "", "always"]
    assert whole.texts("agree").tolist()[5:] == ["always", "never", "", "always", "2", "rarely"]
    numbers = whole.with_kinds({"agree": "number"}).frame["agree"]
    np.testing.assert_equal(numbers.tolist(), [1, 5, 3, np.nan, 5, 5, 1, np.nan, 5, 2, np.nan])
    assert table.with_kinds({"agree": "number"}).frame["agree"].equals(numbers[:5])
    as_number = read_alike(csv(agree=agree, key=list("56789a")), table.with_kinds({"agree": "number"}))
    np.testing.assert_equal(as_number.frame["agree"].tolist(), numbers[5:].tolist())


def survey(codes: list, labels: dict, **kinds: str) -> Table:
    """A table of a statistics program with a coded column q."""
    frame = pd.DataFrame({"q": [None] * len(codes), "key": range(len(codes))})
    return Table(frame).with_cells("q", coded(codes, labels)).with_kinds(kinds)


WRITTEN = ["1", "1.0", "07", "1234.50", "2000.00", "12345678901234567890", "nan", "m ", "", "NEVER", "x"]


@pytest.mark.parametrize("kind", [None, "category", "number"])
def test_cells_of_a_newer_file_are_given_back_as_they_were_written(kind: str | None) -> None:
    table = survey([1.0, 2.0, 7.0, 1.5], {1: "never", 2: "m", 7: "seven"}, **({"q": kind} if kind else {}))
    found = read_alike(csv(q=WRITTEN, key=[f"{k + 50}" for k in range(len(WRITTEN))]), table)
    assert found.texts("q").tolist() == WRITTEN
    grown = append_rows(table, found, "key")
    whole = table.appended(grown.frame, found, grown.taken)
    assert whole.exact("q").type == table.exact("q").type
    assert whole.texts("q").tolist() == [
        *("never", "m", "seven", "1.5"),
        *("never", "never", "seven", "1234.50", "2000.00", "12345678901234567890", "nan", "m", "", "never", "x"),
    ]
    codes = [1, 2, 7, 1.5, 1, 1, 7, 1234.5, 2000, np.nan, np.nan, 2, np.nan, 1, np.nan]
    np.testing.assert_equal(whole.with_kinds({"q": "number"}).frame["q"].tolist(), codes)
    if kind == "number":
        [note] = found.notes
        assert "what is no number counts as missing (1 cell, such as “x”)" in note
        codes[9] = 12345678901234567890  # in a few rows by themselves, it is a number
        np.testing.assert_allclose(found.frame["q"].astype(float), codes[4:])


def test_a_code_without_a_label_is_no_name_of_it() -> None:
    table = survey([99999.0, 1.5, 2.5, 3.5, 4.5], {99999: "refused"}, q="number")
    newer = csv(q=["1234.50", "2000.00", "99999"] * 5, key=[f"{k + 50}" for k in range(15)])
    found = read_alike(newer, table)
    np.testing.assert_equal(found.frame["q"].tolist()[:3], [1234.5, 2000, np.nan])
    grown = append_rows(table, found, "key")
    whole = table.appended(grown.frame, found, grown.taken).with_kinds({"q": "number"})
    np.testing.assert_equal(whole.frame["q"].tolist()[:8], [np.nan, 1.5, 2.5, 3.5, 4.5, 1234.5, 2000, np.nan])


def test_a_note_shows_the_cell_as_it_was_written() -> None:
    table = survey([31.5 + k for k in range(40)] + [99.0], {99: "refused"}, q="number")
    new, encoder = csv(q=["99", "33", "99.0", "40"], key=list("abcd")), Encoder().fit(table)
    said = ["In “q”, what is no number counts as missing (2 cells, such as “99”)."]
    for found in (read_alike(new, table), encoder.read(new)):
        np.testing.assert_equal(found.frame["q"].tolist(), [np.nan, 33, np.nan, 40])
        assert found.notes == said
    assert check_rows(encoder, pd.DataFrame({"q": [99, 33, 99.0, 40], "key": "a"})) == said


def test_the_table_decides_whether_a_number_is_a_code() -> None:
    table = survey([1, 5, 2, 5, 1, 3], {1: "never", 5: "always"}, q="number")
    for cells, expected in (
        (["1", "2", "3", "4"], [1, 2, 3, 4]),
        (["1.0", "5.0"], [1, 5]),
        (["Never", " ALWAYS ", "6"], [1, 5, 6]),
    ):
        assert read_alike(csv(q=cells, z=["a"] * len(cells)), table).frame["q"].tolist() == expected
    other = survey([1, 2, 3, 4], {4: "often"})  # few labels in another file of such a program
    assert read_alike(other, table).frame["q"].tolist() == [1, 2, 3, 4]
    few = survey([1, 2, 3, 4, 99], {99: "refused"}, q="number")
    np.testing.assert_equal(read_alike(survey([99, 99], {99: "refused"}), few).frame["q"].tolist(), [np.nan] * 2)


def test_a_label_may_be_its_code() -> None:
    table = survey([1, 2, 3, 4, 5], {1: "1 never", 2: "2", 3: "3", 4: "4", 5: "5 always"}, q="number")
    assert table.frame["q"].tolist() == [1, 2, 3, 4, 5]
    found = read_alike(csv(q=["1 never", "2.0", "5 always", "5"], z=list("abcd")), table)
    assert found.frame["q"].tolist() == [1, 2, 5, 5]


def test_labels_are_matched_by_case_where_one_alone_fits() -> None:
    codes = Codes.of(coded([1, 2, 3], {1: "Yes", 2: "yes", 3: " No "}).combine_chunks())
    assert [codes.code(text) for text in ("Yes", "yes", "YES", "no", "NO ", "3", "03", "maybe", "")] == [
        *("1", "2", None, "3", "3", "3", "3", None, None),
    ]
    letters = Codes.of(coded(["m", "f"], {"m": "male", "f": "female"}).combine_chunks())
    assert [letters.code(text) for text in ("M", "f ", "Female", "1")] == ["m", "f", "f", None]


def test_an_encoder_knows_the_codes_of_its_table() -> None:
    table = survey([1.0, 5.0, 3.0, 5.0, 2.0, 1.0], {1: "never", 3: "at times", 5: "always"})
    new = csv(q=["1", "5.0", "Never", "at times", "4"], key=list("12345"))
    for kind in (None, "number"):
        read = table.with_kinds({"q": kind})
        encoder = Encoder.from_bytes(Encoder().fit(read).to_bytes())
        found = encoder.read(new)
        pd.testing.assert_frame_equal(found.frame, read_alike(new, read).frame)
        assert found.texts("q").tolist() == new.texts("q").tolist()
        np.testing.assert_array_equal(encoder.transform(new), encoder.transform(read_alike(new, read)))


def test_a_bare_frame_may_hold_codes_or_labels() -> None:
    table = survey([1.0, 5.0, 3.0, 5.0, 2.0, 1.0] * 5, {1: "never", 3: "at times", 5: "always"})
    learner = ActiveLearner(random_state=0).fit(table.without("key"), ["a", "b", "a", "b", "b", "a"] * 5)
    labels, codes = pd.DataFrame({"q": ["never", "at times", "always"]}), pd.DataFrame({"q": [1, 3, 5]})
    encoder = learner.encoder_
    assert check_rows(encoder, codes) == check_rows(encoder, labels) == []
    assert len(check_rows(encoder, pd.DataFrame({"q": ["7"]}))) == 1
    expected = learner.predict_proba(labels)
    assert len(np.unique(expected[:, 0])) > 1
    for frame in (codes, codes.astype("float"), codes.astype("str"), labels.replace("always", " ALWAYS")):
        np.testing.assert_array_equal(learner.predict_proba(frame), expected)
    wide = pd.DataFrame([["never", "x"]], columns=["q", "q"])
    with pytest.raises(TableError, match="two columns called “q”"):
        encoder.transform(wide)


def test_words_of_yes_and_no_are_those_of_the_table() -> None:
    for yes, no in (("ja", "nein"), ("rot", "blau")):
        table = csv({"paid": "yes/no"}, paid=[yes, no] * 15, x=[f"{k}.5" for k in range(30)])
        new = csv(paid=[yes, no.upper(), f"{yes} ", "vielleicht"], x=["1", "2", "3", "4"])
        encoder = Encoder.from_bytes(Encoder().fit(table).to_bytes())
        for found in (read_alike(new, table), encoder.read(new)):
            assert found.frame["paid"].isna().tolist() == [False, False, False, True]
            assert found.texts("paid").tolist() == new.texts("paid").tolist()
            assert found.notes == [
                "In “paid”, what says neither yes nor no counts as missing (1 cell, such as “vielleicht”)."
            ]
        X = encoder.transform(new)[:, encoder.columns_of_ == "paid"][:, 0]
        assert X[0] == X[2] != X[1] and X[3] == 0


def test_new_rows_make_no_words_of_a_column_without_them() -> None:
    table = csv({"x": "yes/no"}, x=["red", "green", "blue"] * 10, y=["1.5", "2", "3"] * 10)
    new = csv(x=["red", "yes", "blue"], y=["1", "2", "3"])
    for found in (read_alike(new, table), Encoder().fit(table).read(new)):
        assert found.frame["x"].tolist() == ["red", "yes", "blue"]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_a_file_beside_coded_columns_is_written_as_it_was(suffix: str, tmp_path: Path) -> None:
    table = survey([1.0, 2.0, 7.0, 1.5], {1: "never", 2: "m", 7: "seven"})
    for cells in (WRITTEN, ["1", "2", "3"], ["1.5", "2.5", "7"]):
        new = csv(q=cells, z=["a"] * len(cells))
        new.write(tmp_path / f"own.{suffix}")
        read_alike(new, table).write(tmp_path / f"back.{suffix}")
        own, back = (open_table(tmp_path / f"{name}.{suffix}") for name in ("own", "back"))
        pd.testing.assert_frame_equal(own.written, back.written)
        assert own.exact("q").type == back.exact("q").type


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

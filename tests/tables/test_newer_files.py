"""A newer file of a few rows is read with the signs that the table shows, and not by what its rows show alone."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dami.errors import TableError
from dami.selection.learner import ActiveLearner
from dami.tables.appended_rows import append_rows
from dami.tables.coded import coded
from dami.tables.codes import Codes
from dami.tables.encoding import Encoder
from dami.tables.kinds import glance
from dami.tables.new_rows import check_rows
from dami.tables.newer_files import read_alike
from dami.tables.reading import open_table
from dami.tables.table import Table


def csv(kinds: dict | None = None, **columns: list[str]) -> Table:
    return open_table(pd.DataFrame(columns).to_csv(index=False, sep="|").encode(), "own.csv", kinds=kinds)


DAYS = pd.date_range("2024-01-01", periods=40)


@pytest.mark.parametrize(
    "form, day, order", [("%d/%m/%Y", "2024-04-03", "day first"), ("%m/%d/%Y", "2024-03-04", "month first")]
)
def test_dates(form: str, day: str, order: str) -> None:
    table = csv(when=DAYS.strftime(form).tolist(), y=["a", "b"] * 20)
    newer = csv(when=["03/04/2024", "05/06/2024", "soon"], y=["a", "b", "a"])
    found = read_alike(newer, table)
    assert found.frame["when"][0] == pd.Timestamp(day) and found.frame["when"].isna().tolist() == [False, False, True]
    assert found.texts("when").tolist() == ["03/04/2024", "05/06/2024", "soon"] and found.kinds == {}
    assert found.notes == [
        f"In “when”, the dates were read as in the table, {order} (2 cells, such as “03/04/2024”).",
        "In “when”, what is no date counts as missing (1 cell, such as “soon”).",
    ]


@pytest.mark.parametrize(
    "cells, newer, expected",
    [
        (["1,5", "20,25", "7,125"] * 10, ["1,234", "n.d."], [1.234, np.nan]),
        (["1.234,5", "2.500", "7.125"] * 10, ["1.234", "2.500"], [1234, 2500]),
        (["1,234.5", "2,500", "7,125"] * 10, ["1,234", "9,999"], [1234, 9999]),
        (["1.234,5", "2.500", "7.125"] * 10, ["1.234", "true"], [1234, np.nan]),
        (["1", "2", "3"] * 10, ["7", "n.d."], [7, np.nan]),
    ],
)
def test_numbers(cells: list[str], newer: list[str], expected: list[float]) -> None:
    found = read_alike(csv(x=newer, y=["a", "b"]), csv(x=cells, y=["a", "b"] * 15))
    np.testing.assert_equal(found.frame["x"].tolist(), expected)
    assert found.texts("x").tolist() == newer


@pytest.mark.parametrize(
    "cells, newer",
    [
        (["9'390", "7", "x-1", "12a"], ["9'390", "7"]),
        (["PT1H", "long", "short"], ["PT1H", "PT3H"]),
        (["31.01.2024", "soon", "late"], ["31.01.2024", ""]),
        (["1.234,50", "2.50", "7"], ["1.234,50", "3,25"]),
    ],
)
def test_texts_stay_as_written_whatever_a_few_new_ones_look_like(cells: list[str], newer: list[str]) -> None:
    key = [f"k{k}" for k in range(12)]
    table = csv(key=key, x=(cells * 12)[:12])
    assert isinstance(table.frame["x"].dtype, pd.StringDtype)
    found = read_alike(csv(key=["n1", "n2"], x=newer), table)
    grown = append_rows(table, found, "key")
    assert grown.frame["x"].fillna("").tolist()[12:] == newer and grown.notes == [] and found.notes == []


@pytest.mark.parametrize(
    "newer, expected",
    [(["TRUE", "1", "no"], ["yes", "yes", "no"]), (["TRUE", "FALSE", ""], ["yes", "no", ""]), (["1", "0", "1"], None)],
)
def test_appended_rows_say_yes_and_no_in_the_words_of_the_table(newer: list[str], expected: list[str] | None) -> None:
    key, said = [f"k{k}" for k in range(12)], ["yes", "no"] * 6
    table, new = csv(key=key, x=said, y=said), csv(key=["n1", "n2", "n3"], x=newer, y=newer)
    found = read_alike(new, table)
    grown = append_rows(table, found, "key", target="y")
    assert grown.frame["x"].fillna("").tolist()[12:] == (expected or ["yes", "no", "yes"])
    assert grown.frame["x"].nunique() == 2 and grown.frame["y"].nunique() > 2  # a label stays as it was typed
    assert table.appended(grown.frame, found, grown.taken).texts("x").tolist() == [*said, *newer]


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


SUMS = [f"{k},{k % 9}5" for k in range(30)]  # with a decimal comma
BY_COMMA = csv(q=SUMS, key=[f"a{k}" for k in range(30)])


def file(suffix: str, **columns: list) -> Table:
    """A table of a typed file."""
    data, frame = io.BytesIO(), pd.DataFrame(columns)
    if suffix == "json":
        return open_table(json.dumps(frame.astype(object).to_dict("records")).encode(), "own.json")
    frame.to_excel(data, index=False) if suffix == "xlsx" else frame.to_parquet(data, index=False)
    return open_table(data.getvalue(), f"own.{suffix}")


@pytest.mark.parametrize("suffix", ["xlsx", "parquet", "json"])
def test_a_typed_number_has_one_meaning(suffix: str) -> None:
    newer = file(suffix, q=[1.234, 2.345, 11.125], key=["x", "y", "z"])
    encoder = Encoder().fit(BY_COMMA)
    for found in (read_alike(newer, BY_COMMA), encoder.read(newer)):
        assert found.frame["q"].tolist() == [1.234, 2.345, 11.125] and found.notes == newer.notes
    np.testing.assert_array_equal(encoder.transform(newer), encoder.transform(newer.frame))
    grown = append_rows(BY_COMMA, newer, "key")
    whole = BY_COMMA.appended(grown.frame, newer, grown.taken)
    assert whole.texts("q").tolist()[-3:] == ["1,234", "2,345", "11,125"]  # among cells of that sign
    for again in (encoder.read(whole), whole.with_kinds({"q": "category"}).with_kinds({"q": "number"})):
        assert again.frame["q"].tolist() == whole.frame["q"].tolist() == grown.frame["q"].tolist()


def test_a_number_among_texts_of_a_typed_file_means_itself() -> None:
    for suffix in ("xlsx", "json"):
        newer = file(suffix, q=[1.234, "2,5", 11.125, "n.d."], key=list("wxyz"))
        found = read_alike(newer, BY_COMMA).frame["q"].tolist()
        np.testing.assert_equal(found, [1.234, 2.5, 11.125, np.nan])
    spelled = open_table(b'[{"q": 1.2340, "key": "x"}, {"q": 2.345, "key": "y"}]', "own.json")
    assert read_alike(spelled, BY_COMMA).frame["q"].tolist() == [1.234, 2.345]
    texts = file("xlsx", q=["1.234", "2.500"], key=["x", "y"])
    assert read_alike(texts, BY_COMMA).frame["q"].tolist() == [1234, 2500]


def test_texts_below_typed_numbers_change_none_of_them() -> None:
    table = file("parquet", q=[1.234 + k for k in range(30)], key=[f"a{k}" for k in range(30)])
    newer = csv(q=["2,5", "3,25"], key=["x", "y"])
    grown = append_rows(table, newer, "key")
    whole = table.appended(grown.frame, newer, grown.taken)
    assert Encoder().fit(whole).read(whole).frame["q"].tolist() == grown.frame["q"].tolist()


@pytest.mark.parametrize("days", [DAYS.strftime("%Y-%m-%d"), DAYS.strftime("%d.%m.%Y")])
@pytest.mark.parametrize("kinds", [None, {"when": "date"}])
def test_dates_of_which_nobody_can_tell_the_day_are_missing_and_said(days: pd.Index, kinds: dict | None) -> None:
    table = csv(kinds, when=days.tolist(), x=[f"{k * k % 7}" for k in range(40)])
    newer = csv(when=["03/04/2024", "05/06/2024", "2024-05-06"], x=["1", "2", "3"])
    encoder = Encoder.from_bytes(Encoder().fit(table).to_bytes())
    for found in (read_alike(newer, table), encoder.read(newer), encoder.read(read_alike(newer, table))):
        assert found.frame["when"].isna().tolist() == [True, True, False]
        assert found.texts("when").tolist() == newer.texts("when").tolist()
        assert found.notes == [
            "In “when”, dates of which day and month cannot be told apart count as missing (2 cells, such as "
            "“03/04/2024”). Say that it is a “date, day first” or a “date, month first”."
        ]
        assert found.with_kinds({"when": "date, month first"}).frame["when"][0] == pd.Timestamp("2024-03-04")
        np.testing.assert_array_equal(encoder.transform(newer), encoder.transform(found.frame))
    np.testing.assert_array_equal(encoder.transform(newer), encoder.transform(newer.written.astype({"x": int})))
    told = csv(when=["13/04/2024", "05/06/2024"], x=["1", "2"])  # which tells by itself
    assert encoder.read(told).frame["when"][1] == pd.Timestamp("2024-06-05")


def test_a_comma_that_nobody_can_tell_is_missing_and_said() -> None:
    table = csv(x=[str(k * 7 % 11) for k in range(30)], y=["a", "b"] * 15)
    newer = csv(x=["1,234", "2,500"], y=["a", "b"])
    for found in (read_alike(newer, table), Encoder().fit(table).read(newer)):
        assert found.frame["x"].isna().all() and found.texts("x").tolist() == ["1,234", "2,500"]
        [note] = found.notes
        assert "could be a decimal sign or a separator of thousands count as missing (2 cells" in note


@pytest.mark.parametrize(
    "cells, newer, choice, expected",
    [
        (["0.05", "101.15"], ["1.250", "2.500"], "number, decimal comma", [1250, 2500]),
        (["13/04/2024", "14/05/2024"], ["03/04/2024"], "date, month first", [pd.Timestamp("2024-03-04")]),
    ],
)
@pytest.mark.parametrize("is_said", [False, True])
def test_what_a_person_says_of_the_newer_file_stands(
    cells: list[str], newer: list[str], choice: str, expected: list, is_said: bool
) -> None:
    kind = choice.split(",")[0]
    table = csv({"q": kind} if is_said else None, q=cells * 10, z=["a", "b"] * 10)
    own = csv({"q": choice}, q=newer, z=["a"] * len(newer))
    encoder = Encoder().fit(table)
    for found in (read_alike(own, table), encoder.read(own), encoder.read(read_alike(own, table))):
        assert found.frame["q"].tolist() == expected
    other = csv({"q": "category"}, q=["0.5", "7.25"], z=["a", "b"])  # the kind is the table's
    assert kind == "date" or read_alike(other, table).frame["q"].tolist() == [0.5, 7.25]


def test_each_note_says_what_holds() -> None:
    newer = csv(q=["1,250", "2,500", "3,5x"], key=list("xyz"))
    comma = open_table(b'q,key\n"1,250",x\n"2,500",y\n', "new.csv")
    assert "separator of thousands" in comma.notes[0]
    found = read_alike(comma, BY_COMMA)
    assert found.frame["q"].tolist() == [1.25, 2.5]
    assert found.notes == [
        "In “q”, the numbers were read as in the table, with a decimal comma (2 cells, such as “1,250”)."
    ]
    points = read_alike(csv(q=["1.250", "2.500"], key=["x", "y"]), BY_COMMA)
    assert points.notes == [
        "In “q”, the numbers were read as in the table, with a decimal comma (2 cells, such as “1.250”)."
    ]
    against = read_alike(csv(q=["1.250", "3.5"], key=["x", "y"]), BY_COMMA)
    assert against.frame["q"].tolist() == [1.25, 3.5]
    assert against.notes == [
        "In “q”, the numbers were read by another rule than before (decimal point, not decimal comma), which these "
        "cells need (1 cell, such as “3.5”)."
    ]
    assert read_alike(newer, BY_COMMA).notes[-1].endswith("counts as missing (1 cell, such as “3,5x”).")
    own = csv(q=["0,5", "7,25"], key=["x", "y"])
    assert read_alike(own, BY_COMMA).notes == own.notes and "decimal sign" in own.notes[0]


def test_names_in_other_capitals_are_read_alike_too() -> None:
    table = csv({"paid": "yes/no"}, price=[f"1.{k},50" for k in range(100, 130)], paid=["ja", "nein"] * 15)
    newer = csv(Price=["1.250", "2.500", "7"], PAID=["JA", "weiß nicht", "nein"])
    encoder = Encoder().fit(table)
    for found in (read_alike(newer, table), encoder.read(newer)):
        assert found.frame["price"].tolist() == [1250, 2500, 7]
        assert found.frame["paid"].isna().tolist() == [False, True, False]
        assert [note[:11] for note in found.notes] == ["In “paid”, ", "In “price”,"]
        assert found.heads == ["Price", "PAID"]
    assert encoder.transform(newer).shape == (3, len(encoder.columns_of_))
    both = csv(Price=["1"], PRICE=["2"])  # nobody can tell which
    assert read_alike(both, table).heads == ["Price", "PRICE"] == list(read_alike(both, table).frame)


def test_what_was_said_of_a_column_goes_with_its_new_name() -> None:
    table = csv({"x": "number"}, x=["1.234,5", "2.500", "soon"], y=["a", "b", "c"]).with_answers("y", {"a": "one"})
    found = table.renamed({"x": "z", "y": "x"})
    assert found.kinds == {"z": "number, decimal comma"}
    assert found.frame.attrs["labels"] == {"x": {"a": "one"}} and found.readings([]) == {}
    assert found.notes == [note.replace("“x”", "“z”") for note in table.notes] != []
    again = found.with_kinds({"z": None})
    assert again.notes == [] and again.texts("z").tolist() == table.texts("x").tolist()


def grown(table: Table, newer: Table, key: str = "key") -> Table:
    found = append_rows(table, newer, key)
    return table.appended(found.frame, newer, found.taken)


@pytest.mark.parametrize(
    "cells, newer, kind",
    [
        (["1.000,50", "2.500", "7,25"], csv(q=["1000.5", "1.25"], key=["x", "y"]), "number"),
        (["1,000.50", "2,500", "7.25"], csv(q=["1,25", "3,5"], key=["x", "y"]), "number"),
        (["0%", "5%", "19%"], file("parquet", q=[5, 7], key=["x", "y"]), "number"),
        (["13/04/2024", "14/05/2024"], csv(q=["03/04/2024", "12/31/2024"], key=["x", "y"]), "date"),
    ],
)
def test_to_choose_the_kind_that_a_column_has_loses_no_value(cells: list[str], newer: Table, kind: str) -> None:
    table = csv(q=cells * 10, key=[f"a{k}" for k in range(10 * len(cells))])
    whole = grown(table, newer)
    values = whole.frame["q"]
    assert values.notna().all() and values.dtype.kind in "Mf" + "i" * (kind == "number")
    for found in (
        whole.with_kinds({"q": kind}),
        whole.with_kinds({"q": None}),
        whole.with_kinds({"q": kind}).with_kinds({"q": kind}),
        Encoder().fit(whole).read(whole),
    ):
        pd.testing.assert_series_equal(found.frame["q"], values)
        assert found.texts("q").tolist() == whole.texts("q").tolist() and found.notes == whole.notes
    wrong = csv(q=cells * 10, z=["a", "b"] * (5 * len(cells))).with_kinds({"q": "number, decimal point"})
    right = csv({"q": kind}, q=cells * 10, z=["a", "b"] * (5 * len(cells)))
    pd.testing.assert_series_equal(wrong.with_kinds({"q": kind}).frame["q"], right.frame["q"], check_dtype=False)


def test_an_encoder_with_kinds_reads_a_table_alike_in_fit_and_transform() -> None:
    codes = survey([1, 5, 3, 5, 2, 1] * 5, {1: "never", 2: "rarely", 3: "at times", 5: "always"})
    by_encoder, by_table = Encoder(kinds={"q": "number"}), Encoder()
    X = by_encoder.fit(codes).transform(codes)
    np.testing.assert_array_equal(X, by_table.fit(codes.with_kinds({"q": "number"})).transform(codes))
    assert "q" in by_encoder.feature_names_out_
    sums = csv({"z": "out"}, q=["1.000,50", "2.500", "7,25"] * 10, z=["a", "b", "c"] * 10)
    point = Encoder(kinds={"q": "number, decimal point"}).fit(sums)
    assert set(point.columns_of_) == {"z", "q"}  # its own kinds, in place of the table's
    read = point.read(sums)
    assert read.kinds == {"q": "number, decimal point"} and read.frame["q"].notna().sum() == 10  # 2.500 alone
    np.testing.assert_array_equal(point.transform(sums), point.transform(read.frame))


SAID = [  # what a column holds -> the same, in other files
    (["yes", "no"], [["Yes", "NO"], ["TRUE", "false"], ["1", "0"], ["ja", "nein"], ["1.0", "0.0"]]),
    (["Y", "N"], [["yes", "no"], ["y", "n"]]),
    (["TRUE", "FALSE"], [["yes", "no"], ["1", "0"], ["T", "F"]]),
    (["1", "0"], [["yes", "no"], ["True", "False"], ["1.0", "0.0"]]),
]


@pytest.mark.parametrize("cells, others", SAID)
def test_what_the_rules_call_yes_no_is_read_as_what_a_person_calls_so(cells: list[str], others: list) -> None:
    table = csv(q=cells * 15, x=[f"{k}.5" for k in range(30)])
    assert table.columns[0].kind == "yes/no"
    encoder = Encoder.from_bytes(Encoder().fit(table).to_bytes())
    expected = encoder.transform(csv(q=cells, x=["1.5", "2.5"]))
    assert expected[0, 0] != expected[1, 0]
    for other in others:
        new = csv(q=other, x=["1.5", "2.5"])
        for rows in (new, new.frame, read_alike(new, table), file("xlsx", q=other, x=[1.5, 2.5])):
            np.testing.assert_array_equal(encoder.transform(rows), expected)
        assert check_rows(encoder, encoder.read(new).frame) == []
    booleans = file("parquet", q=[True, False], x=[1.5, 2.5])
    np.testing.assert_array_equal(encoder.transform(booleans), expected)
    maybe = csv(q=[cells[0], "maybe", others[0][0]], x=["1.5", "2.5", "3.5"])
    for found in (read_alike(maybe, table), encoder.read(maybe)):
        assert found.frame["q"].tolist() == maybe.frame["q"].tolist() and found.notes == []
    strange = csv(q=["perhaps", "never"], x=["1.5", "2.5"])
    if cells[0] in ("TRUE", "1"):
        with pytest.raises(TableError, match="“q” held yes/no values where the network was trained, but 2 of its 2"):
            check_rows(encoder, encoder.read(strange).frame)
    else:
        assert "2 rows have a value that the network has never seen" in check_rows(encoder, strange.frame)[0]


def test_a_category_that_is_a_number_is_known_however_it_is_spelled() -> None:
    for cells, newer in ((["1", "2", "3"], ["2.0", "3.0", "1"]), (["1.0", "2.0", "3.0"], ["2", "3", "1"])):
        table = csv({"q": "category"}, q=cells * 10, x=[f"{k}.5" for k in range(30)])
        encoder = Encoder().fit(table)
        new = csv(q=newer, x=["1.5", "2.5", "3.5"])
        same = csv(q=[cells[1], cells[2], cells[0]], x=["1.5", "2.5", "3.5"])
        np.testing.assert_array_equal(encoder.transform(new), encoder.transform(same))
        assert check_rows(encoder, encoder.read(new).frame) == []
    zeros = csv({"q": "category"}, q=["01", "1", "02"] * 10, x=[f"{k}.5" for k in range(30)])
    X = Encoder().fit(zeros).transform(csv({"q": "category"}, q=["01", "1", "2"], x=["1", "1", "1"]))
    assert not np.array_equal(X[0], X[1]) and not X[2, :3].any()

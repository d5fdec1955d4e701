"""Columns of statistics programs: what labels, codes and missing values of one file mean beside those of another."""

import datetime
import io
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dami.store import tables
from dami.tables.appended_rows import append_rows
from dami.tables.coded import coded
from dami.tables.codes import Codes
from dami.tables.encoding import Encoder
from dami.tables.newer_files import read_alike
from dami.tables.reading import open_table
from dami.tables.table import Table
from dami.tables.writing import labels_alone

pytestmark = pytest.mark.usefixtures("here")
SCALE = {1: "never", 2: "some", 3: "always"}


def sav(tmp_path: Path, codes: list[Any], labels: dict[Any, str], first: int = 0, **more: Any) -> Table:
    frame = pd.DataFrame({"key": [f"k{first + k}" for k in range(len(codes))], "q": codes})
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"), variable_value_labels={"q": labels}, **more)
    return open_table(tmp_path / "s.sav")


def csv(*cells: str) -> Table:
    lines = [f"n{k},{cell}" for k, cell in enumerate(cells)]
    return open_table("\n".join(["key,q", *lines]).encode(), "new.csv")


def grown(table: Table, newer: Table) -> Table:
    found = append_rows(table, newer, "key")
    whole = table.appended(found.frame, newer, found.taken)
    return Table(*tables.from_parquet(tables._to_parquet(whole.frame, [], whole.originals)))  # as a project keeps it


def test_where_labels_are_numbers_a_number_is_a_label(tmp_path: Path) -> None:
    table = sav(tmp_path, [1.0, 2.0, 3.0] * 4, {1: "0", 2: "1", 3: "2"})
    for cells in (["0", "1", "2", "3"], ["0.0", "1.0", "2.0", "3.0"], ["3"]):
        new = read_alike(csv(*cells), table)
        whole = grown(table, new)
        n = len(cells)
        assert [float(text) for text in whole.texts("q")[-n:]] == [float(text) for text in cells]
        assert new.frame["q"].tolist() == [float(text) for text in cells]
        strange = f"(1 cell, such as “{cells[-1]}”)"
        assert f"In “q”, numbers that are no labels stay as they are {strange}." in new.notes
        as_codes = read_alike(csv(*cells), table.with_kinds({"q": "number"}))
        np.testing.assert_equal(as_codes.frame["q"].tolist(), [1, 2, 3, np.nan][-n:])
        assert as_codes.notes[-1] == f"In “q”, what is no label counts as missing {strange}."


def test_a_column_is_read_by_labels_or_by_codes_as_a_whole(tmp_path: Path) -> None:
    table = sav(tmp_path, [1.0, 2.0, 3.0] * 4, {1: "0", 2: "1", 3: "2 or more"})
    by_code, by_label = read_alike(csv("1", "2.0", "3", "3"), table), read_alike(csv("0", "1", "2 or more", "3"), table)
    assert by_code.frame["q"].tolist() == ["0", "1", "2 or more", "2 or more"]
    assert by_code.notes == ["In “q”, cells were read as codes, not as labels (1 cell, such as “1”)."]
    assert by_label.frame["q"].tolist() == ["0", "1", "2 or more", "3"]
    assert grown(table, by_label).texts("q").tolist()[-4:] == ["0", "1", "2 or more", "3"]


def test_a_newer_statistics_file_is_read_by_its_labels(tmp_path: Path) -> None:
    table = sav(tmp_path, [1.0, 2.0, 3.0] * 4, SCALE).with_kinds({"q": "number"})
    newer = sav(tmp_path, [1.0, 2.0, 3.0, 4.0], {3: "never", 2: "some", 1: "always", 4: "rarely"}, 50)
    found = read_alike(newer, table)
    np.testing.assert_equal(found.frame["q"].tolist(), [3, 2, 1, np.nan])
    assert (
        "In “q”, labels have other codes than in the table, and count (2 cells, such as “always” for “never”)."
        in found.notes
    )
    whole = grown(table, found)
    assert whole.texts("q").tolist()[-4:] == ["always", "some", "never", "rarely"]
    np.testing.assert_equal(whole.with_kinds({"q": "number"}).frame["q"].tolist()[-4:], [3, 2, 1, np.nan])
    assert whole.codes["q"].labels == {str(code): label for code, label in SCALE.items()}


def test_a_label_that_is_unknown_means_its_code_if_the_codes_agree(tmp_path: Path) -> None:
    table = sav(tmp_path, [1.0, 2.0, 3.0] * 4, SCALE)
    newer = sav(tmp_path, [1.0, 2.0, 3.0, 4.0], {**SCALE, 1: "Never at all", 4: "no answer"}, 50)
    found = read_alike(newer, table)
    assert found.frame["q"].tolist() == ["never", "some", "always", "no answer"]
    note = "In “q”, labels that the table does not have were read by their codes, as the labels that it has"
    assert f"{note} (1 cell, such as “Never at all” for “never”)." in found.notes
    assert grown(table, found).codes["q"].labels == {"1": "never", "2": "some", "3": "always", "4": "no answer"}


def test_what_a_file_calls_missing_stays_as_it_was_written(tmp_path: Path) -> None:
    labels = {1: "a", 2: "b", 9: "refused"}
    table = sav(tmp_path, [1.0, 2.0, 9.0, 8.0] * 3, labels, missing_ranges={"q": [{"lo": 8, "hi": 9}]})
    note = "In “q”, what the file calls missing counts as missing (6 cells, such as “refused”)."
    assert table.texts("q").tolist()[:4] == ["a", "b", "refused", "8"] and note in table.notes
    for kind, values in ((None, ["a", "b"]), ("category", ["a", "b"]), ("number", [1, 2])):
        again = table.with_kinds({"q": kind})
        assert (
            again.frame["q"].tolist()[:2] == values
            and again.frame["q"].isna().tolist() == [False, False, True, True] * 3
        )
        assert note in again.notes and again.columns[1].not_understood == []
    for name in ("copy.csv", "copy.parquet", "copy.xlsx"):
        table.write(tmp_path / name)
        assert open_table(tmp_path / name).texts("q").tolist()[:4] == ["a", "b", "refused", "8"]
    new = csv("a", "refused", "9.0", "8", "b")
    encoder = Encoder.from_bytes(Encoder().fit(table).to_bytes())
    for found in (read_alike(new, table), encoder.read(new)):
        assert found.frame["q"].isna().tolist() == [False, True, True, True, False]
        assert found.notes == ["In “q”, what the file calls missing counts as missing (3 cells, such as “refused”)."]
    whole = grown(table, read_alike(new, table))
    for again in (whole, whole.with_kinds({"q": "category"}), whole.with_kinds({"q": None})):
        assert again.frame["q"].isna().tolist()[-5:] == [False, True, True, True, False]
    assert whole.texts("q").tolist()[-5:] == ["a", "refused", "refused", "8", "b"]


def test_numbers_and_days_that_a_file_calls_missing(tmp_path: Path) -> None:
    days = pd.to_datetime(pd.Series(["2024-01-31", "1900-01-01", "2024-02-01"])).dt.date
    seconds = (datetime.datetime(1900, 1, 1) - datetime.datetime(1582, 10, 14)).total_seconds()
    ranges = {"age": [99], "day": [seconds], "who": ["x"]}
    frame = pd.DataFrame({"age": [31.5, 99, 45], "day": days, "who": ["m", "x", "f"]})
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"), missing_ranges=ranges)
    table = open_table(tmp_path / "s.sav")
    assert table.written.iloc[1].tolist() == ["99", "1900-01-01", "x"]
    for read in (table, table.with_kinds({"age": "number", "day": "date", "who": "category"})):
        assert read.frame.isna().to_numpy().tolist() == [[False] * 3, [True] * 3, [False] * 3]
        assert read.frame["age"].dtype.kind == "f" and read.frame["day"].dtype.kind == "M"


def test_letters_of_stata_stay_as_they_were_written(tmp_path: Path) -> None:
    frame = pd.DataFrame({"q": [1, 2, "a", "b", None]})
    labels = {"q": {1: "no", 2: "yes", "a": "refused"}}
    pyreadstat.write_dta(
        frame, str(tmp_path / "s.dta"), variable_value_labels=labels, missing_user_values={"q": ["a", "b"]}
    )
    table = open_table(tmp_path / "s.dta")
    assert table.texts("q").tolist() == ["no", "yes", "refused", ".b", ""]
    assert "In “q”, what the file calls missing counts as missing (2 cells, such as “refused”)." in table.notes
    np.testing.assert_equal(table.with_kinds({"q": "number"}).frame["q"].tolist(), [1, 2, *[np.nan] * 3])
    newer = sav(tmp_path, [1.0, 2.0, 3.0], {1: "yes", 2: "no", 3: "refused"})
    assert read_alike(newer, table).frame["q"].isna().tolist() == [False, False, True]


def test_an_empty_label_is_none(tmp_path: Path) -> None:
    table = sav(tmp_path, [1.0, 2.0, 3.0], {1: "", 2: " ", 3: "c"})
    assert table.texts("q").tolist() == ["1", "2", "c"] and table.notes[0].startswith("1 cell holds a label")


def test_floats_of_stata_have_the_digits_that_stata_shows() -> None:
    buffer = io.BytesIO()
    pd.DataFrame({"f": np.array([0.1, 2.5, 1e-7, np.nan], dtype="float32")}).to_stata(buffer, write_index=False)
    table = open_table(buffer.getvalue(), "t.dta")
    assert table.texts("f").tolist() == ["0.1", "2.5", "1e-7", ""]


def test_labels_with_zeros_accents_or_without_rows_are_known(tmp_path: Path) -> None:
    months = sav(tmp_path, [1.0, 2.0] * 5, {1: "01", 2: "02", 3: "03"})
    new = csv("1", "2.0", "01", "3", "03")
    assert read_alike(new, months).texts("q").tolist() == new.texts("q").tolist()
    assert [months.codes["q"].code(text) for text in new.texts("q")] == ["1", "2", "1", "3", "3"]
    as_numbers = months.with_kinds({"q": "number"})
    assert read_alike(new, as_numbers).frame["q"].tolist() == [1, 2, 1, 3, 3]
    high = Codes.of(coded([1.0, 2.0], {1: "élevé", 2: "bas", 3: "jamais"}).combine_chunks())
    decomposed = unicodedata.normalize("NFD", "élevé")
    assert [high.code(text) for text in (decomposed, decomposed.upper(), "Jamais", "3")] == ["1", "1", "3", "3"]


@pytest.mark.parametrize("suffix", ["parquet", "feather"])
def test_a_typed_file_carries_codes_and_other_programs_see_labels(suffix: str, tmp_path: Path) -> None:
    labels = {1: "never", 2: "some", 3: "always", 9: "refused", 4: "in no row"}
    table = sav(tmp_path, [1.0, 2.0, 3.0, 9.0, 7.0, 1.5, None], labels, missing_ranges={"q": [9]})
    table.write(tmp_path / f"copy.{suffix}")
    read = pd.read_parquet if suffix == "parquet" else pd.read_feather
    shown = ["never", "some", "always", "refused", "7", "1.5", ""]
    assert read(tmp_path / f"copy.{suffix}")["q"].tolist() == shown
    back = open_table(tmp_path / f"copy.{suffix}")
    assert back.texts("q").tolist() == shown and back.exact("q").equals(table.exact("q"))
    assert back.codes == table.codes
    pd.testing.assert_series_equal(back.frame["q"], table.frame["q"])
    numbers = back.with_kinds({"q": "number"}).frame["q"]
    np.testing.assert_equal(numbers.tolist(), [1, 2, 3, np.nan, 7, 1.5, np.nan])


@pytest.mark.parametrize("suffix", ["parquet", "feather"])
def test_codes_that_share_a_label_are_kept_beside_it(suffix: str, tmp_path: Path) -> None:
    labels = {1: "low", 2: "low", 3: "high", 4: "in no row", 9: "refused"}
    table = sav(tmp_path, [2.0, 1.0, 3.0, 9.0, None, 1.5], labels, missing_ranges={"q": [9]})
    table.write(tmp_path / f"copy.{suffix}")
    read = pd.read_parquet if suffix == "parquet" else pd.read_feather
    assert [[*cell.values()] for cell in read(tmp_path / f"copy.{suffix}")["q"][:2]] == [[2, "low"], [1, "low"]]
    back = open_table(tmp_path / f"copy.{suffix}")
    assert back.texts("q").tolist() == ["low", "low", "high", "refused", "", "1.5"]
    assert back.exact("q").equals(table.exact("q")) and back.codes == table.codes
    pd.testing.assert_series_equal(back.frame["q"], table.frame["q"])
    assert back.with_kinds({"q": "number"}).frame["q"].tolist()[:3] == [2, 1, 3]


def test_only_files_of_texts_hold_labels_alone(tmp_path: Path) -> None:
    table = sav(tmp_path, [1.0, 2.0], {1: "low", 2: "low"})
    found = {suffix: labels_alone(table, suffix) for suffix in (".parquet", ".feather", ".csv", ".xlsx")}
    assert found == {".parquet": [], ".feather": [], ".csv": ["q"], ".xlsx": ["q"]}


@pytest.mark.parametrize("kind", [None, "category"])
def test_codes_and_labels_that_the_table_does_not_have_are_said(tmp_path: Path, kind: str | None) -> None:
    table = sav(tmp_path, [1.0, 2.0, 3.0] * 4, SCALE).with_kinds({"q": kind})
    encoder = Encoder().fit(table)
    note = "In “q”, codes and labels that the table does not have stay as they are"
    strange = [
        (csv("1", "7", "7.0", "never", "NEVER", "", "n/a"), "(2 cells, such as “7”)."),
        (csv("3.0", "rarely"), "(1 cell, such as “rarely”)."),
        (sav(tmp_path, [1.0, 4.0], {**SCALE, 4: "daily"}, 50), "(1 cell, such as “daily”)."),
        (sav(tmp_path, [1.0, 8.0], SCALE, 50), "(1 cell, such as “8”)."),
    ]
    for newer, cells in strange:
        for found in (read_alike(newer, table), encoder.read(newer)):
            assert [one for one in found.notes if "does not have" in one] == [f"{note} {cells}"]
    for newer in (csv("1", "2.0", "always", "SOME"), sav(tmp_path, [1.0, 2.0], SCALE, 50)):
        assert not [one for one in read_alike(newer, table).notes if "does not have" in one]
    ages = sav(tmp_path, [*map(float, range(20, 40)), 99.0], {99: "refused"})  # a number beside these is no stranger
    assert read_alike(csv("31.5", "99", "61"), ages).notes == []


@pytest.mark.parametrize("kind", [None, "number", "category"])
def test_labels_beside_a_table_of_bare_codes_are_read_by_their_codes(tmp_path: Path, kind: str | None) -> None:
    table = csv(*map(str, [1, 2, 3] * 4)).with_kinds({"q": kind})
    newer = sav(tmp_path, [3.0, 1.0, 2.0], SCALE, 50)
    said = "In “q”, labels were read by their codes, since the table has no labels (3 cells, such as “always”)."
    encoder = Encoder().fit(table)
    for found in (read_alike(newer, table), encoder.read(newer)):
        assert [float(value) for value in found.frame["q"]] == [3, 1, 2]
        assert said in found.notes
    whole = grown(table, read_alike(newer, table))
    assert whole.texts("q").tolist()[-3:] == ["3", "1", "2"] and whole.frame["q"].dtype == table.frame["q"].dtype
    np.testing.assert_array_equal(encoder.transform(newer), encoder.transform(csv("3", "1", "2")))


def test_labels_beside_a_table_of_labels_alone_stay_labels(tmp_path: Path) -> None:
    table = csv(*["never", "some", "always"] * 4)
    newer = sav(tmp_path, [3.0, 1.0], SCALE, 50)
    for found in (read_alike(newer, table), Encoder().fit(table).read(newer)):
        assert found.frame["q"].tolist() == ["always", "never"]
        note = "In “q”, labels are left without their codes, as in the table (2 cells, such as “always”)."
        assert found.notes == [note]  # not that the table keeps the codes


def test_floats_that_their_owner_calls_yes_no_have_no_point(tmp_path: Path) -> None:
    frame = pd.DataFrame({"key": [f"k{k}" for k in range(12)]})
    for q, said in (
        ([0.0, 1.0] * 6, {"1.0": "1", "0": "0", "yes": "1", "Nein": "0", "1.00": "1"}),
        ([1.0, 2.0] * 6, {"2.0": "2", "1": "1", "2.00": "2", "7": None}),
        ([1.0, None] * 6, {"1.0": "1", "yes": "1", "": None}),
    ):
        frame.assign(q=q).to_parquet(tmp_path / "own.parquet")
        table = open_table(tmp_path / "own.parquet", kinds={"q": "yes/no"})
        encoder = Encoder.from_bytes(Encoder().fit(table).to_bytes())
        rows = csv(*said)
        expected = encoder.transform(csv(*(value or "" for value in said.values())))
        np.testing.assert_array_equal(encoder.transform(rows), expected)
        assert read_alike(rows, table).frame["q"].isna().tolist() == [value is None for value in said.values()]
        assert grown(table, read_alike(rows, table)).texts("q").tolist()[-len(said) :] == list(said)

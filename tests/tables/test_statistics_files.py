"""Files of SPSS, Stata and SAS: labels in place of codes, against what pyreadstat and pandas write."""

import datetime
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dami.errors import TableError
from dami.store import tables
from dami.tables import apart, size_limits, statistics_files
from dami.tables.read_options import ReadOptions
from dami.tables.reading import open_table, read_table
from dami.tables.table import Table

FRAME = pd.DataFrame(
    {
        "sex": [1.0, 2.0, 1.0, None],
        "age": [31.0, 45.0, 99.0, 22.5],
        "city": ["Bonn", "Köln", "", "Ulm"],
        "day": [datetime.date(2024, 1, 31), None, datetime.date(2024, 2, 1), datetime.date(2024, 2, 2)],
    }
)
SEX = {"sex": {1: "male", 2: "female"}}
HERE = pytest.mark.usefixtures("here")
DAYS = ["2024-01-31", "", "2024-02-01", "2024-02-02"]


@pytest.mark.parametrize("suffix", [".sav", ".zsav", ".dta"])
def test_labels_stand_in_place_of_codes(suffix: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if suffix != ".sav":  # one of them as it is: in another process
        request.getfixturevalue("here")
    path = tmp_path / f"survey{suffix}"
    write = pyreadstat.write_dta if suffix == ".dta" else pyreadstat.write_sav
    how = {"compress": True} if suffix == ".zsav" else {}
    write(FRAME, str(path), variable_value_labels=SEX, **how)
    read = open_table(path)
    assert read.written.to_dict("list") == {
        "sex": ["male", "female", "male", ""],
        "age": ["31", "45", "99", "22.5"],
        "city": ["Bonn", "Köln", "", "Ulm"],
        "day": DAYS,
    }
    assert pd.api.types.is_float_dtype(read.frame["age"]) and pd.api.types.is_datetime64_any_dtype(read.frame["day"])
    assert read.notes == [
        "3 cells hold a label in place of its code, such as “male” for 1 in “sex”. The table keeps the codes, and so "
        "do Parquet and Feather files of it: a column that you call a number means them. CSV and Excel hold labels "
        "alone."
    ]


@HERE
def test_a_code_without_a_label_stays(tmp_path: Path) -> None:
    pyreadstat.write_sav(
        FRAME, str(tmp_path / "s.sav"), variable_value_labels={"age": {99: "refused"}, "sex": {7: "x"}}
    )
    read = open_table(tmp_path / "s.sav")
    assert read.written["age"].tolist() == ["31", "45", "refused", "22.5"]
    assert read.frame["sex"].tolist()[:3] == [1, 2, 1]
    assert read.notes[0].startswith("1 cell holds a label in place of its code, such as “refused” for 99 in “age”.")


@HERE
def test_labels_are_shown_and_codes_are_kept(tmp_path: Path) -> None:
    frame = pd.DataFrame({"agree": [1.0, 5.0, 3.0, None, 5.0], "age": [31.0, 45.0, 99.0, 22.5, 60.0]})
    labels = {"agree": {1: "never", 3: "at times", 5: "always"}, "age": {99: "refused"}}
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"), variable_value_labels=labels)
    read = open_table(tmp_path / "s.sav")
    shown = ["never", "always", "at times", "", "always"]
    assert read.texts("agree").tolist() == shown and read.frame["agree"].dropna().tolist() == shown[:3] + shown[4:]
    stored = tables.from_parquet(tables._to_parquet(read.frame, [], read.originals))  # as a project keeps it
    numbers = Table(*stored).with_kinds({"agree": "number", "age": "number"})
    np.testing.assert_equal(numbers.frame["agree"].tolist(), frame["agree"].tolist())
    np.testing.assert_equal(numbers.frame["age"].tolist(), [31, 45, np.nan, 22.5, 60])  # 99 is not an age
    assert numbers.texts("agree").tolist() == shown and numbers.columns[0].not_understood == []
    assert numbers.with_kinds({"agree": None, "age": None}).frame.equals(read.frame)
    for name in ("copy.csv", "copy.parquet", "copy.xlsx"):
        numbers.write(tmp_path / name)
        assert open_table(tmp_path / name).texts("agree").tolist() == shown
    assert read.appended(pd.concat([read.frame] * 2), read, range(5)).texts("agree").tolist() == shown * 2


@HERE
def test_only_an_old_encoding_that_matters_is_in_doubt(tmp_path: Path) -> None:
    frame = pd.DataFrame({"town": ["Köln", "Bonn"]})
    for name, write in (("s.sav", pyreadstat.write_sav), ("s.dta", pyreadstat.write_dta)):
        write(frame, str(tmp_path / name))
        assert open_table(tmp_path / name).how.encoding == "utf-8"
    buffer = io.BytesIO()
    frame.replace("Köln", "Koeln").to_stata(buffer, write_index=False, version=114)
    assert open_table(buffer.getvalue(), "t.dta").how.encoding == "utf-8"
    pyreadstat.write_por(frame.replace("Köln", "Koeln"), str(tmp_path / "s.por"))
    assert open_table(tmp_path / "s.por").how.encoding is None


@HERE
def test_what_spss_calls_missing_is_missing(tmp_path: Path) -> None:
    ranges = {"age": [{"lo": 99, "hi": 99}]}
    pyreadstat.write_sav(FRAME, str(tmp_path / "s.sav"), missing_ranges=ranges)
    assert open_table(tmp_path / "s.sav").written["age"].tolist() == ["31", "45", "99", "22.5"]
    assert open_table(tmp_path / "s.sav").frame["age"].isna().tolist() == [False, False, True, False]


@HERE
def test_sas_transport_and_portable_files_are_read(tmp_path: Path) -> None:
    pyreadstat.write_xport(FRAME, str(tmp_path / "s.xpt"))
    assert open_table(tmp_path / "s.xpt").written.to_dict("list")["day"] == DAYS
    pyreadstat.write_por(FRAME.replace("Köln", "Koeln"), str(tmp_path / "s.por"))
    assert read_table(tmp_path / "s.por")["AGE"].tolist() == [31, 45, 99, 22.5]


@HERE
@pytest.mark.parametrize("shown", ["MOYR8", "QYR8", "WKYR10"])
def test_days_of_spss_that_show_a_month_are_days(shown: str, tmp_path: Path) -> None:
    days = pd.DataFrame({"day": FRAME["day"], "x": range(4)})
    pyreadstat.write_sav(days, str(tmp_path / "s.sav"), variable_format={"day": shown})
    assert open_table(tmp_path / "s.sav").texts("day").tolist() == DAYS


@HERE
@pytest.mark.parametrize("shown", ["TIME8", "DTIME12"])
def test_durations_keep_their_days(shown: str, tmp_path: Path) -> None:
    seconds = {"long": [100_000.0, -5.0, None, 59.5], "clock": [1.0, 86_399.0, None, 0.0]}
    pyreadstat.write_sav(pd.DataFrame(seconds), str(tmp_path / "s.sav"), variable_format=dict.fromkeys(seconds, shown))
    read = open_table(tmp_path / "s.sav")
    assert read.texts("long").tolist() == ["27:46:40", "-0:00:05", "", "0:00:59.500000"]
    assert read.texts("clock").tolist() == ["00:00:01", "23:59:59", "", "00:00:00"]
    for name, values in seconds.items():
        np.testing.assert_equal(read.frame[name].tolist(), [np.nan if value is None else value for value in values])


@HERE
@pytest.mark.parametrize(
    ("shown", "word"), [("tw", "weeks"), ("tm", "months"), ("tq", "quarters"), ("th", "half-years")]
)
def test_months_that_stata_counts_are_days(shown: str, word: str, tmp_path: Path) -> None:
    buffer, moments = io.BytesIO(), pd.to_datetime(["2024-01-01", None, "1959-12-31", "2023-08-17"])
    frame = pd.DataFrame({"at": moments, "x": range(4)})
    frame.to_stata(buffer, write_index=False, convert_dates={"at": shown}, version=118)
    known = pd.read_stata(io.BytesIO(buffer.getvalue()))["at"]
    read = open_table(buffer.getvalue(), "t.dta")
    assert read.texts("at").tolist() == ["" if pd.isna(day) else str(day.date()) for day in known]
    pd.testing.assert_series_equal(read.frame["at"], known, check_dtype=False)
    pyreadstat.write_dta(
        pd.DataFrame({"at": np.array([768, np.nan], "float32")}), str(tmp_path / "s.dta"), variable_format={"at": "%tm"}
    )
    assert open_table(tmp_path / "s.dta").texts("at").tolist() == ["2024-01-01", ""]
    assert read.notes == [f"In “at”, {word} are written as their first days (3 cells, such as “2024-01-01”)."]


@HERE
def test_what_pandas_writes_for_stata_is_read() -> None:
    buffer = io.BytesIO()
    frame = pd.DataFrame({"n": [1, 2, 3], "kind": pd.Categorical(["low", "high", "low"])})
    frame.to_stata(buffer, write_index=False)
    assert read_table(buffer.getvalue(), "t.dta").to_dict("list") == {"n": [1, 2, 3], "kind": ["low", "high", "low"]}


def test_an_old_file_is_read_in_the_encoding_that_was_chosen() -> None:
    buffer = io.BytesIO()
    pd.DataFrame({"town": ["Köln", "Bonn"]}).to_stata(buffer, write_index=False, version=114)
    data = buffer.getvalue()
    found = open_table(data, "t.dta")
    assert (
        found.frame["town"].tolist() == ["Köln", "Bonn"] and found.how.encoding == "cp1252"
    )  # so a page offers others
    read = open_table(data, "t.dta", options=ReadOptions(encoding="koi8_r"))
    assert read.frame["town"].tolist() == ["KЖln", "Bonn"] and read.how.encoding == "koi8_r"
    for encoding, words in (
        ("cp949", "t.dta cannot be read in the encoding cp949"),
        ("klingon", "no encoding 'klingon'"),
    ):
        with pytest.raises(TableError, match=words):
            open_table(data, "t.dta", options=ReadOptions(encoding=encoding))


@HERE
@pytest.mark.parametrize("suffix", [".sav", ".zsav", ".por", ".dta", ".sas7bdat", ".xpt"])
def test_what_is_broken_is_refused_in_words(suffix: str, tmp_path: Path) -> None:
    pyreadstat.write_sav(FRAME, str(tmp_path / "s.sav"))
    data = (tmp_path / "s.sav").read_bytes()[:200] if "sav" in suffix else b"a,b\n1,2\n"
    with pytest.raises(TableError, match=rf"s{suffix} cannot be read as a file of (SPSS|Stata|SAS)"):
        read_table(data, f"s{suffix}")


def test_a_file_that_ends_the_process_of_its_reader_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(statistics_files, "CHILD", child)
    with pytest.raises(TableError, match=r"s\.sav cannot be read as a file of SPSS: it is broken"):
        read_table(b"$FL2", "s.sav")


def test_a_file_that_unfolds_to_more_than_fits_ends_only_its_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text("whole = bytes(600_000_000)\n")
    monkeypatch.setattr(statistics_files, "CHILD", child)
    monkeypatch.setattr(apart, "MEMORY", 500_000_000)
    with pytest.raises(TableError, match=r"s\.sav unfolds to more than fits into the memory"):
        read_table(b"$FL2", "s.sav")


def test_files_with_broken_bytes_are_read_or_refused_in_words(tmp_path: Path) -> None:
    pyreadstat.write_sav(FRAME, str(tmp_path / "s.sav"), variable_value_labels=SEX)
    whole, rng = (tmp_path / "s.sav").read_bytes(), np.random.default_rng(0)
    for _ in range(3):
        data = bytearray(whole)
        for place in rng.integers(len(data), size=8):
            data[place] = rng.integers(256)
        try:
            assert len(read_table(bytes(data), "s.sav").columns) > 0
        except TableError as error:
            assert "s.sav" in str(error)


@HERE
def test_limits_hold_before_the_values_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyreadstat.write_sav(pd.DataFrame({"a": range(1_000)}), str(tmp_path / "s.sav"))
    monkeypatch.setattr(size_limits, "MAX_ROWS", 999)
    with pytest.raises(TableError, match="1,000 rows"):
        read_table(tmp_path / "s.sav")
    monkeypatch.setattr(size_limits, "MAX_ROWS", 1_000)
    packed = tmp_path / "s.zsav"
    pyreadstat.write_sav(pd.DataFrame({"a": ["x" * 5_000] * 1_000}), str(packed), compress=True)
    monkeypatch.setattr(size_limits, "MAX_BYTES", 4_999_000)
    assert packed.stat().st_size < 100_000
    with pytest.raises(TableError, match="unpacks to 5 MB"):
        read_table(packed)

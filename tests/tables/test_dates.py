"""Dates and times are read in the forms that people write, as Python's own clock and calendar say."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dami.tables.column_values import as_numbers
from dami.tables.encoding import Encoder
from dami.tables.kinds import kind_of
from dami.tables.new_rows import check_rows
from dami.tables.newer_files import read_alike
from dami.tables.reading import open_table
from dami.tables.table import Table


def table(cells: list[str]) -> Table:
    rows = "".join(f"{cell}|w{i}\n" for i, cell in enumerate(cells))
    return open_table(f"x|y\n{rows}".encode(), "own.csv")


DAYS = st.lists(st.dates(datetime.date(1970, 1, 1), datetime.date(2060, 12, 31)), min_size=1, max_size=8)
FORMS = ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d. %B %Y", "%b %d, %Y"]
CLOCKS = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", ", %H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S", " %I:%M:%S%p"]
ZONES = {"": 0, "Z": 0, " UTC": 0, "+01:00": 3600, "-0330": -12600, " +02:00": 7200, "+05": 18000}


@given(days=DAYS, form=st.sampled_from([*FORMS, "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%B %d %Y"]))
def test_any_day_in_any_form(days: list[datetime.date], form: str) -> None:
    shown = [datetime.date(2024, 1, 31), *days]  # 31 is no month
    read = table([day.strftime(form) for day in shown]).frame["x"]
    assert read.tolist() == [pd.Timestamp(day) for day in shown]


@given(
    moments=st.lists(
        st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2060, 12, 31)), min_size=1, max_size=6
    ),
    form=st.sampled_from(FORMS),
    clock=st.sampled_from(CLOCKS[1:]),
    zone=st.sampled_from(list(ZONES)),
)
def test_any_time_of_any_day_in_any_zone(moments: list[datetime.datetime], form: str, clock: str, zone: str) -> None:
    cells = [f"{moment.strftime(form + clock)}{zone}" for moment in moments]
    offset = datetime.timedelta(seconds=ZONES[zone])
    expected = [datetime.datetime.strptime(moment.strftime(form + clock), form + clock) - offset for moment in moments]
    given_table = table(cells)
    assert given_table.frame["x"].tolist() == [pd.Timestamp(moment) for moment in expected]
    assert given_table.texts("x").tolist() == cells


def test_the_column_shows_which_number_is_the_day() -> None:
    assert table(["01/02/2024", "02/13/2024"]).frame["x"].tolist() == [
        pd.Timestamp(2024, 1, 2),
        pd.Timestamp(2024, 2, 13),
    ]
    assert table(["01/02/24", "13/02/24"]).frame["x"][0] == pd.Timestamp(2024, 2, 1)
    assert table(["1-2-2024", "13-2-2024"]).frame["x"][0] == pd.Timestamp(2024, 2, 1)
    assert table(["01/01/2024", "02/02/2024"]).frame["x"][1] == pd.Timestamp(2024, 2, 2)


FRAMES = [(form, "soon") for form in (*FORMS, "%d/%m/%Y", "%m/%d/%y", "%d/%m/%Y %H:%M")]


@pytest.mark.parametrize(("form", "last"), [*FRAMES, (FORMS[0], ""), ("%d/%m/%Y", "")])
def test_texts_of_a_frame_are_dates_where_those_of_a_file_are(form: str, last: str) -> None:
    days = pd.date_range("2024-01-31", periods=40, freq="31h")
    in_file = table([*days.strftime(form), last]).frame
    bare = pd.DataFrame({"x": [*days.strftime(form), last or None]})
    one, other = Encoder().fit(in_file[["x"]]), Encoder().fit(bare)
    assert one.feature_names_out_.tolist() == other.feature_names_out_.tolist() and one.dates_ == ["x"]
    np.testing.assert_array_equal(one.transform(in_file), other.transform(bare))


@pytest.mark.parametrize("cells", [["12:30", "9:05", "23:59"], ["1:30:00", "26:05:10"], ["PT1H", "PT30M", "PT2H"]])
def test_times_of_a_frame_are_seconds_where_those_of_a_file_are(cells: list[str]) -> None:
    bare = pd.DataFrame({"x": cells * 7})
    in_file = table(bare["x"].tolist()).frame
    one, other = Encoder().fit(in_file[["x"]]), Encoder().fit(bare)
    assert one.numbers_ == other.numbers_ == ["x"]
    for rows in (bare, bare.iloc[[0]], pd.DataFrame({"x": [cells[1], "soon"]})):
        np.testing.assert_array_equal(one.transform(rows), other.transform(rows))
    np.testing.assert_array_equal(one.transform(in_file), one.transform(bare))
    mixed = as_numbers(pd.Series(["12:30", "45000", "soon"], dtype="str"))  # beside numbers, nobody knows its unit
    np.testing.assert_array_equal(mixed, [np.nan, 45000, np.nan])


def test_texts_of_a_frame_that_are_dates_in_two_ways_stay_texts() -> None:
    assert kind_of(pd.Series(["01/02/2024", "03/04/2024"] * 10, dtype="str"), "x")[0] == "category"


@pytest.mark.parametrize("cells", [["01/02/2024", "03/04/2024", "05/06/2024"], ["01/02/24 10:00", "03/04/24 11:00"]])
def test_dates_that_can_be_read_in_two_ways_stay_text_and_are_said(cells: list[str]) -> None:
    found = table(cells)
    assert found.frame["x"].tolist() == cells
    assert [
        note for note in found.notes if f"dates such as {cells[0]} cannot be told apart ({len(cells)} cells)" in note
    ]


DAYS_OF_A_YEAR = [str(day.date()) for day in pd.date_range("2024-01-01", periods=40)]
SLASHED = [day.strftime("%d/%m/%Y") for day in pd.date_range("2024-01-01", periods=40)]
HOURS = [f"{k // 60}:{k % 60:02}" for k in range(40)]


@pytest.mark.parametrize("cells, example", [(DAYS_OF_A_YEAR, "2024-01-29"), (SLASHED, "29/01/2024"), (HOURS, "0:28")])
def test_a_few_cells_that_are_no_dates_are_missing_and_said(cells: list[str], example: str) -> None:
    mixed = [*cells[:28], "soon", *cells[28:], ""]
    found = table(mixed)
    whole = table(cells).frame["x"]
    assert whole.dtype.kind in "Mi" and cells[28] == example
    assert found.frame["x"].isna().tolist() == [cell in ("soon", "") for cell in mixed]
    assert found.frame["x"].dropna().tolist() == whole.tolist() and found.texts("x").tolist() == mixed
    assert any("counts as missing (1 cell, such as “soon”)" in note for note in found.notes)
    [column, _] = found.columns
    assert column.not_understood == ["soon"]


def test_many_words_among_dates_leave_them_texts() -> None:
    cells = [*DAYS_OF_A_YEAR, *["soon", "later", "never"]]
    assert table(cells).frame["x"].tolist() == cells


NO_DATES = {
    "no such day": ["32.01.2024", "01.02.2024"],
    "no such month": ["13/13/2024", "01/02/2024"],
    "no such hour": ["31.01.2024 25:00", "01.02.2024 12:00"],
    "several forms": ["31.01.2024", "2024-02-01"],
    "versions": ["1.2.3", "10.20.30"],
    "words": ["31 Janus 2024", "1 Mar 2024"],
    "minutes over 59": ["12:75", "9:05"],
    "ratios": ["1:2", "3:4"],
    "years and months": ["P1Y", "P2M"],
    "letters": ["PT", "P"],
    "places": ["52.5, 13.4", "48.1, 11.6"],
}


@pytest.mark.parametrize("name", NO_DATES)
def test_what_is_no_date_stays_text(name: str) -> None:
    assert table(NO_DATES[name]).frame["x"].tolist() == NO_DATES[name]


# --- times and durations ---------------------------------------------------------------------------------------------


@given(st.lists(st.times(), min_size=1, max_size=8), st.sampled_from(["%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p"]))
def test_any_time_of_day(times: list[datetime.time], form: str) -> None:
    cells = [time.strftime(form) for time in times]
    expected = [datetime.datetime.strptime(cell, form) - datetime.datetime(1900, 1, 1) for cell in cells]
    found = table(cells)
    assert found.frame["x"].tolist() == pytest.approx([length.total_seconds() for length in expected], abs=1e-6)
    assert found.texts("x").tolist() == cells
    assert any(f"times were read as seconds ({len(cells)} cell" in note for note in found.notes)


@given(st.lists(st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=900)), min_size=1, max_size=8))
def test_any_duration_as_pandas_and_as_iso_write_it(lengths: list[datetime.timedelta]) -> None:
    expected = [length.total_seconds() for length in lengths]
    for cells in ([str(pd.Timedelta(length)) for length in lengths], [pd.Timedelta(x).isoformat() for x in lengths]):
        assert table(cells).frame["x"].tolist() == pytest.approx(expected, abs=1e-6)


def test_durations() -> None:
    assert table(["1:02:03", "100:00:00", "0:00:59"]).frame["x"].tolist() == [3723, 360_000, 59]
    assert table(["PT1H", "PT90M", "P1D", "P2W", "-PT1.5S"]).frame["x"].tolist() == [3600, 5400, 86400, 1209600, -1.5]
    gaps = table(["12:30", "?", "9:05"]).frame["x"]
    assert gaps.isna().tolist() == [False, True, False] and gaps[2] == 9 * 3600 + 5 * 60


@pytest.mark.parametrize("form", ["{}:30", "PT{}H30M"])
def test_times_beside_cells_that_are_none(form: str) -> None:
    times = [form.format(hour) for hour in range(20)]
    own, seconds = table(times), [3600 * hour + 1800 for hour in range(20)]
    assert own.frame["x"].tolist() == seconds
    said = table([*times, "abc", "n.d."]).with_kinds({"x": "number"})
    assert said.frame["x"].tolist()[:20] == seconds and said.frame["x"].isna().tolist()[20:] == [True, True]
    assert said.notes == [
        f"In “x”, times were read as seconds (20 cells, such as “{times[0]}”).",
        "In “x”, what is no number counts as missing (2 cells, such as “abc”).",
    ]
    newer, encoder = table([form.format(2), "abc", "25:61", form.format(3)]), Encoder().fit(own.without("y"))
    for found in (read_alike(newer, own), read_alike(newer, own.with_kinds({"x": "number"})), encoder.read(newer)):
        assert found.frame["x"].tolist()[::3] == [9000, 12600] and found.frame["x"].isna().sum() == 2
        assert [note.split(" (")[0] for note in found.notes] == [
            "In “x”, times were read as seconds",
            "In “x”, what is no number counts as missing",
        ]
        assert check_rows(encoder, found.frame) == []
    assert encoder.transform(newer.frame)[0, 0] == encoder.transform(own)[2, 0]
    ages = table([str(age) for age in range(20, 60)])
    assert read_alike(table(["30", "7:45", "41"]), ages).frame["x"].isna().tolist() == [False, True, False]

"""Records on disk: an experiment that is interrupted goes on, and no file of another kind is written over."""

import pandas as pd
import pytest
from click.testing import CliRunner

from dami.__main__ import cli
from dami.errors import TableError
from dami.studies.recording import record
from dami.studies.simulation import COLUMNS, Experiment
from dami.tables.demos import load_demo

SAME = [column for column in COLUMNS if not column.endswith("seconds")]


@pytest.fixture(scope="module")
def experiment():
    frame = load_demo("penguins")
    return Experiment.of(frame.drop(columns="label"), frame["label"], ["random", "margin"], 10, 5, 2)


def test_what_is_done_is_not_done_again(experiment, tmp_path):
    path = tmp_path / "records.csv"
    first = record(experiment, range(2), path)
    before = path.read_bytes()
    more = record(experiment, range(4), path)
    assert path.read_bytes().startswith(before) and len(more) == 4 * 2 * 3
    pd.testing.assert_frame_equal(more[SAME][: len(first)], first[SAME], check_dtype=False)
    afresh = record(experiment, range(4), tmp_path / "afresh.csv")
    pd.testing.assert_frame_equal(more[SAME], afresh[SAME], check_dtype=False)
    assert len(record(experiment, [3], path)) == 6


def test_a_seed_that_was_cut_off_is_run_again(experiment, tmp_path):
    path = tmp_path / "records.csv"
    whole = record(experiment, range(3), path)
    text = path.read_text()
    for cut in (10, 150, 400):
        path.write_text(text[:-cut])
        pd.testing.assert_frame_equal(record(experiment, range(3), path)[SAME], whole[SAME], check_dtype=False)


def test_another_experiments_file_is_left_alone(experiment, tmp_path):
    path = tmp_path / "records.csv"
    path.write_text("my,own,table\n1,2,3\n")
    with pytest.raises(TableError, match="no records"):
        record(experiment, range(1), path)
    assert path.read_text() == "my,own,table\n1,2,3\n"
    path.unlink()
    record(experiment, range(1), path)
    before = path.read_text()
    for strategies, initial, rounds in (
        (["random"], 10, 2),
        (["random", "margin"], 12, 2),
        (["random", "margin"], 10, 1),
    ):
        other = Experiment.encoded(experiment.X, experiment.y, strategies, initial, 5, rounds)
        with pytest.raises(TableError, match="another experiment"):
            record(other, range(1), path)
    assert path.read_text() == before


def test_the_command_writes_records_and_says_what_they_say(tmp_path):
    table, out = tmp_path / "penguins.csv", tmp_path / "records.csv"
    load_demo("penguins").to_csv(table, index=False)
    arguments = ["simulate", str(table), "--target", "label", "--strategies", "dami,random", "--seeds", "2"]
    arguments += ["--initial", "10", "--batch", "5", "--rounds", "2", "--out", str(out)]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0 and done.stdout == "", done.output
    assert "random: ahead on" in done.stderr and "100 % done" in done.stderr
    found = pd.read_csv(out)
    assert list(found.columns) == COLUMNS and len(found) == 2 * 2 * 3
    again = CliRunner().invoke(cli, arguments)
    assert again.exit_code == 0 and pd.read_csv(out).equals(found)
    wrong = CliRunner().invoke(cli, [*arguments[:4], "--strategies", "dami,best", "--out", str(out)])
    assert wrong.exit_code == 2 and "no strategy 'best'" in wrong.stderr and len(wrong.stderr.splitlines()) == 1

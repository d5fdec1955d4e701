"""Records on disk: an experiment that is interrupted goes on, and no file of another kind is written over."""

import pandas as pd
import pytest
from click.testing import CliRunner

from dami.__main__ import cli
from dami.errors import Cancelled, TableError
from dami.networks import version as network_version
from dami.studies.experiment import COLUMNS, COMPARISON, VERSION, Experiment
from dami.studies.record_file import read_whole, record, version_file
from dami.tables.demos import load_demo

pytestmark = pytest.mark.usefixtures("few_steps")
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


def test_a_reader_sees_whole_seeds_only_and_changes_nothing(experiment, tmp_path):
    path = tmp_path / "records.csv"
    assert len(read_whole(path, 6)) == 0
    whole = record(experiment, range(12), path)
    pd.testing.assert_frame_equal(read_whole(path, 6), whole, check_dtype=False)
    text = path.read_text()
    last = text.rindex("margin,11,2")
    for cut in (last, last + len("margin,1"), last + len("margin,11,2,20,0.9"), len(text) - 300):
        path.write_text(text[:cut])  # as if the rest were being written
        found = read_whole(path, 6)
        assert len(found) == 6 * found["seed"].nunique() >= 6 * 10
        pd.testing.assert_frame_equal(found, whole[whole["seed"].isin(found["seed"])], check_dtype=False)
        assert path.read_text() == text[:cut]
    path.write_text("my,own,table\n1,2,3\n")
    assert len(read_whole(path, 6)) == 0


def test_every_group_is_handed_over_before_it_is_recorded(experiment, tmp_path):
    path = tmp_path / "records.csv"
    seen = []

    def keep(finished):
        seen.append((sorted(finished.picks), len(read_whole(path, 6)) // 6))
        if len(seen) == 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        record(experiment, range(10), path, on_finished=keep, one_seed_first=True)
    assert seen == [([0], 0), ([1, 2], 1), ([3, 4, 5], 3)]
    assert set(read_whole(path, 6)["seed"]) == {0, 1, 2}


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


def test_records_of_another_network_are_not_continued(experiment, tmp_path, monkeypatch):
    path = tmp_path / "records.csv"
    first = record(experiment, range(1), path)
    before, beside = path.read_bytes(), version_file(path).read_text()
    assert beside.strip() == VERSION and list(pd.read_csv(path).columns) == COLUMNS  # other programs read it
    for text, words in (("3.1\n", "version 3.1"), ("", "an old version"), (None, "an old version")):
        if text is None:
            version_file(path).unlink()  # as files were before they had a version
        else:
            version_file(path).write_text(text)
        with pytest.raises(TableError, match=rf"records.csv holds records of {words} .* name another file"):
            record(experiment, range(2), path)
        assert path.read_bytes() == before
    assert len(read_whole(path, 6)) == len(first)  # they can still be read
    path.unlink()
    record(experiment, range(1), path)
    monkeypatch.setattr("dami.studies.record_file.VERSION", "9.9")  # as if the network had become another
    with pytest.raises(TableError, match=f"version {VERSION} .* by version 9.9"):
        record(experiment, range(1), path)
    path.unlink()
    pd.testing.assert_frame_equal(record(experiment, range(1), path)[SAME], first[SAME], check_dtype=False)


def test_the_version_names_the_network_and_the_comparison():
    assert f"{COMPARISON}.{network_version.VERSION}" == VERSION


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
    version_file(out).unlink()
    old = CliRunner().invoke(cli, arguments)
    assert old.exit_code == 2 and "an old version" in old.stderr and len(old.stderr.splitlines()) == 1
    wrong = CliRunner().invoke(cli, [*arguments[:4], "--strategies", "dami,best", "--out", str(out)])
    assert wrong.exit_code == 2 and "no strategy 'best'" in wrong.stderr and len(wrong.stderr.splitlines()) == 1

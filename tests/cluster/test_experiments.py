"""Experiments on a cluster give the records that they give here."""

import pandas as pd
from click.testing import CliRunner

from dami.__main__ import cli
from dami.studies import benchmark
from dami.studies.experiment import COLUMNS

SAME = [column for column in COLUMNS if not column.endswith("seconds")]


def run(*arguments):
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    assert result.exit_code == 0, (result.stderr, result.exception)
    return result


def test_the_benchmark_gives_the_same_records_and_goes_on(apart, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "REGIMES", {"A": (10, 5, 2)})
    benchmark.experiment.cache_clear()
    chosen = ("benchmark", "--only", "wine", "--regimes", "A", "--seeds", 9, "--candidate", "dami")
    here, there = tmp_path / "here", tmp_path / "there"
    run(*chosen, "--strategies", "dami,bald", "--out", here)
    run(*chosen, "--strategies", "bald", "--out", there)  # two units are on file already
    known = there / "A" / "wine" / "bald.csv"
    before = known.read_bytes(), known.stat().st_mtime_ns
    result = run(*chosen, "--strategies", "dami,bald", "--out", there, "--scheduler", apart.scheduler_address)
    benchmark.experiment.cache_clear()
    assert (known.read_bytes(), known.stat().st_mtime_ns) == before and "100 % done" in result.stderr
    columns = ["table", "regime", *SAME]
    records = [pd.read_csv(folder / "records.csv")[columns] for folder in (here, there)]
    assert len(records[0]) == 2 * 9 * 3
    pd.testing.assert_frame_equal(*records, check_exact=True)


def test_a_simulation_gives_the_same_records_and_goes_on_with_the_seeds_that_are_left(apart, tmp_path):
    frame = tmp_path / "wine.csv"
    from dami.tables.demos import load_demo

    load_demo("wine").to_csv(frame, index=False)
    chosen = ("simulate", frame, "--target", "label", "--initial", 10, "--batch", 5, "--rounds", 2)
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    for seeds in (2, 4):
        run(*chosen, "--seeds", seeds, "--out", here)
        run(*chosen, "--seeds", seeds, "--out", there, "--scheduler", apart.scheduler_address)
        left, right = pd.read_csv(here), pd.read_csv(there)
        pd.testing.assert_frame_equal(left[SAME], right[SAME], check_exact=True)
    assert sorted(set(right["seed"])) == [0, 1, 2, 3]
    lines = there.read_text().splitlines(keepends=True)
    there.write_text("".join(lines[:-3]))  # cut off within the last seed
    run(*chosen, "--seeds", 4, "--out", there, "--scheduler", apart.scheduler_address)
    right = pd.read_csv(there)
    assert len(right) == len(left) and sorted(set(right["seed"])) == [0, 1, 2, 3]

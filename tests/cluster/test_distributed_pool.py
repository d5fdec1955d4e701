"""Picks over a cluster are those in memory, to the last digit that is printed."""

import csv
import io
import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from dami.__main__ import cli
from dami.cluster import connection
from dami.tables.demos import load_demo
from dami.tables.parquet_parts import Parts
from dami.tables.reading import read_table

ROOM = 100 * 10**6  # bytes that a worker may take for a query, beyond what it is before it


def query(*arguments):
    result = CliRunner().invoke(cli, ["query", *map(str, arguments)])
    assert result.exit_code in (0, 2), result.exception
    return result


def write(folder, frame, cuts):
    """A table in Parquet files, cut before these rows."""
    folder.mkdir()
    edges = [0, *cuts, len(frame)]
    for k, (start, end) in enumerate(pairwise(edges)):
        frame.iloc[start:end].to_parquet(folder / f"part-{k}.parquet", index=False)
    return folder / "*.parquet"


def messy(n=1000):
    """Numbers with gaps, infinities and huge values, dates, texts, few and many categories, row numbers."""
    rng = np.random.default_rng(0)
    words = np.array(["red", "blue", "warm", "cold", "stone", "river", "cloud", "leaf"])
    frame = pd.DataFrame(
        {
            "id": np.arange(n),
            "amount": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
            "count": pd.array(np.where(np.arange(n) > n // 2, 7, rng.integers(0, 9, n)), "Int64"),
            "ends": np.where(rng.random(n) < 0.01, np.inf, rng.exponential(size=n)),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**8, n), unit="s"),
            "kind": rng.choice(["a", "b", None], n),
            "note": [" ".join(rng.choice(words, 5)) for _ in range(n)],
            "town": rng.choice([f"town {k}" for k in range(60)], n),
            "late": [None] * (n // 2) + rng.choice(["yes", "no"], n - n // 2).tolist(),
            "code": rng.choice([2**60, 2**60 + 1, 5], n),
            "label": rng.choice(["x", "y", "z"], n),
        }
    )
    frame.loc[rng.random(n) < 0.1, "count"] = None
    frame.loc[rng.random(n) < 0.96, "label"] = None
    return pd.concat([frame, frame.iloc[::7]], ignore_index=True)  # with duplicates in other parts


@pytest.mark.parametrize(
    "arguments",
    [
        ("--target", "label", "-n", 40),
        ("--target", "label", "-n", 15, "--strategy", "core-set", "--seed", 3),
        ("--target", "label", "-n", 15, "--strategy", "dami-predicted"),
        ("-n", 25),  # no labels: the row nearest the mean, then farthest-first
    ],
)
def test_the_picks_are_those_in_memory(cluster, tmp_path, arguments):
    table = write(tmp_path / "pool", messy(), [1, 300, 300, 600])  # a part of one row, and one of none
    known, found = query(table, *arguments), query(table, *arguments, "--scheduler", cluster.scheduler_address)
    assert known.exit_code == found.exit_code == 0, found.stderr
    assert found.stdout == known.stdout and len(known.stdout.splitlines()) == arguments[arguments.index("-n") + 1] + 1
    assert ("cold start" in found.stderr) == ("cold start" in known.stderr) == (arguments[0] == "-n")
    assert "4 of 4 parts encoded" in found.stderr


def test_until_no_row_is_left(cluster, tmp_path):
    """Beyond radius 0 among local models it goes on among rows, and beyond that with equal rows, the lowest first."""
    frame = load_demo("penguins").sample(40, random_state=0)
    frame = pd.concat([frame.assign(label=None), frame, frame.assign(label=None)])
    table = write(tmp_path / "pool", frame, [30, 60])
    known = query(table, "--target", "label", "-n", 200)
    found = query(table, "--target", "label", "-n", 200, "--scheduler", cluster.scheduler_address)
    assert found.stdout == known.stdout and len(known.stdout.splitlines()) == 81
    assert "Only 80 rows without a label are left" in found.stderr
    assert [line[1] for line in csv.reader(io.StringIO(found.stdout))][-80:].count("0.0") >= 40


def test_a_pool_that_the_worker_could_not_hold(apart, tmp_path):
    """Decoded, the parts take more than the worker has room for; it takes no more, and the picks are the same."""
    rng = np.random.default_rng(1)
    answers = [[f"question {j}: " + "very " * (508 + k) + "much so" for k in range(4)] for j in range(10)]
    folder, size, decoded, brief = tmp_path / "pool", 400, 0, []
    folder.mkdir()
    for part in range(11):
        signal = rng.normal(size=(size, 4))
        columns: dict[str, object] = {f"x{j}": signal[:, j] for j in range(4)}
        drawn = {f"answer {j}": rng.integers(0, 4, size) for j in range(len(answers))}
        for name, texts in zip(drawn, answers, strict=True):
            columns[name] = pa.DictionaryArray.from_arrays(drawn[name], texts).dictionary_decode()
        columns["label"] = np.where(rng.random(size) < 1e-2, np.where(signal[:, 0] > 0, "up", "down"), None)
        table = pa.table(columns)
        decoded += table.nbytes
        pq.write_table(table, folder / f"part-{part:02}.parquet")
        brief.append(pd.DataFrame(columns | {name: np.array(list("abcd"))[codes] for name, codes in drawn.items()}))
    assert decoded > ROOM
    [worker] = apart.workers.values()
    pid = worker.pid
    few, asked = write(tmp_path / "few", messy(), [300]), ("--target", "label", "-n", 20)
    known = query(few, *asked)
    found = query(few, *asked, "--scheduler", apart.scheduler_address)  # by this, the worker loads all that it needs
    assert found.exit_code == 0 and found.stdout == known.stdout and len(known.stdout.splitlines()) == 21
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # VmHWM begins anew, whatever the worker has done for other tests
    before = memory(pid, "VmRSS")
    found = query(folder / "*.parquet", *asked, "--scheduler", apart.scheduler_address)
    assert found.exit_code == 0, found.stderr
    assert worker.pid == pid  # it was not killed and started anew
    assert memory(pid, "VmHWM") - before < ROOM
    # In memory, the same answers in a letter each, which are encoded in the same way.
    pd.concat(brief, ignore_index=True).to_parquet(tmp_path / "brief.parquet", index=False)
    assert found.stdout == query(tmp_path / "brief.parquet", *asked).stdout and len(found.stdout.splitlines()) == 21


def memory(pid, which):
    """The memory that a process has (VmRSS), or the most that it has had (VmHWM), in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(rf"{which}:\s+(\d+) kB", status)[1])


def test_a_pattern_reads_as_one_table(tmp_path):
    frame = messy()
    table = write(tmp_path / "pool", frame, [400, 401])
    frame.to_parquet(tmp_path / "whole.parquet", index=False)
    pd.testing.assert_frame_equal(Parts.of(str(table)).read(), read_table(tmp_path / "whole.parquet"))
    one = query(tmp_path / "whole.parquet", "--target", "label")
    assert one.exit_code == 0 and one.stdout == query(table, "--target", "label").stdout


def test_bad_input_is_one_line(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "SECONDS", 2)
    table = write(tmp_path / "pool", messy(100), [50])
    frame = messy(100).drop(columns="town")
    mixed = write(tmp_path / "mixed", frame, [50])
    frame.assign(town="x").to_parquet(tmp_path / "mixed" / "part-9.parquet")
    (tmp_path / "text").mkdir()
    frame.to_csv(tmp_path / "text" / "part.csv")
    address = cluster.scheduler_address
    cases = {
        (table, "--target", "label", "--strategy", "margin", "--scheduler", address): "does not run on a cluster",
        (table, "--target", "colour", "--scheduler", address): "its columns are",
        (table, "--scheduler", "tcp://127.0.0.1:9"): "No Dask scheduler answers at tcp://127.0.0.1:9",
        (table, "--scheduler", "nonsense://"): "No Dask scheduler answers",
        (tmp_path / "none" / "*.parquet", "--scheduler", address): "There is no file",
        (mixed, "--scheduler", address): "part-9.parquet has other columns than part-0.parquet",
        (tmp_path / "text" / "*.csv",): "part.csv cannot be read as Parquet",
    }
    for arguments, words in cases.items():
        result = query(*arguments)
        assert result.exit_code == 2 and result.stdout == "", (arguments, result.output)
        assert words in result.stderr and len(result.stderr.splitlines()) == 1, (arguments, result.stderr)


def test_dask_is_asked_for_where_it_is_missing(monkeypatch, tmp_path):
    table = write(tmp_path / "pool", messy(100), [50])
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = query(table, "--scheduler", "tcp://127.0.0.1:8786")
    assert result.exit_code == 2 and "pip install dask distributed" in result.stderr

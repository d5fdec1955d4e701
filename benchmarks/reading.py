"""Compares reading of CSV with pyarrow's own reader, and measures what follows: storing, opening and exporting a table.

``python benchmarks/reading.py [ROWS]`` makes a file of 200,000 rows and 10 columns as people have them: whole numbers,
decimals with a point and with a comma, gaps, days, codes, texts of which most differ, and texts in quotation marks
with commas, line breaks and quotation marks. DAMI and ``pyarrow.csv.read_csv`` read it in turn, each with the threads
that it takes by itself; DAMI keeps each cell as it was written beside what it means. It prints the ratio of their
seconds (limit 3) and of the processor's seconds, then the later steps beside the writing and reading of the same
columns by pyarrow, then the memory of a process that reads a million rows, beside the size of the table.
"""

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

ROWS = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 200_000
MILLION = 1_000_000
RUNS = 15
LIMIT = 3
WORDS = np.array(["red", "green", "blue", "small", "large", "old", "fast", "slow", "flat", "open", "north", "south"])


def table(n: int, seed: int = 0) -> pd.DataFrame:
    """Make texts, as they stand in a file."""
    rng = np.random.default_rng(seed)

    def words() -> np.ndarray:
        return WORDS[rng.integers(len(WORDS), size=n)]

    note = pd.Series(words()) + ", " + words()
    note = note.where(rng.random(n) > 0.01, 'so "called"').where(rng.random(n) > 0.01, "two\nlines")
    return pd.DataFrame(
        {
            "number": np.arange(1, n + 1).astype(str),
            "visits": rng.poisson(30, n).astype(str),
            "score": [f"{value:.6f}" for value in rng.normal(size=n)],
            "price": [f"{value:.2f}" for value in rng.gamma(2, 500, n)],
            "weight": [f"{value:.2f}".replace(".", ",") for value in rng.gamma(2, 30, n)],
            "age": np.where(rng.random(n) < 0.05, "", rng.integers(18, 90, n).astype(str)),
            "day": (np.datetime64("2020-01-01") + rng.integers(2000, size=n)).astype(str),
            "title": words() + " " + pd.Series(words()) + " " + rng.integers(10**6, size=n).astype(str),
            "town": [f"Town {k}" for k in rng.integers(300, size=n)],
            "note": note,
        }
    )


def in_turn(ours: Callable[[], object], theirs: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Return medians over several runs: seconds of both, seconds of the processor of both, and the two ratios."""
    found = []
    for _ in range(runs):
        gc.collect()
        times = []
        for run in (ours, theirs):
            began, spent = time.perf_counter(), time.process_time()
            run()
            times += [time.perf_counter() - began, time.process_time() - spent]
        found.append((times[0], times[2], times[1], times[3], times[0] / times[2], times[1] / times[3]))
    return [statistics.median(column) for column in zip(*found, strict=True)]


def reading(path: Path) -> None:
    from dami.tables.reading import open_table

    lines = csv.ParseOptions(newlines_in_values=True)
    ours, theirs, spent, their_spent, ratio, spent_ratio = in_turn(
        lambda: open_table(path), lambda: csv.read_csv(path, parse_options=lines)
    )
    print(f"read {ROWS:,} rows x 10 columns, {path.stat().st_size / 1e6:.0f} MB of CSV")
    print(f"  {ours:.3f} s, pyarrow {theirs:.3f} s: {ratio:.1f} times (limit {LIMIT})")
    print(f"  of the processor {spent:.3f} s, pyarrow {their_spent:.3f} s: {spent_ratio:.1f} times")


def later_steps(path: Path, folder: Path) -> None:
    os.environ["DAMI_HOME"] = str(folder / "home")
    from dami.store import tables as stored
    from dami.tables.reading import open_table
    from dami.tables.table import Table
    from dami.tables.writing import write_csv

    read = open_table(path)
    plain = pa.table({name: read.exact(name) for name in read.frame})
    options = {"compression": "zstd", "compression_level": 3}
    copy = folder / "copy.parquet"
    print(f"store, open and export {ROWS:,} rows, each beside pyarrow with one face of each cell")
    steps: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "written as Parquet": (
            lambda: stored._to_parquet(read.frame, [], read.originals),
            lambda: pq.write_table(plain, copy, **options),
        ),
        "opened": (
            lambda: stored.from_parquet(data),
            lambda: pq.read_table(copy).to_pandas(),
        ),
        "exported as CSV": (
            lambda: write_csv(Table(read.frame, read.originals)),
            lambda: csv.write_csv(plain, folder / "copy.csv"),
        ),
    }
    data = stored._to_parquet(read.frame, [], read.originals)
    for name, (ours, theirs) in steps.items():
        found = in_turn(ours, theirs, 5)
        print(f"  {name}: {found[0]:.2f} s, pyarrow {found[1]:.2f} s: {found[4]:.1f} times")


def memory(path: Path) -> None:
    """Read a file in this process, and print the most memory that it took."""
    from dami.tables.reading import open_table

    before = _most_megabytes()
    began = time.perf_counter()
    read = open_table(path)
    spent = time.perf_counter() - began
    most = _most_megabytes()
    frame = read.frame.memory_usage(deep=True).sum() / 1e6
    originals = sum(column.nbytes for column in read.originals.values()) / 1e6
    size = path.stat().st_size / 1e6
    print(f"read {len(read):,} rows x {read.frame.shape[1]} columns, {size:.0f} MB of CSV: {spent:.1f} s")
    print(f"  {most - before:.0f} MB at most, of which the file is {size:.0f} MB, the table {frame + originals:.0f} MB")
    print(f"  {(most - before) / (size + frame + originals):.1f} times the two together")


def _most_megabytes() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1e3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        table(ROWS).to_csv(path, index=False)
        reading(path)
        later_steps(path, Path(folder))
        table(MILLION).to_csv(path, index=False)
        subprocess.run([sys.executable, __file__, "--memory", str(path)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        memory(Path(sys.argv[2]))
    else:
        main()

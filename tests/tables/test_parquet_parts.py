"""Several Parquet files are one table: each cell as its file holds it, or a sentence why not."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dami.errors import TableError
from dami.tables.coded import coded
from dami.tables.parquet_parts import Parts

NOON = datetime.datetime(2024, 1, 2, 12)
Write = Callable[..., Parts]


@pytest.fixture
def parts(tmp_path: Path) -> Write:
    """Write columns (n,), each as the column "a" of a file of its own, and return the files as one table."""

    def write(*columns: Any) -> Parts:
        for place, column in enumerate(columns):
            held = column if isinstance(column, pa.ChunkedArray) else pa.array(column)
            pq.write_table(pa.table({"a": held, "b": [str(place)] * len(held)}), tmp_path / f"p{place}.parquet")
        return Parts.of(str(tmp_path / "*.parquet"))

    return write


def categories(*texts: str | None) -> pa.Array:
    return pa.array(texts).dictionary_encode()


@pytest.mark.parametrize(
    ("columns", "texts"),
    [
        ([categories("x", "y"), categories("z", "x")], ["x", "y", "z", "x"]),  # the same numbers stand for others
        ([categories("x", None), pa.array(["z", "x"])], ["x", "", "z", "x"]),
        ([pa.array(["z", None]), pd.Categorical(["x", "z"])], ["z", "", "x", "z"]),
        ([pa.array(["x"], pa.string_view()), pa.array(["y"]), pa.array(["z"], pa.large_string())], ["x", "y", "z"]),
        ([pa.nulls(2), pa.array(["007", "NA"])], ["", "", "007", "NA"]),
        ([pa.nulls(1), pa.array([1, None]), pa.array([2], pa.int8())], ["", "1", "", "2"]),
        ([pa.array([1, 2**53]), pa.array([0.5])], ["1", str(2**53), "0.5"]),
        ([pd.array([1, None], "Int64"), pd.array([2, 3], "Int32")], ["1", "", "2", "3"]),
        ([pd.array([True, None], "boolean"), pa.array([False])], ["True", "", "False"]),
        ([pa.array([Decimal("1.50")]), pa.array([Decimal("100.125")])], ["1.50", "100.125"]),
        ([pa.array([True, None]), pa.nulls(1)], ["True", "", ""]),
        ([pd.period_range("2024-01", periods=2, freq="M"), pa.nulls(1)], ["2024-01", "2024-02", ""]),
        ([coded([1, 2], {1: "low", 2: "low"}), coded([3], {3: "high"})], ["low", "low", "high"]),
    ],
)
def test_each_cell_is_as_its_file_holds_it(parts: Write, columns: list[Any], texts: list[str]) -> None:
    table = parts(*columns)
    assert table.open().texts("a").tolist() == texts
    values = [None if pd.isna(value) else value for value in table.read()["a"]]
    blocks = [block["a"] for part in range(len(table.paths)) for block in table.blocks(part, ["a"])]
    assert [None if pd.isna(value) else value for block in blocks for value in block] == values
    assert [text == "" for text in texts] == [value is None for value in values]


def test_groups_of_rows_with_other_categories_are_one_column(tmp_path: Path) -> None:
    with pq.ParquetWriter(tmp_path / "p.parquet", pa.schema([("a", categories("x").type)])) as file:
        for texts in (["x", "y"], ["z", "x"]):
            file.write_table(pa.table({"a": categories(*texts)}))
    assert Parts.of(str(tmp_path / "p.parquet")).open().texts("a").tolist() == ["x", "y", "z", "x"]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            [pa.array([1]), pa.array(["x"])],
            r"“a” is string in p1\.parquet, but int64 in the files before it\. Save them",
        ),
        ([pa.array([1]), pa.array([0.5]), pa.array([True])], r"“a” is bool in p2\.parquet, but double in the files"),
        ([pa.array([NOON.date()]), pa.array([NOON])], r"“a” is timestamp\[us\] in p1\.parquet, but date32"),
        ([pa.array([NOON], pa.timestamp("us", "UTC")), pa.array([NOON])], r"“a” is timestamp\[us\] in p1\.parquet"),
    ],
)
def test_types_that_nothing_holds_are_named(parts: Write, columns: list[Any], says: str) -> None:
    with pytest.raises(TableError, match=says):
        parts(*columns)


@pytest.mark.parametrize(
    "columns",
    [
        [pa.array([2**60 + 1]), pa.array([0.5])],
        [pa.array([2**63 + 5], pa.uint64()), pa.array([-1])],
        [pa.array([253_402_210_800], pa.timestamp("s")), pa.array([1], pa.timestamp("ns"))],
    ],
)
def test_a_value_that_would_change_is_told(parts: Write, columns: list[Any]) -> None:
    table = parts(*columns)
    for read in (table.read, table.open, lambda: [*table.blocks(0, ["a"]), *table.blocks(1, ["a"])]):
        with pytest.raises(TableError, match=r"“a” has other types in other files of .* Save the files with one type"):
            read()

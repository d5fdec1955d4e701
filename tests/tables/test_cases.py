"""The files of `cases`, kinds of faults that people reported, are read right and come back as they were."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from cases import CASES, Case

from dami.errors import TableError
from dami.tables.columns import describe_target
from dami.tables.encoding import Encoder
from dami.tables.reading import open_table
from dami.tables.table import Table
from dami.tables.writing import WRITERS, write_csv

pytestmark = pytest.mark.usefixtures("workbooks_here")
BY_NAME = {case.name: case for case in CASES}


@cache
def opened(name: str) -> Table:
    """The file of a case as it is read, once for all tests: nothing changes a table."""
    return open_table(BY_NAME[name].data, name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reported_file_is_read_right(case: Case):
    read = opened(case.name)
    assert len(read) == case.n_rows
    for name, cells in case.cells.items():
        assert read.written[name].tolist()[: len(cells)] == cells, name
    described = {column.name: column for column in read.columns}
    for name, kind in case.kinds.items():
        assert described[name].kind == kind and described[name].left_out is None, name
    for name, values in case.values.items():
        expected = [np.nan if value is None else value for value in values]
        np.testing.assert_array_equal(read.frame[name].to_numpy(dtype=float)[: len(values)], expected)
    for part in case.notes:
        assert any(part in note for note in read.notes), (part, read.notes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reported_file_comes_back_cell_by_cell(case: Case):
    read = opened(case.name)
    if case.name == "04_long_cell.csv":  # a cell of Excel is shorter
        with pytest.raises(TableError, match="“text” has a text of"):
            WRITERS[".xlsx"](read)
    formats = [".csv", ".parquet", *([] if case.name == "04_long_cell.csv" else [".xlsx"])]
    copies = [(suffix, WRITERS[suffix](read)) for suffix in formats]
    for suffix, data in [*copies, (".csv", write_csv(read, armed=True))]:
        back = open_table(data, f"copy{suffix}")
        rest = read.written.iloc[len(back) :]  # a sheet does not show that it ends in empty rows
        assert len(rest) == 0 or (suffix == ".xlsx" and (rest == "").all(axis=None)), suffix
        pd.testing.assert_frame_equal(back.written, read.written.iloc[: len(back)], obj=suffix)


def test_versions_and_na_are_classes_as_they_were_written():
    versions = describe_target(opened("08_versions.csv"), "label")
    assert [name for name, _ in versions.classes] == ["3.1", "3.10"]
    answers = describe_target(opened("03_na_class.csv"), "answer")
    assert answers.unread == [("n/a", 4)] and [name for name, _ in answers.classes] == ["no", "yes"]


def test_sorted_prices_give_the_features_of_shuffled_ones():
    tables = [opened(name).frame for name in ("10_sorted.csv", "10_shuffled.csv")]
    features = [Encoder().fit_transform(table) for table in tables]
    assert features[0].shape == features[1].shape
    np.testing.assert_allclose(*(np.sort(X, axis=0) for X in features))


def test_fixed_width_is_refused_in_words():
    text = "name      age  city\nAnnika     31  Bonn\nBo         22  Köln\nCarla      45  Ulm\n"
    with pytest.raises(TableError, match=r"15_fixed\.txt sets its columns apart by spaces"):
        open_table(text.encode(), "15_fixed.txt")

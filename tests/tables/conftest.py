"""Tables for tests: the shipped ones, and those of the folder that DAMI_TABLES names."""

import contextlib
import io
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from dami.tables import statistics_child, statistics_files, workbook_child, workbooks
from dami.tables.demos import DEMOS, load_demo
from dami.tables.reading import read_table

FOLDER = os.environ.get("DAMI_TABLES")
PATHS = {path.name: path for path in sorted(Path(FOLDER).glob("*.csv"))} if FOLDER else {}


@cache
def table(name: str) -> pd.DataFrame:
    """A demo by its name, or a file of DAMI_TABLES by its file name; the target is "label"."""
    return load_demo(name) if name in DEMOS else read_table(PATHS[name])


@pytest.fixture(params=[*DEMOS, *PATHS])
def any_table(request: pytest.FixtureRequest) -> pd.DataFrame:
    """Each table that is at hand, with its target in the column "label"."""
    return table(request.param).copy()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process what others read in one of their own: to start it takes longer than all else."""

    def run(script: Path, arguments: list[str], data: bytes) -> bytes:
        name, encoding, *limits = arguments
        out = io.BytesIO()
        try:
            statistics_child.read(data, out, name, encoding, *map(int, limits))
        except Exception as error:
            told = traceback.format_exc().encode()
            raise subprocess.CalledProcessError(1, script.name, stderr=told) from error
        return out.getvalue()

    monkeypatch.setattr(statistics_files, "run_apart", run)


@pytest.fixture(scope="module")
def workbooks_here() -> Iterator[None]:
    """Read workbooks in this process alone: those of most tests are sound. To start another takes longer than all else.

    tests/tables/test_workbooks.py reads them as others do.
    """

    def run(script: Path, arguments: list[str], data: bytes) -> bytes:
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
            patch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
            workbook_child.main()
        return out.getvalue().encode()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbooks, "run_apart", run)
        yield

"""A data folder and database of its own for every test: real files, a real PostgreSQL, nothing mocked.

Every test is run on both databases, but for those that are marked as SQLite's.
"""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from dami.store import database, projects, tables

ROOT = Path(__file__).parents[2]


def pytest_generate_tests(metafunc):
    databases = ["sqlite", "postgresql"]
    alone = [name for name in databases if metafunc.definition.get_closest_marker(name)]
    metafunc.parametrize("data_folder", alone or databases, indirect=True)


@pytest.fixture(autouse=True)
def data_folder(request, home, monkeypatch):
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        postgres.empty()
        monkeypatch.setenv("DAMI_DATABASE_URL", postgres.url)
    yield home
    database.reset()


@pytest.fixture
def untouched(data_folder, request):
    """A database that nobody has opened yet; nobody minds what becomes of it."""
    if "DAMI_DATABASE_URL" not in os.environ:
        (data_folder / "dami.db").unlink()
        yield
        return
    postgres = request.getfixturevalue("postgres")
    postgres.clear()
    yield
    database.reset()
    postgres.clear()


@pytest.fixture
def table():
    return tables.store_table(pd.DataFrame({"a": range(1000), "b": ["x", "y"] * 500}))


@pytest.fixture
def project(table):
    """The id of a project with 1,000 rows and the classes 0 (cat), 1 (dog) and 2 (owl)."""
    return projects.create("Animals", table.id, classes=["cat", "dog", "owl"], annotator="ada").id


@pytest.fixture
def start():
    """Start Python code in a process of its own, its output readable as lines; killed at the end if still there."""
    started = []

    def run(code: str, *arguments: object) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=ROOT,
            env=dict(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()

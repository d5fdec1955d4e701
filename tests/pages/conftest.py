"""Projects before, between and after their first trainings, each in a data folder of a test's own."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from app_client import begin, things, train, work
from streamlit.components.v2 import manifest_scanner

from dami.store import database


@pytest.fixture(autouse=True)
def data_folder(home: Path) -> Iterator[Path]:
    yield home
    database.reset()


@pytest.fixture(autouse=True, scope="session")
def scanned_once() -> Iterator[None]:
    """Every AppTest looks for components in all packages that are installed, which a server does once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def frame() -> pd.DataFrame:
    return things()


@pytest.fixture
def project() -> str:
    """A project in Practise of which nothing is trained yet."""
    return begin()


@pytest.fixture(scope="session")
def cold_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with one project of which the cold start is done."""
    folder = tmp_path_factory.mktemp("cold")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAMI_HOME", str(folder))
        project = begin()
        work()
        database.reset()
    return folder, project


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory, cold_home: tuple[Path, str]) -> tuple[Path, str]:
    """The same later: its network is trained on twelve labels, and it has a map."""
    folder = tmp_path_factory.mktemp("trained")
    shutil.copytree(cold_home[0], folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAMI_HOME", str(folder))
        train(cold_home[1])
        work("map")
        database.reset()
    return folder, cold_home[1]


@pytest.fixture
def cold(data_folder: Path, cold_home: tuple[Path, str]) -> str:
    """The project after its cold start, in a data folder of this test's own."""
    shutil.copytree(cold_home[0], data_folder, dirs_exist_ok=True)
    return cold_home[1]


@pytest.fixture
def trained(data_folder: Path, trained_home: tuple[Path, str]) -> str:
    """The project with a network and a map, in a data folder of this test's own."""
    shutil.copytree(trained_home[0], data_folder, dirs_exist_ok=True)
    return trained_home[1]

from importlib.util import find_spec

import pytest

import dami


def test_every_name_is_found():
    for name in dami.__all__:
        if name == "project_map" and find_spec("dami.views.projection") is None:
            continue
        assert getattr(dami, name) is not None and name in dir(dami)
    assert set(dami._HOMES) <= set(dami.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        dami.nonsense  # noqa: B018


def test_version_is_that_of_the_project():
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(dami.__file__).parents[1] / "pyproject.toml").read_text())
    assert dami.__version__ == project["project"]["version"]


def test_registry_names():
    named = ("dami", "random", "margin", "entropy", "core-set", "badge", "typiclust", "bald", "dami-plus")
    assert next(iter(dami.STRATEGIES)) == "dami" and set(named) <= set(dami.STRATEGIES)
    assert all(strategy.name == name for name, strategy in dami.STRATEGIES.items())

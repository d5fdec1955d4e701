"""What is installed: the versions that are asked for, of all that is imported, with the hashes of their files."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import plotly
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
EXTRAS = {"dami/integrations": "skactiveml", "dami/cluster": "cluster"}  # folders that may import what an extra brings


def versions(text: str) -> dict[str, str]:
    return {name.lower(): version for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.]+)", text)}


@pytest.mark.parametrize("folder", [".", "tests"])
def test_every_package_is_locked_with_hashes(folder: str):
    asked = versions((ROOT / "requirements.txt").read_text() + (ROOT / folder / "requirements.txt").read_text())
    lock = (ROOT / folder / "requirements.lock").read_text()
    del asked["torch"]  # comes in several builds
    assert asked.items() <= versions(lock).items()
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if not entry.startswith("#")]
    assert all(versions(entry) and " --hash=sha256:" in entry for entry in entries)


def test_setup_checks_the_hashes():
    setup = (ROOT / ".ci" / "setup").read_text()
    assert "--require-hashes --no-deps" in setup and "requirements.lock" in setup


def test_every_package_that_is_imported_is_asked_for():
    """Not left to come along with another one, which may drop it."""
    always = names(re.findall(r"(?m)^\w.*", (ROOT / "requirements.txt").read_text()))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    brought_by = packages_distributions()
    missing = []
    for path in [*sorted((ROOT / "dami").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "app.py"]:
        place = path.relative_to(ROOT).as_posix()
        asked = always.union(*(names(extras[extra]) for folder, extra in EXTRAS.items() if place.startswith(folder)))
        for name in sorted(imported(path) - sys.stdlib_module_names - {"dami"}):
            if asked.isdisjoint(map(canonicalize_name, brought_by.get(name, []))):
                missing.append(f"{place} imports {name}")
    assert not missing


def test_the_part_of_plotly_that_browsers_load_is_of_the_version_that_python_has():
    """It comes from the npm package plotly.js, dist/plotly-gl2d.min.js: copy it anew with each new version."""
    part = ROOT / "dami" / "ui" / "components" / "vendor" / "plotly-gl2d.min.js"
    whole = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    said = [
        re.findall(r"plotly\.js (?:\(gl2d - minified\) )?(v[\d.]+)$", path.read_text("utf-8")[:100], re.M)
        for path in (part, whole)
    ]
    assert said[0] == said[1] != []


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def imported(path: Path) -> set[str]:
    """The first part of each name that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return {name.split(".")[0] for name in found}

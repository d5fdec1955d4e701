"""Imports point downward, never in a circle, and each heavy library has its one place: read from the syntax tree."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ENGINE = {"errors", "registry", "wording", "tables", "networks", "selection", "studies"}
BELOW_WORKSPACE = ENGINE | {"views", "store"}
MAY_IMPORT = {
    "errors": set(),
    "registry": {"errors"},
    "wording": set(),
    "notes": set(),
    "tables": {"errors", "registry", "wording", "notes"},
    "networks": {"errors"},
    "views": {"errors", "wording"},  # arrays and frames alone: what draws them may stand above
    "selection": {"errors", "registry", "wording", "tables", "networks", "views"},
    "studies": {"errors", "wording", "tables", "networks", "selection", "views"},
    "integrations": {"errors", "tables", "networks", "selection", "views"},  # beside studies; nothing imports it
    "cluster": ENGINE | {"views"},
    "store": {"errors", "notes"},  # none of the engine
    "__init__": BELOW_WORKSPACE,  # the public API
    "workspace": BELOW_WORKSPACE | {"__init__"},
    "commands": BELOW_WORKSPACE | {"__init__", "workspace", "cluster"},
    "__main__": {"__init__", "commands"},
    "ui": BELOW_WORKSPACE | {"__init__", "workspace"},
    "pages": BELOW_WORKSPACE | {"__init__", "workspace", "ui"},
    "app": BELOW_WORKSPACE | {"__init__", "workspace", "ui", "pages"},
}
ONLY_IN = {
    "streamlit": ("dami/ui/", "pages/", "app.py"),
    "umap": ("dami/views/projection.py",),
    "torch": ("dami/networks/training.py",),
    "onnx": ("dami/selection/onnx_file.py",),
    "onnxruntime": (),  # tests and others run what is exported
    "safetensors.torch": ("dami/networks/training.py",),  # it imports torch
    "sqlalchemy": ("dami/store/",),
    "alembic": ("dami/store/",),
    "skactiveml": ("dami/integrations/skactiveml.py",),
    "dask": ("dami/cluster/",),
    "distributed": ("dami/cluster/",),
    "pickle": (),
    "_pickle": (),
    "cloudpickle": (),
    "dill": (),
    "joblib": (),
    "marshal": (),
    "shelve": (),
}


def python_files(root: Path) -> Iterator[Path]:
    yield from sorted((root / "dami").rglob("*.py"))
    yield from sorted((root / "pages").rglob("*.py"))
    if (root / "app.py").exists():
        yield root / "app.py"


def imported(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that a file imports, at whatever depth: `a.b` for ``from a import b``."""
    yield from imports_of(path.read_text(encoding="utf-8"), path.relative_to(root).with_suffix("").parts[:-1])


@cache
def imports_of(text: str, package: tuple[str, ...]) -> list[tuple[int, str]]:
    return [*_imports(text, package)]


def _imports(text: str, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def room_of_file(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return parts[1] if parts[0] == "dami" else parts[0]


def room_of_import(name: str) -> str | None:
    """The room that an import goes to; None if it leaves the project."""
    parts = name.split(".")
    if parts[0] in ("pages", "app"):
        return parts[0]
    if parts[0] != "dami":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in MAY_IMPORT else "__init__"


def violations(root: Path) -> list[str]:
    found = []
    for path in python_files(root):
        place, room = path.relative_to(root).as_posix(), room_of_file(path, root)
        if room not in MAY_IMPORT:
            found.append(f"{place}: docs/architecture.md has no room {room}")
            continue
        for line, name in imported(path, root):
            target = room_of_import(name)
            if target is not None and target != room and target not in MAY_IMPORT[room]:
                found.append(f"{place}:{line}: {room} may not import {name}")
            for library, places in ONLY_IN.items():
                if f"{name}.".startswith(f"{library}.") and not any(place.startswith(allowed) for allowed in places):
                    found.append(f"{place}:{line}: {library} may not be imported here")
    return found


def module_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circle(root: Path) -> list[str]:
    """Files that import each other in a circle, from one of them back to it; none where there is no circle.

    An import that is run late, or that only a type checker follows, counts like any other.
    """
    files = {module_of(path, root): path for path in python_files(root)}
    graph = {}
    for module, path in files.items():
        names = (name for _, name in imported(path, root))
        # `from a import b` needs the file a.b where there is one, else a file a that has b
        needed = (name if name in files else name.rpartition(".")[0] for name in names)
        graph[module] = sorted(other for other in needed if other in files and other != module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [files[module].relative_to(root).as_posix() for module in error.args[1]]
    return []


def test_no_files_import_each_other_in_a_circle():
    assert circle(ROOT) == []


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("dami/ui/state.py", "from dami.ui import theme"),
        ("dami/ui/state.py", "from .theme import apply"),
        ("dami/ui/state.py", "def f():\n    import dami.ui.theme"),
        ("dami/ui/state.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dami.ui.theme import A"),
        ("dami/ui/__init__.py", "from dami.ui.theme import apply"),
    ],
)
def test_a_circle_of_files_is_found(tmp_path, last, code):
    write(tmp_path / "dami/ui/theme.py", "from dami.ui import start\nimport dami.ui.state")
    write(tmp_path / "dami/ui/start.py", "from dami.ui import state, KIND")
    write(tmp_path / "dami/ui/state.py", "import streamlit")
    write(tmp_path / "dami/ui/__init__.py", "KIND = 1")
    assert circle(tmp_path) == []
    write(tmp_path / last, code)
    found = circle(tmp_path)
    assert last in found
    assert found[0] == found[-1]


def test_links_between_pages_do_not_depend_on_where_pages_lie():
    for path in python_files(ROOT):
        assert not re.search(r"""["']\S*pages/\w""", path.read_text()), f"{path}: name pages by `page_file`"


def test_imports_point_downward_and_heavy_libraries_have_one_place():
    assert violations(ROOT) == []


def test_the_reader_sees_the_project():
    files = [path.relative_to(ROOT).as_posix() for path in python_files(ROOT)]
    assert "dami/store/database.py" in files
    names = {name for _, name in imported(ROOT / "dami/store/database.py", ROOT)}
    assert "sqlalchemy" in names
    assert "dami.errors.DamiError" in names
    assert "dami.store.migrate.upgrade" in names  # inside a function


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("dami/tables/reading.py", "from dami.networks.mlp import MLP"),
        ("dami/tables/reading.py", "from dami import networks"),
        ("dami/tables/reading.py", "from ..networks import mlp"),
        ("dami/tables/reading.py", "from .. import networks"),
        ("dami/tables/reading.py", "import dami.networks as n"),
        ("dami/tables/reading.py", "import dami"),
        ("dami/errors.py", "from dami.tables import reading"),
        ("dami/networks/mlp.py", "def f():\n    from dami.selection import learner"),
        ("dami/networks/mlp.py", "def f():\n    import torch.nn"),
        ("dami/networks/mlp.py", "import importlib\nimportlib.import_module('torch')"),
        ("dami/networks/mlp.py", "t = __import__('torch')"),
        ("dami/networks/mlp.py", "from safetensors.torch import load"),
        ("dami/selection/model_file.py", "def f():\n    from onnx import helper"),
        ("dami/selection/learner.py", "from dami.studies import simulation"),
        ("dami/views/plots.py", "from dami.tables import reading"),
        ("dami/views/plots.py", "from dami.selection.strategies import Selection"),
        ("dami/integrations/skactiveml.py", "from dami.studies import simulation"),
        ("dami/selection/learner.py", "from dami.integrations import skactiveml"),
        ("dami/workspace/training/rounds.py", "from dami.integrations.skactiveml import DAMI"),
        ("dami/workspace/training/rounds.py", "import skactiveml"),
        ("dami/views/plots.py", "class A:\n    def f(self):\n        import umap"),
        ("dami/views/plots.py", "import streamlit as st"),
        (
            "dami/store/jobs.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dami.networks import mlp",
        ),
        ("dami/store/jobs.py", "import pickle"),
        ("dami/workspace/training/rounds.py", "import sqlalchemy as sa"),
        ("dami/workspace/training/rounds.py", "from alembic import command"),
        ("dami/workspace/training/rounds.py", "from dami.ui import state"),
        (
            "dami/workspace/training/rounds.py",
            "try:\n    from streamlit import cache_data\nexcept ImportError:\n    pass",
        ),
        ("dami/ui/state.py", "import pages.label"),
        ("dami/ui/state.py", "from joblib import dump"),
        ("dami/attic/old.py", "x = 1"),
        ("dami/workspace/training/rounds.py", "from dami.cluster import distributed_pool"),
        ("dami/studies/benchmark.py", "from distributed import Client"),
        ("dami/cluster/distributed_pool.py", "from dami.store import jobs"),
        ("pages/label.py", "import app"),
        ("app.py", "import marshal"),
        ("dami/__main__.py", "from dami.ui import main"),
    ],
)
def test_a_violation_is_found(tmp_path, place, code):
    allowed = {
        "dami/networks/training.py": "import torch",
        "dami/views/projection.py": "from umap import UMAP",
        "dami/store/database.py": "import sqlalchemy\ndef f():\n    import alembic",
        "dami/selection/learner.py": "from dami.networks import mlp\nfrom dami.views import plots",
        "dami/integrations/skactiveml.py": "from skactiveml.base import X\nfrom dami.selection import learner",
        "dami/workspace/training/rounds.py": "from dami import store, selection, views\nimport torchmetrics_like",
        "dami/ui/state.py": "import streamlit as st\nfrom dami.workspace import rounds\nfrom . import theme",
        "pages/label.py": "import streamlit\nfrom dami.ui import state",
        "app.py": "from dami.ui import start",
    }
    for name, text in allowed.items():
        write(tmp_path / name, text)
    assert violations(tmp_path) == []
    write(tmp_path / place, code)
    [found] = violations(tmp_path)
    assert found.startswith(f"{place}:")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

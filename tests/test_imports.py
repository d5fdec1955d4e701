"""What is loaded when. One process climbs from what needs nothing to what needs all: libraries take seconds to load."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from click.testing import CliRunner

import dami
from dami.__main__ import cli
from dami.tables.demos import load_demo

CLIMB = """
import runpy, sys

def lacks(*names):
    loaded = {*names} & {*sys.modules}
    assert not loaded, loaded

def command(*arguments):
    sys.argv[1:] = arguments
    try:
        runpy.run_module("dami", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        assert not end.code
    print("----")

table = sys.argv[1]
import dami
lacks("torch", "umap", "skrub", "sklearn", "pandas", "numpy", "streamlit")
assert "MLP" in dir(dami) and dami.__version__
command("query", "--help")
lacks("torch", "umap", "skrub", "sklearn", "pandas")
import dami.networks.regions
lacks("torch", "sklearn", "pandas", "scipy")
for name in ("STRATEGIES", "k_center", "linear_regions", "region_polygons", "MLP", "ActiveLearner", "load_model"):
    getattr(dami, name)
    lacks("torch", "umap", "skrub")
import numpy as np
network = dami.MLP.from_layers([(np.eye(2, dtype="f4"), np.zeros(2, "f4"))], ["a", "b"])
assert network.predict([[1.0, 0.0]]).tolist() == ["a"]
lacks("torch", "umap", "skrub")
command("query", table, "--target", "label")
frame = dami.read_table(table)
labels = frame.pop("label")
learner = dami.ActiveLearner(random_state=0).fit(frame, labels)
selection = learner.query(2)
selection.explain(0).contributions(), dami.simulate, dami.Records
lacks("plotly", "umap", "numba", "skactiveml")
selection.explain(0).plot()
assert "plotly" in sys.modules
lacks("umap")
import hashlib
X = np.random.default_rng(0).normal(size=(150, 6)).astype(np.float32)
X[20:40] = X[0]
first = dami.project_map(X, random_state=3)
print(hashlib.sha256(first.tobytes() + dami.project_map(X + 1, first, random_state=3).tobytes()).hexdigest())
"""


def test_each_library_is_loaded_when_it_is_needed_and_a_process_of_its_own_gives_the_same(
    python: Callable[..., str], tmp_path: Path
):
    frame = load_demo("penguins").sample(frac=1, random_state=0)
    frame["label"] = [*frame["label"][:40], *[None] * (len(frame) - 40)]
    table = tmp_path / "penguins.csv"
    frame.to_csv(table, index=False)
    said, picked, mapped = python("-c", CLIMB, str(table)).split("----\n")
    assert "--strategy" in said
    assert picked == CliRunner().invoke(cli, ["query", str(table), "--target", "label"]).stdout
    assert len(picked.splitlines()) == 11
    X = np.random.default_rng(0).normal(size=(150, 6)).astype(np.float32)
    X[20:40] = X[0]
    first = dami.project_map(X, random_state=3)
    assert (
        mapped.strip()
        == hashlib.sha256(first.tobytes() + dami.project_map(X + 1, first, random_state=3).tobytes()).hexdigest()
    )
    assert not np.array_equal(dami.project_map(X, random_state=4), first)

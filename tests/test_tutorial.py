"""The tutorial, run from its first cell to its last as a reader runs it."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.ipynb"
FIGURE = "application/vnd.plotly.v1+json"


@pytest.fixture(scope="module")
def notebook():
    stored = nbformat.read(TUTORIAL, as_version=4)
    nbformat.validate(stored)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in stored.cells)  # stored without
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PLOTLY_RENDERER": "plotly_mimetype", "OMP_NUM_THREADS": "1"}
    # Beside the notebook, as Jupyter starts it; what a cell raises fails here.
    client = NotebookClient(stored, timeout=120, resources={"metadata": {"path": str(TUTORIAL.parent)}})
    return client.execute(env=environment)


def outputs(notebook, start):
    [cell] = [cell for cell in notebook.cells if cell.cell_type == "code" and start in cell.source]
    return cell.outputs


def figure(notebook, start):
    [output] = outputs(notebook, start)
    return output["data"][FIGURE]


def test_nothing_is_said_on_stderr(notebook):
    said = [output for cell in notebook.cells for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    assert said == []


def test_it_learns_from_the_answers(notebook):
    said = [*outputs(notebook, "def accuracy"), *outputs(notebook, "learner.teach")]
    text = "".join(output["text"] for output in said)
    found = [(int(n), float(share)) for n, share in re.findall(r"(\d+) labels: ([\d.]+)%", text)]
    assert [n for n, _ in found] == [10, 15, 20, 25, 30]
    assert 90 < found[0][1] < found[-1][1] and found[-1][1] > 99


def test_the_figures_are_shown(notebook):
    reason = figure(notebook, "selection.explain(0)")
    assert reason["data"][0]["type"] == "bar" and "labelled" in reason["layout"]["title"]["text"]
    asked, guessed = figure(notebook, "plot_map(selection)"), figure(notebook, "plot_map(predicted=True)")
    assert {trace["name"] for trace in asked["data"]} == {"no label", "Adelie", "Chinstrap", "Gentoo", "asked for"}
    assert {"predicted Adelie", "predicted Gentoo"} < {trace["name"] for trace in guessed["data"]}
    curves = figure(notebook, "records.plot()")
    assert {trace.get("name") for trace in curves["data"]} == {None, "DAMI-plus", "Random"}


def test_the_comparison_is_said_in_words(notebook):
    [output] = outputs(notebook, 'sentence(records, "dami-plus")')
    assert "dami-plus" in output["data"]["text/plain"] and "of 6 seeds" in output["data"]["text/plain"]

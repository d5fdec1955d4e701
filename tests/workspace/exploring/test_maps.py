import base64
import json

import numpy as np
import pandas as pd
import pytest

from dami.errors import ProjectError
from dami.networks.mlp import MLP
from dami.networks.regions import linear_regions
from dami.store import models, projects
from dami.views.colors import class_color
from dami.views.positions import pack_positions
from dami.views.projection import pca_map, project_map
from dami.workspace.exploring import map_colors, maps
from dami.workspace.training.encoded_pool import encoded
from dami.workspace.training.model_arrays import artifacts


@pytest.fixture
def published(monkeypatch):
    """The names of all maps in the order in which pages could have seen them."""
    names, set_map = [], models.set_map

    def remember(project, number, name):
        names.append((number, name))
        return set_map(project, number, name)

    monkeypatch.setattr(models, "set_map", remember)
    return names


def test_the_map_is_that_of_the_local_models_after_a_preview(desk, project, frame, published):
    assert maps.data(project)["name"] is None and "being drawn" in maps.data(project)["caption"]
    desk.work(project)
    desk.work(project, "map")
    X = encoded(project).X
    assert [(number, name.split("-")[0]) for number, name in published] == [(0, "preview"), (0, "umap")]
    first, second = (maps.positions(project.id, name.split("-")[1]) for _, name in published)
    assert first == pack_positions(pca_map(X)) and second == pack_positions(project_map(X))
    assert "encoded rows" in maps.data(project)["caption"]

    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    assert maps.data(project)["name"] == published[1][1].split("-")[1]  # the old one until the new one is drawn
    desk.work(project, "map")
    local = linear_regions(artifacts(project.id, 1).layers, X).representation
    drawn = project_map(local)
    assert [name.split("-")[0] for _, name in published[2:]] == ["umap"]  # another space: a fresh start
    assert maps.positions(project.id, maps.data(project)["name"]) == pack_positions(drawn)
    assert "UMAP of the local models of network 1" in maps.data(project)["caption"]

    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    desk.work(project, "map")
    assert [(number, name.split("-")[0]) for number, name in published[3:]] == [(2, "umap")]  # no preview in between
    local = linear_regions(artifacts(project.id, 2).layers, X).representation
    assert maps.positions(project.id, maps.data(project)["name"]) == pack_positions(project_map(local, previous=drawn))


def test_a_map_of_a_network_that_was_overtaken_is_not_drawn(desk, project, frame, published):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    maps.start(project.id, 0)
    assert [job.state for job in desk.work(project, "map")] == ["done"]
    assert [name.split("-")[0] for _, name in published] == ["preview"]


def test_what_the_map_component_gets(desk, project, frame):
    desk.work(project)
    rows = desk.label_queue(project, frame["kind"], 4)
    data = maps.data(project, {"url": "x"})
    assert dict(zip(data["labels"]["rows"], data["labels"]["classes"], strict=True)) == {
        row: ["cat", "dog", "owl"].index(frame["kind"][row]) for row in rows
    }
    assert [(c["name"], c["color"]) for c in data["classes"]] == [
        (name, class_color(k)) for k, name in enumerate(["cat", "dog", "owl"])
    ]
    assert data["n"] == 60 and data["colors"] == {"url": "x"}


@pytest.mark.parametrize("name", ["../../dami", "0" * 23, "0" * 24, "g" * 24, "", "0" * 24 + "\n"])
def test_no_other_file_is_served_as_a_map(project, name):
    with pytest.raises(ProjectError):
        maps.positions(project.id, name)


def decoded(text):
    colors = json.loads(text)
    return colors, np.frombuffer(base64.b64decode(colors.get("codes") or colors["values"]), "u1")


def test_colors_by_what_the_network_says(desk, project, frame):
    with pytest.raises(ProjectError, match="No network"):
        map_colors.colors(project, "prediction")
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    X, labeled = encoded(project).X, sorted(maps.data(project)["labels"]["rows"])
    network = MLP.from_layers(artifacts(project.id, 1).layers, models.latest(project.id).summary.classes)
    colors, codes = decoded(map_colors.colors(project, "prediction"))
    assert np.array(colors["names"])[codes].tolist() == network.predict(X).tolist()
    assert colors["palette"] == [class_color(k) for k in range(3)]
    representation = linear_regions(artifacts(project.id, 1).layers, X).representation
    distance = np.linalg.norm(representation[:, None] - representation[labeled], axis=2).min(1)
    for by, values in (("confidence", network.predict_proba(X).max(1)), ("distance", distance)):
        colors, codes = decoded(map_colors.colors(project, by))
        assert colors["kind"] == "number" and codes.max() <= 254
        low, high = np.percentile(values, [1, 99])
        assert (colors["low"], colors["high"]) == (
            pytest.approx(low, rel=1e-3, abs=1e-6),
            pytest.approx(high, rel=1e-3),
        )
        back = low + codes / 254 * (high - low)
        np.testing.assert_allclose(back, np.clip(values, low, high), atol=(high - low) / 200)


def test_colors_by_a_column(desk, frame):
    frame["many"] = [f"word {k % 10}" for k in range(60)]
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(60) % 3, "D")
    frame["flag"] = pd.array([True, False, None] * 20, dtype="boolean")
    project = desk.begin(frame)
    colors, codes = decoded(map_colors.colors(project, "column:color"))
    assert np.array(colors["names"])[codes].tolist() == frame["color"].tolist()
    assert len(colors["palette"]) == len(colors["names"]) == 3
    colors, codes = decoded(map_colors.colors(project, "column:many"))
    shown = np.array(colors["names"])[codes]
    assert colors["names"][-1] == "other values" and len(colors["names"]) == 8
    assert all(a in (b, "other values") for a, b in zip(shown, frame["many"], strict=True))
    colors, codes = decoded(map_colors.colors(project, "column:age"))
    assert colors["kind"] == "number" and ((codes == 255) == frame["age"].isna()).all()
    order = frame["age"].dropna().sort_values().index
    assert (np.diff(codes[order].astype(int)) >= 0).all()
    colors, codes = decoded(map_colors.colors(project, "column:flag"))
    assert np.array(colors["names"])[codes].tolist() == ["True", "False", "(missing)"] * 20
    colors, codes = decoded(map_colors.colors(project, "column:when"))
    assert [name[:10] for name in np.array(colors["names"])[codes][:3]] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    for unknown in ("column:nothing", "column:", "else"):
        with pytest.raises(ProjectError):
            map_colors.colors(project, unknown)
    assert "url" not in map_colors.query("column:a&b=c", 3) and "%26" in map_colors.query("column:a&b=c", 3)


def test_a_column_without_numbers_or_with_infinite_ones(desk, frame):
    frame["wild"] = np.where(np.arange(60) < 2, np.inf, np.arange(60.0))
    project = desk.begin(frame)
    _, codes = decoded(map_colors.colors(projects.get(project.id), "column:wild"))
    assert codes[:2].tolist() == [255, 255] and codes[59] == 254

"""The lesson's figures: what is drawn of regions, points and models."""

import numpy as np
import pytest

from dami.networks.geometry import decision_boundary, region_polygons
from dami.studies import lesson
from dami.views import lesson_plots

BOX = lesson.BOX
ODD = ["<b>a</b>", "b & c", "d"]


def ground(n_classes=2, seed=0):
    polygons = region_polygons(lesson.untrained([6, 6], n_classes, seed), BOX)
    return polygons, decision_boundary(polygons)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_every_region_is_outlined_once_and_names_are_escaped(n_classes):
    polygons, boundary = ground(n_classes)
    X = np.random.default_rng(0).normal(size=(20, 2))
    figure = lesson_plots.regions_figure(
        polygons, boundary, X, np.arange(20) % n_classes, box=BOX, axes=("<i>", "up"), classes=ODD[:n_classes]
    )
    assert sum(value is None for value in figure.data[n_classes].x) == len(polygons)
    tinted = [sum(value is None for value in trace.x) for trace in figure.data[:n_classes]]
    leaders = [leader for polygon in polygons for leader, _ in polygon.shares]
    assert tinted == np.bincount(leaders, minlength=n_classes).tolist()
    texts = "".join(figure.data[n_classes + 1].text) + figure.layout.xaxis.title.text
    assert "<i>" not in texts and "<b>" not in texts and "&lt;i&gt;" in texts and "b &amp; c" in texts


def test_asked_points_are_numbered_and_labeled_ones_ringed():
    polygons, boundary = ground()
    X = np.random.default_rng(0).normal(size=(20, 2))
    figure = lesson_plots.regions_figure(
        polygons, boundary, X, np.arange(20) % 2, box=BOX, labeled=[3, 4], asked=[7, 1], classes=["a", "b"]
    )
    rest, labeled, asked = figure.data[-3:]
    assert sorted([*rest.customdata, *labeled.customdata, *asked.customdata]) == list(range(20))
    assert list(asked.text) == ["1", "2"] and asked.customdata.tolist() == [7, 1]
    assert set(rest.marker.color) == {lesson_plots.NEUTRAL}  # their classes would give the answers away


def test_each_frame_replaces_the_ground_and_leaves_the_points():
    X, y = np.zeros((4, 2)), np.zeros(4, int)
    frames = [(f"step {seed}", *ground(2, seed)) for seed in range(3)]
    figure = lesson_plots.training_figure(frames, 1, X, y, box=BOX, classes=["a", "b"])
    assert figure.layout.title.text == "step 1" and len(figure.frames) == 3
    assert all(len(frame.data) == len(frame.traces) == len(figure.data) - 1 for frame in figure.frames)


def test_circles_cover_what_the_radius_says():
    points = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0]])
    figure = lesson_plots.representation_figure(points, None, labeled=[0], asked=[1], radius=2.0)
    assert [(shape.x0, shape.x1, shape.y0, shape.y1) for shape in figure.layout.shapes] == [
        (-2, 2, -2, 2),
        (1, 5, 2, 6),
    ]

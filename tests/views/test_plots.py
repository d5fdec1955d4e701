"""Figures hold the numbers they were given and show every name as typed."""

import json

import numpy as np
import pandas as pd
import pytest

from dami.views import plots

EVIL = "<b>x</b> & <img src=x onerror=alert(1)>"


def texts(figure) -> str:
    return json.dumps(figure.to_plotly_json(), default=lambda value: np.asarray(value).tolist(), ensure_ascii=False)


def every_figure() -> list:
    return [
        plots.local_model_bars(pd.DataFrame({"feature": [EVIL, "b"], "weight": [1.0, -2.0]})),
        plots.confusion_matrix([[1, 2], [3, 4]], [EVIL, "b"]),
        plots.network_drawing([40, 64, 64, 2], [EVIL, "a", "b", "c"]),
    ]


@pytest.mark.parametrize("figure", every_figure(), ids=lambda figure: figure.data[0].type)
def test_names_are_escaped_and_grounds_transparent(figure):
    shown = texts(figure)
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown and "<img" not in shown
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0, 0, 0, 0)"


def test_bars_are_the_largest_weights_largest_on_top():
    frame = pd.DataFrame({"feature": list("abcd"), "weight": [0.1, -3.0, 2.0, 0.2]})
    figure = plots.local_model_bars(frame, most=2)
    assert list(figure.data[0].x) == [2.0, -3.0]
    assert list(figure.layout.yaxis.ticktext) == ["c", "b"]
    assert figure.layout.annotations[0].text == "2 smaller weights not drawn"
    colors = figure.data[0].marker.color
    assert colors[0] != colors[1]


def test_confusion_shares_are_of_the_true_class():
    figure = plots.confusion_matrix([[3, 1], [0, 0]], ["yes", "no"])
    assert np.asarray(figure.data[0].z).tolist() == [[0.75, 0.25], [0, 0]]
    assert figure.data[0].hovertext[0][1] == "1 of 4 “yes” predicted “no” (25%)"
    with pytest.raises(ValueError, match="3 classes"):
        plots.confusion_matrix([[1]], ["a", "b", "c"])


def test_progress_is_drawn_over_the_labels_without_what_is_not_finite():
    figure = plots.progress_curve([10, 20, 30], [np.inf, 0.04, 0.01], "changed", share=True)
    assert list(figure.data[0].x) == [10, 20, 30]
    assert np.isnan(figure.data[0].y[0]) and list(figure.data[0].y[1:]) == [0.04, 0.01]
    assert "%" in figure.layout.yaxis.tickformat
    assert len(plots.progress_curve([], [], "distance").data[0].x) == 0


def test_a_wide_layer_is_drawn_short_with_dots():
    figure = plots.network_drawing([3, 64, 2])
    lines, units, dots = figure.data
    assert [list(units.x).count(layer) for layer in range(3)] == [3, 8, 2]
    assert len(lines.x) == 3 * (3 * 8 + 8 * 2)
    assert list(dots.x) == [1]
    assert "64" in figure.layout.annotations[1].text
    with pytest.raises(ValueError):
        plots.network_drawing([3, 0])
    with pytest.raises(ValueError):
        plots.network_drawing([3, 2], ["a"])


def test_shortening_keeps_both_ends():
    long = "measurement of the left side, third repetition"
    assert plots.shorten(long).startswith("measurement of") and plots.shorten(long).endswith("repetition")
    assert len(plots.shorten(long)) <= plots.LONGEST
    alike = [f"reading_of_the_sensor_on_floor_{k} is missing" for k in range(3)]
    assert len({*plots.shorten_apart([*alike, "x"])}) == 4  # the beginning and the end alone are the same
    assert max(map(len, plots.shorten_apart(alike))) == plots.LONGEST and plots.shorten_apart(["x", "x"]) == ["x", "x"]


def test_plots_are_light(python):
    heavy = "{'umap', 'torch', 'skrub', 'sklearn'}"
    code = f"import sys, dami.views.plots, dami.views.positions; print(sorted({heavy} & set(sys.modules)))"
    assert python("-c", code).strip() == "[]"

"""Curves of a comparison: the numbers they were given, a color a strategy, a legend that hides a band with its line."""

import json

import numpy as np
import pandas as pd

from dami.selection.strategies import STRATEGIES
from dami.views.colors import luminance
from dami.views.comparison_plots import strategy_curves, strategy_look

EVIL = "<b>x</b> & <img src=x onerror=alert(1)>"


def curves(*names: str, bounds: bool = True) -> pd.DataFrame:
    parts = []
    for k, name in enumerate(names):
        mean = np.array([0.5, 0.6, 0.7]) + 0.01 * k
        part = pd.DataFrame({"strategy": name, "n_labeled": [30, 40, 50], "mean": mean})
        parts.append(part.assign(lower=mean - 0.02 if bounds else np.nan, upper=mean + 0.03 if bounds else np.nan))
    return pd.concat(parts, ignore_index=True)


def test_lines_are_the_means_and_bands_lie_between_the_bounds():
    figure = strategy_curves(curves("dami", "random"), "accuracy", {"dami": "DAMI"})
    bands = [trace for trace in figure.data if trace.fill]
    lines = [trace for trace in figure.data if not trace.fill]
    assert [trace.name for trace in lines] == ["DAMI", "random"]
    for line, band, k in zip(lines, bands, (0, 1), strict=True):
        assert list(line.x) == [30, 40, 50]
        np.testing.assert_allclose(line.y, np.array([0.5, 0.6, 0.7]) + 0.01 * k)
        np.testing.assert_allclose(band.y[:3], np.array(line.y) + 0.03)
        np.testing.assert_allclose(band.y[3:], np.array(line.y)[::-1] - 0.02)
        assert list(band.x) == [30, 40, 50, 50, 40, 30]
        assert line.legendgroup == band.legendgroup and not band.showlegend
    assert lines[0].customdata[0] == " (48.0% to 53.0%)"


def test_a_single_seed_has_lines_without_bands():
    figure = strategy_curves(curves("dami", "random", bounds=False), "accuracy")
    assert len(figure.data) == 2 and not any(trace.fill for trace in figure.data)
    assert len(strategy_curves(curves("dami").head(0), "accuracy").data) == 0


def test_a_strategy_keeps_its_look_whatever_it_is_compared_with():
    known = list(STRATEGIES)
    looks = [strategy_look(name, known) for name in known]
    assert len(set(looks)) == len(known)
    for color, _ in looks:
        assert 0.08 < luminance(color) < 0.55  # seen on white and on near-black
    alone = strategy_curves(curves("dami-unit"), "accuracy", known=known).data[-1].line.color
    among = strategy_curves(curves("dami", "dami-kmedoids", "dami-unit"), "accuracy", known=known).data[-1].line.color
    assert alone == among == strategy_look("dami-unit", known)[0]


def test_names_are_escaped_and_grounds_transparent():
    figure = strategy_curves(curves(EVIL), "accuracy")
    shown = json.dumps(figure.to_plotly_json(), default=lambda value: np.asarray(value).tolist(), ensure_ascii=False)
    assert "&lt;b&gt;" in shown and "<b>" not in shown and "<img" not in shown
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0, 0, 0, 0)"

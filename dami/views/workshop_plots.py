"""Draws the figure of a room: how good the participants' networks are over their labels, beside a simulation."""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from dami.views.comparison_plots import strategy_look
from dami.views.plots import bare_figure, escape

HEIGHT = 380
Points = Sequence[tuple[int, float, float, float]]  # labels, mean, lowest, highest accuracy


def class_figure(
    people: Sequence[tuple[str, str, Sequence[int], Sequence[float]]],
    means: Mapping[str, Points],
    titles: Mapping[str, str],
    simulated: pd.DataFrame | None = None,
) -> go.Figure:
    """Draw a faint line a participant, and for each strategy a thick line (mean) and a dotted line (simulation).

    Parameters
    ----------
    people : (nickname, strategy, labels, accuracies) of each participant; drawn if there are more of them than `means`
    means : strategy -> its mean over its participants
    titles : strategy -> its name as people read it
    simulated : columns strategy, n_labeled and mean, of a comparison; None if there is none
    """
    names = sorted({*means, *(simulated["strategy"].unique() if simulated is not None else [])})
    traces = []
    if len(people) > len(means):
        for nickname, strategy, labels, accuracy in people:
            color, _ = strategy_look(strategy, names)
            traces.append(
                go.Scatter(
                    x=list(labels),
                    y=list(accuracy),
                    mode="lines+markers",
                    line={"width": 1, "color": color},
                    marker={"size": 3},
                    opacity=0.35,
                    name=escape(nickname),
                    showlegend=False,
                    hovertemplate="%{fullData.name}: %{y:.1%} with %{x} labels<extra></extra>",
                )
            )
    if simulated is not None:
        for name, one in simulated.groupby("strategy", sort=True):
            color, _ = strategy_look(str(name), names)
            title = f"{escape(titles.get(str(name), name))}, simulated"
            traces.append(_line(title, one["n_labeled"], one["mean"], color, 1.8, "dot"))
    for name, points in means.items():
        color, _ = strategy_look(name, names)
        labels, mean, _, _ = zip(*points, strict=True)
        traces.append(_line(escape(titles.get(name, name)), labels, mean, color, 3, "solid"))
    figure = bare_figure(traces, HEIGHT)
    figure.update_layout(margin_t=8, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    figure.update_xaxes(title={"text": "labels"}, tickformat="d")
    figure.update_yaxes(title={"text": "accuracy on rows not labelled"}, tickformat="~%")
    return figure


def _line(title: str, x: Sequence[int], y: Sequence[float], color: str, width: float, dash: str) -> go.Scatter:
    return go.Scatter(
        x=list(x),
        y=list(y),
        mode="lines+markers",
        line={"width": width, "color": color, "dash": dash},
        marker={"size": 5},
        name=title,
        hovertemplate="%{fullData.name}: %{y:.1%} with %{x} labels<extra></extra>",
    )

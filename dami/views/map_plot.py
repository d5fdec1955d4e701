"""Draws the map as a figure: rows as points, labeled rows in the colors of their classes, picks ringed and numbered."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from dami.views.colors import HIGHLIGHT, INK, NEUTRAL, class_color
from dami.views.plots import bare_figure, escape, scatter_for


def map_figure(
    positions: ArrayLike,
    labels: ArrayLike,
    classes: Sequence[object],
    picks: ArrayLike = (),
    predicted: ArrayLike | None = None,
) -> go.Figure:
    """Draw a scatter plot of the rows with a legend of the classes.

    Parameters
    ----------
    positions : (n, 2); rows of NaN are not drawn
    labels : (n,) int, the place of each row's class in `classes`; -1 where there is no label
    classes : names
    picks : positions of rows, in the order in which they were picked
    predicted : (n,) int, optional
        The place in `classes` of the class that the network predicts, -1 for none. A row without a label has its color,
        pale.
    """
    places = np.asarray(positions, dtype=float)
    given = np.asarray(labels, dtype=int)
    guessed = np.full(len(given), -1) if predicted is None else np.asarray(predicted, dtype=int)
    traces = [_points(places, (given < 0) & (guessed < 0), "no label", NEUTRAL, 4, 0.5)]
    for k, name in enumerate(classes):
        traces.append(_points(places, (given < 0) & (guessed == k), f"predicted {name}", class_color(k), 4, 0.35))
    for k, name in enumerate(classes):
        traces.append(_points(places, given == k, str(name), class_color(k), 9, 1.0))
    rows = np.asarray(picks, dtype=int)
    if len(rows):
        ring = {"symbol": "circle-open", "size": 14, "color": HIGHLIGHT, "line": {"width": 2}}
        traces.append(
            go.Scatter(
                x=places[rows, 0],
                y=places[rows, 1],
                mode="markers+text",
                marker=ring,
                text=[str(k) for k in range(1, len(rows) + 1)],
                textposition="top right",
                textfont={"color": INK, "size": 11},
                name="asked for",
                customdata=rows,
                hovertemplate="pick %{text}: row %{customdata}<extra></extra>",
            )
        )
    figure = bare_figure([trace for trace in traces if len(trace.x)], height=460)
    axis = {"visible": False, "fixedrange": False}
    figure.update_layout(xaxis=axis, yaxis={**axis, "scaleanchor": "x"}, legend={"itemsizing": "constant"})
    return figure


def _points(
    places: np.ndarray, which: np.ndarray, name: str, color: str, size: int, opacity: float
) -> go.Scatter | go.Scattergl:
    rows = np.flatnonzero(which & np.isfinite(places).all(axis=1))
    title = escape(name)
    return scatter_for(len(places))(
        x=places[rows, 0],
        y=places[rows, 1],
        mode="markers",
        marker={"size": size, "color": color, "opacity": opacity},
        name=title,
        customdata=rows,
        hovertemplate="row %{customdata}<extra>" + title + "</extra>",
    )

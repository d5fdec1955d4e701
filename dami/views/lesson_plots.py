"""Draws the figures of the lesson: linear regions as polygons, points on them, points as local models, and races."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dami.views.colors import HIGHLIGHT, INK, NEUTRAL, class_color
from dami.views.plots import GRID, bare_figure, escape

HEIGHT = 520
MOST_HOVERED = 600  # regions with a hover text


def regions_figure(
    polygons: Sequence[Any],
    boundary: np.ndarray,
    X: np.ndarray,
    y: np.ndarray | None,
    *,
    box: Sequence[float],
    axes: tuple[str, str] = ("x", "y"),
    labeled: Sequence[int] = (),
    asked: Sequence[int] = (),
    classes: Sequence[str] = (),
) -> go.Figure:
    """Draw the linear regions of a network over a rectangle, tinted by the class that leads, with points on them.

    Parameters
    ----------
    polygons : objects with `vertices` (k, 2), `weights` (C, 2), `biases` (C,), `center` (2,), and `shares`: pairs of a
        class and the vertices of a part in which this class leads
    boundary : (n, 2, 2) pieces of the decision boundary
    X : (n, 2)
    y : (n,) class of each point; None draws all points without a class
    box : x_min, x_max, y_min, y_max of the rectangle
    labeled : positions of points with a label, which are drawn large while the others are grey; if empty, all points
        are drawn alike
    asked : positions of the picks in their order; each is drawn with a ring and its number
    """
    figure = _square(_ground(polygons, boundary, classes), box, axes)
    for trace in _marks(X, y, labeled, asked, classes):
        figure.add_trace(trace)
    return figure


def canvas_figure(
    places: Sequence[tuple[float, float]],
    X: np.ndarray,
    y: np.ndarray,
    *,
    box: Sequence[float],
    classes: Sequence[str] = (),
) -> go.Figure:
    """Draw a plane on which a person puts points: a click anywhere chooses the nearest place of an invisible grid.

    Parameters
    ----------
    places : (x, y) of each place of the grid; a click brings the position in `places` as `customdata`
    X, y : (n, 2) the points so far; (n,) the class of each
    """
    unseen = {"opacity": 0, "size": 14}
    grid = go.Scatter(
        x=[x for x, _ in places],
        y=[y for _, y in places],
        customdata=list(range(len(places))),
        mode="markers",
        marker=unseen,
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hoverinfo="none",
        showlegend=False,
    )
    figure = _square(_marks(X, y, (), (), classes), box, ("x", "y"))
    for trace in figure.data:
        trace.update(unselected={"marker": {"opacity": 1}}, hoverinfo="skip", hovertemplate=None)
    figure.add_trace(grid)
    figure.update_layout(clickmode="event+select", dragmode=False)
    figure.update_xaxes(showgrid=True, gridcolor=GRID)
    figure.update_yaxes(showgrid=True, gridcolor=GRID)
    return figure


def training_figure(
    frames: Sequence[tuple[str, Sequence[Any], np.ndarray]],
    shown: int,
    X: np.ndarray,
    y: np.ndarray,
    *,
    box: Sequence[float],
    axes: tuple[str, str] = ("x", "y"),
    classes: Sequence[str] = (),
) -> go.Figure:
    """Draw `regions_figure` at one step of training, with a button that plays all steps.

    Parameters
    ----------
    frames : (title, polygons, boundary) of each step
    shown : position in `frames` of the step that is drawn first
    """
    n_ground = len(_ground(*frames[0][1:], classes))
    figure = regions_figure(*frames[shown][1:], X, y, box=box, axes=axes, classes=classes)
    figure.frames = [
        go.Frame(
            name=title,
            data=_ground(polygons, boundary, classes),
            traces=list(range(n_ground)),
            layout={"title": {"text": title}},
        )
        for title, polygons, boundary in frames
    ]
    play = {"frame": {"duration": 250, "redraw": True}, "transition": {"duration": 0}, "fromcurrent": False}
    figure.update_layout(
        title={"text": frames[shown][0], "font": {"size": 14}, "x": 0.5},
        margin={"t": 36},
        updatemenus=[
            {
                "type": "buttons",
                "showactive": False,
                "x": 0,
                "y": 1.09,
                "xanchor": "left",
                "buttons": [{"label": "▶ Play", "method": "animate", "args": [None, play]}],
            }
        ],
    )
    return figure


def fold_figure(direction: float, offset: float, box: Sequence[float]) -> go.Figure:
    """Draw the output of one unit, `max(0, w x + b)`: zero on one side of its line, a slope on the other.

    Parameters
    ----------
    direction : angle of w in radians; w has length 1
    offset : b
    box : x_min, x_max, y_min, y_max
    """
    w = np.array([np.cos(direction), np.sin(direction)])
    x, y = np.linspace(box[0], box[1], 61), np.linspace(box[2], box[3], 61)
    values = np.maximum(w[0] * x[None, :] + w[1] * y[:, None] + offset, 0)
    surface = go.Surface(x=x, y=y, z=values, colorscale="Cividis", showscale=False, hoverinfo="skip")
    figure = go.Figure([surface])
    axis = {"title": {"text": ""}, "showticklabels": False, "showbackground": False, "gridcolor": GRID}
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        scene={"xaxis": axis, "yaxis": axis, "zaxis": axis, "camera": {"eye": {"x": -1.3, "y": -1.5, "z": 1.1}}},
    )
    return figure


def representation_figure(
    points: np.ndarray,
    y: np.ndarray | None,
    *,
    labeled: Sequence[int] = (),
    asked: Sequence[int] = (),
    classes: Sequence[str] = (),
    radius: float | None = None,
) -> go.Figure:
    """Draw the points as local models in the plane, with a circle of the covering radius around each center.

    Parameters
    ----------
    points : (n, 2), with the distances that K-Center measures
    y : (n,) class of each point; None draws all points without a class
    labeled, asked : as in `regions_figure`; these points are the centers
    radius : None draws no circles
    """
    figure = bare_figure(_marks(points, y, labeled, asked, classes), height=HEIGHT)
    figure.update_yaxes(scaleanchor="x", constrain="domain", title={"text": "second number of the local model"})
    figure.update_xaxes(constrain="domain", title={"text": "first number of the local model"})
    if radius is not None:
        for row in [*labeled, *asked]:
            (a, b), r = points[row], radius
            figure.add_shape(
                type="circle", x0=a - r, x1=a + r, y0=b - r, y1=b + r, line={"color": INK, "width": 1}, opacity=0.5
            )
    figure.update_layout(showlegend=False)
    return figure


def race_figure(curves: Mapping[str, np.ndarray], labels: Sequence[int], titles: Mapping[str, str]) -> go.Figure:
    """Draw accuracy over the number of labels, one line a strategy.

    Parameters
    ----------
    curves : strategy -> (n,) accuracies, 0 to 1
    labels : (n,) numbers of labels
    titles : strategy -> its name as people read it
    """
    lines = [
        go.Scatter(
            x=list(labels),
            y=[float(value) for value in values],
            mode="lines+markers",
            name=titles[name],
            line={"color": color, "width": 3 if name == "dami" else 2},
            hovertemplate="%{x} labels: %{y:.1%}<extra>" + titles[name] + "</extra>",
        )
        for (name, values), color in zip(curves.items(), ("#0072B2", "#D55E00", NEUTRAL), strict=False)
    ]
    figure = bare_figure(lines, height=360)
    figure.update_yaxes(tickformat=".0%", title={"text": "accuracy on all points"})
    figure.update_xaxes(title={"text": "labels"})
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.12})
    return figure


def _ground(polygons: Sequence[Any], boundary: np.ndarray, classes: Sequence[str]) -> list[go.Scatter]:
    """Return traces of each class's tint, the outlines, their texts and the boundary; empty ones too, for animation."""
    shares = [share for polygon in polygons for share in polygon.shares]
    traces = []
    for k in range(len(polygons[0].biases)):
        x, y = _closed([vertices for leader, vertices in shares if leader == k])
        traces.append(
            go.Scatter(
                x=x, y=y, mode="lines", fill="toself", fillcolor=_pale(class_color(k)), line={"width": 0},
                hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
    x, y = _closed([polygon.vertices for polygon in polygons])
    folds = {"color": INK, "width": 0.6}
    traces.append(go.Scatter(x=x, y=y, mode="lines", line=folds, hoverinfo="skip", showlegend=False))
    hovered = polygons[:MOST_HOVERED]
    traces.append(
        go.Scatter(
            x=[polygon.center[0] for polygon in hovered],
            y=[polygon.center[1] for polygon in hovered],
            mode="markers",
            marker={"size": 14, "opacity": 0},
            text=[_local_model(polygon, classes) for polygon in hovered],
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    )
    x, y = _closed(list(boundary), close=False)
    edge = {"color": HIGHLIGHT, "width": 2.5}
    traces.append(go.Scatter(x=x, y=y, mode="lines", line=edge, hoverinfo="skip", showlegend=False))
    return traces


def _marks(
    X: np.ndarray, y: np.ndarray | None, labeled: Sequence[int], asked: Sequence[int], classes: Sequence[str]
) -> list[go.Scatter]:
    """Return traces of the points, with positions as custom data; labeled points and picks have traces of their own."""
    rows = np.arange(len(X))
    special = {*labeled, *asked}
    rest = np.array([row for row in rows if row not in special], dtype=int)
    hide = bool(labeled)
    colors = [NEUTRAL if y is None or hide else class_color(int(y[row])) for row in rest]
    marks = [
        go.Scatter(
            x=X[rest, 0], y=X[rest, 1], mode="markers", customdata=rest, name="points", hoverinfo="none",
            marker={"size": 7, "color": colors, "opacity": 0.75, "line": {"width": 0.5, "color": "white"}},
            showlegend=False,
        )
    ]  # fmt: skip
    if labeled:
        given = np.asarray(labeled, dtype=int)
        names = [escape(classes[int(y[row])]) if y is not None and len(classes) else "" for row in given]
        marks.append(
            go.Scatter(
                x=X[given, 0], y=X[given, 1], mode="markers", customdata=given, text=names, showlegend=False,
                hovertemplate="labelled %{text}<extra></extra>",
                marker={
                    "size": 12, "line": {"width": 2, "color": INK},
                    "color": [NEUTRAL if y is None else class_color(int(y[row])) for row in given],
                },
            )
        )  # fmt: skip
    if asked:
        wanted = np.asarray(asked, dtype=int)
        marks.append(
            go.Scatter(
                x=X[wanted, 0], y=X[wanted, 1], mode="markers+text", customdata=wanted, showlegend=False,
                text=[str(k) for k in range(1, len(wanted) + 1)], textposition="top center",
                textfont={"size": 14, "color": HIGHLIGHT}, hovertemplate="asked for as number %{text}<extra></extra>",
                marker={"size": 13, "symbol": "circle-open", "color": HIGHLIGHT, "line": {"width": 3}},
            )
        )  # fmt: skip
    return marks


def _square(traces: list[go.Scatter], box: Sequence[float], axes: tuple[str, str]) -> go.Figure:
    figure = bare_figure(traces, height=HEIGHT)
    figure.update_xaxes(
        range=list(box[:2]), title={"text": escape(axes[0])}, zeroline=False, showgrid=False, constrain="domain"
    )
    figure.update_yaxes(
        range=list(box[2:]),
        title={"text": escape(axes[1])},
        zeroline=False,
        showgrid=False,
        scaleanchor="x",
        constrain="domain",
    )
    return figure


def _closed(outlines: Sequence[np.ndarray], close: bool = True) -> tuple[list[float | None], list[float | None]]:
    """Join outlines to one line with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for outline in outlines:
        around = np.concatenate([outline, outline[:1]]) if close else outline
        x += [*around[:, 0].round(4).tolist(), None]
        y += [*around[:, 1].round(4).tolist(), None]
    return x, y


def _local_model(polygon: Any, classes: Sequence[str]) -> str:
    """Describe the region's linear model in words; for two classes give their difference, which alone counts."""
    if len(polygon.biases) == 2:
        (a, b), c = polygon.weights[1] - polygon.weights[0], polygon.biases[1] - polygon.biases[0]
        second = escape(classes[1]) if len(classes) > 1 else "the second"
        return f"in favour of {second}: {a:+.2f} x {b:+.2f} y {c:+.2f}"
    names = classes or [str(k) for k in range(len(polygon.biases))]
    return "<br>".join(
        f"{escape(name)}: {w[0]:+.2f} x {w[1]:+.2f} y {b:+.2f}"
        for name, w, b in zip(names, polygon.weights, polygon.biases, strict=False)
    )


def _pale(color: str) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.16)"

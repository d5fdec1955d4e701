"""Draws Plotly figures from arrays and frames: transparent, readable on light and dark pages, with texts as typed."""

import html
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from textwrap import wrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from dami import wording
from dami.views.colors import INK, MUTED, NEGATIVE, NEUTRAL, POSITIVE, SEQUENTIAL, class_color

# Share of a class, and opacity of its blue cell. A step in the middle keeps every number readable, in white above it.
STRENGTH = ((0, 0.02), (0.5, 0.12), (0.5, 0.8), (1, 1))
GRID = "rgba(127, 127, 135, 0.22)"
CONTRIBUTIONS = {
    "logits": "how much it moves the row’s local model (logits)",
    "deviations": "how far it is from the median row (standard deviations)",
}
LONGEST = 32  # characters of a name on an axis; the whole name is in the hover text


def escape(text: object) -> str:
    """Escape text, so that Plotly shows it as it was typed: Plotly reads tags and entities in every string."""
    return html.escape(str(text), quote=False)


def shorten(text: object, longest: int = LONGEST) -> str:
    """Return a name that fits an axis: its beginning and its end, because long names often differ at the end."""
    name = " ".join(str(text).split())
    return name if len(name) <= longest else f"{name[: longest - 12]}…{name[-11:]}"


def shorten_apart(texts: Sequence[object], longest: int = LONGEST) -> list[str]:
    """Return names as `shorten` does, but with more of the end where several long ones begin alike."""
    names = [" ".join(str(text).split()) for text in texts]
    begin = Counter(name[: longest - 12] for name in names if len(name) > longest)
    return [
        f"{name[:6]}…{name[7 - longest :]}"
        if begin[name[: longest - 12]] > 1 and len(name) > longest
        else shorten(name, longest)
        for name in names
    ]


def local_model_bars(frame: pd.DataFrame, most: int = 12, colors: tuple[str, str] = (NEGATIVE, POSITIVE)) -> go.Figure:
    """Draw bars of a row's local model: how each feature moves the difference of two logits.

    Parameters
    ----------
    frame : columns "feature" (names) and "weight" (logits per unit); further columns are ignored
    most : int
        Largest number of bars; the largest weights are drawn, and a note counts the others.
    colors : colors of the bars to the left and to the right, those of the classes that the bars speak for
    """
    largest = frame.assign(size=frame["weight"].abs()).sort_values("size", ascending=False, kind="stable")
    shown = largest.head(most).iloc[::-1]
    weights = shown["weight"].to_numpy(float)
    bars = go.Bar(
        x=weights,
        y=list(range(len(shown))),
        orientation="h",
        marker={"color": [colors[int(weight > 0)] for weight in weights]},
        customdata=[escape(name) for name in shown["feature"]],
        hovertemplate="%{customdata}: %{x:.4g}<extra></extra>",
    )
    figure = bare_figure([bars], height=60 + 24 * max(3, len(shown)))
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[escape(name) for name in shorten_apart(shown["feature"].tolist())],
        showgrid=False,
    )
    figure.update_xaxes(title={"text": "weight (logits per unit)"}, zeroline=True, zerolinecolor=INK)
    if more := len(largest) - len(shown):
        _note(figure, f"{more} smaller {wording.noun(more, 'weight')} not drawn")
    return figure


def contribution_bars(frame: pd.DataFrame, reason: str = "") -> go.Figure:
    """Draw bars of the contributions (or deviations) of the columns of a row, in a grey that belongs to no class.

    Parameters
    ----------
    frame : columns "column" (names) and "logits" or "deviations" (numbers from 0)
    reason : a sentence that stands above the bars
    """
    figure = local_model_bars(frame.set_axis(["feature", "weight"], axis=1), colors=(NEUTRAL, NEUTRAL))
    figure.update_xaxes(title={"text": CONTRIBUTIONS[frame.columns[1]]})
    lines = wrap(reason, 90)
    figure.update_layout(
        title={"text": "<br>".join(map(escape, lines)), "x": 0, "font": {"size": 14}},
        margin_t=24 + 18 * len(lines),
        height=figure.layout.height + 18 * len(lines),
    )
    return figure


def confusion_matrix(counts: ArrayLike, classes: Sequence[object]) -> go.Figure:
    """Draw counts of true against predicted classes, colored by the share of the true class.

    Parameters
    ----------
    counts : (C, C) array of int
        Row: true class; column: predicted class.
    classes : C names

    Raises
    ------
    ValueError
        If the counts are not C x C.
    """
    table = np.asarray(counts)
    if table.shape != (len(classes), len(classes)):
        raise ValueError(f"{len(classes)} classes need as many rows and columns of counts, not {table.shape}.")
    totals = table.sum(axis=1, keepdims=True)
    shares = np.divide(table, totals, out=np.zeros(table.shape), where=totals > 0)  # (C, C)
    places = list(range(len(classes)))
    hover = [
        [
            f"{table[i, j]} of {totals[i, 0]} “{escape(classes[i])}” predicted “{escape(classes[j])}”"
            f" ({shares[i, j]:.0%})"
            for j in places
        ]
        for i in places
    ]
    heat = go.Heatmap(
        z=shares,
        x=places,
        y=places,
        zmin=0,
        zmax=1,
        colorscale=[[share, f"rgba(0, 114, 178, {alpha})"] for share, alpha in STRENGTH],
        showscale=False,
        xgap=2,
        ygap=2,
        hovertext=hover,
        hoverinfo="text",
    )
    # Without this, Plotly would choose a number's color as if the page were white.
    ys, xs = np.indices(table.shape).reshape(2, -1)
    ink = np.where(shares.ravel() >= 0.5, "white", INK)
    numbers = go.Scatter(
        x=xs, y=ys, text=table.ravel(), mode="text", textfont={"color": ink, "size": 15}, hoverinfo="skip"
    )
    figure = bare_figure(
        [heat, numbers] if len(classes) <= 12 else [heat], height=140 + 44 * max(2, min(len(classes), 16))
    )
    names = [escape(shorten(name, 24)) for name in classes]
    figure.update_xaxes(
        tickvals=places, ticktext=names, title={"text": "predicted"}, showgrid=False, ticklabeloverflow="allow"
    )
    figure.update_yaxes(tickvals=places, ticktext=names, title={"text": "true"}, autorange="reversed", showgrid=False)
    return figure


def progress_curve(labels: Sequence[float], values: ArrayLike, title: str, share: bool = False) -> go.Figure:
    """Draw a measure of the labeling so far over the number of labels, as a line with points.

    Parameters
    ----------
    labels, values : (n,)
        NaN and inf are not drawn.
    title : what the values are, a text of DAMI's own (it is not escaped)
    share : bool
        Whether the values are shares, which are shown as percentages.
    """
    heights = np.asarray(values, dtype=float).ravel()
    heights = np.where(np.isfinite(heights), heights, np.nan)
    form = ".1%" if share else ".4g"
    line = go.Scatter(
        x=list(labels),
        y=heights,
        mode="lines+markers",
        line={"width": 2, "color": class_color(0)},
        marker={"size": 5},
        hovertemplate=f"%{{x}} labels: %{{y:{form}}}<extra></extra>",
    )
    figure = bare_figure([line], height=190)
    figure.update_xaxes(title={"text": "labels"}, tickformat="d", rangemode="tozero")
    figure.update_yaxes(title={"text": title}, rangemode="tozero", tickformat=".0%" if share else "")
    return figure


def network_drawing(sizes: Sequence[int], names: Sequence[object] | None = None, most: int = 9) -> go.Figure:
    """Draw the network as circles and lines, layer by layer; a wide layer has its first and last units, dots between.

    Parameters
    ----------
    sizes : units per layer, inputs first, logits last
    names : a name per layer, optional
    most : int
        Largest number of units that are drawn of a layer.

    Raises
    ------
    ValueError
        If a layer has no unit, or the names do not match the layers.
    """
    if not sizes or min(sizes) < 1:
        raise ValueError("A network needs layers of at least one unit.")
    if names is not None and len(names) != len(sizes):
        raise ValueError(f"{len(sizes)} layers need as many names, not {len(names)}.")
    columns = [_units(size, most) for size in sizes]  # per layer: heights of the units drawn, top first
    x_lines: list[float | None] = []
    y_lines: list[float | None] = []
    for layer, (left, right) in enumerate(pairwise(columns)):
        for a in left:
            for b in right:
                x_lines += [layer, layer + 1, None]
                y_lines += [a, b, None]
    x = [layer for layer, heights in enumerate(columns) for _ in heights]
    y = [height for heights in columns for height in heights]
    wide = [layer for layer, size in enumerate(sizes) if size > most]
    figure = bare_figure(
        [
            go.Scatter(x=x_lines, y=y_lines, mode="lines", line={"color": GRID, "width": 1}, hoverinfo="skip"),
            go.Scatter(x=x, y=y, mode="markers", marker={"size": 13, "color": NEGATIVE}, hoverinfo="skip"),
            go.Scatter(x=wide, y=[0.0] * len(wide), mode="text", text=["⋮"] * len(wide), hoverinfo="skip"),
        ],
        height=300,
    )
    titles = names if names is not None else _layer_names(len(sizes))
    for layer, (title, size) in enumerate(zip(titles, sizes, strict=True)):
        figure.add_annotation(
            x=layer,
            y=-1.2,
            text=f"{escape(shorten(title, 24))}<br>{size:,}",
            showarrow=False,
            yanchor="top",
            font={"size": 12},
        )
    figure.update_traces(showlegend=False)
    figure.update_xaxes(visible=False, range=[-0.5, len(sizes) - 0.5])
    figure.update_yaxes(visible=False, range=[-1.9, 1.15])
    return figure


def bare_figure(traces: Sequence[object], height: int) -> go.Figure:
    """Return a figure without a template and with a transparent ground, so that it fits Streamlit's themes.

    Parameters
    ----------
    height : pixels
    """
    axis = {"gridcolor": GRID, "zeroline": False, "automargin": True, "fixedrange": True}
    return go.Figure(
        data=traces,
        layout={
            "template": "none",
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "font": {"color": INK, "size": 13},
            "margin": {"l": 8, "r": 8, "t": 16, "b": 8},
            "height": height,
            "xaxis": axis,
            "yaxis": axis,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
            "colorscale": {"sequential": SEQUENTIAL},
        },
    )


def scatter_for(n: int) -> type[go.Scatter | go.Scattergl]:
    """Return the kind of trace for a map of n points: WebGL takes half a second to begin, and some browsers have none.

    `typeOf` in the app's map draws by the same rule.
    """
    return go.Scatter if n <= 2000 else go.Scattergl


def _note(figure: go.Figure, text: str) -> None:
    """Add a small line at the upper right; `text` is not escaped."""
    place = {"x": 1, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "bottom"}
    figure.add_annotation(text=text, showarrow=False, font={"size": 11, "color": MUTED}, **place)


def _units(size: int, most: int) -> list[float]:
    """Return the heights of the drawn units of a layer, within -1 and 1; a gap in the middle stands for the others."""
    if size <= most:
        return [0.0] if size == 1 else [float(h) for h in np.linspace(1, -1, size) * min(1.0, size / 6)]
    heights = np.linspace(1, -1, most | 1)
    return [float(h) for h in np.delete(heights, len(heights) // 2)]


def _layer_names(n: int) -> list[str]:
    if n == 1:
        return ["units"]
    hidden = [f"hidden {i}" for i in range(1, n - 1)]
    return ["inputs", *hidden, "logits"]

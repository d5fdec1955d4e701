"""Draws the reliability diagram: how often a network is right, over how sure it is."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dami.views.colors import INK, class_color
from dami.views.plots import bare_figure, escape


def reliability_diagram(
    confidence: Sequence[float], shares: Sequence[float], bounds: Sequence[tuple[float, float]], notes: Sequence[str]
) -> go.Figure:
    """Draw a point with a bar for every bin, and the line on which a network is right as often as it says.

    Parameters
    ----------
    confidence, shares : (B,) mean confidence of each bin, and the share of its rows that is predicted rightly
    bounds : (B,) lower and upper bound of each share
    notes : (B,) what is shown where somebody points at a bin

    Raises
    ------
    ValueError
        If the lengths differ, or there is no bin.
    """
    if not 0 < len(confidence) == len(shares) == len(bounds) == len(notes):
        raise ValueError(
            f"Each bin needs a confidence, a share, bounds and a note, not {len(confidence)}, {len(shares)}, "
            f"{len(bounds)} and {len(notes)} of them."
        )
    share, (lower, upper) = np.asarray(shares, float), np.asarray(bounds, float).T
    low_x, low_y = (max(0.0, np.floor(10 * low) / 10 - 0.02) for low in (min(confidence), min(lower)))
    diagonal = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": INK, "dash": "dot", "width": 1.5}, hoverinfo="skip"
    )
    points = go.Scatter(
        x=list(confidence),
        y=share,
        mode="markers",
        marker={"size": 9, "color": class_color(0)},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": upper - share,
            "arrayminus": share - lower,
            "color": class_color(0),
            "thickness": 1.5,
            "width": 4,
        },
        customdata=[escape(note) for note in notes],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure = bare_figure([diagonal, points], height=300)
    figure.update_traces(showlegend=False)
    ticks = {"tickformat": ".0%", "zeroline": False}
    figure.update_xaxes(title={"text": "how sure it is"}, range=[low_x, 1.02], **ticks)
    figure.update_yaxes(title={"text": "how often it is right"}, range=[low_y, 1.03], **ticks)
    return figure

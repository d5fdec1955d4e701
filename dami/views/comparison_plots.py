"""Draws the figures of a comparison: how good each strategy is over the number of labels."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dami.views.colors import INK, PALETTE, class_color
from dami.views.plots import bare_figure, escape

# Fixed, so that a strategy looks the same in every comparison. Random is the grey line that the others should beat.
COLORS = {
    "dami": PALETTE[0],
    "dami-plus": PALETTE[4],
    "random": INK,
    "margin": PALETTE[2],
    "core-set": PALETTE[3],
    "badge": PALETTE[1],
    "entropy": PALETTE[5],
    "bald": PALETTE[6],
    "typiclust": PALETTE[7],
}
DASHES = {"random": "dot"}
HEIGHT = 420


def strategy_look(name: str, known: list[str]) -> tuple[str, str]:
    """Return color and dash of a strategy's line; a strategy not in `COLORS` has the color of its place, and dashes."""
    if name in COLORS:
        return COLORS[name], DASHES.get(name, "solid")
    others = sorted(set(known) - set(COLORS) | {name})
    return class_color(len(PALETTE) + others.index(name)), "dash"


def _faint(color: str) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.14)"


def strategy_curves(
    curves: pd.DataFrame, measure: str, titles: Mapping[str, str] | None = None, known: list[str] | None = None
) -> go.Figure:
    """Draw lines with bands over the number of labels; a click in the legend hides a strategy with its band.

    Parameters
    ----------
    curves : columns strategy, n_labeled, mean, lower, upper (shares; bounds may be NaN), best strategy first
    measure : what the shares are, a text of DAMI's own (it is not escaped)
    titles : strategy -> its name as people read it
    known : all strategies that exist; it keeps the colors of strategies that are not in `COLORS`
    """
    names = list(curves["strategy"].unique())
    bands, lines = [], []
    for name in names:
        one = curves[curves["strategy"] == name].sort_values("n_labeled")
        color, dash = strategy_look(str(name), known or [str(n) for n in names])
        title = escape((titles or {}).get(name, name))
        x = one["n_labeled"].tolist()
        banded = one["lower"].notna() & one["upper"].notna()
        if banded.all() and len(one):
            bands.append(
                go.Scatter(
                    x=[*x, *x[::-1]],
                    y=[*one["upper"], *one["lower"][::-1]],
                    fill="toself",
                    fillcolor=_faint(color),
                    mode="none",
                    hoverinfo="skip",
                    showlegend=False,
                    legendgroup=title,
                )
            )
        bounds = [
            f" ({low:.1%} to {high:.1%})" if ok else ""
            for low, high, ok in zip(one["lower"], one["upper"], banded, strict=True)
        ]
        lines.append(
            go.Scatter(
                x=x,
                y=one["mean"],
                mode="lines+markers",
                line={"width": 2.4, "color": color, "dash": dash},
                marker={"size": 5},
                name=title,
                legendgroup=title,
                customdata=bounds,
                hovertemplate="%{y:.1%}%{customdata}",
            )
        )
    figure = bare_figure([*bands, *lines], HEIGHT)
    figure.update_layout(
        margin_t=8,
        hovermode="x unified",
        legend={"orientation": "v", "x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top", "itemsizing": "constant"},
    )
    figure.update_xaxes(title={"text": "labels"}, tickformat="d")
    figure.update_yaxes(title={"text": measure}, tickformat="~%")
    return figure

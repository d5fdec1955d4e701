"""Makes a replay as one HTML file: the map, and on it every label in the order in which it was given.

The file needs no server and no internet. It holds Plotly's own script and the figure, compressed; a browser of 2023 or
later unpacks them.
"""

import base64
import gzip
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from dami.views.colors import HIGHLIGHT, INK, NEUTRAL
from dami.views.plots import bare_figure, escape, scatter_for

HEIGHT = 640
STEP_MS = 350

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0 auto; max-width: 1100px; padding: 1rem; font-family: system-ui, sans-serif; }}
h1 {{ font-size: 1.4rem; margin: 0; }}
p {{ margin: 0.3rem 0; opacity: 0.75; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{caption}</p>
<div id="plot" role="img" aria-label="{caption}"><p>Unpacking the replay…</p></div>
<script type="text/plain" id="plotly">{plotly}</script>
<script type="text/plain" id="figure">{figure}</script>
<script>
const unpack = (id) => {{
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}};
(async () => {{
  const script = document.createElement("script");
  script.textContent = await unpack("plotly");
  document.head.append(script);
  const figure = JSON.parse(await unpack("figure"));
  const plot = document.getElementById("plot");
  plot.replaceChildren();
  await Plotly.newPlot(plot, {{ ...figure, config: {{ displaylogo: false, responsive: true }} }});
}})();
</script>
</body>
</html>
"""


@dataclass(frozen=True)
class ReplayStep:
    """One picture: the labels in effect (row -> class id), the rows that were labeled last, and words above it."""

    labels: dict[int, int]
    newest: Sequence[int]
    words: str


def replay_page(
    title: str,
    caption: str,
    positions: np.ndarray,
    classes: Sequence[tuple[int, str, str]],
    steps: Sequence[ReplayStep],
) -> str:
    """Return the whole file.

    Parameters
    ----------
    title, caption : as they were typed
    positions : (n_rows, 2), NaN for rows that are not on the map
    classes : id, name and color of each
    steps : in their order, at least one
    """
    figure = replay_figure(positions, classes, steps)
    return PAGE.format(
        title=html.escape(title),
        caption=html.escape(caption),
        plotly=_packed(get_plotlyjs()),
        figure=_packed(json.dumps(figure.to_plotly_json(), default=_plain)),
    )


def replay_figure(
    positions: np.ndarray, classes: Sequence[tuple[int, str, str]], steps: Sequence[ReplayStep]
) -> go.Figure:
    """Draw the map with one frame a step, a slider over the frames, and a button that plays them."""
    there = np.isfinite(positions).all(axis=1)
    x, y = positions[:, 0].round(3), positions[:, 1].round(3)
    ground = scatter_for(len(positions))(
        x=x[there].tolist(),
        y=y[there].tolist(),
        mode="markers",
        marker={"size": 4, "color": NEUTRAL, "opacity": 0.45},
        name="no label",
        hoverinfo="skip",
    )

    def marks(step: ReplayStep) -> list[go.Scatter]:
        drawn = []
        for class_id, name, color in classes:
            rows = [row for row, given in step.labels.items() if given == class_id and there[row]]
            drawn.append(
                go.Scatter(
                    x=x[rows].tolist(),
                    y=y[rows].tolist(),
                    mode="markers",
                    marker={"size": 9, "color": color, "line": {"width": 1, "color": "white"}},
                    name=escape(name),
                    customdata=rows,
                    hovertemplate="row %{customdata}<extra>%{fullData.name}</extra>",
                )
            )
        newest = [row for row in step.newest if there[row]]
        ring = {"size": 18, "symbol": "circle-open", "color": HIGHLIGHT, "line": {"width": 3}}
        drawn.append(
            go.Scatter(
                x=x[newest].tolist(), y=y[newest].tolist(), mode="markers", marker=ring, name="newest", hoverinfo="skip"
            )
        )
        return drawn

    first = marks(steps[0])
    figure = bare_figure([ground, *first], HEIGHT)
    changing = list(range(1, len(first) + 1))
    figure.frames = [
        go.Frame(name=str(k), data=marks(step), traces=changing, layout={"title": {"text": escape(step.words)}})
        for k, step in enumerate(steps)
    ]
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    play = {"fromcurrent": True, "frame": {"duration": STEP_MS, "redraw": True}, "transition": {"duration": 0}}
    buttons = [
        {"label": "▶ Play", "method": "animate", "args": [None, play]},
        {"label": "❚❚ Pause", "method": "animate", "args": [[None], at_once]},
    ]
    figure.update_layout(
        title={"text": escape(steps[0].words), "font": {"size": 14, "color": INK}, "x": 0.5},
        margin={"t": 40, "b": 90, "l": 10, "r": 10},
        legend={"orientation": "v", "x": 1.01, "y": 1, "xanchor": "left"},
        updatemenus=[
            {
                "type": "buttons",
                "direction": "left",
                "showactive": False,
                "x": 0,
                "y": -0.04,
                "xanchor": "left",
                "yanchor": "top",
                "buttons": buttons,
            }
        ],
        sliders=[
            {
                "x": 0.2,
                "len": 0.8,
                "y": -0.02,
                "currentvalue": {"prefix": "step "},
                "steps": [
                    {"label": str(k), "method": "animate", "args": [[str(k)], at_once]} for k in range(len(steps))
                ],
            }
        ],
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return figure


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def _plain(value: object) -> object:
    return value.tolist() if hasattr(value, "tolist") else str(value)

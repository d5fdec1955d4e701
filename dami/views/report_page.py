"""Makes a report as one HTML file: words, tables and two pictures as SVG. It has no script, and prints anywhere.

Mail programs and previews run no scripts, and a chart that needs a script prints badly. So this module draws the
pictures itself, small enough for a mail. Colors follow the reader's light or dark setting; paper is light.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dami.views.colors import INK, NEUTRAL, PALETTE

WIDTH, HEIGHT, MARGIN = 1000, 620, 14  # of the map, in units of the picture
MOST_GROUND = 20_000  # rows without a label that are drawn; of more, only every k-th

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0 auto; max-width: 820px; padding: 2rem 1.2rem; font: 16px/1.5 system-ui, sans-serif;
  background: Canvas; color: CanvasText; }}
h1 {{ font-size: 1.7rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.15rem; margin: 2rem 0 0.4rem; break-after: avoid; }}
p {{ margin: 0.4rem 0; overflow-wrap: anywhere; }}
.lead {{ opacity: 0.75; }}
.figures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 0.8rem;
  margin: 1.4rem 0; }}
.figures div {{ border: 1px solid {ink}66; border-radius: 8px; padding: 0.6rem 0.9rem; }}
.figures b {{ display: block; font-size: 1.5rem; line-height: 1.3; }}
.figures span {{ font-size: 0.85rem; opacity: 0.75; }}
table {{ border-collapse: collapse; width: 100%; margin: 0.5rem 0; font-size: 0.92rem; }}
th, td {{ text-align: left; vertical-align: top; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid {ink}55;
  overflow-wrap: anywhere; min-width: 5.5em; }}
td.n, th.n {{ text-align: right; padding-right: 1.6rem; white-space: nowrap; font-variant-numeric: tabular-nums; }}
th {{ font-weight: 600; }}
i.dot {{ display: inline-block; width: 0.75em; height: 0.75em; border-radius: 50%; margin-right: 0.45em; }}
svg {{ display: block; width: 100%; height: auto; margin: 0.6rem 0; }}
svg text {{ fill: currentColor; font-size: 12px; }}
svg .halo {{ stroke: Canvas; }}
tr, svg, .figures div {{ break-inside: avoid; }}
@media print {{
  :root {{ color-scheme: light; }}
  body {{ max-width: none; padding: 0; font-size: 11pt; }}
  * {{ print-color-adjust: exact; }}
}}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="lead">{lead}</p>
<div class="figures">{figures}</div>
{chapters}
</body>
</html>
"""


@dataclass(frozen=True)
class Chapter:
    """A part of the report: sentences, a picture (SVG made in this module), a table. All but the picture is escaped.

    Attributes
    ----------
    columns, rows : columns and rows of the table; numbers stand to the right, a `Dotted` name has a dot of its color
    """

    title: str
    sentences: Sequence[str] = ()
    picture: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()


@dataclass(frozen=True)
class Dotted:
    """A name with its color."""

    name: str
    color: str


def report_page(title: str, lead: str, figures: Sequence[tuple[str, str]], chapters: Sequence[Chapter]) -> str:
    """Return the whole file.

    Parameters
    ----------
    title, lead : as they were typed
    figures : numbers that stand out, each with its name
    """
    shown = (f"<div><b>{html.escape(value)}</b><span>{html.escape(name)}</span></div>" for value, name in figures)
    return PAGE.format(
        title=html.escape(title),
        lead=html.escape(lead),
        figures="".join(shown),
        chapters="\n".join(map(_chapter, chapters)),
        ink=INK,
    )


def _chapter(chapter: Chapter) -> str:
    parts = [f"<section><h2>{html.escape(chapter.title)}</h2>"]
    parts += [f"<p>{html.escape(sentence)}</p>" for sentence in chapter.sentences]
    parts.append(chapter.picture)
    if chapter.rows:
        right = [isinstance(cell, int | float) for cell in chapter.rows[0]]
        heads = "".join(_cell(name, "th", n) for name, n in zip(chapter.columns, right, strict=True))
        lines = ("".join(_cell(cell, "td", n) for cell, n in zip(row, right, strict=True)) for row in chapter.rows)
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>")
    return "".join([*parts, "</section>"])


def _cell(value: object, tag: str, right: bool) -> str:
    dot = f'<i class="dot" style="background: {value.color}"></i>' if isinstance(value, Dotted) else ""
    text = value.name if isinstance(value, Dotted) else f"{value:,}" if isinstance(value, int) else str(value)
    return f"<{tag}{' class=n' if right else ''}>{dot}{html.escape(text)}</{tag}>"


def dots(positions: np.ndarray, groups: Sequence[tuple[str, str, Sequence[int]]]) -> str:
    """Draw the map as SVG: all rows in grey, and over them the rows of each group in the group's color.

    Parameters
    ----------
    positions : (n_rows, 2), NaN for rows that are not on the map
    groups : name, color and rows of each
    """
    there = np.isfinite(positions).all(axis=1)
    if not there.any():
        return ""
    low, high = positions[there].min(axis=0), positions[there].max(axis=0)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    scale = float((room / np.maximum(high - low, 1e-9)).min())  # the same along both axes: a map shows distances
    points = (
        (np.nan_to_num(positions - (low + high) / 2) * [scale, -scale] + [WIDTH / 2, HEIGHT / 2]).round().astype(int)
    )
    grouped = {row for _, _, rows in groups for row in rows}
    ground = np.array([row for row in np.flatnonzero(there) if row not in grouped], dtype=int)
    ground = ground[:: -(-len(ground) // MOST_GROUND) or 1]
    drawn = [f'<path d="{_path(points[ground])}" stroke="{NEUTRAL}" stroke-width="5" opacity="0.55"/>']
    for name, color, rows in groups:
        path = _path(points[[row for row in rows if there[row]]])
        drawn.append(
            f'<g><title>{html.escape(name)}</title><path class="halo" d="{path}" stroke-width="14"/>'
            f'<path d="{path}" stroke="{color}" stroke-width="10"/></g>'
        )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Map of the rows" fill="none" '
        f'stroke-linecap="round">{"".join(drawn)}</svg>'
    )


def _path(points: np.ndarray) -> str:
    """Return the path of a round dot at each point: a line of length 0 that has round ends."""
    return "".join(f"M{x} {y}h0" for x, y in np.unique(points.reshape(-1, 2), axis=0))


def curve(labels: Sequence[int], shares: Sequence[float], name: str, dashed: bool = False) -> str:
    """Draw shares from 0 to 1 over the number of labels, as SVG; `dashed` says that the shares are not reliable."""
    left, right, top, bottom = 56, 620, 16, 206
    first, last = min(labels), max(labels)
    x = [left + (right - left) * ((n - first) / (last - first) if last > first else 0.5) for n in labels]
    low = min(0.5, np.floor(10 * min(shares)) / 10)
    y = [bottom - (bottom - top) * (share - low) / (1 - low) for share in shares]
    lines = []
    for tick in np.linspace(low, 1, 3):
        at = bottom - (bottom - top) * (tick - low) / (1 - low)
        lines.append(f'<path d="M{left} {at:.1f}H{right}" stroke="{INK}" stroke-width="1" opacity="0.4"/>')
        lines.append(f'<text x="{left - 8}" y="{at + 5:.1f}" text-anchor="end">{tick:.0%}</text>')
    for n, at, anchor in {(first, x[0], "start"), (last, x[-1], "end")} if last > first else {(first, x[0], "middle")}:
        lines.append(f'<text x="{at:.1f}" y="{bottom + 22}" text-anchor="{anchor}">{n:,} labels</text>')
    points = list(zip(x, y, strict=True))
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    lines.append(
        f'<path d="M{" L".join(f"{a:.1f} {b:.1f}" for a, b in points)}" fill="none" stroke="{PALETTE[0]}" '
        f'stroke-width="2.5"{dash}/>'
    )
    lines += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{PALETTE[0]}"/>' for a, b in points]
    return f'<svg viewBox="0 0 640 236" role="img" aria-label="{html.escape(name)}">{"".join(lines)}</svg>'

// Makes the map's Plotly traces, its layout and the marks above them from plain data; nothing here touches the page.
import { escapeText, shorten } from "../base.js";

/** @import { MapClass } from "../wire" */
/** @import { PlotlyLayout, Spot } from "../page" */
/** @import { Colors, Group, Mark, Points, Ranges } from "./types" */

export const HIGHLIGHT = "#E4003A";
const INK = "#7F7F87";
const OUTLINE = "#FFFFFF";
/** @type {[number, number]} */
export const RANGE = [-4200, 69736]; // positions go from 1 to 65535; the rest is room for a ring and its text

/** @param {number} n */
export const sizeOf = (n) => (n <= 1000 ? 7 : n <= 5000 ? 5 : n <= 30000 ? 4 : 3);

// WebGL takes half a second to begin, much longer without a graphics card, and some browsers have none.
/** @param {number} n */
const typeOf = (n) => (n <= 2000 ? "scatter" : "scattergl");

/**
 * @param {Float32Array} values
 * @param {number[]} rows
 */
const pick = (values, rows) => Float32Array.from(rows, (row) => values[row]);

/**
 * @param {Points} points
 * @param {Group[]} groups
 * @param {Colors | null} colors
 */
export function baseTraces(points, groups, colors) {
  const size = sizeOf(points.n);
  const opacity = 0.85; // the legend has the same opacity
  return groups.map(({ name, color, rows, values, scale, dimmed }, i) => ({
    type: typeOf(points.n),
    mode: "markers",
    uid: dimmed ? "dimmed" : `rows-${i}`, // Plotly makes selectors from uids, so they hold no names of classes
    name: name == null ? "" : escapeText(shorten(name)),
    showlegend: name != null,
    x: pick(points.x, rows),
    y: pick(points.y, rows),
    hoverinfo: "none",
    opacity: dimmed ? 0.18 : opacity,
    marker: values
      ? { size, color: values, colorscale: scale, cmin: 0, cmax: 254, showscale: true, colorbar: colors?.kind === "number" ? colorBar(colors) : undefined }
      : { size, color },
    unselected: { marker: { opacity: 0.25 } },
  }));
}

/** @param {number} number */
const short = (number) => Number(number.toPrecision(3)).toString();

/** @param {{title: string, low: number, high: number}} colors */
const colorBar = ({ title, low, high }) => ({
  title: { text: escapeText(shorten(title, 36)), side: "right", font: { size: 12 } },
  tickvals: [0, 127, 254],
  ticktext: [low, (low + high) / 2, high].map(short),
  thickness: 10,
  len: 0.55,
  y: 0.36,
  tickfont: { size: 12 },
  x: 1,
  xanchor: "left",
  xpad: 6,
  outlinewidth: 0,
});

/**
 * Makes one trace for each class, in the order of `classes`, so that new labels only change the rows of a trace.
 *
 * @param {Points} points
 * @param {MapClass[]} classes
 * @param {Map<number, number[]>} rowsOfClass
 * @param {boolean} legend
 */
export function labelTraces(points, classes, rowsOfClass, legend) {
  return classes.map(({ id, name, color }) => ({
    type: typeOf(points.n),
    mode: "markers",
    uid: `class-${id}`,
    name: escapeText(shorten(name)),
    showlegend: legend,
    x: pick(points.x, rowsOfClass.get(id) ?? []),
    y: pick(points.y, rowsOfClass.get(id) ?? []),
    hoverinfo: "none",
    marker: { size: sizeOf(points.n) + 5, color, line: { width: 1.3, color: OUTLINE } },
    unselected: { marker: { opacity: 0.4 } },
  }));
}

/**
 * @param {Points} points
 * @param {number[]} rows
 */
export const selectedTrace = (points, rows) => ({
  type: typeOf(points.n),
  mode: "markers",
  uid: "selected",
  showlegend: false,
  x: pick(points.x, rows),
  y: pick(points.y, rows),
  hoverinfo: "skip",
  marker: { size: sizeOf(points.n) + 4, symbol: "circle-open", color: HIGHLIGHT, line: { width: 1.5 } },
});

/**
 * @param {Points} points
 * @param {number[][]} groups
 */
export const positionsOf = (points, groups) => ({
  x: groups.map((rows) => pick(points.x, rows)),
  y: groups.map((rows) => pick(points.y, rows)),
});

/**
 * @param {Points} points
 * @param {number} row
 * @param {number} radius
 * @param {{name: string, fill?: string, stroke: string, width: number}} look
 * @returns {Mark}
 */
const ringAt = (points, row, radius, look) => ({ kind: "ring", x: points.x[row], y: points.y[row], radius, ...look });

/**
 * Makes the mark of a label that came after the traces were drawn.
 *
 * @param {Points} points
 * @param {number} row
 * @param {string} color
 */
export const labelMark = (points, row, color) =>
  ringAt(points, row, (sizeOf(points.n) + 5) / 2, { name: "label", fill: color, stroke: OUTLINE, width: 1.3 });

/**
 * Makes the ring of the row on screen, the line to its nearest center, the ball around that center, and the distance.
 *
 * @param {Points} points
 * @param {Spot | null} spot
 * @returns {Mark[]}
 */
export function highlightMarks(points, spot) {
  if (!spot || !points.placed[spot.row]) return [];
  const { row, nearest, distance } = spot;
  const ring = ringAt(points, row, 11, { name: "row", stroke: HIGHLIGHT, width: 3 });
  if (nearest == null || nearest < 0 || nearest === row || !points.placed[nearest]) return [ring];
  const [x0, y0, x1, y1] = [points.x[nearest], points.y[nearest], points.x[row], points.y[row]];
  /** @type {Mark} */
  const ball = { kind: "ball", name: "ball", x: x0, y: y0, radius: Math.hypot(x1 - x0, y1 - y0), stroke: INK, width: 1.2, dash: "6 5" };
  /** @type {Mark} */
  const line = { kind: "line", name: "line", x0, y0, x1, y1, stroke: HIGHLIGHT, width: 1.5 };
  const center = ringAt(points, nearest, 8, { name: "center", stroke: INK, width: 2 });
  const marks = [ball, line, center, ring];
  if (typeof distance === "number" && Number.isFinite(distance)) {
    const below = y1 >= y0 ? -22 : 22; // the text stands on the side of the ring that the line does not touch
    marks.push({ kind: "text", name: "distance", x: x1, y: y1, below, text: `d = ${Number(distance.toPrecision(3))}` });
  }
  return marks;
}

const BAR = 68; // width of a color bar in pixels

/**
 * Returns the ranges in view for the next layout, null to fit the whole map. Plotly widens a range to keep the axes'
 * scale. So when a color bar comes or goes, or the width changes, a view of the whole map is fitted again, and a view
 * of a part keeps its middle and its scale.
 *
 * @param {PlotlyLayout | undefined} full
 * @param {boolean} bar
 * @param {number} width
 * @returns {Ranges | null}
 */
export function rangesOf(full, bar, width = full?.width ?? 0) {
  if (!full) return null;
  const { xaxis, yaxis, margin } = full;
  /** @type {Ranges} */
  const { x, y } = { x: [...xaxis.range], y: [...yaxis.range] };
  const length = width - margin.l - (bar ? BAR : 0);
  if ((margin.r > 0) === bar && width === full.width) return { x, y };
  const whole = RANGE[1] - RANGE[0];
  if (x[1] - x[0] > 0.99 * whole && y[1] - y[0] > 0.99 * whole) return null;
  const grown = ((x[1] - x[0]) * (length - xaxis._length)) / xaxis._length / 2;
  return { x: [x[0] - grown, x[1] + grown], y };
}

/**
 * @param {number} height
 * @param {string} dragmode
 * @param {Ranges | null} ranges
 * @param {string} legendKey
 * @param {boolean} bar
 */
export function layoutOf(height, dragmode, ranges, legendKey, bar) {
  const axis = { visible: false, zeroline: false, showgrid: false };
  return {
    height,
    autosize: true,
    font: { color: INK, size: 13 },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    margin: { l: 0, r: bar ? BAR : 0, t: 0, b: 0 },
    xaxis: { ...axis, range: ranges?.x ?? [...RANGE] },
    yaxis: { ...axis, range: ranges?.y ?? [...RANGE], scaleanchor: "x" },
    dragmode,
    hovermode: "closest",
    hoverdistance: 12,
    legend: { x: 0, y: 1, itemsizing: "constant", bgcolor: "rgba(127, 127, 135, 0.1)", uirevision: legendKey },
    uirevision: "keep",
    modebar: { bgcolor: "rgba(0, 0, 0, 0)", orientation: "v" },
    activeselection: { opacity: 0 },
  };
}

/** @param {boolean} select */
export const configOf = (select) => ({
  scrollZoom: true,
  displaylogo: false,
  displayModeBar: select ? true : "hover",
  doubleClick: "reset",
  modeBarButtons: [["pan2d", ...(select ? ["lasso2d", "select2d"] : [])], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
});

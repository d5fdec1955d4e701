// Draws the marks above the points: the ring of the row on screen, the line to its nearest center and the ball around
// that center, and labels that the traces do not show yet. The marks are a separate picture that follows the plot's
// axes, because Plotly would redraw a plot of 100,000 points for each shape.

/** @import { PlotlyDiv } from "../page" */
/** @import { Mark } from "./types" */

const SPACE = "http://www.w3.org/2000/svg";
export const OVERLAY_RULES = `
.dami-map { position: relative; }
.dami-overlay { position: absolute; pointer-events: none; overflow: hidden; }
.dami-overlay text { fill: var(--st-text-color, #555); font: 12px var(--st-font, sans-serif); text-anchor: middle; dominant-baseline: middle;
  paint-order: stroke; stroke: var(--st-background-color, #fff); stroke-width: 4px; stroke-linejoin: round; }
.dami-flying .dami-overlay { visibility: hidden; }
`;

export class Overlay {
  /**
   * @param {HTMLElement} host
   * @param {PlotlyDiv} plot the element that Plotly draws in; `host` holds it.
   */
  constructor(host, plot) {
    this.plot = plot;
    this.svg = document.createElementNS(SPACE, "svg");
    this.svg.setAttribute("class", "dami-overlay");
    this.svg.setAttribute("aria-hidden", "true");
    host.append(this.svg);
    this.frame = ""; // the plot's place when the picture was put above it
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {SVGElement[]} */
    this.nodes = [];
  }

  /** @param {Mark[]} marks drawn in their order. */
  show(marks) {
    this.marks = marks;
    this.draw();
  }

  draw() {
    const full = this.plot._fullLayout;
    if (!full?.xaxis?._length) return;
    const { xaxis, yaxis } = full;
    const frame = [xaxis._offset, yaxis._offset, xaxis._length, yaxis._length].join(" ");
    if (frame !== this.frame) {
      const top = this.plot.offsetTop + yaxis._offset;
      Object.assign(this.svg.style, { left: `${this.plot.offsetLeft + xaxis._offset}px`, top: `${top}px`, width: `${xaxis._length}px`, height: `${yaxis._length}px` });
      this.frame = frame;
    }
    const scale = xaxis._length / (xaxis.range[1] - xaxis.range[0]);
    const x = (/** @type {number} */ value) => (value - xaxis.range[0]) * scale;
    const y = (/** @type {number} */ value) => ((yaxis.range[1] - value) * yaxis._length) / (yaxis.range[1] - yaxis.range[0]);
    this.marks.forEach((mark, index) => this.place(this.node(index, mark.kind), mark, x, y, scale));
    while (this.nodes.length > this.marks.length) this.nodes.pop()?.remove();
  }

  /**
   * Returns the element of a mark. An element of the same kind is used again, so that a move only changes attributes.
   *
   * @param {number} index
   * @param {Mark["kind"]} kind
   */
  node(index, kind) {
    const tag = kind === "ring" || kind === "ball" ? "circle" : kind;
    const old = this.nodes[index];
    if (old?.tagName === tag) return old;
    const made = document.createElementNS(SPACE, tag);
    if (old) old.replaceWith(made);
    else this.svg.append(made);
    this.nodes[index] = made;
    return made;
  }

  /**
   * @param {SVGElement} node
   * @param {Mark} mark
   * @param {(value: number) => number} x
   * @param {(value: number) => number} y
   * @param {number} scale
   */
  place(node, mark, x, y, scale) {
    const set = (/** @type {Record<string, string | number>} */ values) => {
      for (const [name, value] of Object.entries(values)) node.setAttribute(name, String(value));
    };
    const look = { fill: mark.fill ?? "none", stroke: mark.stroke ?? "none", "stroke-width": mark.width ?? 0, "stroke-dasharray": mark.dash ?? "none" };
    node.dataset.mark = mark.name;
    if (mark.kind === "line") set({ ...look, x1: x(mark.x0), y1: y(mark.y0), x2: x(mark.x1), y2: y(mark.y1) });
    else if (mark.kind === "text") {
      node.textContent = mark.text;
      set({ x: x(mark.x), y: y(mark.y) + mark.below });
    } else set({ ...look, cx: x(mark.x), cy: y(mark.y), r: mark.kind === "ball" ? mark.radius * scale : mark.radius });
  }
}

// Draws the scatter map: one trace for each group of rows, and above them one for each class. Marks that move
// during labelling lie in a picture above the plot (overlay.js), so that moving them redraws no points.
// Data: MapProps in ../wire.d.ts. Out: the triggers of MapSent, there too.
import { decodeBits, encodeBits, groupRows, loadColors, loadPoints, NEUTRAL, pixelColors } from "./data.js";
import { baseTraces, configOf, highlightMarks, labelMark, labelTraces, layoutOf, positionsOf, RANGE, rangesOf } from "./figure.js";
import { selectedTrace, sizeOf } from "./figure.js";
import { fly } from "./flight.js";
import { Labels } from "./labels.js";
import { HOVER_RULES, HoverCard } from "./hover.js";
import { Overlay, OVERLAY_RULES } from "./overlay.js";
import { addStyle, element, loadPlotly, mounted, reducedMotion } from "../base.js";

/** @import { MapClass, MapSent, MapProps } from "../wire" */
/** @import { Component, PlotlyDiv, PlotlyLibrary, PlotlyPoint, Spot } from "../page" */
/** @import { Among, Colors, Group, Points } from "./types" */

const MOST_MARKS = 60; // the most labels drawn as marks before the traces show them
const RULES = `
.dami-map figcaption { min-height: 24px; padding-top: 4px; font-size: 13px; line-height: 20px; opacity: 0.7; }
.dami-map .dami-empty { display: grid; place-items: center; text-align: center; padding: 2rem; opacity: 0.75; }
.dami-map .dami-empty[hidden] { display: none; }
.dami-flying :is(.gl-container, .scatterlayer) { visibility: hidden; }
`;

/** @type {Points} */
const NOWHERE = { n: 0, x: new Float32Array(), y: new Float32Array(), placed: new Uint8Array() };

class MapView {
  /** @param {HTMLElement} root */
  constructor(root) {
    /** @type {Component<MapProps, MapSent>["setTriggerValue"]} */
    this.emit = () => {};
    /** @type {MapProps | null} */
    this.wanted = null;
    /** @type {PlotlyLibrary | null} */
    this.Plotly = null;
    // The drawn data; `key` identifies them, null while nothing is drawn.
    /** @type {string | null} */
    this.key = null;
    /** @type {Points} */
    this.points = NOWHERE;
    /** @type {Colors | null} */
    this.colors = null;
    /** @type {Group[]} */
    this.groups = [];
    /** @type {MapClass[]} */
    this.classes = [];
    /** @type {Among} */
    this.isGreyed = () => false;
    /** @type {string | null} */
    this.gone = null;
    /** @type {number | undefined} */
    this.forgotten = undefined;
    /** @type {number | null} */
    this.focused = null;
    /** @type {Spot | null} */
    this.spot = null;
    /** @type {number[][]} */
    this.rows = []; // trace -> its rows, which gives the row of a Plotly event
    this.firstLabel = 0; // index of the first trace of a class
    /** @type {number | null} */
    this.frame = null;
    /** @type {number | undefined} */
    this.folding = undefined;
    /** @type {number | undefined} */
    this.resizing = undefined;
    this.root = element("figure", "dami-plot dami-map", root);
    this.root.style.margin = "0";
    addStyle(this.root, RULES + HOVER_RULES + OVERLAY_RULES);
    this.div = /** @type {PlotlyDiv} */ (element("div", "", this.root));
    this.div.setAttribute("role", "img");
    this.overlay = new Overlay(this.root, this.div);
    this.empty = element("div", "dami-empty", this.root);
    this.caption = element("figcaption", "", this.root);
    this.live = element("div", "dami-hidden", this.root);
    this.live.setAttribute("aria-live", "polite");
    this.hover = new HoverCard(this.root);
    this.labels = new Labels();
    /** @type {number[]} */
    this.selected = [];
    this.work = Promise.resolve();
    this.stop = new AbortController();
    this.listen();
    this.resizes = new ResizeObserver(() => {
      clearTimeout(this.resizing);
      this.resizing = setTimeout(() => this.fit(), 80);
    });
    this.resizes.observe(this.div);
  }

  listen() {
    const { signal } = this.stop;
    window.addEventListener("dami:row", ({ detail }) => this.highlight(detail?.row == null ? null : { ...detail, row: detail.row }), { signal });
    window.addEventListener("dami:labeled", ({ detail }) => this.label(detail.row, detail.class), { signal });
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.selected.length && this.select([]), { signal });
  }

  fit() {
    const [full, width] = [this.div._fullLayout, this.div.clientWidth];
    if (this.points === NOWHERE || !full?.xaxis || !width || width === Math.round(full.width)) return;
    const { x, y } = rangesOf(full, full.margin.r > 0, width) ?? { x: [...RANGE], y: [...RANGE] };
    this.Plotly?.relayout(this.div, { autosize: true, "xaxis.range": x, "yaxis.range": y });
  }

  /** @param {Component<MapProps, MapSent>} component */
  update({ data, setTriggerValue }) {
    this.emit = setTriggerValue;
    this.wanted = data;
    this.hover.use(data.hover_url);
    this.caption.textContent = data.positions ? data.caption : "";
    this.work = this.work.then(() => (this.wanted === data ? this.show(data) : undefined)).catch((error) => this.fail(error));
  }

  /** @param {unknown} error */
  fail(error) {
    console.error(error);
    this.caption.textContent = "The map could not be drawn. What you label is kept; reload the page to see the map again.";
  }

  /** @param {MapProps} data */
  async show(data) {
    const height = data.height ?? 520;
    this.root.dataset.rows = String(data.n);
    this.empty.hidden = Boolean(data.positions);
    this.div.hidden = !data.positions;
    for (const box of [this.div, this.empty]) box.style.height = box.hidden ? "0" : `${height}px`;
    if (!data.positions) {
      this.empty.textContent = data.caption;
      this.key = null;
      return;
    }
    if (data.forgotten !== this.forgotten) this.selected = []; // the page has dropped the selection
    this.forgotten = data.forgotten;
    const moved = data.positions !== this.root.dataset.positions;
    const key = JSON.stringify([data.positions, data.colors, data.greyed, data.classes, data.select, data.forgotten, data.gone, height]);
    this.labels.take(data.labels);
    if (key === this.key) {
      this.fold();
      this.focus(data);
      return;
    }
    const [Plotly, points, colors] = await Promise.all([
      loadPlotly(),
      moved || data.gone !== this.gone ? loadPoints(data.positions, decodeBits(data.gone)) : this.points,
      data.colors?.url === this.colors?.url ? this.colors : loadColors(data.colors),
    ]);
    this.Plotly = Plotly;
    const groups = groupRows(points, colors, decodeBits(data.greyed));
    const clear = moved && this.points.n === points.n && this.key ? await this.animate(points, groups) : null;
    const first = !this.root.dataset.ready;
    Object.assign(this, { points, colors, groups, classes: data.classes, isGreyed: decodeBits(data.greyed), gone: data.gone, key });
    await Plotly.react(this.div, this.traces(), this.layout(data, height), configOf(data.select));
    clear?.();
    if (first) this.bind();
    Object.assign(this.root.dataset, { positions: data.positions, ready: "true" });
    this.div.setAttribute("aria-label", `Map of ${data.n} rows`);
    this.focus(data);
    // The pad may have told its row before the map could listen.
    if (first) window.dispatchEvent(new CustomEvent("dami:ask"));
    this.draw();
  }

  /** @param {MapProps} data */
  focus({ focus }) {
    if (focus != null && focus !== this.focused) this.highlight({ row: focus });
    this.focused = focus;
  }

  /**
   * @param {MapProps} data
   * @param {number} height
   */
  layout(data, height) {
    const drag = this.div.layout?.dragmode;
    const drags = ["pan", ...(data.select ? ["lasso", "select"] : [])];
    const bar = this.colors?.kind === "number";
    const ranges = rangesOf(this.div._fullLayout, bar);
    return layoutOf(height, drag && drags.includes(drag) ? drag : "pan", ranges, data.colors?.url ?? "labels", bar);
  }

  traces() {
    const ofClass = this.labels.draw(this.points, this.classes);
    const legend = this.colors?.kind !== "category";
    this.rows = [...this.groups.map(({ rows }) => rows), ...ofClass.values(), this.selected];
    this.firstLabel = this.groups.length;
    return [
      ...baseTraces(this.points, this.groups, this.colors),
      ...labelTraces(this.points, this.classes, ofClass, legend),
      selectedTrace(this.points, this.selected),
    ];
  }

  /**
   * @param {number} row
   * @param {number | null} id
   */
  label(row, id) {
    this.labels.give(row, id ?? null);
    this.draw();
    this.fold();
  }

  // A new label is a mark at once; the traces show it when the annotator pauses.
  fold() {
    clearTimeout(this.folding);
    if (!this.key) return;
    const count = this.labels.changed(this.points).length;
    const wait = count > MOST_MARKS ? 0 : this.points.n > 30000 ? 6000 : 1500;
    if (count) this.folding = setTimeout(() => (this.work = this.work.then(() => this.foldNow()).catch(console.error)), wait);
    this.draw();
  }

  async foldNow() {
    if (!this.key) return;
    const ofClass = [...this.labels.draw(this.points, this.classes).values()];
    this.rows.splice(this.firstLabel, ofClass.length, ...ofClass);
    const traces = ofClass.map((_, i) => this.firstLabel + i);
    await this.Plotly?.restyle(this.div, positionsOf(this.points, ofClass), traces);
    this.draw();
  }

  marks() {
    const colors = new Map(this.classes.map(({ id, color }) => [id, color]));
    const changed = this.labels.changed(this.points).slice(0, 2 * MOST_MARKS);
    const labels = changed.map((row) => labelMark(this.points, row, colors.get(this.labels.now.get(row) ?? -1) ?? NEUTRAL));
    return [...labels, ...highlightMarks(this.points, this.spot)];
  }

  /** @param {Spot | null} spot */
  highlight(spot) {
    this.spot = spot;
    const near = spot?.nearest != null && spot.nearest >= 0 ? `, nearest centre row ${spot.nearest}` : "";
    const words = spot && `Row ${spot.row}${near}`;
    const unplaced = spot && this.points !== NOWHERE && !this.points.placed[spot.row] ? ", not on the map" : "";
    this.live.textContent = words ? words + unplaced : "";
    this.draw();
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (!this.key || !this.root.dataset.ready) return;
      this.overlay.show(this.marks());
      this.root.dataset.row = String(this.spot?.row ?? "");
      this.root.dataset.nearest = String(this.spot?.nearest ?? "");
    });
  }

  bind() {
    const moves = /** @type {const} */ (["plotly_relayouting", "plotly_relayout", "plotly_afterplot"]);
    for (const name of moves) this.div.on(name, () => this.overlay.draw());
    this.div.on("plotly_hover", ({ points: [point], event }) => {
      const row = this.rowOf(point);
      const box = this.root.getBoundingClientRect();
      if (row == null) return;
      const name = this.classes.find(({ id }) => id === this.labels.now.get(row))?.name;
      this.hover.show(row, name ? `labelled ${name}` : "", event.clientX - box.left, event.clientY - box.top);
    });
    this.div.on("plotly_unhover", () => this.hover.hide());
    this.div.on("plotly_click", ({ points: [point] }) => {
      const row = this.rowOf(point);
      if (row == null) return;
      window.dispatchEvent(new CustomEvent("dami:pick", { detail: { row } }));
      this.emit("clicked", row);
    });
    this.div.on("plotly_selected", (event) => {
      if (!event?.points?.length) return; // Plotly also sends this event when the outline is cleared
      const rows = new Set(event.points.flatMap((point) => this.rowOf(point) ?? []));
      this.select([...rows].filter((row) => !this.isGreyed(row)).sort((a, b) => a - b));
    });
  }

  /**
   * @param {PlotlyPoint} point
   * @returns {number | undefined}
   */
  rowOf({ curveNumber, pointNumber, pointIndex = -1 }) {
    return this.rows[curveNumber]?.[pointNumber ?? pointIndex];
  }

  /**
   * Selects rows, then clears the outline: a drag that starts inside an old outline would move that outline.
   *
   * @param {number[]} rows
   */
  select(rows) {
    this.selected = rows;
    this.rows[this.rows.length - 1] = rows;
    this.emit("selected", encodeBits(rows, this.points.n));
    setTimeout(() => {
      const all = this.rows.map((_, i) => i);
      const { x, y } = positionsOf(this.points, [rows]);
      const [keepX, keepY] = [this.div.data.map((trace) => trace.x), this.div.data.map((trace) => trace.y)];
      keepX[keepX.length - 1] = x[0];
      keepY[keepY.length - 1] = y[0];
      this.Plotly?.update(this.div, { selectedpoints: [null], x: keepX, y: keepY }, { selections: [] }, all);
    });
  }

  /**
   * @param {Points} points
   * @param {Group[]} groups
   */
  async animate(points, groups) {
    if (reducedMotion() || document.hidden || !this.div._fullLayout) return null;
    const { xaxis, yaxis } = this.div._fullLayout;
    const frame = { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
    this.hover.hide();
    return fly(this.root, { ...frame, x: [...xaxis.range], y: [...yaxis.range] }, this.points, points, pixelColors(points.n, groups), sizeOf(points.n));
  }

  destroy() {
    this.stop.abort();
    this.resizes.disconnect();
    clearTimeout(this.folding);
    clearTimeout(this.resizing);
    this.hover.hide();
    this.Plotly?.purge(this.div);
    this.key = null;
    this.root.remove();
  }
}

export default mounted((root) => new MapView(root));

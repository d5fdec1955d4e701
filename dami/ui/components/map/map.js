// The scatter map: one WebGL trace per group of rows, one per class above them; what moves while a person labels lies in
// a picture above (overlay.js), so that moving it redraws no points. Contract: dami/ui/components/__init__.py.
import { decodeBits, encodeBits, groupRows, loadColors, loadPoints, NEUTRAL, pixelColors } from "./data.js";
import { baseTraces, configOf, highlightMarks, labelMark, labelTraces, layoutOf, positionsOf, RANGE, rangesOf } from "./figure.js";
import { selectedTrace, sizeOf } from "./figure.js";
import { fly } from "./flight.js";
import { HOVER_RULES, HoverCard } from "./hover.js";
import { Overlay, OVERLAY_RULES } from "./overlay.js";
import { addStyle, element, loadPlotly, mounted, reducedMotion } from "../base.js";

const MOST_MARKS = 60; // labels drawn as marks before the traces take them over
const RULES = `
.dami-map figcaption { min-height: 24px; padding-top: 4px; font-size: 13px; line-height: 20px; opacity: 0.7; }
.dami-map .dami-empty { display: grid; place-items: center; text-align: center; padding: 2rem; opacity: 0.75; }
.dami-map .dami-empty[hidden] { display: none; }
.dami-flying .gl-container { visibility: hidden; }
`;

class MapView {
  constructor(root) {
    this.root = element("figure", "dami-plot dami-map", root);
    this.root.style.margin = "0";
    addStyle(this.root, RULES + HOVER_RULES + OVERLAY_RULES);
    this.div = element("div", "", this.root);
    this.div.setAttribute("role", "img");
    this.overlay = new Overlay(this.root, this.div);
    this.empty = element("div", "dami-empty", this.root);
    this.caption = element("figcaption", "", this.root);
    this.live = element("div", "dami-hidden", this.root);
    this.live.setAttribute("aria-live", "polite");
    this.hover = new HoverCard(this.root);
    this.labels = new Map(); // row -> class, as the server and the pad say
    this.drawn = new Map(); // row -> class, as the traces show
    this.given = new Map(); // row -> class or null, labels of the pad that the server has not confirmed
    this.selected = [];
    this.work = Promise.resolve();
    this.listen();
  }

  listen() {
    this.handlers = [
      [window, "dami:row", ({ detail }) => this.highlight(detail?.row == null ? null : detail)],
      [window, "dami:labeled", ({ detail }) => this.label(detail.row, detail.class)],
      [document, "keydown", (event) => event.key === "Escape" && this.selected.length && this.select([])],
    ];
    for (const [target, name, handler] of this.handlers) target.addEventListener(name, handler);
    this.resizes = new ResizeObserver(() => {
      clearTimeout(this.resizing);
      this.resizing = setTimeout(() => this.fit(), 80);
    });
    this.resizes.observe(this.div);
  }

  fit() {
    const [full, width] = [this.div._fullLayout, this.div.clientWidth];
    if (!this.points || !full?.xaxis || !width || width === Math.round(full.width)) return;
    const { x, y } = rangesOf(full, full.margin.r > 0, width) ?? { x: [...RANGE], y: [...RANGE] };
    this.Plotly.relayout(this.div, { autosize: true, "xaxis.range": x, "yaxis.range": y });
  }

  update({ data, setTriggerValue }) {
    this.emit = setTriggerValue;
    this.wanted = data;
    this.hover.use(data.hover_url);
    this.caption.textContent = data.positions ? data.caption : "";
    this.work = this.work.then(() => this.wanted === data && this.show(data)).catch((error) => this.fail(error));
  }

  fail(error) {
    console.error(error);
    this.caption.textContent = "The map could not be drawn. What you label is kept; reload the page to see the map again.";
  }

  async show(data) {
    const height = data.height ?? 520;
    this.root.dataset.rows = data.n;
    this.empty.hidden = Boolean(data.positions);
    this.div.hidden = !data.positions;
    for (const box of [this.div, this.empty]) box.style.height = box.hidden ? "0" : `${height}px`;
    if (!data.positions) {
      this.empty.textContent = data.caption;
      this.key = null;
      return;
    }
    if (data.forgotten !== this.forgotten) this.selected = []; // the page shows all rows again
    this.forgotten = data.forgotten;
    const moved = data.positions !== this.root.dataset.positions;
    const key = JSON.stringify([data.positions, data.colors, data.greyed, data.classes, data.select, data.forgotten, data.gone, height]);
    this.takeLabels(data);
    if (key === this.key) {
      this.fold();
      this.focus(data);
      return;
    }
    const [Plotly, points, colors] = await Promise.all([
      loadPlotly(data.plotly),
      moved || data.gone !== this.gone ? loadPoints(data.positions, decodeBits(data.gone)) : this.points,
      data.colors?.url === this.colors?.url ? this.colors : loadColors(data.colors),
    ]);
    this.Plotly = Plotly;
    const groups = groupRows(points, colors, decodeBits(data.greyed));
    const clear = moved && this.points?.n === points.n && this.key ? await this.animate(points, groups) : null;
    const first = !this.root.dataset.ready;
    Object.assign(this, { points, colors, groups, classes: data.classes, isGreyed: decodeBits(data.greyed), gone: data.gone, key });
    await Plotly.react(this.div, this.traces(), this.layout(data, height), configOf(data.select));
    clear?.();
    if (first) this.bind();
    Object.assign(this.root.dataset, { positions: data.positions, ready: "true" });
    this.div.setAttribute("aria-label", `Map of ${data.n} rows`);
    this.focus(data);
    // The pad may have spoken before the map could listen.
    if (first) window.dispatchEvent(new CustomEvent("dami:ask"));
    this.draw();
  }

  focus({ focus }) {
    if (focus != null && focus !== this.focused) this.highlight({ row: focus });
    this.focused = focus;
  }

  layout(data, height) {
    const old = this.div.layout;
    const drags = ["pan", ...(data.select ? ["lasso", "select"] : [])];
    const bar = this.colors?.kind === "number";
    const ranges = rangesOf(this.div._fullLayout, bar);
    const layout = layoutOf(height, drags.includes(old?.dragmode) ? old.dragmode : "pan", ranges, data.colors?.url ?? "labels", bar);
    return layout;
  }

  traces() {
    this.drawn = new Map(this.labels);
    const ofClass = this.rowsOfClass();
    const legend = this.colors?.kind !== "category";
    // Rows by trace: what an event's curve and point number mean.
    this.rows = [...this.groups.map(({ rows }) => rows), ...ofClass.values(), this.selected];
    this.firstLabel = this.groups.length;
    return [
      ...baseTraces(this.points, this.groups, this.colors),
      ...labelTraces(this.points, this.classes, ofClass, legend),
      selectedTrace(this.points, this.selected),
    ];
  }

  rowsOfClass() {
    const ofClass = new Map(this.classes.map(({ id }) => [id, []]));
    for (const [row, id] of this.labels) if (this.points.placed[row]) ofClass.get(id)?.push(row);
    return ofClass;
  }

  // What the server knows, and above it what the pad has given since.
  takeLabels({ labels }) {
    const known = new Map((labels?.rows ?? []).map((row, i) => [row, labels.classes[i]]));
    for (const [row, { id, at }] of this.given) {
      if ((known.get(row) ?? null) === id || performance.now() - at > 10000) this.given.delete(row);
      else this.set(known, row, id);
    }
    this.labels = known;
  }

  set(labels, row, id) {
    if (id == null) labels.delete(row);
    else labels.set(row, id);
  }

  label(row, id) {
    this.given.set(row, { id: id ?? null, at: performance.now() });
    this.set(this.labels, row, id);
    this.draw();
    this.fold();
  }

  // Labels that differ from the traces, as marks at once; the traces take them over when the person pauses.
  changed() {
    const rows = [...this.labels.keys()].filter((row) => this.labels.get(row) !== this.drawn.get(row));
    for (const row of this.drawn.keys()) if (!this.labels.has(row)) rows.push(row);
    return rows.filter((row) => this.points.placed[row]);
  }

  fold() {
    clearTimeout(this.folding);
    if (!this.key) return;
    const count = this.changed().length;
    const wait = count > MOST_MARKS ? 0 : this.points.n > 30000 ? 6000 : 1500;
    if (count) this.folding = setTimeout(() => (this.work = this.work.then(() => this.foldNow()).catch(console.error)), wait);
    this.draw();
  }

  async foldNow() {
    if (!this.key) return;
    const ofClass = [...this.rowsOfClass().values()];
    this.drawn = new Map(this.labels);
    this.rows.splice(this.firstLabel, ofClass.length, ...ofClass);
    const traces = ofClass.map((_, i) => this.firstLabel + i);
    await this.Plotly.restyle(this.div, positionsOf(this.points, ofClass), traces);
    this.draw();
  }

  marks() {
    const colors = new Map(this.classes.map(({ id, color }) => [id, color]));
    const changed = this.changed().slice(0, 2 * MOST_MARKS);
    const labels = changed.map((row) => labelMark(this.points, row, colors.get(this.labels.get(row)) ?? NEUTRAL));
    return [...labels, ...highlightMarks(this.points, this.spot)];
  }

  highlight(spot) {
    this.spot = spot;
    const words = spot && `Row ${spot.row}${spot.nearest >= 0 ? `, nearest centre row ${spot.nearest}` : ""}`;
    const unplaced = spot && this.points && !this.points.placed[spot.row] ? ", not on the map" : "";
    this.live.textContent = words ? words + unplaced : "";
    this.draw();
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (!this.key || !this.root.dataset.ready) return;
      this.overlay.show(this.marks());
      this.root.dataset.row = this.spot?.row ?? "";
      this.root.dataset.nearest = this.spot?.nearest ?? "";
    });
  }

  bind() {
    for (const name of ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"]) this.div.on(name, () => this.overlay.draw());
    this.div.on("plotly_hover", ({ points: [point], event }) => {
      const row = this.rowOf(point);
      const box = this.root.getBoundingClientRect();
      const name = this.classes.find(({ id }) => id === this.labels.get(row))?.name;
      if (row != null) this.hover.show(row, name && `labelled ${name}`, event.clientX - box.left, event.clientY - box.top);
    });
    this.div.on("plotly_unhover", () => this.hover.hide());
    this.div.on("plotly_click", ({ points: [point] }) => {
      const row = this.rowOf(point);
      if (row == null) return;
      window.dispatchEvent(new CustomEvent("dami:pick", { detail: { row } }));
      this.emit("clicked", row);
    });
    this.div.on("plotly_selected", (event) => {
      if (!event?.points?.length) return; // clearing the outline is reported too
      const rows = new Set(event.points.map((point) => this.rowOf(point)).filter((row) => row != null));
      this.select([...rows].filter((row) => !this.isGreyed(row)).sort((a, b) => a - b));
    });
  }

  rowOf = ({ curveNumber, pointNumber, pointIndex }) => this.rows[curveNumber]?.[pointNumber ?? pointIndex];

  // The outline is cleared after each pick: a drag that starts inside an old one would move it instead.
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
      this.Plotly.update(this.div, { selectedpoints: [null], x: keepX, y: keepY }, { selections: [] }, all);
    });
  }

  async animate(points, groups) {
    if (reducedMotion() || document.hidden || !this.div._fullLayout) return null;
    const { xaxis, yaxis } = this.div._fullLayout;
    const frame = { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
    const ranges = { x: [...xaxis.range], y: [...yaxis.range] };
    this.hover.hide();
    return fly(this.root, { ...frame, ...ranges }, this.points, points, pixelColors(points.n, groups), sizeOf(points.n));
  }

  destroy() {
    for (const [target, name, handler] of this.handlers) target.removeEventListener(name, handler);
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

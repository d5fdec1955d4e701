// Draws the curves of loss and training accuracy, which grow while a network is trained.
// Data: CurveProps in ../wire.d.ts. In: window "dami:status" with a running "train" job.
import { addStyle, element, escapeText, loadPlotly, mounted } from "../base.js";

/** @import { CurveProps, Status, TrainingStep } from "../wire" */
/** @import { Component, PlotlyLibrary, PlotlyTrace } from "../page" */

const [LOSS, ACCURACY] = ["#D55E00", "#0072B2"];
const GRID = "rgba(127, 127, 135, 0.22)";
const HEIGHT = 240;
const LEAST = 1e-9; // the least loss drawn, since a logarithm needs a number above zero
const EMPTY = "Nothing trained yet. The loss moves here while a network is trained.";
const RULES = `
.dami-curve h4 { margin: 0 0 4px; font-size: 15px; font-weight: 600; }
.dami-readouts { display: flex; gap: 24px; align-items: baseline; flex-wrap: wrap; min-height: 34px;
  font-variant-numeric: tabular-nums; }
.dami-readouts span { font-size: 20px; font-weight: 600; white-space: nowrap; }
.dami-readouts span::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 50%;
  margin-right: 7px; background: var(--dot); }
.dami-readouts span[data-testid="step"] { font-size: 14px; font-weight: 400; opacity: 0.7; }
.dami-readouts span[data-testid="step"]::before { display: none; }
.dami-curve .dami-empty { display: grid; place-items: center; height: ${HEIGHT}px; text-align: center; opacity: 0.7; }
.dami-curve [hidden] { display: none !important; }
`;

/**
 * Chooses the loss axis: logarithmic if the loss falls by more than two powers of ten, else linear.
 *
 * @param {number} low
 * @param {number} top
 */
const scaleOf = (low, top) =>
  top > 100 * low
    ? { type: "log", range: [Math.log10(low) - 0.1, Math.log10(top) + 0.1], dtick: 1, exponentformat: "power" }
    : { type: "linear", range: [0, top * 1.05] };

class Curve {
  /**
   * @param {HTMLElement} root
   * @param {CurveProps} data
   */
  constructor(root, data) {
    this.data = data;
    this.key = ""; // the last data of Python
    /** @type {number | null} */
    this.running = null; // the id of the training job under way
    this.drawn = false;
    /** @type {PlotlyLibrary | null} */
    this.Plotly = null;
    /** @type {{history: TrainingStep[], steps: number | null} | null} */
    this.latest = null; // the newest history
    /** @type {number | null} */
    this.frame = null;
    this.root = element("div", "dami-plot dami-curve", root);
    addStyle(this.root, RULES);
    this.title = element("h4", "", this.root);
    const readouts = element("div", "dami-readouts", this.root);
    const readout = (/** @type {string} */ name, /** @type {string} */ dot) => {
      const node = element("span", "", readouts);
      node.dataset.testid = name;
      node.style.setProperty("--dot", dot);
      return node;
    };
    this.readouts = { loss: readout("loss", LOSS), accuracy: readout("accuracy", ACCURACY), step: readout("step", "none") };
    this.readoutLine = readouts;
    this.div = element("div", "", this.root);
    this.div.setAttribute("role", "img");
    this.empty = element("div", "dami-empty", this.root);
    this.empty.textContent = EMPTY;
    this.stop = new AbortController();
    window.addEventListener("dami:status", ({ detail }) => this.take(detail), { signal: this.stop.signal });
    this.resizes = new ResizeObserver(() => this.drawn && this.div.clientWidth && this.Plotly?.Plots.resize(this.div));
    this.resizes.observe(this.root);
  }

  /** @param {Component<CurveProps>} component */
  update({ data }) {
    this.data = data;
    this.title.textContent = data.title ?? "";
    this.title.hidden = !data.title;
    const key = JSON.stringify([data.history?.length, data.history?.at(-1), data.steps]);
    // Python may still send the last network's curve while the next one is trained.
    if (key !== this.key && !this.running) this.show(data.history ?? [], data.steps);
    this.key = key;
  }

  /** @param {Status} status */
  take(status) {
    const job = status.jobs?.find(({ kind, state }) => kind === "train" && state === "running");
    this.running = job?.id ?? null;
    if (!job?.history?.length) return;
    this.show(job.history, job.steps);
  }

  /**
   * @param {TrainingStep[]} history
   * @param {number | null} steps the number of all steps, null if it is not known
   */
  show(history, steps) {
    const last = history.at(-1);
    this.empty.hidden = Boolean(last);
    this.div.hidden = this.readoutLine.hidden = !last;
    this.root.dataset.points = String(history.length);
    if (!last) return;
    const [step, loss, accuracy] = last;
    this.write("loss", loss == null ? "" : `Loss ${loss >= 0.01 ? loss.toFixed(3) : loss.toPrecision(2)}`);
    this.write("accuracy", accuracy == null ? "" : `Training accuracy ${Math.round(100 * accuracy)} %`);
    this.write("step", steps ? `step ${step} of ${steps}` : `step ${step}`);
    this.div.setAttribute("aria-label", `Loss and training accuracy over ${step} steps`);
    this.latest = { history, steps };
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  /**
   * @param {"loss" | "accuracy" | "step"} name
   * @param {string} text
   */
  write(name, text) {
    if (this.readouts[name].textContent !== text) this.readouts[name].textContent = text;
  }

  async draw() {
    if (!this.latest) return;
    try {
      this.Plotly = await loadPlotly();
      const { history, steps } = this.latest;
      const x = history.map(([step]) => step);
      const losses = history.map(([, loss]) => Math.max(loss ?? LEAST, LEAST)); // null stands for a loss that was not finite
      const [low, top] = [Math.min(...losses), Math.max(...losses)];
      /** @type {(index: 1 | 2, color: string, name: string, axis: "y" | "y2") => PlotlyTrace} */
      const line = (index, color, name, axis) => ({
        type: "scatter",
        mode: "lines",
        name: escapeText(name),
        x,
        y: index === 1 ? losses : history.map((point) => point[index]),
        yaxis: axis,
        line: { color, width: 2 },
        hovertemplate: axis === "y" ? "step %{x}: %{y:.4g}<extra></extra>" : "step %{x}: %{y:.0%}<extra></extra>",
      });
      const traces = [line(1, LOSS, "loss", "y"), line(2, ACCURACY, "training accuracy", "y2")];
      await this.Plotly.react(this.div, traces, this.layout(Math.max(steps ?? 0, x.at(-1) ?? 0, 1), low, top), {
        displayModeBar: false,
      });
      this.drawn = true;
      this.root.dataset.ready = "true";
    } catch (error) {
      console.error(error);
    } finally {
      this.frame = null;
      if (this.drawn && this.latest && this.root.dataset.drawn !== String(this.latest.history.length)) {
        this.root.dataset.drawn = String(this.latest.history.length);
      }
    }
  }

  /**
   * @param {number} last the last step
   * @param {number} low
   * @param {number} top
   */
  layout(last, low, top) {
    const axis = { fixedrange: true, gridcolor: GRID, zeroline: false, automargin: true, tickfont: { size: 12 }, ticks: "outside", ticklen: 5, tickcolor: "rgba(0, 0, 0, 0)" };
    return {
      height: HEIGHT,
      autosize: true,
      paper_bgcolor: "rgba(0, 0, 0, 0)",
      plot_bgcolor: "rgba(0, 0, 0, 0)",
      showlegend: false,
      hovermode: "closest",
      margin: { l: 58, r: 62, t: 8, b: 44 },
      xaxis: { ...axis, title: { text: "step" }, range: [0, last], automargin: false },
      yaxis: { ...axis, title: { text: "loss" }, automargin: false, ...scaleOf(low, top) },
      yaxis2: {
        ...axis,
        title: { text: "training accuracy" },
        overlaying: "y",
        side: "right",
        range: [0, 1.05],
        tickmode: "array",
        tickvals: [0, 0.25, 0.5, 0.75, 1],
        tickformat: ".0%",
        showgrid: false,
        automargin: false,
      },
    };
  }

  destroy() {
    this.stop.abort();
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.resizes.disconnect();
    this.Plotly?.purge(this.div);
    this.root.remove();
  }
}

export default mounted((root, { data }) => new Curve(root, data));

// Asks the server again and again for the progress of the jobs, shows it, and tells Python when something has changed.
// Data: PulseProps in ../wire.d.ts; its `seen` marks what Python has drawn. The `seen` of a Status differs from it
// after a new network, a new map, or answers of another tab, but not after this tab's own answers. While `seen.urgent`
// exists and stays the same, the page may wait before it tells Python.
// Out: trigger "changed" (the new mark), trigger "cancel" (a job's id), window "dami:status" with each answer.
// In: window "dami:poll" asks at once.
import { element, mounted } from "../base.js";
import { isLeaving } from "../leaving.js";

/** @import { JobKind, JobProgress, PulseProps, PulseSent, Seen, Status } from "../wire" */
/** @import { Component } from "../page" */

/** @typedef {{box: HTMLElement, text: HTMLElement, bar: HTMLProgressElement, button?: HTMLButtonElement}} Line a job under way */

const BUSY_MS = 50; // unless the server gives another pause, by the number of tabs that ask
const CALM_MS = 30000; // the longest wait before Python is told of news that is not urgent
const IDLE_MS = 2000;
const PATIENCE_MS = 3000; // within which Python answers a change; then it is told again
const TIMEOUT_MS = 8000;
const GONE_MS = 3000; // a session that has been gone for so long does not come back, and a new one has to draw the page
const RENEW_MS = 10000; // the least time between two reloads, which may not help
const RENEWED = "dami-renewed";
const LOST = "Connection lost; what you do is kept in this browser and sent when it is back";
const DISMISSED = "dami-dismissed-jobs";
/** @satisfies {Record<JobKind, string>} */
const WORDS = { train: "Training", map: "Drawing the map", compare: "Comparing", predict: "Predicting new rows",
  "model file": "Packing the model", rivals: "Comparing with rivals", export: "Writing a file", kinds: "Reading columns anew" };
const RULES = `
.dami-pulse { font-family: var(--st-font, sans-serif); font-size: 14px; color: var(--st-text-color); }
.dami-jobs { display: flex; flex-direction: column; justify-content: center; gap: 2px; min-height: 34px; } /* its place is kept, so that nothing jumps */
.dami-job { display: flex; min-width: 0; align-items: center; gap: 10px; }
.dami-job progress { flex: 1 100 80px; min-width: 28px; height: 6px; appearance: none; border: 0;
  border-radius: 3px; overflow: hidden; background: rgba(127, 127, 135, 0.25); }
.dami-job progress::-webkit-progress-bar { background: transparent; }
.dami-job progress::-webkit-progress-value { background: var(--st-primary-color, #0072b2); transition: width 0.15s; }
.dami-job progress::-moz-progress-bar { background: var(--st-primary-color, #0072b2); }
.dami-job progress:indeterminate::-moz-progress-bar { width: 0; }
.dami-job span { flex: 0 1 auto; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.dami-pulse button { font: inherit; font-size: 13px; color: inherit; background: transparent; cursor: pointer;
  border: 1px solid rgba(127, 127, 135, 0.5); border-radius: 6px; padding: 1px 10px; }
.dami-pulse button:hover, .dami-pulse button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.dami-pulse button:disabled { opacity: 0.5; cursor: default; }
.dami-failure, .dami-lost { display: flex; justify-content: space-between; align-items: center; gap: 10px; padding: 6px 10px;
  margin: 4px 0; border-radius: 6px; border: 1px solid rgba(127, 127, 135, 0.4); background: rgba(127, 127, 135, 0.1); }
.dami-failure { border-left: 4px solid var(--st-red-color, #d55e00); }
.dami-pulse [hidden] { display: none; }
`;

/**
 * Returns a mark that stays the same while there is no news for this tab.
 *
 * @param {Seen} seen
 */
function markOf(seen) {
  if (!seen) return null;
  const mine = sessionStorage.getItem("dami-client");
  const others = Object.entries(seen.acks ?? {}).filter(([client]) => client !== mine);
  return `${seen.work} ${others.reduce((sum, [, seq]) => sum + seq, 0)}`;
}

class Pulse {
  /**
   * @param {HTMLElement} root
   * @param {Component<PulseProps, PulseSent>} component
   */
  constructor(root, { data, setTriggerValue }) {
    /** @type {Component<PulseProps, PulseSent>["setTriggerValue"]} */
    this.emit = setTriggerValue;
    this.data = data;
    /** @type {Status | null} */
    this.status = null;
    /** @type {{value: string, at: number} | null} */
    this.told = null; // the mark that Python was told last, and when
    this.asking = false;
    this.again = false; // a question came while another one was under way
    /** @type {number | null} */
    this.goneSince = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {number | undefined} */
    this.telling = undefined;
    this.stop = new AbortController();
    this.root = element("div", "dami-pulse", root);
    element("style", "", this.root).textContent = RULES;
    this.lost = element("div", "dami-lost", this.root);
    this.lost.setAttribute("role", "status");
    this.lost.hidden = true;
    this.jobs = element("div", "dami-jobs", this.root);
    this.failures = element("div", "", this.root);
    /** @type {Map<number, Line>} */
    this.lines = new Map();
    this.dismissed = new Set(JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]"));
    const { signal } = this.stop;
    window.addEventListener("dami:poll", () => this.poll(), { signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(this.timer) : this.poll()), { signal });
  }

  /** @param {Component<PulseProps, PulseSent>} component */
  update({ data, setTriggerValue }) {
    this.emit = setTriggerValue;
    this.data = data;
    if (this.told?.value === markOf(data.seen)) this.told = null;
    if (this.status) this.show(this.status);
    this.poll(); // Python ran, perhaps because somebody has started a job
  }

  // Asks one question at a time; a question that comes meanwhile follows at once.
  async poll() {
    clearTimeout(this.timer);
    if (this.stop.signal.aborted || document.hidden) return;
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    this.again = false;
    const url = this.data.status_url;
    try {
      const response = await fetch(`${url}?tab=${this.data.tab ?? ""}`, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const status = await response.json();
      if (!this.stop.signal.aborted && url === this.data.status_url) this.take(status);
    } catch (error) {
      if (!this.stop.signal.aborted) this.miss(error);
    }
    this.asking = false;
    if (this.stop.signal.aborted) return;
    const busy = this.lost.hidden && this.active().length;
    this.timer = setTimeout(() => this.poll(), this.again ? 0 : busy ? (this.status?.pause ?? BUSY_MS) : IDLE_MS);
  }

  /** @param {Status} status */
  take(status) {
    this.status = status;
    this.lost.hidden = true;
    this.show(status);
    window.dispatchEvent(new CustomEvent("dami:status", { detail: status }));
    this.renew(status.alive);
    const value = markOf(status.seen);
    if (value == null || value === markOf(this.data.seen)) return;
    if (this.told?.value === value && performance.now() - this.told.at < PATIENCE_MS) return;
    if (isLeaving()) return;
    // News that is not urgent waits for a random time, so that a class of thirty pages is not drawn at the same moment.
    const calm = status.seen.urgent !== undefined && status.seen.urgent === this.data.seen?.urgent;
    const wait = calm ? Math.random() * CALM_MS : 0;
    const at = calm && this.told && this.told.at > performance.now() ? this.told.at : performance.now() + wait;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(value), at - performance.now());
    this.told = { value, at };
  }

  /** @param {string} value */
  tell(value) {
    if (isLeaving()) this.told = null;
    else this.emit("changed", value);
  }

  /**
   * Loads the page again if its session has ended, unless somebody types; answers are kept in localStorage.
   *
   * @param {boolean} alive
   */
  renew(alive) {
    if (alive !== false) this.goneSince = null;
    else this.goneSince ??= performance.now();
    if (this.goneSince == null || performance.now() - this.goneSince < GONE_MS) return;
    const field = document.activeElement;
    const typed = (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && field.value;
    if (typed || Date.now() - Number(sessionStorage.getItem(RENEWED) ?? 0) < RENEW_MS) return;
    sessionStorage.setItem(RENEWED, String(Date.now()));
    location.reload();
  }

  /** @param {unknown} error */
  miss(error) {
    console.debug("status", error);
    if (this.lost.hidden) this.lost.textContent = LOST; // set each time, so that a screen reader reads it again
    this.lost.hidden = false;
  }

  active = () => (this.status?.jobs ?? []).filter(({ state }) => state === "queued" || state === "running");

  /** @param {Status} status */
  show(status) {
    const active = this.active();
    for (const [id, line] of this.lines) if (!active.some((job) => job.id === id)) this.remove(id, line);
    for (const job of active) this.progress(job);
    const failed = (status.jobs ?? []).filter(({ id, state }) => state === "failed" && !this.dismissed.has(id));
    for (const shown of this.failures.querySelectorAll("div")) {
      if (!failed.some(({ id }) => String(id) === shown.dataset.job)) shown.remove();
    }
    for (const job of failed) this.failure(job);
  }

  /**
   * @param {number} id
   * @param {Line} line
   */
  remove(id, line) {
    line.box.remove();
    this.lines.delete(id);
  }

  /** @param {JobProgress} job */
  progress(job) {
    let line = this.lines.get(job.id);
    if (!line) {
      const box = element("div", "dami-job", this.jobs);
      box.dataset.job = String(job.id);
      line = { box, text: element("span", "", box), bar: element("progress", "", box) };
      line.bar.max = 1;
      this.lines.set(job.id, line);
    }
    const name = WORDS[job.kind];
    const text = job.message || (job.state === "queued" ? `${name}: waiting` : name);
    if (line.text.textContent !== text) line.text.textContent = line.text.title = text;
    line.bar.setAttribute("aria-label", text);
    if (job.state === "running" && job.progress > 0) line.bar.value = job.progress;
    else line.bar.removeAttribute("value");
    if (this.data.cancel && !line.button) this.cancel(job, line);
    else if (!this.data.cancel) {
      line.button?.remove();
      line.button = undefined;
    }
  }

  /**
   * @param {JobProgress} job
   * @param {Line} line
   */
  cancel(job, line) {
    const button = element("button", "", line.box);
    line.button = button;
    button.type = "button";
    button.textContent = "Cancel";
    button.addEventListener("click", () => {
      button.disabled = true;
      button.textContent = "Cancelling";
      this.emit("cancel", job.id);
      setTimeout(() => this.poll(), BUSY_MS);
    });
  }

  /** @param {JobProgress} job */
  failure(job) {
    if ([...this.failures.querySelectorAll("div")].some((shown) => shown.dataset.job === String(job.id))) return;
    const box = element("div", "dami-failure", this.failures);
    box.dataset.job = String(job.id);
    box.setAttribute("role", "alert");
    element("span", "", box).textContent = job.message || `${WORDS[job.kind]} did not finish.`;
    const button = element("button", "", box);
    button.type = "button";
    button.textContent = "Dismiss";
    button.addEventListener("click", () => {
      this.dismissed.add(job.id);
      sessionStorage.setItem(DISMISSED, JSON.stringify([...this.dismissed].slice(-200)));
      box.remove();
    });
  }

  destroy() {
    this.stop.abort();
    clearTimeout(this.timer);
    clearTimeout(this.telling);
    this.root.remove();
  }
}

export default mounted((root, component) => new Pulse(root, component));

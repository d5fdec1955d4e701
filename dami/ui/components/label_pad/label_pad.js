// The label pad. A key press belongs to the row on screen: it goes to an outbox in localStorage, and the next row of the
// queue is there at once. The outbox is sent until the database has acknowledged it. Nothing waits for the server.
//
// Python -> pad, `data`: {project, rows_url, search_url, truth_url, mode: "label" | "practise", classes: [{id, name, color,
//   guideline, count}], goal, labeled, model, round, round_size, round_done, training, queue: [{row, step, distance,
//   nearest, nearest_class, radius, space, reason, numbers}], history: [{client, seq, row, action, class, step, distance,
//   nearest, radius, space, reason, source, model?, pressed?}], acks: {client: seq}, focus: row | null}
// Pad -> Python, setStateValue("outbox", value): {client, items: [{seq, action: "label" | "unsure" | "later" | "discard" |
//   "undo", row, class, model, round, step, pressed, source: "human" | "oracle", undoes: {client, seq} | null}],
//   orphans: [{client, items}], sent}. `items` are this tab's, `orphans` those of closed tabs that this one took over.
// Window events out: "dami:row" {row, nearest, distance, radius, space, step, label}, again on "dami:ask"; "dami:labeled"
//   {row, class}; "dami:poll" {} after sending. In: "dami:pick" {row}.

import { Card } from "./card.js";
import { injectStyles } from "./styles.js";
import { isTaken, keyMeant, PAD_KEYS, PRACTICE_KEYS } from "./keys.js";
import { Finder, History } from "./lists.js";
import { Outbox } from "./outbox.js";
import { Practice } from "./practice.js";
import { Rows } from "./rows.js";
import { combine, evidence, labelOf, neighbor, nextQueue } from "./state.js";
import { emptiness, statusOf } from "./status.js";
import { View } from "./view.js";
import { h } from "./dom.js";

const RETRY_MS = 2000;
const AHEAD = 10; // rows whose values are fetched before they are shown
const SKIPS = new Set(["unsure", "later", "discard"]);

const emit = (name, detail) => window.dispatchEvent(new CustomEvent(`dami:${name}`, { detail }));

class LabelPad {
  constructor(host, project) {
    this.project = project;
    this.opened = Date.now();
    this.queue = [];
    this.at = null; // null: the head of the queue; {row, item, chosen}: a row gone back to, or chosen
    this.rows = new Rows(() => this.show());
    this.card = new Card();
    this.history = new History((row) => this.choose(row));
    this.finder = new Finder({ find: (row) => this.find(row), url: () => this.data.search_url });
    this.practice = new Practice(this);
    this.root = h("section", { class: "dami-pad", "aria-label": "Label pad", "data-pending": "0" });
    this.view = new View(this.root, (action, classId) => this.act(action, classId), this);
    injectStyles(host);
    host.append(this.root);
    this.listen();
    Outbox.open(project).then((outbox) => this.begin(outbox));
  }

  listen() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    for (const kind of ["focusin", "focusout"]) document.addEventListener(kind, () => setTimeout(() => this.showStatus()), { signal });
    for (const kind of ["online", "offline"]) window.addEventListener(kind, () => this.showStatus(), { signal });
    window.addEventListener("dami:pick", ({ detail }) => Number.isInteger(detail?.row) && this.choose(detail.row), { signal });
    window.addEventListener("dami:ask", () => this.data && this.tell(true), { signal });
    this.timer = setInterval(() => this.retry(), RETRY_MS);
  }

  async begin(outbox) {
    if (this.stop.signal.aborted) return;
    await outbox.adopt();
    if (this.stop.signal.aborted) return;
    this.outbox = outbox;
    if (this.latest) this.update(this.latest);
    await this.retry();
  }

  // ---- what Python says ----

  update(component) {
    this.latest = component;
    if (!this.outbox) return; // the tab does not know its own name yet: a few milliseconds
    const { data } = component;
    const renewed = this.data && data.model !== this.data.model;
    const hold = Boolean(this.item) && !(renewed && this.practice.waiting);
    const focus = data.focus ?? null;
    const pointed = focus !== null && focus !== (this.data?.focus ?? null);
    this.data = { ...data, classes: data.classes ?? [] };
    this.outbox.acknowledge(data.acks ?? {});
    this.state = combine(this.data, this.outbox.log);
    this.practice.count();
    const onScreen = this.at ? null : this.queue[0]?.row;
    this.queue = nextQueue(this.queue, this.data, this.state, { client: this.outbox.client, hold, onScreen });
    this.classes = new Map(this.data.classes.map((entry) => [entry.id, entry]));
    if (this.mode !== data.mode) this.view.showHelp((this.mode = data.mode));
    if (pointed) this.choose(focus);
    else this.show();
    this.practice.updated();
    if (data.training) emit("poll", {}); // the answer that began it was sent before there was anything to see
  }

  // ---- what is on screen ----

  get item() {
    if (!this.state) return null;
    if (!this.at) return this.queue[0] ?? null;
    const { row } = this.at;
    const known = this.queue.find((item) => item.row === row) ?? this.state.effective.get(row) ?? this.at.item;
    return { ...evidence(known ?? {}), row, model: known?.model ?? this.data.model, round: known?.round ?? this.data.round };
  }

  /** Whether the row on screen may have a label that the history does not hold: it was chosen, or an answer taken back. */
  get isOld() {
    return Boolean(this.at?.chosen || this.item?.restored) && !this.state.effective.has(this.item.row);
  }

  /** What was answered to the row on screen. */
  get given() {
    const { item } = this;
    if (!item || !this.isOld) return item ? this.state.effective.get(item.row) : undefined;
    const label = this.rows.labelOf(item);
    return label === null ? undefined : { action: "label", row: item.row, class: label };
  }

  get place() {
    return this.at ? (this.at.chosen ? "chosen" : "trail") : "queue";
  }

  show() {
    if (!this.state || this.stop.signal.aborted) return;
    const { data, state, item, given, place, practice, classes } = this;
    this.want(item);
    const entry = item ? this.rows.get(item) : null;
    const nearest = item?.nearest == null ? null : this.rows.get({ row: item.nearest, model: item.model });
    const nearestClass = item?.nearest == null ? null : (labelOf(state.effective.get(item.nearest)) ?? item.nearest_class);
    this.view.show({ data, state, item, given, place, practice, classes, nearestClass, title: entry?.title, empty: emptiness(this) });
    this.card.show(item, entry, nearest, this.rows.failed);
    this.showStatus();
    this.history.show(state, classes, item?.row);
    this.tell();
    this.tellLabels();
  }

  /** Fetches the values of the row on screen, of its nearest center, and of the rows to come with theirs. */
  want(item) {
    const items = item ? [item, ...this.queue.slice(0, AHEAD + 1).filter(({ row }) => row !== item.row)] : [];
    const pairs = items.flatMap((one) => (one.nearest == null ? [one] : [one, { row: one.nearest, model: one.model }]));
    const wanted = new Map(pairs.map((one) => [`${one.row} ${one.model}`, { row: one.row, model: one.model ?? null }]));
    this.rows.want(this.data.rows_url, [...wanted.values()], this.isOld && !this.outbox.pending);
  }

  /** Tells the page which row is on screen, once for each change. */
  tell(again = false) {
    const { item } = this;
    const { distance = null, nearest = null, radius = null, space = null, step = null } = item ?? {};
    const label = labelOf(this.given) ?? null;
    const detail = { row: item?.row ?? null, nearest, distance, radius, space, step, label };
    const told = JSON.stringify(detail);
    if (told === this.told && !again) return;
    if (detail.row !== this.announced) this.view.announce(item ? `Row ${item.row}. ${this.said ?? ""}` : (emptiness(this) ?? ""));
    this.announced = detail.row;
    this.told = told;
    emit("row", detail);
  }

  /** Tells the page of labels that are new here, the oracle's once its answer is known; what Python drew first is no news. */
  tellLabels() {
    const first = !this.labels;
    this.labels ??= new Map();
    for (const [row, entry] of this.state.effective) {
      const label = labelOf(entry);
      if (label === null) continue;
      if (first) this.labels.set(row, label ?? null);
      else this.tellLabel(row, label ?? null);
    }
  }

  tellLabel(row, label) {
    if ((this.labels.get(row) ?? null) === label) return;
    this.labels.set(row, label);
    emit("labeled", { row, class: label });
  }

  showStatus() {
    if (!this.outbox) return;
    this.view.showStatus(...statusOf(this.outbox, this.opened), this.outbox.pending);
  }

  // ---- what a person does ----

  key(event) {
    const key = keyMeant(event);
    if (key === null || !this.state) return;
    const classId = this.view.classes.keys.get(key);
    const action = PAD_KEYS[key] ?? (this.data.mode === "practise" ? PRACTICE_KEYS[key] : null);
    if (classId === undefined && !action) return;
    if (action === "accept" && this.practice.known == null) return;
    if (action === "leave" && !this.at) return;
    if (isTaken(event, key, this.root)) return;
    event.preventDefault();
    event.stopPropagation();
    if (classId !== undefined) this.act("label", classId);
    else this.act(action);
  }

  act(action, classId = null) {
    if (!this.state) return;
    if (action === "label" || SKIPS.has(action)) return this.item && this.answer(action, classId);
    if (action === "help") return this.view.toggleHelp();
    if (action === "seek") return (this.view.classes.many ? this.view.classes : this.finder).focus();
    if (action === "step") return (this.item || !this.practice.over) && this.practice.step();
    if (action === "play") return this.practice.toggle();
    if (action === "faster") return this.practice.faster();
    if (action === "reveal") return this.item && this.practice.reveal();
    if (action === "accept") return this.practice.accept();
    this.practice.taken();
    if (action === "undo") this.undo();
    else if (action === "back") this.back();
    else if (action === "forward") this.forward();
    else if (action === "leave") this.leave();
  }

  answer(action, classId, source = "human") {
    const { item, place } = this;
    if (source === "human") this.practice.taken();
    this.push({ action, row: item.row, class: classId, ...asked(item), source, shown: evidence(item) });
    this.queue = this.queue.filter(({ row }) => row !== item.row);
    this.said = action === "label" ? `${this.classes.get(classId)?.name ?? "The known label"} given to row ${item.row}.` : `Row ${item.row}: ${action}.`;
    if (place === "trail") this.forward();
    else this.leave();
    this.view.flash(this.view.nodeOf(source === "oracle" ? "step" : action, classId));
    this.send();
  }

  undo() {
    const last = this.state.entries.findLast(({ client, seq }) => client != null && seq != null);
    if (!last) return;
    const { row } = last;
    const { seq } = this.push({ action: "undo", row, class: null, ...asked(last), source: "human", undoes: { client: last.client, seq: last.seq } });
    this.queue = this.queue.filter((item) => item.row !== row);
    const before = this.state.effective.get(row);
    if (before || last.step == null) this.at = { row, item: last, chosen: true };
    else {
      this.at = null;
      const { model = this.data.model, round = this.data.round } = last;
      this.queue.unshift({ ...evidence(last), row, model, round, restored: seq });
    }
    this.said = "Undone.";
    this.show();
    this.tellLabel(row, labelOf(before) ?? null);
    this.send();
  }

  /** Appends to the outbox; what is effective follows from it at once. */
  push(event) {
    const item = this.outbox.push({ ...event, pressed: Date.now() / 1000, undoes: event.undoes ?? null });
    this.rows.forget(event.row);
    this.state = combine(this.data, this.outbox.log);
    this.practice.count();
    return item;
  }

  back() {
    const row = neighbor(this.state, this.at?.row, -1);
    if (row !== undefined) this.at = { row };
    this.show();
  }

  forward() {
    const row = this.place === "trail" ? neighbor(this.state, this.at.row, 1) : undefined;
    this.at = row === undefined ? null : { row };
    this.show();
  }

  leave() {
    this.at = null;
    this.show();
  }

  choose(row) {
    if (!this.state) return;
    this.practice.taken();
    this.at = !this.at && this.queue[0]?.row === row ? null : { row, chosen: true };
    this.show();
  }

  async find(row) {
    await this.rows.find(this.data.rows_url, { row, model: this.data.model ?? null });
    this.choose(row);
  }

  // ---- what Python hears ----

  send() {
    if (!this.outbox.pending) return;
    try {
      this.latest.setStateValue("outbox", this.outbox.value());
    } catch {} // no connection now: the outbox is sent again
    emit("poll", {});
  }

  async retry() {
    if (!this.outbox || !this.data) return;
    if (await this.outbox.adopt()) {
      this.state = combine(this.data, this.outbox.log);
      this.queue = this.queue.filter(({ row }, index) => index === 0 || !this.state.answered.has(row));
    }
    if (this.stop.signal.aborted) return;
    if (this.outbox.pending) {
      this.send();
      this.show();
    } else this.showStatus();
  }

  destroy() {
    this.stop.abort();
    clearInterval(this.timer);
    clearTimeout(this.practice.timer);
    this.rows.close();
    this.root.remove();
  }
}

/** Who asked, as every event says it; a row chosen by hand has no step. */
const asked = ({ model = null, round = null, step = null }) => ({ model, round, step });

const views = new WeakMap();

export default function (component) {
  const host = component.parentElement;
  const { project } = component.data;
  const old = views.get(host);
  if (old?.project !== project || !host.contains(old.root)) {
    old?.destroy();
    views.set(host, new LabelPad(host, project));
  }
  const view = views.get(host);
  view.update(component);
  return () => {
    if (view.root.isConnected) return; // Streamlit may call it for an update that overtook another
    view.destroy();
    if (views.get(host) === view) views.delete(host);
  };
}

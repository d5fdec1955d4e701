// The label pad. A key press belongs to the row on screen: it goes to an outbox in localStorage, and the next row of the
// queue is there at once. The outbox is sent until the database has acknowledged it. Nothing waits for the server.
//
// Python -> pad, `data`: {project, rows_url, search_url, truth_url, guess_url, twins_url, mode: "label" | "practise", classes: [{id, name, color,
//   guideline, count}], goal, labeled, model, round, round_size, round_done, training, queue: [{row, step, distance,
//   nearest, nearest_class, compare, radius, space, reason, facts, strategy, audit?}], audit: {size, answered} | null, history:
//   [{client, seq, row, action, class, note, batch, step, distance, nearest, radius, space, reason, source, model?,
//   pressed?}], redo: [{client, seq, entry}] the next first, acks: {client: seq}, focus: row | null,
//   strategies: {name: title}, spaces: {name: title}}; facts: [[title, value]], a strategy's numbers in words
// Pad -> Python, setStateValue("outbox", value): {client, items: [{seq, action: "label" | "unsure" | "later" | "discard" |
//   "note" | "undo", row, class, note, batch, model, round, step, pressed, source: "human" | "oracle", undoes: {client, seq}
//   | null}], orphans: [{client, items}], sent}. `items` are this tab's, `orphans` those of closed tabs that this one took over.
// Window events out: "dami:row" {row, nearest, distance, radius, space, step, label}, again on "dami:ask"; "dami:labeled"
//   {row, class}; "dami:poll" {} after sending. In: "dami:pick" {row}.

import { Card } from "./card.js";
import { injectStyles } from "./styles.js";
import { Decisions } from "./decisions.js";
import { Guess } from "./guess.js";
import { badge, isTaken, keyMeant, Keys } from "./keys.js";
import { KeysPanel } from "./keys_panel.js";
import { Finder, History } from "./lists.js";
import { Note } from "./note.js";
import { Outbox } from "./outbox.js";
import { Practice } from "./practice.js";
import { Rows } from "./rows.js";
import { combine, evidence, labelOf, neighbor, nextQueue } from "./state.js";
import { emptiness, statusOf } from "./status.js";
import { emit, Telling } from "./telling.js";
import { Twins } from "./twins.js";
import { View } from "./view.js";
import { h } from "./dom.js";

const RETRY_MS = 2000;
const AHEAD = 10; // rows whose values are fetched before they are shown
const SKIPS = new Set(["unsure", "later", "discard"]);

class LabelPad extends Decisions {
  constructor(host, project) {
    super();
    this.project = project;
    this.opened = Date.now();
    this.queue = [];
    this.saved = 0; // the highest of this tab's numbers that the server has acknowledged
    this.at = null; // null: the head of the queue; {row, item, chosen}: a row gone back to, or chosen
    this.rows = new Rows(() => this.show());
    this.card = new Card();
    this.history = new History((row) => this.choose(row));
    this.finder = new Finder({ find: (row) => this.find(row), url: () => this.data.search_url });
    this.practice = new Practice(this);
    this.keys = new Keys(project);
    this.panel = new KeysPanel(this.keys, () => this.rekey());
    this.guess = new Guess(() => this.show());
    this.twins = new Twins((rows) => this.discard(rows));
    this.note = new Note((row, text) => this.annotate(row, text));
    this.telling = new Telling();
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
    this.queue = nextQueue(this.queue, this.data, this.state, { client: this.outbox.client, hold, onScreen, saved: this.saved });
    this.saved = Math.max(this.saved, data.acks?.[this.outbox.client] ?? 0);
    this.classes = new Map(this.data.classes.map((entry) => [entry.id, entry]));
    if (this.mode !== data.mode) this.rekey((this.mode = data.mode));
    if (pointed) this.choose(focus);
    else this.show();
    this.practice.updated();
    if (data.training) emit("poll", {}); // the answer that began it was sent before there was anything to see
  }

  /** Keys are shown as they are now, wherever they stand. */
  rekey() {
    this.view.classes.build(this.data.classes);
    this.view.rekey();
    this.panel.show(this.mode);
    if (this.state) this.show();
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
    const beside = item?.compare == null ? null : this.rows.get({ row: item.compare, model: item.model });
    const nearestClass = item?.nearest == null ? null : (labelOf(state.effective.get(item.nearest)) ?? item.nearest_class);
    this.view.show({ data, state, item, given, place, practice, classes, nearestClass, title: entry?.title, empty: emptiness(this) });
    this.card.show(item, entry, beside, this.rows.failed, this.guess.show(item, classes));
    this.note.show(item, item ? (state.notes.get(item.row) ?? this.rows.noteOf(item)) : "", badge(this.keys.of("note")[0]));
    this.showStatus();
    this.history.show(state, classes, item?.row);
    this.tell();
    this.telling.labels(state.effective);
  }

  /** Fetches the values of the row on screen, of the labeled row nearest to it, and of the rows to come with theirs. */
  want(item) {
    const items = item ? [item, ...this.queue.slice(0, AHEAD + 1).filter(({ row }) => row !== item.row)] : [];
    const pairs = items.flatMap((one) => (one.compare == null ? [one] : [one, { row: one.compare, model: one.model }]));
    const wanted = new Map(pairs.map((one) => [`${one.row} ${one.model}`, { row: one.row, model: one.model ?? null }]));
    this.rows.want(this.data.rows_url, [...wanted.values()], this.isOld && !this.outbox.pending);
  }

  /** Tells the page, and a screen reader, which row is on screen. */
  tell(again = false) {
    const { item } = this;
    if (this.telling.row(item, this.given, again)) this.view.announce(item ? `Row ${item.row}. ${this.said ?? ""}` : (emptiness(this) ?? ""));
  }

  showStatus() {
    if (!this.outbox) return;
    this.view.showStatus(...statusOf(this.outbox, this.opened), this.outbox.pending);
  }

  // ---- what a person does ----

  key(event) {
    const key = keyMeant(event);
    if (key === null || !this.state) return;
    const classId = this.keys.class.get(key);
    const action = this.keys.actionOf(key, this.data.mode);
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
    if (action === "guess") return this.item && !this.item.audit && this.guess.toggle(this.data.guess_url, this.item);
    if (action === "note") return this.item && this.note.focus();
    this.practice.taken();
    this.twins.end();
    if (action === "undo") this.undo();
    else if (action === "redo") this.redo();
    else if (action === "back") this.back();
    else if (action === "forward") this.forward();
    else if (action === "leave") this.leave();
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

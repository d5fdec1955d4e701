// The pad itself, once the tab knows its client id: it takes Python's data, shows the row, acts on keys and clicks, and
// sends the outbox. decisions.js keeps the decisions and works out their effects.

import { isAnswer } from "./answers.js";
import { Card } from "./card.js";
import { Decisions } from "./decisions.js";
import { Guess } from "./guess.js";
import { badge, isCovered, isTaken, keyMeant, Keys } from "./keys.js";
import { KeysPanel } from "./keys_panel.js";
import { isLeaving } from "../leaving.js";
import { Finder, History } from "./lists.js";
import { Note } from "./note.js";
import { Practice } from "./practice.js";
import { Rows } from "./rows.js";
import { labelOf } from "./state.js";
import { emptiness, statusOf } from "./status.js";
import { emit, Telling } from "./telling.js";
import { NearDuplicatesOffer } from "./near_duplicates.js";
import { View } from "./view.js";

/** @import { Mode, PadProps, PadSent, Source, Action } from "../wire" */
/** @import { Component } from "../page" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Given, Item, PadAction, Wanted } from "./types" */

const RETRY_MS = 2000;
const AHEAD = 10; // the number of rows whose values are fetched before they are shown

export class LabelPad {
  /**
   * @param {HTMLElement} root
   * @param {Outbox} outbox
   * @param {Component<PadProps, PadSent>} component
   */
  constructor(root, outbox, component) {
    const { data } = component;
    this.component = component;
    this.root = root;
    this.outbox = outbox;
    this.opened = Date.now();
    this.said = ""; // what the screen reader tells of the last answer
    /** @type {number | null} */
    this.focus = null; // the row that Python asked to show last
    /** @type {Mode | null} */
    this.mode = null;
    this.rows = new Rows(() => this.show());
    this.decisions = new Decisions(outbox, data, (row) => this.decided(row));
    this.practice = new Practice(this.decisions, this);
    this.card = new Card();
    this.history = new History((row) => this.choose(row));
    this.finder = new Finder({ find: (row) => this.find(row), url: () => this.decisions.data.search_url });
    this.keys = new Keys(data.project);
    this.panel = new KeysPanel(this.keys, () => this.rekey());
    this.guess = new Guess(() => this.show());
    this.nearDuplicates = new NearDuplicatesOffer((rows) => this.discard(rows));
    this.note = new Note((row, text) => this.annotate(row, text));
    this.telling = new Telling();
    this.view = new View(this.root, (action, classId) => this.act(action, classId), this);
    this.stop = new AbortController();
    this.listen();
    this.timer = setInterval(() => this.retry(), RETRY_MS);
    this.updated();
  }

  listen() {
    const { signal } = this.stop;
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    for (const kind of ["focusin", "focusout"]) document.addEventListener(kind, () => setTimeout(() => this.showStatus()), { signal });
    for (const kind of ["online", "offline"]) window.addEventListener(kind, () => this.showStatus(), { signal });
    window.addEventListener("dami:pick", ({ detail }) => Number.isInteger(detail?.row) && this.choose(detail.row), { signal });
    window.addEventListener("dami:ask", () => this.tell(true), { signal });
  }

  // ---- what Python says ----

  /** @param {Component<PadProps, PadSent>} component */
  update(component) {
    this.component = component;
    const { decisions } = this;
    const renewed = component.data.model !== decisions.data.model;
    decisions.update(component.data, Boolean(decisions.item) && !(renewed && this.practice.waiting));
    this.updated();
  }

  updated() {
    const { data } = this.decisions;
    this.practice.count();
    if (this.mode !== data.mode) {
      this.mode = data.mode;
      this.rekey();
    }
    const focus = data.focus ?? null;
    const pointed = focus !== null && focus !== this.focus;
    this.focus = focus;
    if (pointed) this.choose(focus);
    else this.show();
    this.practice.updated();
    if (data.training) emit("poll", {}); // the pulse has to ask again: it may have asked before the training began
  }

  /** Shows the current keys on all buttons and in the panel. */
  rekey() {
    this.view.classes.build(this.decisions.data.classes);
    this.view.rekey();
    this.panel.show(this.decisions.data.mode);
    this.show();
  }

  // ---- what is on screen ----

  /**
   * The answer to the row on screen.
   *
   * @returns {Given | undefined}
   */
  get given() {
    const { isOld, item, state } = this.decisions;
    if (!item || !isOld) return item ? state.effective.get(item.row) : undefined;
    const label = this.rows.labelOf(item);
    return label === null ? undefined : { action: "label", class: label };
  }

  show() {
    if (this.stop.signal.aborted) return;
    const { given, practice } = this;
    const { classes, data, item, place, state } = this.decisions;
    this.want(item);
    const entry = item ? this.rows.get(item) : null;
    const beside = item?.compare == null ? null : this.rows.get({ row: item.compare, model: item.model });
    const nearestClass = item?.nearest == null ? null : (labelOf(state.effective.get(item.nearest)) ?? item.nearest_class);
    this.view.show({ data, state, item, given, place, practice, classes, nearestClass, title: entry?.title, empty: emptiness(this.decisions) });
    this.card.show(item, entry, beside, this.rows.failed, this.guess.show(item, classes));
    this.note.show(item, item ? (state.notes.get(item.row) ?? this.rows.noteOf(item)) : "", badge(this.keys.of("note")[0]));
    this.showStatus();
    this.history.show(state, classes, item?.row);
    this.tell();
    this.telling.labels(state.effective);
  }

  /**
   * Fetches the values of the row on screen and of the next rows, each with the row that it is compared with.
   *
   * @param {Item | null} item
   */
  want(item) {
    const { data, isOld, queue } = this.decisions;
    const items = item ? [item, ...queue.slice(0, AHEAD + 1).filter(({ row }) => row !== item.row)] : [];
    /** @type {Map<string, Wanted>} */
    const wanted = new Map();
    for (const { row, compare, model } of items) {
      for (const one of compare == null ? [row] : [row, compare]) wanted.set(`${one} ${model}`, { row: one, model: model ?? null });
    }
    this.rows.want(data.rows_url, [...wanted.values()], isOld && !this.outbox.pending);
  }

  /** Tells the page, and a screen reader, which row is on screen. */
  tell(again = false) {
    const { item } = this.decisions;
    if (this.telling.row(item, this.given, again)) this.view.announce(item ? `Row ${item.row}. ${this.said}` : (emptiness(this.decisions) ?? ""));
  }

  showStatus() {
    const [text, kind] = statusOf(this.outbox, this.opened);
    this.view.showStatus(text, kind, this.outbox.pending);
  }

  isCovered() {
    return isCovered(this.root);
  }

  // ---- what a person does ----

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = keyMeant(event);
    if (key === null) return;
    const classId = this.keys.class.get(key);
    const action = this.keys.actionOf(key, this.decisions.data.mode);
    if (action === "accept" && this.practice.known == null) return;
    if (action === "leave" && !this.decisions.at) return;
    if ((classId === undefined && !action) || isTaken(event, key, this.root)) return;
    event.preventDefault();
    event.stopPropagation();
    if (classId !== undefined) this.act("label", classId);
    else if (action) this.act(action);
  }

  /**
   * @param {PadAction} action
   * @param {number | null} classId
   */
  act(action, classId = null) {
    const { practice } = this;
    const { data, item } = this.decisions;
    if (action === "label" || isAnswer(action)) return this.answer(action, classId);
    if (action === "help") return this.view.toggleHelp();
    if (action === "seek") return (this.view.classes.many ? this.view.classes : this.finder).focus();
    if (action === "step") return item || !practice.over ? practice.step() : undefined;
    if (action === "play") return practice.toggle();
    if (action === "faster") return practice.faster();
    if (action === "reveal") return item ? void practice.reveal(item.row) : undefined;
    if (action === "accept") return practice.accept();
    if (action === "guess") return item && !item.audit ? void this.guess.toggle(data.guess_url, item) : undefined;
    if (action === "note") return item ? this.note.focus() : undefined;
    practice.taken();
    this.nearDuplicates.end();
    if (action === "undo") this.undo();
    else if (action === "redo") this.redo();
    else if (action === "back") this.back();
    else if (action === "forward") this.forward();
    else if (action === "leave") this.leave();
  }

  back() {
    this.decisions.back();
    this.show();
  }

  forward() {
    this.decisions.forward();
    this.show();
  }

  leave() {
    this.decisions.leave();
    this.show();
  }

  /** @param {number} row */
  choose(row) {
    this.practice.taken();
    this.decisions.choose(row);
    this.show();
  }

  /** @param {number} row */
  async find(row) {
    const { data } = this.decisions;
    await this.rows.find(data.rows_url, { row, model: data.model ?? null });
    this.choose(row);
  }

  // ---- what a person decides ----

  /**
   * @param {Action} action
   * @param {number | null} classId
   * @param {Source} source
   */
  answer(action, classId, source = "human") {
    const { classes, data, item } = this.decisions;
    if (!item) return;
    const { row } = item;
    if (source === "human") this.practice.taken();
    this.decisions.answer(item, action, classId, source);
    const name = classId === null ? undefined : classes.get(classId)?.name;
    this.said = action === "label" ? `${name ?? "The known label"} given to row ${row}.` : `Row ${row}: ${action}.`;
    this.show();
    this.nearDuplicates.end();
    if (action === "discard") this.nearDuplicates.look(data.near_duplicates_url, row);
    this.view.flash(this.view.nodeOf(source === "oracle" ? "step" : action, classId));
    this.send();
  }

  undo() {
    const taken = this.decisions.undo();
    if (!taken) return;
    const { effective, notes } = this.decisions.state;
    if (taken.action === "note") this.rows.setNote(taken.row, notes.get(taken.row) ?? "");
    this.said = "Undone.";
    this.show();
    this.telling.label(taken.row, labelOf(effective.get(taken.row)) ?? null);
    this.send();
  }

  /** Restores the answer that was taken back last. */
  redo() {
    const [entry] = this.decisions.redo();
    if (!entry) return;
    if (entry.action === "note") this.rows.setNote(entry.row, entry.note ?? "");
    this.said = "Redone.";
    this.show();
    this.send();
  }

  /** @param {number[]} rows */
  discard(rows) {
    this.decisions.discard(rows);
    this.said = `${rows.length} more discarded.`;
    this.show();
    this.send();
  }

  /**
   * @param {number} row
   * @param {string} text
   */
  annotate(row, text) {
    this.decisions.annotate(row, text);
    this.rows.setNote(row, text);
    this.show();
    this.send();
  }

  /** @param {number} row */
  decided(row) {
    this.rows.forget(row);
    this.practice.count();
  }

  // ---- what Python hears ----

  send() {
    if (!this.outbox.pending) return;
    try {
      this.component.setStateValue("outbox", this.outbox.value());
    } catch {} // without a connection, the outbox is sent again later
    emit("poll", {});
  }

  async retry() {
    if (await this.outbox.adopt()) this.decisions.adopted();
    if (this.stop.signal.aborted) return;
    if (this.outbox.pending && !isLeaving()) {
      this.send();
      this.show();
    } else this.showStatus();
  }

  destroy() {
    this.stop.abort();
    clearInterval(this.timer);
    clearTimeout(this.practice.timer);
    this.rows.close();
  }
}

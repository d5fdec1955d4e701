// Keeps the queue, the place in it, and the decisions, which go into the outbox. A decision takes effect in the pad at
// once; the server receives it when it can. Nothing here touches the page.

import { combine, evidence, neighbor, nextQueue } from "./state.js";

/** @import { Action, PadProps, Source } from "../wire" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Choice, Classes, Entry, Item, Place, PlaceKind } from "./types" */

/**
 * Returns what each event tells of the query; a row that a person has chosen has no step.
 *
 * @param {Pick<Entry, "model" | "round" | "step">} item
 */
const asked = ({ model = null, round = null, step = null }) => ({ model, round, step });

export class Decisions {
  /**
   * @param {Outbox} outbox
   * @param {PadProps} data the first data of the server
   * @param {(row: number) => void} decided called with the row of each decision
   */
  constructor(outbox, data, decided) {
    this.outbox = outbox;
    this.decided = decided;
    this.data = data;
    this.state = combine(data, outbox.log);
    /** @type {Item[]} */
    this.queue = [];
    this.saved = 0; // the highest number of this tab that the server has acknowledged
    /** @type {Place | null} */
    this.at = null; // null means the head of the queue
    /** @type {Classes} */
    this.classes = new Map();
    this.update(data, false);
  }

  /**
   * Takes new data of the server.
   *
   * @param {PadProps} data
   * @param {boolean} hold whether somebody looks at the row on screen, so that it has to stay
   */
  update(data, hold) {
    this.data = { ...data, classes: data.classes ?? [] };
    this.outbox.acknowledge(data.acks ?? {});
    this.state = combine(this.data, this.outbox.log);
    const onScreen = this.at ? null : this.queue[0]?.row;
    this.queue = nextQueue(this.queue, this.data, this.state, { client: this.outbox.client, hold, onScreen, saved: this.saved });
    this.saved = Math.max(this.saved, data.acks?.[this.outbox.client] ?? 0);
    this.classes = new Map(this.data.classes.map((entry) => [entry.id, entry]));
  }

  /** Takes the decisions of closed tabs, which the outbox has taken over. */
  adopted() {
    this.state = combine(this.data, this.outbox.log);
    this.queue = this.queue.filter(({ row }, index) => index === 0 || !this.state.answered.has(row));
  }

  // ---- what is on screen ----

  /** @returns {Item | null} */
  get item() {
    if (!this.at) return this.queue[0] ?? null;
    const { row } = this.at;
    const known = this.queue.find((item) => item.row === row) ?? this.state.effective.get(row) ?? this.at.item;
    return { ...evidence(known ?? {}), row, model: known?.model ?? this.data.model, round: known?.round ?? this.data.round };
  }

  /** Whether the row on screen may have a label that the history lacks: it was chosen, or its answer was taken back. */
  get isOld() {
    const { item } = this;
    return item !== null && Boolean(this.at?.chosen || item.restored) && !this.state.effective.has(item.row);
  }

  /** @returns {PlaceKind} */
  get place() {
    return this.at ? (this.at.chosen ? "chosen" : "trail") : "queue";
  }

  back() {
    const row = neighbor(this.state, this.at?.row, -1);
    if (row !== undefined) this.at = { row };
  }

  forward() {
    const row = this.at && this.place === "trail" ? neighbor(this.state, this.at.row, 1) : undefined;
    this.at = row === undefined ? null : { row };
  }

  leave() {
    this.at = null;
  }

  /** @param {number} row */
  choose(row) {
    this.at = !this.at && this.queue[0]?.row === row ? null : { row, chosen: true };
  }

  // ---- what a person decides ----

  /**
   * Answers the row on screen and shows the next row.
   *
   * @param {Item} item the row on screen
   * @param {Action} action
   * @param {number | null} classId
   * @param {Source} source
   */
  answer(item, action, classId, source) {
    this.push({ action, row: item.row, class: classId, ...asked(item), source, shown: evidence(item) });
    this.queue = this.queue.filter(({ row }) => row !== item.row);
    if (this.place === "trail") this.forward();
    else this.leave();
  }

  /** Takes the last entry back, shows its row, and returns the entry; undefined if there is none. */
  undo() {
    const last = this.state.entries.findLast(({ client, seq }) => client != null && seq != null);
    if (!last) return undefined;
    const { row, client } = last;
    const { seq } = this.push({ action: "undo", row, class: null, ...asked(last), source: "human", undoes: { client, seq: last.seq } });
    this.queue = this.queue.filter((item) => item.row !== row);
    if (this.state.effective.has(row) || last.step == null || last.batch || last.action === "note") {
      this.at = { row, item: last, chosen: true };
    } else {
      this.at = null;
      const { model = this.data.model, round = this.data.round } = last;
      this.queue.unshift({ ...evidence(last), row, model, round, restored: seq });
    }
    return last;
  }

  /** Restores the entries that were taken back last, and returns them; none if there are none. */
  redo() {
    const next = this.state.redo.at(-1);
    if (!next) return [];
    const [entry] = next.entries;
    this.push({ action: "undo", row: entry.row, class: null, ...asked(entry), source: "human", undoes: { client: next.client, seq: next.seq } });
    const rows = new Set(next.entries.map(({ row }) => row));
    if (entry.action !== "note") this.queue = this.queue.filter(({ row }) => !rows.has(row));
    this.leave();
    return next.entries;
  }

  /**
   * Discards rows together, so that one undo restores all of them.
   *
   * @param {number[]} rows
   */
  discard(rows) {
    const batch = `${this.outbox.client}:${Date.now()}`;
    const { model = null, round = null } = this.data;
    for (const row of rows) this.push({ action: "discard", row, class: null, model, round, step: null, source: "human", batch });
    this.queue = this.queue.filter(({ row }) => !rows.includes(row));
  }

  /**
   * @param {number} row
   * @param {string} note
   */
  annotate(row, note) {
    this.push({ action: "note", row, class: null, note, model: this.data.model, round: null, step: null, source: "human" });
  }

  /**
   * Appends a decision to the outbox, which takes effect in the pad at once.
   *
   * @param {Choice} choice
   */
  push(choice) {
    const saw = this.data.seen ?? null; // the last event that this answer knew of, which shows whether it is stale
    const item = this.outbox.push({ ...choice, pressed: Date.now() / 1000, undoes: choice.undoes ?? null, saw });
    this.state = combine(this.data, this.outbox.log);
    this.decided(choice.row);
    return item;
  }
}

// Fetches the rows' values, many rows in one request; keeps them by row and network, and aborts stale requests.

import { address } from "./dom.js";

/** @import { Card } from "../wire" */
/** @import { Values, Wanted } from "./types" */

const MOST = 400;
const BATCH = 40;
const RETRY_MS = 2000;

/** @param {Wanted} item */
const keyOf = ({ row, model }) => `${model ?? ""}:${row}`;

export class Rows {
  /** @param {() => void} arrived called when something new can be shown. */
  constructor(arrived) {
    this.arrived = arrived;
    /** @type {Map<string, Card | null>} */
    this.known = new Map();
    /** @type {Set<number>} */
    this.outdated = new Set(); // rows answered since their label was fetched
    this.failed = false;
    this.url = "";
    /** @type {Wanted[]} */
    this.wanted = [];
    this.settled = false;
    this.closed = false;
    /** @type {number | null} */
    this.pause = null; // a timer while it waits to ask again
    /** @type {{abort: AbortController, keys: Set<string>, settled: boolean} | null} */
    this.request = null;
  }

  /**
   * @param {Wanted} item
   * @returns {Values}
   */
  get(item) {
    return this.known.get(keyOf(item));
  }

  /**
   * Returns the class of a row in the database; null if it has none, or if the class is not known now.
   *
   * @param {Wanted} item
   */
  labelOf(item) {
    return this.outdated.has(item.row) ? null : (this.get(item)?.class ?? null);
  }

  /**
   * Returns the note of a row in the database, as far as the browser knows it.
   *
   * @param {Wanted} item
   */
  noteOf(item) {
    return this.get(item)?.note ?? "";
  }

  /**
   * Takes a note that was written or taken back after the values were fetched.
   *
   * @param {number} row
   * @param {string} note
   */
  setNote(row, note) {
    for (const entry of this.known.values()) if (entry?.row === row) entry.note = note;
  }

  /** @param {number} row */
  forget(row) {
    this.outdated.add(row);
    if (this.request) this.request.settled = false; // its answer may be older than the decision
  }

  /**
   * Fetches missing rows, the first ones first: the rows on screen, then the next rows.
   *
   * @param {string} url
   * @param {Wanted[]} items
   * @param {boolean} settled whether the label of the first row is wanted too, and all its answers have been saved.
   */
  want(url, items, settled = false) {
    Object.assign(this, { url, wanted: items, settled });
    const anew = (/** @type {Wanted} */ item) => settled && item === items[0] && this.outdated.has(item.row);
    const missing = items.filter((item) => !this.known.has(keyOf(item)) || anew(item));
    if (!missing.length || this.pause !== null || this.closed) return;
    const urgent = missing[0] === items[0];
    if (this.request) {
      if (!urgent || this.request.keys.has(keyOf(items[0]))) return;
      this.request.abort.abort(); // it fetches rows that are no longer on screen
    } else if (!urgent && items.length - missing.length > items.length / 2) {
      return; // enough rows for the next key presses; a later request fetches many at once
    }
    this.fetch(missing, anew(missing[0]));
  }

  /**
   * @param {Wanted[]} missing
   * @param {boolean} settled
   */
  async fetch(missing, settled) {
    const { model } = missing[0];
    const batch = missing.filter((item) => item.model === model).slice(0, BATCH);
    const request = { abort: new AbortController(), keys: new Set(batch.map(keyOf)), settled };
    this.request = request;
    try {
      const found = await this.ask([...new Set(batch.map(({ row }) => row))], model, request.abort.signal);
      for (const item of batch) this.keep(item, found.get(item.row) ?? null);
      if (request.settled) this.outdated.delete(batch[0].row);
      this.failed = false;
    } catch {
      if (request.abort.signal.aborted) return;
      this.failed = true;
      this.pause = setTimeout(() => this.again(), RETRY_MS);
    } finally {
      if (this.request === request) this.request = null;
    }
    this.arrived();
    if (!this.failed) this.want(this.url, this.wanted, this.settled);
  }

  again() {
    this.pause = null;
    this.want(this.url, this.wanted, this.settled);
  }

  /**
   * @param {number[]} rows
   * @param {number | null} model
   * @param {AbortSignal} [signal]
   * @returns {Promise<Map<number, Card>>}
   */
  async ask(rows, model, signal) {
    const response = await fetch(address(this.url, { rows: rows.join(","), model }), { signal });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error ?? `The server answered ${response.status}.`);
    return new Map(answer.rows.map((/** @type {Card} */ card) => [card.row, card]));
  }

  /**
   * Fetches one row by its number; throws an error whose message tells why there is none.
   *
   * @param {string} url
   * @param {Wanted} item
   */
  async find(url, item) {
    this.url = url;
    const found = (await this.ask([item.row], item.model)).get(item.row);
    if (!found) throw new Error(`There is no row ${item.row}.`);
    this.keep(item, found);
  }

  /**
   * @param {Wanted} item
   * @param {Card | null} entry
   */
  keep(item, entry) {
    this.known.set(keyOf(item), entry);
    const [oldest] = this.known.keys();
    if (this.known.size > MOST) this.known.delete(oldest);
  }

  close() {
    clearTimeout(this.pause ?? undefined);
    this.closed = true;
    this.request?.abort.abort();
  }
}

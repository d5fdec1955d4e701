// Draws the list of given labels, newest first, and the field that finds any row.

import { each } from "./answers.js";
import { address, chip, h, plural, setAttribute, setText } from "./dom.js";
import { keyOf } from "./state.js";

/** @import { Hit } from "../wire" */
/** @import { Classes, Entry, Given, State } from "./types" */

const PAGE = 50;
/** @type {Record<string, string>} */
const TOLD = { ...each("told"), note: "Note" };

/**
 * Makes the element for an entry: a chip with the class, or the word for a skip.
 *
 * @param {Given} entry
 * @param {Classes} classes
 */
export function verdict(entry, classes) {
  if (entry.action !== "label") return h("span", { class: "chip skip", text: TOLD[entry.action] ?? entry.action });
  const found = entry.class === null ? undefined : classes.get(entry.class);
  return found ? chip(found) : h("span", { class: "chip skip", text: entry.class == null ? "known label" : "a former class" });
}

/** @param {Entry} entry */
function when(entry) {
  if (entry.pressed) {
    const seconds = Date.now() / 1000 - entry.pressed;
    if (seconds < 60) return "just now";
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    return plural(Math.floor(seconds / 86400), "day") + " ago";
  }
  return entry.step == null ? "" : `step ${entry.step}`;
}

export class History {
  /** @param {(row: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    /** @type {State | null} */
    this.state = null;
    /** @type {Classes} */
    this.classes = new Map();
    /** @type {number | undefined} */
    this.row = undefined; // the row on screen
    /** @type {number | null} */
    this.timer = null; // set while the list waits to be drawn
    this.most = PAGE;
    /** @type {Map<string, HTMLLIElement>} */
    this.nodes = new Map();
    this.summary = h("summary");
    this.list = h("ol", { class: "entries" });
    this.more = h("button", { type: "button", class: "link", onclick: () => this.page() });
    this.node = h("details", { class: "given", open: true }, this.summary, this.list, this.more);
    this.node.addEventListener("toggle", () => this.draw());
  }

  page() {
    this.most += PAGE;
    this.draw();
  }

  /**
   * Draws the list after the row on screen, so that it does not slow down a key press.
   *
   * @param {State} state
   * @param {Classes} classes
   * @param {number | undefined} row
   */
  show(state, classes, row) {
    this.state = state;
    this.classes = classes;
    this.row = row;
    this.timer ??= setTimeout(() => this.draw(), 30);
  }

  draw() {
    clearTimeout(this.timer ?? undefined);
    this.timer = null;
    const { state, classes, row } = this;
    if (!state) return;
    const rows = new Set();
    const entries = []; // newest first, each row once
    for (const entry of [...state.entries].reverse()) {
      if (!rows.has(entry.row)) entries.push(entry);
      rows.add(entry.row);
    }
    setText(this.summary, state.cut ? "Your labels: the last 300 answers" : entries.length ? `Your labels: ${plural(entries.length, "row")}` : "Your labels: none yet");
    if (!this.node.open) return;
    const old = this.nodes;
    this.nodes = new Map();
    for (const entry of entries.slice(0, this.most)) {
      const name = entry.class === null ? undefined : classes.get(entry.class)?.name;
      const key = `${keyOf(entry)} ${entry.action} ${entry.class} ${name}`;
      const node = old.get(key) ?? this.line(entry);
      setText(node.querySelector(".when"), when(entry));
      setAttribute(node.children[0], "aria-current", entry.row === row ? "true" : null);
      this.nodes.set(key, node);
    }
    const nodes = [...this.nodes.values()];
    // Only changed elements are replaced, so that the focus stays.
    for (const node of old.values()) if (!nodes.includes(node)) node.remove();
    nodes.forEach((node, index) => this.list.children[index] !== node && this.list.insertBefore(node, this.list.children[index] ?? null));
    this.more.hidden = entries.length <= this.most;
    setText(this.more, `Show ${Math.min(PAGE, entries.length - this.most)} more`);
  }

  /** @param {Entry} entry */
  line(entry) {
    const source = entry.source === "oracle" ? h("span", { class: "by", text: "known", title: "Given by Step or Play" }) : null;
    const parts = [h("span", { class: "which", text: `Row ${entry.row}` }), verdict(entry, this.classes), source, h("span", { class: "when" })];
    return h("li", {}, h("button", { type: "button", title: "Show this row; choose another class to correct it", onclick: () => this.choose(entry.row) }, ...parts));
  }
}

/** @param {Element} hit */
const isSelected = (hit) => hit.getAttribute("aria-selected") === "true";

export class Finder {
  /**
   * @param {object} wiring
   * @param {(row: number) => Promise<void>} wiring.find rejected with the reason if there is no such row.
   * @param {() => string} wiring.url
   */
  constructor({ find, url }) {
    this.find = find;
    this.url = url;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {AbortController | undefined} */
    this.request = undefined;
    const name = "Find a row by its number or by words in it";
    this.input = h("input", { type: "search", placeholder: "Find a row", "aria-label": name, title: name, autocomplete: "off", role: "combobox", "aria-expanded": "false" });
    this.hits = h("div", { class: "hits", role: "listbox", "aria-label": "Rows found", hidden: true });
    this.node = h("div", { class: "find" }, this.input, this.hits);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("focusout", ({ relatedTarget: to }) => (to instanceof Node && this.node.contains(to)) || this.close());
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.hits.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }

  typed() {
    clearTimeout(this.timer);
    this.request?.abort();
    const words = this.input.value.trim();
    if (!words) return this.close();
    this.timer = setTimeout(() => this.search(words), 180);
  }

  /** @param {string} words */
  async search(words) {
    const request = (this.request = new AbortController());
    try {
      const response = await fetch(address(this.url(), { q: words }), { signal: request.signal });
      if (!response.ok) throw new Error();
      const { rows } = await response.json();
      this.list(rows.slice(0, 20));
    } catch {
      if (!request.signal.aborted) this.say("The search did not work. Type again to repeat it.");
    }
  }

  /** @param {Hit[]} rows */
  list(rows) {
    if (!rows.length) return this.say("No row holds these words.");
    this.hits.replaceChildren(...rows.map((hit, index) => this.hit(hit, index)));
    this.open();
  }

  /**
   * @param {Hit} hit
   * @param {number} index
   */
  hit({ row, text }, index) {
    const parts = [h("span", { class: "which", text: `Row ${row}` }), h("span", { class: "words", dir: "auto", text: text ?? "" })];
    return h("button", { type: "button", role: "option", tabindex: -1, "aria-selected": String(index === 0), "data-row": row, onclick: () => this.go(row) }, ...parts);
  }

  /** @param {string} sentence */
  say(sentence) {
    this.hits.replaceChildren(h("p", { class: "note", role: "status", text: sentence }));
    this.open();
  }

  open() {
    this.hits.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") {
      this.input.value = "";
      this.close();
      this.input.blur();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !event.repeat) {
      const words = this.input.value.trim();
      if (/^\d+$/.test(words)) this.go(Number(words));
      else this.options().find(isSelected)?.click();
    } else return;
    event.preventDefault();
  }

  /** @returns {HTMLElement[]} */
  options() {
    return [...this.hits.querySelectorAll(/** @type {"button"} */ ("[role=option]"))];
  }

  /** @param {1 | -1} by */
  move(by) {
    const all = this.options();
    if (!all.length) return;
    const next = Math.min(all.length - 1, Math.max(0, all.findIndex(isSelected) + by));
    all.forEach((hit, index) => hit.setAttribute("aria-selected", String(index === next)));
    all[next].scrollIntoView({ block: "nearest" });
    if (/^\d+$/.test(this.input.value.trim())) this.input.value = all[next].dataset.row ?? "";
  }

  /** @param {number} row */
  async go(row) {
    clearTimeout(this.timer);
    this.request?.abort();
    try {
      await this.find(row);
      this.input.value = "";
      this.close();
      this.input.blur();
    } catch (error) {
      this.say((error instanceof Error && error.message) || "This row could not be loaded.");
    }
  }
}

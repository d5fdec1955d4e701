// The list of labels given, newest first, and the field that finds any row.

import { address, chip, h, plural, setAttribute, setText } from "./dom.js";
import { keyOf } from "./state.js";

const PAGE = 50;
const ACTIONS = { unsure: "Unsure", later: "Later", discard: "Discarded", note: "Note" };

/** What an entry says about its row: a chip with the class, or the words for a skip. */
export function verdict(entry, classes) {
  if (entry.action !== "label") return h("span", { class: "chip skip", text: ACTIONS[entry.action] ?? entry.action });
  const found = classes.get(entry.class);
  return found ? chip(found) : h("span", { class: "chip skip", text: entry.class == null ? "known label" : "a former class" });
}

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
  constructor(choose) {
    this.choose = choose;
    this.most = PAGE;
    this.nodes = new Map();
    this.summary = h("summary");
    this.list = h("ol", { class: "entries" });
    this.more = h("button", { type: "button", class: "link", onclick: () => this.page() });
    this.node = h("details", { class: "given", open: true }, this.summary, this.list, this.more);
    this.node.addEventListener("toggle", () => this.state && this.draw());
  }

  page() {
    this.most += PAGE;
    this.draw();
  }

  /** Drawn after the row on screen: a list must not cost a key press its time. */
  show(state, classes, row) {
    Object.assign(this, { state, classes, row });
    if (this.timer == null) this.timer = setTimeout(() => this.draw(), 30);
  }

  draw() {
    clearTimeout(this.timer);
    this.timer = null;
    const { state, classes, row } = this;
    const rows = new Set();
    const entries = []; // newest first, a row once
    for (const entry of [...state.entries].reverse()) {
      if (!rows.has(entry.row)) entries.push(entry);
      rows.add(entry.row);
    }
    setText(this.summary, state.cut ? "Your labels: the last 300 answers" : entries.length ? `Your labels: ${plural(entries.length, "row")}` : "Your labels: none yet");
    if (!this.node.open) return;
    const old = this.nodes;
    this.nodes = new Map();
    for (const entry of entries.slice(0, this.most)) {
      const key = `${keyOf(entry)} ${entry.action} ${entry.class} ${classes.get(entry.class)?.name}`;
      const node = old.get(key) ?? this.line(entry);
      setText(node.querySelector(".when"), when(entry));
      setAttribute(node.firstChild, "aria-current", entry.row === row ? "true" : null);
      this.nodes.set(key, node);
    }
    const nodes = [...this.nodes.values()];
    // Only what changed is touched: the focus stays where it is.
    for (const node of old.values()) if (!nodes.includes(node)) node.remove();
    nodes.forEach((node, index) => this.list.children[index] !== node && this.list.insertBefore(node, this.list.children[index] ?? null));
    this.more.hidden = entries.length <= this.most;
    setText(this.more, `Show ${Math.min(PAGE, entries.length - this.most)} more`);
  }

  line(entry) {
    const source = entry.source === "oracle" ? h("span", { class: "by", text: "known", title: "Given by Step or Play" }) : null;
    const parts = [h("span", { class: "which", text: `Row ${entry.row}` }), verdict(entry, this.classes), source, h("span", { class: "when" })];
    return h("li", {}, h("button", { type: "button", title: "Show this row; choose another class to correct it", onclick: () => this.choose(entry.row) }, ...parts));
  }
}

export class Finder {
  /** @param find (row) -> promise, rejected with the reason where there is no such row. */
  constructor({ find, url }) {
    Object.assign(this, { find, url });
    const name = "Find a row by its number or by words in it";
    this.input = h("input", { type: "search", placeholder: "Find a row", "aria-label": name, title: name, autocomplete: "off", role: "combobox", "aria-expanded": "false" });
    this.hits = h("div", { class: "hits", role: "listbox", "aria-label": "Rows found", hidden: true });
    this.node = h("div", { class: "find" }, this.input, this.hits);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("focusout", (event) => this.node.contains(event.relatedTarget) || this.close());
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

  list(rows) {
    if (!rows.length) return this.say("No row holds these words.");
    this.hits.replaceChildren(...rows.map((hit, index) => this.hit(hit, index)));
    this.open();
  }

  hit({ row, text }, index) {
    const parts = [h("span", { class: "which", text: `Row ${row}` }), h("span", { class: "words", dir: "auto", text: text ?? "" })];
    return h("button", { type: "button", role: "option", tabindex: -1, "aria-selected": String(index === 0), "data-row": row, onclick: () => this.go(row) }, ...parts);
  }

  say(sentence) {
    this.hits.replaceChildren(h("p", { class: "note", role: "status", text: sentence }));
    this.open();
  }

  open() {
    this.hits.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

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
      else this.hits.querySelector("[aria-selected=true]")?.click();
    } else return;
    event.preventDefault();
  }

  move(by) {
    const all = [...this.hits.querySelectorAll("[role=option]")];
    if (!all.length) return;
    const now = all.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
    const next = Math.min(all.length - 1, Math.max(0, now + by));
    all.forEach((hit, index) => hit.setAttribute("aria-selected", index === next));
    all[next].scrollIntoView({ block: "nearest" });
    if (/^\d+$/.test(this.input.value.trim())) this.input.value = all[next].dataset.row;
  }

  async go(row) {
    clearTimeout(this.timer);
    this.request?.abort();
    try {
      await this.find(row);
      this.input.value = "";
      this.close();
      this.input.blur();
    } catch (error) {
      this.say(error.message || "This row could not be loaded.");
    }
  }
}

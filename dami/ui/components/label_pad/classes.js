// Draws the buttons of the classes with their keys and guidelines; more than nine classes also get a search field.

import { folded, h, number, plural, setAttribute, setText, swatch } from "./dom.js";
import { badge } from "./keys.js";

/** @import { ClassEntry } from "../wire" */
/** @import { Keys } from "./keys.js" */
/** @import { Act } from "./types" */

const KEYED = 9;
const HINT = "Point at a class to read its guideline.";

export class ClassPicker {
  /**
   * @param {Act} act
   * @param {Keys} keys
   */
  constructor(act, keys) {
    this.act = act;
    this.keys = keys;
    /** @type {ClassEntry[]} */
    this.list = [];
    this.built = ""; // the classes and keys that the buttons show
    /** @type {HTMLButtonElement | null} */
    this.best = null; // the class that Enter gives
    this.grid = h("div", { class: "grid", role: "group", "aria-label": "Classes" });
    this.field = h("input", { type: "search", class: "type", autocomplete: "off" });
    this.field.addEventListener("input", () => this.filter());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.typing = h("div", { class: "typing" }, this.field, h("kbd", { "aria-hidden": "true", text: "/" }));
    this.guideline = h("p", { class: "guideline", dir: "auto" });
    this.node = h("div", { class: "classes" }, this.typing, this.grid, this.guideline);
    /** @type {Map<number, {node: HTMLButtonElement, count: HTMLElement, entry: ClassEntry, words: string}>} */
    this.nodes = new Map();
    for (const kind of ["pointerover", "focusin", "pointerout", "focusout"]) this.grid.addEventListener(kind, (event) => this.explain(event));
  }

  get many() {
    return this.list.length > KEYED;
  }

  /**
   * Builds the buttons anew only when the classes themselves have changed.
   *
   * @param {ClassEntry[]} list
   */
  build(list) {
    const key = JSON.stringify([list.map(({ id, name, color, guideline }) => [id, name, color, guideline]), this.keys.chosen]);
    if (key === this.built) return;
    this.built = key;
    this.list = list;
    this.keys.build(list);
    this.nodes.clear();
    for (const entry of list) this.nodes.set(entry.id, this.button(entry, this.keys.ofClass.get(entry.id) ?? []));
    this.grid.replaceChildren(...Array.from(this.nodes.values(), ({ node }) => node));
    this.node.hidden = !list.length;
    this.typing.hidden = !this.many;
    setAttribute(this.grid, "data-many", this.many);
    setAttribute(this.grid, "data-count", list.length);
    setAttribute(this.field, "placeholder", `Type one of ${plural(list.length, "class", "classes")}`);
    setAttribute(this.field, "aria-label", "Type a class, Enter gives it");
    this.guideline.hidden = !list.some(({ guideline }) => guideline);
    setText(this.guideline, HINT);
    this.filter();
  }

  /**
   * @param {ClassEntry} entry
   * @param {string[]} keys
   */
  button(entry, keys) {
    const badges = keys.map(badge);
    const count = h("span", { class: "count", title: "Labels given so far" });
    const node = h(
      "button",
      {
        type: "button",
        class: "class",
        "data-class": entry.id,
        "aria-keyshortcuts": badges.join(" ") || null,
        title: entry.guideline ? `${entry.name}: ${entry.guideline}` : entry.name,
        onclick: () => this.act("label", entry.id),
      },
      swatch(entry.color),
      h("span", { class: "name", dir: "auto", text: entry.name }),
      count,
      h("span", { class: "badges", "aria-hidden": "true" }, ...badges.map((text) => h("kbd", { text }))),
    );
    node.style.setProperty("--class", entry.color);
    return { node, count, entry, words: folded(entry.name) };
  }

  /**
   * @param {Map<number, number>} counts
   * @param {number | null | undefined} given
   * @param {number | undefined} known
   * @param {boolean} idle
   */
  show(counts, given, known, idle) {
    for (const [id, { node, count }] of this.nodes) {
      setText(count, number(counts.get(id) ?? 0));
      setAttribute(node, "aria-pressed", given === undefined ? null : String(given === id));
      setAttribute(node, "data-known", known === id);
      node.disabled = idle;
    }
  }

  /** @param {number} id */
  nodeOf(id) {
    return this.nodes.get(id)?.node;
  }

  /** @param {Event} event */
  explain(event) {
    const begins = event.type === "pointerover" || event.type === "focusin";
    const over = begins && event.target instanceof Element ? event.target.closest("[data-class]") : null;
    const entry = [...this.nodes.values()].find(({ node }) => node === over)?.entry;
    setText(this.guideline, entry?.guideline ? `${entry.name}: ${entry.guideline}` : HINT);
  }

  focus() {
    this.field.focus();
    this.field.select();
  }

  filter() {
    const words = this.many ? folded(this.field.value.trim()) : "";
    /** @type {{node: HTMLButtonElement, words: string} | null} */
    let best = null;
    for (const candidate of this.nodes.values()) {
      const at = candidate.words.indexOf(words);
      candidate.node.hidden = at < 0;
      if (words && at >= 0 && (best === null || (at === 0 && best.words.indexOf(words) > 0))) best = candidate;
    }
    this.mark(best?.node ?? null);
    setAttribute(this.field, "aria-invalid", words && !best ? "true" : null);
  }

  /** @param {HTMLButtonElement | null} node */
  mark(node) {
    this.best = node;
    for (const candidate of this.nodes.values()) setAttribute(candidate.node, "data-best", candidate.node === node);
    node?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") {
      this.field.value = "";
      this.filter();
      this.field.blur();
    } else if (event.key === "Enter") {
      const best = [...this.nodes.values()].find(({ node }) => node === this.best);
      if (!event.repeat && !event.isComposing && best && !best.node.disabled) {
        this.field.value = "";
        this.filter();
        this.act("label", best.entry.id);
      }
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const shown = Array.from(this.nodes.values(), ({ node }) => node).filter((node) => !node.hidden);
      const next = (this.best ? shown.indexOf(this.best) : -1) + (event.key === "ArrowDown" ? 1 : -1);
      this.mark(shown[Math.min(shown.length - 1, Math.max(0, next))] ?? null);
    } else return;
    event.preventDefault();
  }
}

// Draws the card of a row: the columns with the largest contributions first, beside the values of the nearest row.
// The next row uses the same elements again, so that it appears within a frame.

import { folded, h, plural, setAttribute, setText } from "./dom.js";

/** @import { CardValue, ClassEntry } from "../wire" */
/** @import { Item, Sides, Values } from "./types" */

const FIRST = 12;
const LONG = 150; // the most characters of a value that is not folded
const DIRECTIONLESS = "How much the column contributes to the row's local model; its direction is not shown";
const UNUSUAL = { "": "", rare: "rare", low: "unusually low", high: "unusually high" };

class Line {
  /** @param {Card} card */
  constructor(card) {
    this.column = "";
    this.name = h("span", { dir: "auto" });
    this.text = h("span", { class: "value", dir: "auto" });
    this.mark = h("span", { class: "mark" });
    this.more = h("button", { type: "button", class: "more link", onclick: () => card.unfold(this.column) });
    this.other = h("td", { class: "other", dir: "auto" });
    this.bar = h("span", { class: "fill" });
    this.weight = h("td", { class: "weight" }, this.bar);
    this.node = h("tr", {}, h("th", { scope: "row" }, this.name), h("td", {}, this.text, " ", this.mark, this.more), this.other, this.weight);
  }

  /**
   * @param {CardValue} entry
   * @param {CardValue | undefined} other
   * @param {number} most
   * @param {boolean} open
   * @param {number | undefined} signed contribution for or against the guess, in logits; undefined while the guess is hidden.
   * @param {Sides | null} sides
   */
  show(entry, other, most, open, signed, sides) {
    this.column = entry.column;
    setText(this.name, entry.column);
    setAttribute(this.name, "title", entry.column);
    const missing = entry.value === "" || entry.value == null;
    const long = !missing && entry.value.length > LONG;
    setText(this.text, missing ? "missing" : entry.value);
    setAttribute(this.text, "data-missing", missing);
    setAttribute(this.text, "data-folded", long && !open);
    setText(this.more, long ? (open ? "Less" : "More") : "");
    this.more.hidden = !long;
    setText(this.mark, UNUSUAL[entry.unusual ?? ""]);
    setText(this.other, other == null ? "" : other.value || "missing");
    setAttribute(this.other, "title", other?.value);
    setAttribute(this.other, "data-same", other != null && other.value === entry.value);
    if (sides) return this.showSigned(entry.left_out ? null : (signed ?? null), most, sides);
    const share = entry.left_out || entry.contribution == null || !most ? null : entry.contribution / most;
    Object.assign(this.bar.style, { width: share == null ? "0" : `${Math.round(100 * share)}%`, marginLeft: "", background: "" });
    setAttribute(this.weight, "title", share == null ? null : `${Math.round(100 * share)} % of the largest contribution in this row`);
  }

  /**
   * Draws a bar from the middle: to the right for the guessed class, to the left for the second class.
   *
   * @param {number | null} signed
   * @param {number} most
   * @param {{favored: ClassEntry, other: ClassEntry}} sides
   */
  showSigned(signed, most, { favored, other }) {
    const share = signed == null || !most ? 0 : signed / most / 2;
    const width = Math.abs(share) * 100;
    const side = share < 0 ? other : favored;
    Object.assign(this.bar.style, { width: `${width}%`, marginLeft: `${share < 0 ? 50 - width : 50}%`, background: side.color });
    setAttribute(this.weight, "title", signed == null ? null : `${Math.abs(signed).toPrecision(3)} logits for ${side.name}`);
  }
}

export class Card {
  constructor() {
    this.all = false;
    this.compare = true;
    /** @type {Set<string>} */
    this.open = new Set();
    /** @type {Item | null} */
    this.item = null;
    /** @type {Values} */
    this.entry = null;
    /** @type {Values} */
    this.nearest = null;
    this.failed = false;
    /** @type {Sides | null} */
    this.guess = null;
    /** @type {{left: Line[], used: Line[]}} */
    this.lines = { left: [], used: [] };
    this.filter = h("input", { type: "search", placeholder: "Filter columns", "aria-label": "Filter columns", oninput: () => this.draw() });
    this.toggle = h("button", { type: "button", class: "link", onclick: () => this.set("all", !this.all) });
    this.comparing = h("button", { type: "button", class: "link compare", onclick: () => this.set("compare", !this.compare) });
    this.note = h("p", { class: "note" });
    this.head = h("th", { scope: "col", class: "other" });
    this.weights = h("th", { scope: "col", class: "weight" });
    this.bodies = { left: h("tbody", { class: "left" }), used: h("tbody") };
    const heads = h("tr", {}, h("th", { scope: "col", text: "Column" }), h("th", { scope: "col", text: "This row" }), this.head, this.weights);
    this.table = h("table", {}, h("thead", {}, heads), this.bodies.left, this.bodies.used);
    this.foot = h("div", { class: "foot" }, this.toggle, this.filter, this.comparing);
    this.node = h("div", { class: "card" }, this.note, this.table, this.foot);
  }

  /**
   * @param {"all" | "compare"} name
   * @param {boolean} value
   */
  set(name, value) {
    this[name] = value;
    this.draw();
  }

  /** @param {string} column */
  unfold(column) {
    if (!this.open.delete(column)) this.open.add(column);
    this.draw();
  }

  /**
   * @param {Item | null} item
   * @param {Values} entry
   * @param {Values} nearest
   * @param {boolean} failed
   * @param {Sides | null} guess
   */
  show(item, entry, nearest, failed, guess) {
    if (item?.row !== this.item?.row) this.open.clear();
    this.item = item;
    this.entry = entry;
    this.nearest = nearest;
    this.failed = failed;
    this.guess = guess;
    this.draw();
  }

  draw() {
    const { entry, item, nearest } = this;
    this.node.hidden = item == null;
    const sentence = entry === null ? "This row is not in the table." : this.failed ? "The row's values could not be loaded. Trying again." : "Loading the row's values";
    setText(this.note, entry ? "" : sentence);
    this.note.hidden = Boolean(entry);
    setAttribute(this.table, "data-waiting", !entry);
    if (!entry) return this.hide();
    const { guess } = this;
    const values = entry.values;
    const weight = (/** @type {CardValue} */ { column, contribution }) => (guess ? Math.abs(guess.columns[column] ?? 0) : (contribution ?? -1));
    const used = values.filter((value) => !value.left_out).sort((a, b) => weight(b) - weight(a));
    const left = values.filter((value) => value.left_out);
    const many = values.length > FIRST + 3;
    const words = folded(this.filter.value.trim());
    const some = (/** @type {CardValue[]} */ list, /** @type {number} */ most) => {
      if (words && many) return list.filter((value) => folded(`${value.column} ${value.value}`).includes(words));
      return many && !this.all ? list.slice(0, most) : list;
    };
    const most = guess ? (used[0] ? weight(used[0]) : 0) : (used[0]?.contribution ?? 0);
    const others = this.compare && nearest ? new Map(nearest.values.map((value) => [value.column, value])) : null;
    const drawn = { left: some(left, 4), used: some(used, FIRST) };
    // Names and ids come first: people know the row by them, though the network does not see them.
    this.fill("left", drawn.left, others, most);
    this.fill("used", drawn.used, others, most);
    setAttribute(this.table, "data-compare", others != null);
    setAttribute(this.table, "data-weights", most > 0);
    setAttribute(this.table, "data-signed", guess != null);
    setText(this.weights, guess ? "For, against" : "Weight");
    setAttribute(this.weights, "title", guess ? `To the right: speaks for ${guess.favored.name}; to the left: for ${guess.other.name}` : DIRECTIONLESS);
    setText(this.head, others && nearest ? `Row ${nearest.row}` : "");
    setText(this.comparing, this.compare ? "Hide the nearest row" : "Compare with the nearest row");
    this.comparing.hidden = item?.compare == null;
    this.toggle.hidden = this.filter.hidden = !many;
    setText(this.toggle, this.all ? `Show the first ${FIRST}` : `Show all ${plural(values.length, "column")}`);
    this.foot.hidden = this.toggle.hidden && this.comparing.hidden;
    if (many && words && !drawn.left.length && !drawn.used.length) {
      setText(this.note, "No column holds these words.");
      this.note.hidden = false;
    }
  }

  /**
   * @param {"left" | "used"} group
   * @param {CardValue[]} values
   * @param {Map<string, CardValue> | null} others
   * @param {number} most
   */
  fill(group, values, others, most) {
    const lines = this.lines[group];
    while (lines.length < values.length) {
      const line = new Line(this);
      lines.push(line);
      this.bodies[group].append(line.node);
    }
    lines.forEach((line, index) => {
      const value = values[index];
      line.node.hidden = !value;
      if (value) line.show(value, others?.get(value.column), most, this.open.has(value.column), this.guess?.columns[value.column], this.guess);
    });
    this.bodies[group].hidden = !values.length;
  }

  /** Keeps the height while the next row is loading, so that nothing jumps. */
  hide() {
    this.foot.hidden = true;
  }
}

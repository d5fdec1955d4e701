// Shows a small card beside the pointer: the row's number at once, its first values when they have been loaded.
import { element } from "../base.js";

/** @import { Card } from "../wire" */

const WAIT_MS = 120;
const MOST_VALUES = 6;
const MOST_KEPT = 500;

export class HoverCard {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
    this.url = "";
    /** @type {number | null} */
    this.row = null;
    this.note = "";
    /** @type {number | undefined} */
    this.timer = undefined;
    this.card = element("div", "dami-hover", host);
    this.card.hidden = true;
    /** @type {Map<number, Card | undefined>} */
    this.known = new Map();
  }

  /** @param {string} url */
  use(url) {
    if (url !== this.url) this.known.clear();
    this.url = url;
  }

  /**
   * @param {number} row
   * @param {string} note
   * @param {number} x
   * @param {number} y
   */
  show(row, note, x, y) {
    this.row = row;
    this.note = note;
    this.card.hidden = false;
    this.write(this.known.get(row));
    this.place(x, y);
    clearTimeout(this.timer);
    if (this.url && !this.known.has(row)) this.timer = setTimeout(() => this.fetch(row, x, y), WAIT_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.row = null;
    this.card.hidden = true;
  }

  /**
   * @param {number} row
   * @param {number} x
   * @param {number} y
   */
  async fetch(row, x, y) {
    const url = new URL(this.url, location.origin);
    url.searchParams.set("rows", String(row));
    try {
      const response = await fetch(url);
      if (!response.ok) return;
      /** @type {{rows?: Card[]}} */
      const answer = await response.json();
      const found = answer.rows?.find((item) => item.row === row);
      if (this.known.size >= MOST_KEPT) this.known.clear();
      this.known.set(row, found);
      if (this.row !== row) return;
      this.write(found);
      this.place(x, y);
    } catch {
      // the card keeps the row's number; its values load when the connection is back
    }
  }

  /** @param {Card | undefined} found */
  write(found) {
    this.card.replaceChildren();
    element("b", "", this.card).textContent = found?.title ? `Row ${this.row} · ${found.title}` : `Row ${this.row}`;
    if (this.note) element("div", "dami-hover-note", this.card).textContent = this.note;
    for (const { column, value } of found?.values?.slice(0, MOST_VALUES) ?? []) {
      const line = element("div", "dami-hover-value", this.card);
      element("span", "", line).textContent = column;
      line.append(" ", value ?? "missing");
    }
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  place(x, y) {
    const { clientWidth: width, clientHeight: height } = this.host;
    const left = x + 14 + this.card.offsetWidth < width ? x + 14 : x - 14 - this.card.offsetWidth;
    this.card.style.left = `${Math.max(0, left)}px`;
    this.card.style.top = `${Math.max(0, Math.min(y + 14, height - this.card.offsetHeight))}px`;
  }
}

export const HOVER_RULES = `
.dami-hover { position: absolute; z-index: 5; max-width: 280px; padding: 6px 9px; pointer-events: none; font-size: 13px;
  line-height: 1.35; border-radius: 6px; color: var(--st-text-color); border: 1px solid rgba(127, 127, 135, 0.4);
  background: var(--st-secondary-background-color, var(--st-background-color, #fff)); overflow: hidden; }
.dami-hover[hidden] { display: none; }
.dami-hover-value { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.dami-hover-value span, .dami-hover-note { opacity: 0.65; }
`;

// Draws the field for a note on the row on screen: a line of text that is kept with the row.

import { h, setAttribute } from "./dom.js";

/** @import { Item } from "./types" */

export class Note {
  /** @param {(row: number, text: string) => void} write keeps a note. */
  constructor(write) {
    this.write = write;
    this.text = "";
    /** @type {number | undefined} */
    this.row = undefined;
    this.field = h("input", { type: "text", class: "note-field", maxlength: 2000, "aria-label": "Note on this row", dir: "auto", autocomplete: "off" });
    this.badge = h("kbd", { "aria-hidden": "true" });
    this.node = h("div", { class: "noting" }, this.field, this.badge);
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("change", () => this.keep());
  }

  /**
   * @param {Item | null} item
   * @param {string} text
   * @param {string} key
   */
  show(item, text, key) {
    setAttribute(this.field, "placeholder", "Note on this row");
    this.badge.textContent = key;
    this.node.hidden = !item;
    if (item?.row === this.row && text === this.text) return;
    if (item?.row === this.row && document.activeElement === this.field) return; // a person writes in it
    this.row = item?.row;
    this.field.value = this.text = text;
  }

  keep() {
    const text = this.field.value.trim();
    if (text === this.text || this.row === undefined) return;
    this.text = text;
    this.write(this.row, text);
  }

  focus() {
    this.field.focus();
    this.field.select();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") this.field.value = this.text;
    else if (event.key === "Enter" && !event.isComposing) this.keep();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.field.blur();
  }
}

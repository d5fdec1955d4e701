// Tells the page which row is on screen and which labels were given, once for each change.

import { labelOf } from "./state.js";

/** @import { Entry, Given, Item } from "./types" */

/**
 * @template {"row" | "labeled" | "poll"} Name
 * @param {Name} name
 * @param {WindowEventMap[`dami:${Name}`]["detail"]} detail
 */
export const emit = (name, detail) => window.dispatchEvent(new CustomEvent(`dami:${name}`, { detail }));

export class Telling {
  constructor() {
    /** @type {string | null} */
    this.told = null; // the row that was told last, as JSON
    /** @type {number | null | undefined} */
    this.announced = undefined;
    /** @type {Map<number, number | null> | null} */
    this.known = null; // row -> label
  }

  /**
   * Tells the row on screen if it has changed; returns whether it is another row.
   *
   * @param {Item | null} item
   * @param {Given | undefined} given
   */
  row(item, given, again = false) {
    const { distance = null, nearest = null, radius = null, space = null, step = null } = item ?? /** @type {Partial<Item>} */ ({});
    const detail = { row: item?.row ?? null, nearest, distance, radius, space, step, label: labelOf(given) ?? null };
    const told = JSON.stringify(detail);
    if (told === this.told && !again) return false;
    const moved = detail.row !== this.announced;
    this.announced = detail.row;
    this.told = told;
    emit("row", detail);
    return moved;
  }

  /**
   * Tells new labels, the oracle's when its answer is known; the labels of the first drawing are not new.
   *
   * @param {Map<number, Entry>} effective
   */
  labels(effective) {
    const first = this.known === null;
    const known = (this.known ??= new Map());
    for (const [row, entry] of effective) {
      const label = labelOf(entry);
      if (label === null) continue;
      if (first) known.set(row, label ?? null);
      else this.label(row, label ?? null);
    }
  }

  /**
   * @param {number} row
   * @param {number | null} label
   */
  label(row, label) {
    this.known ??= new Map();
    if ((this.known.get(row) ?? null) === label) return;
    this.known.set(row, label);
    emit("labeled", { row, class: label });
  }
}

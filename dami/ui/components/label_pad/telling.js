// What the pad tells the page: which row is on screen, and which labels were given; each once for each change.

import { labelOf } from "./state.js";

export const emit = (name, detail) => window.dispatchEvent(new CustomEvent(`dami:${name}`, { detail }));

export class Telling {
  /** @returns whether another row is on screen than was told last. */
  row(item, given, again = false) {
    const { distance = null, nearest = null, radius = null, space = null, step = null } = item ?? {};
    const detail = { row: item?.row ?? null, nearest, distance, radius, space, step, label: labelOf(given) ?? null };
    const told = JSON.stringify(detail);
    if (told === this.told && !again) return false;
    const moved = detail.row !== this.announced;
    this.announced = detail.row;
    this.told = told;
    emit("row", detail);
    return moved;
  }

  /** Labels that are new here, the oracle's once its answer is known; what Python drew first is no news. */
  labels(effective) {
    const first = !this.known;
    this.known ??= new Map();
    for (const [row, entry] of effective) {
      const label = labelOf(entry);
      if (label === null) continue;
      if (first) this.known.set(row, label ?? null);
      else this.label(row, label ?? null);
    }
  }

  label(row, label) {
    if ((this.known.get(row) ?? null) === label) return;
    this.known.set(row, label);
    emit("labeled", { row, class: label });
  }
}

// After a discard, offers to discard the near duplicates of the row too.

import { address, h, setText } from "./dom.js";

/** @import { NearDuplicates } from "../wire" */

export class NearDuplicatesOffer {
  /** @param {(rows: number[]) => void} take discards the rows. */
  constructor(take) {
    /** @type {number[]} */
    this.found = [];
    /** @type {AbortController | undefined} */
    this.request = undefined;
    this.why = h("span", {});
    this.all = h("button", { type: "button", class: "control", onclick: () => this.end(take) });
    this.none = h("button", { type: "button", class: "link", text: "Keep them", onclick: () => this.end() });
    this.node = h("div", { class: "near-duplicates", role: "status", hidden: true }, this.why, this.all, this.none);
  }

  /**
   * @param {string} url
   * @param {number} row
   */
  async look(url, row) {
    this.end();
    const request = (this.request = new AbortController());
    try {
      const response = await fetch(address(url, { row }), { signal: request.signal });
      if (!response.ok) return;
      /** @type {NearDuplicates} */
      const { rows, why } = await response.json();
      if (!rows.length || request.signal.aborted) return;
      this.found = rows;
      setText(this.why, why);
      setText(this.all, rows.length === 1 ? "Discard it too" : `Discard all ${rows.length}`);
      this.node.hidden = false;
    } catch {} // without an answer, there is no offer
  }

  /** @param {(rows: number[]) => void} [take] */
  end(take) {
    this.request?.abort();
    const rows = this.found;
    this.found = [];
    this.node.hidden = true;
    if (take && rows.length) take(rows);
  }
}

// Fetches the network's guess for the row on screen when a person asks for it, never before; the next row hides it.

import { address, chip, h, setText } from "./dom.js";

/** @import { ModelGuess } from "../wire" */
/** @import { Classes, Item, Sides } from "./types" */

/** @param {number} share */
const percent = (share) => (share > 0.995 ? "over 99 %" : share < 0.01 ? "under 1 %" : `${Math.round(100 * share)} %`);

export class Guess {
  /** @param {() => void} drawn called when there is something else to show. */
  constructor(drawn) {
    this.drawn = drawn;
    /** @type {{row: number, model: number | null, answer?: ModelGuess, error?: string} | null} */
    this.asked = null;
    this.said = h("span", { class: "said" });
    this.node = h("p", { class: "guess", role: "status", hidden: true }, this.said);
  }

  /**
   * Shows the guess for a row, or hides it again.
   *
   * @param {string} url
   * @param {Item} item
   */
  async toggle(url, item) {
    if (this.of(item)) {
      this.asked = null;
      return this.drawn();
    }
    /** @type {NonNullable<typeof this.asked>} */
    const asked = { row: item.row, model: item.model };
    this.asked = asked;
    this.drawn();
    try {
      const response = await fetch(address(url, { row: item.row }));
      const answer = await response.json().catch(() => ({}));
      if (!response.ok) throw new Error(answer.error ?? "The guess could not be loaded.");
      asked.answer = answer;
    } catch (error) {
      asked.error = error instanceof Error && !(error instanceof TypeError) ? error.message : "The guess could not be loaded. Ask again.";
    }
    this.drawn();
  }

  /** @param {Item | null} item */
  of(item) {
    const { asked } = this;
    return asked && item && asked.row === item.row && asked.model === item.model ? asked : null;
  }

  /**
   * Returns the guess for the card to draw; null while the guess is hidden.
   *
   * @param {Item | null} item
   * @param {Classes} classes
   * @returns {Sides | null}
   */
  show(item, classes) {
    const asked = this.of(item);
    this.node.hidden = !asked;
    if (!asked) return null;
    const { answer } = asked;
    if (!answer) {
      setText(this.said, asked.error ?? "Asking the network…");
      return null;
    }
    const said = answer.classes
      .flatMap(({ class: id, probability }) => {
        const entry = classes.get(id);
        return entry ? [{ entry, probability }] : [];
      })
      .slice(0, 3)
      .flatMap(({ entry, probability }) => [chip(entry), h("span", { class: "share", text: percent(probability) })]);
    this.said.replaceChildren("The network's guess, which may lead you: ", ...said);
    const favored = classes.get(answer.favored);
    const other = answer.other === null ? undefined : classes.get(answer.other);
    return favored && other ? { columns: answer.columns, favored, other } : null;
  }
}

// The network's guess for the row on screen: fetched when it is asked for, never before, and gone with the row.

import { address, chip, h, setText } from "./dom.js";

const percent = (share) => (share > 0.995 ? "over 99 %" : share < 0.01 ? "under 1 %" : `${Math.round(100 * share)} %`);

export class Guess {
  /** @param drawn called when there is something else to show. */
  constructor(drawn) {
    this.drawn = drawn;
    this.asked = null; // {row, model, answer | error}
    this.said = h("span", { class: "said" });
    this.node = h("p", { class: "guess", role: "status", hidden: true }, this.said);
  }

  /** Shows the guess for a row, or hides it again. */
  async toggle(url, item) {
    if (this.of(item)) {
      this.asked = null;
      return this.drawn();
    }
    const asked = (this.asked = { row: item.row, model: item.model });
    this.drawn();
    try {
      const response = await fetch(address(url, { row: item.row }));
      const answer = await response.json().catch(() => ({}));
      if (!response.ok) throw new Error(answer.error ?? "The guess could not be loaded.");
      asked.answer = answer;
    } catch (error) {
      asked.error = error instanceof TypeError ? "The guess could not be loaded. Ask again." : error.message;
    }
    this.drawn();
  }

  of(item) {
    const { asked } = this;
    return asked && item && asked.row === item.row && asked.model === item.model ? asked : null;
  }

  /** @returns what the card draws: {columns, favored, other} with classes, or null while the guess is hidden. */
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
      .filter(({ class: id }) => classes.has(id))
      .slice(0, 3)
      .flatMap(({ class: id, probability }) => [chip(classes.get(id)), h("span", { class: "share", text: percent(probability) })]);
    this.said.replaceChildren("The network's guess, which may lead you: ", ...said);
    const [favored, other] = [classes.get(answer.favored), classes.get(answer.other)];
    return favored && other ? { columns: answer.columns, favored, other } : null;
  }
}

// Draws the panel that shows all keys. A person changes a key by a press on its button, then on the new key.

import { each } from "./answers.js";
import { badge, keyMeant } from "./keys.js";
import { h, setText } from "./dom.js";

/** @import { Mode } from "../wire" */
/** @import { KeyedAction, Keys, KeyTold, Rebindable } from "./keys.js" */

/** @type {Partial<Record<KeyedAction, string>>} */
const MEANINGS = {
  undo: "take back the last answer",
  redo: "bring back what was taken back",
  back: "the row before",
  forward: "the row after",
  ...each("meaning"),
  guess: "show the network's guess",
  note: "write a note",
  reveal: "show the known label",
  step: "let the known label answer",
  play: "step by itself",
};
const FIXED = [
  ["/", "find a row; with more than nine classes, type the class"],
  ["Esc", "back to the row that is asked"],
  ["?", "show or hide these keys"],
];
const MOST_CLASSES = 40;
const BROWSERS = "Keys with Ctrl, Alt or the command key are the browser's: choose another one.";

export class KeysPanel {
  /**
   * @param {Keys} keys
   * @param {() => void} changed called after a key was chosen.
   */
  constructor(keys, changed) {
    this.keys = keys;
    this.changed = changed;
    /** @type {Mode} */
    this.mode = "label";
    /** @type {Rebindable | null} */
    this.waiting = null; // the action or class that waits for its new key
    /** @type {AbortController | undefined} */
    this.stop = undefined;
    this.list = h("dl", {});
    this.said = h("p", { class: "note", role: "status" });
    this.reset = h("button", { type: "button", class: "link", text: "Usual keys again", onclick: () => this.usual() });
    this.node = h("div", { class: "help", hidden: true }, h("p", { class: "note", text: "Press a key's button, then the new key." }), this.list, this.said, this.reset);
  }

  /** @param {Mode} mode */
  show(mode) {
    this.mode = mode;
    this.draw();
  }

  toggle() {
    this.node.hidden = !this.node.hidden;
    this.listen(null);
    setText(this.said, "");
    return !this.node.hidden;
  }

  draw() {
    const lines = this.keys.rebindable(this.mode).slice(0, Object.keys(MEANINGS).length + MOST_CLASSES);
    const own = lines.flatMap((line) => [h("dt", {}, this.button(line)), h("dd", { dir: "auto", text: line.kind === "class" ? line.name : MEANINGS[line.id] })]);
    const enter = this.mode === "practise" ? [["Enter", "give the revealed class"]] : [];
    const fixed = [...enter, ...FIXED].flatMap(([keys, text]) => [h("dt", {}, h("kbd", { text: keys })), h("dd", { text })]);
    this.list.replaceChildren(...own, ...fixed);
  }

  /** @param {Rebindable} line */
  button(line) {
    const { kind, id, name, keys } = line;
    const text = keys.length ? keys.map(badge).join(" or ") : "none";
    const title = `Another key for ${kind === "class" ? `the class ${name}` : `“${id}”`}`;
    const props = { type: "button", class: "key", "data-key-of": `${kind} ${id}`, title, "aria-label": `${title}, now ${text}` };
    /** @type {HTMLButtonElement} */
    const node = h("button", { ...props, onclick: () => this.listen(line, node) }, h("kbd", { text }));
    return node;
  }

  /**
   * Waits for the new key of an action or a class; with null, waits no longer.
   *
   * @param {Rebindable | null} line
   * @param {HTMLElement} [node] its button
   */
  listen(line, node) {
    this.stop?.abort();
    if (this.waiting) this.draw();
    this.waiting = line;
    if (!line) return;
    this.stop = new AbortController();
    node?.replaceChildren(h("kbd", { text: "press a key" }));
    setText(this.said, "Press the new key; Escape leaves it as it is.");
    document.addEventListener("keydown", (event) => this.pressed(event, line), { capture: true, signal: this.stop.signal });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Rebindable} line
   */
  pressed(event, { kind, id }) {
    if (["Shift", "Control", "Alt", "Meta", "AltGraph", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const key = keyMeant(copyOf(event));
    if (key === "escape") {
      setText(this.said, "");
      this.listen(null);
    } else {
      const refused = key === null ? BROWSERS : this.keys.choose(kind, id, key);
      setText(this.said, refused ?? `${badge(key ?? "")} it is.`);
      if (refused) return;
      this.listen(null);
      this.changed();
    }
    const button = this.list.querySelector(`[data-key-of="${kind} ${id}"]`);
    if (button instanceof HTMLElement) button.focus();
  }

  usual() {
    this.keys.reset();
    setText(this.said, "All keys are as they were at first.");
    this.draw();
    this.changed();
  }
}

/**
 * Copies a keyboard event as a first press that nothing else has handled.
 *
 * @param {KeyboardEvent} event
 * @returns {KeyTold}
 */
function copyOf({ key, code, shiftKey, ctrlKey, metaKey, altKey, isComposing }) {
  return { key, code, shiftKey, ctrlKey, metaKey, altKey, isComposing, repeat: false, defaultPrevented: false };
}

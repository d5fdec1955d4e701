// Holds the keys of the label pad, and tells when the pad listens: not while a person types, a dialog is open or the
// pad is hidden. People can choose other keys: keys of actions are kept for the browser, keys of classes for the
// project.

import { each } from "./answers.js";

/** @import { ClassEntry, Mode } from "../wire" */
/** @import { AnswerName } from "./answers.js" */

const LETTERS_TAKEN = "cr"; // Streamlit's own shortcuts

/**
 * @typedef {"undo" | "redo" | "back" | "forward" | AnswerName | "guess" | "note" | "reveal" | "step" | "play" | "help" | "seek"
 *   | "leave" | "accept"} KeyedAction
 * @typedef {{kind: "action", id: KeyedAction, name?: undefined, keys: string[]} | {kind: "class", id: number, name: string, keys: string[]}} Rebindable
 */

// The keys of every action; nobody can change the last four, since a field or a button expects them.
/** @type {Record<KeyedAction, string[]>} */
const DEFAULTS = {
  undo: ["z", "backspace"],
  redo: ["shift+z"],
  back: ["arrowleft"],
  forward: ["arrowright"],
  ...each("keys"),
  guess: ["q"],
  note: ["w"],
  reveal: ["v"],
  step: ["s"],
  play: ["p"],
  help: ["?"],
  seek: ["/"],
  leave: ["escape"],
  accept: ["enter"],
};
const ACTIONS = /** @type {KeyedAction[]} */ (Object.keys(DEFAULTS));
/** @type {Set<KeyedAction>} */
const FIXED = new Set(["help", "seek", "leave", "accept"]);
/** @type {Set<KeyedAction>} */
const PRACTICE = new Set(["reveal", "step", "play", "accept"]);

/** @type {Record<string, string>} */
const SHOWN = { arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", backspace: "⌫", escape: "Esc", enter: "⏎" };
/** @type {Record<string, string>} */
const NAMED = { arrowleft: "ArrowLeft", arrowright: "ArrowRight", backspace: "Backspace", escape: "Escape", enter: "Enter" };

/**
 * Returns a key as a badge shows it.
 *
 * @param {string} key
 */
export const badge = (key) => SHOWN[key] ?? (key.startsWith("shift+") ? `⇧${key.slice(6).toUpperCase()}` : key.toUpperCase());
/** @param {string} key */
const spoken = (key) => NAMED[key] ?? (key.startsWith("shift+") ? `Shift+${key.slice(6).toUpperCase()}` : key.toUpperCase());

/**
 * @param {string} name
 * @returns {Record<string, string>}
 */
function stored(name) {
  try {
    /** @type {[string, unknown][]} */
    const found = Object.entries(JSON.parse(localStorage.getItem(name) ?? ""));
    return Object.fromEntries(found.flatMap(([id, key]) => (typeof key === "string" && usable(key) === null ? [[id, key]] : [])));
  } catch {
    return {}; // the storage is blocked, empty or damaged
  }
}

/**
 * @param {string} name
 * @param {Record<string, string>} values
 */
function keep(name, values) {
  try {
    localStorage.setItem(name, JSON.stringify(values));
  } catch {} // without storage, the keys last as long as the page is open
}

/**
 * Returns why a key cannot be chosen, null if it can.
 *
 * @param {string} key
 */
function usable(key) {
  const letter = key.replace(/^shift\+/, "");
  if (LETTERS_TAKEN.includes(letter)) return "C and R are Streamlit's own keys: choose another one.";
  if (/^[\p{L}\p{N}]$/u.test(letter) || /^[.,;'\-=[\]\\`+#]$/.test(key)) return null;
  return "The browser or the pad needs this key itself: choose a letter, a digit or a sign.";
}

export class Keys {
  /** @param {string} project */
  constructor(project) {
    this.place = { action: "dami-keys", class: `dami-keys-${project}` };
    this.chosen = { action: stored(this.place.action), class: stored(this.place.class) };
    /** @type {ClassEntry[]} */
    this.classes = [];
    /** @type {Map<number, string[]>} */
    this.ofClass = new Map();
    /** @type {Map<string, number>} */
    this.class = new Map(); // key -> class
  }

  /**
   * Finds the keys of every class: the chosen key, else a digit for the first nine, and the initial if it is free.
   *
   * @param {ClassEntry[]} classes
   */
  build(classes) {
    this.classes = classes;
    const own = this.chosen.class;
    const taken = new Set(ACTIONS.flatMap((action) => this.of(action)));
    for (const { id } of classes) if (own[id]) taken.add(own[id]);
    const initials = classes.map(({ name }) => [...name.trim().toLowerCase()][0] ?? "");
    this.ofClass = new Map();
    classes.forEach(({ id }, index) => {
      const [initial, digit] = [initials[index], String(index + 1)];
      const unique = initials.indexOf(initial) === initials.lastIndexOf(initial);
      const letter = /^\p{L}$/u.test(initial) && unique && !taken.has(initial) && !LETTERS_TAKEN.includes(initial);
      const usual = [...(index < 9 && !taken.has(digit) ? [digit] : []), ...(letter ? [initial] : [])];
      this.ofClass.set(id, own[id] ? [own[id]] : usual);
    });
    this.class = new Map([...this.ofClass].flatMap(([id, keys]) => keys.map((key) => /** @type {const} */ ([key, id]))));
  }

  /** @param {KeyedAction} action */
  of(action) {
    const own = this.chosen.action[action];
    return own && !FIXED.has(action) ? [own] : DEFAULTS[action];
  }

  /** @param {KeyedAction} action */
  spoken(action) {
    return this.of(action).map(spoken);
  }

  /**
   * @param {string} key
   * @param {Mode} mode
   */
  actionOf(key, mode) {
    return ACTIONS.find((action) => this.of(action).includes(key) && (mode === "practise" || !PRACTICE.has(action)));
  }

  /**
   * Returns the actions and classes whose keys can be chosen, each with its keys.
   *
   * @param {Mode} mode
   * @returns {Rebindable[]}
   */
  rebindable(mode) {
    const actions = ACTIONS.filter((action) => !FIXED.has(action) && (mode === "practise" || !PRACTICE.has(action)));
    return [
      ...actions.map((action) => ({ kind: /** @type {const} */ ("action"), id: action, keys: this.of(action) })),
      ...this.classes.map(({ id, name }) => ({ kind: /** @type {const} */ ("class"), id, name, keys: this.ofClass.get(id) ?? [] })),
    ];
  }

  /**
   * Gives an action or a class another key; returns the reason if that is not possible.
   *
   * @param {"action" | "class"} kind
   * @param {KeyedAction | number} id
   * @param {string} key
   */
  choose(kind, id, key) {
    const refused = usable(key);
    if (refused) return refused;
    const action = ACTIONS.find((name) => this.of(name).includes(key));
    if (action && !(kind === "action" && action === id)) return `${badge(key)} is the key of “${action}” already: choose another one.`;
    const other = this.class.get(key);
    if (other !== undefined && !(kind === "class" && other === id)) {
      return `${badge(key)} is the key of the class “${this.classes.find((entry) => entry.id === other)?.name}” already: choose another one.`;
    }
    this.chosen[kind][id] = key;
    this.save();
    return null;
  }

  reset() {
    this.chosen = { action: {}, class: {} };
    this.save();
  }

  save() {
    keep(this.place.action, this.chosen.action);
    keep(this.place.class, this.chosen.class);
    this.build(this.classes);
  }
}

const TYPING = [
  "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, canvas[tabindex]",
  "[contenteditable]:not([contenteditable='false' i])",
  "[role=textbox], [role=searchbox], [role=combobox], [role=spinbutton], [role=listbox], [role=menu], [role=grid]",
].join(", ");
const USES_ARROWS = "[role=tablist], [role=radiogroup], [role=slider], [role=tree], [role=separator]";
const USES_ENTER = "button, a, summary, [role=button], [role=link], [role=tab]";
const DIALOG = "[role=dialog], [role=alertdialog], dialog[open]";

/**
 * A keyboard event, or the parts of one that tell the key.
 *
 * @typedef {Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey" | "repeat" | "isComposing" | "defaultPrevented">
 *   & Partial<Pick<KeyboardEvent, "getModifierState">>} KeyTold
 */

/**
 * Returns the name of the key that the person meant, or null if the pad must not listen.
 *
 * @param {KeyTold} event
 */
export function keyMeant(event) {
  if (event.defaultPrevented || event.repeat || event.isComposing) return null;
  if (event.ctrlKey || event.metaKey || event.altKey || event.getModifierState?.("AltGraph")) return null;
  const key = event.key.toLowerCase();
  // On keyboards that type digits with Shift (French), the digit keys count with Shift and without.
  const digit = /^Digit([1-9])$/.exec(event.code ?? "")?.[1];
  if (/^[1-9]$/.test(key)) return key;
  if (event.shiftKey) return key === "?" || key === "/" ? key : /^\p{L}$/u.test(key) ? `shift+${key}` : null;
  return digit && !/^[\w?/]$/.test(key) ? digit : key;
}

/**
 * Whether something else takes the key: a field, a dialog, a widget that moves by arrows, a focused button.
 *
 * @param {Event} event
 * @param {string} key
 * @param {Element} root
 */
export function isTaken(event, key, root) {
  const path = event.composedPath().filter((node) => node instanceof Element);
  const inside = (/** @type {string} */ selector) => path.some((node) => node.matches(selector));
  if (inside(TYPING)) return true;
  if (key.startsWith("arrow") && inside(USES_ARROWS)) return true;
  if ((key === "enter" || key === " ") && inside(USES_ENTER)) return true;
  return isCovered(root);
}

/**
 * Whether the pad is out of sight: a hidden browser tab, a folded part of the page, an open dialog above it.
 *
 * @param {Element} root
 */
export function isCovered(root) {
  if (document.hidden || !isShown(root)) return true;
  return [...document.querySelectorAll(DIALOG)].some(isShown);
}

/** @param {Element} node */
const isShown = (node) => node.getClientRects().length > 0;

/** Whether the focus is in a field to type in, so that the pad can tell that its own keys rest. */
export function isTyping() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return Boolean(node?.closest(TYPING));
}

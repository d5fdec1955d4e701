// Which keys the label pad has, and when it listens: never while a person types, a dialog is open or the pad is hidden.

// Keys of the pad in either mode. C and R are Streamlit's. None of them may become the initial of a class.
const RESERVED = new Set("crzulxvsp");

export const PAD_KEYS = {
  z: "undo",
  backspace: "undo",
  arrowleft: "back",
  arrowright: "forward",
  u: "unsure",
  l: "later",
  x: "discard",
  "?": "help",
  "/": "seek",
  escape: "leave",
};
export const PRACTICE_KEYS = { v: "reveal", s: "step", p: "play", enter: "accept" };

const TYPING = [
  "input, textarea, select, canvas[tabindex]",
  "[contenteditable]:not([contenteditable='false' i])",
  "[role=textbox], [role=searchbox], [role=combobox], [role=spinbutton], [role=listbox], [role=menu], [role=grid]",
].join(", ");
const USES_ARROWS = "[role=tablist], [role=radiogroup], [role=slider], [role=tree], [role=separator]";
const USES_ENTER = "button, a, summary, [role=button], [role=link], [role=tab]";
const DIALOG = "[role=dialog], [role=alertdialog], dialog[open]";

/** For every class its keys as shown: the digit of the first nine, and the initial where it clashes with nothing. */
export function hotkeys(classes) {
  const initials = classes.map(({ name }) => [...name.trim().toLowerCase()][0] ?? "");
  return initials.map((initial, index) => {
    const unique = initials.indexOf(initial) === initials.lastIndexOf(initial);
    const usable = /^\p{L}$/u.test(initial) && unique && !RESERVED.has(initial);
    return { digit: index < 9 ? String(index + 1) : null, letter: usable ? initial : null };
  });
}

/** The name of the key that was meant, or null where the pad must not listen. */
export function keyMeant(event) {
  if (event.defaultPrevented || event.repeat || event.isComposing) return null;
  if (event.ctrlKey || event.metaKey || event.altKey || event.getModifierState?.("AltGraph")) return null;
  const key = event.key.toLowerCase();
  // Keyboards with digits in the shifted row (French) give them either way.
  const digit = /^Digit([1-9])$/.exec(event.code ?? "")?.[1];
  if (/^[1-9]$/.test(key)) return key;
  if (event.shiftKey) return key === "?" || key === "/" ? key : null;
  return digit && !/^[\w?/]$/.test(key) ? digit : key;
}

/** Whether the key belongs to something else: a field, a dialog, a widget that moves by arrows, a focused button. */
export function isTaken(event, key, root) {
  const path = event.composedPath().filter((node) => node instanceof Element);
  const inside = (selector) => path.some((node) => node.matches(selector));
  if (inside(TYPING)) return true;
  if (key.startsWith("arrow") && inside(USES_ARROWS)) return true;
  if ((key === "enter" || key === " ") && inside(USES_ENTER)) return true;
  return isCovered(root);
}

/** Whether the pad is out of sight: a hidden browser tab, a folded part of the page, an open dialog above it. */
export function isCovered(root) {
  if (document.hidden || !isShown(root)) return true;
  return [...document.querySelectorAll(DIALOG)].some(isShown);
}

const isShown = (node) => node.getClientRects().length > 0;

/** Whether the focus is where keys are typed, so that the pad can say that its own keys rest. */
export function isTyping() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return Boolean(node?.closest(TYPING));
}

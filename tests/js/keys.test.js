import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { enter, load } from "./browser.js";

const { badge, isTaken, keyMeant, Keys } = await load("label_pad/keys.js");

const classes = (...names) => names.map((name, id) => ({ id, name, color: "#000000", guideline: "", count: 0 }));
const pressed = (key, more = {}) => keyMeant({ key, code: "", shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, repeat: false, ...more });

let keys;
beforeEach(() => {
  enter();
  keys = new Keys("p");
});

// ---- which key does what ----

test("the first nine classes have a digit, and their initial where it is free and nobody else's", () => {
  keys.build(classes("Adelie", "Chinstrap", "Gentoo", "Goose", "Unknown", "Éider", "4"));
  const of = (id) => keys.ofClass.get(id);
  assert.deepEqual(of(0), ["1", "a"]);
  assert.deepEqual(of(1), ["2"]); // C is Streamlit's
  assert.deepEqual([of(2), of(3)], [["3"], ["4"]]); // two with a G
  assert.deepEqual(of(4), ["5"]); // U is Unsure
  assert.deepEqual(of(5), ["6", "é"]);
  assert.deepEqual(of(6), ["7"]); // a digit is no initial
  assert.equal(keys.class.get("a"), 0);
  assert.equal(keys.class.get("g"), undefined);
});

test("the tenth class has its initial alone", () => {
  keys.build(classes("a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "b9"));
  assert.deepEqual(keys.ofClass.get(8), ["9"]);
  assert.deepEqual(keys.ofClass.get(9), ["b"]);
});

test("actions have their keys, those of practising only there", () => {
  const meant = { z: "undo", backspace: "undo", "shift+z": "redo", arrowleft: "back", u: "unsure", l: "later", x: "discard", q: "guess", w: "note", "?": "help", "/": "seek", escape: "leave" };
  for (const [key, action] of Object.entries(meant)) assert.equal(keys.actionOf(key, "label"), action);
  for (const [key, action] of [["v", "reveal"], ["s", "step"], ["p", "play"], ["enter", "accept"]]) {
    assert.equal(keys.actionOf(key, "practise"), action);
    assert.equal(keys.actionOf(key, "label"), undefined);
  }
  assert.equal(keys.actionOf("k", "label"), undefined);
});

test("a chosen key replaces the usual ones, for the project and after a reload", () => {
  keys.build(classes("cat", "dog"));
  assert.equal(keys.choose("action", "undo", "k"), null);
  assert.equal(keys.choose("class", 0, "m"), null);
  for (const now of [keys, new Keys("p")]) {
    now.build(classes("cat", "dog"));
    assert.deepEqual([now.actionOf("k", "label"), now.actionOf("z", "label")], ["undo", undefined]);
    assert.deepEqual([now.class.get("m"), now.class.get("1")], [0, undefined]);
  }
  const elsewhere = new Keys("q");
  elsewhere.build(classes("cat", "dog"));
  assert.deepEqual([elsewhere.actionOf("k", "label"), elsewhere.class.get("1")], ["undo", 0]);
  keys.reset();
  assert.deepEqual([keys.actionOf("z", "label"), keys.class.get("1"), keys.class.get("m")], ["undo", 0, undefined]);
});

test("a key that is somebody else's is refused in words", () => {
  keys.build(classes("ant", "bee"));
  assert.match(keys.choose("class", 0, "u"), /“unsure” already/);
  assert.match(keys.choose("action", "undo", "b"), /class “bee” already/);
  assert.match(keys.choose("action", "undo", "c"), /Streamlit's own/);
  for (const key of ["shift+r", "f5", "tab", "arrowup", " "]) assert.ok(keys.choose("action", "undo", key));
  assert.equal(keys.choose("class", 1, "b"), null); // its own
  assert.deepEqual([keys.actionOf("z", "label"), keys.class.get("1")], ["undo", 0]);
});

test("damaged or blocked storage leaves the usual keys", () => {
  localStorage.setItem("dami-keys", '{"undo": "f5", "redo": 7, "later": "k", "help": "m"}');
  localStorage.setItem("dami-keys-p", "{");
  keys = new Keys("p");
  assert.deepEqual([keys.of("undo"), keys.of("redo"), keys.of("later")], [["z", "backspace"], ["shift+z"], ["k"]]);
  assert.deepEqual(keys.of("help"), ["?"]); // this one stays
  localStorage.fill();
  assert.equal(keys.choose("action", "undo", "m"), null); // holds as long as the page is open
  assert.equal(keys.actionOf("m", "label"), "undo");
});

test("the panel lists what can be chosen in this mode", () => {
  keys.build(classes("cat"));
  const listed = (mode) => keys.rebindable(mode).map(({ id }) => id);
  assert.deepEqual(listed("label"), ["undo", "redo", "back", "forward", "unsure", "later", "discard", "guess", "note", 0]);
  assert.deepEqual(listed("practise").slice(9), ["reveal", "step", "play", 0]);
});

test("badges are short", () => {
  assert.deepEqual(["shift+z", "a", "arrowleft", "escape"].map(badge), ["⇧Z", "A", "←", "Esc"]);
});

// ---- when the pad listens ----

test("the key that was meant", () => {
  assert.equal(pressed("A"), "a");
  assert.equal(pressed("Backspace"), "backspace");
  assert.equal(pressed("Z", { shiftKey: true }), "shift+z");
  assert.equal(pressed("?", { shiftKey: true }), "?");
  assert.equal(pressed("/", { shiftKey: true }), "/"); // as on a German keyboard
  assert.equal(pressed("&", { code: "Digit1" }), "1"); // as on a French keyboard
  assert.equal(pressed("1", { code: "Digit1", shiftKey: true }), "1");
  assert.equal(pressed("/", { code: "Digit7" }), "/");
  assert.equal(pressed("Enter", { shiftKey: true }), null);
});

test("a key that is held, or the browser's, or part of a word, is none", () => {
  for (const state of ["repeat", "ctrlKey", "metaKey", "altKey", "isComposing", "defaultPrevented"]) {
    assert.equal(pressed("a", { [state]: true }), null, state);
  }
  assert.equal(pressed("a", { getModifierState: (name) => name === "AltGraph" }), null);
});

/** An element that matches its tag and its role. */
class FakeElement {
  constructor(tag, role = null) {
    Object.assign(this, { tag, role, shown: true });
  }

  matches(selectors) {
    return selectors.split(", ").some((one) => one.startsWith(this.tag) || (this.role && one === `[role=${this.role}]`));
  }

  getClientRects() {
    return this.shown ? [{}] : [];
  }
}

test("a key belongs to the field, the widget or the dialog that it is pressed in", () => {
  globalThis.Element = FakeElement;
  const page = (globalThis.document = { hidden: false, dialogs: [], querySelectorAll: () => page.dialogs });
  const pad = new FakeElement("section");
  const taken = (key, ...path) => isTaken({ composedPath: () => [...path, page] }, key, pad);
  assert.equal(taken("a", pad), false);
  assert.equal(taken("a", new FakeElement("textarea"), pad), true);
  assert.equal(taken("a", new FakeElement("div", "combobox"), pad), true);
  assert.equal(taken("a", new FakeElement("button"), pad), false);
  assert.equal(taken("enter", new FakeElement("button"), pad), true);
  assert.equal(taken("arrowleft", new FakeElement("div", "tablist"), pad), true);
  assert.equal(taken("a", new FakeElement("div", "tablist"), pad), false);
  page.dialogs = [new FakeElement("dialog")];
  assert.equal(taken("a", pad), true);
  page.dialogs[0].shown = false;
  assert.equal(taken("a", pad), false);
  pad.shown = false;
  assert.equal(taken("a", pad), true);
  pad.shown = true;
  page.hidden = true;
  assert.equal(taken("a", pad), true);
});

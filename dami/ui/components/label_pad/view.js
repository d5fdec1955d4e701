// Draws the elements of the label pad. They are built once; later only their texts and marks change, so that the focus
// stays and nothing jumps. The view receives what to show, and sends clicks as actions.

import { ANSWERS, NAMES } from "./answers.js";
import { chip, h, icon, number, plural, setAttribute, setIcon, setText } from "./dom.js";
import { labelOf } from "./state.js";
import { verdict } from "./lists.js";
import { ClassPicker } from "./classes.js";
import { badge } from "./keys.js";

/** @import { PadData } from "../wire" */
/** @import { Card } from "./card.js" */
/** @import { Icon } from "./dom.js" */
/** @import { Guess } from "./guess.js" */
/** @import { KeyedAction, Keys } from "./keys.js" */
/** @import { KeysPanel } from "./keys_panel.js" */
/** @import { Finder, History } from "./lists.js" */
/** @import { Note } from "./note.js" */
/** @import { NearDuplicatesOffer } from "./near_duplicates.js" */
/** @import { Act, Classes, Given, Item, PadAction, PlaceKind, Seen, State } from "./types" */

/**
 * The other parts of the pad.
 *
 * @typedef {{card: Card, finder: Finder, guess: Guess, history: History, keys: Keys, note: Note, panel: KeysPanel, nearDuplicates: NearDuplicatesOffer}} Parts
 */

/** @typedef {[action: Extract<KeyedAction, PadAction>, name: string, title: string]} Control */

/** @type {Control[]} */
const CONTROLS = [
  ["undo", "Undo", "Take back your last answer and show its row again"],
  ["redo", "Redo", "Bring back what you took back last"],
  ["back", "Back", "Show the row before, to look at it or correct it"],
  ["forward", "Forward", "Show the row after, up to the one that is asked now"],
  ...NAMES.map((name) => /** @type {Control} */ ([name, ANSWERS[name].name, ANSWERS[name].title])),
  ["guess", "Guess", "Show what the network makes of this row, or hide it again. It may lead you"],
];
/** @type {Control[]} */
const PRACTICE = [
  ["reveal", "Reveal", "Show the known label of this row"],
  ["step", "Step", "Let the known label answer this row"],
  ["play", "Play", "Step by itself until the round is complete, then with the next network"],
];
/** @type {Record<string, string>} */
const WITHOUT_STRATEGY = { audit: "drawn at random" };

export class View {
  /**
   * @param {HTMLElement} root
   * @param {Act} act
   * @param {Parts} parts
   */
  constructor(root, act, parts) {
    this.act = act;
    this.root = root;
    this.parts = parts;
    /** @type {Seen | null} */
    this.seen = null;
    this.givenKey = ""; // the answer shown beside the row's number
    this.row = h("h3", { class: "row" });
    this.given = h("span", { class: "has" });
    this.title = h("p", { class: "title", dir: "auto" });
    this.round = h("span", { class: "round" });
    this.goal = h("span", { class: "goal" });
    this.fill = h("span", { class: "fill" });
    this.progress = h("div", { class: "progress", role: "progressbar", "aria-label": "Rows labelled", "aria-valuemin": 0 }, this.fill);
    this.reason = h("p", { class: "reason", dir: "auto" });
    this.leave = this.button(["leave", "Back to the queue", "Show the row that is asked now"], "queue");
    this.numbers = h("dl");
    this.details = h("details", { class: "details" }, h("summary", { text: "Numbers" }), this.numbers);
    this.details.addEventListener("toggle", () => this.details.open && this.showNumbers());
    this.classes = new ClassPicker(act, parts.keys);
    this.controls = CONTROLS.map((control) => this.button(control));
    this.practice = PRACTICE.map((control) => this.button(control));
    this.speed = h("button", { type: "button", class: "control speed", title: "How fast Play steps", onclick: () => act("faster") });
    this.step = h("span", { class: "step" });
    this.known = h("p", { class: "known", role: "status" });
    this.practising = h("div", { class: "practice" }, h("div", { class: "bar" }, ...this.practice.map(({ node }) => node), this.speed, this.step), this.known);
    this.status = h("span", { class: "status" });
    this.asking = h("button", { type: "button", class: "link", "aria-keyshortcuts": "?", "aria-expanded": "false", onclick: () => act("help"), text: "Keys ?" });
    this.live = h("p", { class: "live", "aria-live": "polite" });
    this.empty = h("p", { class: "empty" });
    const head = h("header", {}, h("div", { class: "line" }, this.row, this.given, parts.finder.node), this.title);
    const where = h("div", { class: "where" }, this.round, this.goal);
    this.why = h("div", { class: "why" }, this.reason, h("div", { class: "under" }, this.details, this.leave.node));
    const foot = h("div", { class: "state" }, this.status, this.asking);
    const bar = h("div", { class: "bar controls" }, ...this.controls.map(({ node }) => node));
    root.append(head, where, this.progress, this.empty, this.why, this.classes.node, bar, parts.guess.node, parts.nearDuplicates.node, this.practising, foot, parts.panel.node, parts.note.node, parts.card.node, parts.history.node, this.live);
  }

  /** @param {Control} control */
  button([action, name, title], kind = "") {
    const key = h("kbd", { "aria-hidden": "true" });
    const onclick = (/** @type {MouseEvent} */ event) => this.click(event, action);
    const props = { type: "button", class: `control ${kind}`, "data-action": action, onclick };
    const node = h("button", props, action === "leave" ? null : icon(/** @type {Icon} */ (action)), h("span", { class: "name", text: name }), key);
    return { action, title, node, key };
  }

  /** Writes the current keys on the buttons. */
  rekey() {
    for (const { action, title, node, key } of [...this.controls, ...this.practice, this.leave]) {
      const keys = this.parts.keys.spoken(action);
      setText(key, badge(this.parts.keys.of(action)[0]));
      setAttribute(node, "aria-keyshortcuts", keys.join(" "));
      setAttribute(node, "title", `${title} (${keys.join(" or ")})`);
    }
  }

  /**
   * Acts on a click. Enter gives the revealed class, so a mouse click on Reveal must not keep the focus.
   *
   * @param {MouseEvent} event
   * @param {PadAction} action
   */
  click(event, action) {
    if (action === "reveal" && event.detail > 0 && event.currentTarget instanceof HTMLElement) event.currentTarget.blur();
    this.act(action);
  }

  toggleHelp() {
    setAttribute(this.asking, "aria-expanded", String(this.parts.panel.toggle()));
  }

  /**
   * Lights the button of the answer for a short time.
   *
   * @param {Element | undefined} node
   */
  flash(node) {
    if (!node || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    node.animate([{ boxShadow: "0 0 0 2px var(--pad-accent)" }, { boxShadow: "0 0 0 2px transparent" }], 260);
  }

  /** @param {Seen} seen */
  show(seen) {
    const { data, item, given: entry, state, place, practice } = seen;
    this.seen = seen;
    const { root } = this;
    setAttribute(root, "data-row", item?.row);
    setAttribute(root, "data-step", item?.step);
    setAttribute(root, "data-model", data.model);
    setAttribute(root, "data-place", place);
    setAttribute(root, "data-mode", data.mode);
    setAttribute(root, "data-waiting", practice.waiting);
    this.classes.build(data.classes);
    setText(this.row, item ? `Row ${item.row}` : data.training ? "One moment" : "Done");
    this.showGiven(entry, seen.classes);
    setText(this.title, seen.title ?? "");
    this.title.hidden = !seen.title;
    this.showProgress(data, state, item);
    setText(this.empty, seen.empty ?? "");
    this.empty.hidden = !seen.empty;
    this.why.hidden = !item;
    setText(this.reason, item ? whyNow(item, entry, place) : "");
    setAttribute(this.reason, "title", item?.reason);
    this.leave.node.hidden = place === "queue";
    if (this.details.open) this.showNumbers();
    this.classes.show(state.counts, item ? labelOf(entry) : undefined, practice.known, !item);
    for (const { action, node } of this.controls) node.disabled = isIdle(action, seen);
    this.practising.hidden = data.mode !== "practise";
    if (!this.practising.hidden) this.showPractice(seen);
  }

  /**
   * @param {Given | undefined} entry
   * @param {Classes} classes
   */
  showGiven(entry, classes) {
    const key = entry ? `${entry.action} ${entry.class} ${entry.class == null ? "" : classes.get(entry.class)?.name}` : "";
    if (this.givenKey === key) return;
    this.givenKey = key;
    this.given.replaceChildren(...(entry ? [verdict(entry, classes)] : []));
  }

  /**
   * @param {PadData} data
   * @param {State} state
   * @param {Item | null} item
   */
  showProgress({ round, round_size: size, goal, audit }, { labeled, roundDone }, item) {
    const place = size ? ` · ${Math.min(Math.max(roundDone, 0), size)} of ${size}` : "";
    const auditing = item?.audit && audit ? `Audit · ${audit.answered} of ${audit.size} judged` : null;
    setText(this.round, auditing ?? (round == null ? "" : `Round ${round}${place}`));
    setAttribute(this.round, "title", size ? `${plural(size, "label")} make a round; then a new network is trained` : null);
    setText(this.goal, goal ? `${number(labeled)} of ${number(goal)}` : plural(labeled, "label"));
    setAttribute(this.goal, "title", goal ? "Rows labelled, of the goal" : null);
    this.progress.hidden = !goal;
    this.fill.style.transform = `scaleX(${goal ? Math.min(1, Math.max(0, labeled / goal)) : 0})`;
    setAttribute(this.progress, "aria-valuemax", goal);
    setAttribute(this.progress, "aria-valuenow", labeled);
  }

  showNumbers() {
    if (!this.seen?.item) return;
    const { data, item, classes, nearestClass } = this.seen;
    const near = nearestClass == null ? undefined : classes.get(nearestClass);
    const [strategy, space] = [item.strategy ?? "–", item.space ?? "–"];
    /** @type {[name: string, value: Node | string][]} */
    const lines = [
      ["Chosen by", data.strategies?.[strategy] ?? WITHOUT_STRATEGY[strategy] ?? strategy],
      ["Compared by", data.spaces?.[space] ?? space],
    ];
    if (item.radius != null) {
      // A strategy that measures no distances has no centres either.
      lines.push(
        ["Nearest centre", item.nearest == null ? "none yet" : h("span", {}, `row ${item.nearest} `, near ? chip(near) : null)],
        ["Distance to it", number(item.distance)],
        ["Covering radius after this row", number(item.radius)],
      );
    }
    lines.push(...(item.facts ?? []));
    this.numbers.replaceChildren(...lines.flatMap(([name, value]) => [h("dt", { text: name }), h("dd", {}, value)]));
  }

  /** @param {Seen} seen */
  showPractice({ item, practice, place }) {
    const [reveal, step, play] = this.practice.map(({ node }) => node);
    reveal.disabled = !item;
    step.disabled = play.disabled = practice.over && place === "queue";
    setText(play.querySelector(".name"), practice.playing ? "Pause" : "Play");
    setAttribute(play, "aria-pressed", String(practice.playing));
    setIcon(play, practice.playing ? "pause" : "play");
    setText(this.speed, `${practice.speed}×`);
    setAttribute(this.speed, "aria-label", `Speed ${practice.speed} times`);
    setText(this.step, item?.step == null ? "" : `Step ${number(item.step)}`);
    setText(this.known, practice.sentence());
  }

  /**
   * @param {string} text
   * @param {string} kind
   * @param {number} pending
   */
  showStatus(text, kind, pending) {
    setText(this.status, text);
    setAttribute(this.status, "data-kind", kind);
    setAttribute(this.root, "data-pending", String(pending));
  }

  /** @param {string} text */
  announce(text) {
    setText(this.live, text);
  }

  /**
   * Returns the button of an action or a class.
   *
   * @param {PadAction} action
   * @param {number | null} classId
   */
  nodeOf(action, classId) {
    if (action === "label") return classId === null ? undefined : this.classes.nodeOf(classId);
    return [...this.controls, ...this.practice].find((control) => control.action === action)?.node;
  }
}

/**
 * Whether an action can do nothing now.
 *
 * @param {PadAction} action
 * @param {Seen} seen
 */
function isIdle(action, { data, state, item, place }) {
  if (action === "undo") return !state.entries.length;
  if (action === "redo") return !state.redo.length;
  if (action === "back") return !state.effective.size;
  if (action === "guess") return !item || Boolean(item.audit) || !data.guess_url;
  if (action === "forward") return place === "queue";
  return !item;
}

/**
 * @param {Item} item
 * @param {Given | undefined} entry
 * @param {PlaceKind} place
 */
function whyNow(item, entry, place) {
  if (place === "chosen") return entry ? "This row was answered before: another answer replaces that one." : item.reason || "You chose this row yourself.";
  if (place === "trail" && !item.reason) return "You answered this row before: another answer replaces it.";
  return item.reason ?? "";
}

// The elements of the label pad: built once, then only their texts and marks change, so that the focus stays and
// nothing jumps. What is to be seen comes in; clicks go out as actions.

import { chip, h, icon, number, plural, setAttribute, setIcon, setText } from "./dom.js";
import { labelOf } from "./state.js";
import { verdict } from "./lists.js";
import { ClassPicker } from "./classes.js";
import { badge } from "./keys.js";

const CONTROLS = [
  ["undo", "Undo", "Take back your last answer and show its row again"],
  ["redo", "Redo", "Bring back what you took back last"],
  ["back", "Back", "Show the row before, to look at it or correct it"],
  ["forward", "Forward", "Show the row after, up to the one that is asked now"],
  ["unsure", "Unsure", "You cannot tell. The row stays without a label, and rows much like it are not asked again"],
  ["later", "Later", "Not now. The row comes back at the end of its round"],
  ["discard", "Discard", "The row does not belong here: it leaves the table's rows to label, the map and the estimates"],
  ["guess", "Guess", "Show what the network makes of this row, or hide it again. It may lead you"],
];
const PRACTICE = [
  ["reveal", "Reveal", "Show the known label of this row"],
  ["step", "Step", "Let the known label answer this row"],
  ["play", "Play", "Step by itself until the round is complete, then with the next network"],
];
const WITHOUT_STRATEGY = { audit: "drawn at random" };

export class View {
  constructor(root, act, parts) {
    Object.assign(this, { act, root, parts });
    this.row = h("h3", { class: "row" });
    this.given = h("span", { class: "has" });
    this.title = h("p", { class: "title", dir: "auto" });
    this.round = h("span", { class: "round" });
    this.goal = h("span", { class: "goal" });
    this.fill = h("span", { class: "fill" });
    this.progress = h("div", { class: "progress", role: "progressbar", "aria-label": "Rows labelled", "aria-valuemin": 0 }, this.fill);
    this.reason = h("p", { class: "reason", dir: "auto" });
    this.leave = this.button("leave", "Back to the queue", "Show the row that is asked now", "queue");
    this.numbers = h("dl");
    this.details = h("details", { class: "details" }, h("summary", { text: "Numbers" }), this.numbers);
    this.details.addEventListener("toggle", () => this.details.open && this.showNumbers());
    this.classes = new ClassPicker(act, parts.keys);
    this.controls = CONTROLS.map((control) => this.button(...control));
    this.practice = PRACTICE.map((control) => this.button(...control));
    this.speed = h("button", { type: "button", class: "control speed", title: "How fast Play steps", onclick: () => act("faster") });
    this.step = h("span", { class: "step" });
    this.known = h("p", { class: "known", role: "status" });
    this.practising = h("div", { class: "practice" }, h("div", { class: "bar" }, ...this.practice, this.speed, this.step), this.known);
    this.status = h("span", { class: "status" });
    this.asking = h("button", { type: "button", class: "link", "aria-keyshortcuts": "?", "aria-expanded": "false", onclick: () => act("help"), text: "Keys ?" });
    this.live = h("p", { class: "live", "aria-live": "polite" });
    this.empty = h("p", { class: "empty" });
    const head = h("header", {}, h("div", { class: "line" }, this.row, this.given, parts.finder.node), this.title);
    const where = h("div", { class: "where" }, this.round, this.goal);
    this.why = h("div", { class: "why" }, this.reason, h("div", { class: "under" }, this.details, this.leave));
    const foot = h("div", { class: "state" }, this.status, this.asking);
    const bar = h("div", { class: "bar controls" }, ...this.controls);
    root.append(head, where, this.progress, this.empty, this.why, this.classes.node, bar, parts.guess.node, parts.twins.node, this.practising, foot, parts.panel.node, parts.note.node, parts.card.node, parts.history.node, this.live);
  }

  button(action, name, title, kind = "") {
    const props = { type: "button", class: `control ${kind}`, "data-action": action, "data-title": title, onclick: (event) => this.click(event, action) };
    const picture = PICTURED.has(action) ? icon(action) : null;
    return h("button", props, picture, h("span", { class: "name", text: name }), h("kbd", { "aria-hidden": "true" }));
  }

  /** Writes the keys as they are now on the buttons. */
  rekey() {
    for (const button of [...this.controls, ...this.practice, this.leave]) {
      const { action, title } = button.dataset;
      const keys = this.parts.keys.spoken(action);
      setText(button.lastChild, badge(this.parts.keys.of(action)[0]));
      setAttribute(button, "aria-keyshortcuts", keys.join(" "));
      setAttribute(button, "title", `${title} (${keys.join(" or ")})`);
    }
  }

  /** Enter gives what was revealed, so a mouse click on Reveal must not keep the focus. */
  click(event, action) {
    if (action === "reveal" && event.detail > 0) event.currentTarget.blur();
    this.act(action);
  }

  toggleHelp() {
    setAttribute(this.asking, "aria-expanded", String(this.parts.panel.toggle()));
  }

  /** A short gleam on the class or control that answered. */
  flash(node) {
    if (!node || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    node.animate([{ boxShadow: "0 0 0 2px var(--pad-accent)" }, { boxShadow: "0 0 0 2px transparent" }], 260);
  }

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
    this.leave.hidden = place === "queue";
    if (this.details.open) this.showNumbers();
    this.classes.show(state.counts, item ? labelOf(entry) : undefined, practice.known, !item);
    for (const button of this.controls) button.disabled = this.isIdle(button.dataset.action);
    this.practising.hidden = data.mode !== "practise";
    if (!this.practising.hidden) this.showPractice();
  }

  isIdle(action) {
    const { state, item, place } = this.seen;
    if (action === "undo") return !state.entries.length;
    if (action === "redo") return !state.redo.length;
    if (action === "back") return !state.effective.size;
    if (action === "guess") return !item || Boolean(item.audit) || !this.seen.data.guess_url;
    if (action === "forward") return place === "queue";
    return !item;
  }

  showGiven(entry, classes) {
    const key = entry ? `${entry.action} ${entry.class} ${classes.get(entry.class)?.name}` : "";
    if (this.givenKey === key) return;
    this.givenKey = key;
    this.given.replaceChildren(...(entry ? [verdict(entry, classes)] : []));
  }

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
    const { data, item, classes, nearestClass } = this.seen;
    if (!item) return;
    const near = classes.get(nearestClass);
    const lines = [
      ["Chosen by", data.strategies?.[item.strategy] ?? WITHOUT_STRATEGY[item.strategy] ?? item.strategy ?? "–"],
      ["Compared by", data.spaces?.[item.space] ?? item.space ?? "–"],
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

  showPractice() {
    const { item, practice, state, place } = this.seen;
    const [reveal, step, play] = this.practice;
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

  showStatus(text, kind, pending) {
    setText(this.status, text);
    setAttribute(this.status, "data-kind", kind);
    setAttribute(this.root, "data-pending", String(pending));
  }

  announce(text) {
    setText(this.live, text);
  }

  nodeOf(action, classId) {
    if (action === "label") return this.classes.nodeOf(classId);
    return [...this.controls, ...this.practice].find((button) => button.dataset.action === action);
  }
}

const PICTURED = new Set(["undo", "redo", "guess", "back", "forward", "unsure", "later", "discard", "reveal", "step", "play"]);

function whyNow(item, entry, place) {
  if (place === "chosen") return entry ? "This row was answered before: another answer replaces that one." : item.reason || "You chose this row yourself.";
  if (place === "trail" && !item.reason) return "You answered this row before: another answer replaces it.";
  return item.reason ?? "";
}

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Browser, load } from "./browser.js";
import { asked, given, said } from "./pad_data.js";

const { Decisions } = await load("label_pad/decisions.js");
const { Practice } = await load("label_pad/practice.js");

const SAID = { mode: "practise", round_size: 2 };
let decisions;
let pad;
let practice;
beforeEach(async () => {
  const { outbox } = await new Browser().open();
  decisions = new Decisions(outbox, said(SAID), () => practice.count());
  pad = {
    covered: false,
    show() {},
    isCovered: () => pad.covered,
    forward: () => decisions.forward(),
    answer: (action, classId, source = "human") => {
      if (source === "human") practice.taken();
      decisions.answer(decisions.item, action, classId, source);
    },
  };
  practice = new Practice(decisions, pad);
});

const answered = () => [...decisions.state.effective.keys()];
/** The server has heard all, and says more; then the pad looks whether a Step waits. */
const hear = (more) => {
  const acks = { [decisions.outbox.client]: decisions.outbox.seq };
  const history = decisions.state.entries.map((entry, at) => given(at + 1, entry.row, { client: entry.client, seq: entry.seq }));
  decisions.update(said({ ...SAID, acks, history, ...more }), Boolean(decisions.item) && !practice.waiting);
  practice.count();
  practice.updated();
};

test("Step lets the oracle answer until the round is complete, then waits for the next network", () => {
  practice.step();
  practice.step();
  assert.deepEqual(answered(), [10, 11]);
  assert.deepEqual(decisions.outbox.items.map(({ source, class: id }) => [source, id]), [["oracle", null], ["oracle", null]]);
  assert.equal(practice.blocked, true);
  practice.step();
  assert.deepEqual([answered(), practice.waiting], [[10, 11], true]);
  assert.match(practice.sentence(), /^Round 1 is complete: training on 2 labels…$/);
  hear({ training: true, round_done: 2 });
  assert.deepEqual(answered(), [10, 11]);
  hear({ model: 2, round: 2, round_done: 0, queue: [asked(20, 3), asked(21, 4)] });
  assert.deepEqual([answered(), practice.waiting], [[10, 11, 20], false]);
});

test("the round that the server counts anew before its network is there is still complete", () => {
  practice.step();
  practice.step();
  hear({ training: true, round_done: 0 });
  assert.equal(practice.blocked, true);
});

test("an undo reopens the round", () => {
  practice.step();
  practice.step();
  practice.taken();
  decisions.undo();
  assert.equal(practice.blocked, false);
});

test("Step goes over what was given already", () => {
  practice.step();
  decisions.back();
  practice.step();
  assert.deepEqual([decisions.place, answered()], ["queue", [10]]);
});

test("Play steps by itself at its speed, and rests while nobody can see it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    decisions.update(said({ ...SAID, round_size: 10 }), true);
    practice.faster(); // twice as fast
    practice.toggle();
    assert.deepEqual(answered(), [10]);
    mock.timers.tick(449);
    assert.deepEqual(answered(), [10]);
    mock.timers.tick(1);
    assert.deepEqual(answered(), [10, 11]);
    pad.covered = true;
    mock.timers.tick(450);
    assert.deepEqual(answered(), [10, 11]);
    pad.covered = false;
    mock.timers.tick(450);
    assert.deepEqual(answered(), [10, 11, 12]);
    practice.toggle();
    assert.equal(practice.playing, false);
  } finally {
    mock.timers.reset();
  }
});

test("a person's answer stops Play", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    decisions.update(said({ ...SAID, round_size: 10 }), true);
    practice.toggle();
    pad.answer("label", 1);
    mock.timers.tick(10_000);
    assert.deepEqual([practice.playing, answered()], [false, [10, 11]]);
  } finally {
    mock.timers.reset();
  }
});

test("Play ends where nothing is left", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    practice.toggle();
    decisions.update(said({ ...SAID, acks: { [decisions.outbox.client]: 1 }, queue: [] }), false);
    practice.updated();
    assert.deepEqual([practice.over, practice.playing], [true, false]);
  } finally {
    mock.timers.reset();
  }
});

test("the revealed class is of the row on screen, and Enter gives it", async (context) => {
  globalThis.location = { href: "http://localhost/" };
  const asked_ = [];
  context.mock.method(globalThis, "fetch", async (url) => (asked_.push(String(url)), { ok: true, json: async () => ({ class: 2 }) }));
  decisions.update(said({ ...SAID, truth_url: "/truth" }), true);
  await practice.reveal(10);
  assert.deepEqual(asked_, ["http://localhost/truth?row=10"]);
  assert.equal(practice.known, 2);
  assert.equal(practice.sentence(), "The known label is owl: press 3 or Enter to give it.");
  practice.accept();
  assert.deepEqual([decisions.outbox.items[0].class, decisions.outbox.items[0].source], [2, "human"]);
  assert.equal(practice.known, undefined); // another row is on screen
  practice.accept();
  assert.equal(decisions.outbox.pending, 1);
});

test("a label that could not be loaded is said, and Enter gives nothing", async (context) => {
  globalThis.location = { href: "http://localhost/" };
  context.mock.method(globalThis, "fetch", async () => ({ ok: false }));
  decisions.update(said({ ...SAID, truth_url: "/truth" }), true);
  await practice.reveal(10);
  assert.match(practice.sentence(), /could not be loaded/);
  practice.accept();
  assert.equal(decisions.outbox.pending, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./browser.js";
import { asked, given, said } from "./pad_data.js";

const { combine, evidence, neighbor, nextQueue } = await load("label_pad/state.js");

const decided = (seq, row, more = {}) => ({
  client: "me", seq, action: "label", row, class: 1, model: 1, round: 1, step: 1, source: "human", undoes: null, ...more,
});
const undo = (seq, of, more = {}) => decided(seq, of.row, { action: "undo", class: null, undoes: { client: of.client, seq: of.seq }, ...more });
const answers = ({ effective }) => Object.fromEntries(Array.from(effective, ([row, entry]) => [row, entry.action === "label" ? entry.class : entry.action]));

test("what was decided lies over the history, and counts from the server are corrected by it", () => {
  const history = [given(1, 4), given(2, 5, { class: 2 })];
  const classes = [0, 1, 2].map((id) => ({ id, count: id === 1 ? 0 : 1 }));
  const state = combine(said({ history, classes }), [decided(1, 5), decided(2, 6), decided(3, 4, { action: "unsure", class: null })]);
  assert.deepEqual(answers(state), { 4: "unsure", 5: 1, 6: 1 });
  assert.deepEqual([state.labeled, state.roundDone], [2, 2]); // 4 is no longer labeled, 6 is
  assert.deepEqual([...state.counts], [[0, 0], [1, 2], [2, 0]]);
  assert.deepEqual(state.answered, new Set([4, 5, 6]));
});

test("what the server acknowledges is in its history, and is laid over it no more", () => {
  const log = [decided(1, 4), decided(2, 5)];
  const state = combine(said({ history: [given(1, 4, { client: "me", class: 2 })], acks: { me: 1 } }), log);
  assert.deepEqual(answers(state), { 4: 2, 5: 1 });
  assert.equal(state.labeled, 2);
  assert.deepEqual(state.answered, new Set([5]));
});

test("audited rows are labeled, and no part of a round", () => {
  const state = combine(said(), [decided(1, 4, { shown: evidence({ audit: true }) }), decided(2, 5)]);
  assert.deepEqual([state.labeled, state.roundDone], [2, 1]);
});

test("an undo takes its answer back: what was before holds again", () => {
  const first = decided(1, 4);
  const second = decided(2, 4, { class: 2 });
  const log = [first, second, undo(3, second)];
  assert.deepEqual(answers(combine(said(), log)), { 4: 1 });
  assert.deepEqual(answers(combine(said(), [...log, undo(4, first)])), {});
});

test("an undo of an undo brings back, unless something was decided in between", () => {
  const first = decided(1, 4);
  const taken = undo(2, first);
  assert.deepEqual(combine(said(), [first, taken]).redo.map(({ client, seq, entries }) => [client, seq, entries[0].row]), [["me", 2, 4]]);
  assert.deepEqual(answers(combine(said(), [first, taken, undo(3, taken)])), { 4: 1 });
  assert.deepEqual(combine(said(), [first, taken, undo(3, taken)]).redo, []);
  assert.deepEqual(combine(said(), [first, taken, decided(3, 5)]).redo, []);
});

test("the server's undone answers can be brought back, the next last", () => {
  const redo = [7, 6].map((seq) => ({ client: "me", seq, entry: given(seq - 5, seq) }));
  const state = combine(said({ redo, acks: { me: 7 } }), []);
  assert.deepEqual(state.redo.map(({ seq }) => seq), [6, 7]);
  const back = decided(8, 7, { action: "undo", class: null, undoes: { client: "me", seq: 7 } });
  assert.deepEqual(answers(combine(said({ redo, acks: { me: 7 } }), [back])), { 7: 0 });
});

test("an undo of what nobody knows changes nothing", () => {
  const state = combine(said(), [decided(1, 4), undo(2, { client: "else", seq: 9, row: 4 })]);
  assert.deepEqual([answers(state), state.redo], [{ 4: 1 }, []]);
});

test("rows that were discarded together come back together", () => {
  const log = [4, 5, 6].map((row, at) => decided(at + 1, row, { action: "discard", class: null, batch: row === 4 ? null : "b" }));
  const state = combine(said(), [...log, undo(4, log[2])]);
  assert.deepEqual(answers(state), { 4: "discard" });
  assert.deepEqual(state.redo[0].entries.map(({ row }) => row), [5, 6]);
});

test("a client's name may hold a colon", () => {
  const first = decided(1, 4, { client: "a:b" });
  const [redo] = combine(said(), [first, undo(2, first, { client: "a:b" })]).redo;
  assert.deepEqual([redo.client, redo.seq], ["a:b", 2]);
});

test("a note is no answer, and the newest one holds", () => {
  const notes = [decided(1, 4, { action: "note", note: "odd" }), decided(2, 4, { action: "note", note: "very odd" })];
  const state = combine(said(), [...notes, decided(3, 5, { action: "note", note: "" })]);
  assert.deepEqual(answers(state), {});
  assert.deepEqual([...state.notes], [[4, "very odd"], [5, ""]]);
  assert.equal(state.answered.size, 0);
});

test("a class that the pad does not know is not counted", () => {
  const state = combine(said(), [decided(1, 4, { class: 99 }), decided(2, 5, { class: null })]);
  assert.deepEqual([...state.counts.values()], [0, 0, 0]);
  assert.equal(state.labeled, 2);
});

test("the server tells of 300 answers: there may be older ones", () => {
  const history = Array.from({ length: 300 }, (_, k) => given(k + 1, k));
  assert.equal(combine(said({ history }), []).cut, true);
  assert.equal(combine(said({ history: history.slice(1) }), []).cut, false);
});

// ---- the queue ----

const tab = { client: "me", hold: true, onScreen: 10, saved: 0 };
const rows = (queue) => queue.map(({ row }) => row);
const before = (data = said()) => nextQueue([], data, combine(data, []), { ...tab, hold: false });

test("the queue is the server's, each row with the network that asked for it", () => {
  const queue = before(said({ queue: [asked(10, 1), asked(11, 2, { model: 0, round: 0 })], model: 3, round: 4 }));
  assert.deepEqual(queue.map(({ row, model, round }) => [row, model, round]), [[10, 3, 4], [11, 0, 0]]);
});

test("the row on screen and the one after stay when a new network asks for others", () => {
  const data = said({ model: 2, queue: [asked(20, 1), asked(21, 2)] });
  const next = nextQueue(before(), data, combine(data, []), tab);
  assert.deepEqual(rows(next), [10, 11, 20, 21]);
  assert.deepEqual(next.map(({ model }) => model), [1, 1, 2, 2]);
  assert.deepEqual(rows(nextQueue(before(), data, combine(data, []), { ...tab, hold: false })), [20, 21]);
});

test("what this tab has answered is not asked again before the server has heard of it", () => {
  const state = combine(said(), [decided(1, 10)]);
  assert.deepEqual(rows(nextQueue(before().slice(1), said(), state, { ...tab, onScreen: 11 })), [11, 12, 13]);
});

test("what another tab has answered leaves the queue, but never from under a person", () => {
  const data = said({ history: [given(1, 10), given(2, 11)], queue: [asked(12, 1), asked(13, 2)] });
  assert.deepEqual(rows(nextQueue(before(), data, combine(data, []), tab)), [10, 12, 13]);
});

test("a word that was overtaken by a newer one changes nothing", () => {
  const old = before();
  const data = said({ acks: { me: 3 }, queue: [asked(20, 1)] });
  assert.equal(nextQueue(old, data, combine(data, []), { ...tab, saved: 4 }), old);
});

test("a row whose answer was taken back stays until the server knows of it", () => {
  const old = [...before().slice(0, 3), { ...asked(30, 9), model: 1, round: 1, restored: 5 }];
  const data = (seq) => said({ acks: { me: seq } });
  assert.ok(rows(nextQueue(old, data(4), combine(data(4), []), tab)).includes(30));
  assert.ok(!rows(nextQueue(old, data(5), combine(data(5), []), tab)).includes(30));
});

test("a pick that moved up says its new step, and keeps why it was asked", () => {
  const data = said({ queue: [asked(11, 1, { reason: "otherwise" })] });
  const next = nextQueue(before(), data, combine(data, []), tab);
  assert.deepEqual(next.map(({ row, step, reason }) => [row, step, reason]), [[10, 1, "Row 10 is far."], [11, 1, "Row 11 is far."]]);
});

test("back and forward go along the answered rows", () => {
  const state = combine(said({ history: [given(1, 4), given(2, 5), given(3, 6)] }), []);
  assert.equal(neighbor(state, undefined, -1), 6);
  assert.equal(neighbor(state, 6, -1), 5);
  assert.equal(neighbor(state, 4, -1), 4);
  assert.equal(neighbor(state, 4, 1), 5);
  assert.equal(neighbor(state, 6, 1), undefined);
  assert.equal(neighbor(state, 99, 1), undefined);
  assert.equal(neighbor(combine(said(), []), undefined, -1), undefined);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Browser, load } from "./browser.js";
import { asked, given, said } from "./pad_data.js";

const { Decisions } = await load("label_pad/decisions.js");

let told;
let desk;
let outbox;
beforeEach(async () => {
  ({ outbox } = await new Browser().open());
  told = [];
  desk = new Decisions(outbox, said(), (row) => told.push(row));
});

const rows = () => desk.queue.map(({ row }) => row);
const sent = () => outbox.value().items.map(({ action, row, class: id }) => [action, row, id]);
const answer = (action, classId = null, source = "human") => desk.answer(desk.item, action, classId, source);
const hear = (more) => desk.update(said({ acks: { [outbox.client]: outbox.seq }, ...more }), true);

test("an answer is in the outbox and the next row on screen at once", () => {
  assert.equal(desk.item.row, 10);
  answer("label", 2);
  assert.equal(desk.item.row, 11);
  answer("unsure");
  assert.deepEqual(sent(), [["label", 10, 2], ["unsure", 11, null]]);
  assert.deepEqual(rows(), [12, 13]);
  assert.deepEqual(told, [10, 11]);
  assert.deepEqual(desk.state.counts, new Map([[0, 0], [1, 0], [2, 1]]));
});

test("an answer says who asked for the row, what was on screen and when it was pressed", () => {
  answer("label", 2);
  const [item] = outbox.value().items;
  assert.deepEqual([item.model, item.round, item.step, item.saw, item.source], [1, 1, 1, 7, "human"]);
  assert.ok(Math.abs(item.pressed - Date.now() / 1000) < 60);
});

test("the oracle's answer has no class yet, and labels the row all the same", () => {
  answer("label", null, "oracle");
  assert.deepEqual([sent(), desk.state.labeled, outbox.value().items[0].source], [[["label", 10, null]], 1, "oracle"]);
});

test("undo puts the row back on screen as it was asked", () => {
  answer("label", 2);
  const taken = desk.undo();
  assert.deepEqual([taken.row, taken.class], [10, 2]);
  assert.deepEqual(rows(), [10, 11, 12, 13]);
  assert.equal(desk.item.reason, "Row 10 is far.");
  assert.equal(desk.place, "queue");
  assert.deepEqual(outbox.value().items[1].undoes, { client: outbox.client, seq: 1 });
  assert.equal(desk.state.labeled, 0);
  assert.equal(desk.isOld, true); // it may have a label of the table
  desk.update(said({ queue: [asked(20, 1)] }), false); // the server has not heard of it
  assert.deepEqual(rows(), [10, 20]);
  assert.equal(desk.undo(), undefined);
});

test("undo of what was given together, or of a note, shows the row as chosen with why it was asked", () => {
  for (const more of [{ batch: "b" }, { action: "note", note: "odd" }]) {
    hear({ history: [given(1, 4, { reason: "Row 4 was far.", ...more })] });
    desk.undo();
    assert.deepEqual([desk.item.row, desk.place, desk.item.reason], [4, "chosen", "Row 4 was far."]);
  }
});

test("undo of a correction shows the row as chosen, with the answer before", () => {
  hear({ history: [given(1, 4)], queue: [asked(10, 2)] });
  desk.choose(4);
  answer("label", 1);
  desk.undo();
  assert.deepEqual([desk.item.row, desk.place, desk.state.effective.get(4).class], [4, "chosen", 0]);
});

test("redo brings the answer back and goes on with the queue", () => {
  answer("label", 2);
  assert.deepEqual(desk.redo(), []);
  desk.undo();
  assert.deepEqual(desk.redo().map(({ row }) => row), [10]);
  assert.deepEqual([rows(), desk.item.row, desk.state.effective.get(10).class], [[11, 12, 13], 11, 2]);
});

test("undo and redo over several answers, the last first", () => {
  for (const id of [0, 1, 2]) answer("label", id);
  assert.deepEqual([desk.undo().row, desk.undo().row], [12, 11]);
  assert.deepEqual(rows(), [11, 12, 13]);
  assert.deepEqual([desk.redo()[0].row, desk.redo()[0].row], [11, 12]);
  assert.deepEqual(rows(), [13]);
});

test("an answer of another tab can be undone here", () => {
  hear({ history: [given(1, 4, { client: "other", seq: 31 })] });
  desk.undo();
  assert.deepEqual(outbox.value().items[0].undoes, { client: "other", seq: 31 });
  assert.equal(desk.item.row, 4);
});

test("rows discarded together are one decision", () => {
  desk.discard([11, 13]);
  assert.deepEqual(rows(), [10, 12]);
  const [one, two] = outbox.value().items;
  assert.ok(one.batch && one.batch === two.batch);
  desk.undo();
  assert.equal(desk.state.effective.size, 0);
  assert.deepEqual(desk.redo().map(({ row }) => row), [11, 13]);
});

test("a note leaves the queue as it is; its undo shows the row", () => {
  desk.annotate(12, "odd");
  assert.deepEqual([rows(), desk.item.row, desk.state.notes.get(12)], [[10, 11, 12, 13], 10, "odd"]);
  desk.undo();
  assert.deepEqual([desk.item.row, desk.place, desk.state.notes.get(12)], [12, "chosen", undefined]);
});

test("back goes along what was answered, forward returns to the row that is asked", () => {
  answer("label", 0);
  answer("label", 1);
  desk.back();
  assert.deepEqual([desk.item.row, desk.place], [11, "trail"]);
  desk.back();
  desk.back();
  assert.equal(desk.item.row, 10);
  desk.forward();
  assert.equal(desk.item.row, 11);
  desk.forward();
  assert.deepEqual([desk.item.row, desk.place], [12, "queue"]);
});

test("a correction on the way back goes on to the next answered row", () => {
  answer("label", 0);
  answer("label", 1);
  desk.back();
  desk.back();
  answer("label", 2);
  assert.deepEqual([desk.item.row, desk.state.effective.get(10).class], [11, 2]);
});

test("a chosen row belongs to the network that asked for it", () => {
  desk.update(said({ queue: [asked(10, 1), asked(11, 2, { model: 0, round: 0 })] }), false);
  desk.choose(11);
  assert.deepEqual([desk.item.model, desk.item.round], [0, 0]);
  desk.choose(99);
  assert.deepEqual([desk.item.model, desk.item.round], [1, 1]);
});

test("a row can be chosen and left again; the one on screen is not chosen", () => {
  desk.choose(99);
  assert.deepEqual([desk.item.row, desk.item.step, desk.item.model, desk.place, desk.isOld], [99, null, 1, "chosen", true]);
  desk.leave();
  desk.choose(10);
  assert.equal(desk.place, "queue");
});

test("a chosen row that is answered has what the history holds", () => {
  hear({ history: [given(1, 4)] });
  desk.choose(4);
  assert.equal(desk.isOld, false);
});

test("the server's word keeps the row on screen and takes over the rest", () => {
  answer("label", 2);
  hear({ model: 2, queue: [asked(20, 2), asked(21, 3)], history: [given(1, 10)] });
  assert.deepEqual(rows(), [11, 12, 20, 21]);
});

test("a row that another tab has answered stays as long as it is on screen", () => {
  const answers = { history: [given(1, 10), given(2, 11)], queue: [asked(12, 3)] };
  hear(answers);
  assert.deepEqual(rows(), [10, 12]);
  desk.choose(99);
  hear(answers);
  assert.deepEqual(rows(), [12]);
});

test("an older word of the server that comes late changes neither queue nor answers", () => {
  answer("label", 2);
  hear({ history: [given(1, 10, { client: outbox.client, class: 2 })], queue: [asked(11, 2)] });
  const before = rows();
  desk.update(said(), true);
  assert.deepEqual(rows(), before);
  assert.equal(desk.state.effective.get(10).class, 2);
});

test("what a closed tab decided is effective here, and asked no more", async () => {
  const browser = new Browser();
  const closed = await browser.open();
  new Decisions(closed.outbox, said(), () => {}).discard([10, 12]);
  browser.close(closed);
  ({ outbox } = await browser.open());
  desk = new Decisions(outbox, said(), () => {});
  assert.equal(await outbox.adopt(), true);
  desk.adopted();
  assert.deepEqual(rows(), [10, 11, 13]); // the one on screen is not taken away
  assert.deepEqual([...desk.state.effective.keys()], [10, 12]);
});

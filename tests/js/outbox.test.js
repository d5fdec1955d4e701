import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Browser, enter, load, Store } from "./browser.js";

const choice = (row, more = {}) => ({
  action: "label", row, class: 0, model: 1, round: 1, step: row, pressed: 12.5, source: "human", undoes: null, saw: 7, ...more,
});
const rows = (items) => items.map(({ row }) => row);

let browser;
beforeEach(() => {
  browser = new Browser();
});

test("what is pushed is numbered, kept in the browser and sent until it is acknowledged", async () => {
  const { outbox } = await browser.open();
  for (const row of [5, 6, 7]) outbox.push(choice(row));
  assert.deepEqual(outbox.items.map(({ seq }) => seq), [1, 2, 3]);
  assert.deepEqual(browser.stored(outbox.client), { seq: 3, items: outbox.items });
  const first = outbox.value();
  assert.deepEqual(rows(first.items), [5, 6, 7]);
  assert.deepEqual(rows(outbox.value().items), [5, 6, 7]); // again, since nothing was acknowledged
  outbox.acknowledge({ [outbox.client]: 2, "somebody else": 9 });
  assert.deepEqual(rows(outbox.value().items), [7]);
  assert.deepEqual(rows(browser.stored(outbox.client).items), [7]);
  outbox.acknowledge({ [outbox.client]: 1 }); // a late word takes nothing back
  assert.equal(outbox.pending, 1);
  outbox.acknowledge({ [outbox.client]: 3 });
  assert.equal(outbox.pending, 0);
  assert.equal(outbox.push(choice(8)).seq, 4);
  assert.deepEqual(rows(outbox.log), [5, 6, 7, 8]); // what was decided is known, acknowledged or not
});

test("an item is sent with all its fields and without what the pad alone needs", async () => {
  const { outbox } = await browser.open();
  outbox.push(choice(5, { shown: { reason: "far" } }));
  assert.deepEqual(outbox.value().items, [{ seq: 1, ...choice(5), note: null, batch: null }]);
  assert.deepEqual(outbox.items[0].shown, { reason: "far" });
});

test("no message holds more than 500 items", async () => {
  const { outbox } = await browser.open();
  for (let row = 0; row < 501; row++) outbox.push(choice(row));
  assert.equal(outbox.value().items.length, 500);
  assert.equal(outbox.pending, 501);
});

test("a reloaded tab goes on under its name and with its numbers", async () => {
  const tab = await browser.open();
  tab.outbox.push(choice(5));
  tab.outbox.push(choice(6));
  tab.outbox.acknowledge({ [tab.outbox.client]: 2 });
  tab.outbox.push(choice(7));
  browser.close(tab);
  const { outbox } = await browser.open(tab.session);
  assert.equal(outbox.client, tab.outbox.client);
  assert.deepEqual(rows(outbox.value().items), [7]);
  assert.equal(outbox.push(choice(8)).seq, 4);
});

test("no number is given twice, whatever of the outbox was kept", async () => {
  for (const [stored, next] of [[{ seq: 3, items: [] }, 4], [{ seq: 0, items: [{ seq: 5, ...choice(5) }] }, 6]]) {
    const session = new Store();
    session.setItem("dami-client", `client ${next}`);
    browser.localStorage.setItem(`dami-outbox-p-client ${next}`, JSON.stringify(stored));
    const { outbox } = await browser.open(session);
    assert.equal(outbox.push(choice(8)).seq, next);
  }
});

test("a server that knows higher numbers than the browser is believed", async () => {
  const { outbox } = await browser.open();
  outbox.acknowledge({ [outbox.client]: 40 });
  assert.equal(outbox.push(choice(5)).seq, 41);
});

test("a duplicated tab takes a name of its own and leaves the other's outbox alone", async () => {
  const tab = await browser.open();
  tab.outbox.push(choice(5));
  const copy = await browser.open(Object.assign(new Store(), tab.session));
  assert.notEqual(copy.outbox.client, tab.outbox.client);
  assert.equal(copy.session.getItem("dami-client"), copy.outbox.client);
  assert.deepEqual(copy.outbox.items, []);
  assert.equal(await copy.outbox.adopt(), false); // its lock is taken: that tab lives
  assert.deepEqual(rows(browser.stored(tab.outbox.client).items), [5]);
});

test("a reloaded tab waits a moment for the lock that the old page has not let go of", async () => {
  const tab = await browser.open();
  setTimeout(() => browser.close(tab), 50);
  const { outbox } = await browser.open(tab.session);
  assert.equal(outbox.client, tab.outbox.client);
});

test("what a closed tab left is taken over under its old name and numbers, and gone once acknowledged", async () => {
  const closed = await browser.open();
  for (const row of [5, 6]) closed.outbox.push(choice(row));
  browser.close(closed);
  const { outbox } = await browser.open();
  outbox.push(choice(9));
  assert.equal(await outbox.adopt(), true);
  const { client } = closed.outbox;
  assert.deepEqual(outbox.value().orphans.map(({ items, ...box }) => ({ ...box, seqs: items.map(({ seq }) => seq) })), [{ client, seqs: [1, 2] }]);
  assert.deepEqual(outbox.log.map((item) => [item.client, item.row]), [[outbox.client, 9], [client, 5], [client, 6]]);
  assert.equal(outbox.pending, 3);
  outbox.acknowledge({ [client]: 1 });
  assert.deepEqual(rows(outbox.value().orphans[0].items), [6]);
  assert.ok(browser.isHeld(client) && browser.stored(client));
  outbox.acknowledge({ [client]: 2 });
  await Promise.resolve();
  assert.equal(browser.stored(client), null);
  assert.equal(browser.isHeld(client), false);
  assert.deepEqual(outbox.value().orphans, []);
});

test("two living tabs do not take over the same outbox", async () => {
  const closed = await browser.open();
  closed.outbox.push(choice(5));
  const [one, two] = [await browser.open(), await browser.open()];
  browser.close(closed);
  assert.deepEqual([await one.outbox.adopt(), await two.outbox.adopt()], [true, false]);
});

test("closed tabs are looked for now and then, not at every turn", async () => {
  const { outbox } = await browser.open();
  assert.equal(await outbox.adopt(), false);
  const closed = await browser.open();
  closed.outbox.push(choice(5));
  browser.close(closed);
  assert.equal(await outbox.adopt(), false);
  outbox.adopted -= 4000;
  assert.equal(await outbox.adopt(), true);
});

test("an empty outbox of a closed tab is thrown away, a damaged one is left alone, and another project's too", async () => {
  browser.localStorage.setItem("dami-outbox-p-empty", JSON.stringify({ seq: 4, items: [] }));
  browser.localStorage.setItem("dami-outbox-p-damaged", "{");
  browser.localStorage.setItem("dami-outbox-q-other", JSON.stringify({ seq: 1, items: [{ seq: 1, ...choice(5) }] }));
  const { outbox } = await browser.open();
  assert.equal(await outbox.adopt(), false);
  assert.deepEqual(Object.keys(browser.localStorage).sort(), ["dami-outbox-p-damaged", "dami-outbox-q-other"]);
  await Promise.resolve();
  for (const client of ["empty", "damaged"]) assert.equal(browser.isHeld(client), false);
});

test("what is no item is passed over", async () => {
  const items = [{ seq: 1, ...choice(5) }, null, { row: 6 }, { seq: 2, row: "7", action: "label" }, { seq: 3, row: 8 }];
  browser.localStorage.setItem("dami-outbox-p-old", JSON.stringify({ seq: 3, items }));
  const { outbox } = await browser.open();
  await outbox.adopt();
  assert.deepEqual(rows(outbox.value().orphans[0].items), [5]);
});

test("a full storage is noticed, and nothing is lost as long as the page is open", async () => {
  const { outbox } = await browser.open();
  browser.localStorage.fill();
  outbox.push(choice(5));
  assert.equal(outbox.kept, false);
  assert.deepEqual(rows(outbox.value().items), [5]);
});

test("one outbox a project for the life of the page, whatever is mounted again", async () => {
  await browser.open();
  const { Outbox } = await load(`label_pad/outbox.js?again=${Math.random()}`); // a newer version beside it
  const [one, two] = await Promise.all([Outbox.open("p"), Outbox.open("p")]);
  assert.equal(one, two);
  assert.notEqual(await Outbox.open("q"), one);
  assert.equal((await Outbox.open("q")).client, one.client);
});

test("without locks, tabs ask each other", async (context) => {
  context.mock.method(BroadcastChannel.prototype, "addEventListener", function (name, listener) {
    EventTarget.prototype.addEventListener.call(this, name, listener);
    this.unref(); // Node would wait for messages
  });
  const session = new Store();
  const open = async (sessionStorage) => {
    enter({ localStorage: browser.localStorage, sessionStorage });
    window.BroadcastChannel = BroadcastChannel;
    delete globalThis[Symbol.for("dami.label_pad")];
    const { Outbox } = await load(`label_pad/outbox.js?tab=${Math.random()}`);
    return Outbox.open("p");
  };
  const one = await open(session);
  one.push(choice(5));
  const copy = await open(Object.assign(new Store(), session));
  assert.notEqual(copy.client, one.client);
  assert.equal(await copy.adopt(), false); // the other one says that it lives
  browser.localStorage.setItem("dami-outbox-p-closed", JSON.stringify({ seq: 1, items: [{ seq: 1, ...choice(7) }] }));
  copy.adopted = -Infinity;
  assert.equal(await copy.adopt(), true);
  assert.deepEqual([...copy.orphans.keys()], ["closed"]);
});

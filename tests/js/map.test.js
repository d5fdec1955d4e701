import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./browser.js";

const { decodeBits, encodeBits, groupRows, loadColors, loadPoints, MISSING, NEUTRAL, pixelColors } = await load("map/data.js");
const { baseTraces, highlightMarks, rangesOf, RANGE } = await load("map/figure.js");
const { Labels } = await load("map/labels.js");

const base64 = (...bytes) => Buffer.from(bytes).toString("base64");
const answering = (context, body, ok = true) => context.mock.method(globalThis, "fetch", async () => ({ ok, status: ok ? 200 : 404, ...body }));

/** Rows in a line; those in `out` are not on the map. */
const line = (n, out = []) => ({
  n,
  x: Float32Array.from({ length: n }, (_, row) => 100 * (row + 1)),
  y: Float32Array.from({ length: n }, () => 50),
  placed: Uint8Array.from({ length: n }, (_, row) => (out.includes(row) ? 0 : 1)),
});
const nobody = () => false;
const category = (codes) => ({ kind: "category", title: "Kind", names: ["cat", "dog"], palette: ["#FF0000", "#00FF00"], codes: Uint8Array.from(codes), url: "/c" });
const number = (values) => ({ kind: "number", title: "Age", low: 0, high: 10, values: Uint8Array.from(values), url: "/c" });

// ---- what travels ----

test("a bitset has a bit a row, the first row in the lowest", () => {
  assert.equal(encodeBits([0, 9], 10), base64(0b1, 0b10));
  assert.equal(encodeBits([], 9), base64(0, 0));
  const among = decodeBits(base64(0b1, 0b10));
  assert.deepEqual([0, 1, 8, 9, 10, 999].map((row) => Boolean(among(row))), [true, false, false, true, false, false]);
  for (const nothing of [null, undefined, ""]) assert.equal(Boolean(decodeBits(nothing)(0)), false);
});

test("a bitset of many rows comes back as it went", () => {
  const rows = Array.from({ length: 150_000 }, (_, row) => row).filter((row) => row % 7 === 0 || row % 1000 < 3);
  const among = decodeBits(encodeBits(rows, 150_000));
  assert.deepEqual(Array.from({ length: 150_000 }, (_, row) => row).filter((row) => among(row)), rows);
});

test("positions are pairs of 16-bit numbers; the origin and those that are gone have no place", async (context) => {
  const buffer = new DataView(new ArrayBuffer(16));
  [[1, 65535], [0, 0], [0, 300], [7, 8]].forEach(([x, y], row) => (buffer.setUint16(4 * row, x, true), buffer.setUint16(4 * row + 2, y, true)));
  answering(context, { arrayBuffer: async () => buffer.buffer });
  const points = await loadPoints("/map", (row) => row === 3);
  assert.equal(points.n, 4);
  assert.deepEqual([[...points.x], [...points.y], [...points.placed]], [[1, 0, 0, 7], [65535, 0, 300, 8], [1, 0, 1, 0]]);
});

test("a map or colors that are not there are an error", async (context) => {
  answering(context, {}, false);
  await assert.rejects(loadPoints("/map", nobody), /\(404\)/);
  await assert.rejects(loadColors({ url: "/c", title: "" }), /\(404\)/);
});

test("colors are read by their kind", async (context) => {
  const said = { kind: "number", title: "Age", low: 0, high: 9, values: base64(0, 254, 255) };
  answering(context, { json: async () => said });
  assert.deepEqual(await loadColors({ url: "/c", title: "Column" }), { ...said, values: Uint8Array.of(0, 254, 255), url: "/c" });
  answering(context, { json: async () => ({ kind: "category", title: "Kind", names: [], palette: [], codes: base64(1) }) });
  assert.deepEqual((await loadColors({ url: "/c", title: "" })).codes, Uint8Array.of(1));
  assert.equal(await loadColors(null), null);
});

// ---- traces ----

test("without colors all rows are one neutral group, those that are greyed below it", () => {
  const groups = groupRows(line(4, [2]), null, (row) => row === 1);
  assert.deepEqual(groups, [{ dimmed: true, color: NEUTRAL, rows: [1] }, { name: null, color: NEUTRAL, rows: [0, 3] }]);
});

test("a group a category, and one for rows of which nothing is known", () => {
  const groups = groupRows(line(5, [4]), category([1, 0, 255, 1, 0]), nobody);
  assert.deepEqual(groups.map(({ name, color, rows }) => [name, color, rows]), [
    ["cat", "#FF0000", [1]], ["dog", "#00FF00", [0, 3]], ["missing", MISSING, [2]],
  ]);
});

test("numbers are one group with a scale, missing ones beside it", () => {
  const [numbers, missing] = groupRows(line(4), number([0, 255, 254, 127]), nobody);
  assert.deepEqual([numbers.rows, [...numbers.values]], [[0, 2, 3], [0, 254, 127]]);
  assert.deepEqual([numbers.scale[0], numbers.scale.at(-1)], [[0, "#2B5BA8"], [1, "#DBB52F"]]);
  assert.deepEqual([missing.name, missing.rows], ["missing", [1]]);
});

test("each row's pixel has its group's color", () => {
  const points = line(4);
  const red = 0xff0000ff, green = 0xff00ff00; // alpha, blue, green, red
  assert.deepEqual([...pixelColors(4, groupRows(points, category([0, 1, 1, 0]), nobody))], [red, green, green, red]);
  const scaled = pixelColors(4, groupRows(points, number([0, 254, 127, 255]), nobody));
  assert.deepEqual([...scaled].map((pixel) => pixel.toString(16)), ["ffa85b2b", "ff2fb5db", "ff858a83", "ffb8a7c9"]);
  const [dimmed] = pixelColors(1, groupRows(line(1), null, () => true));
  assert.equal(dimmed.toString(16), "40948c8c");
});

test("a trace a group; a bar of the scale only beside numbers", () => {
  const [trace] = baseTraces(line(3), groupRows(line(3), number([0, 127, 254]), nobody), number([]));
  assert.deepEqual([...trace.x], [100, 200, 300]);
  assert.deepEqual(trace.marker.colorbar.ticktext, ["0", "5", "10"]);
  const [cat] = baseTraces(line(2), groupRows(line(2), category([0, 0]), nobody), category([0, 0]));
  assert.deepEqual([cat.name, cat.showlegend, cat.marker], ["cat", true, { size: 7, color: "#FF0000" }]);
});

// ---- marks ----

const kinds = (marks) => marks.map(({ name }) => name);

test("the row on screen has a ring; with its nearest center a line, a ball and the distance", () => {
  const points = line(3, [2]);
  assert.deepEqual(kinds(highlightMarks(points, { row: 0 })), ["row"]);
  const marks = highlightMarks(points, { row: 0, nearest: 1, distance: 1.23456 });
  assert.deepEqual(kinds(marks), ["ball", "line", "center", "row", "distance"]);
  assert.deepEqual([marks[0].x, marks[0].radius, marks[4].text], [200, 100, "d = 1.23"]);
  for (const nearest of [null, -1, 0, 2]) assert.deepEqual(kinds(highlightMarks(points, { row: 0, nearest, distance: 1 })), ["row"]);
  assert.deepEqual(kinds(highlightMarks(points, { row: 0, nearest: 1, distance: Infinity })), ["ball", "line", "center", "row"]);
  assert.deepEqual(highlightMarks(points, { row: 2 }), []);
  assert.deepEqual(highlightMarks(points, null), []);
});

test("what is in view stays; the whole map is fitted anew where a bar comes", () => {
  const view = (x, bar = 0) => ({ width: 600, margin: { l: 0, r: bar }, xaxis: { range: x, _length: 600 - bar }, yaxis: { range: [0, 10] } });
  assert.equal(rangesOf(undefined, false), null);
  assert.deepEqual(rangesOf(view([5, 9]), false), { x: [5, 9], y: [0, 10] });
  const whole = { ...view([...RANGE]), yaxis: { range: [...RANGE] } };
  assert.equal(rangesOf(whole, true), null);
  assert.deepEqual(rangesOf(view([0, 600]), false, 500).x, [50, 550]); // the page has become narrower
  const { x } = rangesOf(view([0, 600]), true); // 68 pixels less at the same scale, about the same middle
  assert.deepEqual(x, [34, 566]);
});

// ---- labels ----

test("labels of the pad hold above the server's until it confirms them, or has had ten seconds", (context) => {
  let now = 0;
  context.mock.method(performance, "now", () => now);
  const labels = new Labels();
  labels.take({ rows: [1, 2], classes: [0, 1] });
  labels.give(2, 0);
  labels.give(1, null);
  labels.give(3, 1);
  assert.deepEqual([...labels.now], [[2, 0], [3, 1]]);
  labels.take({ rows: [1, 2], classes: [0, 1] }); // it has not heard yet
  assert.deepEqual(new Map(labels.now), new Map([[2, 0], [3, 1]]));
  labels.take({ rows: [2, 3], classes: [0, 1] });
  assert.equal(labels.given.size, 0);
  labels.give(5, 1);
  now = 10_001;
  labels.take({ rows: [], classes: [] });
  assert.equal(labels.now.size, 0);
});

test("changed are the rows whose label the traces do not show, until they are drawn", () => {
  const labels = new Labels();
  const points = line(6, [5]);
  const classes = [{ id: 0 }, { id: 1 }];
  labels.take({ rows: [1, 2, 5], classes: [0, 1, 0] });
  assert.deepEqual([...labels.draw(points, classes)], [[0, [1]], [1, [2]]]);
  assert.deepEqual(labels.changed(points), []);
  labels.give(1, 1);
  labels.give(2, null);
  labels.give(4, 0);
  assert.deepEqual(labels.changed(points).sort(), [1, 2, 4]);
  assert.deepEqual([...labels.draw(points, classes)], [[0, [4]], [1, [1]]]);
  assert.deepEqual(labels.changed(points), []);
});

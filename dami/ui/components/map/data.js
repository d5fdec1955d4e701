// Loads and decodes the map's data: positions, colors and bitsets.
/** @import { CategoryColors, MapColors, NumberColors } from "../wire" */
/** @import { Among, Colors, Group, Points, Scale } from "./types" */

const SCALE = ["#2B5BA8", "#4A6B9E", "#677A93", "#838A85", "#A09973", "#BEA85A", "#DBB52F"]; // as in views/colors.py
export const NEUTRAL = "#8C8C94";
export const MISSING = "#C9A7B8";

/**
 * Loads the positions, a pair of unsigned 16-bit numbers for each row. A row is not on the map if its pair is (0, 0) or
 * if `isGone` names it.
 *
 * @param {string} url
 * @param {Among} isGone
 * @returns {Promise<Points>}
 */
export async function loadPoints(url, isGone) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The map could not be loaded (${response.status}).`);
  const view = new DataView(await response.arrayBuffer());
  const n = view.byteLength >> 2;
  const points = { n, x: new Float32Array(n), y: new Float32Array(n), placed: new Uint8Array(n) };
  for (let i = 0; i < n; i++) {
    points.x[i] = view.getUint16(4 * i, true);
    points.y[i] = view.getUint16(4 * i + 2, true);
    points.placed[i] = (points.x[i] || points.y[i]) && !isGone(i) ? 1 : 0;
  }
  return points;
}

/** @param {string} base64 */
const bytes = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));

/**
 * @param {Iterable<number>} rows
 * @param {number} n
 */
export function encodeBits(rows, n) {
  const bits = new Uint8Array(Math.ceil(n / 8));
  for (const row of rows) bits[row >> 3] |= 1 << (row & 7);
  let text = "";
  for (let i = 0; i < bits.length; i += 8192) text += String.fromCharCode(...bits.subarray(i, i + 8192));
  return btoa(text);
}

/**
 * Returns a function that tells whether a row is in the bitset.
 *
 * @param {string | null | undefined} base64
 * @returns {Among}
 */
export function decodeBits(base64) {
  if (!base64) return () => false;
  const bits = bytes(base64);
  return (row) => ((bits[row >> 3] ?? 0) >> (row & 7)) & 1;
}

/**
 * @param {MapColors | null} colors
 * @returns {Promise<Colors | null>}
 */
export async function loadColors(colors) {
  if (!colors) return null;
  const response = await fetch(colors.url);
  if (!response.ok) throw new Error(`The colors could not be loaded (${response.status}).`);
  /** @type {CategoryColors | NumberColors} */
  const answer = await response.json();
  const { url } = colors;
  return answer.kind === "category" ? { ...answer, codes: bytes(answer.codes), url } : { ...answer, values: bytes(answer.values), url };
}

/**
 * Groups the rows on the map by the trace that draws them.
 *
 * @param {Points} points
 * @param {Colors | null} colors
 * @param {Among} isGreyed
 */
export function groupRows(points, colors, isGreyed) {
  /** @type {Group} */
  const dimmed = { dimmed: true, color: NEUTRAL, rows: [] };
  /** @type {Group[]} */
  const groups =
    colors?.kind === "category"
      ? colors.names.map((name, k) => ({ name, color: colors.palette[k], rows: [] }))
      : [{ name: null, color: NEUTRAL, rows: [] }];
  /** @type {Group} */
  const without = { name: "missing", color: MISSING, rows: [] };
  for (let row = 0; row < points.n; row++) {
    if (!points.placed[row]) continue;
    if (isGreyed(row)) dimmed.rows.push(row);
    else if (!colors) groups[0].rows.push(row);
    else if (colors.kind === "category") (groups[colors.codes[row]] ?? without).rows.push(row);
    else if (colors.values[row] === 255) without.rows.push(row);
    else groups[0].rows.push(row);
  }
  if (colors?.kind === "number") {
    groups[0].values = Uint8Array.from(groups[0].rows, (row) => colors.values[row]);
    groups[0].scale = scale;
  }
  if (without.rows.length) groups.push(without);
  if (dimmed.rows.length) groups.unshift(dimmed);
  return groups;
}

/** @type {Scale} */
const scale = SCALE.map((color, i) => [i / (SCALE.length - 1), color]);

/** @param {string} color */
const channels = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

/**
 * Returns one pixel (little-endian ABGR) for every row, in the color of its point.
 *
 * @param {number} n
 * @param {Group[]} groups
 */
export function pixelColors(n, groups) {
  const pixel = (/** @type {number[]} */ rgb, alpha = 255) => ((alpha << 24) | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0]) >>> 0;
  const pixels = new Uint32Array(n);
  for (const group of groups) {
    const { scale, values } = group;
    if (scale && values) {
      const table = Array.from({ length: 255 }, (_, value) => {
        const at = (value / 254) * (scale.length - 1);
        const low = Math.min(Math.floor(at), scale.length - 2);
        const [from, to] = [channels(scale[low][1]), channels(scale[low + 1][1])];
        return pixel(from.map((c, i) => Math.round(c + (to[i] - c) * (at - low))));
      });
      group.rows.forEach((row, i) => (pixels[row] = table[values[i]]));
    } else {
      const color = pixel(channels(group.color), group.dimmed ? 64 : 255);
      for (const row of group.rows) pixels[row] = color;
    }
  }
  return pixels;
}

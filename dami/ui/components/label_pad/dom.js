// Small helpers for building the label pad's elements. Data enters the page as text only, never as markup.

import { each } from "./answers.js";

/**
 * @typedef {string | number | boolean | null | undefined} Attribute false or nothing leaves it out, true makes it empty
 * @typedef {{[name: string]: Attribute | ((event: any) => void)}} Props attributes,
 *   listeners (`onclick`), `text`
 */

/**
 * Makes an element with its attributes, listeners and children.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} props
 * @param {(Node | string | null | undefined)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = String(value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/**
 * @param {Node | null} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {Attribute} value
 */
export function setAttribute(node, name, value) {
  if (value == null || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : String(value));
}

const PATHS = {
  undo: "M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6",
  redo: "M10.5 3l3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8H10",
  guess: "M8 2.2a4 4 0 0 1 2.2 7.3v1.7H5.8V9.5A4 4 0 0 1 8 2.2M6.3 13.6h3.4",
  back: "M10 3.5 5.5 8l4.5 4.5",
  forward: "M6 3.5 10.5 8 6 12.5",
  ...each("icon"),
  reveal: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8M8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6",
  step: "M4 3.5 9.5 8 4 12.5zM12 3.5v9",
  play: "M4.5 3 12.5 8l-8 5z",
  pause: "M5 3.5v9M11 3.5v9",
};

/** @typedef {keyof typeof PATHS} Icon */

/** @param {Icon} name */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * @param {Element} button
 * @param {Icon} name
 */
export function setIcon(button, name) {
  button.querySelector("path")?.setAttribute("d", PATHS[name]);
}

/**
 * Makes a swatch. The browser checks the color and drops text that is no color.
 *
 * @param {string | undefined} color
 */
export function swatch(color) {
  const node = h("span", { class: "swatch", "aria-hidden": "true" });
  node.style.backgroundColor = color ?? "";
  return node;
}

/**
 * Makes a small label of a class: swatch and name.
 *
 * @param {{color: string, name: string}} entry
 */
export function chip(entry) {
  return h("span", { class: "chip" }, swatch(entry.color), h("bdi", { text: entry.name }));
}

const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en");

/** @param {unknown} value */
export function number(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return value == null ? "–" : String(value);
  return Number.isInteger(value) ? whole.format(value) : digits.format(value);
}

/**
 * @param {number} count
 * @param {string} one
 */
export function plural(count, one, many = `${one}s`) {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}

/**
 * Returns a text in lower case without accents, for searching.
 *
 * @param {string} text
 */
export function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * Returns an address of the server with parameters added.
 *
 * @param {string} url
 * @param {Record<string, string | number | null>} parameters
 */
export function address(url, parameters) {
  const result = new URL(url, location.href);
  for (const [name, value] of Object.entries(parameters)) if (value != null) result.searchParams.set(name, String(value));
  return result;
}

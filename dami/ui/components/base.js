// Helps the map and the curve: loads Plotly once, escapes texts, follows the colors of the page's theme.

/** @import { Component, PlotlyLibrary } from "./page" */

/** @type {Promise<PlotlyLibrary> | undefined} */
let plotly;

export function loadPlotly() {
  plotly ??= window.Plotly
    ? Promise.resolve(window.Plotly)
    : import(new URL("vendor/plotly-gl2d.min.js", import.meta.url).href) // a third of Plotly: scatter plots alone
        .then(() => /** @type {PlotlyLibrary} */ (window.Plotly))
        .catch((error) => {
          plotly = undefined; // the next call tries again
          throw error;
        });
  return plotly;
}

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/**
 * Escapes a text, since Plotly reads tags and entities in every text.
 *
 * @param {string} text
 */
export const escapeText = (text) => String(text).replace(/[&<>]/g, (sign) => ENTITIES[sign]);

/** @param {string} text */
export const shorten = (text, longest = 28) => {
  const name = String(text).replace(/\s+/g, " ").trim();
  return name.length <= longest ? name : `${name.slice(0, longest - 10)}…${name.slice(-9)}`;
};

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Element} [parent]
 */
export function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent?.append(made);
  return made;
}

// Plotly writes a color into each text. Rules with the theme's variables change with the theme without a redraw.
const RULES = `
.dami-plot { position: relative; color: var(--st-text-color); font-family: var(--st-font, sans-serif); }
.dami-plot svg text { fill: var(--st-text-color, #555) !important; font-family: var(--st-font, sans-serif) !important; }
.dami-plot .legend rect.bg { fill: var(--st-background-color, #fff) !important; fill-opacity: 0.8 !important; }
.dami-plot .annotation rect.bg { fill: var(--st-background-color, #fff) !important; fill-opacity: 0.85 !important; }
.dami-plot .modebar-btn path { fill: var(--st-text-color, #555) !important; fill-opacity: 0.55; }
.dami-plot .modebar-btn.active path, .dami-plot .modebar-btn:hover path { fill-opacity: 1; }
.dami-plot .modebar-group { background: transparent !important; }
.dami-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

/**
 * Adds a style sheet beside the component, so that it also applies inside a shadow root.
 *
 * @param {Element} parent
 */
export function addStyle(parent, rules = "") {
  element("style", "", parent).textContent = RULES + rules;
}

/**
 * Makes the function that Streamlit calls for a component; it keeps one view for each element.
 *
 * @template Data
 * @template Sent
 * @template {{update(component: Component<Data, Sent>): void, destroy(): void}} View
 * @param {(root: HTMLElement, component: Component<Data, Sent>) => View} create
 * @returns {(component: Component<Data, Sent>) => () => void}
 */
export function mounted(create) {
  /** @type {WeakMap<HTMLElement, View>} */
  const views = new WeakMap();
  return (component) => {
    const root = component.parentElement;
    const view = views.get(root) ?? create(root, component);
    views.set(root, view);
    view.update(component);
    return () => {
      if (root.isConnected) return; // Streamlit may also call this for an update that a later one has overtaken
      view.destroy();
      views.delete(root);
    };
  };
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

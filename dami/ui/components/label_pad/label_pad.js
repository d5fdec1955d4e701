// The label pad. A key press belongs to the row on screen: it goes to an outbox in localStorage, and the next row of the
// queue is there at once. The outbox is sent until the database has acknowledged it. Nothing waits for the server.
//
// Python -> pad: PadProps. Pad -> Python: setStateValue("outbox", Outbox). Both are in ../wire.d.ts; the window's events
// "dami:row" (again on "dami:ask"), "dami:labeled", "dami:poll" after sending, and "dami:pick" in, are in ../page.d.ts.

import { h } from "./dom.js";
import { Outbox } from "./outbox.js";
import { LabelPad } from "./pad.js";
import { injectStyles } from "./styles.js";

/** @import { PadProps } from "../wire" */
/** @import { Component } from "../page" */

/** A pad in its place on the page, which it has before the tab knows its own name: a few milliseconds. */
class Mounted {
  /**
   * @param {HTMLElement} host
   * @param {Component<PadProps>} component
   */
  constructor(host, component) {
    this.component = component;
    this.project = component.data.project;
    this.ended = false;
    /** @type {LabelPad | null} */
    this.pad = null;
    this.root = h("section", { class: "dami-pad", "aria-label": "Label pad", "data-pending": "0" });
    injectStyles(host);
    host.append(this.root);
    Outbox.open(this.project).then((outbox) => this.begin(outbox));
  }

  /** @param {Outbox} outbox */
  async begin(outbox) {
    if (!this.ended) await outbox.adopt();
    if (this.ended) return;
    this.pad = new LabelPad(this.root, outbox, this.component);
    await this.pad.retry();
  }

  /** @param {Component<PadProps>} component */
  update(component) {
    this.component = component;
    this.pad?.update(component);
  }

  destroy() {
    this.ended = true;
    this.pad?.destroy();
    this.root.remove();
  }
}

/** @type {WeakMap<HTMLElement, Mounted>} */
const views = new WeakMap();

/** @param {Component<PadProps>} component */
export default function (component) {
  const host = component.parentElement;
  let view = views.get(host);
  if (view?.project !== component.data.project || !host.contains(view.root)) {
    view?.destroy();
    view = new Mounted(host, component);
    views.set(host, view);
  } else view.update(component);
  const mounted = view;
  return () => {
    if (mounted.root.isConnected) return; // Streamlit may call it for an update that overtook another
    mounted.destroy();
    if (views.get(host) === mounted) views.delete(host);
  };
}

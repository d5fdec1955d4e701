// Mounts the label pad. A key press answers the row on screen: the answer goes into an outbox in localStorage, and the
// next row of the queue appears at once. The pad sends the outbox until the database has acknowledged it. No key press
// waits for the server.
//
// From Python: PadProps. To Python: PadSent. Both types are in ../wire.d.ts. Events of the
// window, in ../page.d.ts: the pad sends "dami:row" (again after "dami:ask"), "dami:labeled" and "dami:poll", and hears
// "dami:pick".

import { h } from "./dom.js";
import { Outbox } from "./outbox.js";
import { LabelPad } from "./pad.js";
import { injectStyles } from "./styles.js";

/** @import { PadProps, PadSent } from "../wire" */
/** @import { Component } from "../page" */

/** The pad's place on the page. The pad follows after a few milliseconds, when the tab knows its client id. */
class Mounted {
  /**
   * @param {HTMLElement} host
   * @param {Component<PadProps, PadSent>} component
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

  /** @param {Component<PadProps, PadSent>} component */
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

/** @param {Component<PadProps, PadSent>} component */
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
    if (mounted.root.isConnected) return; // Streamlit may also call this for an update that a later one has overtaken
    mounted.destroy();
    if (views.get(host) === mounted) views.delete(host);
  };
}

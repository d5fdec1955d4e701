// Practise: the known labels are hidden and answer when asked. Reveal shows one, Step gives one, Play steps by itself.

import { address, plural } from "./dom.js";
import { isCovered } from "./keys.js";

const BEAT_MS = 900;
const SPEEDS = [1, 2, 4, 0.5];

export class Practice {
  constructor(pad) {
    this.pad = pad;
    this.playing = false;
    this.speed = 1;
    this.wanted = false; // a Step that waits for the next network
    this.stepping = false; // the last answer was the oracle's: nobody is in the middle of reading the row on screen
    this.revealed = null; // {row, class}
    this.finished = undefined; // the model whose round is complete
  }

  /** Whether there is nothing to step to before the next network: its predecessor's round is used up. */
  get blocked() {
    const { data, queue } = this.pad;
    return !queue.length || data.training || this.finished === data.model;
  }

  /** Notes when the round is complete: the server begins to count anew before the next network is there. */
  count() {
    const { data, state } = this.pad;
    if (!data.round_size) return;
    if (state.roundDone >= data.round_size) this.finished = data.model;
    else if (this.finished === data.model && !data.training) this.finished = undefined; // something was undone
  }

  /** Whether the pad waits for a newer network. */
  get waiting() {
    return this.pad.data.mode === "practise" && (this.playing || this.wanted || this.stepping) && this.blocked && !this.over;
  }

  /** Whether there is nothing left at all. */
  get over() {
    const { data, queue, outbox } = this.pad;
    return !queue.length && !data.training && !outbox.pending;
  }

  /** One step on: over what was given already, or the oracle's answer for the row on screen. */
  step() {
    const { pad } = this;
    this.wanted = false;
    if (pad.at) {
      if (pad.state.effective.has(pad.at.row)) return pad.forward();
      return pad.answer("label", null, "oracle");
    }
    if (this.over) return this.stop();
    this.stepping = true;
    if (this.blocked) {
      this.wanted = true;
      return pad.show();
    }
    pad.answer("label", null, "oracle");
  }

  toggle() {
    this.playing = !this.playing;
    this.stepping ||= this.playing;
    clearTimeout(this.timer);
    if (this.playing) this.beat();
    else this.wanted = false;
    this.pad.show();
  }

  beat() {
    this.timer = setTimeout(() => this.beat(), BEAT_MS / this.speed);
    if (!isCovered(this.pad.root)) this.step();
  }

  faster() {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length];
    this.pad.show();
  }

  stop() {
    clearTimeout(this.timer);
    this.playing = this.wanted = false;
    this.pad.show();
  }

  /** A person has taken over: Play rests, and the row on screen stays theirs. */
  taken() {
    clearTimeout(this.timer);
    this.playing = this.wanted = this.stepping = false;
  }

  /** After every update: a waiting Step goes on as soon as there is something to step to. */
  updated() {
    if (this.over && this.playing) return this.stop();
    if (this.wanted && !this.blocked) this.step();
  }

  async reveal() {
    const { row } = this.pad.item;
    this.revealed = { row, class: undefined };
    try {
      const response = await fetch(address(this.pad.data.truth_url, { row }));
      if (!response.ok) throw new Error();
      this.revealed = { row, class: (await response.json()).class };
    } catch {
      this.revealed = { row, failed: true };
    }
    if (this.pad.item?.row === row) this.pad.show();
  }

  /** Enter gives the class that was revealed. */
  accept() {
    if (this.known != null) this.pad.answer("label", this.known);
  }

  /** The revealed class of the row on screen, if any. */
  get known() {
    const { revealed } = this;
    return revealed?.row === this.pad.item?.row ? revealed?.class : undefined;
  }

  /** What the practise line says. */
  sentence() {
    const { pad, revealed } = this;
    if (this.waiting) {
      const { data, state } = pad;
      if (data.model == null || (!data.training && this.finished !== data.model)) return "Choosing the next rows…";
      const work = data.training || pad.outbox.pending ? `training on ${plural(state.labeled, "label")}…` : "waiting for the next network…";
      return `Round ${data.round} is complete: ${work}`;
    }
    if (!pad.item || revealed?.row !== pad.item.row) return "";
    if (revealed.failed) return "The known label could not be loaded. Press V to try again.";
    const index = pad.data.classes.findIndex(({ id }) => id === revealed.class);
    if (index < 0) return "";
    return `The known label is ${pad.data.classes[index].name}: press ${index < 9 ? `${index + 1} or ` : ""}Enter to give it.`;
  }
}

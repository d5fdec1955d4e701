// Practise: the oracle holds the known labels. Reveal shows a label, Step gives a label, Play steps by itself.

import { address, plural } from "./dom.js";

/** @import { Action, Source } from "../wire" */
/** @import { Decisions } from "./decisions.js" */

/**
 * The parts of the pad that practising uses. Play rests while a person cannot see the pad (`isCovered`).
 *
 * @typedef {object} Pad
 * @property {(action: Action, classId: number | null, source?: Source) => void} answer
 * @property {() => void} forward
 * @property {() => void} show
 * @property {() => boolean} isCovered
 */

const BEAT_MS = 900;
const SPEEDS = [1, 2, 4, 0.5];

export class Practice {
  /**
   * @param {Decisions} decisions
   * @param {Pad} pad
   */
  constructor(decisions, pad) {
    this.decisions = decisions;
    this.pad = pad;
    this.playing = false;
    this.speed = 1;
    this.wanted = false; // whether a Step waits for the next network
    this.stepping = false; // whether the last answer was the oracle's, so that no person is reading the row on screen
    /** @type {{row: number, class?: number, failed?: boolean} | null} */
    this.revealed = null;
    /** @type {number | null | undefined} */
    this.finished = undefined; // the model whose round is complete
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** Whether Step has to wait for the next network, because the round of the last network is complete. */
  get blocked() {
    const { data, queue } = this.decisions;
    return !queue.length || data.training || this.finished === data.model;
  }

  /** Notes when the round is complete, because the server sets its count to zero before the next network exists. */
  count() {
    const { data, state } = this.decisions;
    if (!data.round_size) return;
    if (state.roundDone >= data.round_size) this.finished = data.model;
    else if (this.finished === data.model && !data.training) this.finished = undefined; // an answer was taken back
  }

  /** Whether the pad waits for a newer network. */
  get waiting() {
    return this.decisions.data.mode === "practise" && (this.playing || this.wanted || this.stepping) && this.blocked && !this.over;
  }

  /** Whether no row is left, and no training or answer is under way. */
  get over() {
    const { data, queue, outbox } = this.decisions;
    return !queue.length && !data.training && !outbox.pending;
  }

  /** Goes one step: past a row that has an answer, else the oracle answers the row on screen. */
  step() {
    const { decisions, pad } = this;
    this.wanted = false;
    if (decisions.at) {
      if (decisions.state.effective.has(decisions.at.row)) return pad.forward();
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
    if (!this.pad.isCovered()) this.step();
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

  /** Stops Play, because a person acts; updates then keep the row on screen. */
  taken() {
    clearTimeout(this.timer);
    this.playing = this.wanted = this.stepping = false;
  }

  /** Is called after every update: a Step that waits goes on when there is a row for it. */
  updated() {
    if (this.over && this.playing) return this.stop();
    if (this.wanted && !this.blocked) this.step();
  }

  /** @param {number} row the row on screen */
  async reveal(row) {
    this.revealed = { row };
    try {
      const response = await fetch(address(this.decisions.data.truth_url, { row }));
      if (!response.ok) throw new Error();
      this.revealed = { row, class: (await response.json()).class };
    } catch {
      this.revealed = { row, failed: true };
    }
    if (this.decisions.item?.row === row) this.pad.show();
  }

  /** Gives the class that was revealed; Enter does this. */
  accept() {
    if (this.known != null) this.pad.answer("label", this.known);
  }

  /** The revealed class of the row on screen, if any. */
  get known() {
    const { revealed } = this;
    return revealed?.row === this.decisions.item?.row ? revealed?.class : undefined;
  }

  /** Returns the sentence below the practise buttons. */
  sentence() {
    const { decisions, revealed } = this;
    const { data, item, outbox, state } = decisions;
    if (this.waiting) {
      if (data.model == null || (!data.training && this.finished !== data.model)) return "Choosing the next rows…";
      const work = data.training || outbox.pending ? `training on ${plural(state.labeled, "label")}…` : "waiting for the next network…";
      return `Round ${data.round} is complete: ${work}`;
    }
    if (!item || revealed?.row !== item.row) return "";
    if (revealed.failed) return "The known label could not be loaded. Press V to try again.";
    const index = data.classes.findIndex(({ id }) => id === revealed.class);
    if (index < 0) return "";
    return `The known label is ${data.classes[index].name}: press ${index < 9 ? `${index + 1} or ` : ""}Enter to give it.`;
  }
}

// Makes the sentences about the pad's state: whether everything is saved, and what to do if no row is asked.

import { plural } from "./dom.js";
import { isTyping } from "./keys.js";

/** @import { Decisions } from "./decisions.js" */
/** @import { Outbox } from "./outbox.js" */

const SILENCE_MS = 6000; // a server that does not answer for so long counts as away

/**
 * @param {Pick<Outbox, "pending" | "since" | "kept">} outbox
 * @param {number} opened when the pad was opened, in milliseconds since 1970
 * @returns {[sentence: string, kind: "calm" | "rest" | "busy" | "alert"]}
 */
export function statusOf({ pending, since, kept }, opened) {
  const away = navigator.onLine === false || (since !== null && Date.now() - Math.max(1000 * since, opened) > SILENCE_MS);
  if (pending && !kept) return [`${pending} not saved yet. This browser keeps nothing: leave the page open.`, "alert"];
  if (pending && away) return [`The server does not answer. ${plural(pending, "answer")} kept here and sent again.`, "alert"];
  if (pending) return [`${pending} not saved yet`, "busy"];
  if (!kept) return ["All saved. This browser keeps nothing by itself.", "alert"];
  return isTyping() ? ["All saved. Keys rest while you type.", "rest"] : ["All saved", "calm"];
}

/**
 * Returns the sentence in the place of the row; null while there is a row and the project has classes.
 *
 * @param {Pick<Decisions, "data" | "item" | "outbox" | "state">} decisions
 */
export function emptiness({ data, item, outbox, state }) {
  if (!data.classes.length) return "This project has no classes, so its rows cannot be labelled. Begin a new one on the Data page and name them there.";
  if (item) return null;
  if (data.training || outbox.pending) return "Choosing the next rows…";
  const skipped = state.cut || [...state.effective.values()].some(({ action }) => action !== "label");
  return `Every row is labelled${skipped ? " or skipped" : ""}. Correct any of them below, or go on to Export.`;
}

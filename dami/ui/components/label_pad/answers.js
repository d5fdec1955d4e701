// Spells the answers without a class once: the button, the key, the words. The other scripts take them from here, and
// the type checker asks for one entry for each such answer that Python knows.

/** @import { Action } from "../wire" */

/**
 * `title` explains the button, `meaning` the key in the list of keys, `told` names the answer in the history.
 *
 * @typedef {{name: string, title: string, meaning: string, told: string, keys: string[], icon: string}} Answer
 */

/** @satisfies {Record<Exclude<Action, "label" | "note" | "undo">, Answer>} */
export const ANSWERS = {
  unsure: {
    name: "Unsure",
    title: "You cannot tell. The row stays without a label, and rows much like it are not asked again",
    meaning: "you cannot tell",
    told: "Unsure",
    keys: ["u"],
    icon: "M5.6 6a2.4 2.4 0 1 1 3.6 2.1c-.8.5-1.2.9-1.2 1.9M8 12.6v.1",
  },
  later: {
    name: "Later",
    title: "Not now. The row comes back at the end of its round",
    meaning: "ask again at the end of the round",
    told: "Later",
    keys: ["l"],
    icon: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M8 5v3.2l2.2 1.4",
  },
  discard: {
    name: "Discard",
    title: "The row does not belong here: it leaves the table's rows to label, the map and the estimates",
    meaning: "the row does not belong here",
    told: "Discarded",
    keys: ["x"],
    icon: "M4 4l8 8M12 4l-8 8",
  },
};

/** @typedef {keyof typeof ANSWERS} AnswerName */

export const NAMES = /** @type {AnswerName[]} */ (Object.keys(ANSWERS));

/**
 * @param {string} action
 * @returns {action is AnswerName}
 */
export const isAnswer = (action) => Object.hasOwn(ANSWERS, action);

/**
 * Returns one field of every answer, by the answer's name.
 *
 * @template {keyof Answer} Field
 * @param {Field} field
 */
export const each = (field) =>
  /** @type {Record<AnswerName, Answer[Field]>} */ (Object.fromEntries(NAMES.map((name) => [name, ANSWERS[name][field]])));

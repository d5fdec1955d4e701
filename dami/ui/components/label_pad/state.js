// Works out what holds now: the server's last data and the decisions that these data do not hold yet. Pure functions.

/** @import { PadData, Reference } from "../wire" */
/** @import { Entry, Evidence, Item, Logged, State } from "./types" */

const HISTORY = 300; // the most answers that the server sends

/** @param {Reference} event */
export const keyOf = ({ client, seq }) => `${client}:${seq}`;

/**
 * Returns what is known of why a row was picked.
 *
 * @param {Partial<Evidence>} item
 * @returns {Evidence}
 */
export function evidence(item) {
  const { step = null, distance = null, nearest = null, nearest_class = null, radius = null } = item;
  const { compare = nearest, space = null, reason = null, facts = [], strategy = null, audit = false } = item;
  return { step, distance, nearest, nearest_class, compare, radius, space, reason, facts, strategy, audit };
}

/**
 * Combines the server's history with the decisions that it does not hold yet.
 *
 * Updates may arrive late or out of order. The `acks` of an update tell which decisions it holds; the others are added.
 *
 * @param {PadData} data
 * @param {Logged[]} log
 * @returns {State}
 */
export function combine(data, log) {
  const acks = data.acks ?? {};
  /** @type {Entry[]} */
  const history = data.history ?? [];
  const before = byRow(history);
  const entries = new Map(history.map((entry) => [keyOf(entry), entry]));
  const fresh = log.filter((event) => event.seq > (acks[event.client] ?? 0));
  const touched = new Set();
  /** @type {Map<string, Entry[]>} */
  const undone = new Map((data.redo ?? []).toReversed().map((undo) => [keyOf(undo), [undo.entry]]));
  for (const event of fresh) {
    const key = event.undoes ? keyOf(event.undoes) : "";
    const switched = event.action !== "undo" ? [] : (undone.get(key) ?? givenWith(entries, key));
    for (const { row } of [event, ...switched]) touched.add(row);
    if (event.action !== "undo") {
      undone.clear();
      entries.set(keyOf(event), { ...event, ...event.shown, fresh: true });
    } else if (undone.delete(key)) for (const entry of switched) entries.set(keyOf(entry), { ...entry, fresh: true });
    else {
      for (const entry of switched) entries.delete(keyOf(entry));
      if (switched.length) undone.set(keyOf(event), switched);
    }
  }
  const list = [...entries.values()];
  const effective = byRow(list);
  const counts = new Map((data.classes ?? []).map(({ id, count }) => [id, count ?? 0]));
  let [change, learnt] = [0, 0];
  for (const row of touched) {
    const [old, now] = [labelOf(before.get(row)), labelOf(effective.get(row))];
    const by = Number(now !== undefined) - Number(old !== undefined);
    change += by;
    if (!effective.get(row)?.audit) learnt += by; // rows of the audit sample are not part of a round
    add(counts, old, -1);
    add(counts, now, 1);
  }
  return {
    entries: list,
    effective,
    cut: history.length >= HISTORY,
    answered: new Set(list.filter((entry) => entry.fresh && entry.action !== "note").map((entry) => entry.row)),
    notes: new Map(list.filter((entry) => entry.action === "note" || entry.note).map((entry) => [entry.row, entry.note ?? ""])),
    redo: Array.from(undone, ([key, taken]) => ({ ...split(key), entries: taken })),
    labeled: (data.labeled ?? 0) + change,
    counts,
    roundDone: (data.round_done ?? 0) + learnt,
  };
}

/**
 * Changes the count of a class, if the class is counted.
 *
 * @param {Map<number, number>} counts
 * @param {number | null | undefined} id
 * @param {number} by
 */
function add(counts, id, by) {
  const count = id == null ? undefined : counts.get(id);
  if (id != null && count !== undefined) counts.set(id, count + by);
}

/**
 * Returns an entry and the entries that were given together with it.
 *
 * @param {Map<string, Entry>} entries
 * @param {string} key
 */
function givenWith(entries, key) {
  const entry = entries.get(key);
  if (!entry) return [];
  return entry.batch ? [...entries.values()].filter(({ batch }) => batch === entry.batch) : [entry];
}

/** @param {string} key */
function split(key) {
  const at = key.lastIndexOf(":");
  return { client: key.slice(0, at), seq: Number(key.slice(at + 1)) };
}

/**
 * @param {Entry[]} entries
 * @returns {Map<number, Entry>}
 */
function byRow(entries) {
  const rows = new Map();
  for (const entry of entries) if (entry.action !== "note") rows.set(entry.row, entry);
  return rows;
}

/**
 * Returns the class of a label (null while the oracle's answer is not known yet), undefined for other entries.
 *
 * @param {Pick<Entry, "action" | "class"> | undefined} entry
 */
export const labelOf = (entry) => (entry?.action === "label" ? (entry.class ?? null) : undefined);

/**
 * Returns the queue after an update: the row on screen, the row after it and rows that were just undone stay.
 *
 * @param {Item[]} old
 * @param {PadData} data
 * @param {State} state
 * @param {object} tab
 * @param {string} tab.client
 * @param {boolean} tab.hold false if nobody looks at the old rows: the pad waits for the next network, or shows no row.
 * @param {number | null | undefined} tab.onScreen
 * @param {number} tab.saved the highest number of this tab that earlier data have acknowledged.
 */
export function nextQueue(old, data, state, { client, hold, onScreen, saved: most }) {
  const saved = data.acks?.[client] ?? 0;
  if (saved < most) return old; // newer data of the server have arrived before
  const incoming = (data.queue ?? []).filter(({ row }) => !state.answered.has(row));
  const asked = new Map(incoming.map((item) => [item.row, item]));
  const stays = (/** @type {Item} */ item, /** @type {number} */ index) => {
    if ((item.restored ?? 0) > saved) return true; // the server does not know the undo yet
    if (!hold || index > 1) return false;
    // A row that was answered in another tab is not asked again, but the row on screen always stays.
    return item.row === onScreen || asked.has(item.row) || !state.effective.has(item.row);
  };
  /** @type {Map<number, Item>} */
  const queue = new Map();
  for (const item of old.filter(stays)) {
    const anew = asked.get(item.row); // a pick's step may change when other picks are undone or answered in other tabs
    queue.set(item.row, anew && item.model === data.model ? { ...item, step: anew.step } : item);
  }
  for (const item of incoming) {
    if (!queue.has(item.row)) queue.set(item.row, { ...item, model: item.model ?? data.model, round: item.round ?? data.round });
  }
  return [...queue.values()];
}

/**
 * Returns the answered row before (-1) or after (1) a row; before a row without an answer comes the last answered row.
 *
 * @param {Pick<State, "effective">} state
 * @param {number | undefined} row
 * @param {-1 | 1} by
 */
export function neighbor({ effective }, row, by) {
  const rows = [...effective.keys()];
  const index = row === undefined ? -1 : rows.indexOf(row);
  if (by > 0) return index < 0 ? undefined : rows[index + 1];
  return index < 0 ? rows.at(-1) : rows[Math.max(0, index - 1)];
}

// Keeps the outbox: the decisions of a person that the database has not acknowledged yet.
//
// The outbox is kept in localStorage under `dami-outbox-<project>-<client>` as {seq, items}. Each tab has its client id
// in sessionStorage, and holds the Web Lock `dami-client-<client>` while it is open. A duplicated tab copies the id,
// finds the lock taken and makes a new id. If a lock is free, its outbox belongs to a closed or crashed tab. An open
// tab then takes the lock and sends that outbox, with the old client id and the old numbers.
//
// Python may receive an item more than once: the key of an item is (project, client, seq).

/** @import { Outbox as Sent, OutboxItem } from "../wire" */
/** @import { Decision, Logged } from "./types" */

/** @typedef {() => void} Release releases a lock */

const ADOPT_MS = 4000;
const PATIENCE_MS = 300; // a reloaded page may ask for its lock before the old page has released it
const AT_ONCE = 500; // the most items of one client in one message

// One registry for the page, shared with a newer version of this module that the page may load.
/** @type {{[registry: symbol]: {identity: Promise<string> | null, outboxes: Map<string, Promise<Outbox>>}}} */
const registries = /** @type {any} */ (globalThis);
const page = (registries[Symbol.for("dami.label_pad")] ??= { identity: null, outboxes: new Map() });

/**
 * Wraps a storage that may be missing, blocked or full: reading then gives null, and writing returns whether it worked.
 *
 * @param {"localStorage" | "sessionStorage"} name
 */
function storage(name) {
  /** @type {Storage | null} */
  let store = null;
  try {
    store = window[name];
  } catch {} // blocked by the browser's settings
  /** @type {<T>(action: (store: Storage) => T, failed: T) => T} */
  const attempt = (action, failed) => {
    try {
      return store ? action(store) : failed;
    } catch {
      return failed;
    }
  };
  return {
    get: (/** @type {string} */ key) => attempt((it) => it.getItem(key), null),
    set: (/** @type {string} */ key, /** @type {string} */ value) => attempt((it) => (it.setItem(key, value), true), false),
    remove: (/** @type {string} */ key) => attempt((it) => it.removeItem(key), undefined),
    keys: () => attempt((it) => Object.keys(it), []),
  };
}
const local = storage("localStorage");
const session = storage("sessionStorage");

/**
 * Takes the lock of a client; gives null if another tab holds it.
 *
 * @param {string} client
 * @param {number} patience milliseconds
 * @returns {Promise<Release | null>}
 */
function claim(client, patience = 0) {
  if (!navigator.locks) return claimByAsking(client);
  return new Promise((resolve) => {
    const options = patience ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
    /** @type {(lock: Lock | null) => void | Promise<void>} */
    const hold = (lock) => (lock ? new Promise((release) => resolve(release)) : resolve(null));
    navigator.locks.request(`dami-client-${client}`, options, hold).catch(() => resolve(null));
  });
}

// Web Locks need https or localhost. Elsewhere tabs ask each other. Two tabs may then adopt the same outbox at once and
// send its items twice, which does no harm.
const held = new Set();
/** @type {BroadcastChannel | null} */
let channel = null;

function openChannel() {
  const opened = new BroadcastChannel("dami-clients");
  opened.addEventListener("message", ({ data }) => {
    if (held.has(data.ask)) opened.postMessage({ held: data.ask });
  });
  return opened;
}

/**
 * @param {string} client
 * @returns {Promise<Release | null>}
 */
function claimByAsking(client) {
  if ("BroadcastChannel" in window) channel ??= openChannel();
  return new Promise((resolve) => {
    if (held.has(client)) return resolve(null);
    /** @type {(message: MessageEvent) => void} */
    const heard = ({ data }) => data.held === client && finish(null);
    /** @type {(result: Release | null) => void} */
    const finish = (result) => {
      clearTimeout(timer);
      channel?.removeEventListener("message", heard);
      if (result) held.add(client);
      resolve(result);
    };
    const timer = setTimeout(() => finish(() => held.delete(client)), 150);
    channel?.addEventListener("message", heard);
    channel?.postMessage({ ask: client });
  });
}

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function identify() {
  let client = session.get("dami-client");
  if (!client || !(await claim(client, PATIENCE_MS))) {
    client = newId();
    await claim(client);
    session.set("dami-client", client);
  }
  return client;
}

/**
 * Reads the stored outbox of a client and drops damaged items; returns null if there is none.
 *
 * @param {string} key
 */
function read(key) {
  try {
    /** @type {{seq: unknown, items: Decision[]}} */
    const { seq, items } = JSON.parse(local.get(key) ?? "");
    const sound = items.filter((item) => Number.isInteger(item?.seq) && Number.isInteger(item.row) && item.action);
    return { seq: Number(seq) || 0, items: sound };
  } catch {
    return null;
  }
}

/**
 * Returns an item as it is sent, without the fields that only the pad needs.
 *
 * @param {Decision} item
 * @returns {OutboxItem}
 */
const wire = (item) => ({
  seq: item.seq,
  action: item.action,
  row: item.row,
  class: item.class ?? null,
  model: item.model ?? null,
  round: item.round ?? null,
  step: item.step ?? null,
  pressed: item.pressed ?? null,
  source: item.source ?? null,
  undoes: item.undoes ?? null,
  note: item.note ?? null,
  batch: item.batch ?? null,
  saw: item.saw ?? null,
});

export class Outbox {
  /**
   * Opens this tab's outbox for a project; it stays the same while the page is open, also if the pad is mounted again.
   *
   * @param {string} project
   */
  static open(project) {
    page.identity ??= identify();
    const opened = page.outboxes.get(project) ?? page.identity.then((client) => new Outbox(project, client));
    page.outboxes.set(project, opened);
    return opened;
  }

  /**
   * @param {string} project
   * @param {string} client
   */
  constructor(project, client) {
    this.client = client;
    this.prefix = `dami-outbox-${project}-`;
    const stored = read(this.prefix + client);
    this.seq = stored?.seq ?? 0;
    /** @type {Decision[]} */
    this.items = stored?.items ?? [];
    for (const item of this.items) this.seq = Math.max(this.seq, item.seq);
    /** @type {Map<string, {items: Decision[], release: Release}>} */
    this.orphans = new Map();
    /** @type {Logged[]} */
    // All decisions that this page knows, acknowledged or not: they complete updates that arrive late.
    this.log = this.items.map((item) => ({ ...item, client }));
    this.kept = true;
    this.adopted = -Infinity; // when the tab last looked for outboxes of closed tabs
    /** @type {number | null} */
    this.found = null; // when it found one, in seconds since 1970
  }

  get pending() {
    let count = this.items.length;
    for (const { items } of this.orphans.values()) count += items.length;
    return count;
  }

  /** When the oldest unsaved decision was made, in seconds since 1970. */
  get since() {
    return this.items[0]?.pressed ?? (this.orphans.size ? this.found : null);
  }

  /** @param {Omit<Decision, "seq">} choice */
  push(choice) {
    const item = { seq: ++this.seq, ...choice };
    this.items.push(item);
    this.log.push({ ...item, client: this.client });
    this.save();
    return item;
  }

  save() {
    this.kept = local.set(this.prefix + this.client, JSON.stringify({ seq: this.seq, items: this.items }));
  }

  /** @param {Record<string, number>} acks */
  acknowledge(acks) {
    const saved = acks[this.client] ?? 0;
    const left = this.items.filter((item) => item.seq > saved);
    if (left.length !== this.items.length || saved > this.seq) {
      this.items = left;
      this.seq = Math.max(this.seq, saved);
      this.save();
    }
    for (const [client, orphan] of this.orphans) {
      orphan.items = orphan.items.filter((item) => item.seq > (acks[client] ?? 0));
      if (orphan.items.length) continue;
      local.remove(this.prefix + client);
      this.orphans.delete(client);
      orphan.release();
    }
  }

  /** Looks for outboxes of closed tabs, at most every few seconds; returns true if it has taken one over. */
  async adopt() {
    if (performance.now() - this.adopted < ADOPT_MS) return false;
    this.adopted = performance.now();
    let found = false;
    for (const key of local.keys()) {
      const client = key.startsWith(this.prefix) ? key.slice(this.prefix.length) : this.client;
      if (client === this.client || this.orphans.has(client)) continue;
      const release = await claim(client);
      if (!release) continue;
      const stored = read(key); // read under the lock, so no other tab sends it now
      if (stored?.items.length) {
        this.orphans.set(client, { items: stored.items, release });
        this.log.push(...stored.items.map((item) => ({ ...item, client })));
        this.found = Date.now() / 1000;
        found = true;
        continue;
      }
      if (stored) local.remove(key);
      release();
    }
    return found;
  }

  /**
   * Returns what is sent to Python.
   *
   * @returns {Sent}
   */
  value() {
    const sent = (/** @type {Decision[]} */ items) => items.slice(0, AT_ONCE).map(wire);
    const orphans = Array.from(this.orphans, ([client, { items }]) => ({ client, items: sent(items) }));
    return { client: this.client, items: sent(this.items), orphans, sent: Date.now() };
  }
}

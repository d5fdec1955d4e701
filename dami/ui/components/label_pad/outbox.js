// The outbox: what a person decided and the database has not acknowledged yet.
//
// It lives in localStorage under `dami-outbox-<project>-<client>` as {seq, items}. The client id is one per tab
// (sessionStorage); a tab holds the Web Lock `dami-client-<client>` as long as it lives. A duplicated tab copies the id,
// finds the lock taken and gets an id of its own. Outboxes whose lock is free belong to closed or crashed tabs: a living
// tab takes the lock and sends them on, under their old client id and with their old numbers.
//
// What Python receives may arrive more than once: the key of an item is (project, client, seq).

/** @import { Outbox as Sent, OutboxItem } from "../wire" */
/** @import { Decision, Logged } from "./types" */

/** @typedef {() => void} Release lets go of a lock */

const ADOPT_MS = 4000;
const PATIENCE_MS = 300; // a reloaded page may ask for its lock before the old one has let go
const AT_ONCE = 500; // items of one client in one message

// One registry for the page, also when a newer version of this module is loaded beside it.
/** @type {{[registry: symbol]: {identity: Promise<string> | null, outboxes: Map<string, Promise<Outbox>>}}} */
const registries = /** @type {any} */ (globalThis);
const page = (registries[Symbol.for("dami.label_pad")] ??= { identity: null, outboxes: new Map() });

/**
 * Storage that may be missing, blocked or full: reading gives null, writing says whether it worked.
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
 * Takes the lock of a client; null if another tab holds it.
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

// Web Locks need https or localhost. Elsewhere tabs ask each other; two that adopt the same outbox at once send the same
// items twice, which does no harm.
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
 * The stored outbox of a client, without what is no item; null if there is none.
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
 * As it is sent, without what the pad alone needs.
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
   * The outbox of this tab for a project: one for the life of the page, whatever is mounted again.
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
    // All that this page knows to have been decided, acknowledged or not: late updates are corrected by it.
    this.log = this.items.map((item) => ({ ...item, client }));
    this.kept = true;
    this.adopted = -Infinity; // when closed tabs were looked for
    /** @type {number | null} */
    this.found = null; // when one was found, in seconds
  }

  get pending() {
    let count = this.items.length;
    for (const { items } of this.orphans.values()) count += items.length;
    return count;
  }

  /** When the oldest of the unsaved was decided, in seconds. */
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

  /** Looks for outboxes of closed tabs now and then; true if one was taken over. */
  async adopt() {
    if (performance.now() - this.adopted < ADOPT_MS) return false;
    this.adopted = performance.now();
    let found = false;
    for (const key of local.keys()) {
      const client = key.startsWith(this.prefix) ? key.slice(this.prefix.length) : this.client;
      if (client === this.client || this.orphans.has(client)) continue;
      const release = await claim(client);
      if (!release) continue;
      const stored = read(key); // read under the lock: nobody else drains it now
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
   * What is sent to Python.
   *
   * @returns {Sent}
   */
  value() {
    const sent = (/** @type {Decision[]} */ items) => items.slice(0, AT_ONCE).map(wire);
    const orphans = Array.from(this.orphans, ([client, { items }]) => ({ client, items: sent(items) }));
    return { client: this.client, items: sent(this.items), orphans, sent: Date.now() };
  }
}

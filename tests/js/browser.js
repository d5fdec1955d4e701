// As much of a browser as the scripts need that are tested here: tabs that share a storage and locks.

const SCRIPTS = new URL("../../dami/ui/components/", import.meta.url);

/** A script of the components by its path. */
export const load = (path) => import(`${SCRIPTS}${path}`);

/** A Storage: what it holds are its own keys. */
export class Store {
  #full = false;

  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    if (this.#full) throw new Error("The storage is full.");
    this[key] = String(value);
  }

  removeItem(key) {
    delete this[key];
  }

  fill() {
    this.#full = true;
  }
}

/** What scripts find in a page; `locks` stands in for navigator.locks. */
export function enter({ localStorage = new Store(), sessionStorage = new Store(), locks = undefined } = {}) {
  globalThis.window = Object.assign(new EventTarget(), { localStorage, sessionStorage });
  globalThis.localStorage = localStorage;
  Object.defineProperty(globalThis, "navigator", { value: { locks, onLine: true }, configurable: true });
}

export class Browser {
  localStorage = new Store();
  #held = new Map(); // lock -> the tab that holds it
  #waiting = []; // tabs that wait for a lock

  /** A tab with its outbox; `session` is another tab's, which was reloaded or duplicated. */
  async open(session = new Store()) {
    const tab = { session };
    enter({ localStorage: this.localStorage, sessionStorage: session, locks: this.#locksOf(tab) });
    delete globalThis[Symbol.for("dami.label_pad")]; // of the tab before
    const { Outbox } = await load(`label_pad/outbox.js?tab=${Math.random()}`);
    tab.outbox = await Outbox.open("p");
    return tab;
  }

  /** The tab's locks are free, what it has stored stays. */
  close(tab) {
    for (const [name, holder] of this.#held) if (holder === tab) this.#release(name);
  }

  /** The stored outbox of a client. */
  stored(client) {
    return JSON.parse(this.localStorage.getItem(`dami-outbox-p-${client}`));
  }

  isHeld(client) {
    return this.#held.has(`dami-client-${client}`);
  }

  #release(name) {
    this.#held.delete(name);
    const next = this.#waiting.findIndex((one) => one.name === name);
    if (next >= 0) this.#waiting.splice(next, 1)[0].go();
  }

  #locksOf(tab) {
    const grant = async (name, hold) => {
      this.#held.set(name, tab);
      await hold({ name });
      if (this.#held.get(name) === tab) this.#release(name);
    };
    return {
      request: async (name, options, hold) => {
        if (!this.#held.has(name)) return grant(name, hold);
        if (options.ifAvailable) return hold(null);
        const awake = setInterval(() => {}, 1000); // Node would end while only the signal's timer runs
        const granted = new Promise((resolve, reject) => {
          options.signal.addEventListener("abort", () => reject(options.signal.reason));
          this.#waiting.push({ name, go: () => resolve() });
        });
        await granted.finally(() => clearInterval(awake));
        return grant(name, hold);
      },
    };
  }
}

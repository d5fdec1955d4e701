// The labels on the map: those that the server and the pad say, and those that the traces show by now.

/** @import { MapClass, MapLabels } from "../wire" */
/** @import { Points } from "./types" */

const PATIENCE_MS = 10_000; // for the server to confirm what the pad has given

export class Labels {
  constructor() {
    /** @type {Map<number, number>} */
    this.now = new Map(); // row -> class, as the server and the pad say
    /** @type {Map<number, number>} */
    this.drawn = new Map(); // row -> class, as the traces show
    /** @type {Map<number, {id: number | null, at: number}>} */
    this.given = new Map(); // row -> class or null, labels of the pad that the server has not confirmed
  }

  /**
   * What the server knows, and above it what the pad has given since.
   *
   * @param {MapLabels | undefined} labels
   */
  take(labels) {
    this.now = new Map((labels?.rows ?? []).map((row, i) => [row, labels?.classes[i] ?? -1]));
    for (const [row, { id, at }] of this.given) {
      if ((this.now.get(row) ?? null) === id || performance.now() - at > PATIENCE_MS) this.given.delete(row);
      else this.set(row, id);
    }
  }

  /**
   * What the pad has given.
   *
   * @param {number} row
   * @param {number | null} id
   */
  give(row, id) {
    this.given.set(row, { id, at: performance.now() });
    this.set(row, id);
  }

  /**
   * @param {number} row
   * @param {number | null} id
   */
  set(row, id) {
    if (id === null) this.now.delete(row);
    else this.now.set(row, id);
  }

  /**
   * Rows that have another label than the traces show.
   *
   * @param {Points} points
   */
  changed(points) {
    const rows = [...this.now.keys()].filter((row) => this.now.get(row) !== this.drawn.get(row));
    for (const row of this.drawn.keys()) if (!this.now.has(row)) rows.push(row);
    return rows.filter((row) => points.placed[row]);
  }

  /**
   * The rows of each class for its trace, which shows them from now on.
   *
   * @param {Points} points
   * @param {MapClass[]} classes
   */
  draw(points, classes) {
    this.drawn = new Map(this.now);
    /** @type {Map<number, number[]>} */
    const ofClass = new Map(classes.map(({ id }) => [id, []]));
    for (const [row, id] of this.now) if (points.placed[row]) ofClass.get(id)?.push(row);
    return ofClass;
  }
}

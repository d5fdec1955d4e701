// Keeps the labels on the map: the labels from the server and the pad, and the labels that the traces show.

/** @import { MapClass, MapLabels } from "../wire" */
/** @import { Points } from "./types" */

const PATIENCE_MS = 10_000; // after which a label of the pad that the server has not confirmed is dropped

export class Labels {
  constructor() {
    /** @type {Map<number, number>} */
    this.now = new Map(); // row -> class, from the server and the pad
    /** @type {Map<number, number>} */
    this.drawn = new Map(); // row -> class, in the traces
    /** @type {Map<number, {id: number | null, at: number}>} */
    this.given = new Map(); // row -> class or null, from the pad, not yet confirmed by the server
  }

  /**
   * Takes the server's labels; newer labels of the pad replace them.
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
   * Takes a label of the pad.
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
   * Returns the rows on the map whose label differs from the traces.
   *
   * @param {Points} points
   */
  changed(points) {
    const rows = [...this.now.keys()].filter((row) => this.now.get(row) !== this.drawn.get(row));
    for (const row of this.drawn.keys()) if (!this.now.has(row)) rows.push(row);
    return rows.filter((row) => points.placed[row]);
  }

  /**
   * Returns the rows of each class for its trace, and notes that the traces show them.
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

// Types that the map's modules share. The types of Python's data are in ../wire.d.ts.
import type { CategoryColors, NumberColors } from "../wire";

/** The positions of the rows; `placed` is 0 for a row that is not on the map. */
export interface Points {
  n: number;
  x: Float32Array;
  y: Float32Array;
  placed: Uint8Array;
}

/** The colors of all rows, and the address from which they were loaded. */
export type Colors = { url: string } & (
  | (Omit<CategoryColors, "codes"> & { codes: Uint8Array })
  | (Omit<NumberColors, "values"> & { values: Uint8Array })
);

export type Scale = [share: number, color: string][];

/** Rows that are drawn as one trace: in one color, or in colors of a scale by their values. */
export interface Group {
  name?: string | null;
  color: string;
  rows: number[];
  values?: Uint8Array;
  scale?: Scale;
  dimmed?: boolean;
}

/** Tells whether a row is in a set, as a number or a boolean. */
export type Among = (row: number) => number | boolean;

interface Look {
  name: string;
  fill?: string;
  stroke?: string;
  width?: number;
  dash?: string;
}

/** A mark above the points, in their units; `radius` of a ring is in pixels. */
export type Mark =
  | (Look & { kind: "ring" | "ball"; x: number; y: number; radius: number })
  | (Look & { kind: "line"; x0: number; y0: number; x1: number; y1: number })
  | (Look & { kind: "text"; x: number; y: number; below: number; text: string });

/** The ranges in view. */
export interface Ranges {
  x: [number, number];
  y: [number, number];
}

/** A plot's place in CSS pixels, and the ranges in view. */
export interface Frame extends Ranges {
  left: number;
  top: number;
  width: number;
  height: number;
}

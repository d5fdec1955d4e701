// What Streamlit hands to a component, what the components of a page tell each other, and the little of Plotly they use.
import type { Status } from "./wire";

export interface Component<Data> {
  data: Data;
  parentElement: HTMLElement;
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}

/** The row on screen, and where it lies to its nearest center. */
export interface Spot {
  row: number;
  nearest?: number | null;
  distance?: number | null;
}

export interface RowOnScreen {
  row: number | null;
  nearest: number | null;
  distance: number | null;
  radius: number | null;
  space: string | null;
  step: number | null;
  label: number | null;
}

export interface PlotlyAxis {
  range: [number, number];
  _offset: number;
  _length: number;
}

export interface PlotlyLayout {
  width: number;
  margin: { l: number; r: number };
  xaxis: PlotlyAxis;
  yaxis: PlotlyAxis;
}

export interface PlotlyPoint {
  curveNumber: number;
  pointNumber?: number;
  pointIndex?: number;
}

export interface PlotlyEvent {
  points: PlotlyPoint[];
  event: MouseEvent;
}

export interface PlotlyTrace {
  [property: string]: unknown;
  x: ArrayLike<number>;
  y: ArrayLike<number | null>;
}

/** An element that Plotly has drawn in: the properties are there from its first drawing on. */
export interface PlotlyDiv extends HTMLDivElement {
  _fullLayout?: PlotlyLayout;
  layout?: { dragmode?: string };
  data: PlotlyTrace[];
  on(name: "plotly_hover" | "plotly_click", listener: (event: PlotlyEvent) => void): void;
  on(name: "plotly_selected", listener: (event?: PlotlyEvent) => void): void;
  on(name: "plotly_unhover" | "plotly_relayouting" | "plotly_relayout" | "plotly_afterplot", listener: () => void): void;
}

export interface PlotlyLibrary {
  react(div: HTMLElement, traces: PlotlyTrace[], layout: object, config: object): Promise<unknown>;
  relayout(div: HTMLElement, change: object): Promise<unknown>;
  restyle(div: HTMLElement, change: object, traces: number[]): Promise<unknown>;
  update(div: HTMLElement, change: object, layout: object, traces: number[]): Promise<unknown>;
  purge(div: HTMLElement): void;
  Plots: { resize(div: HTMLElement): Promise<unknown> };
}

declare global {
  interface Window {
    Plotly?: PlotlyLibrary;
  }
  interface WindowEventMap {
    "dami:row": CustomEvent<RowOnScreen>; // the pad: which row it shows
    "dami:labeled": CustomEvent<{ row: number; class: number | null }>; // the pad: what was given
    "dami:ask": CustomEvent<null>; // the map: it would like to hear again which row is shown
    "dami:pick": CustomEvent<{ row: number }>; // the map: a row to show
    "dami:poll": CustomEvent<object>; // the pad: something was sent that may begin work
    "dami:status": CustomEvent<Status>; // the pulse: how the work is
  }
}

// Types of Streamlit's component, of the events between a page's components, and of the used parts of Plotly.
import type { Status } from "./wire";

/** `Sent` has what the component sends back to Python, by name. */
export interface Component<Data, Sent = object> {
  data: Data;
  parentElement: HTMLElement;
  setStateValue<Name extends keyof Sent & string>(name: Name, value: Required<Sent>[Name]): void;
  setTriggerValue<Name extends keyof Sent & string>(name: Name, value: Required<Sent>[Name]): void;
}

/** The row on screen, with its nearest center and the distance to it. */
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

/** An element in which Plotly draws; the first drawing sets the properties. */
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
    "dami:labeled": CustomEvent<{ row: number; class: number | null }>; // the pad: a label was given or taken back
    "dami:ask": CustomEvent<null>; // the map: it asks the pad to tell its row again
    "dami:pick": CustomEvent<{ row: number }>; // the map: a row to show
    "dami:poll": CustomEvent<object>; // the pad: an answer was sent that may start a job
    "dami:status": CustomEvent<Status>; // the pulse: the progress of the jobs
  }
}

// Types that the pad's modules share. The types of what Python sends and receives are in ../wire.d.ts.
import type { Action, Card, ClassEntry, OutboxItem, PadProps, QueueEntry, Reference, Source } from "../wire";
import type { Practice } from "./practice.js";

/** What is known of why a row was picked. */
export interface Evidence extends Omit<QueueEntry, "row" | "step" | "reason" | "audit" | "model" | "round"> {
  step: number | null;
  reason: string | null;
  audit: boolean;
}

/** A row to show, and the network that picked it; `restored` is the number of the undo that put it back. */
export interface Item extends Partial<Evidence> {
  row: number;
  model: number | null;
  round: number | null;
  restored?: number;
}

/** A row whose values are wanted, with contributions under one network. */
export type Wanted = Pick<Item, "row" | "model">;

/** A decision before it has a number. */
export interface Choice {
  action: Action;
  row: number;
  class: number | null;
  model: number | null;
  round: number | null;
  step: number | null;
  source: Source;
  undoes?: Reference | null;
  note?: string;
  batch?: string;
  shown?: Evidence;
}

/** A decision in the outbox; `shown` tells why the row was on screen and is not sent. */
export interface Decision extends Omit<OutboxItem, "note" | "batch"> {
  note?: string | null;
  batch?: string | null;
  shown?: Evidence;
}

/** A decision, and the client that made it. */
export type Logged = Decision & { client: string };

/** An answer or a note in effect, from the server's history, or decided after it (`fresh`). */
export interface Entry extends Partial<Evidence>, Reference {
  row: number;
  action: Action;
  class: number | null;
  model?: number | null;
  round?: number | null;
  note?: string | null;
  batch?: string | null;
  pressed?: number | null;
  source?: Source;
  fresh?: boolean;
}

/** An undo that can be taken back, with the entries that it took back. */
export type Undone = Reference & { entries: Entry[] };

/** What holds now. */
export interface State {
  /** The entries in effect, oldest first. */
  entries: Entry[];
  /** Row -> its last entry; the rows are in the order of their first entries. */
  effective: Map<number, Entry>;
  /** Whether the server may know older entries. */
  cut: boolean;
  /** Rows with a decision that the server does not know. */
  answered: Set<number>;
  /** Row -> its newest note. */
  notes: Map<number, string>;
  /** The undos that can be taken back; redo takes the last one first. */
  redo: Undone[];
  labeled: number;
  /** Class -> its labels. */
  counts: Map<number, number>;
  roundDone: number;
}

/** The answer to the row on screen, from the history or from the database. */
export type Given = Pick<Entry, "action" | "class">;

/** A row that a person went back to (`item` if its answer was undone) or chose. */
export interface Place {
  row: number;
  item?: Entry;
  chosen?: boolean;
}

export type Classes = Map<number, ClassEntry>;

/** The parts of a guess that the card draws. */
export interface Sides {
  columns: Record<string, number>;
  favored: ClassEntry;
  other: ClassEntry;
}

/** A row's values: undefined while they are loading, null if there is no such row. */
export type Values = Card | null | undefined;

export type PlaceKind = "queue" | "trail" | "chosen";

/** The actions of the pad, each with a key or a button. */
export type PadAction =
  | Action
  | "redo"
  | "back"
  | "forward"
  | "guess"
  | "reveal"
  | "step"
  | "play"
  | "help"
  | "seek"
  | "leave"
  | "accept"
  | "faster";

export type Act = (action: PadAction, classId?: number | null) => void;

/** All data that the view draws. */
export interface Seen {
  data: PadProps;
  state: State;
  item: Item | null;
  given: Given | undefined;
  place: PlaceKind;
  practice: Practice;
  classes: Classes;
  nearestClass: number | null | undefined;
  title: string | null | undefined;
  empty: string | null;
}

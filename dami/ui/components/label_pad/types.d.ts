// What the pad's modules hand to each other. What Python says, and what it is told, is in ../wire.d.ts.
import type { Action, Card, ClassEntry, OutboxItem, PadProps, QueueEntry, Reference, Source } from "../wire";
import type { Practice } from "./practice.js";

/** Why a row is asked, as far as it is known. */
export interface Evidence extends Omit<QueueEntry, "row" | "step" | "reason" | "audit" | "model" | "round"> {
  step: number | null;
  reason: string | null;
  audit: boolean;
}

/** A row to show, and which network asked for it; `restored`: the number of the undo that put it back. */
export interface Item extends Partial<Evidence> {
  row: number;
  model: number | null;
  round: number | null;
  restored?: number;
}

/** A row whose values are wanted, as a network sees it. */
export type Wanted = Pick<Item, "row" | "model">;

/** What is decided, before it has a number. */
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

/** A decision in the outbox; `shown` is not sent: it is why the row was on screen. */
export interface Decision extends Omit<OutboxItem, "note" | "batch"> {
  note?: string | null;
  batch?: string | null;
  shown?: Evidence;
}

/** A decision, and whose. */
export type Logged = Decision & { client: string };

/** An answer or a note in effect: of the server's history, or decided since (`fresh`). */
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

/** An undo that can be taken back, and what it took back. */
export type Undone = Reference & { entries: Entry[] };

/** What is true now. */
export interface State {
  /** In effect, oldest first. */
  entries: Entry[];
  /** Row -> its last entry, rows in the order of their first. */
  effective: Map<number, Entry>;
  /** Whether the server may know older ones. */
  cut: boolean;
  /** Rows with a decision that the server does not know. */
  answered: Set<number>;
  /** Row -> its newest note. */
  notes: Map<number, string>;
  /** What can be brought back, the next last. */
  redo: Undone[];
  labeled: number;
  /** Class -> its labels. */
  counts: Map<number, number>;
  roundDone: number;
}

/** An answer to the row on screen, of the history or of the table. */
export type Given = Pick<Entry, "action" | "class">;

/** A row gone back to (`item`: as it was undone), or chosen. */
export interface Place {
  row: number;
  item?: Entry;
  chosen?: boolean;
}

export type Classes = Map<number, ClassEntry>;

/** What the card draws of a guess. */
export interface Sides {
  columns: Record<string, number>;
  favored: ClassEntry;
  other: ClassEntry;
}

/** A row's values: undefined while they are on their way, null if there is no such row. */
export type Values = Card | null | undefined;

export type PlaceKind = "queue" | "trail" | "chosen";

/** Actions of the pad, each with a key or a button. */
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

/** All that the view draws from. */
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

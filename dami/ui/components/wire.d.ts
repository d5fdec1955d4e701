// Made by tests/wire_types.py of the TypedDicts in the Python modules named below: change them there.

// dami.workspace.annotating.pad_wire

export type Action = "label" | "unsure" | "later" | "discard" | "note" | "undo";

export type Source = "human" | "oracle" | "imported";

export type Mode = "label" | "practise" | "workshop";

export type Unusual = "rare" | "low" | "high";

/** A class that a row can be given, and how many rows have it. */
export interface ClassEntry {
  id: number;
  name: string;
  color: string;
  guideline: string;
  count: number;
}

/** Why a row is asked: its distance to the nearest center, and the row to compare it with. */
export interface Evidence {
  distance: number | null;
  nearest: number | null;
  nearest_class: number | null;
  compare: number | null;
  radius: number | null;
  space: string | null;
  reason: string;
  facts: [string, string][];
  strategy: string | null;
}

/** A row to ask. `model` and `round` are those that asked for it first, if that was not the newest network. */
export interface QueueEntry {
  distance: number | null;
  nearest: number | null;
  nearest_class: number | null;
  compare: number | null;
  radius: number | null;
  space: string | null;
  reason: string;
  facts: [string, string][];
  strategy: string | null;
  row: number;
  step: number;
  audit?: boolean;
  model?: number | null;
  round?: number | null;
}

/** An answer in effect; `step` counts the answers in effect up to it. */
export interface HistoryEntry {
  class: number | null;
  event: number;
  client: string;
  seq: number;
  row: number;
  action: Action;
  note: string;
  batch: string | null;
  step: number | null;
  distance: number | null;
  nearest: number | null;
  radius: number | null;
  space: string | null;
  reason: string | null;
  source: Source;
  model: number | null;
  pressed: number | null;
}

/** Names an event by the client that numbered it and by that number. */
export interface Reference {
  client: string;
  seq: number;
}

/** An undo that can be taken back, and the answer that it took back. */
export interface RedoEntry {
  client: string;
  seq: number;
  entry: HistoryEntry;
}

export interface AuditProgress {
  size: number;
  answered: number;
}

/** All data that the pad shows, except addresses. */
export interface PadData {
  project: string;
  mode: Mode;
  classes: ClassEntry[];
  goal: number | null;
  labeled: number;
  model: number | null;
  round: number | null;
  round_size: number;
  round_done: number;
  training: boolean;
  strategies: Record<string, string>;
  spaces: Record<string, string>;
  audit: AuditProgress | null;
  queue: QueueEntry[];
  history: HistoryEntry[];
  redo: RedoEntry[];
  acks: Record<string, number>;
  seen: number;
  conflicts: number;
}

/** A decision. `model`, `round` and `step` say what asked for the row; `saw` is the `seen` of the data on screen. */
export interface OutboxItem {
  class: number | null;
  seq: number;
  action: Action;
  row: number;
  model: number | null;
  round: number | null;
  step: number | null;
  pressed: number | null;
  source: Source;
  undoes: Reference | null;
  note: string | null;
  batch: string | null;
  saw: number | null;
}

export interface ClientItems {
  client: string;
  items: OutboxItem[];
}

/** The decisions of a tab that the server has not acknowledged yet, and those of closed tabs (`orphans`). */
export interface Outbox {
  client: string;
  items: OutboxItem[];
  orphans: ClientItems[];
  sent: number;
}

/** A value of a row; `contribution` is a share of the largest contribution in the row. */
export interface CardValue {
  column: string;
  value: string;
  contribution: number | null;
  unusual: Unusual | null;
  left_out: boolean;
}

/** A row as a person reads it, with the class and the note that it has. */
export interface Card {
  class: number | null;
  row: number;
  title: string | null;
  note: string;
  values: CardValue[];
}

/** A row that a search found, and a line of its values. */
export interface Hit {
  row: number;
  text: string;
}

export interface GuessedClass {
  class: number;
  probability: number;
}

/** The network's likeliest classes, and each column's contribution to the first against the second, in logits. */
export interface ModelGuess {
  row: number;
  model: number;
  classes: GuessedClass[];
  favored: number;
  other: number | null;
  columns: Record<string, number>;
}

export interface NearDuplicates {
  row: number;
  rows: number[];
  why: string;
}

// dami.workspace.exploring.map_wire

export interface MapClass {
  id: number;
  name: string;
  color: string;
}

/** Rows and, in the same order, the classes they have. */
export interface MapLabels {
  rows: number[];
  classes: number[];
}

/** The rows drawn above the others, in groups. */
export interface MapMarks {
  classes: MapClass[];
  labels: MapLabels;
}

/** The address of all rows' colors (`CategoryColors` or `NumberColors`), and their title. */
export interface MapColors {
  url: string;
  title: string;
}

/** All data that the map shows. `name`: name of the file of positions; `gone`: a bitset of discarded rows. */
export interface MapData {
  classes: MapClass[];
  labels: MapLabels;
  project: string;
  n: number;
  name: string | null;
  model: number | null;
  caption: string;
  gone: string | null;
  colors: MapColors | null;
}

/** `codes`: a byte for each row in base64, a position in `names`; any other byte means that nothing is known. */
export interface CategoryColors {
  kind: "category";
  title: string;
  names: string[];
  palette: string[];
  codes: string;
}

/** `values`: a byte for each row in base64, from 0 for `low` to 254 for `high`; 255 is missing. */
export interface NumberColors {
  kind: "number";
  title: string;
  low: number;
  high: number;
  values: string;
}

// dami.ui.wire

export type TrainingStep = [step: number, loss: number | null, accuracy: number | null];

export type JobKind = "train" | "map" | "compare" | "predict" | "model file" | "rivals" | "export" | "kinds";

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/** The data of the label pad; `focus` is a row to show. */
export interface PadProps {
  project: string;
  mode: Mode;
  classes: ClassEntry[];
  goal: number | null;
  labeled: number;
  model: number | null;
  round: number | null;
  round_size: number;
  round_done: number;
  training: boolean;
  strategies: Record<string, string>;
  spaces: Record<string, string>;
  audit: AuditProgress | null;
  queue: QueueEntry[];
  history: HistoryEntry[];
  redo: RedoEntry[];
  acks: Record<string, number>;
  seen: number;
  conflicts: number;
  rows_url: string;
  search_url: string;
  truth_url: string;
  guess_url: string;
  near_duplicates_url: string;
  focus: number | null;
}

/** What the label pad sends back to Python. */
export interface PadSent {
  outbox?: Outbox;
}

/** Options of a map, added to its data or put in place of them. */
export interface MapOptions {
  classes: MapClass[];
  labels: MapLabels;
  focus: number | null;
  greyed: string | null;
  forgotten: number;
  height: number;
}

/** The data of a map: `positions` is the address of the rows' places, `select` tells if a lasso can be drawn. */
export interface MapProps {
  classes: MapClass[];
  labels: MapLabels;
  project: string;
  n: number;
  name: string | null;
  model: number | null;
  caption: string;
  gone: string | null;
  colors: MapColors | null;
  positions: string | null;
  hover_url: string;
  select: boolean;
  focus: number | null;
  greyed?: string | null;
  forgotten?: number;
  height?: number;
}

/** What the map sends back to Python: the rows in a lasso as a bitset, a row that was clicked. */
export interface MapSent {
  selected?: string;
  clicked?: number;
}

/** Marks that change with what pages show; `acks` has each tab's highest stored number. */
export interface Seen {
  work: string;
  acks: Record<string, number>;
  urgent?: string;
}

/** The data of the pulse: `seen` marks what Python has drawn, `active` lists job ids, `tab` is a token. */
export interface PulseProps {
  status_url: string;
  tab: string;
  seen: Seen;
  active: number[];
  cancel: boolean;
}

/** What the pulse sends back to Python: the newest marks, the id of a job to cancel. */
export interface PulseSent {
  changed?: string;
  cancel?: number;
}

/** A job that is shown; `history` and `steps`, how many there will be, are of a training. */
export interface JobProgress {
  id: number;
  kind: JobKind;
  state: JobState;
  progress: number;
  message: string;
  history: TrainingStep[];
  steps: number | null;
}

/** The answer to a pulse; `pause` is the time in milliseconds until the next question during a job. */
export interface Status {
  seen: Seen;
  alive: boolean;
  pause: number;
  jobs: JobProgress[];
}

/** The data of a training's curve; `steps` is None while the training is under way. */
export interface CurveProps {
  history: TrainingStep[];
  steps: number | null;
  title: string;
}

// What Python says to the pad, as small as it can be.

export const CLASSES = ["cat", "dog", "owl"].map((name, id) => ({ id, name, color: "#000000", guideline: "", count: 0 }));

export const asked = (row, step, more = {}) => ({
  row,
  step,
  distance: row / 10,
  nearest: 1,
  nearest_class: 0,
  compare: 1,
  radius: 1,
  space: "representation",
  reason: `Row ${row} is far.`,
  facts: [],
  strategy: "dami",
  ...more,
});

export const given = (seq, row, more = {}) => ({
  event: seq,
  client: "server",
  seq,
  row,
  action: "label",
  class: 0,
  note: "",
  batch: null,
  step: seq,
  distance: null,
  nearest: null,
  radius: null,
  space: null,
  reason: null,
  source: "human",
  model: 1,
  pressed: null,
  ...more,
});

export const said = (more = {}) => ({
  project: "p",
  mode: "label",
  classes: CLASSES,
  goal: null,
  labeled: more.history?.length ?? 0,
  model: 1,
  round: 1,
  round_size: 10,
  round_done: more.history?.length ?? 0,
  training: false,
  strategies: {},
  spaces: {},
  audit: null,
  queue: [10, 11, 12, 13].map((row, at) => asked(row, at + 1)),
  history: [],
  redo: [],
  acks: {},
  seen: 7,
  conflicts: 0,
  focus: null,
  ...more,
});

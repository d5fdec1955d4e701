// What a person decides, on its way to the outbox: answers, undo and redo, rows discarded together, notes. What is
// effective follows at once; the server hears of it when it can.

import { combine, evidence, labelOf } from "./state.js";

/** Who asked, as every event says it; a row chosen by hand has no step. */
const asked = ({ model = null, round = null, step = null }) => ({ model, round, step });

export class Decisions {
  answer(action, classId, source = "human") {
    const { item, place } = this;
    if (source === "human") this.practice.taken();
    this.push({ action, row: item.row, class: classId, ...asked(item), source, shown: evidence(item) });
    this.queue = this.queue.filter(({ row }) => row !== item.row);
    this.said = action === "label" ? `${this.classes.get(classId)?.name ?? "The known label"} given to row ${item.row}.` : `Row ${item.row}: ${action}.`;
    if (place === "trail") this.forward();
    else this.leave();
    this.twins.end();
    if (action === "discard") this.twins.look(this.data.twins_url, item.row);
    this.view.flash(this.view.nodeOf(source === "oracle" ? "step" : action, classId));
    this.send();
  }

  undo() {
    const last = this.state.entries.findLast(({ client, seq }) => client != null && seq != null);
    if (!last) return;
    const { row } = last;
    const { seq } = this.push({ action: "undo", row, class: null, ...asked(last), source: "human", undoes: { client: last.client, seq: last.seq } });
    this.queue = this.queue.filter((item) => item.row !== row);
    const before = this.state.effective.get(row);
    if (last.action === "note") this.rows.setNote(row, this.state.notes.get(row) ?? "");
    if (before || last.step == null || last.batch || last.action === "note") this.at = { row, item: last, chosen: true };
    else {
      this.at = null;
      const { model = this.data.model, round = this.data.round } = last;
      this.queue.unshift({ ...evidence(last), row, model, round, restored: seq });
    }
    this.said = "Undone.";
    this.show();
    this.telling.label(row, labelOf(before) ?? null);
    this.send();
  }

  /** Brings back what was taken back last. */
  redo() {
    const next = this.state.redo.at(-1);
    if (!next) return;
    const [entry] = next.entries;
    this.push({ action: "undo", row: entry.row, class: null, ...asked(entry), source: "human", undoes: { client: next.client, seq: next.seq } });
    const rows = new Set(next.entries.map(({ row }) => row));
    if (entry.action === "note") this.rows.setNote(entry.row, entry.note);
    else this.queue = this.queue.filter(({ row }) => !rows.has(row));
    this.said = "Redone.";
    this.leave();
    this.send();
  }

  /** Discards rows together, so that one undo brings all back. */
  discard(rows) {
    const batch = `${this.outbox.client}:${Date.now()}`;
    const { model = null, round = null } = this.data;
    for (const row of rows) this.push({ action: "discard", row, class: null, model, round, step: null, source: "human", batch });
    this.queue = this.queue.filter(({ row }) => !rows.includes(row));
    this.said = `${rows.length} more discarded.`;
    this.show();
    this.send();
  }

  annotate(row, note) {
    this.push({ action: "note", row, class: null, note, model: this.data.model, round: null, step: null, source: "human" });
    this.rows.setNote(row, note);
    this.show();
    this.send();
  }

  /** Appends to the outbox; what is effective follows from it at once. */
  push(event) {
    const saw = this.data.seen ?? null; // a stale answer is to be known as one
    const item = this.outbox.push({ ...event, pressed: Date.now() / 1000, undoes: event.undoes ?? null, saw });
    this.rows.forget(event.row);
    this.state = combine(this.data, this.outbox.log);
    this.practice.count();
    return item;
  }
}

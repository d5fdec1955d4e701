"""Reads a newer file of a table as the table was read: its few rows do not show what the many rows of the table do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.types as pt

from dami.tables.amounts import told
from dami.tables.readings import read_texts, shown_reading
from dami.tables.table import Table

LEAST = 0.5  # the share of a column's cells that have to mean something; with fewer it is another column of this name


def read_alike(newer: Table, table: Table) -> Table:
    """Return a newer file with its columns read as those of the same names in a table.

    A column that a person gave a kind has this kind. A column of numbers or dates is read with the table's decimal sign
    and its order of day and month, and cells that are none are missing.
    """
    newer = newer.with_kinds({name: kind for name, kind in table.kinds.items() if name in newer.frame})
    for name in newer.frame:
        values = _as_in(table, newer, name) if name in table.frame and name not in table.kinds else None
        if values is not None:
            newer = newer.with_meaning(name, values).with_notes(_notes(newer, name, values))
    return newer


def _notes(newer: Table, name: str, values: pd.Series) -> list[str]:
    """Return the notes of a newer file whose column has these values now."""
    notes = [note for note in newer.notes if not (note.startswith(f"In “{name}”,") and "stays text" in note)]
    lost = (values.isna() & newer.frame[name].notna()).to_numpy(dtype=bool)
    if lost.any():
        what = "date" if values.dtype.kind == "M" else "number"
        once = np.ones(len(lost), dtype=np.int64)
        notes.append(told(name, f"what is no {what} counts as missing", newer.texts_column(name), lost, once))
    return notes


def _as_in(table: Table, newer: Table, name: str) -> pd.Series | None:
    """Return what a column of the newer file means by the table's reading; None if its own reading will do."""
    old, new = table.frame[name], newer.frame[name]
    kind = {"M": "date", "i": "number", "f": "number"}.get(old.dtype.kind)
    original = newer.originals.get(name)
    is_typed = original is not None and not (pt.is_string(original.type) or pt.is_large_string(original.type))
    if kind is None or is_typed or (new.dtype.kind in "iub" and original is None):
        return None
    reading = shown_reading(table.texts_column(name), kind, old)
    texts = newer.texts_column(name)
    is_text = isinstance(new.dtype, pd.StringDtype)
    if reading is None and not is_text:
        return None
    values = read_texts(texts, kind, reading)
    least = LEAST if is_text else 1
    understood = int((values.notna() & new.notna().to_numpy()).sum())
    return values if understood and understood >= least * new.notna().sum() else None

"""Reads a newer file of a table as the table was read: its few rows do not show what the many rows of the table do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow.types as pt

from dami.notes import is_doubt
from dami.tables.coded import coded_as, is_coded
from dami.tables.number_formats import told
from dami.tables.readings import joined, parted, read_texts, shown_reading
from dami.tables.table import Table

LEAST = 0.5  # the share of a column's cells that have to mean something; with fewer it is another column of this name


def read_alike(newer: Table, table: Table) -> Table:
    """Return a newer file with its columns read as those of the same names in a table.

    A column that a person gave a kind has this kind. A column of numbers or dates is read with the table's decimal sign
    and its order of day and month, and cells that are none are missing. Where a table of a statistics program has codes
    with labels, a text of the newer file is one of them.
    """
    for name, original in table.originals.items():
        if name in newer.frame and is_coded(original.type) and not is_coded(newer.exact(name).type):
            newer = newer.with_cells(name, coded_as(newer.texts_column(name), original.combine_chunks()))
    newer = newer.with_kinds({name: kind for name, kind in table.kinds.items() if name in newer.frame})
    names = [name for name in newer.frame if name in table.frame and name not in table.kinds and _is_open(newer, name)]
    shown = {name: _shown(table, name) for name in names}
    return read_by(newer, {name: choice for name, choice in shown.items() if choice})


def read_by(newer: Table, readings: Mapping[str, str]) -> Table:
    """Return a newer file with columns that no person gave a kind read by the readings of a table, where they fit.

    Parameters
    ----------
    readings : column -> "number" or "date", with the reading that the table shows
    """
    for name, choice in readings.items():
        if name not in newer.frame or name in newer.kinds or not _is_open(newer, name):
            continue
        kind, reading = parted(choice)
        values = read_texts(newer.texts_column(name), kind, reading)
        if _fits(newer, name, values, reading):
            newer = newer.with_meaning(name, values).with_notes(_notes(newer, name, values))
        elif reading:
            newer = newer.with_notes([*newer.notes, *_read_otherwise(newer, name, values, choice)])
    return newer


def _notes(newer: Table, name: str, values: pd.Series) -> list[str]:
    """Return the notes of a newer file whose column has these values now."""
    notes = [note for note in newer.notes if not is_doubt(note, name)]
    lost = (values.isna() & newer.frame[name].notna()).to_numpy(dtype=bool)
    if lost.any():
        what = "date" if values.dtype.kind == "M" else "number"
        once = np.ones(len(lost), dtype=np.int64)
        notes.append(told(name, f"what is no {what} counts as missing", newer.texts_column(name), lost, once))
    return notes


def _read_otherwise(newer: Table, name: str, values: pd.Series, choice: str) -> list[str]:
    """Return a note if a column has another reading than the table's, by which its cells have these values."""
    kind, reading = parted(choice)
    if newer.frame[name].dtype.kind not in ("M" if kind == "date" else "if"):
        return []
    texts = newer.texts_column(name)
    own = shown_reading(texts, kind, newer.frame[name])
    if own in (None, reading):
        return []
    lost = (values.isna() & newer.frame[name].notna().to_numpy()).to_numpy(dtype=bool)
    what = f"the {kind}s were read by another rule than before ({own}, not {reading}), which these cells need"
    return [told(name, what, texts, lost, np.ones(len(lost), dtype=np.int64))]


def _shown(table: Table, name: str) -> str | None:
    """Return what a column of a table was read as, with the reading that its texts show; None if not from texts."""
    kind = {"M": "date", "i": "number", "f": "number"}.get(table.frame[name].dtype.kind)
    return kind and joined(kind, shown_reading(table.texts_column(name), kind, table.frame[name]))


def _is_open(newer: Table, name: str) -> bool:
    """Return whether the cells of a column are texts, so that their values depend on a reading."""
    original = newer.originals.get(name)
    if original is not None:
        return bool(pt.is_string(original.type) or pt.is_large_string(original.type))
    return newer.frame[name].dtype.kind not in "iub"


def _fits(newer: Table, name: str, values: pd.Series, reading: str | None) -> bool:
    """Return whether these values, by a table's reading, are better than those that a column shows itself."""
    new = newer.frame[name]
    is_text = isinstance(new.dtype, pd.StringDtype)
    if reading is None and not is_text:
        return False
    understood = int((values.notna() & new.notna().to_numpy()).sum())
    return bool(understood and understood >= (LEAST if is_text else 1) * new.notna().sum())

"""Checks that an encoder can read new rows, and reports the values that do not fit before anything is predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from dami import wording
from dami.errors import TableError
from dami.tables.checked_table import checked_table
from dami.tables.column_values import arrow_texts, as_texts, numbers_in
from dami.tables.encoding import Encoder
from dami.tables.number_formats import counts_as_missing
from dami.tables.readings import parted
from dami.tables.text_values import as_text
from dami.tables.yes_no import NEITHER, say_neither

MOST_UNREADABLE = 0.5  # share of a column's values; with more of them it is another column of the same name


def check_rows(encoder: Encoder, frame: pd.DataFrame) -> list[str]:
    """Return sentences about the values of new rows that the encoder takes as missing or unknown.

    Raises
    ------
    TableError
        If a column that the encoder needs is absent, or if the encoder expects numbers or dates in a column and more
        than half of its values are none.
    """
    given = checked_table(frame)
    frame = encoder.by_codes(given)
    needed = [name for name in encoder.inputs_ if name in set(encoder.columns_of_)]
    lacking = [name for name in needed if name not in frame.columns]
    if lacking:
        names, has = wording.quoted(lacking, 5), wording.quoted(list(frame.columns), 8)
        columns = wording.noun(len(lacking), "column")
        raise TableError(
            f"The new rows lack the {columns} {names}, which the network was trained on; they have {has}. Give them "
            "the names of the table that was labelled."
        )
    notes = []
    for name in needed:
        if name in encoder.numbers_ or name in encoder.places_:
            notes += _unreadable(frame, given, name, encoder.read_as(name))
        elif name in encoder.few_:
            notes += _unknown(encoder, frame, name)
    return notes


def _unreadable(frame: pd.DataFrame, given: pd.DataFrame, name: str, choice: str) -> list[str]:
    present = given[name].notna().to_numpy()
    bad = np.flatnonzero(present & np.isnan(numbers_in(frame, name, choice)))
    if not len(bad):
        return []
    kind, texts = parted(choice)[0], [as_text(value) for value in given[name].iloc[bad]]
    if len(bad) > MOST_UNREADABLE * present.sum():
        raise TableError(
            f"“{name}” held {kind}s where the network was trained, but {len(bad):,} of its {int(present.sum()):,} "
            f"values in the new rows are none, such as “{texts[0][:40]}” in row {bad[0]:,}. Mend that column."
        )
    return [counts_as_missing(name, f"what is no {kind}", pa.array(texts, pa.string()), np.ones(len(bad), dtype=bool))]


def _unknown(encoder: Encoder, frame: pd.DataFrame, name: str) -> list[str]:
    texts = as_texts(frame[name])
    if words := encoder.words_.get(name):
        column = arrow_texts(texts)
        lost = say_neither(column, words)
        return [counts_as_missing(name, NEITHER, column, lost)] if lost.any() else []
    strange = texts[texts.notna() & ~texts.isin(encoder.few_[name])]
    if strange.empty:
        return []
    example = f"such as “{strange.iloc[0][:40]}”"
    rows = "one row has" if len(strange) == 1 else f"{len(strange):,} rows have"
    return [
        f"In “{name}”, {rows} a value that the network has never seen ({example}), which counts as the average of the "
        "others."
    ]

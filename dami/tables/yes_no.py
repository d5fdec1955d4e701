"""Tells texts that say yes or no from others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami import wording
from dami.tables.column_values import arrow_texts, as_texts
from dami.tables.patterns import ALWAYS_MISSING

YES_NO = ({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"0", "1"})
NEITHER = "what says neither yes nor no"


def say_neither(texts: pa.Array) -> np.ndarray:
    """Return which texts (n,) say neither yes nor no, (n,) bool; what is missing or spells that is not among them.

    In a column of two texts, each says one of them, whatever it is.
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    words = pc.utf8_lower(trimmed)
    present = pc.invert(pc.fill_null(pc.is_in(trimmed, value_set=pa.array(ALWAYS_MISSING)), True))
    present = pc.and_(present, pc.is_valid(texts))
    if len(pc.unique(words.filter(present))) <= 2:
        return np.zeros(len(texts), dtype=bool)
    known = pc.is_in(words, value_set=pa.array(sorted(set().union(*YES_NO))))
    return np.asarray(pc.and_(present, pc.invert(known)).to_numpy(zero_copy_only=False))


def yes_no_only(texts: pd.Series, known: list[str] | None = None) -> pd.Series:
    """Return texts (n,) of which those that say neither yes nor no are missing.

    Parameters
    ----------
    known : what the texts of the whole column say that these are some of; None if these are the column
    """
    if known is not None:
        return texts.where(texts.isin(known))
    return texts.mask(say_neither(arrow_texts(texts)) | texts.str.strip().isin(ALWAYS_MISSING).to_numpy(dtype=bool))


def neither_notes(counts: Mapping[str, int], sample: pd.DataFrame) -> list[str]:
    """Return a sentence for each column with texts that say neither, with an example if the sample has one.

    Parameters
    ----------
    counts : column -> the number of such texts
    """
    notes = []
    for name, n in counts.items():
        if n:
            texts = arrow_texts(as_texts(sample[name]))
            strange = texts.filter(pa.array(say_neither(texts))).slice(0, 1).to_pylist()
            example = "".join(f", such as “{text[:40]}”" for text in strange)
            notes.append(f"In “{name}”, {NEITHER} counts as missing ({wording.count(n, 'cell')}{example}).")
    return notes

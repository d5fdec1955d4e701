"""Says what the cells of a newer file leave open beside its table, which a person may then say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.newer_files import LEAST, shown_choice
from dami.tables.number_formats import match
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES, PLAIN
from dami.tables.readings import READINGS, Question, parted, question_of, read_texts
from dami.tables.table import Table

SPELL_MISSING = (*ALWAYS_MISSING, *MISSING_AMONG_VALUES)


@dataclass(frozen=True)
class Doubt:
    """A column of a newer file of which some cells mean two things.

    Attributes
    ----------
    column : its name in the table
    question : what a person is asked
    holds : the choice of a kind and a reading by which the cells are read; None if they count as missing, or are texts
    is_said : whether a person has said it; else the table has shown it, or the file elsewhere
    """

    column: str
    question: Question
    holds: str | None
    is_said: bool


def doubts(newer: Table, table: Table) -> list[Doubt]:
    """Return what a newer file leaves open that was read as a table was, see `newer_files.read_alike`.

    That are numbers and dates of two meanings, if other cells of the file do not show which one they have. Where a
    plain 1.234 means what it says, nothing is open.
    """
    found = (_doubt(newer, table, name) for name in newer.frame if name in table.frame and newer.holds_texts(name))
    return [doubt for doubt in found if doubt is not None]


def _doubt(newer: Table, table: Table, name: str) -> Doubt | None:
    before = table.kinds.get(name) or shown_choice(table, name) or ""
    kind, reading = parted(before)
    if kind not in READINGS:
        return None
    texts = newer.texts_column(name).dictionary_encode()
    absent = pc.is_in(pc.utf8_trim_whitespace(texts.dictionary), value_set=pa.array(SPELL_MISSING))
    asked = question_of(texts.dictionary.filter(pc.invert(absent)), kind, LEAST)
    if asked is None:
        return None
    row = int(np.flatnonzero(pc.equal(texts.cast(pa.string()), asked.example).to_numpy(zero_copy_only=False))[0])
    value, example = newer.frame[name].iloc[row], pa.array([asked.example])
    held = (choice for choice in asked.meanings if read_texts(example, *parted(choice))[0] == value)
    holds, is_said = next(held, None), newer.kinds.get(name) in asked.meanings
    is_plain = holds is not None and not reading and match(example, PLAIN).all()
    return Doubt(name, asked, holds, is_said) if is_said or not is_plain else None

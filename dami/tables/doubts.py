"""Says what the cells of a newer file leave open beside its table, which a person may then say."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.newer_files import LEAST, shown_choice
from dami.tables.number_formats import any_match
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES, PLAIN
from dami.tables.readings import READINGS, Question, parted, question_of, read_texts
from dami.tables.table import Table

# How numbers and dates look that may mean two things: most columns hold none, which is quick to see.
TWO_WAYS = ("(^|[^0-9])[1-9][0-9]{0,2}[.,][0-9]{3}([^0-9]|$)", "(^|[^0-9])[0-9]{1,2}[/-][0-9]{1,2}[/-]")
SPELL_MISSING = (*ALWAYS_MISSING, *MISSING_AMONG_VALUES)


@dataclass(frozen=True)
class Doubt:
    """A column of a newer file of which some cells mean two things.

    Attributes
    ----------
    column : its name in the table
    question : what a person is asked
    holds : the choice of a kind and a reading by which the cells are read, since a person has said it, or the table or
        the rest of the file have shown it; None if they count as missing, or are texts
    """

    column: str
    question: Question
    holds: str | None


def doubts(newer: Table, table: Table) -> list[Doubt]:
    """Return what a newer file leaves open that was read as a table was, see `newer_files.read_alike`.

    That are numbers and dates of two meanings, if other cells of the file do not show which one they have. Where a
    plain 1.234 means what it says, nothing is open.
    """
    found = (_doubt(newer, table, name) for name in newer.frame if name in table.frame and newer.holds_texts(name))
    return [doubt for doubt in found if doubt is not None]


def _doubt(newer: Table, table: Table, name: str) -> Doubt | None:
    cells = newer.texts_column(name)
    if not any(any_match(cells, look) for look in TWO_WAYS):
        return None
    kind, reading = parted(table.kinds.get(name) or shown_choice(table, name) or "")
    if kind not in READINGS:
        return None
    texts, said = cells.dictionary_encode(), newer.kinds.get(name)
    absent = pc.is_in(pc.utf8_trim_whitespace(texts.dictionary), value_set=pa.array(SPELL_MISSING))
    asked = question_of(texts.dictionary.filter(pc.invert(absent)), kind, LEAST)
    if asked is None:
        return None
    row = pc.index(texts.indices, pc.index(texts.dictionary, asked.example)).as_py()
    value, example = newer.frame[name].iloc[row], pa.array([asked.example])
    held = (choice for choice in asked.meanings if read_texts(example, *parted(choice))[0] == value)
    holds = next(held, None)
    is_open = holds is None or reading or said in asked.meanings or not any_match(example, PLAIN)
    return Doubt(name, asked, holds) if is_open else None

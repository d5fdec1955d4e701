"""Says what was mended in a table in sentences that know the column they are about, and what they say of it.

A note is a text for all who show it. Files hold it with its column and kind; those of older versions hold texts alone,
whose words tell the rest once, where they are read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self, get_args

Kind = Literal["name", "cells", "reading", "doubt"]
"""What a note says of a column: its name is another one; what its cells are, however they are read; how they were
read; that it stays text, in doubt."""


class Note(str):
    """A sentence about a column.

    Attributes
    ----------
    column : its name in the table
    kind : what the sentence says of it
    """

    column: str
    kind: Kind

    def __new__(cls, words: str, column: str = "", kind: Kind = "reading") -> Self:
        note = super().__new__(cls, words)
        note.column, note.kind = column, kind
        return note


def says_how_read(note: str, column: str) -> bool:
    """Return whether a note says how the cells of a column were read, or that they leave it open."""
    return isinstance(note, Note) and note.column == column and note.kind in ("reading", "doubt")


def is_doubt(note: str, column: str) -> bool:
    """Return whether a note says that a column stays text since it can be read in two ways."""
    return isinstance(note, Note) and note.column == column and note.kind == "doubt"


def to_json(notes: Iterable[str]) -> list[Any]:
    """Return notes as values of JSON, from which `from_json` makes the same notes."""
    return [
        {"words": str(note), "column": note.column, "kind": note.kind} if isinstance(note, Note) else str(note)
        for note in notes
    ]


def from_json(values: Any, columns: Iterable[str]) -> list[str]:
    """Return the notes of a file of this or an older version; what is no note is left out.

    Parameters
    ----------
    columns : names of the columns of the table
    """
    names = list(columns)
    found: list[str] = []
    for value in values if isinstance(values, list) else ():
        if isinstance(value, str):
            found.append(_of_old(value, names))
        elif isinstance(value, dict) and value.get("kind") in get_args(Kind):
            found.append(Note(str(value.get("words", "")), str(value.get("column", "")), value["kind"]))
    return found


def _of_old(words: str, names: Iterable[str]) -> str:
    column = next((name for name in names if words.startswith(f"In “{name}”,")), None)
    return words if column is None else Note(words, column, "doubt" if "stays text" in words else "reading")

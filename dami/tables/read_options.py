"""Says how a file is to be read where its owner chooses, and how it was read, so that each choice can be undone.

A table keeps the choices that it was read with, and a newer file of the same table is read with them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Any

from dami.errors import TableError
from dami.wording import count

QUOTES = {'"': 'double marks "…"', "'": "single marks '…'", "": "nothing"}  # what may stand around values
KINDS = {  # of rows around a table -> what people call one of them and several
    "title": ("row above the column names", "rows above the column names"),
    "header": ("second row of column names", "second rows of column names"),
    "units": ("row of units", "rows of units"),
    "totals": ("row of totals at the end", "rows of totals at the end"),
    "notes": ("note below the table", "notes below the table"),
    "empty": ("empty row at the end", "empty rows at the end"),
}


@dataclass(frozen=True)
class ReadOptions:
    """What a person chooses in place of what the reader finds; a format that has no such choice leaves it aside.

    Attributes
    ----------
    sheet : name of a sheet of a workbook; None for the one with the most filled cells
    encoding : of a text, such as "cp1251"; None for what its bytes show
    delimiter : the character between the values of a text, "" if it has one column; None for what splits it best
    quote : the mark around values of a text that hold a delimiter, "" if marks belong to the values; None for double
        quotation marks if all of them close
    skip : the kinds of rows around the table (of `KINDS`) that are no rows of the table where they are recognised;
        None for all kinds, () to read every row
    """

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    skip: Collection[str] | None = None

    def __post_init__(self) -> None:
        for name in ("sheet", "encoding", "delimiter", "quote"):
            if not isinstance(getattr(self, name), str | None):
                raise TableError(f"{name} is a text, not {getattr(self, name)!r}.")
        unknown = [kind for kind in self.skip or () if kind not in KINDS]
        if isinstance(self.skip, str) or unknown:
            raise TableError(f"skip is a list of kinds of rows, of {', '.join(KINDS)}, not {self.skip!r}.")
        if self.delimiter and (len(self.delimiter) > 1 or self.delimiter in '"\r\n'):
            raise TableError(f"{self.delimiter!r} cannot stand between values. Name one character, such as a comma.")
        if self.quote not in (None, *QUOTES):
            raise TableError(f"{self.quote!r} cannot stand around values. Name {' or '.join(map(repr, QUOTES))}.")

        if self.skip is not None:
            object.__setattr__(self, "skip", tuple(self.skip))  # equal choices are equal, however they were listed

    @property
    def chosen(self) -> dict[str, Any]:
        """What was chosen, in the types of JSON; `ReadOptions(**chosen)` is the same again."""
        choices = {one.name: getattr(self, one.name) for one in fields(self)}
        listed = {name: list(choice) if isinstance(choice, tuple) else choice for name, choice in choices.items()}
        return {name: choice for name, choice in listed.items() if choice is not None}

    def skips(self, kind: str) -> bool:
        """Return whether rows of a kind are left out where they are recognised."""
        return self.skip is None or kind in self.skip


AS_FOUND = ReadOptions()


@dataclass(frozen=True)
class Skipped:
    """Rows of a file that are no rows of the table.

    Attributes
    ----------
    kind : of `KINDS`
    first, n : number of the first of them in the file, from 1, and how many follow one another
    cells : the cells of the first few of them, as written
    """

    kind: str
    first: int
    n: int
    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def note(self) -> str:
        """The sentence that says what was left out."""
        one, many = KINDS[self.kind]
        example = next((" | ".join(filled) for row in self.cells if (filled := [c for c in row if c.strip()])), "")
        shown = f": “{example[:80]}{'…' if len(example) > 80 else ''}”" if example else ""
        if self.kind == "header":
            return f"The column names stand in {count(self.n + 1, 'row')} and were joined{shown}."
        return f"{count(self.n, one, many)} skipped{shown}."


@dataclass(frozen=True)
class HowRead:
    """How a file was read.

    Attributes
    ----------
    sheet, sheets : the sheet that was read, and all that hold values; None and () if the format has none
    encoding, delimiter, quote : of a text; None for other formats
    skipped : the rows around the table that were left out; reading with `ReadOptions(skip=())` brings them back
    """

    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    skipped: tuple[Skipped, ...] = field(default=())

"""Holds a table whose cells have two faces: what their owner wrote, and what it means to a model."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from typing import TypeGuard

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.notes import Note, says_how_read
from dami.tables.chosen_kinds import read_column
from dami.tables.coded import is_coded
from dami.tables.codes import Codes
from dami.tables.columns import Answers, Column, describe_columns
from dami.tables.kinds import check_choices
from dami.tables.number_formats import Locale
from dami.tables.read_options import HowRead, ReadOptions
from dami.tables.readings import SIGNS, joined, locale_by, parted, shown_reading
from dami.tables.recoded import with_codes_of
from dami.tables.text_values import locale_of, parse_columns
from dami.tables.writing import ARMED, disarm, write_table
from dami.tables.written import are_spelled_plainly, exact_column, original_of, texts_in, texts_of
from dami.wording import count

OF_COLUMNS = ("kinds", "labels", "mixed", "readings")  # what a frame's attrs say of columns, by name


@dataclass(frozen=True)
class Table:
    """A table that was read from a file.

    Attributes
    ----------
    frame : (n, m) DataFrame of the values that the cells mean, as `read_table` returns it
    originals : the columns that were written in another way than their values tell, see `dami.tables.written`
    how : the sheet, encoding and delimiter that the file was read with, and the rows around the table that were skipped
    """

    frame: pd.DataFrame
    originals: Mapping[str, pa.ChunkedArray] = field(default_factory=dict)
    how: HowRead = field(default_factory=HowRead)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def notes(self) -> list[str]:
        """Sentences that say what was mended, each with how many cells or rows."""
        return list(self.frame.attrs.get("notes", []))

    @cached_property
    def written(self) -> pd.DataFrame:
        """Each cell as its owner wrote it, (n, m) texts; an empty cell is empty."""
        return pd.DataFrame({name: self.texts(name).to_numpy() for name in self.frame.columns}, dtype="str")

    @cached_property
    def listed(self) -> pd.DataFrame:
        """The cells as they were written, for a list that can be sorted: numbers where they tell that, else texts."""
        return pd.DataFrame(
            {
                name: values if name not in self.originals and are_spelled_plainly(values) else self.texts(name)
                for name, values in self.frame.items()
            }
        )

    def texts(self, name: str, rows: Sequence[int] | None = None) -> pd.Series:
        """Return the cells of a column as their owner wrote them, (n,) str; of some rows if they are named."""
        part = self if rows is None else self.rows(rows, [name])
        texts = part.texts_column(name).to_pandas()
        return pd.Series(texts.to_numpy(), index=part.frame.index, name=name, dtype="str")

    def rows(self, rows: Sequence[int], names: Sequence[str]) -> Table:
        """Return some columns of some rows, in their order."""
        places = pa.array(rows, pa.int64())
        return Table(
            self.frame[list(names)].iloc[list(rows)],
            {name: self.originals[name].take(places) for name in names if name in self.originals},
        )

    def texts_column(self, name: str) -> pa.Array:
        """Return the cells of a column as their owner wrote them, (n,) Arrow strings."""
        original = self.originals.get(name)
        return texts_of(self.frame[name]) if original is None else texts_in(original)

    def holds_texts(self, name: str) -> bool:
        """Return whether the cells of a column are texts, whose values depend on a reading: a typed 1.234 has one."""
        original = self.originals.get(name)
        if self.delimiter is not None or original is None:
            return self.delimiter is not None or isinstance(self.frame[name].dtype, pd.StringDtype)
        return bool(pt.is_string(original.type) or pt.is_large_string(original.type))

    def mixes(self, name: str) -> bool:
        """Return whether typed numbers stand among the texts of a column, written as texts too."""
        return name in self.frame.attrs.get("mixed", {})

    @property
    def delimiter(self) -> str | None:
        """What stands between the values of the file of texts, "" if it has one column; None for a typed file."""
        return self.frame.attrs.get("file", {}).get("delimiter", self.how.delimiter)

    def exact(self, name: str) -> pa.Array | pa.ChunkedArray:
        """Return a column in the type that holds its cells exactly, (n,): numbers where they tell what was written."""
        original = self.originals.get(name)
        return exact_column(self.frame[name]) if original is None else original

    def with_columns(self, columns: Mapping[str, pd.Series]) -> Table:
        """Return the table with columns added at its end, or put in the place of those of the same name."""
        kept = {name: column for name, column in self.originals.items() if name not in columns}
        return _named_for(columns, Table(self.frame.assign(**columns), kept, self.how))

    def with_meaning(self, name: str, values: pd.Series) -> Table:
        """Return the table with other values in a column; its cells stay as they were written."""
        written = pa.chunked_array(_chunks(self.exact(name)))
        frame = self.frame.assign(**{name: values})
        original = original_of(frame[name], written)
        frame.attrs = {**frame.attrs, **self._with_readings([name])}
        kept = {other: column for other, column in self.originals.items() if other != name}
        return Table(frame, kept if original is None else {**kept, name: original}, self.how)

    def with_cells(self, name: str, written: pa.ChunkedArray) -> Table:
        """Return the table with other cells in a column, which mean what the kind of the column makes of them."""
        return Table(self.frame, {**self.originals, name: written}, self.how).read_anew({name: self.kinds.get(name)})

    def written_as(self, other: Table, names: Iterable[str]) -> Table:
        """Return the table with the cells that some columns have in another one; what they mean stays."""
        originals = dict(self.originals)
        for name in names:
            written = original_of(self.frame[name], pa.chunked_array(_chunks(other.exact(name))))
            originals.pop(name, None)
            if written is not None:
                originals[name] = written
        return Table(self.frame, originals, self.how)

    @property
    def codes(self) -> dict[str, Codes]:
        """The columns whose cells are codes with labels, as a file of a statistics program holds them."""
        coded = {name: cells for name, cells in self.originals.items() if is_coded(cells.type)}
        return {name: Codes.of(cells.combine_chunks()) for name, cells in coded.items()}

    def appended(self, frame: pd.DataFrame, newer: Table, rows: npt.ArrayLike) -> Table:
        """Return the table whose values are `frame`: this table's rows, and below them some rows of a newer table.

        Parameters
        ----------
        rows : (k,) positions of the appended rows in `newer`
        """
        latest = {name: said for name, said in newer.frame.attrs.items() if name == "options"}
        frame.attrs = {**self.frame.attrs, **frame.attrs, **latest}
        mixed = {name: True for name in frame.columns if self.mixes(name) or newer.mixes(name)}
        below = pa.array(np.asarray(rows))
        originals = {}
        for name in frame.columns:
            upper = self.exact(name)
            lower = newer.exact(name) if name in newer.frame else pa.nulls(len(newer), upper.type)
            if is_coded(upper.type) and name in newer.frame:
                upper, lower = with_codes_of(upper.combine_chunks(), lower, newer.texts_column(name))
            lower = lower.take(below)
            typed = upper.type == lower.type
            if not typed:
                upper, lower = self.texts_column(name), newer.texts_column(name).take(below)
                if name in newer.frame and self.holds_texts(name) != newer.holds_texts(name):
                    said = self.kinds.get(name) or self.readings([name]).get(name, "")
                    if not newer.holds_texts(name) and parted(said)[1] == SIGNS[0]:
                        lower = pc.replace_substring(lower, ".", ",")  # typed, it has no sign of its own
                    else:
                        mixed[name] = True
            written = pa.chunked_array([*_chunks(upper), *_chunks(lower)])
            original = original_of(frame[name], written, typed)
            if original is not None:
                originals[name] = original
        if mixed:
            frame.attrs = {**frame.attrs, "mixed": mixed}
        return Table(frame, originals)

    @property
    def heads(self) -> list[str]:
        """The names of the columns as their owner wrote them, where several may be the same, (m,)."""
        written = self.frame.attrs.get("names", {})
        return [written.get(name, str(name)) for name in self.frame.columns]

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds that a person has given to columns, each with the reading that its texts have shown."""
        return dict(self.frame.attrs.get("kinds", {}))

    @property
    def options(self) -> ReadOptions:
        """What a person has chosen where the file was read; a newer file of the table is read alike."""
        return ReadOptions(**self.frame.attrs.get("options", {}))

    @property
    def columns(self) -> list[Column]:
        """What each column was read as, why, and what was not understood."""
        return describe_columns(self)

    def with_kinds(self, kinds: Mapping[str, str | None]) -> Table:
        """Return the table with some columns read as other kinds: what they mean changes, what was written stays.

        Parameters
        ----------
        kinds : column -> a kind, see `kinds.check_choices`; None leaves the column to the rules

        Raises
        ------
        TableError : there is no such column or kind.
        """
        anew = {
            name: kind
            for name, kind in kinds.items()
            if kind is not None or name in self.kinds or name not in self.frame
        }
        read = self.read_anew(anew) if anew else self
        kept = {name: kind for name, kind in anew.items() if self._is_kept(name, kind, read.frame[name])}
        return read._keeping(self, kept) if kept else read

    def _is_kept(self, name: str, kind: str | None, anew: pd.Series) -> bool:
        """Return whether a column would lose values of its kind if it were read anew: two files need two readings."""
        values, original = self.frame[name], self.originals.get(name)
        own = {"M": "date", "i": "number", "f": "number"}.get(values.dtype.kind)
        if own is None or original is None or is_coded(original.type):
            return False
        if kind is None:
            by_rules = self.frame.attrs.get("readings", {}).get(name, "")
            return isinstance(anew.dtype, pd.StringDtype) and parted(by_rules)[0] == own
        return kind == own and int(anew.notna().sum()) <= int(values.notna().sum())

    def _keeping(self, before: Table, kinds: Mapping[str, str | None]) -> Table:
        """Return the table with the values that some columns had before, which are of these kinds."""
        frame = self.frame.assign(**{name: before.frame[name] for name in kinds})
        notes = [note for note in self.notes if not any(says_how_read(note, name) for name in kinds)]
        notes += [
            note for note in before.notes if any(says_how_read(note, name) for name in kinds) and note not in notes
        ]
        said = dict(self.kinds)
        for name, kind in kinds.items():
            if kind is not None:
                said[name] = joined(kind, shown_reading(self.texts_column(name), kind, frame[name]))
        frame.attrs = {**self.frame.attrs, "kinds": said, "notes": notes}
        return Table(frame, {**self.originals, **{name: before.originals[name] for name in kinds}}, self.how)

    def read_anew(self, kinds: Mapping[str, str | None], guess: bool = True) -> Table:
        """Return `with_kinds`; without a guess, dates of which nobody can tell day and month are missing, in doubt."""
        check_choices(kinds, self.frame.columns)
        chosen = self.kinds
        frame, originals = self.frame.copy(deep=False), dict(self.originals)
        notes = [note for note in self.notes if not any(says_how_read(note, name) for name in kinds)]
        for name, kind in kinds.items():
            by_reading = parted(kind or "")[1] is not None and self.holds_texts(name)  # a plain 1.234 may be a thousand
            written = pa.chunked_array(_chunks(self.texts_column(name) if by_reading else self.exact(name)))
            locale = partial(self._locale_of, name)
            values, kind, found = read_column(written.combine_chunks(), name, kind, locale, guess)
            frame[name] = values.set_axis(frame.index)
            notes += [note for note in found if note not in notes]
            original = original_of(frame[name], written)
            originals.pop(name, None)
            chosen.pop(name, None)
            if original is not None:
                originals[name] = original
            if kind is not None:
                chosen[name] = kind
        frame.attrs = {**self.frame.attrs, "kinds": chosen, "notes": notes, **self._with_readings(kinds)}
        return Table(frame, originals, self.how)

    def with_answers(self, column: str, answers: Answers) -> Table:
        """Return the table that keeps what a person says of texts in a column of labels: the class of each, or none."""
        frame, kept = self.frame.copy(deep=False), self.frame.attrs.get("labels", {})
        frame.attrs = {**self.frame.attrs, "labels": {**kept, column: {**kept.get(column, {}), **answers}}}
        return Table(frame, self.originals, self.how)

    def readings(self, names: Iterable[str]) -> dict[str, str]:
        """Return how the rules read columns of texts as numbers or dates ("date, month first"), where that shows.

        The texts of a column that has become another kind, or of a few new rows, need not tell it once more.
        """
        found = {name: self._reading_of(name) for name in names if name not in self.kinds}
        return {**self.frame.attrs.get("readings", {}), **{name: said for name, said in found.items() if said}}

    def to_learn(self) -> pd.DataFrame:
        """Return the values, which carry kinds, readings and codes of columns: what learns from them keeps these."""
        frame = self.frame.copy(deep=False)
        codes = {name: asdict(codes) for name, codes in self.codes.items()}
        frame.attrs = {**self.frame.attrs, **self._with_readings(self.frame.columns), "codes": codes}
        return frame

    def _reading_of(self, name: str) -> str | None:
        values, original = self.frame[name], self.originals.get(name)
        kind = {"M": "date", "i": "number", "f": "number"}.get(values.dtype.kind)
        if original is None or kind is None or not pt.is_string(original.type):
            return None
        reading = shown_reading(texts_in(original), kind, values)
        return joined(kind, reading) if reading else None

    def _with_readings(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        readings = self.readings(names)
        return {"readings": readings} if readings else {}

    def _locale_of(self, name: str) -> Locale:
        """Return the decimal sign that a column was read with before a person chose its kind, or that of the table."""
        kind, reading = parted(self.readings([name]).get(name, ""))
        return locale_by(reading) if kind == "number" else self._locale

    @cached_property
    def _locale(self) -> Locale:
        """The decimal sign of the table, which its columns of texts and of fractions show."""
        names = [
            name for name, values in self.frame.items() if name in self.originals or values.dtype.kind not in "biu"
        ]
        return locale_of(((name, self.texts_column(name)) for name in names), self.delimiter)

    def without_original(self, name: str) -> Table:
        """Return the table with the values of a column alone: its cells are what they tell."""
        return Table(self.frame, {other: c for other, c in self.originals.items() if other != name}, self.how)

    def without(self, name: str) -> Table:
        """Return the table without a column."""
        kept = {other: column for other, column in self.originals.items() if other != name}
        return Table(self.frame.drop(columns=[name]), kept, self.how)

    def renamed(self, names: Mapping[str, str]) -> Table:
        """Return the table with other names for some of its columns."""
        kept = {names.get(name, name): column for name, column in self.originals.items()}
        changed = {name for pair in names.items() if pair[0] != pair[1] for name in pair}
        frame = self.frame.rename(columns=names)
        said = {what: frame.attrs[what] for what in OF_COLUMNS if what in frame.attrs}
        said = {what: {names.get(name, name): one for name, one in found.items()} for what, found in said.items()}
        notes = [note.about(names[note.column]) if _is_about(note, names) else note for note in self.notes]
        frame.attrs = {**frame.attrs, **said, **({"notes": notes} if "notes" in frame.attrs else {})}
        return _named_for(changed, Table(frame, kept, self.how))

    def with_values(self, frame: pd.DataFrame) -> Table:
        """Return the table of a frame that holds this table's columns among others, as they were written here."""
        frame.attrs = {**self.frame.attrs}
        return _named_for(frame.columns.difference(self.frame.columns), Table(frame, self.originals, self.how))

    def disarmed(self) -> Table:
        """Return the table without the apostrophes that `writing.write_csv` has put before what looks like a formula.

        Its last column `writing.ARMED`, which goes too, names the columns with some: a table without it stays as it is.
        """
        if not self._is_armed:
            return self
        armed = self.without(ARMED)
        texts = {name: armed.texts_column(name) for name in armed.frame.columns}
        bare = {name: disarm(column) for name, column in texts.items()}
        values = parse_columns(bare.items(), self.how.delimiter).values  # of all: one column tells how to read another
        changed = [name for name, column in bare.items() if not column.equals(texts[name])]
        frame = armed.frame.assign(**{name: values[name] for name in changed})
        typed = self.how.delimiter is None
        found = {name: original_of(frame[name], pa.chunked_array([bare[name]]), typed) for name in changed}
        originals = {**armed.originals, **found}
        if changed:
            cells = [bare[name].filter(pc.not_equal(bare[name], texts[name])) for name in changed]
            example = f"{count(sum(map(len, cells)), 'cell')}, such as “{cells[0][0]}”"
            note = f"An apostrophe before a formula, which DAMI had put there, was taken away ({example})."
            frame.attrs = {**frame.attrs, "notes": [*self.notes, note]}
        own = dict(zip(frame.columns, disarm(pa.array(list(frame.columns))).to_pylist(), strict=True))
        if written := frame.attrs.get("names"):
            heads = disarm(pa.array(list(written.values()))).to_pylist()
            frame.attrs = {**frame.attrs, "names": {own[name]: head for name, head in zip(written, heads, strict=True)}}
        kept = {own[name]: original for name, original in originals.items() if original is not None}
        return Table(frame.rename(columns=own), kept, self.how)

    @property
    def _is_armed(self) -> bool:
        """Whether the last column is `writing.ARMED` and says what it says in a file of DAMI."""
        if self.frame.columns[-1] != ARMED:
            return False
        heads = self.heads[:-1]
        bare = disarm(pa.array(heads, pa.string())).to_pylist()
        marks = disarm(pc.unique(self.texts_column(ARMED))).to_pylist()
        named = {part.strip() for mark in marks for part in mark.split("; ")} - {""}
        own = {part.strip() for head in bare for part in head.split("; ")}  # a name may hold the delimiter too
        return named <= own and (bool(named) or bare != heads)

    def with_notes(self, notes: Sequence[str]) -> Table:
        """Return the table with other sentences about what was mended."""
        frame = self.frame.copy(deep=False)
        frame.attrs = {**self.frame.attrs, "notes": list(notes)}
        return Table(frame, self.originals, self.how)

    def without_notes(self) -> Table:
        """Return the table without what was said of its reading."""
        frame = self.frame.copy(deep=False)
        frame.attrs = {name: said for name, said in self.frame.attrs.items() if name != "notes"}
        return Table(frame, self.originals, self.how)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a file whose cells are equal to what was read, in the format that the name of the file ends in.

        Raises
        ------
        TableError : no such format is written, the format cannot hold the table, or the file cannot be written.
        """
        write_table(self, path)


def _is_about(note: str, names: Iterable[str]) -> TypeGuard[Note]:
    return isinstance(note, Note) and note.column in names


def _named_for(given: Iterable[str], table: Table) -> Table:
    """Return the table; where columns were given these names, they alone are written under them."""
    given = set(given)
    names = table.frame.attrs.get("names", {})
    kept = {own: written for own, written in names.items() if not given & {own, written}}
    if kept != names:
        table.frame.attrs = {**table.frame.attrs, "names": kept}
    return table


def _chunks(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]

"""Keeps both faces of a coded cell of a statistics file: its code, a number or a short text, and the label of the code.

The label is what people read, so it is the written cell. A column that a person calls a number means its codes, if most
of its cells have a label ("1 = never" to "5 = always"); where few have one, those are no numbers ("99 = refused").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

CODE, LABEL = "code of the value", "label of the value"
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?")  # longer ones are no codes, and floats would change them


def coded(codes: Sequence[Any], labels: Mapping[Any, str]) -> pa.ChunkedArray:
    """Return cells (n,) of codes, of which some have labels; None is an empty cell."""
    try:
        column = pa.array(codes)
    except (pa.ArrowException, OverflowError):  # of several types
        column = pa.array([None if code is None else str(code) for code in codes], pa.string())
    named = pa.array([None if code is None else labels.get(code) for code in codes], pa.string())
    return pa.chunked_array([pa.StructArray.from_arrays([column, named], [CODE, LABEL])])


def is_coded(kind: pa.DataType) -> bool:
    """Return whether a column of this type holds codes and labels."""
    return bool(pt.is_struct(kind)) and [field.name for field in kind] == [CODE, LABEL]


def shown(cells: pa.Array, as_texts: Callable[[pa.ChunkedArray], pa.Array]) -> pa.Array:
    """Return the texts (n,) of coded cells: the label, else the code as `as_texts` writes it; "" if empty."""
    codes = as_texts(pa.chunked_array([pc.struct_field(cells, CODE)]))
    return pc.coalesce(pc.struct_field(cells, LABEL), codes)


def codes_of(cells: pa.Array) -> pa.Array | None:
    """Return the codes (n,) of coded cells; None if few of them have a label."""
    codes = pc.struct_field(cells, CODE)
    return codes if 2 * sum(_named(cells).values()) >= len(codes) - codes.null_count else None


def texts_by_code(cells: pa.ChunkedArray) -> pa.Array:
    """Return the codes (n,) of coded cells as texts; where a cell has none, its label, or "" if it is empty."""
    pairs = cells.to_pylist()
    return pa.array([(one[LABEL] or "") if one[CODE] is None else code_text(one[CODE]) for one in pairs], pa.string())


def _named(cells: pa.Array) -> dict[tuple[str, str], int]:
    """Return pairs of a code, as text, and its label, with their numbers of cells.

    Another spelling of the code is no label: rows that were appended keep "1.50" so beside 1.5.
    """
    table = pa.table([pc.struct_field(cells, part) for part in (CODE, LABEL)], [CODE, LABEL]).drop_null()
    found = {
        (code_text(one[CODE]), one[LABEL]): one["count_all"]
        for one in table.group_by([CODE, LABEL], use_threads=False).aggregate([([], "count_all")]).to_pylist()
    }
    return {(code, label): n for (code, label), n in found.items() if not _spells(label, code)}


def _spells(label: str, code: str) -> bool:
    return label != code and code in (label.strip(), _number(label))


@dataclass(frozen=True)
class Codes:
    """What cells of other files mean beside a coded column: each is a label or a code of it, however it is spelled.

    Attributes
    ----------
    labels : code, as text -> its label
    are_numbers : whether codes are numbers, so that "1.0" and "01" are 1
    count : whether the column means its codes where a person calls it a number, see `codes_of`
    """

    labels: dict[str, str]
    are_numbers: bool
    count: bool

    @classmethod
    def of(cls, cells: pa.Array) -> Self:
        """Return the codes of a coded column (n,)."""
        kind = pc.struct_field(cells, CODE).type
        are_numbers = not (pt.is_string(kind) or pt.is_large_string(kind))
        return cls(dict(_named(cells).keys()), are_numbers, codes_of(cells) is not None)

    def meant(self, texts: pa.Array, by_code: bool) -> pa.Array:
        """Return what cells of another file mean, (n,) texts; a cell that names no code with a label stays.

        Parameters
        ----------
        texts : (n,) the cells as they were written
        by_code : whether each is to be the code that it names, and not the label
        """

        def one(text: str) -> str:
            code = self.code(text)
            return text if code is None else code if by_code else self.labels[code]

        encoded = texts.dictionary_encode()
        return pa.array(map(one, encoded.dictionary.to_pylist()), pa.string()).take(encoded.indices)

    def description(self, is_number: bool) -> dict[str, Any]:
        """Return, fit for JSON, what `meant` makes of texts, for a program that does not have it.

        Parameters
        ----------
        is_number : whether a person calls the column a number
        """
        by_code = is_number and self.count
        spelled = {
            "labels": self._by_label,
            "codes": dict(zip(self.labels, self.labels, strict=True)),
            "loose": self._loosely,
        }
        meant = {
            how: {text: code if by_code else self.labels[code] for text, code in known.items()}
            for how, known in spelled.items()
        }
        return {**meant, "numbers": self.are_numbers, "by_code": by_code}

    def cells(self, texts: pa.Array, of: pa.DataType) -> pa.ChunkedArray:
        """Return cells of another file as coded cells, (n,). One that names no code with a label keeps its text.

        Parameters
        ----------
        texts : (n,) the cells as they were written
        of : type of the column of codes and labels
        """
        encoded = texts.dictionary_encode()
        pairs = [self._cell(text, of[0].type) for text in encoded.dictionary.to_pylist()]
        columns = [pa.array([pair[place] for pair in pairs], of[place].type) for place in (0, 1)]
        return pa.chunked_array([pa.StructArray.from_arrays(columns, [CODE, LABEL]).take(encoded.indices)])

    def _cell(self, text: str, kind: pa.DataType) -> tuple[Any, str | None]:
        known = self.code(text)
        spelled = known or (_number(text) if self.are_numbers else text.strip())
        try:
            code = pa.scalar(spelled, pa.string()).cast(kind).as_py() if spelled else None
        except pa.ArrowException:
            code = None
        if code is None:
            return None, text or None
        if known is not None:
            return code, self.labels[known]
        return code, None if code_text(code) == text else text

    def code(self, text: str) -> str | None:
        """Return the code that a text names, of those with a label; None if it names none."""
        plain = text.strip()
        for spelled in (text, plain):
            if spelled in self._by_label:
                return self._by_label[spelled]
        if plain in self.labels:
            return plain
        if plain.casefold() in self._loosely:
            return self._loosely[plain.casefold()]
        number = _number(plain) if self.are_numbers else None
        return number if number in self.labels else None

    @cached_property
    def _by_label(self) -> dict[str, str]:
        return {label: code for code, label in reversed(self.labels.items())}

    @cached_property
    def _loosely(self) -> dict[str, str]:
        """Label, or code, without spaces around it and in small letters -> its code, where there is but one."""
        spelled = [(word.strip().casefold(), code) for code, label in self.labels.items() for word in {label, code}]
        times = Counter(word for word, _ in set(spelled))
        return {word: code for word, code in spelled if times[word] == 1}


def code_text(code: Any) -> str:
    """Return a code as text; a whole number has no ".0"."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _number(text: str) -> str | None:
    """Return the number that a text spells, as `code_text` spells it; None if it is none."""
    return code_text(float(text)) if NUMBER.fullmatch(text.strip()) else None

"""Finds which code of a coded column a text of another file names, by its label or the code itself, however spelled."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.notes import Note
from dami.tables.coded import (
    CALLED_MISSING,
    CODE,
    DECLARED,
    LABEL,
    code_as,
    code_text,
    codes_of,
    declared_in,
    declaring,
    named_in,
    number_text,
    read_declared,
)
from dami.tables.number_formats import counts_as_missing, told
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES

STRANGERS = "codes and labels that the table does not have stay as they are"


@dataclass(frozen=True)
class Codes:
    """What cells of other files mean beside a coded column: each is a label or a code of it, however it is spelled.

    Where labels spell numbers ("0", "1", "2" of the codes 1, 2, 3), a column is read by its labels or by its codes as a
    whole, see `face`.

    Attributes
    ----------
    labels : code, as text -> its label
    are_numbers : whether codes are numbers, so that "1.0" and "01" are 1
    count : whether the column means its codes where a person calls it a number, see `codes_of`
    missing : the codes, and texts in place of a code, that mean nothing
    """

    labels: dict[str, str]
    are_numbers: bool
    count: bool
    missing: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, cells: pa.Array) -> Self:
        """Return the codes of a coded column (n,)."""
        kind = pc.struct_field(cells, CODE).type
        are_numbers = not (pt.is_string(kind) or pt.is_large_string(kind))
        labels, missing = declared_in(cells.type)
        for code, label in named_in(cells):
            labels.setdefault(code, label)
        return cls(labels, are_numbers, codes_of(cells) is not None, missing)

    def meant(self, texts: pa.Array, by_code: bool) -> pa.Array:
        """Return what cells of another file mean, (n,) texts; a cell that names no code with a label stays.

        Parameters
        ----------
        texts : (n,) the cells as they were written
        by_code : whether each is to be the code that it names, and not the label
        """
        face = self.face(texts)

        def one(text: str) -> str | None:
            if self._is_missing(text, face):
                return None
            if (code := self.code(text, face)) is not None:
                return code if by_code else self.labels[code]
            is_strange = by_code and face == LABEL and number_text(text) is not None  # no label, so no code either
            return None if is_strange else text

        encoded = texts.dictionary_encode()
        return pa.array(map(one, encoded.dictionary.to_pylist()), pa.string()).take(encoded.indices)

    def description(self, is_number: bool) -> dict[str, Any]:
        """Return, fit for JSON, what `meant` makes of texts, for a program that does not have it.

        Parameters
        ----------
        is_number : whether a person calls the column a number
        """
        by_code = is_number and self.count
        faces = [None] if not self._in_two_ways else [LABEL] if self._are_like_codes else [LABEL, CODE]
        return {"ways": [self._way(face, by_code) for face in faces], "by_code": by_code}

    def _way(self, face: str | None, by_code: bool) -> dict[str, Any]:
        """Return what texts mean whose column is read by a face, as `code` finds it."""
        codes = {code: code for code in self.labels}
        of_codes = codes if self.are_numbers else {}
        if face is None:
            texts, loose, numbers = codes | self._by_label, self._loosely, of_codes
        elif face == LABEL:
            texts, loose, numbers = self._by_label, self._loose_labels, self._numbers
        else:
            words = {text: code for text, code in self._by_label.items() if not of_codes or number_text(text) is None}
            words = {text: code for text, code in words.items() if _folded(text) not in self._loose_codes}
            texts, loose, numbers = words | codes, self._loose_labels | self._loose_codes, of_codes

        def meant(known: Mapping[str, str]) -> dict[str, str | None]:
            meanings = {code: code if by_code else label for code, label in self.labels.items()}
            return {text: None if code in self.missing else meanings[code] for text, code in known.items()}

        lost: dict[str, str | None] = dict.fromkeys(self.missing)
        return {
            "texts": lost | meant(texts),
            "loose": meant(loose),
            "numbers": (lost if face is None and self.are_numbers else {}) | meant(numbers),
            "only_labels": by_code and face == LABEL,
        }

    def cells(self, texts: pa.Array, of: pa.DataType) -> pa.ChunkedArray:
        """Return cells of another file as coded cells, (n,). One that names no code with a label keeps its text.

        Parameters
        ----------
        texts : (n,) the cells as they were written
        of : type of the column of codes and labels
        """
        face, encoded = self.face(texts), texts.dictionary_encode()
        pairs = [self._cell(text, of[0].type, face) for text in encoded.dictionary.to_pylist()]
        columns = [pa.array([pair[place] for pair in pairs], of[place].type) for place in (0, 1)]
        return pa.chunked_array([pa.StructArray.from_arrays(columns, fields=[*of]).take(encoded.indices)])

    def _cell(self, text: str, kind: pa.DataType, face: str | None) -> tuple[Any, str | None]:
        known = self.code(text, face)
        spelled = None if face == LABEL else number_text(text) if self.are_numbers else text.strip()
        code = code_as(known or spelled, kind)
        if code is None:
            return None, text or None
        if known is not None:
            return code, self.labels[known]
        return code, None if code_text(code) == text else text

    def face(self, texts: pa.Array) -> str | None:
        """Return whether the texts (n,) of a column are labels or codes as a whole; None if each tells it.

        Each tells it, unless labels spell numbers or other codes. Then more texts decide, and where all labels are
        numbers that are codes too, a number is a label.
        """
        if not self._in_two_ways:
            return None
        if self._are_like_codes:
            return LABEL
        encoded = texts.dictionary_encode()
        rows = np.bincount(encoded.indices.drop_null().to_numpy(), minlength=len(encoded.dictionary))
        known = {
            face: sum(n for text, n in zip(encoded.dictionary.to_pylist(), rows, strict=True) if self.code(text, face))
            for face in (LABEL, CODE)
        }
        return CODE if known[CODE] > known[LABEL] else LABEL

    def notes(self, name: str, texts: pa.Array, by_code: bool) -> list[Note]:
        """Return what has to be said of cells of another file; the arguments are those of `meant`."""
        encoded, face = texts.dictionary_encode(), self.face(texts)
        distinct = encoded.dictionary.to_pylist()
        rows = np.bincount(encoded.indices.to_numpy(), minlength=len(distinct))
        other = CODE if face == LABEL else LABEL
        ways = [(self.code(text, face), self.code(text, other)) for text in distinct]
        meanings = self.meant(encoded.dictionary, by_code).to_pylist()
        lost = [meaning is None for meaning in meanings]
        missing = [self._is_missing(text, face) for text in distinct]
        strange = [way[0] is None and (way[1] is not None or gone) for way, gone in zip(ways, lost, strict=True)]
        said: list[tuple[Callable[..., Note], str, list[bool]]] = [(counts_as_missing, CALLED_MISSING, missing)]
        if face is not None:
            words = (
                "cells were read as labels, not as codes"
                if face == LABEL
                else "cells were read as codes, not as labels"
            )
            said.append((told, words, [None not in way and way[0] != way[1] for way in ways]))
            is_strange = [one and not gone for one, gone in zip(strange, missing, strict=True)]
            if by_code:
                said.append((counts_as_missing, "what is no label", is_strange))
            else:
                said.append((told, "numbers that are no labels stay as they are", is_strange))
        held = [(tell, what, np.array(which, dtype=bool)) for tell, what, which in said]
        return [tell(name, what, encoded.dictionary, which, rows) for tell, what, which in held if which.any()]

    def notes_of_strangers(self, name: str, meant: pa.Array, known: Collection[str]) -> list[Note]:
        """Return a note of the cells of another file that this column does not have, where most of its cells are codes.

        Parameters
        ----------
        meant : (n,) what the cells mean, see `meant`
        known : the cells of this column, as they were written
        """
        if not self.count or {*known}.isdisjoint(self.labels.values()):
            return []
        encoded = meant.dictionary_encode()
        fine = {*known, *self.labels, *self.labels.values(), *ALWAYS_MISSING, *MISSING_AMONG_VALUES}
        strange = np.array([text.strip() not in fine for text in encoded.dictionary.to_pylist()], dtype=bool)
        rows = np.bincount(encoded.indices.drop_null().to_numpy(), minlength=len(strange))
        return [told(name, STRANGERS, encoded.dictionary, strange, rows)] if strange.any() else []

    def _is_missing(self, text: str, face: str | None) -> bool:
        code = self.code(text, face)
        number = number_text(text) if face is None and self.are_numbers else None
        return code in self.missing if code is not None else not {_composed(text), number}.isdisjoint(self.missing)

    def code(self, text: str, face: str | None = None) -> str | None:
        """Return the code that a text names, of those with a label; None if it names none.

        Parameters
        ----------
        face : `LABEL` or `CODE` if its column is read so as a whole; words are labels then, too
        """
        plain = _composed(text)
        by_label = next((self._by_label[way] for way in (text, plain) if way in self._by_label), None)
        if face == LABEL:
            return by_label or self._loose_labels.get(plain.casefold()) or self._numbers.get(number_text(plain) or "")
        if by_label is not None and face is None:
            return by_label
        if plain in self.labels:
            return plain
        loosely = self._loosely if face is None else self._loose_codes
        if plain.casefold() in loosely:
            return loosely[plain.casefold()]
        number = number_text(plain) if self.are_numbers else None
        if number in self.labels:
            return number
        is_word = face == CODE and number is None
        return (by_label or self._loose_labels.get(plain.casefold())) if is_word else None

    @cached_property
    def _in_two_ways(self) -> bool:
        """Whether a label spells a number, or another code."""
        return any(
            label != code
            and code != number_text(label)
            and ((self.are_numbers and number_text(label) is not None) or _composed(label) in self.labels)
            for code, label in self.labels.items()
        )

    @cached_property
    def _are_like_codes(self) -> bool:
        """Whether all labels are numbers, of which some are codes, too."""
        numbers = {number_text(label) for label in self.labels.values()}
        return None not in numbers and bool(numbers & {*self.labels})

    @cached_property
    def _by_label(self) -> dict[str, str]:
        labels = [(label, code) for code, label in reversed(self.labels.items())]
        return {**{_composed(label): code for label, code in labels}, **dict(labels)}

    @cached_property
    def _numbers(self) -> dict[str, str]:
        """Number that a label spells -> the code of the label, where there is but one."""
        return _of_one(
            (number, code) for code, label in self.labels.items() if (number := number_text(label)) is not None
        )

    @cached_property
    def _loosely(self) -> dict[str, str]:
        """Label, or code, without spaces around it and in small letters -> its code, where there is but one."""
        return _of_one((_folded(word), code) for code, label in self.labels.items() for word in {label, code})

    @cached_property
    def _loose_labels(self) -> dict[str, str]:
        return _of_one((_folded(label), code) for code, label in self.labels.items())

    @cached_property
    def _loose_codes(self) -> dict[str, str]:
        return _of_one((_folded(code), code) for code in self.labels)


def labelled(texts: pa.Array, cells: pa.Array | pa.ChunkedArray) -> dict[bytes, bytes] | None:
    """Return metadata by which `coded_again` makes coded cells (n,) of their texts; None if it would not make these."""
    codes = Codes.of(cells.combine_chunks())
    said = {"labels": codes.labels, "missing": codes.missing, "type": str(cells.type[0].type)}
    metadata = {DECLARED: json.dumps(said).encode()}
    again = coded_again(texts, metadata)
    return metadata if again is not None and again.combine_chunks().equals(cells.combine_chunks()) else None


def coded_again(texts: pa.Array, metadata: Mapping[bytes, bytes] | None) -> pa.ChunkedArray | None:
    """Return the coded cells that texts (n,) stand for, by the metadata of their column; None if it tells of none."""
    try:
        kind = pa.type_for_alias(json.loads((metadata or {})[DECLARED])["type"])
    except (KeyError, TypeError, ValueError):  # of a file that a stranger made, too
        return None
    labels, missing = read_declared(metadata or {})
    codes = Codes(labels, not pt.is_string(kind), True, missing)
    return codes.cells(texts, declaring(kind, labels, missing))


def _of_one(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return word -> code, of the words that have but one."""
    distinct = dict.fromkeys(pairs)
    times = Counter(word for word, _ in distinct)
    return {word: code for word, code in distinct if times[word] == 1}


def _composed(text: str) -> str:
    """Return a text without spaces around it; Unicode has two forms of an accent, and this one has the first."""
    return unicodedata.normalize("NFC", text).strip()


def _folded(text: str) -> str:
    return _composed(text).casefold()

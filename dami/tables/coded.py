"""Keeps both faces of a coded cell of a statistics file: its code, a number or a short text, and the label of the code.

The label is what people read, so it is the written cell. A column that a person calls a number means its codes, if most
of its cells have a label ("1 = never" to "5 = always"); where few have one, those are no numbers ("99 = refused"). A
code that the file calls missing is written as any other, and means nothing. What the file declares beside its cells,
labels of codes that no row has and the codes that are missing, stands in the type of the column, as Arrow's metadata.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.notes import Note
from dami.tables.number_formats import counts_as_missing, told
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES

CODE, LABEL = "code of the value", "label of the value"
DECLARED = b"dami.codes"  # the metadata of the codes
KEPT = (
    "The table keeps the codes, and so do Parquet and Feather files of it: a column that you call a number means them. "
    "CSV and Excel hold labels alone."
)
CALLED_MISSING = "what the file calls missing"
STRANGERS = "codes and labels that the table does not have stay as they are"
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?")  # longer ones are no codes, and floats would change them


def coded(
    codes: Sequence[Any],
    labels: Mapping[Any, str],
    missing: Iterable[str] = (),
    others: Sequence[str | None] | None = None,
) -> pa.ChunkedArray:
    """Return cells (n,) of codes, of which some have labels; None is an empty cell.

    Parameters
    ----------
    labels : code -> its label
    missing : the codes, as texts, that the file calls missing, and those of `others` that it does
    others : (n,) what stands in a cell without a code
    """
    try:
        column = pa.array(codes)
    except (pa.ArrowException, OverflowError):  # of several types
        column = pa.array([None if code is None else str(code) for code in codes], pa.string())
    others = others if others is not None else [None] * len(codes)
    named = [other if code is None else labels.get(code) for code, other in zip(codes, others, strict=True)]
    kind = _declaring(column.type, {code_text(code): label for code, label in labels.items()}, missing)
    cells = pa.StructArray.from_arrays([column, pa.array(named, pa.string())], fields=[*kind])
    return pa.chunked_array([cells])


def _declaring(kind: pa.DataType, labels: Mapping[str, str], missing: Iterable[str]) -> pa.StructType:
    """Return the type of cells with codes of a kind, which says what their file declares."""
    said = json.dumps({"labels": dict(labels), "missing": sorted({*missing})})
    return pa.struct([pa.field(CODE, kind, metadata={DECLARED: said}), pa.field(LABEL, pa.string())])


def _declared(kind: pa.StructType) -> tuple[dict[str, str], list[str]]:
    """Return the labels of codes, and the codes that are missing, as the type of coded cells declares them."""
    return _read(kind[0].metadata or {})


def _read(metadata: Mapping[bytes, bytes]) -> tuple[dict[str, str], list[str]]:
    try:
        said = json.loads(metadata.get(DECLARED, b"{}"))
        labels, missing = dict(said.get("labels", {})), list(said.get("missing", []))
    except (ValueError, TypeError, AttributeError):  # of a file that a stranger made
        return {}, []
    of_texts = all(isinstance(text, str) for text in (*labels, *labels.values(), *missing))
    return (labels, missing) if of_texts else ({}, [])


def is_coded(kind: pa.DataType) -> bool:
    """Return whether a column of this type holds codes and labels."""
    return bool(pt.is_struct(kind)) and [field.name for field in kind] == [CODE, LABEL]


def shown(cells: pa.Array, as_texts: Callable[[pa.ChunkedArray], pa.Array]) -> pa.Array:
    """Return the texts (n,) of coded cells: the label, else the code as `as_texts` writes it; "" if empty."""
    codes = as_texts(pa.chunked_array([pc.struct_field(cells, CODE)]))
    return pc.coalesce(pc.struct_field(cells, LABEL), codes)


def are_missing(cells: pa.Array) -> pa.Array:
    """Return which coded cells (n,) their file calls missing, (n,) bool."""
    _, missing = _declared(cells.type)
    codes = pc.struct_field(cells, CODE).dictionary_encode()
    held = pa.array([code_text(code) in missing for code in codes.dictionary.to_pylist()], pa.bool_())
    of_code = held.take(codes.indices)  # null where there is no code
    return pc.coalesce(of_code, pc.is_in(pc.struct_field(cells, LABEL), value_set=pa.array(missing, pa.string())))


def missing_notes(name: str, cells: pa.Array) -> list[Note]:
    """Return a note if the file of coded cells (n,) calls some of them missing."""
    missing = are_missing(cells).to_numpy(zero_copy_only=False)
    if not missing.any():
        return []
    texts = shown(cells, lambda codes: pa.array(map(code_text, codes.to_pylist()), pa.string()))
    return [counts_as_missing(name, CALLED_MISSING, texts, missing)]


def without_missing(cells: pa.Array) -> pa.Array:
    """Return coded cells (n,), of which those are empty that their file calls missing."""
    missing = are_missing(cells)
    parts = [pc.if_else(missing, pa.scalar(None, part.type), pc.struct_field(cells, part.name)) for part in cells.type]
    return pa.StructArray.from_arrays(parts, fields=[*cells.type])


def codes_of(cells: pa.Array) -> pa.Array | None:
    """Return the codes (n,) of coded cells, null where missing; None if few of the others have a label, but some."""
    codes, named = pc.struct_field(without_missing(cells), CODE), _named(without_missing(cells))
    n_named = sum(named.values())
    return codes if not n_named or 2 * n_named >= len(codes) - codes.null_count else None


def plain_codes(cells: pa.Array) -> pa.Array | None:
    """Return the codes (n,) of coded cells for a table that has no labels; None if something else stands in a cell."""
    codes = pc.struct_field(without_missing(cells), CODE)
    others = pc.and_(pc.is_null(pc.struct_field(cells, CODE)), pc.is_valid(pc.struct_field(cells, LABEL)))
    return None if pc.any(others, min_count=0).as_py() else codes


def _named(cells: pa.Array) -> dict[tuple[str, str], int]:
    """Return pairs of a code, as text, and its label, with their numbers of cells.

    Another spelling of the code is no label, unless the file says so: rows that were appended keep "1.50" beside 1.5.
    """
    declared, _ = _declared(cells.type)
    table = pa.table([pc.struct_field(cells, part) for part in (CODE, LABEL)], [CODE, LABEL]).drop_null()
    found = {
        (code_text(one[CODE]), one[LABEL]): one["count_all"]
        for one in table.group_by([CODE, LABEL], use_threads=False).aggregate([([], "count_all")]).to_pylist()
    }
    return {
        (code, label): n
        for (code, label), n in found.items()
        if declared.get(code) == label or not _spells(label, code)
    }


def _spells(label: str, code: str) -> bool:
    return label != code and code in (label.strip(), _number(label))


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
    labels, missing = _read(metadata or {})
    codes = Codes(labels, not pt.is_string(kind), True, missing)
    return codes.cells(texts, _declaring(kind, labels, missing))


def with_codes_of(
    upper: pa.Array, lower: pa.Array | pa.ChunkedArray, texts: pa.Array
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return coded cells (n,) and the cells of another file as cells of the same codes, (n,) and (k,).

    Parameters
    ----------
    lower, texts : (k,) the cells of the other file, and the cells as they were written
    """
    codes = Codes.of(upper)
    if not is_coded(lower.type):
        return pa.chunked_array([upper]), codes.cells(texts, upper.type)
    below = codes.recoded(lower.combine_chunks(), upper.type)
    above = pa.StructArray.from_arrays([pc.struct_field(upper, part) for part in (CODE, LABEL)], fields=[*below.type])
    return pa.chunked_array([above]), pa.chunked_array([below])


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
        labels, missing = _declared(cells.type)
        for code, label in _named(cells):
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
            is_strange = by_code and face == LABEL and _number(text) is not None  # no label, so no code either
            return None if is_strange else text

        encoded = texts.dictionary_encode()
        return pa.array(map(one, encoded.dictionary.to_pylist()), pa.string()).take(encoded.indices)

    def meant_cells(self, cells: pa.Array, by_code: bool) -> pa.Array:
        """Return what coded cells of another file mean, as `meant` does: their labels tell, see `recoded`."""
        found = without_missing(self.recoded(cells))
        codes, labels = (part.to_pylist() for part in (pc.struct_field(found, CODE), pc.struct_field(found, LABEL)))
        pairs = zip(codes, labels, strict=True)
        if by_code:  # a number that is no code would be taken for one
            return pa.array(
                [code_text(c) if c is not None else None if _number(t or "") else t for c, t in pairs], pa.string()
            )
        return pa.array([t if t is not None or c is None else code_text(c) for c, t in pairs], pa.string())

    def recoded(self, cells: pa.Array, of: pa.DataType | None = None) -> pa.Array:
        """Return coded cells of another file as cells of this column, (n,).

        A cell is the code of its label here. Where no label here is its own, it keeps its code if the other file's
        codes mean what they mean here; else it is its label alone.

        Parameters
        ----------
        of : type of the column of codes and labels; by default that of the cells
        """
        kind = (of or cells.type)[0].type
        theirs, agree, done = Codes.of(cells), self._agrees(Codes.of(cells)), {}
        for pair in dict.fromkeys((one[CODE], one[LABEL]) for one in cells.to_pylist()):
            code, label = self._recoded(pair[0], pair[1], agree)
            value = _cast(code, kind)
            done[pair] = (value, label if value is not None or label is not None else code)
        pairs = [done[one[CODE], one[LABEL]] for one in cells.to_pylist()]
        new = {code: label for code, label in theirs.labels.items() if agree and code not in self.labels}
        missing = [*self.missing, *self._missing_of(theirs, agree)]
        fields = [*_declaring(kind, {**self.labels, **new}, missing)]
        return pa.StructArray.from_arrays(
            [pa.array([pair[place] for pair in pairs], fields[place].type) for place in (0, 1)], fields=fields
        )

    def _missing_of(self, theirs: Codes, agree: bool) -> Iterator[str]:
        """Yield what is missing of another file as the codes, or labels without one, that it is here."""
        for text in theirs.missing:
            is_code = not theirs.are_numbers or _number(text) is not None
            code, label = (text, theirs.labels.get(text)) if is_code else (None, text)
            yield next(part for part in self._recoded(code, label, agree) if part is not None)

    def _recoded(self, value: Any, label: str | None, agree: bool) -> tuple[str | None, str | None]:
        """Return the code, as text, and the label here of a code and a label of another file."""
        code = None if value is None else code_text(value)
        mine = None if label is None else self.code(label, LABEL)
        if mine is None and agree and code in self.labels:
            mine = code
        if mine is not None:
            return mine, self.labels[mine]
        return (code, label) if agree or code is None else (None, label if label is not None else code)

    def _agrees(self, other: Codes) -> bool:
        """Return whether each label that another column has too has the same code there."""
        found = ((code, self.code(label, LABEL)) for code, label in other.labels.items())
        return all(mine in (None, code) for code, mine in found)

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
            words = {text: code for text, code in self._by_label.items() if not of_codes or _number(text) is None}
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
        spelled = None if face == LABEL else _number(text) if self.are_numbers else text.strip()
        code = _cast(known or spelled, kind)
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

    def notes_of_cells(self, name: str, cells: pa.Array) -> list[Note]:
        """Return what has to be said of coded cells of another file, (n,)."""
        agree = self._agrees(Codes.of(cells))
        held = [(one[CODE], one[LABEL]) for one in cells.to_pylist()]
        said: list[Note] = []

        def say(what: str, which: Callable[[str, str], bool]) -> None:
            are = np.array([None not in pair and which(code_text(pair[0]), pair[1]) for pair in held], dtype=bool)
            if are.any():
                mine = [self.labels.get(code_text(code)) for code, _ in held]
                texts = [f"{pair[1]}” for “{own}" if own else pair[1] for pair, own in zip(held, mine, strict=True)]
                said.append(told(name, what, pa.array(texts, pa.string()), are, np.ones(len(held), dtype=np.int64)))

        say(
            "labels that the table does not have were read by their codes, as the labels that it has",
            lambda code, label: agree and code in self.labels and self.code(label, LABEL) is None,
        )
        say(
            "labels have other codes than in the table, and count",
            lambda code, label: self.code(label, LABEL) not in (None, code),
        )
        return said

    def _is_missing(self, text: str, face: str | None) -> bool:
        code = self.code(text, face)
        number = _number(text) if face is None and self.are_numbers else None
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
            return by_label or self._loose_labels.get(plain.casefold()) or self._numbers.get(_number(plain) or "")
        if by_label is not None and face is None:
            return by_label
        if plain in self.labels:
            return plain
        loosely = self._loosely if face is None else self._loose_codes
        if plain.casefold() in loosely:
            return loosely[plain.casefold()]
        number = _number(plain) if self.are_numbers else None
        if number in self.labels:
            return number
        is_word = face == CODE and number is None
        return (by_label or self._loose_labels.get(plain.casefold())) if is_word else None

    @cached_property
    def _in_two_ways(self) -> bool:
        """Whether a label spells a number, or another code."""
        return any(
            label != code
            and code != _number(label)
            and ((self.are_numbers and _number(label) is not None) or _composed(label) in self.labels)
            for code, label in self.labels.items()
        )

    @cached_property
    def _are_like_codes(self) -> bool:
        """Whether all labels are numbers, of which some are codes, too."""
        numbers = {_number(label) for label in self.labels.values()}
        return None not in numbers and bool(numbers & {*self.labels})

    @cached_property
    def _by_label(self) -> dict[str, str]:
        labels = [(label, code) for code, label in reversed(self.labels.items())]
        return {**{_composed(label): code for label, code in labels}, **dict(labels)}

    @cached_property
    def _numbers(self) -> dict[str, str]:
        """Number that a label spells -> the code of the label, where there is but one."""
        return _of_one((number, code) for code, label in self.labels.items() if (number := _number(label)) is not None)

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


def _cast(code: str | None, kind: pa.DataType) -> Any:
    """Return a code that is a text as a value of a type; None if it is none."""
    try:
        return pa.scalar(code, pa.string()).cast(kind).as_py() if code else None
    except pa.ArrowException:
        return None


def code_text(code: Any) -> str:
    """Return a code as text; a whole number has no ".0"."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _number(text: str) -> str | None:
    """Return the number that a text spells, as `code_text` spells it; None if it is none."""
    return code_text(float(text)) if NUMBER.fullmatch(text.strip()) else None

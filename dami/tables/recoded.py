"""Gives coded cells of another file the codes of a column: labels tell which, since files number them as they like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dami.notes import Note
from dami.tables.coded import (
    CODE,
    LABEL,
    code_as,
    code_text,
    declaring,
    is_coded,
    number_text,
    without_missing,
)
from dami.tables.codes import Codes
from dami.tables.number_formats import told


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
    below = recoded(codes, lower.combine_chunks(), upper.type)
    above = pa.StructArray.from_arrays([pc.struct_field(upper, part) for part in (CODE, LABEL)], fields=[*below.type])
    return pa.chunked_array([above]), pa.chunked_array([below])


def meant_cells(codes: Codes, cells: pa.Array, by_code: bool) -> pa.Array:
    """Return what coded cells of another file mean, (n,), as `Codes.meant` does: their labels tell, see `recoded`."""
    found = without_missing(recoded(codes, cells))
    pairs = zip(*(pc.struct_field(found, part).to_pylist() for part in (CODE, LABEL)), strict=True)
    if by_code:  # a number that is no code would be taken for one
        return pa.array(
            [code_text(c) if c is not None else None if number_text(t or "") else t for c, t in pairs], pa.string()
        )
    return pa.array([t if t is not None or c is None else code_text(c) for c, t in pairs], pa.string())


def recoded(codes: Codes, cells: pa.Array, of: pa.DataType | None = None) -> pa.Array:
    """Return coded cells of another file as cells of a column, (n,).

    A cell is the code of its label here. Where no label here is its own, it keeps its code if the other file's
    codes mean what they mean here; else it is its label alone.

    Parameters
    ----------
    codes : of the column
    of : type of the column of codes and labels; by default that of the cells
    """
    kind = (of or cells.type)[0].type
    theirs, agree, done = Codes.of(cells), _agree(codes, Codes.of(cells)), {}
    for pair in dict.fromkeys((one[CODE], one[LABEL]) for one in cells.to_pylist()):
        code, label = _recoded(codes, pair[0], pair[1], agree)
        value = code_as(code, kind)
        done[pair] = (value, label if value is not None or label is not None else code)
    pairs = [done[one[CODE], one[LABEL]] for one in cells.to_pylist()]
    new = {code: label for code, label in theirs.labels.items() if agree and code not in codes.labels}
    missing = [*codes.missing, *_missing_of(codes, theirs, agree)]
    fields = [*declaring(kind, {**codes.labels, **new}, missing)]
    return pa.StructArray.from_arrays(
        [pa.array([pair[place] for pair in pairs], fields[place].type) for place in (0, 1)], fields=fields
    )


def _missing_of(codes: Codes, theirs: Codes, agree: bool) -> Iterator[str]:
    """Yield what is missing of another file as the codes, or labels without one, that it is here."""
    for text in theirs.missing:
        is_code = not theirs.are_numbers or number_text(text) is not None
        code, label = (text, theirs.labels.get(text)) if is_code else (None, text)
        yield next(part for part in _recoded(codes, code, label, agree) if part is not None)


def _recoded(codes: Codes, value: Any, label: str | None, agree: bool) -> tuple[str | None, str | None]:
    """Return the code, as text, and the label here of a code and a label of another file."""
    code = None if value is None else code_text(value)
    mine = None if label is None else codes.code(label, LABEL)
    if mine is None and agree and code in codes.labels:
        mine = code
    if mine is not None:
        return mine, codes.labels[mine]
    return (code, label) if agree or code is None else (None, label if label is not None else code)


def _agree(codes: Codes, other: Codes) -> bool:
    """Return whether each label that another column has too has the same code there."""
    found = ((code, codes.code(label, LABEL)) for code, label in other.labels.items())
    return all(mine in (None, code) for code, mine in found)


def notes_of_cells(codes: Codes, name: str, cells: pa.Array) -> list[Note]:
    """Return what has to be said of coded cells of another file, (n,)."""
    agree = _agree(codes, Codes.of(cells))
    held = [(one[CODE], one[LABEL]) for one in cells.to_pylist()]
    said: list[Note] = []

    def say(what: str, which: Callable[[str, str], bool]) -> None:
        are = np.array([None not in pair and which(code_text(pair[0]), pair[1]) for pair in held], dtype=bool)
        if are.any():
            mine = [codes.labels.get(code_text(code)) for code, _ in held]
            texts = [f"{pair[1]}” for “{own}" if own else pair[1] for pair, own in zip(held, mine, strict=True)]
            said.append(told(name, what, pa.array(texts, pa.string()), are, np.ones(len(held), dtype=np.int64)))

    say(
        "labels that the table does not have were read by their codes, as the labels that it has",
        lambda code, label: agree and code in codes.labels and codes.code(label, LABEL) is None,
    )
    say(
        "labels have other codes than in the table, and count",
        lambda code, label: codes.code(label, LABEL) not in (None, code),
    )
    return said

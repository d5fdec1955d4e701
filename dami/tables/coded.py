"""Keeps both faces of a coded cell of a statistics file: its code, a number or a short text, and the label of the code.

The label is what people read, so it is the written cell. A column that a person calls a number means its codes, if most
of its cells have a label ("1 = never" to "5 = always"); where few have one, those are no numbers ("99 = refused"). A
code that the file calls missing is written as any other, and means nothing. What the file declares beside its cells,
labels of codes that no row has and the codes that are missing, stands in the type of the column, as Arrow's metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from dami.notes import Note
from dami.tables.number_formats import counts_as_missing

CODE, LABEL = "code of the value", "label of the value"
DECLARED = b"dami.codes"  # the metadata of the codes
KEPT = (
    "The table keeps the codes, and so do Parquet and Feather files of it: a column that you call a number means them. "
    "CSV and Excel hold labels alone."
)
CALLED_MISSING = "what the file calls missing"
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
    kind = declaring(column.type, {code_text(code): label for code, label in labels.items()}, missing)
    cells = pa.StructArray.from_arrays([column, pa.array(named, pa.string())], fields=[*kind])
    return pa.chunked_array([cells])


def declaring(kind: pa.DataType, labels: Mapping[str, str], missing: Iterable[str]) -> pa.StructType:
    """Return the type of cells with codes of a kind, which says what their file declares."""
    said = json.dumps({"labels": dict(labels), "missing": sorted({*missing})})
    return pa.struct([pa.field(CODE, kind, metadata={DECLARED: said}), pa.field(LABEL, pa.string())])


def declared_in(kind: pa.StructType) -> tuple[dict[str, str], list[str]]:
    """Return the labels of codes, and the codes that are missing, as the type of coded cells declares them."""
    return read_declared(kind[0].metadata or {})


def read_declared(metadata: Mapping[bytes, bytes]) -> tuple[dict[str, str], list[str]]:
    """Return the labels of codes, and the codes that are missing, that metadata tells; none if a stranger wrote it."""
    try:
        said = json.loads(metadata.get(DECLARED, b"{}"))
        labels, missing = dict(said.get("labels", {})), list(said.get("missing", []))
    except (ValueError, TypeError, AttributeError):
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
    _, missing = declared_in(cells.type)
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
    codes, named = pc.struct_field(without_missing(cells), CODE), named_in(without_missing(cells))
    n_named = sum(named.values())
    return codes if not n_named or 2 * n_named >= len(codes) - codes.null_count else None


def plain_codes(cells: pa.Array) -> pa.Array | None:
    """Return the codes (n,) of coded cells for a table that has no labels; None if something else stands in a cell."""
    codes = pc.struct_field(without_missing(cells), CODE)
    others = pc.and_(pc.is_null(pc.struct_field(cells, CODE)), pc.is_valid(pc.struct_field(cells, LABEL)))
    return None if pc.any(others, min_count=0).as_py() else codes


def named_in(cells: pa.Array) -> dict[tuple[str, str], int]:
    """Return pairs of a code, as text, and its label, with their numbers of cells.

    Another spelling of the code is no label, unless the file says so: rows that were appended keep "1.50" beside 1.5.
    """
    declared, _ = declared_in(cells.type)
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
    return label != code and code in (label.strip(), number_text(label))


def code_as(code: str | None, kind: pa.DataType) -> Any:
    """Return a code that is a text as a value of a type; None if it is none."""
    try:
        return pa.scalar(code, pa.string()).cast(kind).as_py() if code else None
    except pa.ArrowException:
        return None


def code_text(code: Any) -> str:
    """Return a code as text; a whole number has no ".0"."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def number_text(text: str) -> str | None:
    """Return the number that a text spells, as `code_text` spells it; None if it is none."""
    return code_text(float(text)) if NUMBER.fullmatch(text.strip()) else None

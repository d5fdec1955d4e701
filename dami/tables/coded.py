"""Keeps both faces of a coded cell of a statistics file: its code, a number or a short text, and the label of the code.

The label is what people read, so it is the written cell. A column that a person calls a number means its codes, if most
of its cells have a label ("1 = never" to "5 = always"); where few have one, those are no numbers ("99 = refused").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

CODE, LABEL = "code of the value", "label of the value"


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
    codes, labels = pc.struct_field(cells, CODE), pc.struct_field(cells, LABEL)
    n_named = len(labels) - labels.null_count
    return codes if 2 * n_named >= len(codes) - codes.null_count else None


def coded_as(texts: pa.Array, like: pa.Array) -> pa.ChunkedArray:
    """Return texts (n,) of another file as cells of the codes and labels of a column: each is a label or a code.

    A code that the column has no label for stays one without a label; any other text is a label without a code.
    """
    codes, labels = (pc.struct_field(like, part).to_pylist() for part in (CODE, LABEL))
    label_of = {code: label for code, label in zip(codes, labels, strict=True) if label is not None}
    code_of = {label: code for code, label in label_of.items()}
    kind = pc.struct_field(like, CODE).type
    encoded = texts.dictionary_encode()
    cells = [_cell(text.strip(), label_of, code_of, kind) for text in encoded.dictionary.to_pylist()]
    columns = [pa.array([cell[place] for cell in cells], of) for place, of in enumerate((kind, pa.string()))]
    return pa.chunked_array([pa.StructArray.from_arrays(columns, [CODE, LABEL]).take(encoded.indices)])


def _cell(text: str, label_of: Mapping[Any, str], code_of: Mapping[str, Any], kind: pa.DataType) -> tuple[Any, Any]:
    """Return the code and the label of a text, None for what it has not."""
    if text in code_of:
        return code_of[text], text
    try:
        code = pa.scalar(text).cast(kind).as_py() if text else None
    except pa.ArrowException:
        return None, text
    return code, label_of.get(code)

"""Tells how many different forms the texts of a column have, whatever their digits are.

A column of 200,000 prices has nearly as many texts, but few shapes: 9.99, 99.99, 99.90 and so on. The patterns of
numbers look at no digit but a zero in front, so what matches one text of a shape matches them all. A zero at the end
tells 2.50, which is not how a number is written, from 2.5, which is.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

ZERO, PLUS, MINUS = b"0+-"
DIGITS = bytes.maketrans(b"0123456789", b"9999999999")
PLAINEST = r"^(0|-?9{1,15}|-?9{1,14}0|-?(0|9{1,9})\.9{1,6})?$"
"""Shapes of numbers that are written as `dami.tables.written.texts_of` writes them; a number may be missing."""


def first_of_each_shape(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return the first text (k,) of each shape, and the position (n,) of the one that has each text's shape.

    Parameters
    ----------
    texts : (n,) Arrow strings, none of them missing
    """
    shapes = shapes_of(texts).dictionary_encode()
    codes = shapes.indices.to_numpy()
    rising = np.maximum.accumulate(codes)  # shapes are numbered as they appear
    first = np.searchsorted(rising, np.arange(len(shapes.dictionary)))
    return texts.take(pa.array(first)), codes


def shapes_of(texts: pa.Array) -> pa.Array:
    """Return texts (n,) with a 9 in place of each digit but a zero in front or at the end.

    Parameters
    ----------
    texts : (n,) Arrow strings, none of them missing
    """
    _, offsets, buffer = texts.buffers()
    if buffer is None or len(texts) == 0:
        return texts
    whole = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    starts = np.frombuffer(offsets, whole, len(texts) + 1, texts.offset * whole.itemsize)
    data = np.frombuffer(buffer, np.uint8)[starts[0] : starts[-1]]
    starts = starts - starts[0]
    shapes = np.frombuffer(bytearray(data).translate(DIGITS), np.uint8)
    first = starts[:-1][starts[:-1] < len(data)]  # of an empty text, the first sign of the text after it
    second = first[(data[first] == PLUS) | (data[first] == MINUS)] + 1
    last = starts[1:][starts[1:] > 0] - 1
    for places in (first, second[second < len(data)], last):
        shapes[places[data[places] == ZERO]] = ZERO
    return pa.Array.from_buffers(texts.type, len(texts), [None, pa.py_buffer(starts), pa.py_buffer(shapes)])

"""Tells how many different forms the texts of a column have, whatever their digits are.

A column of 200,000 prices has nearly as many texts, but few shapes: 9.99, 99.99, 99.90 and so on. The patterns of
numbers look at no digit but a zero in front, so what matches one text of a shape matches them all. A zero at the end
tells 2.50, which is not how a number is written, from 2.5, which is.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

ZERO, NINE, PLUS, MINUS = b"09+-"
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
    begins = np.zeros(len(data) + 1, dtype=bool)
    begins[starts] = True  # whether a text begins at each byte; an empty one, where the next does
    at_end = begins[:-1] | begins[1:]
    at_end[1:] |= begins[:-2] & ((data[:-1] == PLUS) | (data[:-1] == MINUS))
    inner = data - ZERO < 10  # bytes have no sign: what stands before 0 becomes large
    inner &= ~(at_end & (data == ZERO))
    shapes = np.maximum(data, inner * np.uint8(NINE))  # a digit is at most a 9
    return pa.Array.from_buffers(texts.type, len(texts), [None, pa.py_buffer(starts), pa.py_buffer(shapes)])

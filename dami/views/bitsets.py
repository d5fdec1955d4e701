"""Encodes sets of rows, one bit a row, as server and browser send them to each other."""

import base64

import numpy as np
from numpy.typing import ArrayLike


def encode_rows(rows: ArrayLike, n: int) -> str:
    """Encode row positions, 0 to n - 1, as a base64 bitset; the first row is the lowest bit."""
    bits = np.zeros(n, dtype="u1")
    bits[np.asarray(rows, dtype=int)] = 1
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()


def decode_rows(bits: str | None) -> np.ndarray:
    """Return the row positions in a bitset, ascending, (n_set,) int."""
    data = np.frombuffer(base64.b64decode(bits or ""), "u1")
    return np.unpackbits(data, bitorder="little").nonzero()[0]

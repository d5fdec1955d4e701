"""Packs positions on the map as bytes, which the browser reads."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

LOW, HIGH = 1, 65_535  # 0 is reserved: a row at (0, 0) is not on the map


def pack_positions(positions: ArrayLike) -> bytes:
    """Pack a map as pairs x, y of little-endian unsigned 16-bit numbers, rows in order: four bytes a row.

    Both axes share one scale, so that distances on the map keep their meaning; the longer side fills 1 to 65,535 and
    the shorter is centered. Rows without a position (NaN) become (0, 0), which no other row has.

    Parameters
    ----------
    positions : (n, 2) array

    Returns
    -------
    bytes of length 4 n
    """
    P = np.asarray(positions, dtype=np.float64).reshape(-1, 2)
    packed: NDArray[np.uint16] = np.zeros(P.shape, "<u2")
    placed = np.isfinite(P).all(axis=1)
    if placed.any():
        low, high = P[placed].min(axis=0), P[placed].max(axis=0)
        side = float((high - low).max()) or 1.0
        scaled = (P[placed] - (low + high) / 2) / side * (HIGH - LOW) + (HIGH + LOW) / 2
        packed[placed] = np.clip(np.rint(scaled), LOW, HIGH)
    return packed.tobytes()

"""Finds a stream in a compound file, which holds streams as a disk holds files: an old Excel workbook is one.

Source: Microsoft's [MS-CFB].
"""

from __future__ import annotations

import struct

import numpy as np

START = b"\xd0\xcf\x11\xe0"  # of such a file
FREE = 0xFFFFFFFA  # numbers above this are no sectors


def stream_in(data: bytes, names: tuple[str, ...]) -> bytes:
    """Return the stream of a file that has one of these names.

    Raises
    ------
    ValueError, IndexError, struct.error : the file is broken or has no such stream
    """
    size, small = (1 << shift for shift in struct.unpack_from("<HH", data, 30))
    n_sectors = len(data) // size

    def sectors(numbers: list[int]) -> bytes:
        return b"".join(data[(number + 1) * size : (number + 2) * size] for number in numbers)

    def table(numbers: list[int]) -> np.ndarray:
        return np.frombuffer(sectors(numbers), "<u4")

    held = [*np.frombuffer(data[76:512], "<u4")]  # sectors of the table that says which sector follows which
    [more] = struct.unpack_from("<I", data, 68)
    while more < FREE and len(held) <= n_sectors:
        *found, more = table([more]).tolist()
        held += found
    following = table([int(number) for number in held if number < n_sectors])
    first, _, lowest, first_small = struct.unpack_from("<IIII", data, 48)
    entries = sectors(_chain(following, first))
    root = None
    for at in range(0, len(entries), 128):
        length, (start, n_bytes) = (
            *struct.unpack_from("<H", entries, at + 64),
            struct.unpack_from("<II", entries, at + 116),
        )
        root = start if root is None else root
        if entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace") in names:
            if n_bytes >= lowest:
                return sectors(_chain(following, start))[:n_bytes]
            whole = sectors(_chain(following, root))
            places = _chain(table(_chain(following, first_small)), start)
            return b"".join(whole[place * small : (place + 1) * small] for place in places)[:n_bytes]
    raise ValueError(names)


def _chain(following: np.ndarray, first: int) -> list[int]:
    """Return the numbers of the sectors of a stream in their order; ValueError if they make a circle."""
    found: list[int] = []
    while first < len(following):
        found.append(first)
        first = int(following[first])
        if len(found) > len(following):
            raise ValueError(first)
    return found

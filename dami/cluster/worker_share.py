"""Holds a worker's share of a pool: encoded parts of the table as points of a space, and their distances to centers.

The points lie in files of the worker's own folder, which are mapped into memory. The system's cache keeps the points
that fit into memory, and reads the others again. The share itself keeps at most 16 bytes a row in memory.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dami.errors import DamiError
from dami.networks.mlp import MLP
from dami.networks.regions import Layers
from dami.selection.k_center import Traversal
from dami.selection.strategies import Pool
from dami.selection.strategies.covering import nearest_to, total
from dami.tables.parquet_parts import Parts

if TYPE_CHECKING:
    from dami.tables.encoding import Encoder

BLOCK_VALUES = 2**21  # numbers of the weights that are worked out at once


def give_back() -> None:
    """Make Arrow return memory to the system at once: Dask pauses a worker for what it holds, even if unused."""
    pa.set_memory_pool(pa.system_memory_pool())


@dataclass(frozen=True)
class Far:
    """The row of a share that is farthest from all centers.

    Attributes
    ----------
    square : squared distance of the row to its nearest center
    row : position of the row in the table, -1 if every row is a center
    nearest : number of that center, in the order in which the centers were added, -1 if there is none
    point : (p,) float32, the point that stands for the row
    """

    square: float
    row: int
    nearest: int
    point: np.ndarray


class Mapped:
    """A matrix of float32 in a file; only the pages that are being read count as memory of this process."""

    def __init__(self, path: Path, width: int) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.array = np.frombuffer(self._map, np.float32).reshape(-1, width)

    def let_go(self) -> None:
        """Give the pages back to the system's cache."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


@dataclass
class _Part:
    start: int
    X: Mapped
    points: Mapped = field(init=False)
    traversal: Traversal = field(init=False)


class Share:
    """Some parts of a table on one worker: a Dask actor, which only `dami.cluster.distributed_pool` calls.

    Parameters
    ----------
    parts : the whole table
    encoder : fitted
    """

    def __init__(self, parts: Parts, encoder: Encoder) -> None:
        from distributed import get_worker

        give_back()
        self._parts, self._encoder = parts, encoder
        self._folder = TemporaryDirectory(prefix="dami-", dir=get_worker().local_directory)
        self._mine: list[_Part] = []

    def encode(self, part: int) -> None:
        """Encode one part, and add it after the earlier parts."""
        names = self._encoder.inputs_
        blocks = (self._encoder.transform(frame) for frame in self._parts.blocks(part, names))
        self._mine.append(_Part(int(self._parts.starts[part]), self._stored(f"{part}-input", blocks)))

    def open(self, space: str, layers: Layers | None) -> None:
        """Turn the rows into points of a space. There are no centers yet."""
        for part in self._mine:
            part.points = part.X
            if layers is not None and space != "input":
                network = MLP.from_layers(layers, np.arange(len(layers[-1][1])))
                X = part.X.array
                size = max(1, BLOCK_VALUES // (X.shape[1] * len(network.classes_)))
                blocks = (Pool(X[k : k + size], network=network).points(space) for k in range(0, len(X), size))
                part.points = self._stored(f"{part.start}-{space}", blocks)
                part.X.let_go()
            part.traversal = Traversal(part.points.array)
            part.points.let_go()

    def total(self, number: int, so_far: np.ndarray) -> np.ndarray:
        """Return `so_far` plus the rows of the share's part of this number, added one after the other."""
        part = self._mine[number]
        result = total(part.points.array, so_far)
        part.points.let_go()
        return result

    def nearest_to(self, place: np.ndarray) -> Far:
        """Return the row nearest to a place; its `square` is the squared distance to the place."""
        best = Far(np.inf, -1, -1, place)
        for part in self._mine:
            position, square = nearest_to(part.points.array, place)
            if square < best.square:
                best = Far(square, part.start + position, -1, part.points.array[position].copy())
            part.points.let_go()
        return best

    def points(self, rows: Sequence[int]) -> dict[int, np.ndarray]:
        """Return row -> its point, (p,), for those of the rows that are in this share."""
        found = {}
        for part in self._mine:
            for row in rows:
                if part.start <= row < part.start + len(part.points.array):
                    found[row] = part.points.array[row - part.start].copy()
        return found

    def add(self, centers: np.ndarray, rows: Sequence[int]) -> Far:
        """Add centers (m, p), which are these rows of the table, and return the row farthest from all centers."""
        positions = np.asarray(rows, dtype=int)
        best = Far(-1.0, -1, -1, np.zeros(0, np.float32))
        for part in self._mine:
            points = part.points.array
            part.traversal.add(centers, (inside := positions - part.start)[(inside >= 0) & (inside < len(points))])
            position, square, nearest = part.traversal.farthest()
            if square > best.square:  # the first of several equally far rows: parts are in the order of their rows
                best = Far(square, part.start + position, nearest, points[position].copy())
            part.points.let_go()
        return best

    def lowest(self, n: int, taken: Sequence[int]) -> list[tuple[int, int]]:
        """Return the n lowest rows that are not taken, each with the number of its nearest center."""
        found: list[tuple[int, int]] = []
        for part in self._mine:
            rows = np.setdiff1d(np.arange(len(part.points.array)), np.asarray(taken) - part.start)[: n - len(found)]
            if len(rows):
                nearest = part.traversal.exactly(rows)[1]
                found += zip((rows + part.start).tolist(), nearest.tolist(), strict=True)
            part.points.let_go()
        return found

    def _stored(self, name: str, blocks: Iterator[np.ndarray]) -> Mapped:
        """Write blocks of a matrix to a file, one after the other, and map the file."""
        path = Path(self._folder.name) / name
        try:
            with path.open("wb") as file:
                for block in blocks:
                    file.write(np.ascontiguousarray(block, np.float32).data)
        except OSError as error:
            raise DamiError(
                f"A worker cannot write to {self._folder.name} ({error.strerror}): start it with --local-directory and "
                "a folder on a larger disk."
            ) from error
        return Mapped(path, block.shape[1])

"""A worker's share of a pool: some parts of the table, encoded, as points of a space, and how far each is covered.

Points lie in files of the worker's own folder and are looked at through a map of them: what fits into memory stays
there, by the system's own cache, and what does not is read again. In memory stay 16 bytes a row at most.
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

BLOCK_VALUES = 2**21  # of the weights that are worked out at once


def give_back() -> None:
    """Have Arrow return memory to the system at once: Dask pauses workers by what they hold, not by what they use."""
    pa.set_memory_pool(pa.system_memory_pool())


@dataclass(frozen=True)
class Far:
    """The row of a share that is farthest from all centers: -1 where every row is one.

    Attributes
    ----------
    square : squared distance to its nearest center
    row : position in the table
    nearest : number of that center, in the order in which they were added
    point : (p,) float32, the row itself
    """

    square: float
    row: int
    nearest: int
    point: np.ndarray


class Mapped:
    """A matrix of float32 in a file, of which only what is being looked at counts as this process's memory."""

    def __init__(self, path: Path, width: int) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.array = np.frombuffer(self._map, np.float32).reshape(-1, width)

    def let_go(self) -> None:
        """Leave the pages to the system's cache."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


@dataclass
class _Part:
    start: int
    X: Mapped
    points: Mapped = field(init=False)
    traversal: Traversal = field(init=False)


class Share:
    """Some parts of a table on one worker: a Dask actor, called by `dami.cluster.pool` alone.

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
        """Take in one part, after those before it."""
        names = [*self._encoder.numbers_, *self._encoder.texts_]
        blocks = (self._encoder.transform(frame) for frame in self._parts.blocks(part, names))
        self._mine.append(_Part(int(self._parts.starts[part]), self._stored(f"{part}-input", blocks)))

    def open(self, space: str, layers: Layers | None) -> None:
        """Make the rows points of a space, with no centers yet."""
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
        """What was summed before and the rows of the share's part of this number, one after the other."""
        part = self._mine[number]
        result = total(part.points.array, so_far)
        part.points.let_go()
        return result

    def nearest_to(self, place: np.ndarray) -> Far:
        """The row nearest a place, as if that were far from all centers."""
        best = Far(np.inf, -1, -1, place)
        for part in self._mine:
            position, square = nearest_to(part.points.array, place)
            if square < best.square:
                best = Far(square, part.start + position, -1, part.points.array[position].copy())
            part.points.let_go()
        return best

    def points(self, rows: Sequence[int]) -> dict[int, np.ndarray]:
        """Those of some rows of the table that are in this share."""
        found = {}
        for part in self._mine:
            for row in rows:
                if part.start <= row < part.start + len(part.points.array):
                    found[row] = part.points.array[row - part.start].copy()
        return found

    def add(self, centers: np.ndarray, rows: Sequence[int]) -> Far:
        """Take in centers (m, p), which are these rows of the table, and find the row farthest from all so far."""
        positions = np.asarray(rows, dtype=int)
        best = Far(-1.0, -1, -1, np.zeros(0, np.float32))
        for part in self._mine:
            points = part.points.array
            part.traversal.add(centers, (inside := positions - part.start)[(inside >= 0) & (inside < len(points))])
            position, square, nearest = part.traversal.farthest()
            if square > best.square:  # of several as far, the first: parts are in the order of their rows
                best = Far(square, part.start + position, nearest, points[position].copy())
            part.points.let_go()
        return best

    def lowest(self, n: int, taken: Sequence[int]) -> list[tuple[int, int]]:
        """The n lowest rows that are none of those taken, and the number of the nearest center of each."""
        found: list[tuple[int, int]] = []
        for part in self._mine:
            rows = np.setdiff1d(np.arange(len(part.points.array)), np.asarray(taken) - part.start)[: n - len(found)]
            if len(rows):
                nearest = part.traversal.exactly(rows)[1]
                found += zip((rows + part.start).tolist(), nearest.tolist(), strict=True)
            part.points.let_go()
        return found

    def _stored(self, name: str, blocks: Iterator[np.ndarray]) -> Mapped:
        """Blocks of a matrix, one behind the other in a file."""
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

"""Picks rows of a table that is larger than the memory of one machine: exact farthest-first traversal over a cluster.

The encoder is fitted on a glance at each whole column, one column at a time, and on the rows that it would sample in
memory. The network is trained on the labeled rows, which are few. Both are sent to the workers; each worker encodes its
parts of the table and finds their linear regions. For each pick, all workers add the last pick as a center, and answer
with their row that is farthest from all centers. Points, distances and ties are worked out as in memory, so the picks
are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dami.cluster.worker_share import Far, Share, give_back
from dami.errors import DamiError, TableError
from dami.networks.mlp import MLP
from dami.selection.k_center import KCenter
from dami.selection.label_arrays import missing
from dami.selection.learner import ActiveLearner
from dami.selection.strategies import STRATEGIES, strategy_of
from dami.tables.kinds import Glance, glance
from dami.tables.parquet_parts import Parts

if TYPE_CHECKING:
    from distributed import Client

    from dami.tables.encoding import Encoder

OnStep = Callable[[int, int, float, float], None]


@dataclass(frozen=True)
class Answer:
    """The picks, and the network by whose linear regions they were chosen; no network (None) at a cold start."""

    picks: KCenter
    network: MLP | None


def query(
    client: Client,
    parts: Parts,
    target: str | None,
    labels: np.ndarray,
    classes: Sequence[Any] | None,
    n: int,
    strategy: str = "dami",
    seed: int = 0,
    on_step: OnStep | None = None,
    on_progress: Callable[[str], None] = lambda note: None,
) -> Answer:
    """Pick up to n rows: the same as `ActiveLearner(strategy, seed).fit(frame, labels, classes).query(n)` picks.

    Parameters
    ----------
    parts : the table
    target : column of the table that holds labels, and which the network does not see
    labels : (N,) object, None where unlabeled
    classes : all classes, if some may have no label yet
    on_step : see `MLP.fit`
    on_progress : called with sentences

    Raises
    ------
    DamiError
        If the strategy does not pick farthest first, nothing can be learnt from the table, or a worker is lost.
    """
    chosen = strategy_of(strategy)
    if not chosen.spaces:
        able = ", ".join(name for name, other in STRATEGIES.items() if other.spaces)
        raise DamiError(f"The strategy {strategy} does not run on a cluster; those that do are {able}.")
    labeled = np.flatnonzero(~missing(labels))
    names = [name for name in parts.columns if name != target]
    if not names:
        raise TableError("The table has no columns besides the target.")
    encoder = fit_encoder(client, parts, names)
    on_progress(f"{len(encoder.feature_names_out_):,} features of {parts.n_rows:,} rows in {len(parts.paths):,} parts.")
    network = None
    if len(set(labels[labeled])) > 1:
        X = encoder.transform(_rows(client, parts, labeled, names))
        network = ActiveLearner(strategy, seed).fit_encoded(X, labels[labeled], classes, on_step).network_
    with _Shares(client, parts, encoder, on_progress) as shares:
        spaces = chosen.spaces if network is not None else ("input",)
        return Answer(_cover(shares, labeled.tolist(), min(n, parts.n_rows - len(labeled)), spaces, network), network)


def fit_encoder(client: Client, parts: Parts, names: Sequence[str]) -> Encoder:
    """Return the encoder that `Encoder().fit` gives on these columns of the whole table."""
    from dami.tables.encoding import Encoder, sampled_rows

    encoder = Encoder()
    glances = client.gather([client.submit(glance_at, parts, name, pure=False) for name in names])
    seen = dict(zip(names, glances, strict=True))
    kept = [name for name in names if seen[name].reason is None]
    return encoder.fit_sample(
        seen, _rows(client, parts, sampled_rows(parts.n_rows, encoder.random_state), kept or names)
    )


def glance_at(parts: Parts, name: str) -> Glance:
    """Look at one whole column; a worker runs this function."""
    give_back()
    return glance(parts.column(name), name)


def rows_of(parts: Parts, part: int, positions: np.ndarray, names: Sequence[str]) -> pa.Table:
    """Return some rows of one part; a worker runs this function."""
    give_back()
    return parts.rows(part, positions, names)


def _rows(client: Client, parts: Parts, rows: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the table at these positions, which are ascending."""
    wanted = np.split(rows, np.searchsorted(rows, parts.starts[1:-1]))
    asked = [(part, inside - parts.starts[part]) for part, inside in enumerate(wanted) if len(inside)]
    tables: list[pa.Table] = []
    at_once = len(client.nthreads())  # no worker holds more than one answer
    for start in range(0, len(asked), at_once):
        some = asked[start : start + at_once]
        tables += client.gather([client.submit(rows_of, parts, *one, names, pure=False) for one in some])
    return parts.framed(tables, names)


def _cover(shares: _Shares, labeled: list[int], n: int, spaces: Sequence[str], network: MLP | None) -> KCenter:
    """Do what `dami.selection.strategies.covering.cover` does; the shares find the farthest rows."""
    rows, begun = list(labeled), len(labeled)  # centers: labeled rows, then picks
    squares: list[float] = []
    nearest: list[int] = []
    radii: list[float] = []
    for space in spaces:
        shares.open(space, network)
        far = shares.add(shares.points(rows), rows) if rows else shares.most_typical()
        while len(squares) < n and far.square > 0:
            rows.append(far.row)
            squares.append(far.square)
            nearest.append(-1 if far.nearest < 0 else rows[far.nearest])
            far = shares.add(far.point[None], [far.row])
            radii.append(max(far.square, 0.0))
        if len(squares) == n:
            break
    for row, center in shares.lowest(n - len(squares), rows):  # each equals a center
        squares.append(0.0)
        nearest.append(rows[center])
        radii.append(0.0)
        rows.append(row)
    return KCenter(np.array(rows[begun:], dtype=int), np.sqrt(squares), np.array(nearest, dtype=int), np.sqrt(radii))


class _Shares:
    """Joins the shares of all workers to one pool."""

    def __init__(
        self, client: Client, parts: Parts, encoder: Encoder, on_progress: Callable[[str], None] = lambda note: None
    ) -> None:
        self._parts, self._n_features = parts, len(encoder.feature_names_out_)
        self._owned = _assigned(parts.lengths, sorted(client.nthreads()))
        futures = [
            client.submit(Share, parts, encoder, actor=True, workers=[worker], pure=False) for worker in self._owned
        ]
        self._all: list[Any] = client.gather(futures)
        self._encode(on_progress)

    def __enter__(self) -> _Shares:
        return self

    def __exit__(self, *error: object) -> None:
        self._all.clear()  # the last references: workers then delete the actors and their files

    def _encode(self, on_progress: Callable[[str], None]) -> None:
        """Encode the parts: each worker encodes one part after the other, and all workers do so at once."""
        stopped, done = Event(), 0

        def encode(share: Any, mine: list[int]) -> None:
            nonlocal done
            for part in mine:
                if stopped.is_set():
                    return
                _answer(share.encode(part))
                done += 1
                on_progress(f"{done} of {len(self._parts.paths)} parts encoded.")

        with ThreadPoolExecutor(len(self._all)) as threads:
            running = [threads.submit(encode, *pair) for pair in zip(self._all, self._owned.values(), strict=True)]
            try:
                for thread in running:
                    thread.result()
            except BaseException:
                stopped.set()
                raise

    def open(self, space: str, network: MLP | None) -> None:
        self._ask("open", space, None if network is None else network.layers_)

    def points(self, rows: Sequence[int]) -> np.ndarray:
        """Return the points of some rows, (m, p)."""
        found = {row: point for some in self._ask("points", list(rows)) for row, point in some.items()}
        return np.stack([found[row] for row in rows])

    def most_typical(self) -> Far:
        """Return the row nearest to the mean, the lowest of several. There are no centers yet: its distance is inf."""
        sums = np.zeros(self._n_features)
        places = {part: (k, n) for k, mine in enumerate(self._owned.values()) for n, part in enumerate(mine)}
        for part in range(len(self._parts.paths)):
            owner, number = places[part]
            sums = _answer(self._all[owner].total(number, sums))
        found = self._ask("nearest_to", sums / self._parts.n_rows)
        nearest = min(found, key=lambda far: (far.square, far.row))
        return Far(np.inf, nearest.row, -1, nearest.point)

    def add(self, centers: np.ndarray, rows: Sequence[int]) -> Far:
        found: list[Far] = self._ask("add", centers, list(rows))
        return min(found, key=lambda far: (-far.square, far.row))

    def lowest(self, n: int, taken: Sequence[int]) -> list[tuple[int, int]]:
        return sorted(pair for found in self._ask("lowest", n, list(taken)) for pair in found)[:n] if n else []

    def _ask(self, method: str, *arguments: object) -> list[Any]:
        """Ask all workers at once."""
        return [_answer(future) for future in [getattr(share, method)(*arguments) for share in self._all]]


def _answer(future: Any) -> Any:
    try:
        return future.result()
    except (OSError, RuntimeError) as error:  # what Dask raises for actors
        raise DamiError(
            f"A worker was lost ({error}); its log says why, often it had too little memory. Start the same command "
            "again."
        ) from error


def _assigned(lengths: Sequence[int], workers: Sequence[str]) -> dict[str, list[int]]:
    """Return worker -> its parts, ascending. The longest part comes first, each to the worker with fewest rows."""
    owned: dict[str, list[int]] = {worker: [] for worker in workers}
    loads = dict.fromkeys(workers, 0)
    for part in sorted(range(len(lengths)), key=lambda part: (-lengths[part], part)):
        worker = min(workers, key=lambda name: loads[name])
        owned[worker].append(part)
        loads[worker] += lengths[part]
    return {worker: sorted(mine) for worker, mine in owned.items() if mine}

"""Works on the columns of a large table in several threads: while Arrow and numpy compute, other threads run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MANY_ROWS = 20_000  # a thread costs more than it saves for fewer

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Iterable[Item], n_rows: int) -> list[Result]:
    """Return what `work` makes of each item, in their order."""
    if n_rows < MANY_ROWS:
        return [work(item) for item in items]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))

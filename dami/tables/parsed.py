"""Holds what every reader makes of a file, and the limits that hold for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from dami.tables.read_options import HowRead


class Parsed(NamedTuple):
    """What a reader makes of a file.

    Attributes
    ----------
    names : of the columns, as written
    columns : the values that the cells mean
    notes : sentences that say what was mended
    written : each column as it was written, texts or an Arrow column of the file's type; None if its values tell that
    how : what was chosen and skipped
    mixed : places of the columns of a typed file in which numbers stand among texts, as texts
    """

    names: list[str]
    columns: list[pd.Series]
    notes: list[str]
    written: Sequence[pa.ChunkedArray | None] = ()
    how: HowRead = HowRead()
    mixed: Sequence[int] = ()

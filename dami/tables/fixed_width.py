"""Tells text whose columns are set apart by spaces, which would else be read as one column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from dami.errors import TableError

GAP = re.compile(r"\S(?: \S|\S)*")  # a value may hold single spaces
NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")


def refuse_fixed_width(sample: Sequence[str], filename: str) -> None:
    """Raise TableError if spaces set the columns of all lines apart.

    Either the names stand apart by two spaces or more and no line writes into the gaps, or each line has as many words
    as there are names, and at least two of them are numbers in every line.
    """
    lines = [line.rstrip() for line in sample if line.strip()]
    if len(lines) < 3 or any("\t" in line for line in lines):
        return
    names = [found.span() for found in GAP.finditer(lines[0])]
    gaps = [(left[1], right[0]) for left, right in pairwise(names)]
    gaps = [gap for gap in gaps if gap[1] - gap[0] >= 2]
    free = [gap for gap in gaps if any(all(line[k : k + 1].strip() == "" for line in lines) for k in range(*gap))]
    is_apart = bool(gaps) and len(free) == len(gaps) and any(len(line) > gaps[-1][1] for line in lines[1:])
    words = [line.split() for line in lines]
    is_spaced = len(words[0]) >= 3 and len({len(row) for row in words}) == 1
    numbers = [all(map(NUMBER.fullmatch, column)) for column in zip(*words[1:], strict=True)] if is_spaced else []
    if is_apart or sum(numbers) >= 2:
        raise TableError(
            f"{filename} sets its columns apart by spaces (fixed width), which DAMI does not read. Open it in a "
            "spreadsheet as text of fixed width, or in Python with pandas.read_fwf, and save it as CSV."
        )

"""Splits a delimited text with Arrow, if nothing in the text has to be mended or reported.

Arrow is many times faster than reading row by row. But it makes empty values of a blank line and accepts open quotation
marks, and does not tell. So both are looked for. The result is equal to that of `csv.reader`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

QUOTE, NEWLINE, RETURN = b'"\n\r'
LINE = re.compile(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]++")

LARGE = 2_000_000  # bytes that several threads read faster than one
LONGEST = 2**31 - 1  # characters of a value; a file is never as large


def reader_of(lines: Iterable[str], delimiter: str, **how: Any) -> Any:
    """Return a csv.reader that takes values of any length. The limit of 131,072 characters holds for the process."""
    csv.field_size_limit(LONGEST)
    return csv.reader(lines, delimiter=delimiter, **how)


def lines_of(text: str) -> Iterator[str]:
    """Return the lines with their line breaks, as a file does. io.StringIO would first copy the whole text."""
    return (found[0] for found in LINE.finditer(text))


def split_regular(text: str, delimiter: str) -> tuple[list[str], list[pa.ChunkedArray]] | None:
    """Return the first row and the columns of texts below it, or None if the text is not regular.

    A regular text has at least two columns and two rows, the same number of values in every row, no blank line between
    rows, and quotation marks only around whole values. Blank lines before and after all rows are left out.
    """
    from pyarrow import csv as arrow_csv

    text = text.lstrip("\r\n")
    if text.endswith(("\n\n", "\n\r\n", "\r\r")):  # or a copy would be made for nothing
        text = text.rstrip("\r\n")
    try:
        names: list[str] = next(reader_of(lines_of(text), delimiter, strict=True), [])
        if len(names) < 2:
            return None
        data = text.encode()
        keys = [str(place) for place in range(len(names))]
        with ThreadPoolExecutor(1) as beside:
            signs = beside.submit(_look_at_signs, data, ord(delimiter))
            table = arrow_csv.read_csv(
                pa.BufferReader(data),
                arrow_csv.ReadOptions(column_names=keys, skip_rows_after_names=1, use_threads=len(data) > LARGE),
                arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False),
                arrow_csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.string())),
            )
        is_quoted_well, may_have_blank_line = signs.result()
    except (csv.Error, pa.ArrowInvalid, UnicodeEncodeError):
        return None
    if not is_quoted_well or table.num_rows == 0 or (may_have_blank_line and _has_empty_row(table)):
        return None
    return names, table.columns


def _look_at_signs(data: bytes, delimiter: int) -> tuple[bool, bool]:
    """Return whether quotation marks stand around whole values only, and whether two line breaks follow one another."""
    signs = np.frombuffer(data, np.uint8)
    return _quotes_values(signs, delimiter), _doubles_breaks(signs, b"\r" in data)


def _quotes_values(data: np.ndarray, delimiter: int) -> bool:
    quotes = np.flatnonzero(data == QUOTE)
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) != len(closing):
        return False
    is_end = np.zeros(256, bool)
    is_end[[delimiter, NEWLINE, RETURN]] = True
    opens = (opening == 0) | is_end[data[opening - 1]]
    closes = (closing == len(data) - 1) | is_end[data[(closing + 1) % len(data)]]
    doubled = closing[:-1] + 1 == opening[1:]  # two marks in a row stand for one mark in the value
    opens[1:] |= doubled
    closes[:-1] |= doubled
    return bool(opens.all() and closes.all())


def _doubles_breaks(data: np.ndarray, has_returns: bool) -> bool:
    feeds = data == NEWLINE
    if not has_returns:
        return bool((feeds[:-1] & feeds[1:]).any())
    returns = data == RETURN
    return bool((feeds[:-1] & (feeds | returns)[1:]).any() or (returns[:-1] & returns[1:]).any())


def _has_empty_row(table: pa.Table) -> bool:
    """Return whether a row has no value, as Arrow makes of a blank line."""
    lengths = [pc.binary_length(column).to_numpy() for column in table.columns]
    return not np.all(np.logical_or.reduce(lengths))

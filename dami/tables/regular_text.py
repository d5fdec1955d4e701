"""Splits a delimited text with Arrow, if nothing in the text has to be mended or reported.

Arrow is many times faster than reading row by row. But it makes empty values of a blank line, accepts open quotation
marks and overlooks line breaks behind a NUL, and does not tell. So all three are looked for. The result is equal to
that of `csv.reader`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

QUOTE, NEWLINE, RETURN = b'"\n\r'
NUL = b"\0"
LINE = re.compile(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]++")

LARGE = 2_000_000  # bytes that several threads read faster than one
LONGEST = 2**31 - 1  # characters of a value; a file is never as large


def reader_of(lines: Iterable[str], delimiter: str, quote: str | None = None, **how: Any) -> Any:
    """Return a csv.reader that takes values of any length. The limit of 131,072 characters holds for the process.

    Parameters
    ----------
    quote : what stands around values, "" for nothing; None for quotation marks
    """
    csv.field_size_limit(LONGEST)
    if quote == "":
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, **how)
    return csv.reader(lines, delimiter=delimiter, quotechar=quote or '"', **how)


def lines_of(text: str) -> Iterator[str]:
    """Return the lines with their line breaks, as a file does. io.StringIO would first copy the whole text."""
    return (found[0] for found in LINE.finditer(text))


def split_regular(text: str | bytes, delimiter: str) -> tuple[list[str], list[pa.ChunkedArray]] | None:
    """Return the first row and the columns of texts below it, or None if the text is not regular.

    A regular text has at least two columns and two rows, the same number of values in every row, no blank line between
    rows, no NUL, and quotation marks only around whole values. Blank lines before and after all rows are left out.

    Parameters
    ----------
    text : bytes are UTF-8 without a mark; if they are not, the text is not regular
    """
    from pyarrow import csv as arrow_csv

    try:
        data = (text if isinstance(text, bytes) else text.encode()).lstrip(b"\r\n")
        if NUL in data:  # Arrow compares eight signs at once, of which it takes a NUL for the end
            return None
        if data.endswith((b"\n\n", b"\n\r\n", b"\r\r")):  # or a copy would be made for nothing
            data = data.rstrip(b"\r\n")
        lines = io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="")
        names: list[str] = next(reader_of(lines, delimiter, strict=True), [])
        if len(names) < 2:
            return None
        keys = [str(place) for place in range(len(names))]
        read = partial(
            arrow_csv.read_csv,
            pa.BufferReader(data),
            arrow_csv.ReadOptions(  # one block, since many would be joined afterwards
                column_names=keys, skip_rows_after_names=1, use_threads=len(data) > LARGE, block_size=len(data)
            ),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.string()), check_utf8=not data.isascii()),
        )
        if len(data) > LARGE:
            with ThreadPoolExecutor(1) as beside:
                around_values = beside.submit(_quotes_around_values, data, ord(delimiter))
                table, quotes = read(), around_values.result()
        else:
            table, quotes = read(), _quotes_around_values(data, ord(delimiter))
    except (csv.Error, pa.ArrowInvalid, UnicodeError):
        return None
    if quotes is None or table.num_rows == 0 or (_has_empty_row(table) and _has_blank_line(data, quotes)):
        return None
    return names, table.combine_chunks().columns


def _quotes_around_values(data: bytes, delimiter: int) -> np.ndarray | None:
    """Return the places (k,) of the quotation marks, or None if one of them stands elsewhere than around a value."""
    signs = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(signs == QUOTE)
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) != len(closing):
        return None
    is_end = np.zeros(256, bool)
    is_end[[delimiter, NEWLINE, RETURN]] = True
    opens = (opening == 0) | is_end[signs[opening - 1]]
    closes = (closing == len(signs) - 1) | is_end[signs[(closing + 1) % len(signs)]]
    doubled = closing[:-1] + 1 == opening[1:]  # two marks in a row stand for one mark in the value
    opens[1:] |= doubled
    closes[:-1] |= doubled
    return quotes if opens.all() and closes.all() else None


def _has_empty_row(table: pa.Table) -> bool:
    """Return whether a row has no value, as Arrow makes of a blank line."""
    rows = np.arange(table.num_rows)
    for column in table.columns:
        rows = rows[pc.binary_length(column).to_numpy()[rows] == 0]
        if len(rows) == 0:
            return False
    return True


def _has_blank_line(data: bytes, quotes: np.ndarray) -> bool:
    """Return whether two line breaks follow one another outside of quotation marks, whose places (k,) are known."""
    signs = np.frombuffer(data, np.uint8)
    feeds, returns = signs == NEWLINE, signs == RETURN
    doubled = (feeds[:-1] & (feeds | returns)[1:]) | (returns[:-1] & returns[1:])
    return bool((np.searchsorted(quotes, np.flatnonzero(doubled)) % 2 == 0).any())

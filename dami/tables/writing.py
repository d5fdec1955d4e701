"""Writes tables to files, each cell as its owner wrote it.

A number that tells what was written is a number in the file, if the format has numbers; else the cell is its text.
"""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.errors import TableError
from dami.tables.coded import is_coded
from dami.tables.codes import labelled
from dami.tables.written import values_in

BLOCK_ROWS = 100_000  # rows that are joined to lines at once
TO_QUOTE = r'[",;|\t\r\n\x1f]|^[#\s]|\s$'  # what a reader could take for a delimiter, a comment or a fringe
FORMULA = r"^'*[=+\-@\t\r]"
HARMLESS = "^[+\\-]?[0-9.,' \u00a0\u202f]*([eE][+\\-]?[0-9]+)?%?$"  # a sign alone, a number in any spelling
ARMED = "with_apostrophe"  # the column by which a reader knows that apostrophes were added, and which they are
EXCEL_ROWS, EXCEL_COLUMNS, EXCEL_TEXT = 1_048_576, 16_384, 32_767
EXCEL_BLOCK = 500  # rows between two reports: a few hundredths of a second
EXCEL_DIGITS = 10**15  # a spreadsheet shows whole numbers below this with all their digits


class Cells(Protocol):
    """What is written: the table of `dami.tables.table`."""

    @property
    def frame(self) -> pd.DataFrame:
        """The values that the cells mean, (n, m)."""

    @property
    def heads(self) -> list[str]:
        """The names of the columns as their owner wrote them, (m,)."""

    @property
    def originals(self) -> Mapping[str, pa.ChunkedArray]:
        """The columns that were written in another way than their values tell."""

    def texts_column(self, name: str) -> pa.Array:
        """Return a column as texts, (n,)."""

    def exact(self, name: str) -> pa.Array | pa.ChunkedArray:
        """Return a column in the type that holds its cells exactly, (n,)."""


def write_csv(table: Cells, delimiter: str = ",", header: bool = True, armed: bool = False, mark: bool = True) -> bytes:
    """Return delimited text in UTF-8.

    Parameters
    ----------
    header : whether the names of the columns stand above the rows
    mark : whether the byte-order mark, which spreadsheets need for accents, stands before the header
    armed : whether an apostrophe stands before a text that a spreadsheet would run as a formula (CWE-1236), see `arm`;
        the column `ARMED` at the end then names the columns in which a row has one, if any row or name has
    """
    names = pa.array(_header(table), pa.string())
    columns = [table.texts_column(name) for name in table.frame.columns]
    armed = armed and any(pc.any(_runs(texts), min_count=0).as_py() for texts in (names, *columns))
    lines = io.BytesIO()
    if header:
        head = _quoted(pa.array([*arm(names).to_pylist(), ARMED]) if armed else names)
        lines.write((("\ufeff" if mark else "") + delimiter.join(head.to_pylist()) + "\n").encode())
    for start in range(0, len(table.frame), BLOCK_ROWS):
        block = [column.slice(start, BLOCK_ROWS) for column in columns]
        block = [_quoted(part) for part in (_armed(names, block) if armed else block)]
        if len(block) == 1:  # an empty line would be no row
            block = [pc.if_else(pc.equal(block[0], ""), '""', block[0])]
        rows = pc.binary_join_element_wise(*block, delimiter) if len(block) > 1 else block[0]
        large = pa.large_string()  # the lines of a block may be more than 2 GB
        whole = pc.binary_join(pa.ListArray.from_arrays([0, len(rows)], rows.cast(large)), pa.scalar("\n", large))
        lines.write(whole[0].as_buffer())
        lines.write(b"\n")
    return lines.getvalue()


def _header(table: Cells) -> list[str]:
    """Return the names as their owner wrote them, or those of the table if all are empty: a row would be the names."""
    return table.heads if any(table.heads) else [str(name) for name in table.frame.columns]


def arm(texts: pa.Array) -> pa.Array:
    """Return texts with an apostrophe before each that a spreadsheet would run as a formula; `disarm` takes it away."""
    return pc.if_else(_runs(texts), pc.binary_join_element_wise("'", texts, ""), texts)


def _runs(texts: pa.Array) -> pa.Array:
    runs = pc.match_substring_regex(texts, FORMULA)
    return pc.and_(runs, pc.invert(pc.match_substring_regex(texts, HARMLESS)))


def _armed(names: pa.Array, columns: list[pa.Array]) -> list[pa.Array]:
    """Return columns with apostrophes, and a column that names those in which a row has one."""
    named = [pc.if_else(_runs(texts), f"{name}; ", "") for name, texts in zip(names, columns, strict=True)]
    marks = pc.replace_substring_regex(pc.binary_join_element_wise(*named, ""), "; $", "")
    return [arm(texts) for texts in (*columns, marks)]


def disarm(texts: pa.Array) -> pa.Array:
    """Return texts without the apostrophe that `arm` puts before some."""
    armed = pc.match_substring_regex(texts, r"^'+[=+\-@\t\r]")
    return pc.if_else(armed, pc.utf8_slice_codeunits(texts, 1), texts)


def _quoted(texts: pa.Array) -> pa.Array:
    needed = pc.match_substring_regex(texts, TO_QUOTE)
    if not pc.any(needed, min_count=0).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needed, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def write_tsv(table: Cells) -> bytes:
    return write_csv(table, "\t")


def write_parquet(table: Cells) -> bytes:
    """Return a Parquet file; each column has the type that holds its cells exactly, and its name where no other has.

    A column of codes holds their labels, and its metadata the codes, so that `open_table` reads them again. Where two
    codes share a label, which then does not tell the code, the column holds both.
    """
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(_arrow(table), buffer)
    return buffer.getvalue()


def write_feather(table: Cells) -> bytes:
    """Return a Feather file; each column has the type that holds its cells exactly."""
    import pyarrow.feather as feather

    buffer = io.BytesIO()
    feather.write_feather(_arrow(table), buffer)
    return buffer.getvalue()


def _arrow(table: Cells) -> pa.Table:
    heads = table.heads
    alone = {head for head, n in Counter(heads).items() if head and n == 1}  # names that these formats can hold
    names = [head if head in alone else str(name) for head, name in zip(heads, table.frame.columns, strict=True)]
    fields, columns = [], []
    for name, own in zip(names, table.frame.columns, strict=True):
        column = table.exact(own)
        kept = labelled(table.texts_column(own), column) if is_coded(column.type) else None
        columns.append(column if kept is None else table.texts_column(own))
        fields.append(pa.field(name, columns[-1].type, metadata=kept))
    return pa.table(columns, schema=pa.schema(fields))


def labels_alone(table: Cells, suffix: str) -> list[str]:
    """Return the columns of codes whose labels alone stand in a file of the format that a name ends in."""
    if WRITERS.get(suffix) in (write_parquet, write_feather):
        return []
    return [name for name, cells in table.originals.items() if is_coded(cells.type)]


def write_excel(table: Cells, on_rows: Callable[[int, int], None] | None = None) -> bytes:
    """Return an Excel workbook with one sheet.

    Parameters
    ----------
    on_rows : called now and then with the number of rows done so far and the number of rows of the table

    Raises
    ------
    TableError : the table has more rows or columns than a sheet, or a text is longer than a cell can hold.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    n_rows, n_columns = table.frame.shape
    if n_rows >= EXCEL_ROWS or n_columns > EXCEL_COLUMNS:
        raise TableError(
            f"An Excel sheet holds {EXCEL_ROWS - 1:,} rows and {EXCEL_COLUMNS:,} columns, and the table has {n_rows:,} "
            f"and {n_columns:,}. Take CSV or Parquet."
        )
    for name in table.frame.columns:
        texts = table.texts_column(name)
        long = texts.filter(pc.greater(pc.utf8_length(texts), EXCEL_TEXT // 7))  # a sign takes up to seven places
        longest = max((len(_escaped(text)) for text in long.to_pylist()), default=0)
        if longest > EXCEL_TEXT:
            raise TableError(
                f"“{name}” has a text of {longest:,} characters, and a cell of Excel holds {EXCEL_TEXT:,}. Take CSV or "
                "Parquet."
            )
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Table")
    columns = [_excel_cells(table, name) for name in table.frame.columns]

    def cell(value: object) -> object:
        if isinstance(value, str):
            made = WriteOnlyCell(sheet, _escaped(value))
            made.data_type = "s"  # or "=1" would be a formula
        elif isinstance(value, float) and value != float(f"{value:.16g}"):  # the library writes 16 digits
            made = WriteOnlyCell(sheet, repr(value))
            made.data_type = "n"
        else:
            return value
        return made

    sheet.append([cell(name or None) for name in _header(table)])
    for done, row in enumerate(zip(*columns, strict=True)):
        if on_rows and done % EXCEL_BLOCK == 0:
            on_rows(done, n_rows)
        sheet.append([cell(value) for value in row])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _excel_cells(table: Cells, name: str) -> Iterator[object]:
    """Yield the cells of a column: a number, truth value or date where a sheet keeps it as written, else a text."""
    values = table.frame[name]
    if name not in table.originals and values.dtype.kind in "biufM" and getattr(values.dtype, "tz", None) is None:
        for value, text in zip(values.tolist(), table.texts_column(name).to_pylist(), strict=True):
            if text == "":
                yield None
            elif isinstance(value, pd.Timestamp):
                yield value.to_pydatetime() if 1900 <= value.year <= 9999 and not value.microsecond else text
            else:
                yield text if not isinstance(value, bool) and not abs(value) < EXCEL_DIGITS else _number(value)
        return
    original = table.originals.get(name)
    if original is not None and pa.types.is_date(original.type):
        for day in values_in(original):
            is_kept = day is None or isinstance(day, str) or day.year >= 1900
            yield day if is_kept else day.isoformat()
        return
    texts = table.texts_column(name).to_pylist()
    if original is not None and (pa.types.is_integer(original.type) or pa.types.is_floating(original.type)):
        for stored, text in zip(original.to_pylist(), texts, strict=True):
            value = float(text) if isinstance(stored, float) and text else stored  # a float32 has fewer digits
            is_kept = text and abs(value) < EXCEL_DIGITS and text == f"{value:.15g}"  # a sheet keeps so many digits
            yield _number(value) if is_kept else text or None
        return
    if original is not None and (pa.types.is_time(original.type) or pa.types.is_duration(original.type)):
        for value, text in zip(values_in(original), texts, strict=True):
            yield value if re.fullmatch(r"([0-9]+ days, )?[0-9]+:[0-9]{2}:[0-9]{2}", text) else text or None
        return
    yield from (text or None for text in texts)


def _number(value: float | bool) -> float | bool:
    return int(value) if not isinstance(value, bool) and value == int(value) else value


def _escaped(text: str) -> str:
    """Return a text as a workbook has to hold it: a sign that XML lacks is _xHHHH_, and so is what looks like one."""
    if not text.strip(" \t\n"):  # readers take such a text for an empty cell
        return f"_x{ord(text[0]):04X}_{text[1:]}"
    text = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return re.sub("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]", lambda found: f"_x{ord(found[0]):04X}_", text)


WRITERS: dict[str, Callable[[Cells], bytes]] = {
    ".csv": write_csv,
    ".tsv": write_tsv,
    ".parquet": write_parquet,
    ".pq": write_parquet,
    ".feather": write_feather,
    ".arrow": write_feather,
    ".xlsx": write_excel,
}


def write_table(table: Cells, path: str | os.PathLike[str]) -> None:
    """Write a table in the format that the name of the file ends in.

    Raises
    ------
    TableError : no such format is written, the format cannot hold the table, or the file cannot be written.
    """
    path = Path(path)
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise TableError(f"{path.name} ends in no format that DAMI writes. Let it end in {', '.join(WRITERS)}.")
    data = write(table)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise TableError(f"{path} cannot be written ({error.strerror}). Choose another folder.") from error

"""Reads delimited text files: finds the encoding and the delimiter, then splits the text into rows and loses none.

The content alone decides. The byte order mark or a trial decoding gives the encoding. The delimiter is the character
that splits the first rows, with regard to quotation marks, into as many values as the first line has names. Libraries
that guess both (csv.Sniffer, charset-normalizer) do not tell what is doubtful, nor in which line.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

import pyarrow as pa

from dami import wording
from dami.errors import TableError
from dami.tables.patterns import PLAIN
from dami.tables.regular_text import lines_of, split_regular
from dami.tables.size_limits import check_columns

DELIMITERS = ("\t", ";", ",", "|")
NO_DELIMITER = "\x1f"  # the unit separator stands for a table of one column
NAMES = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "vertical bar"}
SAMPLE_ROWS = 200
NO_SIGNS = ("Cc", "Cn", "Co", "Cs")  # characters that stand for nothing; marks of direction and of joins are writing
BLOCK = 50_000  # rows that are held as Python strings at once


def decode(data: bytes, filename: str) -> tuple[str, list[str]]:
    """Return the text of a file and notes about its encoding.

    The bytes show whether the text is UTF-8 or UTF-16, with or without a byte order mark. Other text is read as
    Windows-1252, or as Latin-1 if that fails.

    Raises
    ------
    TableError : the bytes are not text.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strict(data, encoding, filename), []
    head = data[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4 > 8 * min(even, odd):  # two bytes for each character, of which one is mostly 0
        encoding = "utf-16-le" if odd > even else "utf-16-be"
        return _strict(data, encoding, filename), []
    control = sum(byte < 9 or 13 < byte < 27 for byte in head)
    if control > len(head) // 100:
        raise not_text(filename)
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    try:
        text, encoding = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        text, encoding = data.decode("latin-1"), "Latin-1"
    return text, [f"The file is not UTF-8 (line {line:,}) and was read as {encoding}: check letters with accents."]


def _strict(data: bytes, encoding: str, filename: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise not_text(filename) from error
    if sum(unicodedata.category(character) in NO_SIGNS and character not in "\r\n\t" for character in text[:4096]) > 40:
        raise not_text(filename)
    return text


def not_text(filename: str) -> TableError:
    """Return the error for a file whose bytes are not text."""
    return TableError(
        f"{filename} holds no text: it may be a picture or a program. Choose a table such as CSV or Excel."
    )


def find_delimiter(text: str, filename: str) -> str:
    """Return the delimiter of a text, or `NO_DELIMITER` if no character splits its first line.

    Each possible delimiter splits the first 200 lines. The best one gives the most lines the number of values that the
    first line has. Among equals, the one that gives more values is the best.

    Raises
    ------
    TableError : no delimiter splits the first line, but one splits the lines below it: a title stands above the names.
    """
    sample = list(islice(lines_of(text), SAMPLE_ROWS + 1))
    best, best_score = NO_DELIMITER, (0.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter)
        if not widths or widths[0] < 2:
            continue
        fitting = sum(width in (widths[0], widths[0] + 1) for width in widths) / len(widths)
        score = (round(fitting, 1), widths[0])
        if score > best_score and (fitting >= 0.5 or best == NO_DELIMITER):
            best, best_score = delimiter, score
    if best == NO_DELIMITER:
        _refuse_titles(sample, filename)
    return best


def _widths(lines: list[str], delimiter: str) -> list[int]:
    """Return the number of values in each row of the sample, without blank lines."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []
    if len(lines) > SAMPLE_ROWS:  # the last row may be cut off inside a quoted value
        rows = rows[:-1]
    return [len(row) for row in rows if row]


def _refuse_titles(sample: list[str], filename: str) -> None:
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter)[1:]
        if len(widths) < 3:
            continue
        width, count = Counter(widths).most_common(1)[0]
        if width >= 3 and count >= 0.8 * len(widths):
            raise TableError(
                f"{filename}, line 1: the first line holds one value but the lines below hold {width}. "
                "Remove what stands above the column names."
            )


def read_delimited(
    text: str, filename: str, max_rows: int, max_columns: int
) -> tuple[list[str], list[pa.ChunkedArray], str, list[str]]:
    """Split a text into column names and columns of texts.

    Returns
    -------
    (names as written, columns of n texts each, delimiter, notes)

    Raises
    ------
    TableError : the text is empty, its rows differ in length, a quotation mark does not close, or the table has more
        rows or columns than allowed.
    """
    notes: list[str] = []
    delimiter, start = "", 0
    first = text[:6].lower()
    if first.startswith("sep=") and len(first) > 4 and first[4] in DELIMITERS:  # a line that Excel writes and reads
        delimiter, start = first[4], text.find("\n") + 1 or len(text)
        text = text[start:]
    line_offset = 1 if start else 0
    if not text.strip():
        raise TableError(f"{filename} is empty. Choose a file with a line of column names and a row a line below it.")
    text, n_comments = _blank_comments(text)
    if n_comments:
        notes.append(f"{wording.count(n_comments, 'line')} of comments (#) above the column names skipped.")
    above = list(notes)
    delimiter = delimiter or find_delimiter(text, filename)
    regular = split_regular(text, delimiter)
    if regular is not None and len(regular[0]) <= max_columns and len(regular[1][0]) <= max_rows:
        return *regular, delimiter, notes
    quoting = csv.QUOTE_MINIMAL
    try:
        names, columns = _split(text, delimiter, quoting, filename, line_offset, max_rows, max_columns, notes)
    except _OpenQuote as error:
        try:
            retry: list[str] = []
            names, columns = _split(
                text, delimiter, csv.QUOTE_NONE, filename, line_offset, max_rows, max_columns, retry
            )
        except TableError:
            raise TableError(
                f"{filename}, line {error.line:,}: a quotation mark opens here and does not close properly. "
                "Close it, or double it where it belongs to the text."
            ) from None
        kept = f"Quotation marks were kept as they are, since the one in line {error.line:,} does not close."
        notes = [*above, *retry, kept]
    return names, columns, delimiter, notes


def _blank_comments(text: str) -> tuple[str, int]:
    """Return the text with the comment lines (#) above the table emptied, and their number. Line numbers stay the same.

    The last comment line stays if it holds the column names: it splits into as many values as the line below it, which
    has numbers.
    """
    lines = text.splitlines(keepends=True) if text.lstrip().startswith("#") else []
    end = next((k for k, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    above = [k for k in range(end) if lines[k].strip()]
    if above and any(_names_stand_above(lines[above[-1]], lines[end], sign) for sign in DELIMITERS):
        above.pop()
    for k in above:
        lines[k] = "\n"
    return ("".join(lines), len(above)) if above else (text, 0)


def _names_stand_above(names: str, row: str, delimiter: str) -> bool:
    values = row.split(delimiter)
    return 1 < len(values) == names.count(delimiter) + 1 and any(re.match(PLAIN, value.strip()) for value in values)


class _OpenQuote(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _rows(text: str, delimiter: str, quoting: int, filename: str, line_offset: int) -> Iterator[tuple[int, list[str]]]:
    """Yield, for each row, the number of the line on which it begins, and its values. A blank line has no values."""
    strict = quoting != csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=strict)  # type: ignore[arg-type]
    while True:
        line = reader.line_num + 1 + line_offset
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error) and not strict:
                raise TableError(f"{filename}, line {line:,}: a value is longer than 131,072 characters.") from None
            raise _OpenQuote(line) from error
        yield line, row


def _split(
    text: str,
    delimiter: str,
    quoting: int,
    filename: str,
    line_offset: int,
    max_rows: int,
    max_columns: int,
    notes: list[str],
) -> tuple[list[str], list[pa.ChunkedArray]]:
    rows = _rows(text, delimiter, quoting, filename, line_offset)
    names = next((row for _, row in rows if row), [])
    check_columns(filename, len(names), max_columns)
    width = len(names)
    blocks: list[list[pa.Array]] = []
    block: list[list[str]] = []
    blank_lines: list[int] = []  # since the last row with values
    blank_inside = trailing = n_rows = 0
    peek = list(islice(rows, 20))
    filled = [row for _, row in peek if row]
    extra_name = (
        bool(filled) and all(len(row) == width + 1 for row in filled) and any(row[-1].strip() for row in filled)
    )
    if extra_name:  # R writes a column of row names, but no name for that column
        names, width = ["", *names], width + 1
    for line, row in chain(peek, rows):
        if len(row) != width:
            if not row:
                blank_lines.append(line)
                continue
            if len(row) > width and not any(value.strip() for value in row[width:]):
                row = row[:width]
                trailing += 1
            else:
                raise TableError(
                    f"{filename}, line {line:,}: {len(row)} {wording.noun(len(row), 'value')}, but there are "
                    f"{width - extra_name} column names. Check the {NAMES.get(delimiter, 'delimiter')}s and quotation "
                    "marks of that line."
                )
        if blank_lines:
            if width == 1:  # a blank line is a row without a value if the table has one column
                block += [[""]] * len(blank_lines)
                n_rows += len(blank_lines)
            else:
                blank_inside += len(blank_lines)
            blank_lines.clear()
        block.append(row)
        n_rows += 1
        if n_rows > max_rows:
            raise TableError(
                f"{filename} has more than {max_rows:,} rows, which is what DAMI reads. Take a sample of it."
            )
        if len(block) >= BLOCK:
            blocks.append(_columns_of(block))
            block = []
    blocks.append(_columns_of(block) if block else [pa.array([], pa.string())] * width)
    if blank_inside:
        notes.append(f"{wording.count(blank_inside, 'blank line')} between the rows skipped.")
    if trailing:
        notes.append(f"Empty values at the end of {wording.count(trailing, 'row')} skipped.")
    return names, [pa.chunked_array(list(chunks)) for chunks in zip(*blocks, strict=True)]


def _columns_of(block: list[list[str]]) -> list[pa.Array]:
    try:
        return [pa.array(column, pa.string()) for column in zip(*block, strict=True)]
    except UnicodeEncodeError as error:  # a broken UTF-16 file has lone surrogates
        raise TableError("The file holds characters that are no text. Save it as UTF-8.") from error

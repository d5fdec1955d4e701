"""Reads delimited text: finds the delimiter, then splits the text into rows and loses none.

The delimiter is the character that splits the first rows, with regard to quotation marks, into as many values as the
first line has names. csv.Sniffer, which guesses it too, does not tell what is doubtful, nor in which line.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

import pyarrow as pa
import pyarrow.compute as pc

from dami import wording
from dami.errors import TableError
from dami.tables import size_limits
from dami.tables.around import stands_above
from dami.tables.fixed_width import refuse_fixed_width
from dami.tables.patterns import PLAIN
from dami.tables.read_options import ReadOptions, Skipped
from dami.tables.regular_text import lines_of, reader_of, split_regular
from dami.tables.text_encodings import MARK, decode

DELIMITERS = ("\t", ";", ",", "|")
NO_DELIMITER = "\x1f"  # the unit separator stands for a table of one column
QUOTE = '"'
NAMES = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "vertical bar", ":": "colon", " ": "space", "": "nothing"}
SAMPLE_ROWS = 200
HEAD = 1_000_000  # bytes of a large file in which its delimiter is looked for
MOST_TITLE = 30  # rows above the names
EXAMPLE = 60  # characters of an example
BLOCK = 50_000  # rows that are held as Python strings at once


def find_delimiter(text: str, filename: str, quote: str | None = None) -> str:
    """Return the delimiter of a text, or `NO_DELIMITER` if no character splits its first line.

    Each possible delimiter splits the first 200 lines. The best one gives the most lines the number of values that the
    first line has. Among equals, the one that gives more values is the best.

    Parameters
    ----------
    quote : what stands around values, as in `ReadOptions`

    Raises
    ------
    TableError : no delimiter splits the first line, but one splits the lines below it, or all lines are set apart by
        spaces.
    """
    sample = list(islice(lines_of(text), SAMPLE_ROWS + 1))
    best, best_score = NO_DELIMITER, (0.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, quote)
        if not widths or widths[0] < 2:
            continue
        fitting = sum(width in (widths[0], widths[0] + 1) for width in widths) / len(widths)
        score = (round(fitting, 1), widths[0])
        if score > best_score and (fitting >= 0.5 or best == NO_DELIMITER):
            best, best_score = delimiter, score
    if best == NO_DELIMITER:
        _refuse_titles(sample, filename, quote)
        refuse_fixed_width(sample, filename)
    return best


def _widths(lines: list[str], delimiter: str, quote: str | None) -> list[int]:
    """Return the number of values in each row of the sample, without blank lines."""
    return [len(row) for row in _sample_rows(lines, delimiter, quote) if row]


def _sample_rows(lines: list[str], delimiter: str, quote: str | None) -> list[list[str]]:
    try:
        rows = list(reader_of(lines, delimiter, quote))
    except csv.Error:
        return []
    return rows[:-1] if len(lines) > SAMPLE_ROWS else rows  # the last row may be cut off inside a quoted value


def blank_title(text: str, delimiter: str | None = None, quote: str | None = None) -> tuple[str, Skipped | None]:
    """Return the text with the lines of a title emptied, if fewer values stand in them than in the rows below.

    The numbers of lines stay the same. A title whose rows are as long as the others is found by `around`.

    Parameters
    ----------
    delimiter, quote : what somebody chose; None if any may split the text
    """
    sample = list(islice(lines_of(text), SAMPLE_ROWS + 1))
    for sign in [delimiter] if delimiter else DELIMITERS:
        rows = _sample_rows(sample, sign, quote)
        widths = Counter(len(row) for row in rows if row)
        width = widths.most_common(1)[0][0] if widths else 0
        top = next((k for k, row in enumerate(rows[:MOST_TITLE]) if len(row) == width), 0)
        above = [row for row in rows[:top] if row]
        if above and stands_above(rows, top):
            reader = reader_of(iter(sample), sign, quote)
            for _ in range(top):
                next(reader)
            lines = list(islice(lines_of(text), reader.line_num))
            first = 1 + next(k for k, row in enumerate(rows) if row)
            shown = tuple(tuple(row) for row in above[:5])
            return "\n" * reader.line_num + text[sum(map(len, lines)) :], Skipped("title", first, len(above), shown)
    return text, None


def _refuse_titles(sample: list[str], filename: str, quote: str | None) -> None:
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, quote)[1:]
        if len(widths) < 3:
            continue
        width, count = Counter(widths).most_common(1)[0]
        if width >= 3 and count >= 0.8 * len(widths):
            raise TableError(
                f"{filename}, line 1: the first line holds one value but the lines below hold {width}. "
                "Remove what stands above the column names."
            )


def read_delimited(
    text: str, filename: str, delimiter: str | None = None, quote: str | None = None
) -> tuple[list[str], list[pa.ChunkedArray], str, str, list[str]]:
    """Split a text into column names and columns of texts.

    Parameters
    ----------
    delimiter : what somebody chose, "" for a table of one column; None to find it
    quote : what stands around values, "" for nothing; None for quotation marks if they close

    Returns
    -------
    (names as written, columns of n texts each, delimiter, quote, notes)

    Raises
    ------
    TableError : the text is empty, its rows differ in length, a quotation mark does not close, or the table has more
        rows or columns than allowed.
    """
    notes: list[str] = []
    chosen, start = NO_DELIMITER if delimiter == "" else delimiter, 0
    first = text[:6].lower()
    if first.startswith("sep=") and len(first) > 4 and first[4] in DELIMITERS:  # a line that Excel writes and reads
        chosen, start = chosen or first[4], text.find("\n") + 1 or len(text)
        text = text[start:]
    line_offset = 1 if start else 0
    if not text or text.isspace():
        raise TableError(f"{filename} is empty. Choose a file with a line of column names and a row a line below it.")
    text, comments = _blank_comments(text)
    if comments:
        lines = f"{wording.count(len(comments), 'line')} of comments (#)"
        notes.append(f"{lines} above the column names skipped: “{comments[0][:EXAMPLE]}”.")
    above = list(notes)
    delimiter = chosen or find_delimiter(text, filename, quote)
    regular = split_regular(text, delimiter) if quote in (None, QUOTE) else None
    if regular is not None:
        size_limits.check_size(filename, len(regular[1][0]), len(regular[0]))
        return *regular, delimiter, QUOTE, notes
    quoted = QUOTE if quote is None else quote
    try:
        names, columns = _split(text, delimiter, quoted, filename, line_offset, notes)
    except _OpenQuote as error:
        opens = TableError(
            f"{filename}, line {error.line:,}: a quotation mark opens here and does not close properly. "
            "Close it, or double it where it belongs to the text."
        )
        if quote is not None:
            raise opens from None
        try:
            retry: list[str] = []
            quoted = ""
            names, columns = _split(text, delimiter, quoted, filename, line_offset, retry)
        except TableError:
            raise opens from None
        n_cells = sum(pc.sum(pc.match_substring(column, QUOTE)).as_py() or 0 for column in columns)
        kept = (
            f"Quotation marks were kept as they are ({wording.count(n_cells, 'cell')}), since the one in line "
            f"{error.line:,} does not close."
        )
        notes = [*above, *retry, kept]
    return names, columns, delimiter, quoted, notes


def read_large(data: bytes, filename: str, options: ReadOptions) -> tuple[list[str], list[pa.ChunkedArray], str] | None:
    """Split a large regular file without making one text of it; None if it needs another look.

    Returns
    -------
    (names as written, columns of n texts each, delimiter)
    """
    head = data[: data.rfind(b"\n", 0, HEAD) + 1]
    if len(data) <= HEAD or head.count(b"\n") <= SAMPLE_ROWS + 1 or options.quote not in (None, QUOTE):
        return None
    try:
        text, encoding, notes = decode(head, filename, options.encoding)
        if encoding != "utf-8" or notes or text.lstrip().lower().startswith(("#", "sep=")):
            return None
        if options.skips("title") and blank_title(text, options.delimiter)[1]:
            return None
        delimiter = NO_DELIMITER if options.delimiter == "" else options.delimiter or find_delimiter(text, filename)
    except TableError:  # the other look says what is wrong
        return None
    while data.startswith(MARK.encode()):
        data = data.removeprefix(MARK.encode())
    regular = split_regular(data, delimiter)
    if regular is None:
        return None
    size_limits.check_size(filename, len(regular[1][0]), len(regular[0]))
    return *regular, delimiter


def _blank_comments(text: str) -> tuple[str, list[str]]:
    """Return the text with the comment lines (#) above the table emptied, and these lines. Line numbers stay the same.

    The last comment line stays if it holds the column names: it splits into as many values as the line below it, which
    has numbers.
    """
    lines = text.splitlines(keepends=True) if text.lstrip().startswith("#") else []
    end = next((k for k, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    above = [k for k in range(end) if lines[k].strip()]
    if above and any(_names_stand_above(lines[above[-1]], lines[end], sign) for sign in DELIMITERS):
        above.pop()
    comments = [lines[k].strip() for k in above]
    for k in above:
        lines[k] = "\n"
    return ("".join(lines), comments) if above else (text, [])


def _names_stand_above(names: str, row: str, delimiter: str) -> bool:
    values = row.split(delimiter)
    return 1 < len(values) == names.count(delimiter) + 1 and any(re.match(PLAIN, value.strip()) for value in values)


class _OpenQuote(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _rows(text: str, delimiter: str, quote: str, line_offset: int) -> Iterator[tuple[int, list[str]]]:
    """Yield, for each row, the number of the line on which it begins, and its values. A blank line has no values."""
    reader = reader_of(io.StringIO(text, newline=""), delimiter, quote, strict=bool(quote))
    while True:
        line = reader.line_num + 1 + line_offset
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _OpenQuote(line) from error
        yield line, row


def _split(
    text: str, delimiter: str, quote: str, filename: str, line_offset: int, notes: list[str]
) -> tuple[list[str], list[pa.ChunkedArray]]:
    rows = _rows(text, delimiter, quote, line_offset)
    names = next((row for _, row in rows if row), [])
    size_limits.check_columns(filename, len(names))
    width = len(names)
    blocks: list[list[pa.Array]] = []
    block: list[list[str]] = []
    blank_lines: list[int] = []  # since the last row with values
    inside: list[int] = []  # blank lines between rows
    trailing: list[int] = []  # lines with empty values at their end
    n_rows = 0
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
                trailing.append(line)
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
                inside += blank_lines
            blank_lines.clear()
        block.append(row)
        n_rows += 1
        if n_rows > size_limits.MAX_ROWS:
            most = f"{size_limits.MAX_ROWS:,}"
            raise TableError(f"{filename} has more than {most} rows, which is what DAMI reads. Take a sample of it.")
        if len(block) >= BLOCK:
            blocks.append(_columns_of(block))
            block = []
    blocks.append(_columns_of(block) if block else [pa.array([], pa.string())] * width)
    if inside:
        blank = wording.count(len(inside), "blank line")
        notes.append(f"{blank} between the rows skipped, such as line {inside[0]:,}.")
    if trailing:
        rows_so = wording.count(len(trailing), "row")
        notes.append(f"Empty values at the end of {rows_so} skipped, such as in line {trailing[0]:,}.")
    return names, [pa.chunked_array(list(chunks)) for chunks in zip(*blocks, strict=True)]


def _columns_of(block: list[list[str]]) -> list[pa.Array]:
    try:
        return [pa.array(column, pa.string()) for column in zip(*block, strict=True)]
    except UnicodeEncodeError as error:  # a broken UTF-16 file has lone surrogates
        raise TableError("The file holds characters that are no text. Save it as UTF-8.") from error

"""Reads JSON: its objects, which may be written in several forms, are the rows."""

from __future__ import annotations

import json
import re
from typing import Any

from dami.errors import TableError
from dami.tables import size_limits
from dami.tables.column_names import mended_names
from dami.tables.json_numbers import load_json
from dami.tables.json_shapes import are_features, list_of_rows, rows_of_features, table_in
from dami.tables.parsed import Parsed
from dami.tables.read_options import AS_FOUND, HowRead, ReadOptions
from dami.tables.text_encodings import decode
from dami.tables.typed_values import from_objects, mixed_columns, written_objects
from dami.wording import count, quoted

MAY_BE_HALF = re.compile(r"\\u[dD][89a-fA-F]")
ESCAPE = re.compile(  # a character beyond the first 65,536 is written as two halves, one after the other
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)


def read_json(data: bytes, filename: str, options: ReadOptions = AS_FOUND) -> Parsed:
    """Read JSON: an object in each line, one list of objects, or what pandas and maps make of a table."""
    text, encoding, notes = decode(data, filename, options.encoding)
    twice: list[str] = []
    beside: list[str] = []
    records = records_of(text, filename, twice, beside)
    _refuse_halves(text, filename)
    if beside:
        rows, *others = beside
        notes = [
            *notes,
            f"The rows are the objects in “{rows}”; what stands beside it was left out: {quoted(others, 3)}.",
        ]
    if twice:
        notes = [
            *notes,
            f"A name stands twice in {count(len(twice), 'object')}, such as “{twice[0]}”; the last counts.",
        ]
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
        if len(names) > size_limits.MAX_COLUMNS:
            break
    size_limits.check_size(filename, len(records), len(names))
    columns = [[record.get(name) for record in records] for name in names]
    series, mended = from_objects(mended_names(list(names))[0], columns)
    written = [written_objects(column) for column in columns]
    how = HowRead(encoding=encoding)
    return Parsed(list(names), series, [*notes, *mended], written, how, mixed_columns(columns, written))


def _refuse_halves(text: str, filename: str) -> None:
    """Raise TableError if a text of JSON spells half of a character: programs that cut texts leave it."""
    half = next((found for found in ESCAPE.finditer(text) if found["half"]), None) if MAY_BE_HALF.search(text) else None
    if half is not None:
        line, column = text.count("\n", 0, half.start()) + 1, half.start() - text.rfind("\n", 0, half.start())
        raise TableError(
            f"{filename}, line {line:,}, column {column:,}: {half[0]} is half of a character (a lone surrogate), which "
            "no table can hold. Write the whole character, or take it away."
        )


def records_of(text: str, filename: str, twice: list[str], beside: list[str]) -> list[dict[str, Any]]:
    """Return the rows of a JSON file as objects.

    They stand one in each line, in a list, in a list under one name, alone, or as `json_shapes` says.

    Parameters
    ----------
    twice : gets each name that an object has twice
    beside : gets the name of a list of rows that stands among other things, and the names of these

    Raises
    ------
    TableError : the text is not JSON or holds no objects; the message names the line.
    """
    records = _records(text, filename, twice, beside)
    return rows_of_features(records) if are_features(records) else records


def _records(text: str, filename: str, twice: list[str], beside: list[str]) -> list[dict[str, Any]]:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:  # some separators count as blanks in text, but not in bytes
        raise TableError(f"{filename} is empty. Give one object a line, or a list of objects.")
    try:
        whole = load_json(text, twice)
    except (ValueError, RecursionError) as error:
        first = lines[0][1].strip()
        if not (first.startswith("{") and first.endswith("}")):
            where = f", line {error.lineno:,}" if isinstance(error, json.JSONDecodeError) else ""
            raise TableError(
                f"{filename}{where}: this is no JSON. Give one object a line, or a list of objects."
            ) from error
        whole = None
        twice.clear()  # the lines tell it once more
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if _is_records(value)]
        if len(whole) == 1 and lists:  # {"data": [{...}, {...}]}
            return lists[0]
        rows = table_in(whole)
        if rows is None and (name := list_of_rows(whole)) is not None:
            beside += [name, *(other for other in whole if other != name)]
            rows = whole[name]
        return rows or [whole]
    if whole is not None:
        if not _is_records(whole):
            raise TableError(f'{filename} holds no list of objects. Give one object a line, such as {{"age": 3}}.')
        return whole
    records = []
    for number, line in lines:
        try:
            record = load_json(line, twice)
        except (ValueError, RecursionError) as error:
            raise TableError(
                f"{filename}, line {number:,}: this is no JSON object. Mend or remove that line."
            ) from error
        if not isinstance(record, dict):
            raise TableError(f'{filename}, line {number:,}: {line[:40]} is no object. Write it as {{"name": value}}.')
        records.append(record)
    return records


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(record, dict) for record in value)

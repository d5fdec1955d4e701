"""Reads numbers in texts: finds the decimal sign and the separator of digit groups by the rules of `text_values`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dami import wording
from dami.notes import Kind, Note
from dami.tables.patterns import (
    COMMA_DECIMAL,
    COMMA_GROUPS,
    INFINITIES,
    ONE_COMMA_GROUP,
    ONE_POINT_GROUP,
    PLAIN,
    POINT_GROUPS,
    QUOTE_GROUPS,
    SPACE_GROUPS,
    SPACES,
    WHOLE,
)

FEW = 0.05  # the share of the rows of a column of numbers, dates or times that may be something else
LONG = r"^[+\-]?[0-9]{16,}$"  # such a number may not be exact as a float
TOO_LONG = "a whole number this long cannot stand among numbers with gaps, so the column stays text"
POINTS = bytes.maketrans(b",", b".")


def all_match(values: pa.Array, pattern: str) -> bool:
    """Return whether every value matches. The first few values are tested first, since most columns fail there."""
    for part in (values.slice(0, 8), values) if len(values) > 100 else (values,):
        if not pc.all(pc.match_substring_regex(part, pattern), min_count=0).as_py():
            return False
    return True


def mostly_match(texts: pa.Array, pattern: str, rows: np.ndarray) -> np.ndarray | None:
    """Return which texts match, (k,) bool, if they fill nearly all rows; None if they do not.

    Parameters
    ----------
    rows : (k,) how many rows have each text
    """
    for first in (8, 200):  # most columns fail at the first few texts
        if match(texts.slice(0, first), pattern).mean() < 0.5:
            return None
    found = match(texts, pattern)
    return found if rows[~found].sum() <= FEW * rows.sum() else None


def match(texts: pa.Array, pattern: str) -> np.ndarray:
    """Return which texts (k,) match; a missing one does not."""
    found = pc.match_substring_regex(texts, pattern)
    return np.asarray((pc.fill_null(found, False) if found.null_count else found).to_numpy(zero_copy_only=False))


def any_match(values: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(values, pattern), min_count=0).as_py())


@dataclass
class Locale:
    """The evidence of the whole table about decimal signs.

    Attributes
    ----------
    delimiter : the character between values, or None; a table with ";" usually has decimal commas.
    comma_decimal, point_decimal : whether some column can only be read with a decimal comma, or a decimal point.
    """

    delimiter: str | None = None
    comma_decimal: bool = False
    point_decimal: bool = False

    def comma_is(self) -> str | None:
        """Return whether the comma of "1,234" is "decimal" or "thousands", or None if the table does not show it."""
        if self.comma_decimal != self.point_decimal:
            return "decimal" if self.comma_decimal else "thousands"
        if self.comma_decimal:
            return None
        return {";": "decimal", ",": "thousands"}.get(self.delimiter or "")


def _finite(rest: pa.Array) -> pa.Array:
    return rest.filter(pc.invert(pc.is_in(rest, value_set=pa.array(INFINITIES))))


def gather_evidence(rest: pa.Array, locale: Locale) -> None:
    """Record in `locale` the decimal sign of a numeric column that can be read in one way only."""
    rest = _finite(rest)
    if all_match(rest, PLAIN):
        locale.point_decimal |= any_match(rest, r"\.") and not all_match(_with(rest, "."), ONE_POINT_GROUP)
    elif all_match(rest, COMMA_DECIMAL):
        locale.comma_decimal |= not all_match(_with(rest, ","), ONE_COMMA_GROUP)
    elif all_match(rest, f"{POINT_GROUPS}|{COMMA_DECIMAL}"):
        locale.comma_decimal |= any_match(rest, ",")
    elif all_match(rest, f"{COMMA_GROUPS}|{PLAIN}"):
        locale.point_decimal |= any_match(rest, r"\.")


def _with(rest: pa.Array, sign: str) -> pa.Array:
    return rest.filter(pc.match_substring(rest, sign))


def parse_numbers(
    name: str,
    texts: pa.Array,
    missing: np.ndarray,
    locale: Locale,
    codes: np.ndarray,
    cells: pa.Array | None = None,
    shown: pa.Array | None = None,
) -> tuple[np.ndarray | None, list[str]]:
    """Read the distinct texts of a numeric column.

    Parameters
    ----------
    name : name of the column, for notes.
    texts : (k,) Arrow strings without spaces around them.
    missing : (k,) True for a text that means "missing", or is no number.
    locale : the evidence of the table about decimal signs.
    codes : (n,) position of each row's text in `texts`, for notes.
    shown : (k,) the texts as they were written, for notes; None if nothing was taken off `texts`.
    cells : (n,) the texts to read, if `texts` are but the first of each shape; null where a number is missing.

    Returns
    -------
    ((k,) or (n,) int64 or float64 with NaN for missing values, or None if the column has to stay text; notes)
    """

    def note(what: str, which: np.ndarray, kind: Kind = "reading") -> Note:
        return told(
            name, what, texts if shown is None else shown, which, np.bincount(codes, minlength=len(texts)), kind
        )

    rest = _finite(texts.filter(pa.array(~missing)))
    notes: list[str] = []
    thousands = decimal = ""
    if all_match(rest, PLAIN):
        decimal = "."
        points = _with(rest, ".")
        if len(points) and locale.comma_decimal and not locale.point_decimal and all_match(points, ONE_POINT_GROUP):
            thousands, decimal = ".", ","
    elif all_match(rest, COMMA_DECIMAL):
        reading = "decimal"
        if all_match(_with(rest, ","), ONE_COMMA_GROUP):
            reading = locale.comma_is() or "unknown"
        if reading == "unknown":
            what = "the comma could be a decimal sign or a separator of thousands, so the column stays text"
            return None, [note(what, match(texts, ",") & ~missing, "doubt")]
        thousands, decimal = ("", ",") if reading == "decimal" else (",", ".")
    elif all_match(rest, f"{POINT_GROUPS}|{COMMA_DECIMAL}"):
        thousands, decimal = ".", ","
    elif all_match(rest, f"{COMMA_GROUPS}|{PLAIN}"):
        thousands, decimal = ",", "."
    elif all_match(rest, f"{QUOTE_GROUPS}|{PLAIN}"):
        thousands, decimal = "'", "."
    elif all_match(rest, f"{SPACE_GROUPS}|{PLAIN}|{COMMA_DECIMAL}") and not (
        any_match(rest, ",") and any_match(rest, r"\.")
    ):
        thousands, decimal = " ", "," if any_match(rest, ",") else "."
    else:
        return None, notes
    if cells is None:
        cells = without(texts, missing)
    plain = _normalised(texts.filter(pa.array(~missing)), thousands, decimal)
    if any_match(plain, r"^\+"):
        cells = pc.replace_substring_regex(cells, r"^\+", "")
    numbers = _cast(_normalised(cells, thousands, decimal), all_match(plain, WHOLE))
    if numbers is None:
        long = match(texts, LONG) & ~missing
        return None, [note(TOO_LONG, long)] if long.any() and long[codes].mean() <= FEW else notes
    if thousands:
        grouped = match(texts, _separator(thousands)) & ~missing
        notes.append(note(f"“{thousands}” was read as a separator of thousands", grouped))
    if decimal == "," and any_match(rest, ","):
        notes.append(note("the comma was read as the decimal sign", match(texts, ",") & ~missing))
    return numbers, notes


def told(name: str, what: str, texts: pa.Array, which: np.ndarray, rows: np.ndarray, kind: Kind = "reading") -> Note:
    """Return the note that some texts of a column were taken so, with the number of their cells and an example.

    Parameters
    ----------
    texts, which, rows : (k,) the distinct texts of the column, which of them are meant, and the rows with each
    """
    example = texts[int(np.flatnonzero(which)[0])].as_py()
    example = f"{example[:40]}…" if len(example) > 40 else example
    cells = wording.count(int(rows[which].sum()), "cell")
    return Note(f"In “{name}”, {what} ({cells}, such as “{example}”).", name, kind)


def counts_as_missing(name: str, what: str, texts: pa.Array, which: np.ndarray, rows: np.ndarray | None = None) -> Note:
    """Return the note that some cells of a column mean nothing.

    Parameters
    ----------
    what : names them, such as "what is no date"
    texts, which, rows : as `told` takes them; without `rows`, each text (k,) is a cell
    """
    rows = np.ones(len(texts), dtype=np.int64) if rows is None else rows
    return told(name, f"{what} counts as missing", texts, which, rows)


def _separator(thousands: str) -> str:
    """Return the pattern of what separates groups of digits."""
    return {" ": SPACES, "'": "['’]"}.get(thousands, f"[{thousands}]")


def _normalised(texts: pa.Array, thousands: str, decimal: str) -> pa.Array:
    """Return numbers without separators of groups and with a decimal point."""
    if thousands in (",", "."):
        texts = pc.replace_substring(texts, thousands, "")
    elif thousands:
        texts = pc.replace_substring_regex(texts, _separator(thousands), "")
    return with_point(texts) if decimal == "," else texts


def without(texts: pa.Array, missing: np.ndarray) -> pa.Array:
    """Return texts (n,), none of which is null, with null where they are missing. The bytes of none are moved."""
    valid = pa.py_buffer(np.packbits(np.concatenate([np.zeros(texts.offset, bool), ~missing]), bitorder="little"))
    return pa.Array.from_buffers(texts.type, len(texts), [valid, *texts.buffers()[1:]], offset=texts.offset)


def with_point(texts: pa.Array) -> pa.Array:
    """Return texts with a point in place of each comma. The bytes of all of them are changed at once."""
    valid, offsets, data = texts.buffers()
    if data is None:
        return texts
    changed = pa.py_buffer(data.to_pybytes().translate(POINTS))
    return pa.Array.from_buffers(texts.type, len(texts), [valid, offsets, changed], offset=texts.offset)


def _cast(texts: pa.Array, are_whole: bool) -> np.ndarray | None:
    """Return the numbers of normalised texts, int64 if all are whole, or None if 64 bits would lose digits."""
    if are_whole:
        try:
            whole = pc.cast(texts, pa.int64())
        except pa.ArrowInvalid:
            return None
        if whole.null_count and max(abs(end) for end in pc.min_max(whole).as_py().values()) > 2**53:
            return None  # a float would lose digits
        return whole.to_numpy(zero_copy_only=False)
    try:
        return pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None

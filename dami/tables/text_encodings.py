"""Turns the bytes of a text file into text: by a byte order mark, as UTF-8, or by the letters that the bytes make.

UTF-8 and UTF-16 show themselves. Old encodings of one language do not: charset-normalizer tells them by the frequency
of letters, and is asked only about bytes that are no UTF-8. Windows-1252 stays unless the evidence for another is
clear, since a few accents fit many encodings.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from dami.errors import TableError
from dami.wording import count

NO_SIGNS = ("Cc", "Cn", "Co", "Cs")  # characters that stand for nothing; marks of direction and of joins are writing
MARK = "\ufeff"  # the byte order mark; some programs write it twice
SAMPLE = 20_000  # bytes that charset-normalizer sees
OLD = {  # what files are still written in -> its name for people
    **{f"cp{number}": f"Windows-{number}" for number in (1252, 1250, 1251, 1253, 1254, 1255, 1256, 1257)},
    "koi8_r": "KOI8-R",
    "cp866": "DOS Cyrillic (cp866)",
    "cp850": "DOS Latin (cp850)",
    "mac_roman": "Mac Roman",
    "cp932": "Shift JIS",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp949": "Korean (cp949)",
    "latin_1": "Latin-1",
}
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", **OLD, "iso8859_2": "ISO 8859-2"}  # what a page offers
WORD = re.compile(rb"[A-Za-z\x80-\xff]{3,}")


def decode(data: bytes, filename: str, encoding: str | None = None) -> tuple[str, str, list[str]]:
    """Return the text of a file, the name of its encoding, and notes about it.

    Parameters
    ----------
    encoding : what somebody chose; None for what the bytes show

    Raises
    ------
    TableError : the bytes are not text, or not text of the chosen encoding.
    """
    text, encoding, notes = _chosen(data, filename, encoding) if encoding else _found(data, filename)
    return text.lstrip(MARK), encoding, notes


def known_encoding(encoding: str, filename: str) -> str:
    """Return the name that Python gives to an encoding of texts; raise TableError if there is none of this name."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        known = ", ".join(ENCODINGS)
        raise TableError(f"{filename}: there is no encoding {encoding!r}. Choose one such as {known}.") from None


def _chosen(data: bytes, filename: str, encoding: str) -> tuple[str, str, list[str]]:
    known_encoding(encoding, filename)
    try:
        return data.decode(encoding), encoding, []
    except UnicodeError as error:
        line = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise TableError(f"{filename}, line {line:,} is not written in {encoding}. Choose another encoding.") from error


def _found(data: bytes, filename: str) -> tuple[str, str, list[str]]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strict(data, encoding, filename), encoding, []
    head = data[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4 > 8 * min(even, odd):  # two bytes for each character, of which one is mostly 0
        encoding = "utf-16-le" if odd > even else "utf-16-be"
        return _strict(data, encoding, filename), encoding, []
    control = sum(byte < 9 or 13 < byte < 27 for byte in head)
    if control > len(head) // 100:
        raise not_text(filename)
    try:
        return data.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError as error:
        first = data.count(b"\n", 0, error.start) + 1
    encoding = _old(data)
    text = data.decode(encoding)
    lines = [line for line in text.splitlines() if not line.isascii()]
    words = [*re.findall(r"[^\W\d_]+", lines[0]), *lines[0].split()]
    word = next((word for word in words if not word.isascii()), "")
    others = f"{count(len(lines), 'line has', 'lines have')} such letters, as in “{word[:40]}”"
    told = (
        f"The file is not UTF-8 (line {first:,}) and was read as {OLD[encoding]}: {others}; check letters with accents."
    )
    return text, encoding, [told]


def _old(data: bytes) -> str:
    """Return the encoding, of `OLD`, of bytes that are no UTF-8."""
    from charset_normalizer import from_bytes

    sample = b"\n".join(line for line in data[: 50 * SAMPLE].splitlines() if not line.isascii())[:SAMPLE]
    sample = sample or data[-SAMPLE:]
    found = from_bytes(sample, cp_isolation=[*OLD], enable_fallback=False)
    scores = {name: one.coherence - one.chaos for one in found for name in one.could_be_from_charset}
    western = next((name for name in ("cp1252", "latin_1") if _fits(data, name)), "latin_1")
    fitting = [one for one in found if one.encoding in OLD and _fits(data, one.encoding)]
    if not fitting:
        return western
    words = b"".join(word for word in WORD.findall(sample) if not word.isascii())
    if sum(byte > 127 for byte in words) > 0.6 * len(words):  # whole words, not a few accents: no western language
        return str(fitting[0].encoding)
    # “Größe” of Windows-1252 would be “Grˆﬂe” in Mac Roman: what makes signs of letters is not the encoding.
    share = _letters(sample.decode(western, "replace"))
    fitting = [one for one in fitting if _letters(str(one)) >= share]
    if not fitting:
        return western
    best = max(fitting, key=lambda one: scores[one.encoding])
    clear = best.coherence >= 0.3 and scores[best.encoding] > scores.get(western, -1)
    return str(best.encoding) if clear and str(best) != sample.decode(western, "replace") else western


def _letters(text: str) -> float:
    """Return the share of letters in what is not ASCII."""
    others = [character for character in text if not character.isascii()]
    return sum(map(str.isalpha, others)) / max(1, len(others))


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


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

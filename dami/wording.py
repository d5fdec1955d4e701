"""Puts numbers and names into sentences: counts things with their noun, and lists names."""

from collections.abc import Sequence


def noun(n: int, one: str, many: str | None = None) -> str:
    """Return the form of a noun that stands with a number: "row" with 1, "rows" with any other."""
    return one if n == 1 else many or f"{one}s"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: "1 row", "2,000 rows"; with both forms given, "1 row was", "2 rows were"."""
    return f"{n:,} {noun(n, one, many)}"


def listed(words: Sequence[str], most: int) -> str:
    """Return the first `most` words and the number of the others: "a, b and 3 more"."""
    shown, more = ", ".join(words[:most]), len(words) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


def quoted(names: Sequence[str], most: int) -> str:
    """Return the first `most` names in quotation marks, with a sign that there are more: “a”, “b”, …"""
    return ", ".join(f"“{name}”" for name in names[:most]) + (", …" if len(names) > most else "")


def joined(parts: Sequence[str]) -> str:
    """Return all parts as a sentence has them: "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

"""Words as they are shown: what people typed, free of Markdown, counted and listed things, times."""

import re
import time
from collections.abc import Sequence

GAP = "\u200b"  # has no width; parts what Streamlit would replace by an icon, an arrow or a link


def plain(text: object) -> str:
    """Text as it was typed, for places that take Markdown: names of people's files, columns and classes."""
    parted = re.sub(r":(?=[\w/+-])", f":{GAP}", " ".join(str(text).split()))
    parted = re.sub(r"(?<=[<>~=-])(?=[<>=-])", GAP, parted)
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>~$&^=-])", r"\\\1", parted)


def count(n: int, one: str, many: str | None = None) -> str:
    """A number with what it counts: "1 row", "2,000 rows"; with both forms given, "1 row was", "2 rows were"."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def listed(words: Sequence[str], most: int) -> str:
    """The first words, and how many there are beside them: "a, b and 3 more"."""
    shown, more = ", ".join(words[:most]), len(words) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


def ago(moment: float) -> str:
    """How long ago a time was, in seconds since 1970."""
    minutes = max(0.0, time.time() - moment) / 60
    if minutes < 2:
        return "just now"
    if minutes < 120:
        return f"{minutes:.0f} minutes ago"
    return f"{minutes / 60:.0f} hours ago" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days ago"

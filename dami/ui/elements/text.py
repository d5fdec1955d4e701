"""Words as they are shown: what people typed, free of Markdown, and counted things."""

import re

GAP = "\u200b"  # has no width; parts what Streamlit would replace by an icon, an arrow or a link


def plain(text: object) -> str:
    """Text as it was typed, for places that take Markdown: names of people's files, columns and classes."""
    parted = re.sub(r":(?=[\w/+-])", f":{GAP}", " ".join(str(text).split()))
    parted = re.sub(r"(?<=[<>~=-])(?=[<>=-])", GAP, parted)
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>~$&^=-])", r"\\\1", parted)


def count(n: int, one: str, many: str | None = None) -> str:
    """A number with what it counts: "1 row", "2,000 rows"; with both forms given, "1 row was", "2 rows were"."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"

"""Formats texts for pages: escapes Markdown, tells times."""

import re
import time

SPACES = re.compile(r"[^\S\N{NO-BREAK SPACE}]+")
GAP = "\u200b"  # has no width; between two signs, it stops Streamlit from making them an icon, an arrow or a link


def plain(text: object) -> str:
    """Escape Markdown, so that names of files, columns and classes appear as people typed them."""
    parted = re.sub(r":(?=[\w/+-])", f":{GAP}", SPACES.sub(" ", str(text)).strip())
    parted = re.sub(r"(?<=[<>~=-])(?=[<>=-])", GAP, parted)
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>~$&^=-])", r"\\\1", parted)


def breakable(name: str) -> str:
    """Return a name with places at which a narrow column may break it, where it has no spaces for long."""
    return re.sub(r"[!-~]{16}(?=[!-~])", rf"\g<0>{GAP}", name)


def ago(moment: float) -> str:
    """Return in words how long ago a moment was; `moment` is in seconds since 1970."""
    minutes = max(0.0, time.time() - moment) / 60
    if minutes < 2:
        return "just now"
    if minutes < 120:
        return f"{minutes:.0f} minutes ago"
    return f"{minutes / 60:.0f} hours ago" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days ago"

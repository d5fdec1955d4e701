"""Mends column names: afterwards no name is empty and no two are equal. Finds names that are spelled otherwise."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from dami.notes import Note


def mended_names(names: Sequence[str]) -> tuple[list[str], list[Note]]:
    """Make column names distinct and not empty.

    Returns
    -------
    (names, notes): an empty name becomes "column 3" (its place), a repeated name becomes "age (2)".
    """
    stripped = [" ".join(str(name).split()) for name in names]
    taken = Counter(name for name in stripped if name)
    mended: list[str] = []
    notes: list[Note] = []
    for place, name in enumerate(stripped, 1):
        new = name or f"column {place}"
        number = 2
        while new in mended or (new != name and new in taken):
            new = f"{name or f'column {place}'} ({number})"
            number += 1
        if not name:
            notes.append(Note(f"Column {place} had no name and is called “{new}”.", new, "name"))
        elif new != name:
            words = f"The column name “{name}” was there before; column {place} is called “{new}”."
            notes.append(Note(words, new, "name"))
        mended.append(new)
    return mended, notes


def respelled(old: Iterable[str], new: Iterable[str]) -> dict[str, str]:
    """Return names of a newer table that differ from old ones in capitals or coded accents alone -> the old names."""
    old, new = list(old), list(new)
    times, doubled = Counter(map(_plain, old)), Counter(map(_plain, new))
    known = {_plain(name): name for name in old if times[_plain(name)] == 1}
    return {
        name: known[_plain(name)]
        for name in new
        if name not in old and doubled[_plain(name)] == 1 and _plain(name) in known
    }


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()

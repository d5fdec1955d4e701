"""Says which names of classes are one name, and which may be: Unicode has two forms of an accent, people have more."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.errors import ProjectError
from dami.tables.checked_table import HALF
from dami.tables.column_values import as_texts

LONGEST_TYPED = 200  # characters
LONGEST_GUIDELINE = 5_000  # characters


def composed(name: str) -> str:
    """Return a name in the one form that is kept: accents composed, no spaces around it."""
    return unicodedata.normalize("NFC", name).strip()


def squeezed(name: str) -> str:
    """Return a name `composed`, with one space between its words: a person does not see how many there are."""
    return " ".join(composed(name).split())


def typed_name(name: str) -> str:
    """Return the name of a class that a person typed, `squeezed`. A name that was found in a file stays as it is.

    Raises
    ------
    ProjectError
        If the name is too long: a part of it might be the name of another class. Or it holds half of a character.
    """
    name = squeezed(name)
    _refuse_halves("class name", name)
    if len(name) > LONGEST_TYPED:
        raise ProjectError(
            f"The class name “{name[:40]}…” has {len(name):,} characters, and {LONGEST_TYPED} is the most: shorten it."
        )
    return name


def typed_guideline(words: str) -> str:
    """Return the guideline of a class that a person typed, without spaces around it.

    Raises
    ------
    ProjectError
        If it is too long: to cut it would lose words. Or it holds half of a character.
    """
    words = words.strip()
    _refuse_halves("guideline", words)
    if len(words) > LONGEST_GUIDELINE:
        raise ProjectError(
            f"The guideline “{words[:40]}…” has {len(words):,} characters, and {LONGEST_GUIDELINE:,} is the most: "
            "shorten it."
        )
    return words


def _refuse_halves(what: str, words: str) -> None:
    if HALF.search(words):
        raise ProjectError(
            f"The {what} {words[:40]!r} holds half of a character (a lone surrogate), which no file can hold: write "
            "the whole character, or take it away."
        )


def folded(name: str) -> str:
    """Return a class name without what two spellings of one name may differ in: capitals, accents, spaces."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).split())


def alike(names: Iterable[str]) -> list[list[str]]:
    """Return the groups of names that differ in capitals, accents or spaces alone, each in the order of the names."""
    groups = defaultdict(list)
    for name in names:
        groups[folded(name)].append(name)
    return [group for _, group in sorted(groups.items()) if len(group) > 1]


def spelled_otherwise(known: Iterable[str], new: Iterable[str]) -> list[list[str]]:
    """Return the groups of `alike` that have new names, each with one known name at most, which comes first."""
    known, new = dict.fromkeys(known), dict.fromkeys(new)
    groups = []
    for group in alike({**known, **new}):
        ours, theirs = [name for name in group if name in known], [name for name in group if name not in known]
        if theirs:
            groups.append([*ours[:1], *theirs])
    return groups


def class_names(series: pd.Series) -> pd.Series:
    """Return labels (n,) as class names: `composed` texts, whole numbers without ".0", NA if missing."""
    texts = pc.utf8_normalize(pa.array(as_texts(series), pa.string(), from_pandas=True), "NFC")
    names = pd.Series(texts.to_pandas().to_numpy(), series.index, name=series.name, dtype="str").str.strip()
    return names.mask(names == "")

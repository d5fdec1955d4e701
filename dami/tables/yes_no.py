"""Tells texts that say yes or no from others, however they are spelled.

A *word* is a text without spaces around it, in small letters; a whole number has no ".0". Which words a column knows is
worked out once, on the whole of it; rows that come later are read by these words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dami.tables.column_values import arrow_texts
from dami.tables.patterns import ALWAYS_MISSING, MISSING_AMONG_VALUES, SIGNS_MISSING

OF_SHEETS = (  # true and false as spreadsheets write them in other languages
    *(("wahr", "falsch"), ("vrai", "faux"), ("verdadero", "falso"), ("verdadeiro", "falso"), ("vero", "falso")),
    *(("waar", "onwaar"), ("sant", "falskt"), ("sand", "falsk"), ("sann", "usann"), ("tosi", "epätosi")),
    *(("prawda", "fałsz"), ("pravda", "nepravda"), ("igaz", "hamis"), ("doğru", "yanlış"), ("doğru", "yanliş")),
    *(("adevărat", "fals"), ("истина", "ложь"), ("істина", "хибність"), ("αληθες", "ψευδες")),
)
YES_NO = (  # what the rules take for yes and no
    *({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"0", "1"}),
    *map(set, OF_SHEETS),
)
YES = {
    *("true", "yes", "y", "t", "1", "1.0", "on", "ja", "j", "oui", "si", "sí", "sì", "sim", "s", "tak"),
    *("ano", "áno", "da", "evet", "igen", "kyllä", "jah", "taip", "jā", "ya", "да", "так", "ναι", "نعم"),
    *("כן", "はい", "是", "예"),
    *(true for true, _ in OF_SHEETS),
}
NO = {
    *("false", "no", "n", "f", "0", "0.0", "off", "nein", "nee", "nej", "nei", "non", "não", "nie", "ne"),
    *("nu", "hayır", "hayir", "nem", "ei", "nē", "tidak", "нет", "не", "ні", "όχι", "οχι", "لا", "לא"),
    *("いいえ", "否", "아니요"),
    *(false for _, false in OF_SHEETS),
}
ONES = dict.fromkeys(YES, "1") | dict.fromkeys(NO, "0")  # as a column of numbers has them
SIGNS = {"+", "-"}  # of a test; alone, "-" spells "missing"
NEITHER = "what says neither yes nor no"
NO_WORDS = "its texts do not say both yes and no, so the column stays a category"
WHOLE = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.0+)?")
SPELLS_MISSING = {text.lower() for text in MISSING_AMONG_VALUES}


def known_words(texts: pa.Array) -> list[str]:
    """Return the words by which the texts (n,) of a column say yes and no; none if nobody can tell.

    In a column of two words, each says one of them, whatever it is. A spelling of "missing" is no third word. Among
    more, words that say only yes, or only no, leave open what the others say.
    """
    present = texts.filter(pc.invert(_are_missing(texts)))
    words = set(pc.unique(_words(present)).to_pylist())
    plain = words - SPELLS_MISSING
    if said := plain & (YES | NO):
        both = said & YES and said & NO
        return sorted(plain if len(plain) <= 2 else said if both else ())
    if words >= SIGNS:
        return sorted(SIGNS)
    return sorted(next((some for some in (words, plain) if len(some) <= 2), set()))


def spellings(known: Sequence[str]) -> dict[str, str]:
    """Return all words that say what the known words of a column say -> the known word that stands for each."""
    said = {_word(word): word for word in known}  # an encoder of before knows words such as "1.0"
    if len(said) > 1 and (set(known) <= YES or set(known) <= NO):  # that is all that it tells apart
        return said
    for meaning in (YES, NO):
        if same := sorted(meaning & {*known}, key=lambda word: (len(word), word)):
            said |= dict.fromkeys(meaning, same[-1])
    return said


def say_neither(texts: pa.Array, known: Sequence[str]) -> np.ndarray:
    """Return which texts (n,) say neither yes nor no, (n,) bool; what is missing or spells that is not among them.

    Parameters
    ----------
    known : the words of their column; where it has none, all its texts are categories
    """
    words = _words(texts)
    fine = pc.or_(_are_missing(texts), pc.is_in(words, value_set=pa.array([*spellings(known), *SPELLS_MISSING])))
    return np.asarray(pc.invert(fine).to_numpy(zero_copy_only=False)) & bool(known)


def what_they_say(texts: pd.Series, known: Sequence[str]) -> pd.Series:
    """Return the known word that each text (n,) stands for; missing where it says neither yes nor no."""
    if not known:
        return texts
    words = _words(arrow_texts(texts)).dictionary_encode()
    meant = pa.array([spellings(known).get(word) for word in words.dictionary.to_pylist()], pa.string())
    found = meant.take(words.indices)
    return pd.Series(found.to_pandas().to_numpy(), index=texts.index, name=texts.name).astype("str")


def alike(categories: Sequence[str]) -> dict[str, str]:
    """Return all words that mean a category of a column that no person called yes/no -> the category.

    Where the categories say yes and no, those are the words that say the same; else 1.0 means 1, and 1 means 1.0.
    """
    words = {_word(category): category for category in categories}
    if {*words} in YES_NO and len(words) == len(categories):
        return {word: words[known] for word, known in spellings([*words]).items()}
    return {_word(category): category for category in reversed(categories) if WHOLE.fullmatch(category.strip())}


def respelled(texts: pd.Series, known: Mapping[str, str], categories: Sequence[str] = ()) -> pd.Series:
    """Return texts (n,) with what they mean in place of them: a sign is missing, what means nothing else stays.

    Parameters
    ----------
    known : word -> what it means; a whole number is known without the ".0" of a float
    categories : of the column; spaces around one, and the way in which its accents are coded, change nothing
    """
    plain = {_composed(category): category for category in reversed(categories)}
    strange = [text for text in texts.dropna().unique() if text not in categories]
    found = {text: plain.get(_composed(text), known.get(_word(text))) for text in strange}
    found = {text: meaning for text, meaning in found.items() if meaning is not None}
    texts = texts.replace(found) if found else texts
    return texts.mask(texts.str.strip().isin(SIGNS_MISSING) & ~texts.isin(categories))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _word(text: str) -> str:
    """Return the word that a text is; a whole number has no ".0"."""
    word = _composed(text).lower()
    return word.split(".")[0] if WHOLE.fullmatch(word) else word


def _words(texts: pa.Array) -> pa.Array:
    words = pc.utf8_lower(pc.utf8_trim_whitespace(pc.utf8_normalize(texts, "NFC")))
    return pc.replace_substring_regex(words, f"^{WHOLE.pattern}$", r"\1")


def _are_missing(texts: pa.Array) -> pa.Array:
    return pc.fill_null(pc.is_in(pc.utf8_trim_whitespace(texts), value_set=pa.array([*ALWAYS_MISSING, None])), True)

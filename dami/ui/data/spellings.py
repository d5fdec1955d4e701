"""Asks about labels whose meaning a person alone knows: is “n/a” a class, are “Yes” and “yes” one class?"""

from collections.abc import Iterable, Sequence

import streamlit as st

from dami.tables.columns import Answers
from dami.ui import elements


def ask_about_labels(key: str, unread: Iterable[tuple[str, int]], alike: Iterable[Sequence[str]]) -> Answers:
    """Ask, and return the class of each text, None where it is no label.

    Parameters
    ----------
    key : differs for each file and column
    unread : pairs of a text that counts as no label, and its number of rows
    alike : names that differ in capitals, accents or spaces alone; the first one is the class where they are one
    """
    answers: dict[str, str | None] = {}
    for text, n in unread:
        label = f"“{text}” ({n:,}) is a class, not a missing label"
        is_class = st.checkbox(elements.plain(label), key=f"unread_{key}_{text}")
        answers[text] = text if is_class else None
    for first, *others in alike:
        named = " and ".join(f"“{name}”" for name in (first, *others))
        label = f"{named} are one class, called “{first}”"
        is_one = st.checkbox(elements.plain(label), True, key=f"alike_{key}_{first}")
        answers |= {name: first if is_one else name for name in (first, *others)}
    return answers

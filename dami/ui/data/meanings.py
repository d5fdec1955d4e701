"""Asks which of two things the cells of a column mean, wherever a file comes in."""

from collections.abc import Callable, Mapping

import streamlit as st

from dami.tables.readings import Question
from dami.ui import elements, state

BY_RULE = "as DAMI found it"
Change = Callable[[Mapping[str, str | None]], None]


def ask(
    column: str, question: Question, holds: str | None, is_said: bool, key: str, change: Change, label: str = ""
) -> None:
    """Ask what the cells of a column mean.

    Parameters
    ----------
    holds : the meaning that they have now; None if they have none
    is_said : whether a person has said it, and may take it back
    change : called with the kind and reading that a person has chosen; None for what the rules find
    label : stands before the question, where nothing beside it names the column
    """
    choices = [*([BY_RULE] if is_said else []), *question.meanings]
    st.selectbox(
        elements.plain(f"{label}“{question.example}” means"),
        choices,
        index=choices.index(holds) if holds in choices else None,
        key=key,
        format_func=lambda choice: question.meanings.get(choice, choice),
        placeholder="Choose",
        on_change=lambda: changed(column, key, change),
        width=250,
    )


def changed(column: str, key: str, change: Change) -> None:
    """Tell what a person has chosen for a column in the field of this key."""
    kind = state.sent(key)
    if kind is not None:
        change({column: None if kind == BY_RULE else kind})

"""Shows errors and successes: of a form at once, of a callback when the page is next drawn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from dami.errors import DamiError
from dami.ui.elements.text import plain

Given = ParamSpec("Given")
Made = TypeVar("Made")


def show_error(error: object) -> None:
    st.error(plain(error), icon=":material/error:")


def failing(form: Callable[Given, Made]) -> Callable[Given, Made | None]:
    """Decorate a form that can fail: the page shows the error in place of the rest of the form."""

    @wraps(form)
    def shown(*args: Given.args, **kwargs: Given.kwargs) -> Made | None:
        try:
            return form(*args, **kwargs)
        except DamiError as error:
            show_error(error)
            return None

    return shown


@contextmanager
def keep_error(place: str) -> Iterator[None]:
    """Keep the error of a block in a callback, which cannot draw; `show_notice` of the same place shows the error.

    The session is not touched before the block: Streamlit ends a callback there if another message has come.
    """
    try:
        yield
    except DamiError as error:
        st.session_state[place] = str(error)


def keep_success(place: str, words: str) -> None:
    st.session_state[f"{place}_done"] = words


def show_notice(place: str) -> None:
    """Show the notices that callbacks have kept for this place, each once."""
    if error := st.session_state.pop(place, None):
        show_error(error)
    if words := st.session_state.pop(f"{place}_done", None):
        st.success(plain(words))

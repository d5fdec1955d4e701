"""What went wrong, or well, as the page says it: at once in a form, or with the next drawing after a callback."""

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
    """Decorate a form that can fail: the error is shown below what was drawn, the rest of the form is not."""

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
    """Do what may fail in a callback, which cannot draw: `show_notice` of the same place says what went wrong."""
    st.session_state.pop(place, None)
    try:
        yield
    except DamiError as error:
        st.session_state[place] = str(error)


def keep_success(place: str, words: str) -> None:
    st.session_state[f"{place}_done"] = words


def show_notice(place: str) -> None:
    """Say once what callbacks have kept for this place."""
    if error := st.session_state.pop(place, None):
        show_error(error)
    if words := st.session_state.pop(f"{place}_done", None):
        st.success(plain(words))

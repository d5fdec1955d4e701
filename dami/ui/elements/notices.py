"""Shows errors and successes: of a form at once, of a callback when the page is next drawn."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from dami.errors import DamiError
from dami.ui.elements.text import plain

Given = ParamSpec("Given")
Made = TypeVar("Made")
SEEN = 10.0  # seconds after which a notice was seen: news may draw the page anew a moment after it appeared


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
        keep_refusal(place, str(error))
    else:
        st.session_state.pop(place, None)


def keep_refusal(place: str, words: str) -> None:
    """Keep the reason why something was not done."""
    st.session_state.pop(f"{place}_done", None)
    st.session_state[place] = (words, None)


def keep_success(place: str, words: str) -> None:
    st.session_state[f"{place}_done"] = (words, None)


def show_notice(place: str) -> None:
    """Show the notices that callbacks have kept for this place, until they were seen or the person tries again."""
    for name, show in ((place, show_error), (f"{place}_done", lambda words: st.success(plain(words)))):
        words, since = st.session_state.get(name) or ("", None)
        if since is not None and time.monotonic() - since > SEEN:
            st.session_state.pop(name, None)
        elif words:
            show(words)
            st.session_state[name] = (words, since or time.monotonic())

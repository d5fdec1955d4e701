"""Draws parts of a page anew without losing what a person does at that moment."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from dami.ui.elements.notices import failing

Given = ParamSpec("Given")


def fragment(draw: Callable[Given, None], key: str, run_every: float | None = None) -> Callable[Given, None]:
    """Return a function that draws a part of the page, which can be drawn anew alone; an error is shown in its place.

    The part has a container of its own, so that nothing comes after it there. If a part is drawn anew while the page is
    still on its way to the browser, Streamlit takes back what the part has sent, and a browser in which an element
    comes before the one that precedes it in its container shows an empty page.
    """
    part = st.fragment(failing(draw), key=key, run_every=run_every)

    @wraps(draw)
    def drawn(*args: Given.args, **kwargs: Given.kwargs) -> None:
        with st.container():
            part(*args, **kwargs)

    return drawn


def rerun(names: Sequence[str] | None = None) -> None:
    """End the present run and draw the page anew, or the named fragments; a person who leaves the page goes on leaving.

    A click on a link that has come meanwhile waits for the end of this run. Streamlit would join the two, and stay.
    """
    if not _is_leaving():
        st.rerun("app" if names is None else list(names))


def _is_leaving() -> bool:
    context = get_script_run_ctx()
    requests = context.script_requests if context else None
    if context is None or requests is None:
        return False
    with requests._lock:  # Streamlit has no public way to ask
        waiting = requests._rerun_data if requests._state is ScriptRequestType.RERUN else None
    page = waiting and (waiting.page_script_hash or waiting.page_name)
    return bool(page) and page != context.page_script_hash


def cover_run(names: Sequence[str]) -> bool:
    """Return whether the named fragments are all that the present run draws; a callback asks before it reruns them.

    Streamlit joins messages that arrive together into one run, and the rerun of fragments replaces that run. The click
    on a button elsewhere would be lost, and a dialog would stay open after "Done".
    """
    context = get_script_run_ctx()
    if context is None or not context.fragment_ids_this_run:
        return False
    return set(context.fragment_ids_this_run) <= set(context.fragment_storage.resolve_target(names))

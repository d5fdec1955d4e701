"""Knows the session of each browser tab by a token: whether it lives, and how often its tab asks for news."""

import contextlib
import secrets
import time
from collections import OrderedDict

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

MOST_SESSIONS = 10_000
PAUSE_MS, MOST_PAUSE_MS = 50, 2000
ASKING_SECONDS = 5.0

# token -> the session's own name, which the browser does not learn; the token that was used last comes last
_sessions: OrderedDict[str, str] = OrderedDict()
_asked: dict[str, float] = {}  # token -> when its tab last asked for news


def token() -> str:
    """Return the token of the session that runs this script; its tab asks about the session by this token."""
    context = get_script_run_ctx()
    if context is None:
        return ""
    ours = str(st.session_state.setdefault("tab", secrets.token_urlsafe(12)))
    _sessions[ours] = context.session_id
    _sessions.move_to_end(ours)
    while len(_sessions) > MOST_SESSIONS:
        _sessions.popitem(last=False)
    return ours


def is_alive(token: str) -> bool:
    """Whether the session that drew a page still runs.

    A session ends when the server is started again, or when the server has given up a browser that was away. The page
    then sends its answers to a new session, which has not drawn the page and ignores them without an error.
    """
    return runtime.exists() and runtime.get_instance().is_active_session(_sessions.get(token, ""))


def pause_ms(token: str) -> int:
    """Return after how many milliseconds a tab asks again during a job; the more tabs ask, the longer each waits.

    Only tokens that the server gave out count, because a browser can send any text as its token.
    """
    now = time.monotonic()
    with contextlib.suppress(KeyError):
        _sessions.move_to_end(token)
        _asked[token] = now
    for silent in [other for other, at in list(_asked.items()) if at < now - ASKING_SECONDS]:
        _asked.pop(silent, None)
    return min(MOST_PAUSE_MS, PAUSE_MS * max(1, len(_asked) // 2))

"""The sessions behind browser tabs, by tokens: whether one still lives, and how often its tab is to ask for news."""

import secrets
import time

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

MOST_SESSIONS = 10_000
PAUSE_MS, MOST_PAUSE_MS = 50, 2000
ASKING_SECONDS = 5.0

_sessions: dict[str, str] = {}  # token -> the session's own name, which is kept from the browser
_asked: dict[str, float] = {}  # token -> when its tab last asked for news


def token() -> str:
    """The token of the session that runs this script; its tab may ask about it."""
    context = get_script_run_ctx()
    if context is None:
        return ""
    ours = str(st.session_state.setdefault("tab", secrets.token_urlsafe(12)))
    _sessions[ours] = context.session_id
    while len(_sessions) > MOST_SESSIONS:
        del _sessions[next(iter(_sessions))]
    return ours


def is_alive(token: str) -> bool:
    """Whether the session that drew a page is still there to hear of it.

    It is not once the server was started anew, or has given up a browser that was away. Streamlit's page goes on to
    send what concerns a part of it, which the new session has never drawn and passes over in silence.
    """
    return runtime.exists() and runtime.get_instance().is_active_session(_sessions.get(token, ""))


def pause_ms(token: str) -> int:
    """Milliseconds until a tab is to ask again while there is work: fewer for one, more for each of many."""
    now = time.monotonic()
    _asked[token] = now
    for silent in [other for other, at in list(_asked.items()) if at < now - ASKING_SECONDS]:
        _asked.pop(silent, None)
    return min(MOST_PAUSE_MS, PAUSE_MS * max(1, len(_asked) // 2))

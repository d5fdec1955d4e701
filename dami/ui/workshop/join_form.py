"""Coming into a room: its code and a nickname. Wrong codes are limited in rate, and so is coming in."""

import streamlit as st

from dami.errors import DamiError, ProjectError
from dami.store import rooms
from dami.store.records import Participant
from dami.ui import elements
from dami.ui.access import rights
from dami.ui.access.rate_limits import within
from dami.workspace.workshop import rooms as workspace_rooms

ROOM, ME = "room", "me"  # in the address
WRONG_CODES = "10 per minute"  # from one place: with 30 letters and six of them, nobody comes in by guessing
JOINS = "60 per minute"  # into one room


def participant() -> Participant | None:
    """Who this tab is in a room, by its address; None before joining."""
    key = st.query_params.get(ME) or st.session_state.get("participant")
    if not key:
        return None
    try:
        found = rooms.participant(key)
    except ProjectError as error:
        st.session_state.pop("participant", None)
        st.query_params.pop(ME, None)
        st.session_state.join_error = str(error)
        return None
    st.session_state.participant = found.id
    if st.query_params.get(ME) != found.id:
        st.query_params[ME] = found.id
    return found


def come_in(code: str, nickname: str, where: str) -> Participant:
    """Join the room with this code; `where` somebody tries from, wrong codes are counted by.

    Raises
    ------
    ProjectError
        If there is none, it is closed or full, the name is taken, or too many have tried.
    """
    if not within(WRONG_CODES, "wrong", where, count=False):
        raise ProjectError("Too many wrong codes were tried from here: wait a minute, then try again.")
    try:
        room = rooms.by_code(code)
    except ProjectError:
        within(WRONG_CODES, "wrong", where)
        raise
    if not within(JOINS, "join", room.id):
        raise ProjectError("Too many people come in at once: wait a minute, then try again.")
    return workspace_rooms.join(room, nickname)


def join_form() -> None:
    """Ask for code and nickname; no account, nothing else."""

    def pressed() -> None:
        code, name = (str(st.session_state.get(key) or "") for key in ("join_code", "join_name"))
        try:
            joined = come_in(code, name, rights.caller())
        except DamiError as error:
            st.session_state.join_error = str(error)
            return
        st.session_state.participant = joined.id
        st.query_params.from_dict({ME: joined.id})

    with st.container(width=420):
        with st.form("join", border=True):
            st.text_input(
                "Code of the room", st.query_params.get(ROOM, ""), key="join_code", max_chars=12, autocomplete="off"
            )
            st.text_input(
                "What you want to be called",
                key="join_name",
                max_chars=workspace_rooms.LONGEST_NICKNAME,
                autocomplete="nickname",
            )
            st.form_submit_button("Come in", type="primary", icon=":material/login:", on_click=pressed)
        if error := st.session_state.pop("join_error", None):
            st.error(elements.plain(error), icon=":material/error:")

"""Draws the form that joins a room by its code and a nickname; knows which participant uses this tab."""

import streamlit as st

from dami.errors import ProjectError
from dami.store import rooms
from dami.store.records import Participant
from dami.ui import elements, state
from dami.ui.access import rights
from dami.ui.access.room_entry import PARTICIPANT, ROOM, enter_room
from dami.workspace.workshop import room_lifecycle


def participant() -> Participant | None:
    """Return the participant who uses this tab, from its address; None before joining."""
    key = state.kept_id("participant", PARTICIPANT)
    if not key:
        return None
    try:
        found = rooms.participant(key)
    except ProjectError as error:
        state.forget_id("participant", PARTICIPANT)
        elements.keep_refusal("join_error", str(error))
        return None
    state.keep_id("participant", PARTICIPANT, found.id)
    return found


def join_form() -> None:
    """Ask for the code and a nickname, and join the room."""

    def pressed() -> None:
        code, name = (str(st.session_state.get(key) or "") for key in ("join_code", "join_name"))
        with elements.keep_error("join_error"):
            joined = enter_room(code, name, rights.caller())
            st.session_state.participant = joined.id
            st.query_params.from_dict({PARTICIPANT: joined.id})

    with st.container(width=420):
        with st.form("join", border=True):
            st.text_input(
                "Code of the room", st.query_params.get(ROOM, ""), key="join_code", max_chars=12, autocomplete="off"
            )
            st.text_input(
                "What you want to be called",
                key="join_name",
                max_chars=room_lifecycle.LONGEST_NICKNAME,
                autocomplete="nickname",
            )
            st.form_submit_button("Come in", type="primary", icon=":material/login:", on_click=pressed)
        elements.show_notice("join_error")

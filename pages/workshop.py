"""Workshop: open a room from a table, let a class label it, and see how everybody does."""

import streamlit as st

from dami.errors import ProjectError
from dami.store import rooms
from dami.ui import elements
from dami.ui.workshop.open_room import opening_form, room_list
from dami.ui.workshop.teacher_screen import live

ROOM = "room"


def leave() -> None:
    st.session_state.pop("room", None)
    st.query_params.pop(ROOM, None)


def entered() -> str | None:
    """The room that this tab shows, by its id; kept in the address for a reload."""
    room = st.session_state.get("room") or st.query_params.get(ROOM)
    if room is not None and st.query_params.get(ROOM) != room:
        st.query_params[ROOM] = room
    return room


room_id = entered()
if room_id is None:
    elements.heading("Workshop", "A class labels a table with you: open a room, show its code, watch everybody live.")
    opening_form()
    room_list()
else:
    try:
        room = rooms.get(room_id)
    except ProjectError as error:
        leave()
        st.error(elements.plain(error), icon=":material/error:")
        st.stop()
    elements.heading("Workshop", "What the class sees, how everybody does, and where they disagree.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(elements.plain(room.name), anchor=False, width="content")
        st.button("All rooms", icon=":material/arrow_back:", on_click=leave, type="tertiary")
    live(room)

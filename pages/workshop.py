"""Draws the page Workshop: open a room on a table, let a class label it, and see everybody's progress."""

import streamlit as st

from dami.errors import ProjectError
from dami.store import rooms
from dami.ui import elements, state
from dami.ui.workshop.open_room import opening_form, room_list
from dami.ui.workshop.teacher_screen import live

ROOM = "room"


def leave() -> None:
    state.forget_id("room", ROOM)


room_id = state.kept_id("room", ROOM)
if room_id is None:
    elements.heading("Workshop", "A class labels a table with you: open a room, show its code, watch everybody live.")
    opening_form()
    room_list()
else:
    state.keep_id("room", ROOM, room_id)
    try:
        room = rooms.get(room_id)
    except ProjectError as error:
        leave()
        elements.show_error(error)
        st.stop()
    elements.heading("Workshop", "What the class sees, how everybody does, and where they disagree.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(elements.plain(room.name), anchor=False, width="content")
        st.button("All rooms", icon=":material/arrow_back:", on_click=leave, type="tertiary")
    live(room)

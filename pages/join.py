"""Draws the page Join: join a room and label rows in it."""

import streamlit as st

from dami.store import projects, rooms
from dami.store.records import Participant
from dami.ui import elements
from dami.ui.access import locks, rights
from dami.ui.addresses import base, route_address
from dami.ui.label.pad_and_map import FRAGMENTS, map_panel, pad_panel
from dami.ui.workshop.join_form import join_form, participant
from dami.workspace.annotating.pad import Desk
from dami.workspace.training import rounds
from dami.workspace.workshop.handouts import rows_for


def come_in() -> None:
    elements.heading("Join a room", "Type the code that the teacher shows, and what you want to be called.")
    if locks.is_locked() and not rights.is_owner():  # only the page before the gate can set the guest's cookie
        st.html(f'<a href="{route_address("sign-in")}?next={base()}/join" target="_self">Join a room</a>')
        return
    join_form()
    if not rights.is_owner():
        st.caption(
            "The tables of this server are open on its own machine only. Learn, above, is open to everybody: a lesson "
            "in what you are about to do."
        )


def label(me: Participant) -> None:
    room, project = rooms.get(me.room), projects.get(me.project)

    def desk() -> Desk | None:
        """Return the rows handed out to this participant; None in a room of copies, where the copy picks rows."""
        now = rooms.of_project(project.id)
        if now is None or now.closed != room.closed:
            elements.rerun()  # a closed or reopened room has another page
        if room.closed is None and room.sharing == "own":
            return None
        return Desk(me.nickname, rows_for(room, me) if room.closed is None else [])

    if room.closed is not None:
        elements.heading("Label", f"The room is closed. Thank you, {elements.plain(me.nickname)}.", project, FRAGMENTS)
        st.info("Everything you labelled has been kept; the teacher has it now.", icon=":material/check_circle:")
        with st.container(key="closed_pad"):  # hidden: the pad sends the answers that are still in this browser
            pad_panel(project, me.nickname, desk)
        return
    rounds.start_if_due(project)
    what = "the rows that you are handed" if room.sharing == "shared" else "what your copy of the table asks"
    elements.heading(
        "Label", f"You are {elements.plain(me.nickname)}: label {what}, one key a row.", project, FRAGMENTS
    )
    with st.container(key="label_sides"):  # on a phone, the theme puts the pad first
        left, right = st.columns([11, 9], gap="medium")
    with left:
        map_panel(project)
    with right:
        pad_panel(project, me.nickname, desk)


if (known := participant()) is None:
    come_in()
else:
    label(known)

"""Draws the form that opens a room, and the list of earlier rooms."""

import streamlit as st

from dami import wording
from dami.selection.strategies import title_of
from dami.store import projects, rooms
from dami.store.records import Room, Sharing
from dami.tables.demos import DEMOS
from dami.ui import elements
from dami.workspace.app_folder import page_file
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.workshop import room_lifecycle

DEMO = "demo "
ASKING: dict[tuple[str, ...], str] = {  # strategies of a room -> short words for the choice
    ("dami", "random"): "DAMI for one half, random for the other",
    ("dami",): "DAMI for everybody",
    ("dami-plus",): "DAMI-plus for everybody",
    ("margin",): "Margin for everybody",
    ("random",): "Random for everybody",
}
SHARING: dict[Sharing, str] = {
    "own": "Everybody has a copy of their own",
    "shared": "All label one table; rows are handed out",
}


def enter(room: str) -> None:
    st.session_state.room = room


def room_list() -> None:
    """List the earlier rooms, and offer to restore the last one that was deleted."""
    listed = rooms.listing()
    gone = st.session_state.get("room_deleted")
    if not listed and not gone:
        return
    st.subheader("Your rooms", anchor=False)
    if gone:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Deleted {gone.name}.", width="content")
            st.button("Undo", on_click=_restore, args=(gone,))
    for room in listed:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap=None):
                st.text(room.name)
                people = len(rooms.participants(room.id))
                state = "open" if room.closed is None else "closed"
                who = wording.count(people, "person", "people")
                st.caption(f"{room.code}, {state}, {who}, opened {elements.ago(room.created)}")
            st.button("Look", key=f"room_{room.id}", on_click=enter, args=(room.id,))
            st.button("Delete", key=f"room_delete_{room.id}", on_click=_delete, args=(room,), type="tertiary")


def _delete(room: Room) -> None:
    room_lifecycle.delete(room)
    st.session_state.room_deleted = room


def _restore(room: Room) -> None:
    room_lifecycle.restore(room)
    st.session_state.pop("room_deleted", None)


def opening_form() -> None:
    """Choose a table, and how the class labels it."""
    own = {project.id: project.name for project in projects.listing()}
    sources = [*own, *(DEMO + name for name in DEMOS)]
    titles = {**own, **{DEMO + name: f"{demo.title} (demo)" for name, demo in DEMOS.items()}}
    opened = st.session_state.get("project")
    with st.container(width=640):
        source = st.selectbox(
            "Table",
            sources,
            sources.index(opened) if opened in sources else 0,
            format_func=lambda key: titles[key],
            key="room_source",
            help="Of one of your projects or of a demo. Its labels are held back: they measure the class.",
        )
        sharing = st.radio("Who labels what", list(SHARING), format_func=lambda key: SHARING[key], key="room_sharing")
        choices = [asking for asking in ASKING if sharing == "own" or len(asking) == 1]
        asking = st.selectbox(
            "Which rows are asked for",
            choices,
            format_func=lambda key: ASKING[key],
            key=f"room_asking_{sharing}",
            help="With own copies, one half can be asked at random: the chart then shows whether DAMI pays.",
        )
        overlap = 1
        if sharing == "shared":
            overlap = st.number_input(
                "People for each row",
                1,
                20,
                1,
                key="room_overlap",
                help="With two or more, the room shows how far they agree; with one, no row is labelled twice.",
            )
        name = st.text_input("Name of the room", titles[source].removesuffix(" (demo)"), key=f"room_name_{source}")
        if st.button("Open the room", type="primary", icon=":material/meeting_room:"):
            _open_and_enter(source, name, sharing, int(overlap), asking)
        st.page_link(page_file("data"), label="Another table: open it on Data first", icon=":material/table_view:")


@elements.failing
def _open_and_enter(source: str, name: str, sharing: Sharing, overlap: int, asking: tuple[str, ...]) -> None:
    with st.spinner("Opening the room…"):
        room = _open(source, name, sharing, overlap, asking)
    enter(room.id)
    elements.rerun()


def _open(source: str, name: str, sharing: Sharing, overlap: int, asking: tuple[str, ...]) -> Room:
    if not source.startswith(DEMO):
        return room_lifecycle.open_room(projects.get(source), name, sharing, overlap, asking)
    demo = workspace_projects.begin_demo(source.removeprefix(DEMO))
    try:
        return room_lifecycle.open_room(demo, name, sharing, overlap, asking)
    finally:
        projects.delete(demo.id)  # the room has copied its columns and classes


def titles_of(room: Room) -> dict[str, str]:
    """Return the title of each strategy of a room, by its name."""
    return {name: title_of(name) for name in {*room.strategies, "random"}}

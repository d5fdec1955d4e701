"""The dialog in which classes are added, renamed, explained and merged while rows are being labelled."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import streamlit as st

from dami.errors import DamiError
from dami.store.records import Project
from dami.ui import parts
from dami.workspace import class_editing
from dami.workspace.labels import class_list, known


def attempt(act: Callable[[], Any]) -> None:
    st.session_state.pop("class_error", None)
    try:
        act()
    except DamiError as error:
        st.session_state.class_error = str(error)


def add(project: Project) -> None:
    attempt(lambda: class_editing.add(project, st.session_state.class_new))
    if "class_error" not in st.session_state:
        st.session_state.class_new = ""


def rename(project: Project, class_id: int, key: str) -> None:
    attempt(lambda: class_editing.rename(project, class_id, st.session_state[key]))


def explain(project: Project, class_id: int, key: str) -> None:
    attempt(lambda: class_editing.set_guideline(project, class_id, st.session_state[key]))


def merge(project: Project, class_id: int, key: str) -> None:
    into = st.session_state[key]
    if into is not None:
        attempt(lambda: class_editing.merge(project, class_id, into))
        st.session_state[key] = None


def part(project: Project, class_id: int) -> None:
    attempt(lambda: class_editing.part(project, class_id))


@st.dialog("Classes", width="large")
def class_editor(project: Project) -> None:
    """Edit the classes; every change is stored as it is made, and no label is lost by any."""
    listed = class_list(project.id)
    counts = Counter(known(project).values())
    if error := st.session_state.pop("class_error", None):
        st.error(parts.plain(error), icon=":material/error:")
    st.caption("Every change holds at once. A merge keeps the labels as they were given and can be taken back.")
    for entry in listed.shown:
        others = [other for other in listed.shown if other.id != entry.id]
        name, guideline, into = (f"class_{part}_{entry.id}" for part in ("name", "guideline", "into"))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                f"Name ({counts[entry.id]:,} labels)",
                entry.name,
                key=name,
                on_change=rename,
                args=(project, entry.id, name),
                width=170,
            )
            st.text_input(
                "When a row belongs to it",
                entry.guideline,
                key=guideline,
                on_change=explain,
                args=(project, entry.id, guideline),
                width="stretch",
            )
            st.selectbox(
                "Merge into",
                [other.id for other in others],
                index=None,
                format_func=lambda class_id: listed.names[class_id],
                placeholder="Stays",
                key=into,
                on_change=merge,
                args=(project, entry.id, into),
                width=150,
                disabled=len(listed.shown) <= 2,
                help="The rows of this class count as the other one from now on.",
            )
    for entry in listed.all:
        if entry.merged_into is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(f"{entry.name} counts as {listed.names[entry.id]}")
                st.button("Part them again", key=f"class_part_{entry.id}", on_click=part, args=(project, entry.id))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("A new class", key="class_new", width=240)
        st.button("Add", icon=":material/add:", on_click=add, args=(project,))
    if st.button("Done", type="primary"):
        st.rerun()

"""Draws the dialog that adds, renames, explains, merges and parts classes during labelling."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import streamlit as st

from dami import wording
from dami.store.records import Class, Project
from dami.ui import elements, state
from dami.views.colors import class_color
from dami.workspace.projects import edit_classes
from dami.workspace.projects.labels import ClassList, class_list, known

MANY = 20  # with more classes, a field finds a class by a part of its name


def attempt(act: Callable[[], Any]) -> bool:
    """Change a class; return whether that was possible. If not, the dialog shows the reason."""
    with elements.keep_error("class_error"):
        act()
        return True
    return False


def add(project: Project) -> None:
    name, guideline = (state.sent(key) or "" for key in ("class_new", "class_new_guideline"))
    ask_or_do(project, name, None, lambda: edit_classes.add(project, name, guideline))
    if "class_error" not in st.session_state:
        st.session_state.class_new = st.session_state.class_new_guideline = ""


def rename(project: Project, entry: Class, key: str) -> None:
    name = state.sent(key)
    if name is not None:
        ask_or_do(project, name, entry.id, lambda: edit_classes.rename(project, entry.id, name))
        if "class_error" in st.session_state or "class_asked" in st.session_state:
            st.session_state.class_refused = refused() + 1  # a new key makes a new field, which shows the present name


def ask_or_do(project: Project, name: str, class_id: int | None, act: Callable[[], Any]) -> None:
    """Change a class, or ask first if its name would be another spelling of a class that there is."""
    other = edit_classes.spelled_alike(project, name, class_id)
    if other is not None:
        st.session_state.class_asked = (project.id, name, other.name, act)
    else:
        attempt(act)


def answer(act: Callable[[], Any] | None) -> None:
    st.session_state.pop("class_asked", None)
    if act is not None:
        attempt(act)


def show_question(project: Project) -> None:
    """Ask whether a name that differs from that of a class only in its spelling is a class of its own."""
    of_project, name, other, act = st.session_state.get("class_asked", (None, "", "", None))
    if of_project != project.id:
        return
    st.warning(elements.plain(f"“{name}” and “{other}” differ in their spelling alone. Are they two classes?"))
    with st.container(horizontal=True):
        st.button(f"One class: {elements.plain(other)}", type="primary", on_click=answer, args=(None,))
        st.button(f"Two: {elements.plain(name)} as well", on_click=answer, args=(act,))


def refused() -> int:
    """Return how many names were refused in this session."""
    return st.session_state.get("class_refused", 0)


def explain(project: Project, entry: Class, key: str) -> None:
    words = state.sent(key)
    if words is not None:
        attempt(lambda: edit_classes.set_guideline(project, entry.id, words))


def merge(project: Project, entry: Class, key: str) -> None:
    into = state.sent(key)
    if into is not None:
        attempt(lambda: edit_classes.merge(project, entry.id, into))
        st.session_state[key] = None


def part(project: Project, entry: Class) -> None:
    attempt(lambda: edit_classes.part(project, entry.id))


@st.dialog("Classes", width="large", on_dismiss="rerun")
def class_editor(project: Project) -> None:
    """Edit the classes; each change is stored at once, and no change loses a label."""
    listed = class_list(project.id)
    counts = Counter(known(project).values())
    st.caption("Every change holds at once. A merge keeps the labels as they were given and can be taken back.")
    elements.show_notice("class_error")
    with st.container():  # always in its place, so that the rows below keep theirs
        show_question(project)
    shown = listed.shown
    if len(shown) > MANY:
        sought = st.text_input("Find a class", key="class_sought", icon=":material/search:").strip().casefold()
        found = [entry for entry in shown if sought in entry.name.casefold()]
        shown = found[:MANY]
        st.caption(f"{len(shown)} of {len(listed.shown)} classes are shown.")
    for entry in shown:
        show_class(project, entry, listed, counts[entry.id])
    merged = [entry for entry in listed.all if entry.merged_into is not None]
    for entry in merged:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{entry.name} counts as {listed.names[entry.id]}", width="stretch")
            label = f"Part {elements.plain(entry.name)} again"
            st.button(label, key=f"class_part_{entry.id}", on_click=part, args=(project, entry), icon=":material/undo:")
    with st.form("class_add"), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("New class", key="class_new", width=200)
        st.text_input("When does a row belong to it?", key="class_new_guideline", width="stretch")
        st.form_submit_button("Add", icon=":material/add:", on_click=add, args=(project,))
    if st.button("Done", type="primary"):
        elements.rerun()


def show_class(project: Project, entry: Class, listed: ClassList, count: int) -> None:
    name, guideline, into = (f"class_{part}_{entry.id}" for part in (f"name_{refused()}", "guideline", "into"))
    others = [other.id for other in listed.shown if other.id != entry.id]
    called = elements.plain(entry.name)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        dot = f"display: block; width: .8rem; height: .8rem; border-radius: 50%; background: {class_color(entry.id)}"
        st.html(f'<span style="{dot}"></span>', width="content")
        st.text_input(
            f"Name of {called}",
            entry.name,
            key=name,
            on_change=rename,
            args=(project, entry, name),
            label_visibility="collapsed",
            width=170,
        )
        st.text_input(
            f"When does a row belong to {called}?",
            entry.guideline,
            key=guideline,
            on_change=explain,
            args=(project, entry, guideline),
            placeholder="When does a row belong to it?",
            label_visibility="collapsed",
            width="stretch",
        )
        st.text(wording.count(count, "label"), width=90)
        st.selectbox(
            f"Merge {called} into",
            others,
            index=None,
            format_func=lambda class_id: listed.names[class_id],
            placeholder="Merge into …",
            key=into,
            on_change=merge,
            args=(project, entry, into),
            label_visibility="collapsed",
            width=160,
            disabled=len(listed.shown) <= 2,
        )

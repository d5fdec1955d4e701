"""Stores the answers of the Explore page; each callback uses only its arguments.

Streamlit ends a callback at its first look at the session if another message of the browser has come meanwhile. What a
callback has stored by then stays; so it stores first.
"""

from collections.abc import Sequence

import streamlit as st

from dami.store.records import Project
from dami.ui import elements
from dami.workspace.annotating import corrections
from dami.workspace.projects.labels import class_list


def label_rows(project: Project, rows: Sequence[int], class_id: int, saw: int, annotator: str | None) -> None:
    with elements.keep_error("explore_error"):
        corrections.label_rows(project, rows, class_id, annotator, saw)


def mark_rows(project: Project, rows: Sequence[int], action: str, saw: int, annotator: str | None) -> None:
    with elements.keep_error("explore_error"):
        corrections.mark_rows(project, rows, action, annotator, saw)


def confirm(project: Project, row: int, saw: int, annotator: str | None) -> None:
    with elements.keep_error("explore_error"):
        corrections.confirm(project, row, annotator, saw)


def undo(project: Project, event: int, annotator: str | None) -> None:
    with elements.keep_error("explore_error"):
        corrections.undo(project, event, annotator)


def redo(project: Project, event: int, annotator: str | None) -> None:
    with elements.keep_error("explore_error"):
        corrections.redo(project, event, annotator)


def undo_bar(project: Project) -> None:
    """Draw the buttons for undo and redo, and the last answer."""
    elements.show_notice("explore_error")
    names = class_list(project.id).names
    back, forth = corrections.undo_step(project), corrections.redo_step(project)
    if back is None and forth is None:
        return
    annotator = st.session_state.get("annotator")
    with st.container(horizontal=True, vertical_alignment="center"):
        if back is not None:
            step = (project, back.event, annotator)
            st.button("Undo", icon=":material/undo:", key="explore_undo", on_click=undo, args=step)
        if forth is not None:
            step = (project, forth.event, annotator)
            st.button("Redo", icon=":material/redo:", key="explore_redo", on_click=redo, args=step)
        if back is not None:
            st.caption(f"Last: {elements.plain(_words(back, names))}")


def _words(step: corrections.Step, names: dict[int, str]) -> str:
    what = names[step.class_id] if step.class_id is not None else step.action
    return f"{what}, row {step.row}" if step.n_rows == 1 else f"{what}, {step.n_rows:,} rows together"

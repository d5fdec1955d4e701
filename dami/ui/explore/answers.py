"""Stores the answers of the Explore page; each callback uses only its arguments."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dami.store.records import Project
from dami.ui import elements
from dami.workspace.annotating import corrections
from dami.workspace.projects.labels import class_list

REMEMBERED = 20  # the most answers that a session remembers


def label_rows(project: Project, rows: Sequence[int], class_id: int, saw: int) -> None:
    if _is_new("label", project, rows, class_id, saw):
        _store(lambda: corrections.label_rows(project, rows, class_id, st.session_state.get("annotator"), saw))


def mark_rows(project: Project, rows: Sequence[int], action: str, saw: int) -> None:
    if _is_new(action, project, rows, None, saw):
        _store(lambda: corrections.mark_rows(project, rows, action, st.session_state.get("annotator"), saw))


def confirm(project: Project, row: int, saw: int) -> None:
    if _is_new("confirm", project, [row], None, saw):
        _store(lambda: corrections.confirm(project, row, st.session_state.get("annotator"), saw))


def undo(project: Project, event: int) -> None:
    _store(lambda: corrections.undo(project, event, st.session_state.get("annotator")))


def redo(project: Project, event: int) -> None:
    _store(lambda: corrections.redo(project, event, st.session_state.get("annotator")))


def _is_new(action: str, project: Project, rows: Sequence[int], class_id: int | None, saw: int) -> bool:
    """Whether this answer is not one that was sent twice: `saw` is the last event of the log when the page was drawn.

    A browser may send a choice twice, once when a field loses the focus and once for the click. Each stored answer
    draws the page again, so a later answer has a higher `saw`.
    """
    answer = (action, project.id, tuple(rows), class_id, saw)
    before = st.session_state.setdefault("explore_answers", [])
    if answer in before:
        return False
    st.session_state.explore_answers = [*before, answer][-REMEMBERED:]
    return True


def _store(answer: Callable[[], Any]) -> None:
    with elements.keep_error("explore_error"):
        answer()


def undo_bar(project: Project) -> None:
    """Draw the buttons for undo and redo, and the last answer."""
    elements.show_notice("explore_error")
    names = class_list(project.id).names
    back, forth = corrections.undo_step(project), corrections.redo_step(project)
    if back is None and forth is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if back is not None:
            st.button("Undo", icon=":material/undo:", key="explore_undo", on_click=undo, args=(project, back.event))
        if forth is not None:
            st.button("Redo", icon=":material/redo:", key="explore_redo", on_click=redo, args=(project, forth.event))
        if back is not None:
            st.caption(f"Last: {elements.plain(_words(back, names))}")


def _words(step: corrections.Step, names: dict[int, str]) -> str:
    what = names[step.class_id] if step.class_id is not None else step.action
    return f"{what}, row {step.row}" if step.n_rows == 1 else f"{what}, {step.n_rows:,} rows together"

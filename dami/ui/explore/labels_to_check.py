"""Lists conflicts and doubtful labels, each with a field to correct the label."""

import streamlit as st

from dami.store import annotations
from dami.store.records import Project
from dami.ui import state
from dami.ui.explore import answers
from dami.ui.explore.chosen import choose_row
from dami.workspace.annotating import corrections
from dami.workspace.annotating.conflicts import conflicts
from dami.workspace.projects.labels import class_list

AT_ONCE = 8


def correct(project: Project, row: int, shown: int | None, key: str, saw: int, annotator: str | None) -> None:
    """Store the class unless the field showed it: a field that comes back to the page sends its class unasked."""
    given = state.sent(key)
    if given is not None and given != shown:
        answers.label_rows(project, [row], given, saw, annotator)


def second_look(project: Project) -> None:
    # The title has no count, because a browser folds the list when its title changes.
    listed = st.expander("Worth a second look", icon=":material/rule:", key="second_look", on_change="rerun")
    if not listed.open:  # Explore is drawn anew at each click, and the list takes many fields
        return
    twice, doubts = conflicts(project), corrections.second_look(project)
    saw = annotations.last_event(project.id)
    with listed:
        if not twice and not doubts:
            st.caption(
                "Labels appear here where a network that has not seen them, or the labels of the nearest local models, "
                "say otherwise, and where two people answered without seeing each other's answer. None does now."
            )
            return
        if twice:
            st.caption(
                "Answered twice, the second time without sight of the first. The later answer counts; which is right?"
            )
            for conflict in twice[:AT_ONCE]:
                words = f"{conflict.stands}, unaware of {conflict.unseen}"
                _entry(project, conflict.row, conflict.class_id, words, saw)
            _more(len(twice))
        answered_twice = {conflict.row for conflict in twice}
        doubts = [doubt for doubt in doubts if doubt.row not in answered_twice]
        if doubts:
            these = "this label" if len(doubts) == 1 else f"these {len(doubts):,} labels"
            st.caption(
                f"A network that has not seen {these}, or the nearest local models, say otherwise. Who is right?"
            )
            for doubt in doubts[:AT_ONCE]:
                _entry(project, doubt.row, doubt.given.id, _words(doubt), saw)
            _more(len(doubts))


def _entry(project: Project, row: int, class_id: int | None, words: str, saw: int) -> None:
    """Draw a row with its doubt, a field to correct its class, and a button that confirms the class."""
    classes = class_list(project.id).shown
    names = {entry.id: entry.name for entry in classes}
    ids = [entry.id for entry in classes]
    key, annotator = f"correct_{row}", st.session_state.get("annotator")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(f"Row {row}", key=f"look_{row}", on_click=choose_row, args=(row,), width=90)
        st.text(words, width="stretch")
        st.selectbox(
            f"Class of row {row}",
            ids,
            index=None if class_id is None else ids.index(class_id),
            format_func=lambda class_id: names[class_id],
            key=key,
            label_visibility="collapsed",
            width=150,
            on_change=correct,
            args=(project, row, class_id, key, saw, annotator),
        )
        right = (project, row, saw, annotator)
        st.button("It is right", key=f"right_{row}", on_click=answers.confirm, args=right)


def _more(n: int) -> None:
    if n > AT_ONCE:
        st.caption(f"{n - AT_ONCE} more follow as these are decided.")


def _words(doubt: corrections.SecondLook) -> str:
    reasons = []
    if doubt.by_prediction:
        sure = f" ({doubt.confidence:.0%} sure)" if doubt.confidence is not None else ""
        reasons.append(f"predicted {doubt.suggested.name}{sure}")
    if doubt.by_neighbors:
        reasons.append(f"the {doubt.neighbors} nearest are all {doubt.suggested.name}")
    return f"Labelled {doubt.given.name}; " + "; ".join(reasons) + "."

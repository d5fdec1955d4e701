"""Labels worth a second look, each correctable in place."""

import streamlit as st

from dami.store.records import Project
from dami.ui import parts, state
from dami.ui.explorer import answers
from dami.workspace import correcting
from dami.workspace.labels import class_list

AT_ONCE = 8


def look_at(row: int) -> None:
    st.session_state.explore_row = row
    st.session_state.explore_view = "Row"


def correct(project: Project, row: int, key: str) -> None:
    given = state.sent(key)
    if given is not None:
        answers.label_rows(project, [row], given)


def second_look(project: Project) -> None:
    listed = correcting.second_look(project)
    # The title counts nothing: when it changes, a browser folds the list that somebody is working through.
    with st.expander("Worth a second look", icon=":material/rule:"):
        if not listed:
            st.caption(
                "Labels appear here where a network that has not seen them, or the labels of the nearest local models, "
                "say otherwise. None does now."
            )
            return
        these = "this label" if len(listed) == 1 else f"these {len(listed):,} labels"
        st.caption(f"A network that has not seen {these}, or the nearest local models, say otherwise. Who is right?")
        classes = class_list(project.id).shown
        names = {entry.id: entry.name for entry in classes}
        for doubt in listed[:AT_ONCE]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(f"Row {doubt.row}", key=f"look_{doubt.row}", on_click=look_at, args=(doubt.row,), width=90)
                st.text(_words(doubt), width="stretch")
                key = f"correct_{doubt.row}"
                ids = [entry.id for entry in classes]
                st.selectbox(
                    f"Class of row {doubt.row}",
                    ids,
                    index=ids.index(doubt.given.id),
                    format_func=lambda class_id: names[class_id],
                    key=key,
                    label_visibility="collapsed",
                    width=150,
                    on_change=correct,
                    args=(project, doubt.row, key),
                )
                st.button("It is right", key=f"right_{doubt.row}", on_click=answers.confirm, args=(project, doubt.row))
        if len(listed) > AT_ONCE:
            st.caption(parts.plain(f"{len(listed) - AT_ONCE} more follow as these are decided."))


def _words(doubt: correcting.SecondLook) -> str:
    reasons = []
    if doubt.by_prediction:
        sure = f" ({doubt.confidence:.0%} sure)" if doubt.confidence is not None else ""
        reasons.append(f"predicted {doubt.suggested.name}{sure}")
    if doubt.by_neighbors:
        reasons.append(f"the {doubt.neighbors} nearest are all {doubt.suggested.name}")
    return f"Labelled {doubt.given.name}; " + "; ".join(reasons) + "."

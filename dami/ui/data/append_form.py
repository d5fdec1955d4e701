"""Draws the form that appends rows from a newer file: choose the file and the key, see the result, add the rows."""

import streamlit as st

from dami import wording
from dami.store.records import Project
from dami.tables.columns import Answers
from dami.tables.reading import READERS
from dami.ui import elements
from dami.ui.data.reading_choices import read_upload
from dami.ui.data.spellings import ask_about_labels
from dami.workspace.projects import append_rows
from dami.workspace.projects.append_rows import AppendPreview


def add(project: Project, newer: str, key: str, n_rows: int, answers: Answers) -> None:
    with elements.keep_error("append_error"):
        append_rows.append(project, newer, key, answers)
        rows = wording.count(n_rows, "row was", "rows were")
        elements.keep_success(
            "append_error",
            f"{rows} added to {project.name}. Every label is on its row, and a new network is being trained.",
        )
        st.session_state.append_round = st.session_state.get("append_round", 0) + 1


def append_form(project: Project, expanded: bool = False) -> None:
    """Offer to append rows to a project; a notice above the form tells the result of the last time."""
    elements.show_notice("append_error")
    title = f"Add rows to {elements.plain(project.name)} from a newer file"
    with st.expander(title, expanded=expanded, icon=":material/playlist_add:"):
        st.caption(
            "A key column tells the rows apart. Those that the project has stay as they are, with their labels; the "
            "others are added below them."
        )
        _form(project)


@elements.failing
def _form(project: Project) -> None:
    round_ = st.session_state.get("append_round", 0)
    uploaded = st.file_uploader("The newer file", type=[*READERS], key=f"append_{project.id}_{round_}")
    newer = read_upload("append_read", uploaded, project.table_id)
    if newer is None:
        return
    with st.spinner("Comparing the files…"):
        keys = append_rows.keys(project, newer)
    if not keys:
        elements.show_error(
            "No column can tell the rows apart: a key is in both files, has a value in every row, and none twice."
        )
        return
    key = st.selectbox("Key column", keys, help="The likeliest one first. Each has another value in every row.")
    answers = ask_about_labels(f"append_{newer}", *append_rows.questions(project, newer, key))
    seen = append_rows.preview(project, newer, key, answers)
    _show(seen, key)
    st.button(
        f"Add {wording.count(seen.n_added, 'row')}",
        type="primary",
        disabled=not seen.n_added,
        on_click=add,
        args=(project, newer, key, seen.n_added, answers),
    )


def _show(seen: AppendPreview, key: str) -> None:
    known = seen.n_rows - seen.n_absent
    st.text(
        f"{wording.count(seen.n_added, 'row')} would be added to the {seen.n_rows:,} that there are."
        if seen.n_added
        else "The table has all rows of this file already."
    )
    lines = []
    if seen.n_labeled:
        lines.append(f"{seen.n_labeled:,} of them bring a label along.")
    if seen.classes:
        lines.append(f"New classes: {wording.listed(seen.classes, 10)}.")
    if seen.n_changed:
        have = wording.count(seen.n_changed, "row has", "rows have")
        lines.append(f"{have} other values in the newer file; the table keeps its own.")
    if seen.n_absent:
        are = wording.count(seen.n_absent, "row is", "rows are")
        lines.append(f"{are} not in the newer file; the table keeps them.")
    for line in [*lines, *seen.notes]:
        st.caption(elements.plain(line))
    if seen.n_changed > known / 2:
        st.warning(
            elements.plain(f"Most rows that both files have differ: does “{key}” mean the same row in both?"),
            icon=":material/help:",
        )

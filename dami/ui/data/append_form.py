"""Rows from a newer file: choose it, choose the key, see what would come of it, add them."""

import streamlit as st

from dami.errors import DamiError
from dami.store.records import Project
from dami.tables.reading import READERS
from dami.ui import elements, state
from dami.workspace.projects import append_rows, stored_tables
from dami.workspace.projects.append_rows import Preview


def add(project: Project, newer: str, key: str, count: int) -> None:
    try:
        append_rows.grow(project, newer, key)
    except DamiError as error:
        st.session_state.append_said = (False, str(error))
    else:
        rows = "row was" if count == 1 else "rows were"
        said = (
            f"{count:,} {rows} added to {project.name}. Every label is on its row, and a new network is being trained."
        )
        st.session_state.append_said = (True, said)
        st.session_state.append_round = st.session_state.get("append_round", 0) + 1


def append_form(project: Project, expanded: bool = False) -> None:
    """Offer to append rows to a project; what came of it is said above the form."""
    said = st.session_state.pop("append_said", None)
    if said is not None:
        (st.success if said[0] else st.error)(elements.plain(said[1]))
    title = f"Add rows to {elements.plain(project.name)} from a newer file"
    with st.expander(title, expanded=expanded, icon=":material/playlist_add:"):
        st.caption(
            "A key column tells the rows apart. Those that the project has stay as they are, with their labels; the "
            "others are added below them."
        )
        round_ = st.session_state.get("append_round", 0)
        uploaded = st.file_uploader("The newer file", type=[*READERS], key=f"append_{project.id}_{round_}")
        if uploaded is None:
            return
        try:
            with st.spinner("Comparing the files…"):
                newer = state.read_once(
                    "append_read",
                    uploaded.file_id,
                    lambda: stored_tables.open_beside(uploaded.getvalue(), uploaded.name),
                )
                keys = append_rows.keys(project, newer)
        except DamiError as error:
            st.error(elements.plain(error), icon=":material/error:")
            return
        if not keys:
            st.error(
                "No column can tell the rows apart: a key is in both files, has a value in every row, and none twice.",
                icon=":material/error:",
            )
            return
        key = st.selectbox("Key column", keys, help="The likeliest one first. Each has another value in every row.")
        try:
            seen = append_rows.preview(project, newer, key)
        except DamiError as error:
            st.error(elements.plain(error), icon=":material/error:")
            return
        _show(seen, key)
        st.button(
            f"Add {_rows(seen.n_added)}",
            type="primary",
            disabled=not seen.n_added,
            on_click=add,
            args=(project, newer, key, seen.n_added),
        )


def _show(seen: Preview, key: str) -> None:
    known = seen.n_rows - seen.n_absent
    st.text(
        f"{_rows(seen.n_added)} would be added to the {seen.n_rows:,} that there are."
        if seen.n_added
        else "The table has all rows of this file already."
    )
    lines = []
    if seen.n_labeled:
        lines.append(f"{seen.n_labeled:,} of them bring a label along.")
    if seen.classes:
        more = f" and {len(seen.classes) - 10} more" if len(seen.classes) > 10 else ""
        lines.append(f"New classes: {', '.join(seen.classes[:10])}{more}.")
    if seen.n_changed:
        have = "has" if seen.n_changed == 1 else "have"
        lines.append(f"{_rows(seen.n_changed)} {have} other values in the newer file; the table keeps its own.")
    if seen.n_absent:
        are = "is" if seen.n_absent == 1 else "are"
        lines.append(f"{_rows(seen.n_absent)} {are} not in the newer file; the table keeps them.")
    for line in [*lines, *seen.notes]:
        st.caption(elements.plain(line))
    if seen.n_changed > known / 2:
        st.warning(
            elements.plain(f"Most rows that both files have differ: does “{key}” mean the same row in both?"),
            icon=":material/help:",
        )


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"

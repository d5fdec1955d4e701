"""Rows from a newer file: upload it, choose the key, see what would come, and add it."""

import streamlit as st

from dami.errors import DamiError
from dami.store.records import Project
from dami.ui import parts
from dami.workspace import growing, tables

TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "ods", "parquet", "feather", "jsonl", "ndjson", "json"]


def add(project: Project, newer: str, key: str) -> None:
    try:
        before = len(tables.table(project.table_id))
        grown = growing.grow(project, newer, key)
    except DamiError as error:
        st.session_state.append_said = (False, str(error))
    else:
        count = len(tables.table(grown.table_id)) - before
        st.session_state.append_said = (True, f"{count:,} rows were added. All labels are on their rows.")
        st.session_state.append_round = st.session_state.get("append_round", 0) + 1


def append_form(project: Project) -> None:
    with st.expander(f"Add rows to {parts.plain(project.name)} from a newer file", icon=":material/playlist_add:"):
        st.caption(
            "Rows are told apart by a key column. Those that the project has stay as they are, with their labels; the "
            "others are appended."
        )
        said = st.session_state.pop("append_said", None)
        if said is not None:
            (st.success if said[0] else st.error)(parts.plain(said[1]))
        uploaded = st.file_uploader(
            "The newer file", type=TYPES, key=f"append_{st.session_state.get('append_round', 0)}"
        )
        if uploaded is None:
            return
        try:
            newer = tables.open_bytes(uploaded.getvalue(), uploaded.name)
            keys = growing.keys(project, newer)
            if not keys:
                st.error("No column tells the rows apart in both: a key is complete, and no value in it stands twice.")
                return
            key = st.selectbox("Key column", keys)
            grown = growing.preview(project, newer, key)
        except DamiError as error:
            st.error(parts.plain(error), icon=":material/error:")
            return
        st.text(f"{grown.n_added:,} new rows; the table will have {len(grown.frame):,}.")
        if grown.n_changed:
            st.caption(f"{grown.n_changed:,} rows have other values in the newer file; the old values stay.")
        if grown.n_absent:
            st.caption(f"{grown.n_absent:,} rows are missing from the newer file; they stay.")
        if grown.ignored:
            st.caption(parts.plain(f"Columns that the table does not have, left out: {', '.join(grown.ignored[:10])}."))
        st.button(
            f"Add {grown.n_added:,} rows",
            type="primary",
            disabled=not grown.n_added,
            on_click=add,
            args=(project, newer, key),
        )

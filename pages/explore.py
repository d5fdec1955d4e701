"""Explore: map and table linked; the linear model around a chosen row."""

import numpy as np
import pandas as pd
import streamlit as st

from dami.errors import DamiError
from dami.store import models
from dami.ui import elements, state
from dami.ui.components import decode_rows, encode_rows, point_map
from dami.ui.explore.answers import undo_bar
from dami.ui.explore.group_panel import group_panel
from dami.ui.explore.labels_to_check import second_look
from dami.ui.explore.row_panel import row_panel
from dami.ui.server import project_address
from dami.workspace.exploring import map_colors, maps, row_groups
from dami.workspace.projects import labels
from dami.workspace.projects.stored_tables import table
from dami.workspace.transfer import exporters

MOST = 5000  # rows in the table below the map

project = state.require_project("Explore")
elements.heading("Explore", "Choose a row, or draw a lasso: what is there, and what the network makes of it.", project)
frame = table(project.table_id)
model = models.latest(project.id)
trained = model is not None and model.is_trained
names = [str(name) for name in frame.columns if name != project.target]


def title_of(by: str) -> str:
    kind, _, column = by.partition(":")
    return map_colors.TITLES.get(by) or f"Column: {column or kind}"


def selected() -> None:
    if drawn := state.sent("explore_map"):
        select(decode_rows(drawn.selected).tolist() if drawn.selected else [])


def select(rows: list[int]) -> None:
    st.session_state.explore_rows = rows
    st.session_state.explore_view = "Selection"


def clicked() -> None:
    drawn = state.sent("explore_map")
    if drawn and drawn.clicked is not None:
        st.session_state.explore_row = int(drawn.clicked)


def forget() -> None:
    st.session_state.explore_rows = []
    st.session_state.explore_forgotten = st.session_state.get("explore_forgotten", 0) + 1


def chosen_in_table(shown: list[int]) -> None:
    table = state.sent("explore_table")
    if table and table.selection.rows:
        st.session_state.explore_row = shown[table.selection.rows[0]]


guesses_key = f"guesses_{project.id}"
guesses = trained and bool(st.session_state.get(guesses_key))
options = [
    "label",
    *(["prediction", "confidence"] if guesses else []),
    *(["distance"] if trained else []),
    *(["changed"] if trained and model is not None and model.summary.changed else []),
    *(f"column:{name}" for name in names),
]
picture = maps.data(project, None, state.held_map(project))
with st.container(horizontal=True, vertical_alignment="bottom"):
    by = st.selectbox("Colour by", options, format_func=title_of, width=280)
    filter_column = st.selectbox(
        "Grey all but", ["", *names], format_func=lambda name: name or "Nothing greyed", width=240
    )
    kept = None
    if filter_column:
        values = frame[filter_column]
        if pd.api.types.is_numeric_dtype(values) and values.nunique() > 8:
            finite = values[np.isfinite(values.to_numpy(dtype=float, na_value=np.nan))]
            low, high = float(finite.min()), float(finite.max())
            bounds = st.slider(elements.plain(filter_column), low, high, (low, high), width=320)
            kept = values.between(*bounds).to_numpy(dtype=bool, na_value=False)
        else:
            text = values.astype("string").fillna("(missing)")
            wanted = st.multiselect(elements.plain(filter_column), text.value_counts().index[:200].tolist(), width=320)
            kept = text.isin(wanted).to_numpy(dtype=bool) if wanted else None
    row = st.number_input("Row", 0, len(frame) - 1, key="explore_row", width=140)
    st.toggle(
        "Show the model's guesses",
        key=guesses_key,
        persist_state="session",
        disabled=not trained,
        help="Predictions, confidence, and for which class a feature speaks. Hidden at first: they lead who labels.",
    )
    elements.hold_switch(project, picture["model"])

left, right = st.columns([3, 2], gap="medium")
with left:
    colors = None
    if by != "label":
        address = project_address(project, "colors")
        colors = {"url": f"{address}?{map_colors.query(by, project.revision)}", "title": title_of(by)}
    picture["colors"] = colors
    name = picture.pop("name")
    point_map(
        "explore_map",
        {
            **picture,
            "positions": project_address(project, f"map/{name}.bin") if name else None,
            "hover_url": project_address(project, "rows"),
            "select": True,
            "forgotten": st.session_state.get("explore_forgotten", 0),
            "height": 640,
            "focus": row,
            "greyed": encode_rows(np.flatnonzero(~kept), len(frame)) if kept is not None else None,
        },
        on_selected=selected,
        on_clicked=clicked,
    )

current = labels.known(project)
class_names = labels.class_list(project.id).names
chosen_rows = [r for r in st.session_state.get("explore_rows") or [] if r < len(frame)]
with right, st.container(gap="xsmall"):
    views = ["Row", *(["Cell"] if trained else []), *(["Selection"] if chosen_rows else [])]
    if st.session_state.get("explore_view") not in views:
        st.session_state.explore_view = "Row"
    view = st.segmented_control(
        "Look at",
        views,
        key="explore_view",
        required=True,
        label_visibility="collapsed",
        help="A cell holds the rows that share a nearest centre in the space of local models.",
    )
    undo_bar(project)
    if view == "Selection":
        st.subheader("Selected rows", anchor=False)
        group_panel(project, row_groups.lasso(project, np.array(chosen_rows)), current, trained, guesses)
    elif view == "Cell":
        st.subheader(f"The cell of row {row}", anchor=False)
        try:
            group = row_groups.cell(project, row)
        except DamiError as error:
            st.info(elements.plain(error), icon=":material/grid_view:")
        else:
            st.button("Select these rows", icon=":material/checklist:", on_click=select, args=(group.rows.tolist(),))
            group_panel(project, group, current, trained, guesses)
    else:
        st.subheader(f"Row {row}", anchor=False)
        row_panel(project, row, current, trained, guesses)

second_look(project)

if chosen_rows:
    st.subheader(f"{len(chosen_rows):,} selected rows", anchor=False)
    st.button("Show all rows", on_click=forget, icon=":material/close:")
else:
    st.subheader(f"All {len(frame):,} rows", anchor=False)
shown = (chosen_rows or list(range(len(frame))))[:MOST]
ours = {"row number": shown, "given label": [class_names.get(current.get(r, -1)) for r in shown]}
if guesses and model is not None:
    predicted, confidence = labels.predicted(labels.shown_predictions(project, model))
    ours |= {"prediction": [predicted[r] for r in shown], "confidence": [float(confidence[r]) for r in shown]}
listed = frame.iloc[shown][names].rename(columns=exporters.clashes(frame, ours))
for place, (title, values) in enumerate(ours.items()):
    listed.insert(place, title, values)
# The table marks the row that was chosen on the map or by its number, too.
marked = [shown.index(row)] if row in shown else []
table_state = st.session_state.get("explore_table")
if table_state is None or table_state["selection"]["rows"] != marked:
    st.session_state.explore_table = {"selection": {"rows": marked, "columns": [], "cells": []}}
st.dataframe(
    listed,
    hide_index=True,
    placeholder="",
    key="explore_table",
    on_select=lambda: chosen_in_table(shown),
    selection_mode="single-row",
    column_config={
        **elements.narrow(listed.columns),
        "confidence": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="percent"),
    },
)
if len(shown) < (len(chosen_rows) or len(frame)):
    st.caption(f"The first {MOST:,} rows are listed; Export has all of them.")

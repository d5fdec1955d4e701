"""Draws the page Explore: a map and a table with the same choice of rows, and the local model of a chosen row."""

import numpy as np
import streamlit as st

from dami.errors import DamiError
from dami.store import models
from dami.ui import elements, state
from dami.ui.components import decode_rows, encode_rows
from dami.ui.explore.answers import undo_bar
from dami.ui.explore.chosen import choose_rows, forget_rows
from dami.ui.explore.group_panel import group_panel
from dami.ui.explore.labels_to_check import second_look
from dami.ui.explore.row_filter import row_filter
from dami.ui.explore.row_panel import row_panel
from dami.ui.wire import MapSent
from dami.views.plots import shorten_apart
from dami.workspace.exploring import map_colors, maps, row_groups
from dami.workspace.projects import labels
from dami.workspace.projects.stored_tables import written
from dami.workspace.transfer.labeled_table import clashes

MOST = 5000  # the most rows in the table below the map

project = state.require_project("Explore")
elements.heading("Explore", "Choose a row, or draw a lasso: what is there, and what the network makes of it.", project)
table = written(project.table_id)
frame = table.frame
model = models.trained(project.id)
trained = model is not None
names = [str(name) for name in frame.columns if name != project.target]


def selected() -> None:
    drawn: MapSent | None = state.sent("explore_map")
    if drawn:
        choose_rows(decode_rows(drawn.get("selected")).tolist())


def clicked() -> None:
    drawn: MapSent | None = state.sent("explore_map")
    if drawn and (chosen := drawn.get("clicked")) is not None:
        st.session_state.explore_row = int(chosen)


def chosen_in_table(shown: list[int]) -> None:
    chosen = state.sent("explore_table")
    if chosen and chosen.selection.rows:
        st.session_state.explore_row = shown[chosen.selection.rows[0]]


guesses_key = f"guesses_{project.id}"
guesses = trained and bool(st.session_state.get(guesses_key))
options = [
    "label",
    *(["prediction", "confidence"] if guesses else []),
    *(["distance"] if trained else []),
    *(["changed"] if model is not None and model.summary.changed else []),
    *(f"column:{name}" for name in names),
]
titles = dict(zip(options, shorten_apart([map_colors.title(option) for option in options]), strict=True))
with st.container(horizontal=True, vertical_alignment="bottom"):
    by = st.selectbox("Colour by", options, format_func=titles.__getitem__, width=280, key="explore_colors")
    kept = row_filter(table, names)
    row = st.number_input("Row", 0, len(frame) - 1, key="explore_row", width=140)
    st.toggle(
        "Show the model's guesses",
        key=guesses_key,
        persist_state="session",
        disabled=not trained,
        help="Predictions, confidence, and for which class a feature speaks. Hidden at first: they lead who labels.",
    )
    picture = maps.data(project, elements.colored_by(project, by, project.revision), state.held_map(project))
    elements.hold_switch(project, picture["model"])

left, right = st.columns([3, 2], gap="medium")
with left:
    elements.rows_map(
        "explore_map",
        project,
        picture,
        on_selected=selected,
        on_clicked=clicked,
        forgotten=st.session_state.get("explore_forgotten", 0),
        height=640,
        focus=row,
        greyed=encode_rows(np.flatnonzero(~kept), len(frame)) if kept is not None else None,
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
            st.button(
                "Select these rows", icon=":material/checklist:", on_click=choose_rows, args=(group.rows.tolist(),)
            )
            group_panel(project, group, current, trained, guesses)
    else:
        st.subheader(f"Row {row}", anchor=False)
        row_panel(project, row, current, trained, guesses)

second_look(project)

if chosen_rows:
    st.subheader(f"{len(chosen_rows):,} selected rows", anchor=False)
    st.button("Show all rows", on_click=forget_rows, icon=":material/close:")
else:
    st.subheader(f"All {len(frame):,} rows", anchor=False)
shown = (chosen_rows or list(range(len(frame))))[:MOST]
ours = {"row number": shown, "given label": [class_names.get(current.get(r, -1)) for r in shown]}
if guesses and model is not None:
    predicted, confidence = labels.predicted(labels.shown_predictions(project, model))
    ours |= {"prediction": [predicted[r] for r in shown], "confidence": [float(confidence[r]) for r in shown]}
listed = table.rows(shown, names).listed.rename(columns=clashes(frame, ours))
for place, (title, values) in enumerate(ours.items()):
    listed.insert(place, title, values)
# The table also marks a row that was chosen on the map or by its number.
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
        **elements.columns_of(listed),
        "confidence": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="percent"),
    },
)
if len(shown) < (len(chosen_rows) or len(frame)):
    st.caption(f"The first {MOST:,} rows are listed; Export has all of them.")

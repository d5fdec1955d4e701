"""Explore: map and table linked; the linear model around a chosen row."""

import numpy as np
import pandas as pd
import streamlit as st

from dami.store import annotations, classes, models
from dami.ui import parts, state
from dami.ui.components import decode_rows, encode_rows, point_map
from dami.ui.server import project_address
from dami.views import plots
from dami.views.colors import class_color
from dami.workspace import coloring, exporting, labels, maps, rows
from dami.workspace.tables import table

MOST = 5000  # rows in the table below the map

project = state.require_project("Explore")
parts.heading("Explore", "Choose a row, or draw a lasso: what is there, and what the network makes of it.", project)
frame = table(project.table_id)
model = models.latest(project.id)
trained = model is not None and bool(model.summary.get("classes"))
names = [str(name) for name in frame.columns if name != project.target]


def title_of(by: str) -> str:
    kind, _, column = by.partition(":")
    return coloring.TITLES.get(by) or f"Column: {column or kind}"


def selected() -> None:
    bits = st.session_state["explore_map"].selected
    st.session_state.explore_rows = decode_rows(bits).tolist() if bits else []


def clicked() -> None:
    row = st.session_state["explore_map"].clicked
    if row is not None:
        st.session_state.explore_row = int(row)


def forget() -> None:
    st.session_state.explore_rows = []
    st.session_state.explore_forgotten = st.session_state.get("explore_forgotten", 0) + 1


def chosen_in_table(shown: list[int]) -> None:
    picked = st.session_state.explore_table.selection.rows
    if picked:
        st.session_state.explore_row = shown[picked[0]]


def written(value: object) -> str:
    return "" if pd.isna(value) else f"{value:.6g}" if isinstance(value, float) else str(value)


options = [
    "label",
    *(["prediction", "confidence", "distance"] if trained else []),
    *(f"column:{name}" for name in names),
]
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
            bounds = st.slider(parts.plain(filter_column), low, high, (low, high), width=320)
            kept = values.between(*bounds).to_numpy(dtype=bool, na_value=False)
        else:
            text = values.astype("string").fillna("(missing)")
            wanted = st.multiselect(parts.plain(filter_column), text.value_counts().index[:200].tolist(), width=320)
            kept = text.isin(wanted).to_numpy(dtype=bool) if wanted else None
    row = st.number_input("Row", 0, len(frame) - 1, key="explore_row", width=140)

left, right = st.columns([3, 2], gap="medium")
with left:
    colors = None
    if by != "label":
        address = project_address(project, "colors")
        colors = {"url": f"{address}?{coloring.query(by, project.revision)}", "title": title_of(by)}
    picture = maps.data(project, colors)
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
class_names = {c["id"]: c["name"] for c in picture["classes"]}
with right, st.container(gap="xsmall"):
    st.subheader(f"Row {row}", anchor=False)
    given = annotations.current(project.id).get(row)
    if row in current:
        who = "by you" if given and given.source == "human" else "by the oracle" if given else "in the table"
        st.text(f"Labelled {class_names[current[row]]} {who}")
    else:
        st.text(f"Not labelled ({given.action})" if given else "Not labelled")
    if trained:
        local = rows.local_model(project, row)
        best = np.argsort(-local.probabilities, kind="stable")
        by_value = {entry.value: entry for entry in classes.list_classes(project.id)}
        first, second = (by_value[local.classes[place]] for place in best[:2])
        shares = [f"{local.probabilities[place]:.0%}" for place in best[:2]]
        st.text(f"The network says {first.name} ({shares[0]}), then {second.name} ({shares[1]})")
        st.caption(
            "In this row's region the network is exactly this linear model. To the right: the higher the value, the "
            f"more it speaks for {parts.plain(first.name)}; to the left, for {parts.plain(second.name)}."
        )
        weights = pd.DataFrame({"feature": local.features, "weight": local.weights[best[0]] - local.weights[best[1]]})
        sides = (class_color(second.id), class_color(first.id))
        parts.figure(plots.local_model_bars(weights, colors=sides), "local_model")
    else:
        st.info("The local linear model is shown once a network is trained.", icon=":material/neurology:")
    values = pd.DataFrame({"column": names, "value": [written(frame[name].iloc[row]) for name in names]})
    st.table(values.map(parts.plain), hide_index=True, border="horizontal", height=220)

chosen_rows = st.session_state.get("explore_rows") or []
chosen_rows = [r for r in chosen_rows if r < len(frame)]
if chosen_rows:
    st.subheader(f"{len(chosen_rows):,} selected rows", anchor=False)
    st.button("Show all rows", on_click=forget, icon=":material/close:")
else:
    st.subheader(f"All {len(frame):,} rows", anchor=False)
shown = (chosen_rows or list(range(len(frame))))[:MOST]
ours = {"row number": shown, "given label": [class_names.get(current.get(r, -1)) for r in shown]}
if trained and model is not None:
    predicted, confidence = labels.predicted(project, model)
    ours |= {"prediction": [predicted[r] for r in shown], "confidence": [float(confidence[r]) for r in shown]}
listed = frame.iloc[shown][names].rename(columns=exporting.clashes(frame, ours))
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
        **parts.narrow(listed.columns),
        "confidence": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="percent"),
    },
)
if len(shown) < (len(chosen_rows) or len(frame)):
    st.caption(f"The first {MOST:,} rows are listed; Export has all of them.")

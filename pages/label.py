"""Draws the page Label: the map beside the label pad; one key labels a row."""

import streamlit as st

from dami.store import projects
from dami.ui import elements, state
from dami.ui.label.class_editor import class_editor
from dami.ui.label.pad_and_map import FRAGMENTS, map_panel, pad_panel
from dami.ui.label.stopping_panel import stopping_panel
from dami.ui.label.strategy_choice import strategy_choice
from dami.workspace.training import rounds

project = state.require_project("Label")
rounds.start_if_due(project)
if project.mode == "practise":
    point = "DAMI asks; you answer, or let the hidden labels answer step by step."
else:
    point = "DAMI shows the row it would learn most from; press a class, and the next one is there."
elements.heading("Label", point, project, fragments=[*FRAGMENTS, "label_advice"])


def edit_classes() -> None:
    class_editor(project)


def advice_panel() -> None:
    stopping_panel(projects.get(project.id))


with st.container(key="label_sides"):  # on a phone, the theme puts the pad first
    left, right = st.columns([11, 9], gap="medium")
with left:
    map_panel(project, "Explore shows it.")
    elements.fragment(advice_panel, key="label_advice")()
with right:
    pad_panel(project, st.session_state.get("annotator"))
    with st.container(horizontal=True):
        if st.button(
            "Edit classes", icon=":material/category:", help="Add, rename or merge classes, and say what they mean."
        ):
            edit_classes()
        strategy_choice(project)

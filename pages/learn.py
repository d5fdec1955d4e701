"""Draws the page Learn: linear regions and active learning in nine steps, each with its own address."""

import streamlit as st

from dami.store import projects
from dami.ui import elements, state
from dami.ui.learn.points import setting
from dami.ui.learn.steps import STEPS

elements.heading("Learn", "What DAMI sees, in two dimensions: nine steps, each with an address of its own.")
step = st.segmented_control(
    "Step",
    list(STEPS),
    default=state.choice_in_address("step", list(STEPS), 1),
    required=True,
    format_func=lambda number: f"{number}. {STEPS[number][0]}",
    key="lesson_step",
    label_visibility="collapsed",
)
state.put_in_address("step", step)
opened = st.session_state.get("project")
chosen = setting(projects.get(opened) if opened else None)
title, show = STEPS[step]
st.subheader(f"{step}. {title}", anchor=False)
show(chosen)

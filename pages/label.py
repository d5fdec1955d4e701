"""Label: the map beside the query; one key a row."""

import streamlit as st

from dami.errors import DamiError
from dami.store import models, projects
from dami.ui import parts, state
from dami.ui.class_editor import class_editor
from dami.ui.components import label_pad, point_map
from dami.ui.server import project_address
from dami.ui.stopping_panel import stopping_panel
from dami.ui.strategy_choice import strategy_choice
from dami.workspace import auditing, coloring, labeling, maps, rounds

project = state.require_project("Label")
rounds.start_if_due(project)
if project.mode == "practise":
    point = "DAMI asks; you answer, or let the hidden labels answer step by step."
else:
    point = "DAMI shows the row it would learn most from; press a class, and the next one is there."
parts.heading("Label", point, project, fragments=["label_pad", "label_map", "label_advice"])


def commit() -> None:
    pressed = state.sent("pad")
    if pressed and (outbox := pressed.outbox):
        try:
            done = labeling.commit(project, outbox, st.session_state.get("annotator"))
        except DamiError as error:  # the pad keeps its answers and sends them again
            st.session_state.commit_error = str(error)
        else:
            st.session_state.acks = {project.id: {**said().get(project.id, {}), **done.acks}}
            if done.refused:
                st.session_state.commit_error = "Not stored: " + " ".join(done.refused[:3])
            if auditing.progress(project) is not None:  # its panel counts along
                st.rerun(["label_pad", "label_advice"])


def said() -> dict[str, dict[str, int]]:
    """What this session has acknowledged, by project: refused answers are not in the log, and not to be sent again."""
    return st.session_state.get("acks", {})


def choose_first_rows() -> None:
    rounds.start(project.id)


def edit_classes() -> None:
    class_editor(project)


@st.fragment(key="label_pad")
def pad_panel() -> None:
    if error := st.session_state.pop("commit_error", None):
        st.error(parts.plain(error), icon=":material/error:")
    shown = labeling.pad(project.id, said().get(project.id))
    if shown["model"] is None and not shown["training"]:  # the first training failed, or was cancelled
        st.button("Choose the first rows", type="primary", on_click=choose_first_rows)
    routes = ("rows", "search", "truth", "guess", "twins")
    addresses = {f"{name}_url": project_address(project, name) for name in routes}
    label_pad("pad", {**shown, **addresses, "focus": st.session_state.pop("focus_row", None)}, on_outbox=commit)
    if twice := shown["conflicts"]:
        rows = "1 row was" if twice == 1 else f"{twice:,} rows were"
        st.page_link(
            "../../pages/explore.py",
            label=f"{rows} answered twice, the second time without sight of the first: choose on Explore",
            icon=":material/rule:",
        )


@st.fragment(key="label_map")
def map_panel() -> None:
    now = projects.get(project.id)
    model = models.latest(now.id)
    changed = (model.summary.get("changed") if model else None) or {}
    options = ["label", "distance", "confidence", *(["changed"] if changed else [])]
    by = st.session_state.get("label_color", "label")
    chosen = None
    if by in options and by != "label":
        chosen = {"url": project_address(now, f"colors?by={by}&v={now.revision}"), "title": coloring.TITLES[by]}
    picture = maps.data(now, chosen, state.held_map(now))
    name = picture.pop("name")
    picture["positions"] = project_address(now, f"map/{name}.bin") if name else None
    point_map("map", {**picture, "hover_url": project_address(now, "rows"), "select": False, "focus": None})
    if changed:
        st.caption(
            f"The last round changed {changed['rows']:,} of {changed['of']:,} predictions "
            f"({changed['rows'] / max(1, changed['of']):.1%})."
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Colour",
            options,
            key="label_color",
            default="label",
            required=True,
            format_func=lambda by: coloring.SHORT[by],
            disabled=model is None or not model.summary.get("classes"),
            help="The given label; distance to the nearest labelled row; the network's confidence; which predictions "
            "the last round changed. What it predicts is not offered here: it would lead you. Explore shows it.",
        )
        parts.hold_switch(now, picture["model"])


@st.fragment(key="label_advice")
def advice_panel() -> None:
    stopping_panel(projects.get(project.id))


with st.container(key="label_sides"):  # on a phone, the theme puts the pad first
    left, right = st.columns([11, 9], gap="medium")
with left:
    map_panel()
    advice_panel()
with right:
    pad_panel()
    with st.container(horizontal=True):
        if st.button(
            "Edit classes", icon=":material/category:", help="Add, rename or merge classes, and say what they mean."
        ):
            edit_classes()
        strategy_choice(project)

"""Draws the label pad and the map beside it; each is a fragment that is drawn again by itself."""

from collections.abc import Callable

import streamlit as st

from dami import wording
from dami.store import models, projects
from dami.store.records import Project
from dami.store.revisions import looking
from dami.ui import elements, state
from dami.ui.addresses import project_address
from dami.ui.components import label_pad
from dami.ui.wire import PadProps, PadSent
from dami.workspace.annotating import audit_sample, pad
from dami.workspace.app_folder import page_file
from dami.workspace.exploring import map_colors, maps
from dami.workspace.training import rounds

FRAGMENTS = ["label_pad", "label_map"]
COLORS_HELP = (
    "The given label; distance to the nearest labelled row; the network's confidence; which predictions the last round "
    "changed. What it predicts is not offered here: it would lead you."
)


def pad_panel(project: Project, annotator: str | None, desk: Callable[[], pad.Desk | None] | None = None) -> None:
    """Draw the pad and store its answers under the annotator's name; `desk` returns the rows of a participant."""
    elements.fragment(_pad, key="label_pad")(project, annotator, desk)


def map_panel(project: Project, more_help: str = "") -> None:
    """Draw the map that marks the pad's row, the choice of its colours, and the switch that holds it."""
    elements.fragment(_map, key="label_map")(project.id, more_help)


def _said() -> dict[str, dict[str, int]]:
    """Return what this session has acknowledged, by project. It holds refused answers, which the log does not."""
    return st.session_state.get("acks", {})


@looking()
def _pad(project: Project, annotator: str | None, desk: Callable[[], pad.Desk | None] | None) -> None:
    @looking()
    def commit() -> None:
        pressed: PadSent | None = state.sent("pad")
        if pressed and (outbox := pressed.get("outbox")):
            with elements.keep_error("commit_error"):  # the pad keeps its answers and sends them again
                done = pad.commit(project, outbox, annotator)
                st.session_state.acks = {project.id: {**_said().get(project.id, {}), **done.acks}}
                if done.refused:
                    elements.keep_refusal("refused", "Not stored: " + " ".join(done.refused[:3]))
                redrawn = ["label_pad", "label_advice"]  # the panel of the audit shows the new count
                if audit_sample.progress(project) is not None and elements.cover_run(redrawn):
                    elements.rerun(redrawn)

    elements.show_notice("commit_error")
    elements.show_notice("refused")  # the next answer may come at once, and takes no other's refusal away
    shown = pad.pad(project.id, _said().get(project.id), desk() if desk else None)
    if shown["model"] is None and not shown["training"]:  # the first training failed, or was cancelled
        st.button("Choose the first rows", type="primary", on_click=_choose_first_rows, args=(project.id,))
    props: PadProps = {
        **shown,
        "rows_url": project_address(project, "rows"),
        "search_url": project_address(project, "search"),
        "truth_url": project_address(project, "truth"),
        "guess_url": project_address(project, "guess"),
        "near_duplicates_url": project_address(project, "near-duplicates"),
        "focus": st.session_state.pop("focus_row", None),
    }
    label_pad("pad", props, on_outbox=commit)
    if twice := shown["conflicts"]:
        rows = wording.count(twice, "row was", "rows were")
        st.page_link(
            page_file("explore"),
            label=f"{rows} answered twice, the second time without sight of the first: choose on Explore",
            icon=":material/rule:",
        )


def _choose_first_rows(project_id: str) -> None:
    rounds.start(project_id)


@looking()
def _map(project_id: str, more_help: str) -> None:
    now = projects.get(project_id)
    model = models.trained(now.id)
    changed = model.summary.changed if model else None
    options = ["label", "distance", "confidence", *(["changed"] if changed else [])]
    by = st.session_state.get("label_color", "label")
    colors = elements.colored_by(now, by if by in options else "label", now.revision)
    picture = maps.data(now, colors, state.held_map(now))
    elements.rows_map("map", now, picture)
    if changed:
        st.caption(f"The last round changed {changed.rows:,} of {changed.of:,} predictions ({changed.share:.1%}).")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Colour",
            options,
            key="label_color",
            default="label",
            required=True,
            format_func=lambda by: map_colors.SHORT[by],
            disabled=model is None,
            help=f"{COLORS_HELP} {more_help}".strip(),
        )
        elements.hold_switch(now, picture["model"])

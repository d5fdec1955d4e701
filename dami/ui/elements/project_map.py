"""Draws the map of a project's rows, and the switch that holds it."""

from collections.abc import Callable
from typing import Unpack

import streamlit as st

from dami.store.records import Project
from dami.ui import state
from dami.ui.addresses import project_address
from dami.ui.components import point_map
from dami.ui.wire import MapOptions, MapProps
from dami.workspace.exploring import map_colors
from dami.workspace.exploring.map_wire import MapColors, MapData


def rows_map(
    key: str,
    project: Project,
    picture: MapData,
    on_selected: Callable[[], None] | None = None,
    on_clicked: Callable[[], None] | None = None,
    **more: Unpack[MapOptions],
) -> None:
    """Draw the map component.

    Parameters
    ----------
    picture : data of the map from `maps.data`
    more : options added to the data or put in place of them
    """
    name = picture["name"]
    data: MapProps = {
        **picture,
        "positions": project_address(project, f"map/{name}.bin") if name else None,
        "hover_url": project_address(project, "rows"),
        "select": on_selected is not None,
        "focus": None,
        **more,
    }
    point_map(key, data, on_selected, on_clicked)


def colored_by(project: Project, by: str, version: int) -> MapColors | None:
    """Return the address and the title of the rows' colours; None for given labels, which every map shows.

    Parameters
    ----------
    version : changes with the colours, because a browser keeps the colours of an address
    """
    if by == "label":
        return None
    address = project_address(project, "colors")
    return {"url": f"{address}?{map_colors.query(by, version)}", "title": map_colors.title(by)}


def hold_switch(project: Project, number: int | None) -> None:
    """Draw the switch that holds the map of the network with this number, or lets the map follow the newest network."""
    key = f"hold_{project.id}"

    def switched() -> None:
        on = state.sent(key)
        if on is not None:
            state.hold_map(project, number if on else None)

    st.toggle(
        "Hold the map",
        value=state.held_map(project) is not None,
        key=key,
        on_change=switched,
        disabled=number is None,
        help="Keeps the picture as it is while networks change; the line below it says of which network it is.",
    )

"""The script that every browser session runs: the frame around all pages, and the table of pages.

It does not lie beside ``pages/``, because Streamlit reads a folder of that name beside the main script by itself. On a
fresh server, a link to a page would then open without this frame.
"""

from pathlib import Path
from typing import Literal

import streamlit as st

from dami.errors import DamiError
from dami.store.revisions import looking
from dami.ui import elements, start, state, theme
from dami.ui.access import locks, rights
from dami.ui.addresses import route_address
from dami.workspace.app_folder import page_file

ICON = Path(__file__).with_name("icon.svg")  # the browser would fetch a Material icon from a server of Google
PAGES = {  # file name: title, icon
    "data": ("Data", "table_view"),
    "model": ("Model", "neurology"),
    "label": ("Label", "edit_note"),
    "explore": ("Explore", "scatter_plot"),
    "compare": ("Compare", "ssid_chart"),
    "learn": ("Learn", "school"),
    "workshop": ("Workshop", "groups"),
    "export": ("Export", "download"),
    "join": ("Join", "meeting_room"),
}

FOR_ALL = ("join", "learn")  # pages for people who are not owners


def pages() -> list[st.Page]:
    """Return the pages that this session may open. The owner's menu does not show the page that joins a room."""
    way_out = [st.Page(_sign_out, title="Sign out", icon=":material/logout:")] if locks.is_locked() else []
    if rights.is_owner():
        return [*(_page(name, default=name == "data", hidden=name == "join") for name in PAGES), *way_out]
    door = st.Page(lambda: st.switch_page(page_file("join")), title="DAMI", default=True, visibility="hidden")
    return [door, *(_page(name) for name in FOR_ALL), *way_out]


def _sign_out() -> None:
    elements.heading("Sign out", "All you labelled has been kept.")
    st.html(f'<a href="{route_address("sign-out")}" target="_self">Sign out in this browser</a>')


def _page(name: str, default: bool = False, hidden: bool = False) -> st.Page:
    title, icon = PAGES[name]
    visibility: Literal["hidden", "visible"] = "hidden" if hidden else "visible"
    return st.Page(page_file(name), title=title, icon=f":material/{icon}:", default=default, visibility=visibility)


st.set_page_config(page_title="DAMI", page_icon=ICON, layout="wide")
theme.apply()
page = st.navigation(pages(), position="top")
try:
    if rights.is_owner():
        state.restore_project()
    if (name := rights.name()) and not st.session_state.get("annotator"):
        st.session_state.annotator = name
    if notice := st.session_state.pop("notice", None):
        st.warning(elements.plain(notice))
    with looking():
        page.run()
except DamiError as error:
    elements.show_error(error)
start.page_drawn()

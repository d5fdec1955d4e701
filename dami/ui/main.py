"""The script that every browser session runs: the frame around all pages, and the table of pages.

It lies away from ``pages/`` on purpose: beside the main script, Streamlit would discover that folder by itself and,
on a fresh server, open a deep link without this frame.
"""

from pathlib import Path

import streamlit as st

from dami.errors import DamiError
from dami.ui import parts, start, state, theme

PAGES_DIR = Path(__file__).resolve().parents[2] / "pages"
ICON = Path(__file__).with_name("icon.svg")  # a Material icon would be asked of a server of Google's
PAGES = {  # file name: title, icon
    "data": ("Data", "table_view"),
    "model": ("Model", "neurology"),
    "label": ("Label", "edit_note"),
    "explore": ("Explore", "scatter_plot"),
    "compare": ("Compare", "ssid_chart"),
    "learn": ("Learn", "school"),
    "export": ("Export", "download"),
}

st.set_page_config(page_title="DAMI", page_icon=ICON, layout="wide")
state.restore_project()
page = st.navigation(
    [
        st.Page(PAGES_DIR / f"{name}.py", title=title, icon=f":material/{icon}:", default=name == "data")
        for name, (title, icon) in PAGES.items()
    ],
    position="top",
)
theme.apply()
if notice := st.session_state.pop("notice", None):
    st.warning(parts.plain(notice))
try:
    page.run()
except DamiError as error:
    st.error(parts.plain(error), icon=":material/error:")
start.page_drawn()

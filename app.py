"""Builds the app that ``streamlit run app.py`` serves; every browser session runs ``dami/ui/main.py``."""

from pathlib import Path

import streamlit as st

from dami.ui import start
from dami.ui.access import gate

app = st.App(
    Path(start.__file__).with_name("main.py"),
    routes=start.routes(),
    middleware=gate.middleware(),
    lifespan=start.lifespan,
)

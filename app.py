"""The one entry point: ``streamlit run app.py`` serves this object; every browser session runs ``dami/ui/main.py``."""

from pathlib import Path

import streamlit as st

from dami.ui import server

app = st.App(
    Path(__file__).resolve().parent / "dami" / "ui" / "main.py", routes=server.routes(), lifespan=server.lifespan
)

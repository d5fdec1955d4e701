"""Draws figures and tables in the same way on all pages."""

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go
import streamlit as st


def figure(drawn: go.Figure, key: str, **options: Any) -> None:
    """Draw a Plotly figure without Plotly's toolbar, which a small figure does not need."""
    st.plotly_chart(drawn, key=key, config={"displayModeBar": False, "responsive": True}, **options)


def narrow(names: Iterable[str]) -> dict[str, Any]:
    """Return the column configuration of a table in which columns with very long names stay narrow."""
    return {name: st.column_config.Column(width=180) for name in names if len(name) > 24}

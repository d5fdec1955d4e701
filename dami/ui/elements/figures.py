"""Figures and tables as all pages draw them."""

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go
import streamlit as st


def figure(drawn: go.Figure, key: str, **options: Any) -> None:
    """A Plotly figure without the tools that nobody needs on a small one."""
    st.plotly_chart(drawn, key=key, config={"displayModeBar": False, "responsive": True}, **options)


def narrow(names: Iterable[str]) -> dict[str, Any]:
    """For a table on a page: columns with very long names take no more room than others."""
    return {name: st.column_config.Column(width=180) for name in names if len(name) > 24}

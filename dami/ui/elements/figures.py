"""Draws figures and tables in the same way on all pages."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st


def figure(drawn: go.Figure, key: str, **options: Any) -> None:
    """Draw a Plotly figure without Plotly's toolbar, which a small figure does not need."""
    st.plotly_chart(drawn, key=key, config={"displayModeBar": False, "responsive": True}, **options)


def columns_of(listed: pd.DataFrame) -> dict[str, Any]:
    """Return the configuration of a list: fractions have all their digits, columns with very long names are narrow."""
    widths = {name: 180 if len(name) > 24 else None for name in listed.columns}
    return {
        name: st.column_config.NumberColumn(width=widths[name], format="%g")
        if pd.api.types.is_float_dtype(kind)
        else st.column_config.Column(width=widths[name])
        for name, kind in listed.dtypes.items()
    }


def pinned(listed: pd.DataFrame, names: Iterable[str]) -> dict[str, Any]:
    """Return the configuration of columns that stay in sight; long texts in them leave room for the others."""
    longest = {name: listed[name].astype(str).str.len().max() for name in names}
    return {name: st.column_config.Column(pinned=True, width=180 if longest[name] > 24 else None) for name in names}

"""Draws figures and tables in the same way on all pages."""

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

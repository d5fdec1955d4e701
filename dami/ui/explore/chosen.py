"""Keeps what is chosen on Explore: one row, or several rows together."""

import streamlit as st


def choose_row(row: int) -> None:
    """Choose this row and show its panel."""
    st.session_state.explore_row = row
    st.session_state.explore_view = "Row"


def choose_rows(rows: list[int]) -> None:
    """Choose these rows and show the panel of the selection."""
    st.session_state.explore_rows = rows
    st.session_state.explore_view = "Selection"


def forget_rows() -> None:
    """Choose no rows; the higher count tells the map to drop its selection."""
    st.session_state.explore_rows = []
    st.session_state.explore_forgotten = st.session_state.get("explore_forgotten", 0) + 1

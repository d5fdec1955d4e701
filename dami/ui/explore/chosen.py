"""What is chosen on Explore: a row, or several rows together."""

import streamlit as st


def choose_row(row: int) -> None:
    """Look at this row."""
    st.session_state.explore_row = row
    st.session_state.explore_view = "Row"


def choose_rows(rows: list[int]) -> None:
    """Look at these rows together."""
    st.session_state.explore_rows = rows
    st.session_state.explore_view = "Selection"


def forget_rows() -> None:
    """Choose no rows any more; the map hears of it by the count."""
    st.session_state.explore_rows = []
    st.session_state.explore_forgotten = st.session_state.get("explore_forgotten", 0) + 1

"""Who may see what: a browser on the server's own machine everything, one from elsewhere the room that it joins."""

import streamlit as st


def is_owner() -> bool:
    """Whether this session belongs to who runs the server.

    A proxy on the same machine speaks for people elsewhere: it says so in a header.
    """
    comes_from = st.context.ip_address  # none for the machine itself
    return not isinstance(comes_from, str) and "x-forwarded-for" not in st.context.headers


def caller() -> str:
    """From where somebody asks, to count attempts by."""
    comes_from = st.context.ip_address
    return st.context.headers.get("x-forwarded-for") or (comes_from if isinstance(comes_from, str) else "here")

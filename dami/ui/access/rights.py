"""Who may see what. On a server that is locked, who has signed in sees everything; else, who sits at its own machine.

Whoever else there is gets into the rooms that they join, and the lesson.
"""

import streamlit as st

from dami.ui.access import locks


def is_owner() -> bool:
    """Whether this session belongs to who runs the server.

    A proxy on the same machine speaks for people elsewhere: it says so in a header.
    """
    if locks.is_locked():
        from dami.ui.access import visitors

        return visitors.of_cookies(st.context.cookies).is_owner
    comes_from = st.context.ip_address  # none for the machine itself
    return not isinstance(comes_from, str) and "x-forwarded-for" not in st.context.headers


def name() -> str:
    """What whoever signed in with a provider is called there; "" for all others."""
    if not locks.providers():
        return ""
    from dami.ui.access import visitors

    return visitors.of_cookies(st.context.cookies).email


def caller() -> str:
    """From where somebody asks, to count attempts by; of a proxy on this machine, whom it speaks for."""
    comes_from = st.context.ip_address
    return comes_from if isinstance(comes_from, str) else "here"

"""Decides who is the owner, who may see everything. Others may open the lesson and the rooms that they join.

On a locked server, owners are the people who have signed in. On any other server, owners use the server's own machine.
"""

import streamlit as st

from dami.ui.access import locks


def is_owner() -> bool:
    """Whether this session belongs to an owner of the server.

    A proxy on the same machine passes on requests of people elsewhere; a header tells them apart.
    """
    if locks.is_locked():
        from dami.ui.access import visitors

        return visitors.of_cookies(st.context.cookies).is_owner
    comes_from = st.context.ip_address  # None for the machine itself
    return not isinstance(comes_from, str) and "x-forwarded-for" not in st.context.headers


def name() -> str:
    """Return the address of a person who has signed in with a provider; "" for all others."""
    if not locks.providers():
        return ""
    from dami.ui.access import visitors

    return visitors.of_cookies(st.context.cookies).email


def caller() -> str:
    """Return the address that tries are counted by; for a proxy on this machine, the address of its client."""
    comes_from = st.context.ip_address
    return comes_from if isinstance(comes_from, str) else "here"

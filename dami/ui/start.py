"""The start of the server: it answers at once, and reads what pages need while the browser is still loading Streamlit.

Nothing here imports more than Streamlit itself before the server listens. Workers are started last, for their imports
take all cores for seconds, and somebody is waiting for the first page.
"""

import asyncio
import contextlib
import os
import socket
import stat
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import streamlit as st
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from dami.ui.addresses import route_address

UNSEEN_SECONDS = 10.0  # then workers are started without a page having been drawn

SWITCH_SECONDS = 0.001  # between threads: by default each waits 5 ms for its turn after every word to the database

MOST_FILES = 256  # open while the server starts, at most

_drawn = threading.Event()


def page_drawn() -> None:
    """To be called by the script whenever it has drawn a page."""
    _drawn.set()


class _Ours:
    """All routes below our address, imported with the first request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await asyncio.to_thread(_router))(scope, receive, send)


@cache
def _router() -> Router:
    from dami.ui import server

    return Router(server.routes())


def routes() -> list[Route]:
    """What `app.py` serves beside Streamlit."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return [Route(route_address("{path:path}"), _Ours())]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    _send_at_once()
    threading.Thread(target=_read_ahead, daemon=True).start()
    workers = asyncio.create_task(_keep_workers())
    yield {}
    workers.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await workers


def _send_at_once() -> None:
    """Turn Nagle's algorithm off on the socket that Streamlit has bound; its connections inherit that.

    Without it the second half of an answer waits until the browser has acknowledged the first: 40 ms, after every key.
    asyncio turns it off only where a socket says that it speaks TCP, and Streamlit's is not made to say so.
    """
    for number in range(3, MOST_FILES):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as ours:
                if ours.family in (socket.AF_INET, socket.AF_INET6) and ours.type == socket.SOCK_STREAM:
                    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _read_ahead() -> None:
    """Import what the first page needs, and have the database ready for it."""
    from dami.errors import DamiError
    from dami.store import database
    from dami.ui.data import setup_form  # noqa: F401

    with contextlib.suppress(DamiError):  # the page will say so
        database.engine()


async def _keep_workers() -> None:
    await asyncio.to_thread(_drawn.wait, UNSEEN_SECONDS)
    from dami.workspace.jobs.supervisor import keep_workers

    await keep_workers()

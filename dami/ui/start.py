"""Starts the server: it answers at once, and imports what pages need while the browser loads Streamlit's own scripts.

Before the server listens, this module imports nothing large beside Streamlit. Workers start after the first page,
because their imports take all cores for seconds.
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

from dami.ui import downloads
from dami.ui.addresses import route_address

UNSEEN_SECONDS = 10.0  # if no page is drawn for so long, workers start all the same

SWITCH_SECONDS = 0.001  # between threads: by default a thread waits 5 ms for its turn after each query of the database

MOST_FILES = 256  # the most files that are open while the server starts

_drawn = threading.Event()


def page_drawn() -> None:
    """Note that a page was drawn; the main script calls it each time."""
    _drawn.set()


class _Ours:
    """Serves the app's own routes; the first request imports their code."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await asyncio.to_thread(_router))(scope, receive, send)


@cache
def _router() -> Router:
    from dami.ui import server

    return Router(server.routes())


def routes() -> list[Route]:
    """Return the routes that `app.py` serves beside Streamlit's own."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return [Route(route_address("{path:path}"), _Ours())]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    _send_at_once()
    downloads.keep()
    threading.Thread(target=_read_ahead, daemon=True).start()
    workers = asyncio.create_task(_keep_workers())
    yield {}
    workers.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await workers


def _send_at_once() -> None:
    """Turn Nagle's algorithm off on the socket that Streamlit has bound; its connections inherit the setting.

    With the algorithm, the second half of an answer waits until the browser has acknowledged the first half: 40 ms
    after every key. asyncio turns it off only for sockets that name TCP as their protocol; Streamlit's names none.
    """
    for number in range(3, MOST_FILES):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as ours:
                if ours.family in (socket.AF_INET, socket.AF_INET6) and ours.type == socket.SOCK_STREAM:
                    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _read_ahead() -> None:
    """Import what the first page needs, and open the database for it."""
    from dami.errors import DamiError
    from dami.store import database
    from dami.ui.data import setup_form  # noqa: F401

    with contextlib.suppress(DamiError):  # the page shows the error
        database.engine()


async def _keep_workers() -> None:
    await asyncio.to_thread(_drawn.wait, UNSEEN_SECONDS)
    from dami.workspace.jobs.supervisor import keep_workers

    await keep_workers()

"""The start of the server: it answers at once, and reads what pages need while the browser is still loading Streamlit.

Nothing here imports more than Streamlit itself before the server listens. Workers are started last, for their imports
take all cores for seconds, and somebody is waiting for the first page.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import streamlit as st
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from dami.ui.addresses import address

UNSEEN_SECONDS = 10.0  # then workers are started without a page having been drawn

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
    return [Route(address("{path:path}"), _Ours())]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    threading.Thread(target=_read_ahead, daemon=True).start()
    workers = asyncio.create_task(_keep_workers())
    yield {}
    workers.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await workers


def _read_ahead() -> None:
    """Import what the first page needs, and have the database ready for it."""
    from dami.errors import DamiError
    from dami.store import database
    from dami.ui import parts, server, setup_form  # noqa: F401

    with contextlib.suppress(DamiError):  # the page will say so
        database.engine()


async def _keep_workers() -> None:
    await asyncio.to_thread(_drawn.wait, UNSEEN_SECONDS)
    from dami.workspace.supervisor import keep_workers

    await keep_workers()

"""Guards a locked server: an ASGI middleware that refuses visitors who have not signed in or joined a room.

It checks each request before Streamlit gets it, also those to the websocket and for uploads. Everybody may open the
page to sign in or join a room, the addresses of a login provider, and the health check.
"""

import asyncio
from urllib.parse import quote

from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dami.errors import DamiError
from dami.ui.access import locks
from dami.ui.addresses import base, route_address

OPEN = {
    *("dami/sign-in", "dami/sign-in/provider", "dami/sign-out", "dami/join"),
    *("_stcore/health", "auth/login", "auth/logout", "oauth2callback"),
}
READS = ("GET", "HEAD")
FRESH = {"Cache-Control": "no-store"}


class Gate:
    """Lets owners pass, lets guests of rooms read their own projects, and sends all others to the page to sign in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not locks.is_locked():
            await self.app(scope, receive, send)
            return
        refusal = await asyncio.to_thread(_refusal, HTTPConnection(scope))
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)


def _refusal(asked: HTTPConnection) -> Response | None:
    """Return the answer to a visitor who may not have what was asked for; None if the visitor may."""
    from dami.ui.access import visitors

    path = asked.scope["path"].removeprefix(f"{base()}/")
    if path in OPEN:
        return None
    try:
        visitor = visitors.of_cookies(asked.cookies)
    except DamiError as error:
        return PlainTextResponse(str(error), 500, FRESH)
    if visitor.is_owner or (visitor.projects and _for_guests(asked.scope, path, visitor.projects)):
        return None
    if "text/html" in asked.headers.get("accept", "") and asked.scope.get("method") in READS:
        wanted = asked.url.path + (f"?{asked.url.query}" if asked.url.query else "")
        return RedirectResponse(f"{route_address('sign-in')}?next={quote(wanted, safe='')}", 303, FRESH)
    return PlainTextResponse("Sign in first.", 401, FRESH)


def _for_guests(scope: Scope, path: str, projects: frozenset[str]) -> bool:
    """Whether a guest may ask for this: guests only read, and only their projects. Answers come by the websocket."""
    if scope["type"] == "http" and scope["method"] not in READS:
        return False
    of_project = path.split("/")
    return of_project[:2] != ["dami", "p"] or (len(of_project) > 2 and of_project[2] in projects)


def middleware() -> list[Middleware]:
    """Return the middleware that `app.py` puts before Streamlit."""
    return [Middleware(Gate)]

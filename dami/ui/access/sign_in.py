"""Serves the one page of a locked server that everybody may see: to sign in, or to join a room.

The page is plain HTML without scripts or other files, since the gate refuses those to people who have not signed in.
"""

import re
import threading
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dami.errors import DamiError
from dami.ui.access import locks, visitors
from dami.ui.access.rate_limits import within
from dami.ui.access.room_entry import PARTICIPANT, ROOM, enter_room
from dami.ui.addresses import base, route_address
from dami.workspace import passwords
from dami.workspace.workshop.room_lifecycle import LONGEST_NICKNAME

WRONG_PASSWORDS = "10 per minute"  # from one address
TOO_MANY = "Too many wrong passwords were tried from here: wait a minute, then try again."
LONGEST_PASSWORD = 1000  # characters
MOST_BYTES = 20_000  # largest form
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>DAMI: sign in</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 sans-serif; margin: 8vh auto; max-width: 24rem; padding: 0 1rem;
  color: light-dark(#18222c, #e5ebf0); background: light-dark(#ffffff, #10161c); }}
h1 {{ font-size: 1.7rem; }} h2 {{ font-size: 1.1rem; margin-top: 2.5rem; }}
label {{ display: block; margin: .8rem 0 .2rem; }}
input, button, a.button {{ box-sizing: border-box; width: 100%; font: inherit; padding: .5rem .7rem;
  border-radius: .5rem; border: 1px solid light-dark(#8795a1, #6b7c8a); }}
button, a.button {{ display: block; margin-top: 1rem; text-align: center; text-decoration: none; cursor: pointer;
  background: light-dark(#0b6e8a, #4db6cf); color: light-dark(#ffffff, #10161c); }}
[role=alert] {{ padding: .6rem .8rem; border-radius: .5rem; background: light-dark(#fdecea, #3b1d1a); }}
</style></head><body><h1>DAMI</h1>
{body}
</body></html>
"""

_one_guess = threading.Lock()  # checking one password takes 64 MB


def show(request: Request) -> Response:
    return _page(request, _wanted(request.query_params.get("next", "")))


async def sign_in(request: Request) -> Response:
    return await run_in_threadpool(_signed_in, request, await _form(request))


def _signed_in(request: Request, form: FormData) -> Response:
    wanted, where = _wanted(_field(form, "next")), _where(request)
    if not within(WRONG_PASSWORDS, "password", where, count=False):
        return _page(request, wanted, TOO_MANY, 429)
    try:
        given = _field(form, "password")[:LONGEST_PASSWORD]
        with _one_guess:
            fits = locks.has_password() and passwords.matches(given, locks.password_hash())
    except DamiError as error:
        return _page(request, wanted, str(error), 500)
    if not fits:
        within(WRONG_PASSWORDS, "password", where)
        return _page(request, wanted, "This is not the password.", 403)
    return _to(request, wanted, visitors.OWNER, visitors.owner_cookie())


async def join(request: Request) -> Response:
    return await run_in_threadpool(_joined, request, await _form(request))


def _joined(request: Request, form: FormData) -> Response:
    try:
        joined = enter_room(_field(form, "code"), _field(form, "name"), _where(request))
    except DamiError as error:
        return _page(request, f"{base()}/join?{ROOM}={quote(_field(form, 'code'))}", str(error), 403)
    cookie = visitors.guest_cookie(request.cookies, joined)
    return _to(request, f"{base()}/join?{PARTICIPANT}={joined.id}", visitors.GUEST, cookie)


def to_provider(request: Request) -> Response:
    """Send the visitor to a login provider. `st.login` does the same, but only behind the gate."""
    from streamlit.auth_util import encode_provider_token

    name = request.query_params.get("name", "")
    if name not in locks.providers():
        raise HTTPException(404)
    return RedirectResponse(f"{base()}/auth/login?provider={quote(encode_provider_token(name))}", 303, HEADERS)


def sign_out(request: Request) -> Response:
    """Sign the visitor out, also of the provider. Links of other sites are refused."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403)
    visitors.sign_out(request.cookies)
    leave = f"{base()}/auth/logout" if visitors.login_of(request.cookies) else f"{base()}/"
    response = RedirectResponse(leave, 303, HEADERS)
    for name in (visitors.OWNER, visitors.GUEST):
        response.delete_cookie(name, path=f"{base()}/", httponly=True, samesite="lax")
    return response


def routes() -> list[Route]:
    return [
        Route(route_address("sign-in"), show, methods=["GET"]),
        Route(route_address("sign-in"), sign_in, methods=["POST"]),
        Route(route_address("sign-in/provider"), to_provider, methods=["GET"]),
        Route(route_address("sign-out"), sign_out, methods=["GET"]),
        Route(route_address("join"), join, methods=["POST"]),
    ]


# ---- the page -------------------------------------------------------------------------------------------------------


def _page(request: Request, wanted: str, told: str = "", status: int = 200) -> Response:
    asked = urlsplit(wanted)
    room = "".join(parse_qs(asked.query).get(ROOM, []))
    login = visitors.login_of(request.cookies)
    if login and not told and not locks.may_enter(login):
        told = f"{login} may not enter here: ask who runs this server, or sign in as somebody else."
    body = [f'<p role="alert">{escape(told)}</p>'] if told else []
    join_box = _join_box(room)
    if asked.path == f"{base()}/join":
        body.append(join_box)
    if locks.has_password():
        body.append(
            f'<form method="post" action="{route_address("sign-in")}"><h2>Sign in</h2>'
            f'<input type="hidden" name="next" value="{escape(wanted)}">'
            '<label for="password">Password</label>'
            '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>'
            "<button>Sign in</button></form>"
        )
    for name in locks.providers():
        shown = "" if name == "default" else f" with {name}"
        there = f"{route_address('sign-in/provider')}?name={quote(name)}"
        body.append(f'<a class="button" href="{escape(there)}">Sign in{escape(shown)}</a>')
    if login:
        body.append(f'<p><a href="{route_address("sign-out")}">Sign out {escape(login)}</a></p>')
    if join_box not in body:
        body.append(join_box)
    return HTMLResponse(PAGE.format(body="\n".join(body)), status, HEADERS)


def _join_box(room: str) -> str:
    return (
        f'<form method="post" action="{route_address("join")}"><h2>Join a room</h2>'
        '<label for="code">Code of the room</label>'
        f'<input id="code" name="code" value="{escape(room[:12])}" maxlength="12" autocomplete="off" required>'
        '<label for="name">What you want to be called</label>'
        f'<input id="name" name="name" maxlength="{LONGEST_NICKNAME}" autocomplete="nickname" required>'
        "<button>Come in</button></form>"
    )


def _to(request: Request, wanted: str, cookie: str, value: str) -> Response:
    response = RedirectResponse(wanted, 303, HEADERS)
    response.set_cookie(
        cookie,
        value,
        max_age=visitors.DAYS[cookie] * visitors.DAY,
        path=f"{base()}/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


# ---- what browsers send ---------------------------------------------------------------------------------------------


async def _form(request: Request) -> FormData:
    """Return the fields of a form; refuse forms of other sites, too large ones, and other kinds of data."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403)
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403)
    if int(request.headers.get("content-length") or MOST_BYTES + 1) > MOST_BYTES:
        raise HTTPException(413)
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise HTTPException(415)
    return await request.form(max_fields=5)


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _wanted(given: str) -> str:
    """Return the page to open after signing in; the start page if `given` is not a page of this server."""
    own = re.fullmatch(r"/(?![/\\])[^\s\\\x00-\x1f]*", given) and f"{given}/".startswith(f"{base()}/")
    return given if own and not given.startswith(route_address("")) else f"{base()}/"


def _where(request: Request) -> str:
    """Return the address of the visitor; for a proxy on this machine, uvicorn has put its client's address there."""
    return request.client.host if request.client else "here"

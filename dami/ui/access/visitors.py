"""Tells who uses a browser on a locked server, by cookies that this server has signed.

Owners have signed in. Guests have joined a room with its code, and see only their projects in it.
"""

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from tempfile import NamedTemporaryFile
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from streamlit.web.server.server_util import AUTH_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

from dami.errors import DamiError
from dami.store.database import home
from dami.store.records import Participant
from dami.ui.access import locks

OWNER, GUEST = "dami_owner", "dami_guest"  # the cookies
DAYS = {OWNER: 30, GUEST: 7}
DAY = 86_400
MOST_ROOMS = 5  # the most rooms of one browser
KEY_FILE = "session.key"

_signed_out: set[str] = set()  # ids of cookies that have not expired: tabs with them are refused at the next click


@dataclass(frozen=True)
class Visitor:
    """What the cookies tell of a visitor; `projects` are the projects of a guest's rooms."""

    is_owner: bool = False
    email: str = ""
    projects: frozenset[str] = field(default_factory=frozenset)


def of_cookies(cookies: Mapping[str, str]) -> Visitor:
    """Return the visitor who has these cookies."""
    signed = _read(OWNER, cookies)
    if (
        locks.has_password()
        and isinstance(signed, dict)
        and signed.get("of") == _mark()
        and signed.get("id") not in _signed_out
    ):
        return Visitor(is_owner=True)
    email = login_of(cookies)
    if locks.may_enter(email):
        return Visitor(is_owner=True, email=email)
    return Visitor(projects=frozenset(project for _, project in _rooms(cookies)))


def login_of(cookies: Mapping[str, str]) -> str:
    """Return the address that a provider has confirmed, also if it may not enter; "" if there is none."""
    if AUTH_COOKIE_NAME not in cookies or not locks.providers():
        return ""
    with suppress(ValueError):
        said = json.loads(_get_signed_cookie_with_chunks(dict(cookies), AUTH_COOKIE_NAME) or b"{}")
        if said.get("is_logged_in") and said.get("email_verified") is not False:
            return str(said.get("email") or "")
    return ""


def owner_cookie() -> str:
    return _serializer(OWNER).dumps({"of": _mark(), "id": secrets.token_urlsafe(12)})


def guest_cookie(cookies: Mapping[str, str], joined: Participant) -> str:
    return _serializer(GUEST).dumps([[joined.id, joined.project], *_rooms(cookies)][:MOST_ROOMS])


def sign_out(cookies: Mapping[str, str]) -> None:
    """Make the owner's cookie invalid in this process; `sign_in.sign_out` also makes the browser drop it."""
    if signed := _read(OWNER, cookies):
        _signed_out.add(signed["id"])


def _rooms(cookies: Mapping[str, str]) -> list[list[str]]:
    return _read(GUEST, cookies) or []


def _read(name: str, cookies: Mapping[str, str]) -> Any:
    if name not in cookies:
        return None
    with suppress(BadData):
        return _serializer(name).loads(cookies[name], max_age=DAYS[name] * DAY)
    return None


def _mark() -> str:
    """Return a mark of the password; cookies that hold the mark of an earlier password are no longer valid."""
    password = os.environ.get("DAMI_PASSWORD_HASH") or os.environ.get("DAMI_PASSWORD") or ""
    return hmac.digest(_key().encode(), password.encode("utf-8", "surrogateescape"), "sha256").hex()


@cache
def _serializer(name: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_key(), salt=name)


@cache
def _key() -> str:
    """Return the key that signs the cookies. It is made once and kept in a file that only its owner can read."""
    path = home() / KEY_FILE
    try:
        if not path.exists():
            with NamedTemporaryFile("w", dir=path.parent) as file, suppress(FileExistsError):  # has mode 0600
                file.write(secrets.token_hex(32))
                file.flush()
                os.link(file.name, path)
        path.chmod(0o600)
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DamiError(f"{path} cannot be read or written: sessions are signed with it; check the folder.") from error
    if len(key) < 32:
        raise DamiError(f"{path} is damaged: delete it, start again, and everybody signs in once more.")
    return key

"""What a server is locked with: a password, or a provider of logins; and whom it lets in. Fixed while it runs.

Kept apart from all that is slow to import, for it is asked before the first page.
"""

import os
from collections.abc import Mapping
from functools import cache

from streamlit import auth_util


@cache
def is_locked() -> bool:
    """Whether nothing of this server is to be had without signing in."""
    return has_password() or bool(providers())


@cache
def has_password() -> bool:
    return bool(os.environ.get("DAMI_PASSWORD_HASH") or os.environ.get("DAMI_PASSWORD"))


@cache
def password_hash() -> str:
    """The hash of the password; "" where there is none."""
    from dami.workspace import passwords

    if kept := os.environ.get("DAMI_PASSWORD_HASH"):
        return kept
    password = os.environ.get("DAMI_PASSWORD")
    return passwords.hashed(password, shortest=1) if password else ""


@cache
def providers() -> tuple[str, ...]:
    """Names of the providers of ``[auth]`` in Streamlit's secrets.toml, "default" for one without a name."""
    section = auth_util.get_secrets_auth_section()
    named = (name for name, value in section.items() if isinstance(value, Mapping) and "client_id" in value)
    return (*(["default"] if "client_id" in section else []), *named)


def may_enter(email: str) -> bool:
    """Whether ``DAMI_USERS`` names this address, or its whole domain ("@example.org"); without it, nobody may."""
    allowed = {one.strip().casefold() for one in os.environ.get("DAMI_USERS", "").split(",") if one.strip()}
    name, at, domain = email.strip().casefold().rpartition("@")
    return bool(name and domain) and not {f"{name}{at}{domain}", f"@{domain}"}.isdisjoint(allowed)


def forget() -> None:
    """Ask anew what the server is locked with."""
    for asked in (is_locked, has_password, password_hash, providers):
        asked.cache_clear()

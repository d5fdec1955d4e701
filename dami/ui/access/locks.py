"""Reads how a server is locked: by a password or by login providers, and for which addresses. Both stay while it runs.

It imports nothing slow, because the server asks it before the first page.
"""

import os
from collections.abc import Mapping
from functools import cache

from streamlit import auth_util


@cache
def is_locked() -> bool:
    """Whether people have to sign in to use this server."""
    return has_password() or bool(providers())


@cache
def has_password() -> bool:
    return bool(os.environ.get("DAMI_PASSWORD_HASH") or os.environ.get("DAMI_PASSWORD"))


@cache
def password_hash() -> str:
    """Return the hash of the password; "" if there is no password."""
    from dami.workspace import passwords

    if kept := os.environ.get("DAMI_PASSWORD_HASH"):
        return kept
    password = os.environ.get("DAMI_PASSWORD")
    return passwords.hashed(password, shortest=1) if password else ""


@cache
def providers() -> tuple[str, ...]:
    """Return the names of the providers in ``[auth]`` of Streamlit's secrets.toml; one without a name is "default"."""
    section = auth_util.get_secrets_auth_section()
    named = (name for name, value in section.items() if isinstance(value, Mapping) and "client_id" in value)
    return (*(["default"] if "client_id" in section else []), *named)


def may_enter(email: str) -> bool:
    """Whether ``DAMI_USERS`` names this address or its domain ("@example.org"); nobody may enter if it is not set."""
    allowed = {one.strip().casefold() for one in os.environ.get("DAMI_USERS", "").split(",") if one.strip()}
    name, at, domain = email.strip().casefold().rpartition("@")
    return bool(name and domain) and not {f"{name}{at}{domain}", f"@{domain}"}.isdisjoint(allowed)


def forget() -> None:
    """Read again how the server is locked."""
    for asked in (is_locked, has_password, password_hash, providers):
        asked.cache_clear()

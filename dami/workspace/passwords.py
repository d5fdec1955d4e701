"""Passwords as they may be kept: salted and hashed with scrypt (RFC 7914), slow to guess from what is kept."""

import base64
import binascii
import hashlib
import hmac
import secrets

from dami.errors import DamiError

COST, BLOCK, LANES = 2**14, 8, 1  # 16 MB and some 50 ms for each guess
LENGTH = 32  # bytes
SHORTEST = 8  # characters
MOST_MEMORY = 2**26


def hashed(password: str, shortest: int = SHORTEST) -> str:
    """The line to keep in place of a password: ``scrypt:N:r:p:salt:hash``.

    Raises
    ------
    DamiError
        If the password has fewer than `shortest` characters.
    """
    if len(password) < shortest:
        raise DamiError(f"A password needs at least {shortest} characters.")
    salt = secrets.token_bytes(16)
    derived = _derived(password, salt, COST, BLOCK, LANES)
    return ":".join(["scrypt", str(COST), str(BLOCK), str(LANES), _text(salt), _text(derived)])


def matches(password: str, kept: str) -> bool:
    """Whether `kept` was made of this password.

    Raises
    ------
    DamiError
        If it is no line that `hashed` has written.
    """
    try:
        name, cost, block, lanes, salt, derived = kept.strip().split(":")
        if name != "scrypt":
            raise ValueError(name)
        expected = _bytes(derived)
        found = _derived(password, _bytes(salt), int(cost), int(block), int(lanes), len(expected))
    except (ValueError, OverflowError, binascii.Error):
        raise DamiError("DAMI_PASSWORD_HASH is damaged: make another with python -m dami password.") from None
    return bool(expected) and hmac.compare_digest(found, expected)


def _derived(password: str, salt: bytes, cost: int, block: int, lanes: int, length: int = LENGTH) -> bytes:
    given = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, n=cost, r=block, p=lanes, maxmem=MOST_MEMORY, dklen=length)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

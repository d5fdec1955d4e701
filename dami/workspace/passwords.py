"""Hashes passwords with a salt and Argon2id (RFC 9106), so that they are slow to guess from the stored line.

Lines that earlier versions made with scrypt (RFC 7914) are still valid.
"""

import base64
import hashlib
import hmac

from dami.errors import DamiError

SHORTEST = 8  # characters
MOST_MEMORY = 2**26  # bytes, for scrypt


def hashed(password: str, shortest: int = SHORTEST) -> str:
    """Return the line to store in place of a password: ``argon2id:v=19:m=65536,t=3,p=4:salt:hash``.

    Other programs write $ in place of each colon, but a shell would read $ as the start of a variable. Each guess
    costs 64 MB and three passes over them, which the RFC recommends where memory is short.

    Raises
    ------
    DamiError
        If the password has fewer than `shortest` characters.
    """
    from argon2 import PasswordHasher

    if len(password) < shortest:
        raise DamiError(f"A password needs at least {shortest} characters.")
    return PasswordHasher().hash(_encoded(password)).removeprefix("$").replace("$", ":")


def matches(password: str, kept: str) -> bool:
    """Return whether the line `kept` was made from this password.

    Raises
    ------
    DamiError
        If `kept` is no line that `hashed` has written, in this version or an earlier one.
    """
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError, VerifyMismatchError

    kept = kept.strip()
    try:
        if kept.startswith("scrypt:"):
            return _fits_scrypt(password, kept)
        return PasswordHasher().verify("$" + kept.removeprefix("$").replace(":", "$"), _encoded(password))
    except VerifyMismatchError:
        return False
    except (VerificationError, ValueError, OverflowError):
        raise DamiError("DAMI_PASSWORD_HASH is damaged: make another with python -m dami password.") from None


def _fits_scrypt(password: str, kept: str) -> bool:
    _, cost, block, lanes, salt, derived = kept.split(":")
    expected = _decoded(derived)
    found = hashlib.scrypt(
        _encoded(password),
        salt=_decoded(salt),
        n=int(cost),
        r=int(block),
        p=int(lanes),
        maxmem=MOST_MEMORY,
        dklen=len(expected),
    )
    return hmac.compare_digest(found, expected)


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

"""How often something may be tried: codes of rooms, passwords, coming in."""

from functools import cache
from typing import Any


@cache
def _limiter() -> Any:
    from limits.storage import MemoryStorage  # imported late: most sessions never need it
    from limits.strategies import MovingWindowRateLimiter

    return MovingWindowRateLimiter(MemoryStorage())


def within(rate: str, *key: str, count: bool = True) -> bool:
    """Whether one more of `rate` ("10 per minute") is allowed; counted, or just asked."""
    from limits import parse

    limit = parse(rate)
    return bool(_limiter().hit(limit, *key) if count else _limiter().test(limit, *key))


def forget() -> None:
    """Begin to count anew."""
    _limiter.cache_clear()

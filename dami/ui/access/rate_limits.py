"""Limits how often people may try codes of rooms and passwords, and how often they may join."""

from functools import cache
from typing import Any


@cache
def _limiter() -> Any:
    from limits.storage import MemoryStorage  # imported late: most sessions never need it
    from limits.strategies import MovingWindowRateLimiter

    return MovingWindowRateLimiter(MemoryStorage())


def within(rate: str, *key: str, count: bool = True) -> bool:
    """Whether `rate` ("10 per minute") allows one more try under `key`; `count` tells whether to count this try."""
    from limits import parse

    limit = parse(rate)
    return bool(_limiter().hit(limit, *key) if count else _limiter().test(limit, *key))


def forget() -> None:
    """Forget all counts."""
    _limiter.cache_clear()

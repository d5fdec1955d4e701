"""Runs coroutines in tests in another thread, because Playwright keeps a loop running in the main thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")
PATIENCE = 240  # seconds: machines that test are busy


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine with ``asyncio.run`` in a thread that has no loop yet, and return its result.

    Pytest's timeout cannot stop this thread, so the coroutine has a limit of its own, which ends before that.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(coroutine, PATIENCE)).result()

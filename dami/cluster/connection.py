"""Connects to a Dask cluster, and checks first that it answers, that it has workers, and that they run the same code.

Anybody who reaches a Dask scheduler can make it run any code, and the scheduler can do the same to anybody who
connects. Use a scheduler on the loopback interface, inside a computer network that you trust, or with TLS (`tls://`
addresses, see Dask's documentation).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from dami.errors import DamiError

if TYPE_CHECKING:
    from distributed import Client

SECONDS = 20  # to wait for the scheduler to answer, and for a worker to come
SAME = ("numpy", "pandas", "scikit-learn", "skrub", "torch")  # packages on whose version results may depend


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Yield a client of the scheduler at an address such as ``tcp://127.0.0.1:8786``.

    Raises
    ------
    DamiError
        If Dask is not installed, the scheduler does not answer, there are no workers, the scheduler or a worker cannot
        import dami or has other versions of the packages in `SAME`, or the connection or a worker is lost meanwhile.
    """
    try:
        from distributed import Client
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise DamiError("A cluster needs Dask, which is not installed: pip install dask distributed.") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # the errors below say the same
    try:
        client = Client(address, timeout=SECONDS)
    except (OSError, ValueError, TypeError) as error:
        raise DamiError(
            f"No Dask scheduler answers at {address}: start one with `dask scheduler`, and give the address that it "
            "prints, such as tcp://127.0.0.1:8786."
        ) from error
    try:
        _check_workers(client, address)
        yield client
    except (CommClosedError, FutureCancelledError, KilledWorker) as error:
        raise DamiError(
            f"The scheduler at {address} or a worker of it was lost (its log says why; often it had too little "
            "memory): start the same command again."
        ) from error
    finally:
        client.close()


def versions() -> dict[str, str]:
    """Return the versions of the packages in `SAME` that are installed where this runs."""
    return {name: version(name) for name in SAME}


def _check_workers(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError as error:
        raise DamiError(
            f"The scheduler at {address} has no worker that is free to work: start some with `dask worker {address}`, "
            "with more memory where those that it has are paused."
        ) from error
    try:
        found = {"scheduler": client.run_on_scheduler(versions)} | {
            f"worker {name}": have for name, have in client.run(versions).items()
        }
    except Exception as error:  # of whatever type: Dask passes on an ImportError as a mere Exception
        if not isinstance(error, ImportError) and "ModuleNotFoundError" not in str(error):
            raise
        raise DamiError(
            f"The scheduler at {address} or a worker of it cannot import dami: install the same version of it where "
            "they run."
        ) from error
    here = versions()
    for place, there in found.items():
        for name in SAME:
            if there[name] != here[name]:
                raise DamiError(
                    f"At {address} the {place} has {name} {there[name]}, but here it is {here[name]}: install the same "
                    "versions, or its numbers would differ."
                )

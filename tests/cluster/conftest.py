"""Clusters for these tests: two workers that are threads of this process, or one in a process of its own."""

from collections.abc import Iterator

import pytest
from distributed import LocalCluster

BY_TCP = {"threads_per_worker": 1, "host": "127.0.0.1", "protocol": "tcp://", "dashboard_address": None}


@pytest.fixture(scope="session")
def cluster() -> Iterator[LocalCluster]:
    """Two workers in threads of this process: they are reached by TCP like others, but share its imports."""
    with LocalCluster(n_workers=2, processes=False, **BY_TCP) as running:
        yield running


@pytest.fixture(scope="session")
def apart() -> Iterator[LocalCluster]:
    """One worker in a process of its own: what it knows has come to it from the client."""
    with LocalCluster(n_workers=1, **BY_TCP) as running:
        yield running

"""A data folder on a disk that fills up while somebody labels, and is cleared again."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from loops import run
from pad_client import PadClient
from servers import PATIENCE, Server

from dami.store import annotations, database, doctor
from dami.store.records import Project
from dami.workspace.projects import begin as workspace_projects

SIZE = 24  # MB


class OnSmallDisk(Server):
    """A server whose data folder is a small disk of its own: a tmpfs that only it and its workers see."""

    def __init__(self, home: Path, prepared: Path) -> None:
        self.prepared = prepared  # what lies on the disk at first
        super().__init__(home)

    def command(self) -> list[str]:
        mount = f'mount -t tmpfs -o size={SIZE}m tmpfs "$DAMI_HOME" && cp -r "$0"/. "$DAMI_HOME" && exec "$@"'
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(self.prepared), *super().command()]

    @property
    def disk(self) -> Path:
        """The folder as the server sees it."""
        return Path(f"/proc/{self.process.pid}/root{self.home}")


@pytest.fixture
def project(home: Path) -> Project:
    begun = workspace_projects.begin_demo("penguins")
    database.reset()
    return begun


@pytest.fixture
def server(home: Path, project: Project) -> Iterator[OnSmallDisk]:
    running = OnSmallDisk(home.with_name("small disk"), home)
    yield running
    running.stop()


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    assert os.statvfs(disk).f_bavail == 0
    return filler


def test_labels_wait_in_the_outbox_while_the_disk_is_full(
    server: OnSmallDisk, project: Project, monkeypatch: pytest.MonkeyPatch
):
    tab = PadClient(server.port, project.id, "tab")

    async def scene() -> None:
        for row in range(4):
            tab.press(row, row % 2)
        await tab.flush()
        filler = fill(server.disk)
        for row in range(4, 11):
            tab.press(row, row % 2)
        sending = asyncio.create_task(tab.flush())
        async with asyncio.timeout(PATIENCE):
            while not any("is full; nothing was stored" in text for text in tab.texts):
                await asyncio.sleep(0.05)
        assert tab.acked == 4 and not sending.done()
        filler.unlink()
        await sending
        told = len(tab.texts)
        tab.press(11, 1)
        await tab.flush()
        assert not any("is full" in text for text in tab.texts[told:])
        await tab.close()

    run(scene())
    copy = server.home.with_name("copy")
    shutil.copytree(server.disk, copy)
    monkeypatch.setenv("DAMI_HOME", str(copy))
    labels = annotations.labels(project.id)
    faults, examined = doctor.examine()
    database.reset()
    assert not faults and not any(one.faults for one in examined)
    assert labels == {row: row % 2 for row in range(12)}

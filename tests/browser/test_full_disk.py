"""A data folder on a disk that fills up while somebody labels, and is cleared again."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from servers import Server
from steps import WAIT, choose_demo, pad, press, wait_until_saved

from dami.store import annotations, database, doctor, projects

SIZE = 24  # MB


class OnSmallDisk(Server):
    """A server whose data folder is a small disk of its own: a tmpfs that only it and its workers see."""

    def command(self) -> list[str]:
        mount = f'mount -t tmpfs -o size={SIZE}m tmpfs "$DAMI_HOME" && exec "$@"'
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", *super().command()]

    @property
    def disk(self) -> Path:
        """The folder as the server sees it."""
        return Path(f"/proc/{self.process.pid}/root{self.home}")


@pytest.fixture
def server(home: Path) -> Iterator[OnSmallDisk]:
    running = OnSmallDisk(home)
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


def test_labels_wait_in_the_browser_while_the_disk_is_full(
    page: Page, server: OnSmallDisk, monkeypatch: pytest.MonkeyPatch
):
    choose_demo(page, "Penguins")
    seen = press(page, "1212", 150)
    wait_until_saved(page)
    filler = fill(server.disk)
    seen += press(page, "1221121", 150)
    expect(page.get_by_text("is full; nothing was stored")).to_be_visible(timeout=WAIT)
    expect(pad(page)).not_to_have_attribute("data-pending", "0")
    filler.unlink()
    wait_until_saved(page)
    expect(page.get_by_text("is full; nothing was stored")).to_have_count(0, timeout=WAIT)
    copy = server.home.parent / "copy"
    subprocess.run(["cp", "-r", server.disk, copy], check=True)
    monkeypatch.setenv("DAMI_HOME", str(copy))
    [project] = projects.listing()
    labels = annotations.labels(project.id)
    faults, examined = doctor.examine()
    database.reset()
    assert not faults and not any(one.faults for one in examined)
    assert len(seen) == 11 and labels == {row: int(key) - 1 for row, key in seen}

"""The files of downloads outlast what other tabs do."""

import time

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from dami.ui import downloads


def test_a_file_is_there_for_a_minute_however_often_pages_are_drawn(monkeypatch):
    monkeypatch.setattr(MediaFileManager, "remove_orphaned_files", MediaFileManager.remove_orphaned_files)
    now = 1e6
    monkeypatch.setattr(time, "monotonic", lambda: now)
    downloads.keep()
    storage = MemoryMediaFileStorage("/media")
    files = MediaFileManager(storage)
    button = files.add_deferred(lambda: b"row,label", "text/csv", "0.1", "labeled.csv")
    files.remove_orphaned_files()
    name = files.execute_deferred(button).rpartition("/")[2]
    for seconds in range(1, 119):
        now = 1e6 + seconds
        files.remove_orphaned_files()
        assert storage.get_file(name).content == b"row,label"
    now = 1e6 + 120
    files.remove_orphaned_files()
    with pytest.raises(MediaFileStorageError):
        storage.get_file(name)

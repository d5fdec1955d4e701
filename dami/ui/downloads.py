"""Keeps the files of downloads until browsers have fetched them."""

import time

from streamlit.runtime.media_file_manager import MediaFileManager

KEPT = 60.0  # seconds that a file is kept, at least


def keep() -> None:
    """Let the server look for files that no page shows once in a while, and not after each run of any tab.

    A file that is made when its button is pressed is on no page. Streamlit marks it at its first look and deletes it at
    the second: where thirty people label, that is within a moment, and the download fails.
    """
    delete = MediaFileManager.remove_orphaned_files
    looked = 0.0

    def delete_seldom(manager: MediaFileManager) -> None:
        nonlocal looked
        if time.monotonic() - looked >= KEPT:
            looked = time.monotonic()
            delete(manager)

    MediaFileManager.remove_orphaned_files = delete_seldom  # type: ignore[method-assign, assignment]

"""Takes the README's pictures from the real app: ``python docs/pictures.py``. It needs what the tests need."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import FLAGS, Server  # noqa: E402
from steps import WAIT, pad, practise, row_on_screen, wait_for_model, wait_until_saved  # noqa: E402


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        server = Server(Path(folder))
        try:
            page = browser.new_page(base_url=server.url, viewport={"width": 1400, "height": 900})
            practise(page, "Penguins")
            for step in range(25):
                row = row_on_screen(page)
                page.keyboard.press("s")
                if step in (9, 19):
                    wait_for_model(page, (step + 1) // 10)
                else:
                    expect(pad(page)).not_to_have_attribute("data-row", str(row), timeout=WAIT)
            wait_until_saved(page)
            expect(page.get_by_text("UMAP of the local models of network 2")).to_be_visible(timeout=WAIT)
            page.wait_for_timeout(2000)
            page.screenshot(path=ROOT / "docs" / "label.png")
        finally:
            server.stop()
            browser.close()


if __name__ == "__main__":
    main()

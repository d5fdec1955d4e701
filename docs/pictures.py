"""Takes the README's pictures from the real app: ``python docs/pictures.py``. It needs what the tests need."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsers import launched  # noqa: E402
from servers import Server  # noqa: E402
from steps import WAIT, open_page, pad, practise, row_on_screen, wait_for_model, wait_until_saved  # noqa: E402

SETTLED = 2500  # milliseconds until nothing moves any more


def label(page: Page) -> None:
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


def explore(page: Page) -> None:
    open_page(page, "Explore")
    page.get_by_text("Show the model's guesses").click(timeout=WAIT)
    expect(page.get_by_text("In this row's region the network is exactly this linear model")).to_be_visible(
        timeout=WAIT
    )


def compare(page: Page) -> None:
    practise(page, "German credit")
    open_page(page, "Compare")
    page.get_by_role("button", name="Compare").click(timeout=WAIT)
    expect(page.get_by_text("Compared").first).to_be_visible(timeout=20 * WAIT)
    page.mouse.move(1000, 880)


def learn(page: Page) -> None:
    page.goto("/learn?step=3&data=moons&seed=1&at=400")
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=WAIT)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launched(playwright)
        server = Server(Path(folder))
        try:
            page = browser.new_page(base_url=server.url, viewport={"width": 1400, "height": 900})
            for show in (label, explore, compare, learn):
                show(page)
                page.wait_for_timeout(SETTLED)
                page.screenshot(path=ROOT / "docs" / f"{show.__name__}.png")
        finally:
            server.stop()
            browser.close()


if __name__ == "__main__":
    main()

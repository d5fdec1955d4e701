"""Files that are no tables: a sentence on the page, the open project kept, nothing on the console."""

from pathlib import Path

from playwright.sync_api import Page, expect
from steps import WAIT, open_page, practise, row_on_screen

PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de") + bytes(range(256)) * 8


def test_bad_files_are_refused_in_words_and_the_project_stays(page: Page, tmp_path: Path):
    (tmp_path / "holiday.csv").write_bytes(PICTURE)
    (tmp_path / "large.csv").write_text("a,b\n" + "1,2\n" * 400_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    practise(page, "wine")
    row = row_on_screen(page)
    open_page(page, "Data")
    refused(page, tmp_path / "holiday.csv", "holiday.csv")
    refused(page, tmp_path / "large.csv", "1.0MB or smaller")
    open_page(page, "Label")
    assert row_on_screen(page) == row
    assert errors == []


def refused(page: Page, path: Path, words: str) -> None:
    page.get_by_role("tab", name="Upload").click()
    page.locator("input[type=file]").first.set_input_files(path)
    if words == path.name:
        expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible(timeout=WAIT)
    else:
        expect(page.get_by_text(words).first).to_be_visible(timeout=WAIT)

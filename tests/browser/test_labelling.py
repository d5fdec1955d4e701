"""Labelling as a person does it: upload, a round, the guess, a note, undo and redo after a reload, a download."""

import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect
from servers import Server
from steps import WAIT, download, open_page, pad, row_on_screen, upload, wait_for_model, wait_until_saved

from dami.store import annotations, database, projects
from dami.tables.demos import load_demo

NAMES = ["bad", "good"]


def label(page: Page, truth: list[str], n: int) -> list[int]:
    """Label n rows rightly by key, one after the other; the rows."""
    rows = []
    for _ in range(n):
        row = row_on_screen(page)
        page.keyboard.press(str(NAMES.index(truth[row]) + 1))
        expect(pad(page)).not_to_have_attribute("data-row", str(row), timeout=WAIT)
        rows.append(row)
    return rows


def stored() -> dict[int, int]:
    [project] = projects.listing()
    labels = annotations.labels(project.id)
    database.reset()
    return labels


def test_a_table_is_labelled_and_taken_along(page: Page, server: Server, tmp_path: Path):
    """Audits, classes, colours and appended rows: tests/pages; a lasso as one: test_exploring.py."""
    frame = load_demo("german")[:300]
    frame.insert(0, "customer", [f"C{k:04d}" for k in range(len(frame))])
    truth = frame["label"].astype(str).tolist()
    frame = frame.drop(columns="label")
    frame.to_csv(tmp_path / "german.csv", index=False)
    upload(page, tmp_path / "german.csv")
    page.get_by_text("Not in the table: I name them").click()
    box = page.get_by_role("textbox", name="Classes", exact=True)
    box.fill(", ".join(NAMES))
    box.press("Tab")
    expect(page.get_by_text("Guidelines")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Start labelling").click()

    # A round; the guess, only when asked for; a note.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/guess?" in request.url else None)
    given = label(page, truth, 10)
    wait_for_model(page, 1)
    assert asked == []
    page.keyboard.press("q")
    expect(page.locator(".dami-pad .guess")).to_contain_text(re.compile("bad|good"), timeout=WAIT)
    assert len(asked) == 1
    noted = row_on_screen(page)
    page.keyboard.press("w")
    page.keyboard.type("ask <b>Ada</b>")
    page.keyboard.press("Enter")
    wait_until_saved(page)

    # Undo after a reload, and all of it again.
    page.reload()
    row_on_screen(page)
    for _ in range(4):  # the note and three labels
        page.keyboard.press("z")
    wait_until_saved(page)
    assert stored() == {row: NAMES.index(truth[row]) for row in given[:7]}
    for _ in range(4):
        page.keyboard.press("Shift+Z")
    wait_until_saved(page)
    expected = {row: NAMES.index(truth[row]) for row in given}
    assert stored() == expected

    open_page(page, "Export")
    table = pd.read_csv(download(page, "Table as CSV", tmp_path), dtype=str)
    assert table["customer"].tolist() == frame["customer"].tolist()
    human = table[table["label_source"] == "human"]
    assert {int(row): NAMES.index(name) for row, name in human["label"].items()} == expected
    assert table["note"][noted] == "ask <b>Ada</b>"

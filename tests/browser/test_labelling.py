"""Labelling at length, as a person does it: the guess, notes, undo and redo over a reload, audit, classes, Explore."""

import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Browser, Page, expect
from servers import Server
from steps import (
    WAIT,
    download,
    newer_file,
    open_page,
    pad,
    row_on_screen,
    until,
    upload,
    wait_for_model,
    wait_for_workers,
    wait_until_saved,
)

from dami.store import annotations, audits, database, projects
from dami.tables.demos import load_demo

NAMES = ["bad", "good"]


def german() -> pd.DataFrame:
    frame = load_demo("german")[:400]
    frame.insert(0, "customer", [f"C{k:04d}" for k in range(len(frame))])
    return frame


def without_time(entry: str) -> str:
    """A line of the list of answers without how long ago it was given."""
    return entry.rsplit("\n", 1)[0]


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


def test_a_table_is_labelled_checked_and_grown(page: Page, server: Server, browser: Browser, tmp_path: Path):
    frame = german()
    truth = [NAMES[int(value == "good")] for value in frame["label"].astype(str)]
    assert {"good", "bad"} <= set(frame["label"].astype(str)) or frame["label"].nunique() == 2
    first = frame.drop(columns="label").iloc[:300]
    first.to_csv(tmp_path / "german.csv", index=False)
    upload(page, tmp_path / "german.csv")
    page.get_by_text("Not in the table: I name them").click()
    box = page.get_by_role("textbox", name="Classes", exact=True)
    box.fill(", ".join(NAMES))
    box.press("Tab")
    expect(page.get_by_text("Guidelines")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Start labelling").click()

    # Two rounds; a note; the guess, only when asked for.
    rows = label(page, truth, 10)
    wait_for_model(page, 1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/guess" in request.url else None)
    rows += label(page, truth, 10)
    wait_for_model(page, 2)
    assert asked == []
    page.keyboard.press("q")
    expect(page.locator(".dami-pad .guess")).to_contain_text(re.compile("bad|good"), timeout=WAIT)
    assert len(asked) == 1
    noted = row_on_screen(page)
    page.keyboard.press("w")
    page.keyboard.type("ask <b>Ada</b>")
    page.keyboard.press("Enter")
    wait_until_saved(page)
    expect(page.get_by_text(re.compile(r"The last round changed [\d,]+ of 300 predictions"))).to_be_visible(
        timeout=WAIT
    )

    # Undo to the beginning after a reload, and all of it again.
    page.reload()
    row_on_screen(page)
    for _ in range(21):
        page.keyboard.press("z")
    wait_until_saved(page)
    assert stored() == {}
    for _ in range(21):
        page.keyboard.press("Shift+Z")
    wait_until_saved(page)
    assert stored() == {row: NAMES.index(truth[row]) for row in rows}

    # An audit: its rows are asked first, and the network does not learn from them.
    wait_for_workers(page)  # a network that has just learnt draws the panel anew, and a button replaced takes no click
    page.reload()
    row_on_screen(page)
    page.get_by_text("Why, and how to know better").click()
    size = page.get_by_role("spinbutton", name="Rows in the audit")
    size.fill("6")
    size.press("Enter")
    page.get_by_role("button", name="Draw an audit").click()
    expect(page.get_by_text("Audit: 0 of 6 rows judged")).to_be_visible(timeout=WAIT)
    answered = 0
    while pad(page).get_by_text("Audit ·").count() or answered < 3:
        label(page, truth, 1)
        answered += 1
        assert answered < 12
    expect(page.get_by_text("Audit: the network is right on")).to_be_visible(timeout=WAIT)
    [project] = projects.listing()
    held = audits.open_audit(project.id)
    assert held is not None and set(held.rows) <= set(annotations.labels(project.id))
    database.reset()
    page.get_by_role("button", name="Release the rows").click()
    expect(page.get_by_text("Audit: the network is right on")).to_be_hidden(timeout=WAIT)

    # Another class, at once on the pad.
    page.get_by_role("button", name="Edit classes").click()
    page.get_by_role("textbox", name="New class").fill("unclear")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("Name of unclear")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog")).to_be_hidden(timeout=WAIT)
    expect(pad(page).get_by_role("button", name="unclear")).to_be_visible(timeout=WAIT)
    wait_until_saved(page)
    before = stored()
    entries = pad(page).locator(".entries li")
    listed = [without_time(entry) for entry in entries.all_inner_texts()]
    assert listed

    # Explore: a cell, labelled as one, undone as one.
    open_page(page, "Explore")
    page.get_by_text("Cell", exact=True).click()
    expect(page.get_by_text("rows nearest to row")).to_be_visible(timeout=WAIT)
    choice = page.get_by_role("combobox", name=re.compile("Class for all"))
    choice.click()
    choice.fill("unclear")
    choice.press("Enter")
    page.get_by_role("button", name=re.compile(r"^Label \d+ rows?$")).click(timeout=WAIT)
    expect(page.get_by_text(re.compile(r"Last: unclear, (row \d+|\d+ rows together)"))).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Undo").click()  # the network that learns from so many labels draws the page anew
    until(page, lambda: stored() == before)

    # More rows later, in another order: every label stays on its row.
    later = frame.drop(columns="label").sample(frac=1, random_state=0).assign(owner="*Ann*")
    later.to_excel(tmp_path / "later.xlsx", index=False)
    later.assign(customer="C1").to_csv(tmp_path / "broken.csv", index=False, encoding="utf-16")
    open_page(page, "Data")
    page.get_by_text("Add rows to german from a newer file").click()
    file = newer_file(page)
    file.set_input_files(tmp_path / "broken.csv")
    expect(page.get_by_role("alert").filter(has_text="has the value “C1” twice")).to_be_visible(timeout=WAIT)
    file.set_input_files(tmp_path / "later.xlsx")
    expect(page.get_by_text("100 rows would be added to the 300 that there are.")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("Left out, since the table does not have it: “owner”.")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Add 100 rows").click()
    expect(page.get_by_text("100 rows were added to german.")).to_be_visible(timeout=WAIT)
    open_page(page, "Label")
    row_on_screen(page)
    assert [without_time(entry) for entry in entries.all_inner_texts()] == listed
    [last] = label(page, truth, 1)
    before[last] = NAMES.index(truth[last])
    wait_until_saved(page)
    expect(entries).to_have_count(len(listed) + 1, timeout=WAIT)
    open_page(page, "Export")
    table = pd.read_csv(download(page, "Table as CSV", tmp_path), dtype=str)
    assert len(table) == 400 and table["customer"][:300].tolist() == first["customer"].tolist()
    human = table[table["label_source"] == "human"]
    assert {int(row): name for row, name in human["label"].items()} == {
        row: NAMES[class_id] for row, class_id in before.items()
    }
    assert table["note"][noted] == "ask <b>Ada</b>"

"""A workshop from the code to the export: a teacher and one person in browsers, and two more who speak as these do."""

import re
import zipfile
from collections import Counter
from pathlib import Path

import pandas as pd
from loops import run
from pad_client import PadClient
from playwright.sync_api import Page, expect
from servers import Server
from steps import WAIT, pad, press, row_on_screen, until, wait_until_saved

from dami.store import database, rooms
from dami.workspace.workshop import class_progress, room_lifecycle

NAMES = ["Ada *and* :material/home:", "<b>Bo</b>", "Cy"]
ELSEWHERE = {"X-Forwarded-For": "10.0.0.1"}  # on another machine: a proxy says so


def open_room(page: Page, sharing: str, overlap: int = 1) -> str:
    page.goto("/workshop")
    page.get_by_text(sharing).click(timeout=WAIT)
    if overlap > 1:
        field = page.get_by_role("spinbutton", name="People for each row")
        field.fill(str(overlap))
        field.press("Enter")
    page.get_by_role("button", name="Open the room").click()
    code = page.locator(".st-key-room_code h1")
    expect(code).to_have_text(re.compile("^[A-Z2-9]{6}$"), timeout=WAIT)
    return code.inner_text()


def come_in(page: Page, code: str, name: str) -> None:
    page.goto(f"/join?room={code}")
    expect(page.get_by_role("textbox", name="Code of the room")).to_have_value(code, timeout=WAIT)
    field = page.get_by_role("textbox", name="What you want to be called")
    field.fill(name)
    field.press("Enter")


def metric(page: Page, label: str) -> str:
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").first.inner_text()


async def label_in_turn(tabs: list[PadClient]) -> None:
    """Let each label three rows that it is handed, as the class of its number."""
    for _ in range(3):
        for class_id, tab in enumerate(tabs, 1):
            await tab.open()
            tab.press(tab.queue[0], class_id)
            await tab.flush()
    for tab in tabs:
        await tab.close()


async def door(server: Server) -> PadClient:
    """What somebody finds who comes to Data from another machine."""
    tab = PadClient(server.port, "", "a stranger's tab", headers=ELSEWHERE)
    await tab.visit("data", "Join a room")
    await tab.close()
    return tab


def test_three_people_label_one_table_and_the_teacher_settles(page: Page, server: Server, tmp_path: Path):
    code = open_room(page, "All label one table", overlap=2)
    stranger = run(door(server))
    assert stranger.pages == {"join", "learn"}
    ada = page.context.new_page()
    ada.set_extra_http_headers(ELSEWHERE)
    come_in(ada, code, NAMES[0])
    row_on_screen(ada)
    expect(ada.get_by_text(f"You are {NAMES[0]}: label the rows that you are handed")).to_be_visible()
    expect(ada.get_by_test_id("stTopNavLink")).to_have_text([re.compile("Join$"), re.compile("Learn$")])

    # Each presses one class throughout: every row that two people had is in dispute.
    [room] = rooms.listing()
    joined = [room_lifecycle.join(room, name) for name in NAMES[1:]]
    run(
        label_in_turn([PadClient(server.port, room.project, one.nickname, one.id, headers=ELSEWHERE) for one in joined])
    )
    for _ in range(3):
        row = row_on_screen(ada)
        press(ada, "1", 0)
        expect(pad(ada)).not_to_have_attribute("data-row", str(row), timeout=WAIT)
    wait_until_saved(ada)
    said = class_progress.answered(room)
    database.reset()
    assert {name: set(given.values()) for name, given in said.by_person.items()} == {
        n: {k} for k, n in enumerate(NAMES)
    }
    assert [len(given) for given in said.by_person.values()] == [3, 3, 3]
    assert max(Counter(row for given in said.by_person.values() for row in given).values()) == 2

    until(page, lambda: (metric(page, "People"), metric(page, "Labels")) == ("3", "9"))
    splits = class_progress.disagreements(said)
    assert splits
    expect(page.get_by_text(f"{len(splits)} rows in dispute.")).to_be_visible(timeout=WAIT)
    expect(page.locator(f".st-key-split_{splits[0].row}")).to_contain_text(
        NAMES[1] if 1 in splits[0].votes else NAMES[0]
    )
    page.locator(f".st-key-split_{splits[0].row}").get_by_role("button", name="Gentoo").click()
    expect(page.get_by_text(f"{len(splits) - 1} rows in dispute. 1 settled.")).to_be_visible(timeout=WAIT)

    page.get_by_role("button", name="Close the room").click()
    expect(ada.get_by_text("The room is closed. Thank you")).to_be_visible(timeout=WAIT)
    expect(ada.get_by_role("button", name="Undo")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export all").click()
    download.value.save_as(tmp_path / "room.zip")
    with zipfile.ZipFile(tmp_path / "room.zip") as packed, packed.open("labels.csv") as file:
        table = pd.read_csv(file)
    assert table.loc[splits[0].row, "label"] == table.loc[splits[0].row, "settled"] == "Gentoo"
    assert [int(table[f"by {name}"].notna().sum()) for name in NAMES] == [3, 3, 3]

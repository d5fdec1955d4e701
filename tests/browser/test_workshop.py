"""A workshop as a teacher and three people with browsers of their own have it, from the code to the export."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect
from servers import Server
from steps import WAIT, pad, press, row_on_screen, until, wait_until_saved

from dami.store import database, rooms
from dami.workspace.workshop import class_progress

NAMES = ["Ada", "<b>Bo</b>", "Cy *and* :material/home:"]


@pytest.fixture
def people(server: Server, browser: Browser) -> Iterator[list[Page]]:
    """Three tabs on other machines: a proxy says so."""
    with ExitStack() as stack:
        contexts = [
            stack.enter_context(
                browser.new_context(
                    base_url=server.url,
                    viewport={"width": 1000, "height": 800},
                    extra_http_headers={"X-Forwarded-For": f"10.0.0.{k + 1}"},
                )
            )
            for k in range(3)
        ]
        yield [context.new_page() for context in contexts]


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


def test_three_people_label_one_table_and_the_teacher_settles(page: Page, people: list[Page], tmp_path: Path):
    code = open_room(page, "All label one table", overlap=2)
    ada = people[0]

    # The door: what is elsewhere stays closed, a wrong code and a taken name are told.
    ada.goto("/data")
    expect(ada.get_by_role("heading", name="Join a room")).to_be_visible(timeout=WAIT)
    expect(ada.get_by_test_id("stTopNavLink")).to_have_text([re.compile("Join$"), re.compile("Learn$")], timeout=WAIT)
    come_in(ada, "AAAAAA", "Ada")
    expect(ada.get_by_text("No room has this code")).to_be_visible(timeout=WAIT)
    for tab, name in zip(people, NAMES, strict=True):
        come_in(tab, code, name)
        row_on_screen(tab)
        expect(tab.get_by_text(f"You are {name}: label the rows that you are handed")).to_be_visible()

    # Each presses one class throughout: every row that two people had is in dispute.
    for _ in range(3):
        for k, tab in enumerate(people):
            row_on_screen(tab)
            [(before, _)] = press(tab, str(k + 1), 0)
            expect(pad(tab)).not_to_have_attribute("data-row", str(before), timeout=WAIT)
    for tab in people:
        wait_until_saved(tab)
    [room] = rooms.listing()
    said = class_progress.answered(room)
    database.reset()
    assert {name: set(given.values()) for name, given in said.by_person.items()} == {
        n: {k} for k, n in enumerate(NAMES)
    }
    assert [len(given) for given in said.by_person.values()] == [3, 3, 3]
    assert max(Counter(row for given in said.by_person.values() for row in given).values()) == 2

    # A reload, and an address without its key, find the same person again.
    ada.reload()
    row_on_screen(ada)
    expect(ada.get_by_text("You are Ada")).to_be_visible()

    until(page, lambda: (metric(page, "People"), metric(page, "Labels")) == ("3", "9"))
    splits = class_progress.disagreements(said)
    assert splits
    expect(page.get_by_text(f"{len(splits)} rows in dispute.")).to_be_visible(timeout=WAIT)
    expect(page.locator(f".st-key-split_{splits[0].row}")).to_contain_text(
        "<b>Bo</b>" if 1 in splits[0].votes else "Ada"
    )
    page.locator(f".st-key-split_{splits[0].row}").get_by_role("button", name="Gentoo").click()
    expect(page.get_by_text(f"{len(splits) - 1} rows in dispute. 1 settled.")).to_be_visible(timeout=WAIT)

    page.get_by_role("button", name="Close the room").click()
    for tab in people:
        expect(tab.get_by_text("The room is closed. Thank you")).to_be_visible(timeout=WAIT)
        expect(tab.get_by_role("button", name="Undo")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export all").click()
    download.value.save_as(tmp_path / "room.zip")
    with zipfile.ZipFile(tmp_path / "room.zip") as packed, packed.open("labels.csv") as file:
        table = pd.read_csv(file)
    assert table.loc[splits[0].row, "label"] == table.loc[splits[0].row, "settled"] == "Gentoo"
    assert [int(table[f"by {name}"].notna().sum()) for name in NAMES] == [3, 3, 3]

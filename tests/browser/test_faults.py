"""Reload, a killed server, a second tab: no label is lost, none is stored twice, none lands on another row."""

import time

import pytest
from loops import run
from pad_client import PadClient
from playwright.sync_api import Browser, Page, expect
from servers import PATIENCE, Server
from steps import WAIT, begin, pad, press, project_of, row_on_screen, wait_until_saved

from dami.store import annotations, database, projects
from dami.tables.demos import load_demo
from dami.workspace.annotating import corrections

CLASS = {"1": 0, "2": 1}


@pytest.fixture
def labeling(page: Page) -> Page:
    """A page on which titanic is being labelled."""
    begin(page, load_demo("titanic")[:100].assign(label=None), "lost, saved")
    return page


def stored() -> list[tuple[int, int | None]]:
    """Row and class of every event, in the order of the log."""
    [project] = projects.listing()
    events = [(event.row, event.class_id) for event in annotations.events(project.id)]
    database.reset()
    return events


def expected(seen: list[tuple[int, str]]) -> list[tuple[int, int]]:
    return [(row, CLASS[key]) for row, key in seen]


def test_a_reload_in_the_middle_of_a_burst_loses_nothing(labeling: Page):
    seen = press(labeling, "1212121212", 40)
    labeling.reload()
    row_on_screen(labeling)
    wait_until_saved(labeling)
    seen += press(labeling, "2121", 40)
    wait_until_saved(labeling)
    assert stored() == expected(seen)


def test_a_killed_server_gets_everything_once_it_is_back(labeling: Page, server: Server):
    seen = press(labeling, "12121212", 40)
    server.kill()
    seen += press(labeling, "11221122", 100)
    expect(labeling.get_by_text("Connection lost; what you do is kept in this browser")).to_be_visible(timeout=WAIT)
    assert int(labeling.locator(".dami-pad").get_attribute("data-pending") or 0) >= 8
    server.start()
    wait_until_saved(labeling)
    assert stored() == expected(seen)


def test_a_tab_closed_while_the_server_is_away_is_heard_from_the_next_tab_and_undone_from_another_browser(
    labeling: Page, browser: Browser, server: Server
):
    address = labeling.url
    seen = press(labeling, "1212", 60)
    wait_until_saved(labeling)
    server.kill()
    seen += press(labeling, "2211", 60)
    context = labeling.context
    labeling.close()
    server.start()
    later = context.new_page()
    later.goto(address)
    row_on_screen(later)
    later.wait_for_function(
        """() => Object.keys(localStorage).filter((key) => key.startsWith("dami-outbox"))
            .every((key) => !JSON.parse(localStorage[key]).items?.length)""",
        timeout=WAIT,
    )
    assert stored() == expected(seen)

    # A browser that knows nothing but the address resumes, and undoes what was labelled before the server went away.
    later.close()
    with browser.new_context(base_url=server.url) as elsewhere:
        page = elsewhere.new_page()
        page.goto(address)
        assert row_on_screen(page) not in {row for row, _ in seen}
        for row, _ in reversed(seen[2:]):
            page.keyboard.press("z")
            expect(pad(page)).to_have_attribute("data-row", str(row))
        wait_until_saved(page)
    [project] = projects.listing()
    assert annotations.labels(project.id) == dict(expected(seen[:2]))
    database.reset()


def test_two_tabs_label_the_same_project(labeling: Page):
    """Both may have the same row on screen: it stays there, both answers are kept, and the later one counts."""
    other = labeling.context.new_page()
    other.goto(labeling.url)
    row_on_screen(other)
    seen = press(labeling, "111", 60)
    wait_until_saved(labeling)
    seen_there = press(other, "222", 60)
    wait_until_saved(other)
    events = stored()
    assert len(events) == 6
    assert set(events) == set(expected(seen + seen_there))


def test_no_click_is_lost_to_news_that_come_with_it(server: Server):
    """A message for the whole page would end the run that the click has begun, and with it the click's callback."""
    project = project_of(load_demo("titanic")[:60].assign(label=None), "lost, saved")
    for row in range(6):
        corrections.label_rows(project, [row], row % 2)

    async def undo_all() -> None:
        tab = PadClient(server.port, project.id, "tab", page="explore")
        await tab.open()
        for left in reversed(range(6)):
            await tab.click_as_news_come("Undo")
            deadline = time.monotonic() + PATIENCE
            last = f"row {left - 1}" if left else ""
            while len(annotations.current(project.id)) > left or not tab.told[-1].endswith(last):
                assert time.monotonic() < deadline, f"a click was lost: {tab.told[-1]}"
                await tab.changed("more")  # draws the button of the next answer

    run(undo_all())

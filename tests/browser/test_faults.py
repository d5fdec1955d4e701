"""Reload, a killed server, a second tab: no label is lost, none is stored twice, none lands on another row."""

import time

from loops import run
from pad_client import PadClient
from playwright.sync_api import Page, expect
from servers import PATIENCE, Server
from steps import WAIT, begin, pad, press, project_of, row_on_screen, wait_until_saved

from dami.store import annotations, database, projects
from dami.tables.demos import load_demo
from dami.workspace.annotating import corrections

CLASS = {"1": 0, "2": 1}


def stored() -> list[tuple[int, int | None]]:
    """Row and class of every event, in the order of the log."""
    [project] = projects.listing()
    events = [(event.row, event.class_id) for event in annotations.events(project.id)]
    database.reset()
    return events


def expected(seen: list[tuple[int, str]]) -> list[tuple[int, int]]:
    return [(row, CLASS[key]) for row, key in seen]


def test_what_is_pressed_is_stored_whatever_becomes_of_pages_and_server(page: Page, server: Server):
    begin(page, load_demo("titanic")[:60].assign(label=None), "lost, saved")

    # A reload in the middle of a burst.
    seen = press(page, "121212", 40)
    page.reload()
    row_on_screen(page)
    wait_until_saved(page)
    assert stored() == expected(seen)

    # Two tabs: both may have the same row on screen. It stays there, both answers are kept, and the later one counts.
    other = page.context.new_page()
    other.goto(page.url)
    row_on_screen(other)
    seen += press(page, "11", 60)
    wait_until_saved(page)
    seen_there = press(other, "22", 60)
    wait_until_saved(other)
    assert stored() == expected(seen + seen_there)

    # The server is killed; one tab waits for it and then sends on what the other had, which is closed.
    server.kill()
    here = press(page, "1111", 100)
    there = press(other, "222", 60)
    expect(page.get_by_text("Connection lost; what you do is kept in this browser")).to_be_visible(timeout=WAIT)
    assert int(pad(page).get_attribute("data-pending") or 0) >= 4
    other.close()
    server.start()
    wait_until_saved(page)
    page.wait_for_function(
        """() => Object.keys(localStorage).filter((key) => key.startsWith("dami-outbox"))
            .every((key) => !JSON.parse(localStorage[key]).items?.length)""",
        timeout=WAIT,
    )
    events = stored()
    late = events[len(seen + seen_there) :]
    assert [event for event in late if event[1] == CLASS["1"]] == expected(here)
    assert [event for event in late if event[1] == CLASS["2"]] == expected(there)

    # A browser that knows nothing but the address resumes, and undoes what others gave.
    page.evaluate("localStorage.clear(), sessionStorage.clear()")
    page.reload()
    assert row_on_screen(page) not in {row for row, _ in events}
    for row, _ in reversed(events[-2:]):
        page.keyboard.press("z")
        expect(pad(page)).to_have_attribute("data-row", str(row))
    wait_until_saved(page)
    [project] = projects.listing()
    assert annotations.labels(project.id) == dict(events[:-2])
    database.reset()


def test_no_click_is_lost_to_news_that_come_with_it(server: Server):
    """A message for the whole page would end the run that the click has begun, and with it the click's callback."""
    project = project_of(load_demo("titanic")[:60].assign(label=None), "lost, saved")
    for row in range(6):
        corrections.label_rows(project, [row], row % 2)

    def said(tab: PadClient) -> str:
        return [text for text in tab.texts if text.startswith("Last: ")][-1]

    async def undo_all() -> None:
        tab = PadClient(server.port, project.id, "tab", page="explore")
        await tab.open()
        for left in reversed(range(6)):
            await tab.click_as_news_come("Undo")
            deadline = time.monotonic() + PATIENCE
            last = f"row {left - 1}" if left else ""
            while len(annotations.current(project.id)) > left or not said(tab).endswith(last):
                assert time.monotonic() < deadline, f"a click was lost: {said(tab)}"
                await tab.changed("more")  # draws the button of the next answer

    run(undo_all())

"""Does what a person does in the app: functions of a Playwright page."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from playwright.sync_api import Locator, Page, expect

from dami.store import database, jobs
from dami.store.records import Project
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects.stored_tables import stored

WAIT = 60_000  # milliseconds: machines that test are busy
NUMBER = re.compile(r"^\d+$")


def pad(page: Page) -> Locator:
    return page.locator(".dami-pad")


def row_on_screen(page: Page, timeout: float = WAIT) -> int:
    """Wait until the pad shows a row, and return its number."""
    expect(pad(page)).to_have_attribute("data-row", NUMBER, timeout=timeout)
    return int(pad(page).get_attribute("data-row") or -1)


def wait_until_saved(page: Page) -> None:
    expect(pad(page)).to_have_attribute("data-pending", "0", timeout=WAIT)
    expect(pad(page).get_by_text("All saved")).to_be_visible(timeout=WAIT)


def wait_for_model(page: Page, number: int, timeout: float = WAIT) -> None:
    """Wait until the pad asks for rows that this network or a later one has chosen."""
    page.wait_for_function(
        "number => Number(document.querySelector('.dami-pad')?.dataset.model || -1) >= number",
        arg=number,
        timeout=timeout,
    )


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until a condition holds that no element on the page shows."""
    deadline = time.monotonic() + WAIT / 1000
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def wait_for_workers(page: Page) -> None:
    """Wait until the workers are idle: nothing new draws again what a page opened from now on shows."""

    def idle() -> bool:
        active = jobs.active()
        database.reset()
        return not active

    until(page, idle)


def wait_for_script(page: Page) -> None:
    """Wait until the page is drawn to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=WAIT)


def still(page: Page) -> None:
    """Wait until the map has not changed for 800 ms, in which the page had time to draw."""
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.evaluate(
        """async () => {
            const look = () => document.querySelector(".js-plotly-plot")?.innerHTML;
            for (let before = look(), equal = 0; equal < 8; ) {
                await new Promise((resume) => requestAnimationFrame(() => setTimeout(resume, 100)));
                const now = look();
                [before, equal] = [now, now === before ? equal + 1 : 0];
            }
        }"""
    )


def press(page: Page, keys: str, pause: float) -> list[tuple[int, str]]:
    """Press keys, `pause` milliseconds apart; return for each press the row on screen and the key."""
    script = """async ([keys, pause]) => {
        const pad = document.querySelector(".dami-pad"), seen = [];
        for (const key of keys) {
            seen.push([Number(pad.dataset.row), key]);
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            await new Promise((resume) => setTimeout(resume, pause));
        }
        return seen;
    }"""
    return [(row, key) for row, key in page.evaluate(script, [list(keys), pause])]


def practise(page: Page, demo: str) -> None:
    """Open a demo in Practise, for tests of what comes after its choice on Data."""
    open_project(page, workspace_projects.begin_demo(demo))
    row_on_screen(page)


def choose_demo(page: Page, title: str) -> None:
    """Choose a demo for Practise on Data."""
    page.goto("/")
    card = page.get_by_test_id("stColumn").filter(has=page.get_by_text(title, exact=True))
    card.get_by_role("button", name="Practise").click()
    row_on_screen(page)


def begin(page: Page, frame: pd.DataFrame, classes: str = "", name: str = "A table") -> None:
    """Open a table on the pad, for tests of what comes after the upload."""
    open_project(page, project_of(frame, classes, name))
    row_on_screen(page)


def project_of(frame: pd.DataFrame, classes: str = "", name: str = "A table") -> Project:
    """Make a project of a table, its target in `label`, with these classes and those that it has."""
    drafts = [workspace_projects.ClassDraft(one) for one in classes.split(", ") if one]
    return workspace_projects.begin(stored.store_table(frame).id, name, target="label", classes=drafts)


def open_project(page: Page, project: Project, name: str = "label") -> None:
    database.reset()
    page.goto(f"/{name}?p={project.id}")


def upload(page: Page, path: Path) -> None:
    page.goto("/")
    page.get_by_role("tab", name="Upload").click()
    choose_file(page, path)


def choose_file(page: Page, path: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.get_by_text("What shall it learn to tell apart?")).to_be_visible(timeout=WAIT)


def start_with_classes(page: Page, path: Path, classes: str) -> None:
    """Upload a table whose target column is empty, name the classes, and go on to the pad."""
    upload(page, path)
    name_classes(page, classes)


def name_classes(page: Page, classes: str) -> None:
    """Name the classes of a table that is read, and go on to the pad."""
    box = page.get_by_role("textbox", name="Classes", exact=True)
    box.fill(classes)
    box.press("Tab")
    expect(page.get_by_text("Guidelines")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Start labelling").click()
    row_on_screen(page)


def open_page(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=WAIT)


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download(timeout=WAIT) as started:
        page.get_by_role("button", name=button).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path

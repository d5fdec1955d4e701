"""The Explore page as a person uses it: doubtful labels, a lasso in bulk, other colors."""

import re

import numpy as np
import pandas as pd
from playwright.sync_api import Page, expect
from servers import Server
from steps import (
    WAIT,
    open_project,
    project_of,
    still,
    until,
    wait_for_script,
    wait_for_workers,
)

from dami.store import annotations, database, projects
from dami.workspace.projects import labels


def birds() -> pd.DataFrame:
    """Two kinds far apart, the first 60 of 120 labelled, two of them wrongly."""
    rng = np.random.default_rng(3)
    kind = np.arange(120) % 2
    frame = pd.DataFrame(
        {
            "weight": 10.0 * kind + rng.normal(size=120),
            "wing": 8.0 * kind + rng.normal(size=120),
            "site": np.array(["north", "south", "east"])[np.arange(120) // 2 % 3],
            "label": np.array(["duck", "goose"], dtype=object)[kind],
        }
    )
    frame.loc[3, "label"], frame.loc[10, "label"] = "duck", "goose"
    frame.loc[60:, "label"] = None
    return frame


def explore(page: Page) -> None:
    """Open Explore once the first network and its map are there."""
    project = project_of(birds())
    wait_for_workers(page)
    open_project(page, project, "explore")
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible(timeout=WAIT)


def known() -> dict[int, int]:
    [project] = projects.listing()
    found = labels.known(project)
    database.reset()
    return found


def choose(page: Page, box: str, option: str) -> None:
    field = page.get_by_role("combobox", name=re.compile(re.escape(box)))
    offered = page.get_by_role("option", name=option, exact=True).first

    def opened() -> bool:  # a page that is drawn anew closes the list: whoever was about to choose opens it again
        wait_for_script(page)
        field.click()
        field.fill(option)
        page.wait_for_timeout(300)
        return offered.is_visible()

    until(page, opened)
    offered.click()


def wait_drawn(page: Page, script: str) -> None:
    page.wait_for_function(
        f"() => {{ const data = document.querySelector('.js-plotly-plot')?.data; return data && ({script}); }}",
        timeout=WAIT,
    )


def test_doubtful_labels_are_settled_a_lasso_is_labelled_and_undone_as_one_and_colors_change(
    page: Page, server: Server
):
    page.set_viewport_size({"width": 1400, "height": 1200})  # the whole map is to be drawn around
    explore(page)
    before = known()
    page.get_by_text("Worth a second look").click()
    expect(page.get_by_role("button", name="Row 3", exact=True)).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("button", name="Row 10", exact=True)).to_be_visible()
    choose(page, "Class of row 3", "goose")
    expect(page.get_by_role("combobox", name=re.compile("Class of row 3$"))).to_have_count(0, timeout=WAIT)
    page.locator(".st-key-right_10").get_by_role("button", name="It is right").click()
    expect(page.get_by_role("combobox", name=re.compile("Class of row 10"))).to_have_count(0, timeout=WAIT)
    assert known() == before | {3: 1}  # row 10 keeps the label that a person has now confirmed
    [project] = projects.listing()
    events = annotations.events(project.id)
    assert [(e.row, e.action, e.class_id) for e in events] == [(3, "label", 1), (10, "label", before[10])]
    database.reset()

    before = known()
    wait_drawn(page, "data.length > 0")
    still(page)
    page.locator('[data-attr="dragmode"][data-val="select"]').click()
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] - 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] - 60, box["y"] + 4)
    page.mouse.up()
    expect(page.get_by_role("heading", name="120 selected rows")).to_be_visible(timeout=WAIT)
    choose(page, "Class for all", "goose")
    page.get_by_role("button", name="Label 60 rows").click(timeout=WAIT)
    expect(page.get_by_text("Last: goose, 60 rows together")).to_be_visible(timeout=WAIT)
    after = known()
    assert {row: after[row] for row in before} == before and all(after[row] == 1 for row in range(60, 120))
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Last: goose, 60 rows together")).to_have_count(0, timeout=WAIT)
    until(page, lambda: known() == before)
    # Another colour changes what the map shows.
    wait_for_workers(page)
    choose(page, "Colour by", "Column: site")
    wait_drawn(page, "['north', 'south', 'east'].every(name => data.some(trace => trace.name === name))")

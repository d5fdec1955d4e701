"""The Compare page as a person uses it: one press, cancel, and what each strategy picked on the map."""

import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect
from steps import WAIT, download, open_project, until

from dami.workspace.projects import begin as workspace_projects

PLOT = "document.querySelector('.dami-map .js-plotly-plot')"


def fill(page: Page, label: str, value: int) -> None:
    box = page.get_by_role("spinbutton", name=label)
    box.fill(str(value))
    box.press("Tab")


def marked(page: Page) -> int:
    """Rows that the map marks, as traces or on their way to them."""
    return page.evaluate(
        f"""() => {PLOT}.data.filter(trace => String(trace.uid).startsWith("class-"))
            .reduce((sum, trace) => sum + trace.x.length, 0)"""
    )


def wait_until_marked(page: Page, rows: int) -> None:
    page.wait_for_function(
        f"""rows => {PLOT}?.data?.filter(trace => String(trace.uid).startsWith("class-"))
            .reduce((sum, trace) => sum + trace.x.length, 0) === rows""",
        arg=rows,
        timeout=WAIT,
    )


def test_compare_stop_and_step_through_the_picks(page: Page, tmp_path: Path):
    """More seeds go on where it stopped: tests/pages/test_compare_page.py."""
    open_project(page, workspace_projects.begin_demo("penguins"), "compare")
    expect(page.get_by_text("all 344 rows")).to_be_visible(timeout=WAIT)
    page.get_by_text("Advanced", exact=True).click()
    fill(page, "Seeds", 60)
    fill(page, "Rounds at most", 2)
    page.get_by_role("button", name="Compare", exact=True).click()
    curves = page.locator(".stPlotlyChart").first  # while seeds finish, an old one may stand beside it
    expect(curves).to_be_visible(timeout=2 * WAIT)  # long before all seeds are done
    expect(page.get_by_text(re.compile("of 60 seeds so far"))).to_be_visible(timeout=WAIT)
    page.locator(".dami-job").filter(has_text="Comparing").get_by_role("button", name="Cancel").click()
    stopped = page.get_by_text(re.compile(r"of 60 seeds, then stopped"))
    expect(stopped).to_be_visible(timeout=WAIT)
    kept = int(re.match(r"\d+", stopped.inner_text())[0])
    assert 0 < kept < 60
    expect(page.locator(".dami-job").filter(has_text="Comparing")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_enabled(timeout=WAIT)
    records = pd.DataFrame()

    def whole() -> bool:  # the button is drawn anew a moment after the caption
        nonlocal records
        records = pd.read_csv(download(page, "Records as CSV", tmp_path))
        return set(records["seed"]) == set(range(kept))

    until(page, whole)
    assert len(records) == kept * 6 * 3

    slider = page.get_by_role("slider", name="Round")
    slider.focus()
    slider.press("Home")
    wait_until_marked(page, 30)
    zoom = page.evaluate(
        f"""async () => {{
            const plot = {PLOT};
            await window.Plotly.relayout(plot, {{ "xaxis.range": [20000, 40000] }});
            return plot._fullLayout.xaxis.range.map(Math.round);
        }}"""
    )
    slider.press("ArrowRight")
    wait_until_marked(page, 40)
    expect(page.get_by_text(re.compile("DAMI, round 1 of 2: 40 labels"))).to_be_visible(timeout=WAIT)
    page.get_by_role("radio", name="Margin", exact=True).click()
    expect(page.get_by_text(re.compile("Margin, round 1 of 2: 40 labels"))).to_be_visible(timeout=WAIT)
    page.get_by_role("radio", name="By round", exact=True).click()
    page.wait_for_function(f"() => {PLOT}.data.some(trace => trace.name === 'in round 2')", timeout=WAIT)
    assert marked(page) == 40
    assert page.evaluate(f"() => {PLOT}._fullLayout.xaxis.range.map(Math.round)") == zoom

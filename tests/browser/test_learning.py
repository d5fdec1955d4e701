"""The lesson as a class walks through it: a link, a play, a guess, points drawn by hand."""

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as TimedOut
from steps import WAIT, still, until, wait_for_script

from dami.views.replay import ReplayStep, replay_page

POINTS = """() => {
    const { _fullData } = document.querySelector('.st-key-appear .js-plotly-plot');
    return Array.from(_fullData.find(({ name }) => name === 'points').x);
}"""


def drawn(page: Page) -> None:
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=WAIT)


def guess(page: Page) -> None:
    """Click on a point until the guess is scored: a plot that is just being drawn takes no click."""
    wait_for_script(page)
    point = page.locator(".st-key-guess_plot .scatterlayer .trace .points path.point").nth(100)

    def scored() -> bool:
        point.click(force=True, timeout=WAIT)
        try:
            page.get_by_text(re.compile(r"^\d+ of 100 points\. DAMI asks for")).wait_for(timeout=15_000)
        except TimedOut:
            return False
        return True

    until(page, scored)


def put_point(page: Page, across: float, up: float) -> None:
    """Click there until the address has a point more: a plot that is just being drawn takes no click."""
    still(page)
    before = page.url

    def clicked() -> bool:
        area = page.locator(".st-key-drawing .nsewdrag").first.bounding_box(timeout=WAIT)
        assert area is not None
        page.mouse.click(area["x"] + across * area["width"], area["y"] + up * area["height"])
        try:  # long enough that no point that is under way is drawn twice
            page.wait_for_url(lambda url: url != before, wait_until="commit", timeout=15_000)
        except TimedOut:
            return False
        return True

    until(page, clicked)


def test_a_link_a_play_a_guess_and_a_point(page: Page):
    """All nine steps and what a link shows: tests/pages/test_learn_page.py."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/learn?step=3&data=spirals&seed=5&width=3&depth=1&at=60")
    drawn(page)
    plot = page.locator(".js-plotly-plot")
    expect(plot.get_by_text(re.compile(r"^step 60: \d+% of the points"))).to_be_visible(timeout=WAIT)

    # Play moves the regions, in the browser alone.
    plot.get_by_text("Play").click()
    expect(plot.get_by_text(re.compile("^step 400:"))).to_be_visible(timeout=WAIT)

    # Each of the other steps draws its picture; the last one, of a table of one's own, has none here.
    for step in (4, 5, 6, 8):
        page.get_by_role("radio", name=re.compile(rf"^{step}\. ")).click()
        expect(page.get_by_role("heading", name=re.compile(rf"^{step}\. "))).to_be_visible(timeout=WAIT)
        drawn(page)

    # Another step has another address; there a guess is scored, and the next one is on more labels.
    page.get_by_role("radio", name=re.compile(r"^7\. ")).click()
    expect(page.get_by_role("heading", name=re.compile(r"^7\. "))).to_be_visible(timeout=WAIT)
    expect(page).to_have_url(re.compile("step=7"), timeout=WAIT)
    guess(page)
    page.get_by_role("button", name="Label it, and guess again").click()
    expect(page.get_by_role("button", name="Label it, and guess again")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_text(re.compile("^1 guess,"))).to_be_visible(timeout=WAIT)

    # A link has the points that somebody drew; a click draws one more, of the class that is chosen.
    page.goto("/learn?step=2&data=drawn&drawn=0550581ss1sq1so09h0fk")
    expect(page.get_by_text("Draw at least 4 points of each class")).to_be_visible(timeout=WAIT)
    page.get_by_role("radio", name="B", exact=True).click(timeout=WAIT)
    put_point(page, 0.7, 0.3)
    expect(page.get_by_text("Regions in the picture")).to_be_visible(timeout=WAIT)
    expect(page.locator(".st-key-appear .js-plotly-plot")).to_be_visible(timeout=WAIT)
    x = page.evaluate(POINTS)
    assert len(x) == 8 and sorted(value < 0 for value in x) == [False] * 4 + [True] * 4
    assert errors == []


def test_a_replay_opens_from_a_file_and_plays(browser: Browser, tmp_path: Path):
    rng = np.random.default_rng(0)
    steps = [ReplayStep({row: row % 2 for row in range(k)}, [k - 1] if k else [], f"{k} labels") for k in range(4)]
    classes = [(0, "cat", "#0072B2"), (1, "dog", "#DB9400")]
    path = tmp_path / "replay.html"
    path.write_text(replay_page("Animals", "A replay", rng.normal(size=(60, 2)), classes, steps), encoding="utf-8")
    asked: list[str] = []
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        plot = page.locator(".js-plotly-plot")
        expect(plot.get_by_text("0 labels")).to_be_visible(timeout=WAIT)
        plot.get_by_text("Play").click()
        expect(plot.get_by_text("3 labels")).to_be_visible(timeout=WAIT)
        assert page.evaluate("document.querySelector('.js-plotly-plot').data.map((trace) => trace.x.length)") == [
            *(60, 2, 1, 1)
        ]
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []

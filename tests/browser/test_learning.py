"""The lesson as a class walks through it: step by step, a link that shows the same, a guess."""

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as TimedOut
from steps import WAIT, still, until

from dami.views.replay import ReplayStep, replay_page

POINTS = """name => {
    const trace = document.querySelector('.js-plotly-plot')._fullData.find((trace) => trace.name === name);
    return [Array.from(trace.x), Array.from(trace.y)];
}"""


def drawn(page: Page) -> None:
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=WAIT)


def put_point(page: Page, across: float, up: float) -> None:
    """Click there until the address has a point more: a plane that is just being drawn takes no click."""
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


def test_nine_steps_a_link_and_a_guess(page: Page):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/learn")
    for step in (4, 5, 6, 8):  # 2, 3 and 7 are drawn below
        page.get_by_role("radio", name=re.compile(rf"^{step}\. ")).click()
        expect(page.get_by_role("heading", name=re.compile(rf"^{step}\. "))).to_be_visible(timeout=WAIT)
        drawn(page)
        expect(page).to_have_url(re.compile(f"step={step}"), timeout=WAIT)
    page.get_by_role("radio", name=re.compile(r"^9\. ")).click()
    expect(page.get_by_text("Open a table and label a few rows")).to_be_visible(timeout=WAIT)

    # A link shows the same to everybody: data, seed, width and step of training.
    address = "/learn?step=3&data=spirals&seed=5&width=12&at=60"
    page.goto(address)
    drawn(page)
    plot = page.locator(".js-plotly-plot")
    expect(plot.get_by_text(re.compile(r"^step 60: \d+% of the points"))).to_be_visible(timeout=WAIT)
    first = page.evaluate(POINTS, "points")
    page.goto(address)
    drawn(page)
    assert page.evaluate(POINTS, "points") == first and len(first[0]) == 160

    # Play moves the regions, in the browser alone.
    page.locator(".js-plotly-plot").get_by_text("Play").click()
    expect(page.locator(".js-plotly-plot").get_by_text(re.compile("^step 400:"))).to_be_visible(timeout=WAIT)

    # A guess is scored, and the next one is on more labels.
    page.goto("/learn?step=7&data=moons&seed=1")
    drawn(page)
    for _ in range(2):
        box = page.locator(".js-plotly-plot .scatterlayer .trace").first
        expect(box).to_be_attached(timeout=WAIT)
        page.locator(".js-plotly-plot .scatterlayer .trace .points path.point").nth(200).click(force=True, timeout=WAIT)
        expect(page.get_by_text(re.compile(r"^\d+ of 100 points\. DAMI asks for"))).to_be_visible(timeout=WAIT)
        page.get_by_role("button", name="Label it, and guess again").click()
        expect(page.get_by_role("button", name="Label it, and guess again")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_text("2 guesses,")).to_be_visible(timeout=WAIT)

    # Points are drawn by clicking; the address has them, and shows them to others.
    page.goto("/learn?step=2&data=drawn")
    for name, places in (("A", [(0.2, 0.3), (0.25, 0.5)]), ("B", [(0.7, 0.3)])):
        page.get_by_role("radio", name=name, exact=True).click(timeout=WAIT)
        for across, up in places:
            put_point(page, across, up)
    expect(page.get_by_text("Draw at least 4 points of each class")).to_be_visible()
    link = re.sub(r"drawn=(\w+)", r"drawn=\g<1>0550581ss1sq1so", page.url)
    page.goto(link)
    expect(page.get_by_text("Regions in the picture")).to_be_visible(timeout=WAIT)
    expect(page.locator(".st-key-appear .js-plotly-plot")).to_be_visible(timeout=WAIT)
    x, _ = page.evaluate(POINTS.replace(".js-plotly-plot", ".st-key-appear .js-plotly-plot"), "points")
    assert len(x) == 8 and sorted(value < 0 for value in x) == [False] * 4 + [True] * 4
    assert errors == []


def test_a_replay_opens_from_a_file_and_plays(browser: Browser, tmp_path: Path):
    rng = np.random.default_rng(0)
    steps = [ReplayStep({row: row % 2 for row in range(k)}, [k - 1] if k else [], f"{k} labels") for k in range(13)]
    classes = [(0, "cat", "#0072B2"), (1, "dog", "#DB9400")]
    path = tmp_path / "replay.html"
    path.write_text(replay_page("Animals", "A replay", rng.normal(size=(200, 2)), classes, steps), encoding="utf-8")
    asked: list[str] = []
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        plot = page.locator(".js-plotly-plot")
        expect(plot.get_by_text("0 labels")).to_be_visible(timeout=WAIT)
        plot.get_by_text("Play").click()
        expect(plot.get_by_text("12 labels")).to_be_visible(timeout=WAIT)
        assert page.evaluate("document.querySelector('.js-plotly-plot').data.map((trace) => trace.x.length)") == [
            *(200, 6, 6, 1)
        ]
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []

"""A workbench for the browser scripts: a page that mounts one component as Streamlit does, with invented data."""

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

SCRIPTS = Path(__file__).resolve().parents[2] / "dami" / "ui" / "components"
HOST = "http://workbench.test"
THEMES = {
    "light": {"text-color": "#31333F", "background-color": "#FFFFFF", "secondary-background-color": "#F0F2F6"},
    "dark": {"text-color": "#FAFAFA", "background-color": "#0E1117", "secondary-background-color": "#262730"},
}
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<style>body { margin: 16px; background: var(--st-background-color); font-family: sans-serif; --st-font: sans-serif;
  --st-primary-color: #0072B2; }</style>
<script>
  window.clean = () => {
    const old = document.getElementById("root");
    old?.remove();
    window.end?.();
    document.body.append(Object.assign(document.createElement("div"), { id: "root" }));
    sessionStorage.clear();
    Object.assign(window, { triggers: [], states: [], events: [], end: null, flew: undefined });
  };
  for (const name of ["dami:pick", "dami:status", "dami:ask"])
    addEventListener(name, (event) => events.push([name, event.detail]));
  window.theme = (values) => {
    for (const [name, value] of Object.entries(values)) document.body.style.setProperty("--st-" + name, value);
  };
  window.mount = async (name, data) => {
    window.data = data;
    const module = await import("/js/" + name);
    window.end = module.default({
      data,
      parentElement: document.getElementById("root"),
      setTriggerValue: (...args) => triggers.push(args),
      setStateValue: (...args) => states.push(args),
    });
  };
</script>"""

STILL = """async () => {
  const look = () => {
    const full = document.querySelector(".js-plotly-plot")?._fullLayout;
    const axes = [full?.xaxis, full?.yaxis].map((axis) => [axis?.range, axis?._length]);
    return JSON.stringify([axes, document.getElementById("root")?.innerHTML]);
  };
  let before = look(), since = performance.now(), frames = 0;
  while (frames < 10 || performance.now() - since < 300) {
    await new Promise(requestAnimationFrame);
    const now = look();
    if (now === before) frames++;
    else [before, since, frames] = [now, performance.now(), 0];
  }
}"""


class Workbench:
    """A page with invented addresses; `answers` maps a path to bytes, text, JSON or a function of the query."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.broken = False
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route(f"{HOST}/**", self.answer)
        page.goto(HOST)
        self.theme("light")

    def answer(self, route: Route) -> None:
        path, _, query = route.request.url.removeprefix(HOST).partition("?")
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        elif path.startswith("/js/"):
            name = path.removeprefix("/js/")
            route.fulfill(body=(SCRIPTS / name).read_bytes(), content_type="text/javascript")
        elif self.broken:
            route.abort()
        else:
            self.asked.append(f"{path}?{query}" if query else path)
            found = self.answers[path]
            found = found(query) if callable(found) else found
            body = found if isinstance(found, bytes) else json.dumps(found)
            route.fulfill(body=body, content_type="application/octet-stream")

    def theme(self, name: str) -> None:
        self.page.evaluate("values => theme(values)", THEMES[name])

    def mount(self, name: str, data: dict) -> None:
        self.page.evaluate("([name, data]) => mount(name, data)", [name, data])

    def send(self, name: str, detail: Any) -> None:
        self.page.evaluate(
            "([name, detail]) => dispatchEvent(new CustomEvent(name, {detail}))",
            [name, detail],
        )

    def triggers(self, name: str) -> list:
        return [value for key, value in self.page.evaluate("triggers") if key == name]

    def events(self, name: str) -> list:
        return [value for key, value in self.page.evaluate("events") if key == name]

    def wait(self, condition: str) -> None:
        self.page.wait_for_function(condition)

    def still(self) -> None:
        """Wait until nothing on the page has changed its look for a while, by the page's own clock and frames."""
        self.page.evaluate(STILL)


@pytest.fixture(scope="session")
def bench(browser: Browser) -> Iterator[Workbench]:
    with browser.new_context(viewport={"width": 1000, "height": 700}) as context:
        yield Workbench(context.new_page())


@pytest.fixture
def workbench(bench: Workbench) -> Iterator[Workbench]:
    """The workbench, empty. Its page is kept: reading Plotly anew for every test costs seconds."""
    bench.page.mouse.move(0, 0)
    bench.page.emulate_media(reduced_motion="no-preference")
    bench.theme("light")
    bench.page.evaluate("clean()")  # by now, what the test before still asked for has had its answers
    bench.answers, bench.asked, bench.broken = {}, [], False
    bench.errors.clear()
    yield bench
    bench.page.evaluate("clean()")
    assert bench.errors == []


@pytest.fixture
def pack() -> Callable[[list[tuple[int, int]]], bytes]:
    """Positions as the map reads them, packed here without the project's own packing."""
    return lambda places: b"".join(struct.pack("<HH", x, y) for x, y in places)

"""The heartbeat of a page and the training curve, against a status that the test makes up."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.ui.conftest import Workbench

EVIL = "<img src=x onerror='window.hurt = 1'>"
LOST = "Connection lost; what you do is kept in this browser and sent when it is back"


def job(state: str = "running", **more) -> dict:
    shown = {"id": 7, "kind": "train", "state": state, "progress": 0.25, "message": "Training"}
    return {**shown, "history": [], "steps": None, **more}


@pytest.fixture
def status() -> dict:
    """What the server answers; tests change it."""
    return {"seen": {"work": "1", "acks": {}}, "jobs": []}


@pytest.fixture
def workbench(workbench, status) -> Workbench:
    workbench.answers["/status"] = lambda query: status
    return workbench


@pytest.fixture
def stopped(browser: Browser, status) -> Iterator[Workbench]:
    """A workbench with the pulse, which has its first answer. Time passes only while a test waits by `later`."""
    with browser.new_context(viewport={"width": 1000, "height": 700}) as context:
        bench = Workbench(context.new_page())
        bench.page.evaluate("clean()")
        bench.page.clock.install(time=0)
        bench.page.clock.pause_at(1000)
        bench.answers["/status"] = lambda query: status
        pulse(bench)
        yield bench
        assert bench.errors == []


def pulse(bench: Workbench, **changes) -> None:
    """Mount the pulse, and wait for its answer and for what follows at once."""
    told = len(bench.events("dami:status"))
    bench.mount("progress/pulse.js", {**PULSE, **changes})
    bench.wait(f"events.length > {told}")
    bench.page.clock.run_for(1)


def later(bench: Workbench, ms: int) -> None:
    """Let time pass; the pulse asks at its end, by itself or told to, and has done what the answer makes it do."""
    told = len(bench.events("dami:status"))
    bench.page.clock.fast_forward(ms)
    if ms < IDLE_MS:
        bench.send("dami:poll", {})
    bench.wait(f"events.length > {told}")
    bench.page.clock.run_for(1)


IDLE_MS = 2000
PULSE = {"status_url": "/status", "seen": {"work": "1", "acks": {}}, "cancel": True}


@pytest.fixture
def pauses(workbench) -> Iterator[Callable[[], list]]:
    """The milliseconds of every timer that the page has set, in their order."""
    workbench.page.evaluate(
        """() => {
            window.pauses = [];
            window.plainTimeout = window.setTimeout;
            window.setTimeout = (call, pause, ...rest) => (pauses.push(pause), plainTimeout(call, pause, ...rest));
        }"""
    )
    yield lambda: workbench.page.evaluate("pauses")
    workbench.page.evaluate("window.setTimeout = plainTimeout")


def test_pulse_is_slow_when_idle_and_quick_when_busy(workbench, status, pauses):
    workbench.mount("progress/pulse.js", PULSE)
    workbench.wait("pauses.length >= 1")
    assert pauses() == [2000] and len(workbench.asked) == 1
    status["jobs"] = [job()]
    workbench.send("dami:poll", {})
    workbench.page.get_by_role("progressbar").wait_for()
    assert workbench.page.get_by_role("progressbar").get_attribute("value") == "0.25"
    assert workbench.page.get_by_text("Training").is_visible()
    workbench.wait("pauses.length >= 8")
    assert set(pauses()[1:]) == {50} and len(workbench.asked) >= 8
    status["jobs"] = [job("done")]
    workbench.page.get_by_role("progressbar").wait_for(state="detached")
    workbench.wait("pauses.at(-1) === 2000")
    assert workbench.events("dami:status")[-1] == status


def test_pulse_cancels_the_job_that_is_meant(workbench, status):
    status["jobs"] = [job(), job("queued", id=8, kind="map", message="", progress=0)]
    workbench.mount("progress/pulse.js", PULSE)
    workbench.page.get_by_text("Drawing the map: waiting").wait_for()
    workbench.page.locator("[data-job='8']").get_by_role("button", name="Cancel").click()
    assert workbench.triggers("cancel") == [8]
    assert workbench.page.locator("[data-job='8'] button").is_disabled()
    assert workbench.page.locator("[data-job='7'] button").is_enabled()


def test_pulse_shows_a_failure_as_text_until_dismissed(workbench, status):
    status["jobs"] = [job("failed", message=EVIL)]
    workbench.mount("progress/pulse.js", PULSE)
    alert = workbench.page.get_by_role("alert")
    alert.wait_for()
    assert EVIL in alert.inner_text() and workbench.page.evaluate("document.images.length") == 0
    alert.get_by_role("button", name="Dismiss").click()
    told = len(workbench.events("dami:status"))
    workbench.send("dami:poll", {})
    workbench.wait(f"events.length > {told}")
    assert alert.count() == 0 and workbench.page.evaluate("window.hurt") is None


def test_pulse_tells_a_change_once_and_again_when_nobody_came(stopped, status):
    status["seen"] = {"work": "2", "acks": {}}
    later(stopped, 0)
    assert len(stopped.triggers("changed")) == 1
    for _ in range(3):
        later(stopped, 900)
        assert len(stopped.triggers("changed")) == 1
    later(stopped, 400)
    assert len(stopped.triggers("changed")) == 2
    pulse(stopped, seen={"work": "2", "acks": {}})
    later(stopped, 4000)
    assert len(stopped.triggers("changed")) == 2


@pytest.mark.parametrize("comes", ["the other page", "nothing"])
def test_pulse_tells_nothing_of_a_page_that_is_being_left(stopped, status, comes):
    stopped.page.evaluate(
        """() => {
            const nav = '<nav id=root><a href="/">This page</a><a href="/there">There</a></nav>';
            document.body.insertAdjacentHTML('beforeend', nav);
            document.querySelector('nav').addEventListener('click', (event) => event.preventDefault());
        }"""
    )
    status["seen"] = {"work": "2", "urgent": "1", "acks": {}}
    pulse(
        stopped, seen={"work": "1", "urgent": "1", "acks": {}}
    )  # the news are not urgent: it tells them a while later
    stopped.page.get_by_role("link", name="There").click()
    status["seen"] = {"work": "3", "urgent": "2", "acks": {}}
    for _ in range(5):
        later(stopped, 11_000)
    assert stopped.triggers("changed") == []
    if comes == "nothing":
        stopped.page.clock.fast_forward(5_000)
    else:
        stopped.page.evaluate("history.pushState({}, '', '/there')")
    stopped.page.get_by_role(
        "link", name="This page" if comes == "nothing" else "There"
    ).click()  # leads to no other page
    later(stopped, 0)
    assert len(stopped.triggers("changed")) == 1


def test_pulse_tells_what_another_tab_sends_and_not_its_own(stopped, status):
    stopped.page.evaluate("sessionStorage.setItem('dami-client', 'mine')")
    status["seen"] = {"work": "1", "acks": {"mine": 7}}
    later(stopped, 0)
    later(stopped, 4000)
    assert stopped.triggers("changed") == []
    status["seen"] = {"work": "1", "acks": {"mine": 7, "other": 1}}
    later(stopped, 0)
    assert len(stopped.triggers("changed")) == 1


def test_pulse_says_that_the_server_is_away_and_comes_back(workbench, status):
    workbench.mount("progress/pulse.js", PULSE)
    workbench.wait("events.length >= 1")
    workbench.broken = True
    workbench.send("dami:poll", {})
    workbench.page.get_by_text(LOST).wait_for()
    workbench.broken = False
    workbench.page.get_by_text(LOST).wait_for(state="hidden")


def test_pulse_ends_with_its_page(stopped):
    stopped.page.evaluate("document.getElementById('root').remove(); end()")
    asked = len(stopped.asked)
    stopped.send("dami:poll", {})
    stopped.page.clock.run_for(5 * IDLE_MS)
    stopped.answers["/last"] = {}
    stopped.page.evaluate("() => fetch('/last')")  # what the pulse asked before would come before
    assert stopped.asked[asked:] == ["/last"]


CURVE = {"history": [], "steps": None, "title": EVIL}


def lines(workbench) -> list:
    script = "document.querySelector('.js-plotly-plot').data.map(t => [Array.from(t.x), Array.from(t.y)])"
    return workbench.page.evaluate(script)


def test_curve_moves_with_the_training(workbench):
    workbench.mount("progress/curve.js", CURVE)
    workbench.page.get_by_text("Nothing trained yet").wait_for()
    history = [[1, 1.2, 0.31]]
    workbench.send("dami:status", {"jobs": [job(history=history, steps=200)]})
    workbench.page.get_by_text("Loss 1.200").wait_for()
    history += [[60, 0.5, 0.8], [120, 0.1234, 0.968]]
    workbench.send("dami:status", {"jobs": [job(history=history, steps=200)]})
    workbench.page.get_by_text("Loss 0.123").wait_for()
    assert workbench.page.get_by_test_id("accuracy").inner_text() == "Training accuracy 97 %"
    assert workbench.page.get_by_test_id("step").inner_text() == "step 120 of 200"
    workbench.wait("document.querySelector('.js-plotly-plot')?.data?.[0].x.length === 3")
    assert lines(workbench) == [[[1, 60, 120], [1.2, 0.5, 0.1234]], [[1, 60, 120], [0.31, 0.8, 0.968]]]
    assert workbench.page.evaluate("document.querySelector('.js-plotly-plot').layout.xaxis.range") == [0, 200]
    assert workbench.page.evaluate("document.images.length") == 0


def test_curve_keeps_the_running_one_and_takes_the_final_one(workbench):
    workbench.mount("progress/curve.js", {**CURVE, "history": [[200, 0.4, 0.9]], "steps": 200})
    workbench.page.get_by_text("Loss 0.400").wait_for()
    workbench.send("dami:status", {"jobs": [job(history=[[10, 0.9, 0.5]], steps=300)]})
    workbench.page.get_by_text("Loss 0.900").wait_for()
    workbench.mount("progress/curve.js", {**CURVE, "history": [[200, 0.4, 0.9]], "steps": 200, "title": "rerun"})
    assert workbench.page.get_by_test_id("step").inner_text() == "step 10 of 300"
    workbench.send("dami:status", {"jobs": [job("done", history=[[300, 0.2, 0.95]], steps=300)]})
    workbench.mount("progress/curve.js", {**CURVE, "history": [[300, 0.2, 0.95]], "steps": 300})
    workbench.page.get_by_text("Loss 0.200").wait_for()
    workbench.wait("document.querySelector('.js-plotly-plot')?.data?.[0].x[0] === 300")


def test_a_page_that_the_server_no_longer_knows_is_loaded_anew_once(stopped, status):
    loaded: list[str] = []
    stopped.page.on("framenavigated", lambda frame: loaded.append(frame.url))
    status["alive"] = True
    stopped.asked.clear()
    pulse(stopped, tab="one")
    later(stopped, 4000)
    assert set(stopped.asked) == {"/status?tab=one"} and loaded == []

    status["alive"] = False
    stopped.page.evaluate("document.body.append(Object.assign(document.createElement('input'), { value: 'half' }))")
    stopped.page.locator("input").focus()
    for _ in range(3):
        later(stopped, 4000)
    assert loaded == []  # somebody types
    stopped.page.evaluate("document.activeElement.blur()")
    with stopped.page.expect_event("load"):
        stopped.page.clock.fast_forward(IDLE_MS)
    assert len(loaded) == 1

    # Nothing is better: it is not loaded for ever.
    stopped.page.evaluate("() => { const kept = { ...sessionStorage }; clean(); Object.assign(sessionStorage, kept); }")
    pulse(stopped, tab="one")
    for _ in range(3):
        later(stopped, 3000)
    assert len(loaded) == 1

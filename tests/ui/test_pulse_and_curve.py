"""The heartbeat of a page and the training curve, against a status that the test makes up."""

from collections.abc import Callable, Iterator

import pytest

EVIL = "<img src=x onerror='window.hurt = 1'>"
LOST = "Connection lost; what you do is kept in this browser and sent when it is back"


def job(state: str = "running", **more) -> dict:
    shown = {"id": 7, "kind": "train", "state": state, "progress": 0.25, "message": "Training"}
    return {**shown, "history": [], "steps": None, **more}


@pytest.fixture
def status(workbench) -> dict:
    """What the server answers; tests change it."""
    answer = {"seen": {"work": "1", "acks": {}}, "jobs": []}
    workbench.answers["/status"] = lambda query: answer
    return answer


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
    workbench.send("dami:poll", {})
    workbench.page.wait_for_timeout(400)
    assert alert.count() == 0 and workbench.page.evaluate("window.hurt") is None


def test_pulse_tells_a_change_once_and_again_when_nobody_came(workbench, status):
    status["seen"] = {"work": "2", "acks": {}}
    workbench.mount("progress/pulse.js", PULSE)
    workbench.wait("triggers.length === 1")
    for _ in range(3):
        workbench.send("dami:poll", {})
        workbench.page.wait_for_timeout(100)
    assert len(workbench.triggers("changed")) == 1
    workbench.wait("triggers.length === 2")
    workbench.mount("progress/pulse.js", {**PULSE, "seen": {"work": "2", "acks": {}}})
    workbench.page.wait_for_timeout(2500)
    assert len(workbench.triggers("changed")) == 2


def test_pulse_tells_nothing_of_a_page_that_is_being_left_until_it_was_not(workbench, status):
    workbench.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<nav id=root><a href=\"#there\">There</a></nav>')"
    )
    workbench.mount("progress/pulse.js", PULSE)
    workbench.wait("events.length >= 1")
    workbench.page.get_by_role("link", name="There").click()
    status["seen"] = {"work": "2", "acks": {}}
    workbench.send("dami:poll", {})
    workbench.page.wait_for_timeout(1500)
    assert workbench.triggers("changed") == []
    workbench.wait("triggers.length === 1")
    workbench.page.evaluate("document.querySelector('nav').remove()")


def test_pulse_tells_what_another_tab_sends_and_not_its_own(workbench, status):
    workbench.page.evaluate("sessionStorage.setItem('dami-client', 'mine')")
    workbench.mount("progress/pulse.js", PULSE)
    status["seen"] = {"work": "1", "acks": {"mine": 7}}
    workbench.send("dami:poll", {})
    workbench.page.wait_for_timeout(2500)
    assert workbench.triggers("changed") == []
    status["seen"] = {"work": "1", "acks": {"mine": 7, "other": 1}}
    workbench.send("dami:poll", {})
    workbench.wait("triggers.length === 1")


def test_pulse_says_that_the_server_is_away_and_comes_back(workbench, status):
    workbench.mount("progress/pulse.js", PULSE)
    workbench.wait("events.length >= 1")
    workbench.broken = True
    workbench.send("dami:poll", {})
    workbench.page.get_by_text(LOST).wait_for()
    workbench.broken = False
    workbench.page.get_by_text(LOST).wait_for(state="hidden")


def test_pulse_ends_with_its_page(workbench, status):
    workbench.mount("progress/pulse.js", PULSE)
    workbench.wait("events.length >= 1")
    workbench.page.evaluate("document.getElementById('root').remove(); end()")
    asked = len(workbench.asked)
    workbench.send("dami:poll", {})
    workbench.page.wait_for_timeout(2300)
    assert len(workbench.asked) == asked


CURVE = {"plotly": "/js/plotly.min.js", "history": [], "steps": None, "title": EVIL}


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


def test_a_page_that_the_server_no_longer_knows_is_loaded_anew_once(workbench, status):
    loaded: list[str] = []
    workbench.page.on("framenavigated", lambda frame: loaded.append(frame.url))
    status["alive"] = True
    workbench.mount("progress/pulse.js", {**PULSE, "tab": "one"})
    workbench.wait("events.length >= 1")
    assert set(workbench.asked) == {"/status?tab=one"} and loaded == []

    status["alive"] = False
    workbench.page.evaluate("document.body.append(Object.assign(document.createElement('input'), { value: 'half' }))")
    workbench.page.locator("input").focus()
    workbench.page.wait_for_timeout(6000)
    assert loaded == []  # somebody types
    workbench.page.evaluate("document.activeElement.blur()")
    workbench.page.wait_for_event("load")
    assert len(loaded) == 1

    # Nothing is better: it is not loaded for ever.
    workbench.page.evaluate(
        "() => { const kept = { ...sessionStorage }; clean(); Object.assign(sessionStorage, kept); }"
    )
    workbench.mount("progress/pulse.js", {**PULSE, "tab": "one"})
    workbench.page.wait_for_timeout(5000)
    assert len(loaded) == 1 and workbench.errors == []

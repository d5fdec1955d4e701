"""The label pad in Practise: reveal, step and play, and how they wait for the next network."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.label_pad_server import Pad, Server, pads


@pytest.fixture
def open_pad(browser: Browser) -> Iterator[Callable[..., Pad]]:
    with pads(browser) as start:
        yield start


def test_reveal_marks_the_known_class_and_enter_gives_it(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Server(mode="practise"))
    assert not any(path == "/truth" for path, _ in pad.server.requests)
    pad.button("reveal").click()
    expect(pad.root.locator("[data-class='1']")).to_have_attribute("data-known", "")
    pad.press("Enter", "Enter")
    pad.saved()
    assert pad.server.answers() == [(100, 1)]
    assert next(iter(pad.server.events.values()))["source"] == "human"
    expect(pad.root.locator("[data-known]")).to_have_count(0)


def test_steps_wait_for_the_next_network_and_then_take_its_queue(open_pad: Callable[..., Pad]) -> None:
    server = Server(mode="practise")
    pad = open_pad(server)
    known = pad.root.locator(".known")
    for _ in range(10):
        pad.press("s")
    pad.saved()
    expect(known).to_have_text("Round 1 is complete: waiting for the next network…")
    server.training, server.since = True, 10
    pad.draw(**server.data())
    expect(known).to_have_text("Round 1 is complete: training on 10 labels…")
    pad.press("s", "s")
    assert len(server.effective()) == 10
    server.training, server.model = False, 2
    pad.draw(**server.data())
    pad.shows(201)  # the waiting step was made on the new network's first row
    pad.saved()
    assert [event["row"] for event in server.effective()] == [*range(100, 110), 200]
    assert all(event["source"] == "oracle" for event in server.effective())
    assert all(item["class"] is None for value in pad.page.evaluate("host.sent") for item in value["items"])
    expect(pad.root.locator(".step")).to_have_text("Step 12")


def test_own_keys_never_wait_for_a_network(open_pad: Callable[..., Pad]) -> None:
    server = Server(mode="practise")
    pad = open_pad(server)
    for _ in range(10):
        pad.press("s")
    pad.press("1")
    pad.saved()
    assert server.answers()[-1] == (110, 0)
    server.model, server.since = 2, 11
    pad.draw(**server.data())
    assert pad.row == 111  # a person is at work: the row on screen stays, and the one after
    pad.press("1", "1", "1")
    pad.saved()
    assert [row for row, _ in server.answers()[-3:]] == [111, 112, 200]


def test_play_steps_by_itself_and_goes_on_with_the_next_network(open_pad: Callable[..., Pad]) -> None:
    server = Server(mode="practise")
    server.round_size = 3
    pad = open_pad(server)
    pad.page.clock.install()
    for _ in range(2):
        pad.root.locator(".speed").click()  # 4 times as fast
    pad.button("play").click()
    expect(pad.root.locator(".known")).to_contain_text("Round 1 is complete")
    pad.saved()
    pad.page.clock.run_for(20_000)
    pad.saved()
    assert len(server.effective()) == 3
    server.model, server.since = 2, 3
    pad.draw(**server.data())
    expect(pad.root.locator(".known")).to_contain_text("Round 2 is complete")
    pad.saved()
    assert [event["row"] for event in server.effective()] == [100, 101, 102, 200, 201, 202]
    pad.press("p")
    expect(pad.button("play")).to_have_text("PlayP")


def test_steps_are_shown_again_with_line_and_radius(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Server(mode="practise"))
    for _ in range(4):
        pad.press("s")
    pad.saved()
    pad.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert pad.row == 100
    pad.press("s", "s")  # over what was stepped already: nothing new is answered
    assert pad.row == 102
    told = [[event[name] for name in ("row", "step", "nearest", "radius", "distance")] for event in pad.told()[-3:]]
    assert told == [[row, row - 99, 87, 4.5, 3.25 + row / 1000] for row in (100, 101, 102)]
    assert len(pad.server.events) == 4

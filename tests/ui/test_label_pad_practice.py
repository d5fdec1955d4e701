"""The label pad in Practise: reveal, step and play, and how they wait for the next network."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.label_pad_server import Pad, Server, pads


@pytest.fixture
def open_pad(browser: Browser) -> Iterator[Callable[..., Pad]]:
    with pads(browser) as start:
        yield start


def test_steps_wait_for_the_next_network_and_then_take_its_queue(open_pad: Callable[..., Pad]) -> None:
    server = Server(mode="practise")
    pad = open_pad(server)
    known = pad.root.locator(".known")
    assert "/truth" not in {path for path, _ in server.requests}  # the server keeps what is known until somebody asks
    pad.root.get_by_role("button", name="Reveal").click()
    expect(known).to_contain_text("Chinstrap")
    pad.press("Enter")  # the button that was clicked does not take it
    for _ in range(9):
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
    revealed, *steps = server.effective()
    assert (revealed["class"], revealed["source"]) == (1, "human")
    assert all(event["source"] == "oracle" for event in steps)
    sent = [item for value in pad.page.evaluate("host.sent") for item in value["items"]]
    assert all(item["class"] is None for item in sent if item["row"] != 100)
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

"""The label pad's outbox: nothing is lost when the server, the page or a tab goes away, and nothing comes twice."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.ui.label_pad_server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 620, "height": 1000}) as opened:
        yield opened


@pytest.fixture
def visit(context: BrowserContext, server: Server) -> Callable[..., Page]:
    def open_tab(settings: str = "", client: str | None = None) -> Page:
        page = context.new_page()
        if client:
            page.add_init_script(f"sessionStorage['dami-client'] ??= '{client}'")
        page.goto(f"{server.url}/?{settings}")
        page.wait_for_function("document.querySelector('.dami-pad')?.dataset.model")
        return page

    return open_tab


def client_of(page: Page) -> str:
    return page.evaluate("sessionStorage.getItem('dami-client')")


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def pending(page: Page, count: int) -> None:
    expect(page.locator(".dami-pad")).to_have_attribute("data-pending", str(count))


def stored(page: Page) -> dict[str, Any]:
    return {key: json.loads(value) for key, value in page.evaluate("Object.entries(localStorage)")}


def test_answers_outlive_a_dead_server_and_a_reload(visit: Callable[..., Page], server: Server) -> None:
    page = visit()
    press(page, "1")
    pending(page, 0)
    server.away = True
    press(page, "23z")
    pending(page, 3)
    client = client_of(page)
    assert list(stored(page)) == [f"dami-outbox-p1-{client}"]
    page.evaluate("host.remount()")
    page.wait_for_selector("[data-row='102']")
    pending(page, 3)
    page.reload()
    pending(page, 3)
    assert client_of(page) == client
    # What was answered stays answered, what was undone is asked.
    assert page.locator(".dami-pad").get_attribute("data-row") == "102"
    press(page, "1")
    assert server.labels() == {100: 0}
    server.away = False
    pending(page, 0)
    assert [(seq, event["action"], event["row"]) for (_, seq), event in server.events.items()] == [
        (1, "label", 100), (2, "label", 101), (3, "label", 102), (4, "undo", 102), (5, "label", 102),
    ]  # fmt: skip
    assert stored(page)[f"dami-outbox-p1-{client}"] == {"seq": 5, "items": []}


def test_answers_that_a_server_cannot_store_are_sent_again(visit: Callable[..., Page], server: Server) -> None:
    page = visit()
    server.full = True
    press(page, "12")
    page.wait_for_function("host.sent.length >= 3")
    pending(page, 2)
    assert [len(items["items"]) for items in stored(page).values()] == [2] and not server.events
    server.full = False
    pending(page, 0)
    assert server.labels() == {100: 0, 101: 1}


def test_the_silence_of_the_server_is_said(visit: Callable[..., Page], server: Server) -> None:
    page = visit()
    server.away = True
    press(page, "1")
    expect(page.locator(".status")).to_have_text("1 not saved yet")
    said = "The server does not answer. 1 answer kept here and sent again."
    expect(page.locator(".status")).to_have_text(said)
    assert page.evaluate("host.sent.length") >= 3
    server.away = False
    expect(page.locator(".status")).to_have_text("All saved")
    assert page.evaluate("host.seen.polls") == page.evaluate("host.sent.length")


def test_a_duplicated_tab_gets_an_id_of_its_own(visit: Callable[..., Page], server: Server) -> None:
    first = visit()
    client = client_of(first)
    second = visit(client=client)
    assert client_of(second) != client
    press(first, "1")
    pending(first, 0)
    press(second, "2")
    pending(second, 0)
    assert len(server.events) == 2
    second.reload()  # keeps its own
    second.wait_for_selector("[data-row]")
    assert client_of(second) != client


@pytest.mark.parametrize("settings", ["", "unlocked"])
def test_the_outbox_of_a_closed_tab_is_sent_on(visit: Callable[..., Page], server: Server, settings: str) -> None:
    server.away = True
    first = visit(settings)
    client = client_of(first)
    press(first, "123")
    pending(first, 3)
    witness = visit(settings)
    assert len(stored(witness)) == 1  # the first tab lives: its outbox is left alone
    assert witness.locator(".dami-pad").get_attribute("data-pending") == "0"
    first.close()
    pending(witness, 3)
    assert witness.locator(".dami-pad").get_attribute("data-row") == "100"  # on screen it stays
    server.away = False
    pending(witness, 0)
    assert [(name, seq) for name, seq in server.events] == [(client, 1), (client, 2), (client, 3)]
    assert server.labels() == {100: 0, 101: 1, 102: 2}
    assert stored(witness).get(f"dami-outbox-p1-{client}") is None
    press(witness, "u")
    witness.wait_for_selector("[data-row='103']")
    pending(witness, 0)

    # The only tab is closed while the server is away: the next one finds what it has left.
    server.away = True
    press(witness, "1")
    pending(witness, 1)
    witness.close()
    server.away = False
    pending(visit(settings), 0)
    assert server.labels()[103] == 0


def test_without_storage_it_works_and_says_so(visit: Callable[..., Page], server: Server) -> None:
    page = visit("blocked&delay=300")
    press(page, "12")
    expect(page.locator(".status")).to_have_text("2 not saved yet. This browser keeps nothing: leave the page open.")
    pending(page, 0)
    assert server.labels() == {100: 0, 101: 1}


def test_mounting_again_doubles_nothing(visit: Callable[..., Page], server: Server) -> None:
    page = visit()
    page.clock.install()
    page.evaluate("for (let k = 0; k < 5; k++) host.draw()")
    page.evaluate("host.remount()")
    page.evaluate("document.querySelector('#host').replaceChildren(); host.draw()")
    page.evaluate("const old = host.cleanup; host.draw(); old()")  # an overtaken update's cleanup ends nothing
    page.wait_for_selector("[data-row='100']")
    assert page.locator(".dami-pad").count() == 1
    assert page.locator("style[data-dami-pad]").count() == 1
    press(page, "1")
    pending(page, 0)
    assert page.locator(".dami-pad").get_attribute("data-row") == "101"
    assert len(server.events) == 1
    # Gone for good: no key is heard any more.
    page.evaluate("document.querySelector('#host').remove(); host.cleanup()")
    sent = page.evaluate("host.sent.length")
    press(page, "1")
    page.clock.run_for(20_000)
    assert page.evaluate("host.sent.length") == sent and len(server.events) == 1

"""The row on the label pad: fetched ahead, sorted, folded, never read as markup, and there at once."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.label_pad_server import Pad, Server, pads


@pytest.fixture
def open_pad(browser: Browser) -> Iterator[Callable[..., Pad]]:
    with pads(browser) as start:
        yield start


def test_rows_are_fetched_ahead_in_batches_and_once(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad()
    expect(pad.root.locator(".card tbody tr").first).to_contain_text("column 0")
    for row in range(100, 120):
        pad.shows(row)
        expect(pad.root.locator(".card .value").first).to_have_text(pad.server.value(row, 0))
        pad.press("1")
    asked = [query["rows"].split(",") for path, query in pad.server.requests if path == "/rows"]
    rows = [row for batch in asked for row in batch]
    assert len(rows) == len(set(rows))
    assert len(asked) <= 5


def test_the_card_sorts_marks_and_folds_and_never_reads_markup(open_pad: Callable[..., Pad]) -> None:
    server = Server()
    nasty = "<img src=x onerror='window.hacked = true'>"
    values = [
        {"column": "small", "value": "1", "contribution": 0.1, "unusual": "low", "left_out": False},
        {"column": nasty, "value": nasty, "contribution": 0.5, "unusual": None, "left_out": False},
        {"column": "text", "value": "word " * 200, "contribution": 0.9, "unusual": "rare", "left_out": False},
        {"column": "void", "value": "", "contribution": None, "unusual": None, "left_out": False},
        {"column": "name", "value": "Ada", "contribution": None, "unusual": None, "left_out": True},
    ]
    server.card = lambda row: {"row": row, "title": nasty, "values": values}  # type: ignore[method-assign]
    for entry in server.classes:
        entry.update(name=entry["name"] + nasty, guideline=nasty)
    pad = open_pad(server)
    lines = pad.root.locator(".card tbody tr:visible")
    expect(lines).to_have_count(5)
    names = [text.split("\n")[0] for text in lines.locator("th").all_inner_texts()]
    assert names == ["name", "text", nasty, "small", "void"]
    expect(lines.nth(1)).to_contain_text("rare")
    expect(lines.nth(3)).to_contain_text("unusually low")
    expect(lines.nth(4)).to_contain_text("missing")
    tall = lines.nth(1).bounding_box()["height"]  # type: ignore[index]
    lines.nth(1).get_by_role("button", name="More").click()
    assert lines.nth(1).bounding_box()["height"] > 2 * tall  # type: ignore[index]
    pad.press("1")
    pad.press("ArrowLeft")
    pad.shows(100)
    pad.page.evaluate(  # an image of the card would have failed before this one
        "() => new Promise((done) => { Object.assign(new Image(), { onerror: done, src: 'x' }); })"
    )
    assert pad.root.locator("img").count() == 0
    assert not pad.page.evaluate("window.hacked")


def test_two_hundred_columns_show_twelve_then_all_and_can_be_filtered(open_pad: Callable[..., Pad]) -> None:
    server = Server()
    server.columns = [f"column {k}" for k in range(200)]
    pad = open_pad(server)
    lines = pad.root.locator(".card tbody tr:visible")
    expect(lines).to_have_count(12)
    pad.root.get_by_role("button", name="Show all 200 columns").click()
    expect(lines).to_have_count(200)
    pad.root.get_by_label("Filter columns").fill("COLUMN 19")
    expect(lines).to_have_count(11)
    expect(pad.root.locator(".status")).to_contain_text("Keys rest while you type")


def test_a_key_press_shows_the_next_row_with_its_values_before_anything_else_happens(
    open_pad: Callable[..., Pad],
) -> None:
    """How many milliseconds a key takes, benchmarks/main_job.py measures."""
    server = Server()
    server.columns = [f"column {k}" for k in range(20)]
    pad = open_pad(server)
    pad.root.get_by_role("button", name="Show all 20 columns").click()
    pad.page.evaluate("document.activeElement.blur()")
    asked, *shown = pad.page.evaluate(
        """() => {
            const root = document.querySelector(".dami-pad");
            const read = () => [root.dataset.row, root.querySelectorAll(".card tbody tr").length];
            const before = read();
            document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "1", bubbles: true, composed: true}));
            return [before, ...read()]; // in one task: neither the server nor a timer has had its turn
        }"""
    )
    assert shown[0] != asked[0] and shown[1] == asked[1] == 20
    pad.saved()

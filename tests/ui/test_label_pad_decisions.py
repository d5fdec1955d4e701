"""Redo, notes, the guess, near duplicates, audited rows and chosen keys, against a server that keeps a log."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.label_pad_server import Pad, Server, pads


@pytest.fixture
def open_pad(browser: Browser) -> Iterator[Callable[..., Pad]]:
    with pads(browser) as start:
        yield start


class Memory(Server):
    """A server that also knows batches, redo, notes, guesses and near duplicates."""

    near_duplicates: tuple[int, ...] = (150, 151)

    def effective(self) -> list[dict[str, Any]]:
        off: set[tuple[str, int]] = set()
        for key, event in reversed(self.events.items()):
            if event["action"] == "undo" and key not in off:
                named = self.events[event["undoes"]["client"], event["undoes"]["seq"]]
                same = [
                    k
                    for k, e in self.events.items()
                    if e is named or (named.get("batch") and e.get("batch") == named["batch"])
                ]
                off.update(same)
        return [e for key, e in self.events.items() if e["action"] != "undo" and key not in off]

    def redo(self) -> list[dict[str, Any]]:
        kept = {id(event) for event in self.effective()}
        found: list[dict[str, Any]] = []
        undone: set[tuple[str, int]] = set()
        for (client, seq), event in reversed(self.events.items()):
            if event["action"] != "undo":
                break
            named = (event["undoes"]["client"], event["undoes"]["seq"])
            if (client, seq) in undone:
                continue
            if self.events[named]["action"] == "undo":
                undone.add(named)
            elif id(self.events[named]) not in kept:
                found.append({"client": client, "seq": seq, "entry": {**self.events[named], "client": named[0]}})
        return found

    def data(self) -> dict[str, Any]:
        more = {"redo": self.redo(), "guess_url": "/guess", "near_duplicates_url": "/near-duplicates"}
        return {**super().data(), **more, **self.extra}

    def card(self, row: int) -> dict[str, Any]:
        notes = [event["note"] for event in self.effective() if event["row"] == row and event.get("note")]
        return {**super().card(row), "note": notes[-1] if notes else ""}

    def answer(self, path: str, query: dict[str, str]) -> Any:
        if path == "/guess":
            if self.extra.get("shy"):
                raise ValueError("No network has been trained yet: label rows of at least two classes first.")
            columns = {name: (-1) ** k * (k + 1.0) for k, name in enumerate(self.columns)}
            shares = [{"class": 2, "probability": 0.8}, {"class": 0, "probability": 0.2}]
            return {"row": int(query["row"]), "classes": shares, "favored": 2, "other": 0, "columns": columns}
        if path == "/near-duplicates":
            return {"rows": list(self.near_duplicates), "why": "2 more rows have the same values."}
        return super().answer(path, query)


def actions(server: Server) -> list[tuple[str, int]]:
    return [(event["action"], event["row"]) for event in server.events.values()]


def test_undo_to_the_first_and_redo_to_the_last_also_after_a_reload(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Memory(), delay=200)
    pad.press("1", "2", "u", "3")
    answers = [(100, 0), (101, 1), (102, None), (103, 2)]
    pad.press("z", "z", "z", "z")
    pad.shows(100)
    expect(pad.button("undo")).to_be_disabled()
    pad.press("Shift+Z", "Shift+Z", "Shift+Z", "Shift+Z")
    expect(pad.button("redo")).to_be_disabled()
    pad.shows(104)
    pad.saved()
    assert pad.server.answers() == answers
    pad.press("z", "z", "Shift+Z", "2")  # something new: nothing is left to redo
    expect(pad.button("redo")).to_be_disabled()
    pad.saved()
    assert pad.server.answers() == [*answers[:3], (103, 1)]
    pad.press("z", "z")
    pad.saved()
    pad.page.evaluate("localStorage.clear()")  # the server knows what was undone, and which numbers were given
    pad.page.reload()
    pad.shows(102)
    pad.press("Shift+Z", "Shift+Z")
    pad.shows(104)
    pad.saved()
    assert pad.server.answers() == [*answers[:3], (103, 1)]
    assert [seq for _, seq in pad.server.events] == list(range(1, len(pad.server.events) + 1))


def test_a_note_is_kept_shown_and_taken_back(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Memory())
    field = pad.root.get_by_label("Note on this row")
    pad.press("w")
    expect(field).to_be_focused()
    pad.page.keyboard.type("1 <b>odd</b> tail")
    pad.press("Enter")
    expect(field).not_to_be_focused()
    pad.shows(100)  # the digit was text
    pad.saved()
    assert actions(pad.server) == [("note", 100)]
    assert next(iter(pad.server.events.values()))["note"] == "1 <b>odd</b> tail"
    pad.press("2")
    pad.shows(101)
    expect(field).to_have_value("")
    pad.press("ArrowLeft")
    expect(field).to_have_value("1 <b>odd</b> tail")
    pad.saved()
    assert pad.server.labels() == {100: 1}
    pad.press("ArrowRight", "z", "z")
    pad.shows(100)
    expect(field).to_have_value("")
    pad.saved()
    assert pad.server.effective() == []
    pad.press("w")
    pad.page.keyboard.type("nothing")
    pad.press("Escape")
    expect(field).to_have_value("")
    pad.saved()
    assert len(pad.server.events) == 4


def test_the_guess_is_fetched_when_asked_for_and_gone_with_the_row(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Memory())
    guess = pad.root.locator(".guess")
    first = pad.root.locator(".card tbody:not(.left) tr:visible").first
    expect(first).to_contain_text("column 0")
    expect(guess).to_be_hidden()
    assert not any(path == "/guess" for path, _ in pad.server.requests)
    pad.press("q")
    expect(guess).to_contain_text("Gentoo80 %Adelie20 %")
    expect(guess).to_contain_text("may lead you")
    expect(first).to_contain_text("column 7")  # the largest of either sign
    bars = pad.root.locator(".card tbody:not(.left) tr:visible .fill")
    left, right = (bars.nth(k).evaluate("bar => [bar.style.marginLeft, bar.style.background]") for k in (0, 1))
    assert left == ["0%", "rgb(0, 114, 178)"] and right == ["50%", "rgb(0, 158, 115)"]
    pad.press("q")
    expect(guess).to_be_hidden()
    expect(first).to_contain_text("column 0")
    pad.press("q", "1")
    pad.shows(101)
    expect(guess).to_be_hidden()
    pad.server.extra["shy"] = True
    pad.press("q")
    expect(guess).to_contain_text("No network has been trained yet")


def test_a_discard_offers_its_near_duplicates_which_go_and_come_back_together(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Memory())
    pad.press("x")
    offer = pad.root.locator(".near-duplicates")
    expect(offer).to_contain_text("2 more rows have the same values.")
    offer.get_by_role("button", name="Discard all 2").click()
    expect(offer).to_be_hidden()
    pad.saved()
    assert actions(pad.server) == [("discard", 100), ("discard", 150), ("discard", 151)]
    batches = [event["batch"] for event in pad.server.events.values()]
    assert batches[0] is None and batches[1] == batches[2] is not None
    pad.press("z")
    pad.saved()
    assert [row for row, _ in pad.server.answers()] == [100]
    pad.press("Shift+Z")
    pad.saved()
    assert [row for row, _ in pad.server.answers()] == [100, 150, 151]
    pad.press("x")
    expect(offer).to_be_visible()
    pad.press("1")  # the next answer
    expect(offer).to_be_hidden()
    pad.press("x")
    offer.get_by_role("button", name="Keep them").click()
    expect(offer).to_be_hidden()
    pad.saved()
    assert actions(pad.server)[-3:] == [("discard", 101), ("label", 102), ("discard", 103)]


def test_audited_rows_have_no_guess_and_do_not_count_for_the_round(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Memory())
    data = pad.page.evaluate("host.data")
    queue = [{**item, "audit": True, "strategy": "audit", "nearest": None} for item in data["queue"][:3]]
    pad.draw(queue=[*queue, *data["queue"][3:]], audit={"size": 12, "answered": 4}, project="p2")
    expect(pad.root.locator(".round")).to_have_text("Audit · 4 of 12 judged")
    expect(pad.button("guess")).to_be_disabled()
    pad.press("q")
    expect(pad.root.locator(".guess")).to_be_hidden()
    pad.page.evaluate("host.frozen = true")
    pad.press("1", "1", "1")
    expect(pad.root.locator(".round")).to_contain_text("0 of 10")


def test_keys_can_be_chosen_and_are_kept(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Memory(("yes", "no", "later")))
    pad.press("?")
    panel = pad.root.locator(".help")
    chooses = lambda name: panel.get_by_role("button", name=name)  # noqa: E731
    chooses("Another key for the class no, now 2 or N").click()
    for key, sentence in (
        ("c", "Streamlit's own keys"),
        ("u", "key of “unsure” already"),
        ("Control+k", "Keys with Ctrl"),
        ("y", "the class “yes” already"),
        ("F5", "needs this key itself"),
    ):
        pad.press(key)
        expect(panel.get_by_role("status")).to_contain_text(sentence)
    pad.press("k")
    expect(panel.get_by_role("status")).to_have_text("K it is.")
    chooses("Another key for “unsure”, now U").click()
    pad.press("Escape")
    expect(chooses("Another key for “unsure”, now U")).to_have_text("U")
    chooses("Another key for “unsure”, now U").click()
    pad.press("j")
    pad.press("?", "j", "k", "2", "n")
    pad.saved()
    assert pad.server.answers() == [(100, None), (101, 1)]
    expect(pad.button("unsure")).to_have_attribute("aria-keyshortcuts", "J")
    expect(pad.button("unsure").locator("kbd")).to_have_text("J")
    pad.page.reload()
    pad.shows(102)
    expect(pad.root.locator("[data-class='1']")).to_have_attribute("aria-keyshortcuts", "K")
    pad.press("?")
    panel.get_by_role("button", name="Usual keys again").click()
    expect(pad.root.locator("[data-class='1']")).to_have_attribute("aria-keyshortcuts", "2 N")
    pad.press("u")
    pad.shows(103)


def test_who_chose_the_row_is_among_the_numbers(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Memory())
    item = pad.page.evaluate("host.data.queue[0]")
    pad.draw(queue=[{**item, "strategy": "dami"}], strategies={"dami": "DAMI"}, project="p3")
    pad.root.get_by_text("Numbers").click()
    numbers = pad.root.locator("dl").first
    expect(numbers).to_contain_text("Chosen byDAMI")
    expect(numbers).to_contain_text("Covering radius")
    without = {
        "strategy": "audit",
        "radius": None,
        "distance": None,
        "nearest": None,
        "facts": [["Difference", "12.5 %"]],
    }
    pad.draw(queue=[{**item, **without}], project="p4")
    pad.root.get_by_text("Numbers").click()
    expect(numbers).to_contain_text("Chosen bydrawn at random")
    expect(numbers).to_contain_text("Difference12.5 %")
    expect(numbers).not_to_contain_text("Covering radius")


def test_fingers_find_large_buttons(browser: Browser) -> None:
    with (
        Memory() as server,
        browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 820, "height": 1180}) as tablet,
    ):
        pad = Pad(tablet.new_page(), server)
        for button in pad.root.locator("button.class:visible, button.control:visible").all():
            assert round(button.bounding_box()["height"]) >= 44
        pad.root.locator("[data-class='1']").tap()
        pad.shows(101)
        pad.button("undo").tap()
        pad.shows(100)
        pad.saved()
        assert pad.errors == []

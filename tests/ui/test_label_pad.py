"""The label pad in a real browser: keys, queue and history, against a server that can be slow or stale."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.label_pad_server import Pad, Server, pads


@pytest.fixture
def open_pad(browser: Browser) -> Iterator[Callable[..., Pad]]:
    with pads(browser) as start:
        yield start


# ---- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{"delay": 5}, {"delay": 120, "jumbled": 1}])
def test_a_burst_of_keys_answers_the_rows_that_were_on_screen(open_pad: Callable[..., Pad], settings: dict) -> None:
    pad = open_pad(**settings)
    on_screen = pad.page.evaluate(
        """async () => {
            const rows = [];
            for (let k = 0; k < 20; k++) {
                rows.push(Number(document.querySelector(".dami-pad").dataset.row));
                const event = {key: String(1 + (k % 3)), bubbles: true, composed: true};
                document.body.dispatchEvent(new KeyboardEvent("keydown", event));
                await new Promise((done) => setTimeout(done, 40));
            }
            return rows;
        }"""
    )
    pad.saved()
    assert on_screen == list(range(100, 120))
    assert pad.server.answers() == [(row, k % 3) for k, row in enumerate(on_screen)]
    assert [event["seq"] for event in pad.server.events.values()] == list(range(1, 21))
    assert [event["step"] for event in pad.server.events.values()] == list(range(1, 21))


def test_keys_that_are_not_meant_are_ignored(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad()
    body = "document.body"
    fire = """([code, props]) => {
        const event = new KeyboardEvent("keydown", {bubbles: true, composed: true, key: "1", ...props});
        eval(code).dispatchEvent(event);
    }"""
    add = """html => {
        window.box?.remove();
        box = document.createElement("div");
        box.innerHTML = html;
        document.body.append(box);
    }"""
    for props in ({"repeat": True}, {"ctrlKey": True}, {"metaKey": True}, {"altKey": True}, {"isComposing": True}):
        pad.page.evaluate(fire, [body, props])
    for key in ("c", "r", "R", "!", "Z"):
        pad.page.evaluate(fire, [body, {"key": key, "shiftKey": key in "!Z"}])
    for markup in (
        "<input>", "<textarea></textarea>", "<select><option>1</select>", "<p contenteditable><b>x</b></p>",
        "<p role='textbox' tabindex='0'></p>", "<canvas tabindex='0'></canvas>",
    ):  # fmt: skip
        pad.page.evaluate(add, markup)
        pad.page.evaluate(fire, ["box.querySelector('b') ?? box.firstChild", {}])
        pad.page.evaluate(fire, ["box.querySelector('b') ?? box.firstChild", {"key": "Backspace"}])
    pad.page.evaluate("box.attachShadow({mode: 'open'}).innerHTML = '<input>'")
    pad.page.evaluate(fire, ["box.shadowRoot.firstChild", {}])
    pad.page.evaluate(add, "<div role='dialog'>open</div>")
    pad.press("1")
    pad.page.evaluate("box.remove(); Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    pad.press("1")
    pad.page.evaluate("delete document.hidden; document.querySelector('#host').style.display = 'none'")
    pad.press("1")
    pad.page.evaluate("document.querySelector('#host').style.display = ''")
    assert pad.row == 100
    assert pad.page.evaluate("host.sent") == []
    pad.press("1")  # and now it listens
    pad.shows(101)
    pad.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<input type=checkbox id=switch>')")
    pad.page.locator("#switch").click()
    pad.press("2")  # a switch that was just clicked has no use for it
    pad.shows(102)


def test_a_focused_button_keeps_its_own_keys(open_pad: Callable[..., Pad]) -> None:
    server = Server(mode="practise")
    pad = open_pad(server)
    pad.press("v")
    expect(pad.root.locator(".known")).to_contain_text("The known label is Chinstrap: press 2 or Enter to give it.")
    expect(pad.root.locator("[data-class='1']")).to_have_attribute("data-known", "")
    pad.root.locator("[data-class='0']").focus()
    pad.press("Enter")  # the button's class, not the revealed one
    pad.shows(101)
    expect(pad.root.locator("[data-known]")).to_have_count(0)
    pad.saved()
    assert server.answers() == [(100, 0)]
    pad.press("3")  # digits work while a button has the focus
    pad.saved()
    assert server.answers() == [(100, 0), (101, 2)]


def test_more_than_nine_classes_are_typed(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(Server(tuple(f"Class {k:02d}" for k in range(30))))
    pad.press("/")
    pad.page.keyboard.type("25")
    assert pad.root.locator("[data-class]:visible").count() == 1
    pad.press("Enter")
    pad.page.keyboard.type("11")  # the field keeps the focus for the next row
    pad.press("Enter", "Enter", "Escape", "9")
    pad.saved()
    assert pad.server.answers() == [(100, 25), (101, 11), (102, 8)]


# ---- the queue -------------------------------------------------------------------------------------------------------


def test_empty_states(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad()
    empty = pad.root.locator(".empty")
    pad.page.evaluate("host.frozen = true")
    pad.draw(queue=pad.server.data()["queue"][:1])
    pad.press("1", "1", "1")  # two are held; then nothing is left, and nothing is lost
    expect(empty).to_have_text("Choosing the next rows…")
    assert pad.row is None
    assert pad.told()[-1]["row"] is None
    acks = pad.page.evaluate("({[host.sent.at(-1).client]: 9})")
    pad.draw(queue=[], acks=acks, training=True)
    expect(empty).to_have_text("Choosing the next rows…")
    pad.draw(training=False)
    expect(empty).to_contain_text("Every row is labelled.")
    pad.draw(history=[{"client": "before", "seq": 1, "row": 5, "action": "discard", "class": None}])
    expect(empty).to_contain_text("Every row is labelled or skipped.")
    pad.draw(queue=[{"row": 7, "step": 9}])
    pad.shows(7)
    pad.draw(classes=[])
    expect(empty).to_contain_text("no classes")
    expect(empty).to_contain_text("Begin a new one")


def test_numbers_in_the_header_follow_at_once(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad(delay=100_000)
    pad.press("1", "1", "3")
    pad.button("unsure").click()
    expect(pad.root.locator(".round")).to_have_text("Round 1 · 3 of 10")
    expect(pad.root.locator(".goal")).to_have_text("3 of 300")
    assert pad.root.locator(".class .count").all_inner_texts() == ["2", "0", "1"]
    expect(pad.root).to_have_attribute("data-pending", "4")
    expect(pad.root.locator(".status")).to_have_text("4 not saved yet")
    pad.press("z", "z")
    expect(pad.root.locator(".goal")).to_have_text("2 of 300")
    assert pad.root.locator(".class .count").all_inner_texts() == ["2", "0", "0"]


# ---- undo, back, history ---------------------------------------------------------------------------------------------


def test_undo_goes_back_through_own_answers_and_those_of_earlier_sessions(open_pad: Callable[..., Pad]) -> None:
    server = Server()
    item = {"action": "label", "class": 1, "source": "human", "undoes": None, "model": 1, "step": 1, "pressed": 0}
    server.receive({"client": "before", "items": [{**item, "seq": 4, "row": 100}]})
    pad = open_pad(server, delay=60)
    pad.shows(101)
    pad.press("1", "2")
    assert pad.row == 103
    pad.press("z")
    assert pad.row == 102
    pad.press("Backspace")
    assert pad.row == 101
    pad.press("z")
    assert pad.row == 100
    pad.saved()
    pad.shows(100)
    client = pad.page.evaluate("sessionStorage.getItem('dami-client')")
    undone = [event["undoes"] for event in server.events.values() if event["action"] == "undo"]
    assert undone == [{"client": client, "seq": 2}, {"client": client, "seq": 1}, {"client": "before", "seq": 4}]
    assert len(server.events) == 6  # nothing is removed from the log
    assert server.effective() == []
    pad.press("3", "3", "3", "3")
    pad.saved()
    assert server.answers() == [(100, 2), (101, 2), (102, 2), (103, 2)]
    assert pad.told("labeled")[:5] == [
        {"row": 101, "class": 0}, {"row": 102, "class": 1}, {"row": 102, "class": None}, {"row": 101, "class": None},
        {"row": 100, "class": None},
    ]  # fmt: skip


def test_back_and_forward_walk_the_answers_and_correct_them(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad()
    pad.press("1", "2", "3")
    pad.saved()
    for row in (102, 101, 100, 100):
        pad.press("ArrowLeft")
        assert pad.row == row
    assert pad.told()[-1] | {"row": 100, "step": 1, "label": 0, "nearest": 87, "radius": 4.5} == pad.told()[-1]
    pad.press("ArrowRight", "3")  # corrects 101 and goes on
    assert pad.row == 102
    pad.press("ArrowRight")
    assert pad.row == 103
    pad.saved()
    given = [(event["row"], event["class"]) for event in pad.server.events.values()]
    assert given == [(100, 0), (101, 1), (102, 2), (101, 2)]
    pad.press("z")  # the correction is taken back: the first answer holds again
    assert pad.row == 101
    expect(pad.root.locator(".has")).to_have_text("Chinstrap")
    pad.press("Escape")
    assert pad.row == 103


def test_the_list_of_answers_leads_back_to_a_row(open_pad: Callable[..., Pad]) -> None:
    server = Server()
    item = {"action": "label", "class": 1, "source": "human", "undoes": None, "model": 1, "step": 1, "pressed": 0}
    server.receive({"client": "before", "items": [{**item, "seq": k, "row": k} for k in range(1, 71)]})
    pad = open_pad(server)
    lines = pad.root.locator(".entries li")
    expect(lines).to_have_count(50)
    expect(lines.first).to_contain_text("Row 70")
    pad.root.get_by_role("button", name="Show 20 more").click()
    expect(lines).to_have_count(70)
    lines.nth(1).get_by_role("button").click()
    pad.shows(69)
    pad.press("3")
    pad.shows(100)
    expect(lines.first).to_contain_text("Row 69")
    expect(lines.first).to_contain_text("Gentoo")
    expect(lines).to_have_count(70)
    pad.saved()
    assert server.labels()[69] == 2
    assert len(server.events) == 71


def test_a_label_that_the_history_no_longer_holds_is_shown_where_its_row_is_chosen(
    open_pad: Callable[..., Pad],
) -> None:
    server = Server()
    item = {"action": "label", "class": 1, "source": "human", "undoes": None, "model": 1, "step": 1, "pressed": 0}
    server.receive({"client": "before", "items": [{**item, "seq": k, "row": 1000 + k} for k in range(1, 311)]})
    pad = open_pad(server)
    given, class_1 = pad.root.locator(".has"), pad.root.locator("[data-class='1']")
    expect(pad.root.locator(".given summary")).to_have_text("Your labels: the last 300 answers")
    expect(given).to_have_text("")
    pad.page.evaluate("dispatchEvent(new CustomEvent('dami:pick', {detail: {row: 1002}}))")
    expect(given).to_have_text("Chinstrap")
    expect(class_1).to_have_attribute("aria-pressed", "true")
    assert (pad.told()[-1]["row"], pad.told()[-1]["label"]) == (1002, 1)
    pad.press("3")
    pad.saved()
    pad.press("ArrowLeft")
    pad.shows(1002)
    expect(given).to_have_text("Gentoo")
    pad.press("z")  # what the server says once the correction is taken back there
    pad.saved()
    pad.shows(1002)
    expect(given).to_have_text("Chinstrap")
    pad.page.evaluate("dispatchEvent(new CustomEvent('dami:pick', {detail: {row: 1500}}))")
    pad.shows(1500)
    expect(given).to_have_text("")


def test_any_row_can_be_found_and_labeled(open_pad: Callable[..., Pad]) -> None:
    pad = open_pad()
    field = pad.root.get_by_label("Find a row by its number")
    pad.press("/")
    expect(field).to_be_focused()
    pad.page.keyboard.type("1234")
    pad.press("Enter")
    pad.shows(1234)
    pad.press("2")
    pad.shows(100)
    field.fill("9999")
    field.press("Enter")
    expect(pad.root.locator(".hits")).to_contain_text("There is no row 9999")
    assert pad.row == 100
    field.fill("beak")
    expect(pad.root.locator(".hits [role=option]")).to_have_count(3)
    field.press("ArrowDown")
    field.press("Enter")
    pad.shows(42)
    pad.press("Escape")
    pad.shows(100)
    pad.page.evaluate("dispatchEvent(new CustomEvent('dami:pick', {detail: {row: 55}}))")
    pad.shows(55)
    pad.press("ArrowRight")
    pad.shows(100)
    pad.server.extra["focus"] = 77
    pad.draw(focus=77)
    pad.shows(77)
    pad.press("1")
    pad.saved()
    pad.draw(focus=77)  # the same wish again does not pull back
    assert pad.row == 100
    assert [(e["row"], e["class"], e["step"]) for e in pad.server.events.values()] == [(1234, 1, None), (77, 0, None)]

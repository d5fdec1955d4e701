"""Practise on penguins: Step, Play with the line and the ball of each pick, a training whose loss moves."""

import re

import pytest
from playwright.sync_api import Page, expect
from servers import Server
from steps import WAIT, open_page, practise, until, wait_for_model, wait_until_saved

from dami.store import annotations, database, models, projects


def picks_drawn(page: Page) -> dict[int, str]:
    """The row on screen and its distance as the map writes it, if the map has its line and its ball."""
    row, marks = page.evaluate(
        """() => [
            Number(document.querySelector(".dami-pad").dataset.row),
            [...document.querySelectorAll(".dami-overlay [data-mark]")].map((m) => [m.dataset.mark, m.textContent]),
        ]"""
    )
    texts = dict(marks)
    drawn = {"line", "ball"} <= set(texts) and re.search(r"\d", texts.get("distance", ""))
    return {row: texts["distance"]} if drawn else {}


def test_steps_train_play_draws_its_picks_and_the_loss_moves(page: Page, server: Server):
    """The picks are those of the command line: tests/workspace/training/test_rounds.py."""
    practise(page, "penguins")
    [project] = projects.listing()
    database.reset()
    expect(page.locator("[data-ready=true]")).to_be_visible(timeout=WAIT)
    for _ in range(10):
        page.keyboard.press("s")
    wait_for_model(page, 1)
    wait_until_saved(page)
    asked = models.get(project.id, 0).selection.rows[:10]
    stored = [(event.row, event.source) for event in annotations.events(project.id)]
    assert stored == [(int(row), "oracle") for row in asked]

    page.keyboard.press("p")
    drawn: dict[int, str] = {}

    def three_drawn() -> bool:
        drawn.update(picks_drawn(page))
        return len(drawn) >= 3

    until(page, three_drawn)
    page.keyboard.press("p")
    wait_until_saved(page)
    played = [event.row for event in annotations.events(project.id)][10:]
    assert played == [int(row) for row in models.get(project.id, 1).selection.rows[: len(played)]]
    assert len(played) >= 2
    measured_on = f"Accuracy on the {344 - 10 - len(played)} rows whose labels are still hidden"
    database.reset()

    open_page(page, "Model")
    page.evaluate(
        """() => {
            window.readouts = [];
            const read = (id) => document.querySelector(`[data-testid=${id}]`)?.innerText;
            const look = () => read("loss") && readouts.push([read("step"), read("loss")]); // both at one moment
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
            look();
        }"""
    )
    page.get_by_role("button", name="Train").click()
    readouts: list[tuple[str, str]] = []

    def is_over() -> bool:
        readouts[:] = map(tuple, page.evaluate("readouts"))
        over = [step == "step 100 of 100" for step, _ in readouts]
        return bool(over) and over[-1] and not all(over)  # before, it shows the network that is there

    until(page, is_over)
    expect(page.get_by_text(measured_on)).to_be_visible(timeout=WAIT)
    history = {step: loss for step, loss, _ in models.latest(project.id).summary.history}
    database.reset()
    started = next(k for k, (step, _) in enumerate(readouts) if step != "step 100 of 100")
    seen = {int(step.split()[1]): float(loss.removeprefix("Loss ")) for step, loss in readouts[started:]}
    assert len(seen) >= 5  # it moves
    assert seen == {
        step: pytest.approx(history[step], rel=0.06, abs=6e-4 if history[step] > 0.01 else 0) for step in seen
    }
    assert history[100] < history[0] / 10

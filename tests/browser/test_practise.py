"""Practise on penguins: the map is held, steps equal the command line's picks, Play draws them, the loss moves."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect
from servers import ROOT, Server
from steps import (
    WAIT,
    choose_demo,
    open_page,
    pad,
    practise,
    row_on_screen,
    still,
    until,
    wait_for_model,
    wait_until_saved,
)

from dami.__main__ import cli
from dami.networks.regions import linear_regions
from dami.store import database, models, projects
from dami.tables.demos import load_demo
from dami.views.positions import pack_positions
from dami.views.projection import project_map
from dami.workspace.training.encoded_pool import cached
from dami.workspace.training.model_arrays import artifacts


def picks_of_command_line(labeled: list[int], folder: Path) -> list[int]:
    """What ``dami query`` picks once these rows have their labels."""
    frame = load_demo("penguins")
    frame["label"] = frame["label"].where(frame.index.isin(labeled))
    frame.to_csv(folder / "penguins.csv", index=False)
    done = CliRunner().invoke(cli, ["query", str(folder / "penguins.csv"), "--target", "label", "-n", "10"])
    assert done.exit_code == 0, done.output
    return [int(line["row"]) for line in csv.DictReader(io.StringIO(done.stdout))]


def step(page: Page) -> int:
    """Press Step; the row that the oracle answered."""
    row = row_on_screen(page)
    page.keyboard.press("s")
    expect(pad(page)).not_to_have_attribute("data-row", str(row), timeout=WAIT)
    wait_until_saved(page)
    return row


def test_twenty_steps_equal_the_command_lines_picks_and_train_as_shown(page: Page, server: Server, tmp_path: Path):
    choose_demo(page, "Penguins")
    expect(page.get_by_text("UMAP of the encoded rows")).to_be_visible(timeout=WAIT)
    [project] = projects.listing()
    cold = re.compile(re.escape(str(models.get(project.id, 0).map_name).partition("-")[2]))
    database.reset()
    drawn = page.locator(".dami-map")
    expect(drawn).to_have_attribute("data-positions", cold, timeout=WAIT)
    still(page)
    page.get_by_text("Hold the map").click()
    expect(drawn).to_have_attribute("data-positions", cold, timeout=WAIT)
    first = [step(page) for _ in range(9)]
    last = row_on_screen(page)
    page.keyboard.press("s")  # the round is complete: Step waits for the network that these ten labels train
    first.append(last)
    wait_for_model(page, 1)
    expect(page.get_by_text("Held: the map of the cold start")).to_be_visible(timeout=WAIT)
    expect(drawn).to_have_attribute("data-positions", cold, timeout=WAIT)
    page.get_by_text("Hold the map").click()
    expect(drawn).not_to_have_attribute("data-positions", cold, timeout=WAIT)
    second = [step(page) for _ in range(9)]
    second.append(row_on_screen(page))
    assert first == picks_of_command_line([], tmp_path)
    assert second == picks_of_command_line(first, tmp_path)
    for row in reversed((first + second)[:-1]):
        page.keyboard.press("ArrowLeft")
        expect(pad(page)).to_have_attribute("data-row", str(row))
        expect(page.locator(f'[role=img][data-row="{row}"], [data-row="{row}"] [role=img]').first).to_be_attached()
    for row in (first + second)[1:]:
        page.keyboard.press("ArrowRight")
        expect(pad(page)).to_have_attribute("data-row", str(row))

    # The loss moves, and the map is the UMAP of the representation.
    expect(page.get_by_text("UMAP of the local models of network 1")).to_be_visible(timeout=WAIT)
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
    expect(page.get_by_text("Accuracy on the 325 rows whose labels are still hidden")).to_be_visible(timeout=WAIT)
    history = {step: loss for step, loss, _ in models.latest(projects.listing()[0].id).summary.history}
    database.reset()
    started = next(k for k, (step, _) in enumerate(readouts) if step != "step 100 of 100")
    seen = {int(step.split()[1]): float(loss.removeprefix("Loss ")) for step, loss in readouts[started:]}
    assert len(seen) >= 5  # it moves
    assert seen == {
        step: pytest.approx(history[step], rel=0.06, abs=6e-4 if history[step] > 0.01 else 0) for step in seen
    }
    assert history[100] < history[0] / 10

    open_page(page, "Explore")
    expect(page.get_by_text("UMAP of the local models of network 2")).to_be_visible(timeout=WAIT)
    drawn = page.locator("[data-positions]").first  # the map follows its caption
    name = re.escape(str(models.latest(project.id).map_name).partition("-")[2])
    expect(drawn).to_have_attribute("data-positions", re.compile(name), timeout=WAIT)
    address = drawn.get_attribute("data-positions")
    shown = page.request.get(f"{server.url}{address}").body()
    pool = cached(project)
    assert pool is not None
    expected = None
    for number in (1, 2):
        layers = artifacts(project.id, number).layers
        assert layers is not None
        expected = project_map(linear_regions(layers, pool.X).representation, previous=expected)
    database.reset()
    assert models.latest(project.id).number == 2
    assert expected is not None
    assert shown == pack_positions(expected)
    assert np.frombuffer(shown, "<u2").size == 2 * len(pd.read_csv(ROOT / "dami/tables/demos/penguins.csv"))


def test_play_draws_each_pick_with_its_line_and_radius(page: Page):
    practise(page, "penguins")
    expect(page.locator("[data-ready=true]")).to_be_visible(timeout=WAIT)
    page.keyboard.press("p")
    drawn: dict[int, str] = {}

    def six_drawn() -> bool:
        drawing = page.evaluate(
            """() => {
                const mark = (name) => document.querySelector(`.dami-overlay [data-mark=${name}]`);
                const row = Number(document.querySelector(".dami-pad").dataset.row);
                const [line, ball] = ["line", "ball"].map((name) => mark(name) !== null);
                return {row, line, ball, text: mark("distance")?.textContent ?? ""};
            }"""
        )
        if drawing["line"] and drawing["ball"] and re.search(r"\d", drawing["text"]):
            drawn[int(drawing["row"])] = drawing["text"]
        return len(drawn) >= 6

    until(page, six_drawn)
    page.keyboard.press("p")

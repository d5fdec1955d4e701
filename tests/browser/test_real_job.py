"""The main job as a person does it on a table of one's own: upload, label by keyboard, reload, go on, export."""

from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect
from servers import SERVER_ON_BOTH
from steps import (
    WAIT,
    begin,
    download,
    open_page,
    press,
    row_on_screen,
    start_with_classes,
    wait_for_model,
    wait_until_saved,
)

TITANIC = Path(__file__).parents[2] / "dami" / "tables" / "demos" / "titanic.csv"
NAMES = {"1": "lost", "2": "saved"}


@SERVER_ON_BOTH
def test_twenty_labels_on_titanic_reach_the_file_on_the_right_rows(page: Page, tmp_path: Path):
    frame = pd.read_csv(TITANIC, nrows=300)
    empty = frame.assign(label=None)
    empty.to_csv(tmp_path / "passengers.csv", index=False)
    truth = frame["label"].map({0: "1", 1: "2"})
    start_with_classes(page, tmp_path / "passengers.csv", "lost, saved")
    given: dict[int, str] = {}
    for k in range(20):
        row = row_on_screen(page)
        assert row not in given
        given[row] = NAMES[truth[row]]
        page.keyboard.press(truth[row])
        if k == 9:
            wait_until_saved(page)
            page.reload()
            row_on_screen(page)
    wait_until_saved(page)
    wait_for_model(page, 1)
    open_page(page, "Export")
    expect(page.get_by_text("There is no network yet")).to_be_hidden()
    expect(page.get_by_text("The network is being trained on your last labels")).to_be_hidden(timeout=WAIT)
    exported = pd.read_csv(download(page, "Table as CSV", tmp_path))
    assert len(exported) == len(frame)
    by_hand = exported[exported["label_source"] == "human"]
    assert dict(zip(by_hand.index, by_hand["label"], strict=True)) == given
    rest = exported.drop(index=by_hand.index)
    assert set(rest["label_source"]) == {"model"}
    assert set(rest["label"]) <= {"lost", "saved"}
    assert rest["confidence"].between(0.5, 1).all()
    assert (by_hand["strategy"] == "dami-plus").all()  # recommended
    pd.testing.assert_frame_equal(exported[["age", "fare"]], frame[["age", "fare"]])


def test_bursts_of_keys_are_stored_in_order_on_the_rows_on_screen(page: Page, tmp_path: Path):
    begin(page, pd.read_csv(TITANIC, nrows=200).assign(label=None), "lost, saved")
    seen: list[tuple[int, str]] = []
    for pause in (40, 100, 300):
        row_on_screen(page)
        seen += press(page, "12121221121221211212", pause)
        wait_until_saved(page)
    assert len({row for row, _ in seen}) == 60
    open_page(page, "Export")
    log = pd.read_csv(download(page, "Annotation log", tmp_path))
    stored = list(zip(log["row"], log["label"], strict=True))
    assert stored == [(row, NAMES[key]) for row, key in seen]

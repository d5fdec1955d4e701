"""The main job as a person does it on a table of one's own: upload, label by keyboard, reload, go on, export.

Here it is done on PostgreSQL: on SQLite, `test_labelling.py` does it, and more.
"""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from steps import (
    WAIT,
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


@pytest.mark.parametrize("server", ["on_postgresql"], indirect=True)
def test_bursts_of_labels_on_titanic_reach_the_files_in_order_on_the_right_rows(page: Page, tmp_path: Path):
    frame = pd.read_csv(TITANIC, nrows=300)
    frame.assign(label=None).to_csv(tmp_path / "passengers.csv", index=False)
    start_with_classes(page, tmp_path / "passengers.csv", "lost, saved")
    seen: list[tuple[int, str]] = []
    for pause in (40, 100, 300):
        row_on_screen(page)
        seen += press(page, "1212112", pause)
        wait_until_saved(page)
        if pause == 100:
            page.reload()
    given = {row: NAMES[key] for row, key in seen}
    assert len(given) == 21
    wait_for_model(page, 1)
    open_page(page, "Export")
    expect(page.get_by_text("There is no network yet")).to_be_hidden()
    expect(page.get_by_text("The network is being trained on your last labels")).to_be_hidden(timeout=WAIT)
    log = pd.read_csv(download(page, "Annotation log", tmp_path))
    assert list(zip(log["row"], log["label"], strict=True)) == list(given.items())
    exported = pd.read_csv(download(page, "Table as CSV", tmp_path))
    assert len(exported) == len(frame)
    by_hand = exported[exported["label_source"] == "human"]
    assert by_hand["label"].to_dict() == given
    rest = exported.drop(index=by_hand.index)
    assert set(rest["label_source"]) == {"model"}
    assert set(rest["label"]) <= {"lost", "saved"}
    assert rest["confidence"].between(0.5, 1).all()
    assert (by_hand["strategy"] == "dami-plus").all()  # recommended
    pd.testing.assert_frame_equal(exported[["age", "fare"]], frame[["age", "fare"]])

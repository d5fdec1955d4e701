"""The dialog of classes in a browser: fields, keys, the pad behind it. The rest is in `test_label_page.py`."""

import numpy as np
import pandas as pd
from playwright.sync_api import Locator, Page, expect
from servers import Server
from steps import WAIT, begin, pad, press, row_on_screen, wait_until_saved


def animals(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    columns = {"weight": np.arange(n) % 3 * 4 + rng.normal(size=n), "legs": rng.integers(2, 6, size=n)}
    return pd.DataFrame({"code": [f"A{(k * 37) % 1000:03d}" for k in range(n)], **columns, "label": pd.NA})


def given(page: Page, name: str) -> Locator:
    """The pad's button that gives a class."""
    return pad(page).locator("button.class", has_text=name)


def test_classes_are_edited_while_rows_are_labelled(page: Page, server: Server):
    begin(page, animals(9), "cat, dog, owl")
    press(page, "1231", 60)
    wait_until_saved(page)
    row = row_on_screen(page)
    page.get_by_role("button", name="Edit classes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 labels")).to_be_visible(timeout=WAIT)

    name = dialog.get_by_label("Name of cat")
    name.fill("dog")
    name.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("There is a class named 'dog' already.", timeout=WAIT)
    # While the dialog is drawn anew, the old field stands beside the new one.
    expect(name).to_have_count(1, timeout=WAIT)
    expect(name).to_have_value("cat", timeout=WAIT)
    name.fill("<b>lynx</b> *1*")
    name.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_count(0, timeout=WAIT)
    new = dialog.get_by_label("New class")
    expect(new).to_have_count(1, timeout=WAIT)
    new.fill("fox")
    new.press("Enter")
    expect(dialog.get_by_label("Name of fox")).to_be_visible(timeout=WAIT)
    expect(new).to_have_value("", timeout=WAIT)
    dialog.get_by_text("2 labels").click()  # out of the field, which has an Escape of its own
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0, timeout=WAIT)

    assert row_on_screen(page) == row  # nothing typed in the dialog was taken for an answer
    for shown in ("<b>lynx</b> *1*", "dog", "owl", "fox"):
        expect(given(page, shown)).to_be_visible(timeout=WAIT)
    assert "created with a default value" not in server.log()

"""Models and labels that travel, as a person takes them along: new rows predicted, labels from a file, a report.

Files that are no tables are a sentence on the page, and the open project is kept.
"""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Page, expect
from servers import Server
from steps import WAIT, download, open_page, practise, press, until, wait_for_model, wait_for_script, wait_until_saved

from dami.store import annotations, database, projects
from dami.tables.demos import load_demo
from dami.workspace.annotating import corrections

PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de") + bytes(range(256)) * 8
CLASSES = ["Adelie", "Chinstrap", "Gentoo"]


def test_new_rows_are_predicted_and_labels_come_and_go_as_one(page: Page, server: Server, tmp_path: Path):
    frame = load_demo("penguins")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    practise(page, "penguins")
    press(page, "1231231231", 120)
    wait_until_saved(page)
    wait_for_model(page, 1)

    open_page(page, "Export")
    rows = tmp_path / "new penguins.csv"
    frame.drop(columns="label").head(30).to_csv(rows, index=False)
    page.locator("input[type=file]").first.set_input_files(rows)
    expect(page.get_by_text("30 rows predicted")).to_be_visible(timeout=WAIT)
    said = pd.read_csv(download(page, "Predictions", tmp_path))
    shares = said.filter(like="probability ").to_numpy()
    assert len(said) == 30 and set(said["prediction"]) <= set(CLASSES)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    weights = pd.read_csv(download(page, "Local weights", tmp_path))
    assert len(weights) == 30 * shares.shape[1]
    with zipfile.ZipFile(io.BytesIO(download(page, "Network as ONNX", tmp_path).read_bytes())) as archive:
        assert {"network.onnx", "encoding.json", "README.txt"} <= set(archive.namelist())
    assert "Penguins" in download(page, "Report", tmp_path).read_text(encoding="utf-8")

    [project] = projects.listing()
    before = annotations.labels(project.id)
    free = [row for row in range(len(frame)) if row not in before][:20]
    theirs = tmp_path / "labels of Bo.csv"
    taken = next(iter(before))
    other = CLASSES[(before[taken] + 1) % 3]
    labels = [*frame["label"].iloc[free], other]
    pd.DataFrame({"row": [*free, taken], "label": labels}).to_csv(theirs, index=False)
    open_page(page, "Data")
    (tmp_path / "holiday.csv").write_bytes(PICTURE)
    (tmp_path / "large.csv").write_text("a,b\n" + "1,2\n" * 400_000)
    page.get_by_role("tab", name="Upload").click()
    upload = page.locator("input[type=file]").first
    upload.set_input_files(tmp_path / "holiday.csv")
    expect(page.get_by_role("alert").filter(has_text="holiday.csv")).to_be_visible(timeout=WAIT)
    upload.set_input_files(tmp_path / "large.csv")
    expect(page.get_by_text("1.0MB or smaller").first).to_be_visible(timeout=WAIT)
    page.get_by_text("Import labels into Penguins").click()
    form = page.get_by_test_id("stExpander").filter(has_text="Import labels into Penguins")
    form.locator("input[type=file]").set_input_files(theirs)
    expect(form.get_by_text("In conflict")).to_be_visible(timeout=WAIT)
    wait_for_script(page)  # a form that is just being drawn takes no click
    form.get_by_text("Take the file's labels").click()
    form.get_by_role("button", name="Import 21 labels").click()
    expect(page.get_by_text(re.compile("21 labels were imported into Penguins"))).to_be_visible(timeout=WAIT)
    after = annotations.labels(project.id)
    assert {row: CLASSES[given] for row, given in after.items() if row in free} == dict(zip(free, labels, strict=False))
    assert CLASSES[after[taken]] == other

    open_page(page, "Explore")
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: annotations.labels(project.id) == before)
    assert corrections.redo_step(project).n_rows == 21
    assert errors == []
    database.reset()

"""Files as a person brings and takes them: new rows predicted, downloads, and those that are no tables or too large."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Page, expect
from servers import Server
from steps import WAIT, download, open_page, open_project, wait_for_workers

from dami.store import annotations
from dami.tables.demos import load_demo
from dami.workspace.projects import begin, labels
from dami.workspace.training import rounds

PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de") + bytes(range(256)) * 8
CLASSES = ["Adelie", "Chinstrap", "Gentoo"]


def test_new_rows_are_predicted_and_files_that_are_no_tables_are_refused(page: Page, server: Server, tmp_path: Path):
    """Labels from a file: tests/pages/test_travelling.py; what the files hold: tests/workspace/transfer."""
    frame = load_demo("penguins")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    project = begin.begin_demo("penguins")
    items = [{"action": "label", "row": row, "class": labels.oracle(project, row)} for row in range(0, 340, 34)]
    annotations.record(project.id, [{**item, "source": "human"} for item in items])
    rounds.start(project.id)
    wait_for_workers(page)
    open_project(page, project, "export")

    rows = tmp_path / "new penguins.csv"
    frame.drop(columns="label").head(30).to_csv(rows, index=False)
    page.locator("input[type=file]").first.set_input_files(rows)
    expect(page.get_by_text("30 rows predicted")).to_be_visible(timeout=WAIT)
    said = pd.read_csv(download(page, "Predictions", tmp_path))
    shares = said.filter(like="probability ").to_numpy()
    assert len(said) == 30 and set(said["prediction"]) <= set(CLASSES)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    with zipfile.ZipFile(io.BytesIO(download(page, "Network as ONNX", tmp_path).read_bytes())) as archive:
        assert {"network.onnx", "encoding.json", "README.txt"} <= set(archive.namelist())

    open_page(page, "Data")
    (tmp_path / "holiday.csv").write_bytes(PICTURE)
    (tmp_path / "large.csv").write_text("a,b\n" + "1,2\n" * 400_000)
    page.get_by_role("tab", name="Upload").click()
    upload = page.locator("input[type=file]").first
    upload.set_input_files(tmp_path / "holiday.csv")
    expect(page.get_by_role("alert").filter(has_text="holiday.csv")).to_be_visible(timeout=WAIT)
    upload.set_input_files(tmp_path / "large.csv")
    expect(page.get_by_text("1.0MB or smaller").first).to_be_visible(timeout=WAIT)
    assert errors == []

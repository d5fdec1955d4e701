"""The report: figures that can be counted again, names shown as typed, one small file that needs no script."""

import html
import re

import numpy as np
import pandas as pd
from playwright.sync_api import Browser

from dami.store import annotations, models
from dami.views.report_page import curve, dots
from dami.workspace.annotating import audit_sample
from dami.workspace.training import reliability
from dami.workspace.transfer.exporters import EXPORTERS

BAD = "<script>alert('x')</script> & \"<b>\""


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2])).split())


def test_it_says_what_was_labelled_by_whom_and_how_good_the_network_became(desk, project, frame):
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    annotations.record(project.id, [{"action": "label", "row": 50, "class": 0, "source": "imported"}], annotator="Bo")
    gone = next(row for row in range(60) if row not in annotations.current(project.id))
    annotations.record(project.id, [{"action": "discard", "row": gone}], annotator="Bo")
    audit_sample.draw(project, 8)
    names = sorted(set(frame["kind"]))
    for row in audit_sample.open_rows(project):
        desk.press(project, [{"row": row, "class": names.index(frame["kind"][row])}])
    said = text(EXPORTERS["report"].write(project).decode())
    labels = annotations.labels(project.id)
    counts = pd.Series([names[given] for given in labels.values()]).value_counts()
    model = models.latest(project.id)
    assert f"{len(labels)} labelled ({len(labels) / 60:.1%})" in said
    for name in names:
        [(labelled, _)] = re.findall(rf"\b{name} (\d+) (\d+)", said)
        assert int(labelled) == counts[name]
    predicted = sum(int(n) for name in names for n in re.findall(rf"\b{name} \d+ (\d+)", said))
    assert predicted == 60 - len(labels) - 1
    assert "Bo imported from a file 1" in said and "1 discarded" in said
    quality = model.summary.quality
    assert f"accuracy {quality.accuracy:.1%}" in said and quality.note in said and "held back" in said
    audit = audit_sample.result(project)
    assert f"of {audit.size} rows drawn at random" in said and f"{audit.bounds[0]:.0%} to {audit.bounds[1]:.0%}" in said
    for one in model.summary.derived:
        assert str(one.value) in said and one.rule in said
    assert "DAMI 0." in said and "When to stop" in said and "The map" in said


def test_it_says_how_far_the_confidence_holds_and_of_which_classes_nothing_is_known(desk, frame):
    project = desk.begin(frame, target=None, mode="label", classes=("cat", "dog", BAD, f"no {BAD}"))
    kinds = frame["kind"].map({"cat": 0, "dog": 1}).dropna().astype(int)
    desk.press(project, [{"row": int(row), "class": int(kinds[row])} for row in kinds.index[:14]])
    desk.press(project, [{"row": 2, "class": 2}])
    desk.work(project)
    found = models.trained(project.id).summary.reliability
    page = EXPORTERS["report"].write(project).decode()
    said = text(page)
    assert "How far its confidence holds" in said and reliability.verdict(found) in said
    assert f"how sure the network may be of “{' '.join(BAD.split())}”" in said
    assert f"cannot predict “no {' '.join(BAD.split())}”" in said and "<script" not in page


def test_cross_validation_is_called_biased(desk, frame):
    project = desk.begin(frame, mode="label")
    desk.work(project)
    said = text(EXPORTERS["report"].write(project).decode())
    assert "That figure is biased" in said and "in column kind 60" in said and "cross-validated on 60" in said


def test_names_are_shown_as_typed_and_the_file_opens_from_disk_without_a_script(
    desk, frame, browser: Browser, tmp_path
):
    frame = frame.rename(columns={"weight": BAD}).assign(kind=frame["kind"].replace("cat", BAD))
    project = desk.begin(frame, mode="label", annotator=BAD, filename=f"{BAD}.csv", left_out={"legs": BAD})
    desk.press(project, [{"row": row, "class": 0} for row in range(3)])
    desk.work(project)
    page = EXPORTERS["report"].write(project).decode()
    assert "<script" not in page and "<b>" not in page.partition('class="figures"')[2].partition("</div></div>")[2]
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    said: list[str] = []
    with browser.new_context(offline=True, color_scheme="dark") as context:
        opened = context.new_page()
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
        opened.goto(path.as_uri())
        shown = opened.locator("body").inner_text()
        assert shown.count(BAD) >= 4  # file, class, annotator, column
        assert opened.locator("svg").count() == 2
        assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 18, 18)"
        opened.emulate_media(media="print")
        assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert said == []


def test_before_anything_is_labelled_there_is_a_report_too(project):
    assert "0 labelled (0.0%)" in text(EXPORTERS["report"].write(project).decode())


def test_the_map_is_small_and_every_labelled_row_is_where_it_is():
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(5_000, 2)) * [10, 1]
    positions[7] = np.nan
    drawn = dots(positions, [("one", "#111111", [0, 1, 7]), ("two", "#222222", [2])])
    assert len(drawn) < 200_000
    [path] = re.findall(r'<path d="([^"]*)" stroke="#111111"', drawn)
    placed = np.array(re.findall(r"M(\d+) (\d+)h0", path), dtype=float)
    scale = 972 / np.ptp(positions[np.isfinite(positions[:, 0]), 0])
    between = np.linalg.norm(placed[0] - placed[1])
    assert len(placed) == 2 and abs(between - scale * np.linalg.norm(positions[0] - positions[1])) < 2
    assert dots(np.full((3, 2), np.nan), []) == ""
    line = curve([10, 20, 40], [0.5, 0.75, 0.9], "Accuracy")
    at = np.array(re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', line), dtype=float)
    assert at[1, 0] - at[0, 0] == round((at[2, 0] - at[0, 0]) / 3, 1) and (np.diff(at[:, 1]) < 0).all()
    assert curve([10], [1.0], "Accuracy").count("<circle") == 1

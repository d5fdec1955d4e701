"""A replay shows after each answer exactly the labels that were in effect then, and is one file that needs nothing."""

import base64
import gzip
import json
import re

import numpy as np
import pandas as pd
import pytest

from dami.errors import ProjectError
from dami.store import annotations
from dami.views.replay import ReplayStep, replay_page
from dami.workspace.projects import labels
from dami.workspace.transfer import project_replay
from dami.workspace.transfer.exporters import EXPORTERS


def figure_of(page: str) -> dict:
    packed = re.search(r'id="figure">([^<]*)<', page)
    assert packed is not None
    return json.loads(gzip.decompress(base64.b64decode(packed[1])))


def test_each_step_shows_what_was_in_effect_then(desk, project, frame):
    desk.work(project)
    desk.work(project, "map")
    for seq, item in enumerate(
        [
            {"action": "label", "row": 4, "class": 1},
            {"action": "label", "row": 7, "class": 2},
            {"action": "unsure", "row": 9},
            {"action": "undo", "undoes": {"client": "tab", "seq": 1}, "row": 4},
            {"action": "label", "row": 7, "class": 0},
        ],
        1,
    ):
        annotations.append(project.id, "tab", [{"seq": seq, **item}], annotator="Ada")
        shown = project_replay.steps(project, annotations.events(project.id))
        assert len(shown) == seq + 1 and shown[-1].labels == labels.known(project)
    assert [step.labels for step in shown] == [{}, {4: 1}, {4: 1, 7: 2}, {4: 1, 7: 2}, {7: 2}, {7: 0}]
    assert [step.newest for step in shown] == [[], [4], [7], [9], [4], [7]]
    assert shown[1].words == "row 4: dog, by Ada · 1 labels"
    page = EXPORTERS["replay"].write(project).decode()
    drawn = figure_of(page)
    assert len(drawn["frames"]) == 6 and len(drawn["layout"]["sliders"][0]["steps"]) == 6
    names = [trace["name"] for trace in drawn["data"]]
    assert names == ["no label", "cat", "dog", "owl", "newest"]
    last = {trace["name"]: trace for trace in drawn["frames"][-1]["data"]}
    assert last["cat"]["customdata"] == [7] and last["dog"]["x"] == []


def test_without_a_map_or_an_answer_it_says_so(desk, project):
    with pytest.raises(ProjectError, match="no map yet"):
        project_replay.page(project)
    desk.work(project)
    with pytest.raises(ProjectError, match="nothing to replay"):
        project_replay.page(project)


def test_labels_that_came_with_the_table_are_there_from_the_start(desk, frame):
    frame.loc[10:, "kind"] = None
    project = desk.begin(frame, mode="label")
    desk.work(project)
    annotations.append(project.id, "tab", [{"seq": 1, "action": "label", "row": 2, "class": 0}])
    first, second = project_replay.steps(project, annotations.events(project.id))
    assert len(first.labels) == 10 and first.labels[2] == 2 and second.labels[2] == 0
    assert first.words == "10 labels came with the table"


def test_it_stays_below_five_megabytes_at_five_thousand_rows_and_asks_no_network():
    rng = np.random.default_rng(0)
    order = rng.permutation(5000)
    given = {int(row): int(row) % 4 for row in order}
    ends = np.linspace(1, 5000, project_replay.n_steps(5000)).astype(int)
    shown = [ReplayStep({int(row): given[int(row)] for row in order[:end]}, [int(order[end - 1])], "x") for end in ends]
    classes = [(k, f"<img src=x onerror=alert({k})>", "#0072B2") for k in range(4)]
    page = replay_page("<script>alert(1)</script>", "a & b", rng.normal(size=(5000, 2)), classes, shown)
    assert len(shown) == 80 and len(page.encode()) < 5_000_000
    assert "<script>alert" not in page and "<img" not in page
    assert not re.search(r'(src|href)="', page)
    assert {trace["name"] for trace in figure_of(page)["data"]} >= {"&lt;img src=x onerror=alert(0)&gt;"}


def test_many_answers_come_together(desk, project):
    desk.work(project)
    items = [{"seq": k + 1, "action": "label", "row": k % 60, "class": k % 3} for k in range(400)]
    annotations.append(project.id, "tab", items)
    shown = project_replay.steps(project, annotations.events(project.id))
    assert len(shown) == project_replay.MOST_STEPS + 1
    assert shown[-1].labels == labels.known(project) and "answers" in shown[-1].words


@pytest.mark.parametrize("missing", [0, 3])
def test_rows_that_are_not_on_the_map_are_left_out(missing):
    positions = np.ones((4, 2))
    positions[missing] = np.nan
    page = replay_page("t", "c", positions, [(0, "a", "#000000")], [ReplayStep({missing: 0, 1: 0}, [missing], "w")])
    [_, marks, newest] = figure_of(page)["data"]
    assert marks["customdata"] == [1] and newest["x"] == []
    assert not pd.isna(marks["x"]).any()

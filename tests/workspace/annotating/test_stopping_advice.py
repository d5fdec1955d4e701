"""What a project is advised, round by round, is what the study of the advice replays."""

import numpy as np
import pandas as pd
import pytest

from dami.store import models, projects
from dami.studies.stopping_replay import replay
from dami.workspace.annotating import audit_sample, pad, stopping_advice
from dami.workspace.projects.labels import class_list, known, oracle, predictions
from dami.workspace.training.encoded_pool import encoded


@pytest.mark.parametrize("trained_briefly", ["no"])
@pytest.mark.parametrize("strategy", ["dami", "margin"])
def test_a_replay_says_what_a_project_says(desk, strategy):
    rng = np.random.default_rng(1)
    kinds = rng.integers(3, size=160)
    columns = {name: kinds * 3.0 + rng.normal(size=160) for name in ("weight", "length", "height")}
    frame = pd.DataFrame(columns | {"kind": np.array(["cat", "dog", "owl"])[kinds]})
    project = desk.begin(frame, strategy=strategy)
    advised = []
    desk.work(project)
    for _ in range(6):
        desk.label_queue(project, frame["kind"], 10)
        desk.work(project)
        advised.append(stopping_advice.status(projects.get(project.id)).advice.verdict)
    project = projects.get(project.id)

    everything = np.arange(160)
    found = replay(encoded(project).X, kinds, [strategy], {project.seed: (everything, everything)}, 6)
    status = stopping_advice.status(project)
    shares = found["changed"].dropna().tolist()
    assert [share for _, share in status.changes] == shares and len(shares) >= 4
    assert ["stop" if verdict == "settled" else verdict for verdict in advised] == found["verdict"].tolist()
    assert advised[-1] == "settled"

    # As the person of the study does: an audit of the size proposed, judged rightly.
    audit = audit_sample.draw(project, audit_sample.proposed_size(project))
    rest = [row for row in everything if row not in known(project)]
    names = ["cat", "dog", "owl"]
    said = predictions(project, models.latest(project.id))
    right = np.mean([said.classes[said.codes[row]].value == names[kinds[row]] for row in rest])
    desk.press(project, [{"row": row, "class": place(project, row)} for row in audit.rows])
    status, last = stopping_advice.status(project), found.iloc[-1]
    assert status.advice.verdict == last["verdict"] == "stop"
    assert (status.audit.size, status.audit.bounds) == (last["audit"], (last["low"], last["high"]))
    assert last["remainder_accuracy"] == pytest.approx(right)


def place(project, row):
    """Where the pad shows the row's true class."""
    value = class_list(project.id).names[oracle(project, row)]
    return [entry["name"] for entry in pad.pad(project.id)["classes"]].index(value)

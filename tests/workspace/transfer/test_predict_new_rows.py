"""New rows in the app: what a worker writes is what the network says, and what does not fit is said in words."""

import io

import numpy as np
import pandas as pd
import pytest

from dami.errors import TableError
from dami.store import models
from dami.tables.coded import coded
from dami.tables.table import Table
from dami.workspace.projects import begin, stored_tables
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.transfer import predict_new_rows


def test_the_same_rows_get_the_probabilities_of_the_network(desk, trained, frame):
    rows = frame.drop(columns="kind")
    table = desk.new_rows(trained, rows.to_csv(index=False).encode(), "rows.csv")
    assert predict_new_rows.stored_prediction(trained, table) is None
    predict_new_rows.start(trained, table)
    assert predict_new_rows.running(trained, table) is not None
    [job] = desk.work(trained)[-1:]
    assert job.state == "done" and predict_new_rows.running(trained, table) is None
    found = predict_new_rows.stored_prediction(trained, table)
    said = pd.read_csv(io.BytesIO(found.rows()))
    model = models.latest(trained.id)
    stored = artifacts(trained.id, model.number)
    classes = model.summary.classes
    assert [*said.columns[:2], *said.columns[-5:]] == [
        *("row", "name", "prediction", "confidence"),
        *(f"probability {name}" for name in classes),
    ]
    np.testing.assert_allclose(said.filter(like="probability ").to_numpy(), stored.probabilities, atol=1e-5)
    assert found.counts == said["prediction"].value_counts().to_dict() and found.n_rows == 60 and found.notes == []
    weights = pd.read_csv(io.BytesIO(found.weights()))
    assert len(weights) == 60 * len(classes) and list(weights.columns[:3]) == ["row", "class", "bias"]
    assert found.preview(3).filter(like="prob").equals(said.head(3).filter(like="prob"))


def test_codes_of_a_statistics_program_are_given_back_as_they_were_written(desk, frame):
    codes = [float(k % 3 + 1) for k in range(len(frame))]
    table = Table(frame).with_cells("legs", coded(codes, {1: "never", 2: "at times", 3: "always"}))
    project = begin.begin(stored_tables.store(table), "A survey", target="kind", mode="practise")
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    project = desk.trained(project)
    written = ["3", "3.0", "always", "ALWAYS ", "03", "7.50"]
    rows = frame.drop(columns="kind").iloc[[0] * len(written)].assign(legs=written)
    new = desk.new_rows(project, rows.to_csv(index=False).encode(), "rows.csv")
    predict_new_rows.start(project, new)
    desk.work(project)
    found = predict_new_rows.stored_prediction(project, new)
    shown = found.preview()
    assert shown["legs"].tolist() == written
    shares = shown.filter(like="probability ").to_numpy()
    np.testing.assert_array_equal(shares[:5], shares[[0] * 5])
    [note] = found.notes
    assert "a value that the network has never seen (such as “7.50”)" in note


def test_what_does_not_fit_is_said_in_words(desk, trained, frame):
    with pytest.raises(TableError, match=r"rows\.csv lacks the columns “weight”, “legs”"):
        desk.new_rows(trained, b"name,color,age\nx,grey,3\n", "rows.csv")
    odd = frame.head(4).drop(columns="kind").assign(color="=green", weight=["1.5", "2", "heavy", "4"])
    table = desk.new_rows(trained, odd.to_csv(index=False).encode(), "odd.csv")
    predict_new_rows.start(trained, table)
    desk.work(trained)
    found = predict_new_rows.stored_prediction(trained, table)
    told = " ".join([*found.notes, *stored_tables.written(table).notes])
    assert not {*found.notes} & {*stored_tables.written(table).notes}  # which the page shows above
    assert "“heavy”" in told and "=green" in told
    assert set(pd.read_csv(io.BytesIO(found.rows()))["color"]) == {"'=green"}  # no formula in a spreadsheet
    seen = found.preview(3)
    assert seen["color"].tolist() == ["=green"] * 3 and seen["weight"].tolist() == ["1.5", "2", "heavy"]
    assert seen["row"].tolist() == [0, 1, 2] and seen["confidence"].between(0, 1).all()
    bad = odd.assign(weight="heavy")
    table = desk.new_rows(trained, bad.to_csv(index=False).encode(), "bad.csv")
    predict_new_rows.start(trained, table)
    [job] = desk.work(trained)
    assert job.state == "failed" and "“weight” held numbers" in job.message
    assert predict_new_rows.stored_prediction(trained, table) is None


def test_many_rows_give_way_to_the_next_row_to_label(desk, trained, frame, monkeypatch):
    table = desk.new_rows(trained, frame.to_csv(index=False).encode(), "rows.csv")
    monkeypatch.setattr(predict_new_rows, "FEW_ROWS", 59)
    predict_new_rows.start(trained, table)
    assert predict_new_rows.running(trained, table).lane == "map"


def test_without_a_network_nothing_is_predicted(desk, project):
    predict_new_rows.start(project, project.table_id)
    job = desk.work(project)[-1]
    assert job.state == "failed" and "No network" in job.message
